package db_test

import (
	"context"
	"testing"

	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

func TestCountQueriesInsideAndOutsideOfTransactions(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		ctx, n := db.CountQueries(t.Context())
		if _, err := db.Value(ctx, d, "none"); err != nil {
			t.Fatal(err)
		}
		err := d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := db.Value(ctx, tx, "none")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Value(t.Context(), d, "none"); err != nil { // another context
			t.Fatal(err)
		}
		if got := n.Load(); got != 2 {
			t.Errorf("counted %d statements, want 2", got)
		}
	})
}
