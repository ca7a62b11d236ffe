package ledger_test

import (
	"context"
	"testing"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/testkit"
)

func TestLastVerified(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		if v, err := ledger.LastVerified(t.Context(), d); err != nil || !v.At.IsZero() {
			t.Errorf("before the first: %+v, %v", v, err)
		}
		at := time.Date(2026, 11, 27, 16, 0, 0, 0, time.UTC)
		for _, want := range []ledger.Verified{{At: at, OK: true, Line: "ok: 3 accounts"}, {At: at.Add(24 * time.Hour), Line: "ledger_balance x: posted is 1"}} {
			if err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error { return ledger.KeepVerified(ctx, tx, want) }); err != nil {
				t.Fatal(err)
			}
			if got, err := ledger.LastVerified(t.Context(), d); err != nil || got != want {
				t.Errorf("kept %+v, got %+v, %v", want, got, err)
			}
		}
	})
}
