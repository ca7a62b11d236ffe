package ledger_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/testkit"
)

func TestOpeningsAndPriorEntries(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		at := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
		rich, poor, entry := db.NewID(), db.NewID(), db.NewID()
		err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			for _, id := range []uuid.UUID{rich, poor} {
				if err := ledger.OpenAccount(ctx, tx, id, at); err != nil {
					return err
				}
			}
			if _, err := ledger.AddPrior(ctx, tx, ledger.PriorEntry{ID: entry, Account: rich, Kind: "earned", Points: 5, At: at}); err != nil {
				return err
			}
			for _, p := range []ledger.Posting{
				{Kind: ledger.KindImport, Source: rich, Account: rich, Points: 12050},
				{Kind: ledger.KindWeighIn, Source: poor, Account: poor, Points: 700},
			} {
				p.Actor, p.At = audit.Command("test"), at
				if _, err := ledger.Post(ctx, tx, p); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		openings, err := ledger.Openings(t.Context(), d, []uuid.UUID{rich, poor, db.NewID()})
		if err != nil || len(openings) != 1 || openings[rich] != 12050 {
			t.Errorf("openings %v (%v), want 120.5 of one account", openings, err)
		}
		known, err := ledger.KnownPrior(t.Context(), d, []uuid.UUID{entry, rich})
		if err != nil || len(known) != 1 || !known[entry] {
			t.Errorf("known %v (%v), want the one entry", known, err)
		}
		if openings, err := ledger.Openings(t.Context(), d, nil); err != nil || len(openings) != 0 {
			t.Errorf("of nobody: %v (%v)", openings, err)
		}
		if known, err := ledger.KnownPrior(t.Context(), d, nil); err != nil || len(known) != 0 {
			t.Errorf("of nothing: %v (%v)", known, err)
		}
	})
}
