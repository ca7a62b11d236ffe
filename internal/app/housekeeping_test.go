package app

import (
	"context"
	"testing"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
)

func TestForgetKeys(t *testing.T) {
	eachApp(t, func(t *testing.T, a *App) {
		ctx, long := t.Context(), a.now().AddDate(0, -2, 0)
		err := a.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			if _, _, err := db.ClaimKey(ctx, tx, "test", "old", "hash", long); err != nil {
				return err
			}
			_, _, err := db.ClaimKey(ctx, tx, "test", "new", "hash", a.now())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.forgetKeys(ctx, a.now()); err != nil {
			t.Fatal(err)
		}
		for key, want := range map[string]bool{"old": true, "new": false} {
			err := a.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
				fresh, _, err := db.ClaimKey(ctx, tx, "test", key, "hash", a.now())
				if fresh != want {
					t.Errorf("key %s is fresh: %v", key, fresh)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
}

func TestExpireHolds(t *testing.T) {
	eachApp(t, func(t *testing.T, a *App) {
		ctx, now, resident := t.Context(), a.now(), db.NewID()
		err := a.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			if err := ledger.OpenAccount(ctx, tx, resident, now); err != nil {
				return err
			}
			if _, err := ledger.Post(ctx, tx, ledger.Posting{Kind: ledger.KindWeighIn, Source: db.NewID(), Account: resident, Points: 100_00, At: now}); err != nil {
				return err
			}
			if err := ledger.Hold(ctx, tx, ledger.Reservation{Source: db.NewID(), Account: resident, Points: 10_00, ExpiresAt: now.Add(-time.Minute), At: now.Add(-time.Hour)}); err != nil {
				return err
			}
			return ledger.Hold(ctx, tx, ledger.Reservation{Source: db.NewID(), Account: resident, Points: 1_00, ExpiresAt: now.Add(time.Hour), At: now})
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.expireHolds(ctx, now); err != nil {
			t.Fatal(err)
		}
		b, err := ledger.BalanceOf(ctx, a.DB, resident)
		if err != nil || b.Held != 1_00 {
			t.Errorf("held %s, %v; want 1: only the hold that is due ends", b.Held, err)
		}
	})
}
