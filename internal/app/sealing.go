package app

import (
	"context"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/jobs"
	"ekolek/internal/ledger"
)

// sealEvery is how often the journal is sealed, and sealFor is how long one run may take;
// the next one goes on.
const (
	sealEvery = 15 * time.Second
	sealFor   = 10 * time.Second
)

// checkpointArgs is the checkpoint of one day.
type checkpointArgs struct{}

// Kind names the work.
func (checkpointArgs) Kind() string { return "ledger.checkpoint" }

// Timeout is long: the whole journal is looked through for what was overlooked.
func (checkpointArgs) Timeout() time.Duration { return 30 * time.Minute }

// afterMidnight is how long a day's checkpoint waits for what was begun before midnight.
const afterMidnight = time.Minute

// sealJournal seals what was posted, a little later, and signs the end of each day.
func (a *App) sealJournal() {
	a.Sealing = ledger.NewSealing(a.DB, a.Vault, a.cfg.City, a.now)
	a.Queue.Every("ledger.seal", sealEvery, func(ctx context.Context, _ time.Time) error {
		sealed, err := a.Sealing.Seal(ctx, sealFor)
		a.tellLate(ctx, sealed)
		return err
	})
	jobs.Register(a.Queue, func(ctx context.Context, _ checkpointArgs) error { return a.signDay(ctx) })
	a.Queue.Every("ledger.checkpoint_daily", 24*time.Hour, func(ctx context.Context, midnight time.Time) error {
		return a.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			return a.Queue.EnqueueAt(ctx, tx, checkpointArgs{}, midnight.Add(afterMidnight))
		})
	})
}

// signDay makes the checkpoint of the day that ended last.
func (a *App) signDay(ctx context.Context) error {
	swept, err := a.Sealing.Sweep(ctx)
	a.tellLate(ctx, swept)
	if err != nil {
		return err
	}
	c, made, err := a.Sealing.Checkpoint(ctx)
	if err == nil && made {
		a.Log.InfoContext(ctx, "the ledger's day is signed", "day", c.Day, "checkpoint", c.Number, "entries", c.Entries, "fingerprint", c.Head.Short())
	}
	return err
}

// tellLate raises the alarm over entries that were not there when those of their time were
// sealed: either a clock is wrong, or somebody writes into the journal behind the program.
func (a *App) tellLate(ctx context.Context, s ledger.Sealed) {
	if s.Late > 0 {
		a.Log.ErrorContext(ctx, "the journal has entries that appeared too late", "security", true, "entries", s.Late, "see", "docs/ledger.md")
	}
}
