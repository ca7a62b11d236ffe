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

// The outcome of a night is kept, whichever it is, and a night that found something is
// not a job that failed.
func TestVerifyBooks(t *testing.T) {
	eachApp(t, func(t *testing.T, a *App) {
		ctx, resident := t.Context(), db.NewID()
		err := a.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return ledger.OpenAccount(ctx, tx, resident, a.now()) })
		if err != nil {
			t.Fatal(err)
		}
		for _, ok := range []bool{true, false} {
			if !ok {
				if _, err := a.DB.Writer().ExecContext(ctx, "UPDATE ledger_balance SET posted = 5 WHERE account_id = $1", resident); err != nil {
					t.Fatal(err)
				}
			}
			if err := a.verifyBooks(ctx); err != nil {
				t.Fatal(err)
			}
			if v, err := ledger.LastVerified(ctx, a.DB); err != nil || v.OK != ok || v.Line == "" || a.now().Sub(v.At) > time.Minute {
				t.Errorf("want ok %v, got %+v, %v", ok, v, err)
			}
		}
	})
}

// What the running program finds about itself is kept, and the console gets it.
func TestCheckSelf(t *testing.T) {
	eachApp(t, func(t *testing.T, a *App) {
		if c, err := a.lastChecks(t.Context()); err != nil || !c.When.IsZero() {
			t.Errorf("before the first: %+v, %v", c, err)
		}
		if err := a.checkSelf(t.Context()); err != nil {
			t.Fatal(err)
		}
		c, err := a.lastChecks(t.Context())
		if err != nil || c.When.IsZero() || len(c.Hash) != 16 || c.Checked < 55 {
			t.Errorf("%+v, %v", c, err)
		}
		found := false // this is development, and so not fit for production
		for _, r := range c.Rows {
			found = found || r.ID == "EK.E018" && r.What != "" && r.Mend != ""
		}
		if !found {
			t.Errorf("development is not found: %+v", c.Rows)
		}
	})
}
