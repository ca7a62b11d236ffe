package app

import (
	"context"
	"fmt"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/jobs"
	"ekolek/internal/ledger"
	"ekolek/internal/rewards"
)

// verifyArgs is the verification of one night.
type verifyArgs struct{}

// Kind names the work.
func (verifyArgs) Kind() string { return "ledger.verify" }

// Timeout is long: a large city has many transfers, and reading them hurries nobody.
func (verifyArgs) Timeout() time.Duration { return 30 * time.Minute }

// verifyNightly recomputes the books every night, and once when the program first starts
// on a day on which nobody did; `ekolek check` tells when that stops happening.
func (a *App) verifyNightly() {
	jobs.Register(a.Queue, func(ctx context.Context, _ verifyArgs) error { return a.verifyBooks(ctx) })
	a.Queue.Every("ledger.verify_nightly", 24*time.Hour, func(ctx context.Context, _ time.Time) error {
		return a.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return a.Queue.Enqueue(ctx, tx, verifyArgs{}) })
	})
}

// verifyBooks verifies points and stock, and keeps the outcome. Books that do not balance
// are an outcome, not a failure of the job: a repeat would find the same.
func (a *App) verifyBooks(ctx context.Context) error {
	books, err := ledger.Verify(ctx, a.DB)
	if err != nil {
		return err
	}
	if books.OK() {
		if books.Finding, err = a.Sealing.VerifyKey(ctx, a.DB); err != nil {
			return err
		}
	}
	v := ledger.Verified{At: a.now().UTC(), OK: books.OK(), Line: books.String()}
	if v.OK {
		stock, err := rewards.VerifyStock(ctx, a.DB)
		if err != nil {
			return fmt.Errorf("verify stock: %w", err)
		}
		if !stock.OK() {
			v.OK, v.Line = false, stock.Wrong
		}
	}
	if !v.OK {
		a.Log.ErrorContext(ctx, "the books do not balance", "security", true, "finding", v.Line)
	}
	return a.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return ledger.KeepVerified(ctx, tx, v) })
}
