package ledger_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/testkit"
)

func verify(t testing.TB, d *db.DB) ledger.Report {
	t.Helper()
	r, err := ledger.Verify(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// books makes two residents with a little of everything.
type books struct {
	ana, ben                     uuid.UUID
	award, reversed, undo, spent ledger.Transfer
	open                         uuid.UUID
	claimed                      ledger.Transfer
}

func makeBooks(t *testing.T, d *db.DB) books {
	t.Helper()
	must := func(tr ledger.Transfer, err error) ledger.Transfer {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return tr
	}
	b := books{ana: resident(t, d, 1000), ben: resident(t, d, 0), open: db.NewID()}
	b.award = must(post(d, ledger.Posting{Kind: ledger.KindWeighIn, Account: b.ana, Points: 500}))
	b.reversed = must(post(d, ledger.Posting{Kind: ledger.KindGame, Account: b.ana, Points: 30}))
	b.undo = must(reverse(d, b.reversed.ID))
	b.spent = must(post(d, ledger.Posting{Kind: ledger.KindRedemption, Account: b.ana, Points: 200}))
	for _, source := range []uuid.UUID{b.open, db.NewID()} {
		err := do(d, func(ctx context.Context, tx *db.Tx) error {
			return ledger.Hold(ctx, tx, ledger.Reservation{Source: source, Account: b.ana, Points: 100, ExpiresAt: now.Add(time.Hour), At: now})
		})
		if err != nil {
			t.Fatal(err)
		}
		if source != b.open {
			b.claimed = must(in(d, func(ctx context.Context, tx *db.Tx) (ledger.Transfer, error) {
				return ledger.Claim(ctx, tx, source, collector, now)
			}))
		}
	}
	return b
}

func TestVerifyCounts(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		if got := verify(t, d).String(); got != "ok: 0 accounts, 0 transfers, 0 open holds; issued 0, redeemed 0, in balances 0" {
			t.Errorf("empty books: %s", got)
		}
		makeBooks(t, d)
		want := "ok: 2 accounts, 6 transfers, 1 open holds; issued 15, redeemed 3, in balances 12"
		if got := verify(t, d); got.String() != want || !got.OK() {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

// Each case damages good books behind the ledger's back; Verify must name the row.
func TestVerifyNamesTheDamage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		damage func(b books) string // SQL
		table  string
		row    func(b books) string
		says   string
	}{
		{"a balance too high", func(b books) string {
			return fmt.Sprintf("UPDATE ledger_balance SET posted = posted + 1 WHERE account_id = '%s'", b.ana)
		}, "ledger_balance", func(b books) string { return b.ana.String() }, "transfers sum to 12"},
		{"a balance without transfers", func(b books) string {
			return fmt.Sprintf("UPDATE ledger_balance SET posted = 1 WHERE account_id = '%s'", b.ben)
		}, "ledger_balance", func(b books) string { return b.ben.String() }, "posted is 0.01"},
		{"a wrong version", func(b books) string {
			return fmt.Sprintf("UPDATE ledger_balance SET version = 7 WHERE account_id = '%s'", b.ana)
		}, "ledger_balance", func(b books) string { return b.ana.String() }, "it has 6 transfers"},
		{"points held for nothing", func(b books) string {
			return fmt.Sprintf("UPDATE ledger_balance SET held = held + 1 WHERE account_id = '%s'", b.ana)
		}, "ledger_balance", func(b books) string { return b.ana.String() }, "open holds sum to 1"},
		{"a hold closed by hand", func(b books) string {
			return fmt.Sprintf("UPDATE ledger_hold SET state = 'released' WHERE source_id = '%s'", b.open)
		}, "ledger_balance", func(b books) string { return b.ana.String() }, "open holds sum to 0"},
		{"a hold's points changed", func(b books) string {
			return fmt.Sprintf("UPDATE ledger_hold SET points = 99 WHERE source_id = '%s'", b.claimed.Source)
		}, "ledger_hold", nil, "disagree"},
		{"a hold without its transfer", func(b books) string {
			return fmt.Sprintf("UPDATE ledger_hold SET transfer_id = NULL WHERE source_id = '%s'", b.claimed.Source)
		}, "ledger_hold", nil, "disagree"},
		{"more points in the journal", func(b books) string {
			return fmt.Sprintf("UPDATE ledger_transfer SET points = points + 1 WHERE id = '%s'", b.award.ID)
		}, "ledger_transfer", func(b books) string { return b.award.ID.String() }, "balance after is 15, expected 15.01"},
		{"a broken chain", func(b books) string {
			return fmt.Sprintf("UPDATE ledger_transfer SET balance_after = balance_after + 1 WHERE id = '%s'", b.spent.ID)
		}, "ledger_transfer", func(b books) string { return b.spent.ID.String() }, "balance after"},
		{"a gap in the chain", func(b books) string {
			return fmt.Sprintf("UPDATE ledger_transfer SET account_version = 9 WHERE id = '%s'", b.claimed.ID)
		}, "ledger_transfer", func(b books) string { return b.claimed.ID.String() }, "is number 9"},
		{"a row taken out", func(b books) string {
			return fmt.Sprintf("DELETE FROM ledger_transfer WHERE id = '%s'", b.award.ID)
		}, "ledger_transfer", func(b books) string { return b.reversed.ID.String() }, "expected 2"},
		{"another day", func(b books) string {
			return fmt.Sprintf("UPDATE ledger_transfer SET day = '2026-11-23' WHERE id = '%s'", b.award.ID)
		}, "ledger_transfer", func(b books) string { return b.award.ID.String() }, "made on 2026-11-24"},
		{"another kind", func(b books) string {
			return fmt.Sprintf("UPDATE ledger_transfer SET kind = 'game' WHERE id = '%s'", b.award.ID)
		}, "ledger_transfer", func(b books) string { return b.award.ID.String() }, "is a game with account"},
		{"an unknown kind", func(b books) string {
			return fmt.Sprintf("UPDATE ledger_transfer SET kind = 'gift' WHERE id = '%s'", b.award.ID)
		}, "ledger_transfer", func(b books) string { return b.award.ID.String() }, "unknown kind"},
		{"an award turned around", func(b books) string {
			return fmt.Sprintf("UPDATE ledger_transfer SET debit_account = credit_account, credit_account = debit_account, balance_after = 500 WHERE id = '%s'", b.award.ID)
		}, "ledger_transfer", func(b books) string { return b.award.ID.String() }, "is a weigh_in of -5"},
		{"a reversal of another row", func(b books) string {
			return fmt.Sprintf("UPDATE ledger_transfer SET reverses_id = '%s' WHERE id = '%s'", b.award.ID, b.undo.ID)
		}, "ledger_transfer", func(b books) string { return b.undo.ID.String() }, "is not the opposite"},
		{"a reversal of nothing", func(b books) string {
			return fmt.Sprintf("UPDATE ledger_transfer SET reverses_id = NULL WHERE id = '%s'", b.undo.ID)
		}, "ledger_transfer", func(b books) string { return b.undo.ID.String() }, "reversal of nothing"},
		{"an account without a balance", func(b books) string {
			return fmt.Sprintf("DELETE FROM ledger_balance WHERE account_id = '%s'", b.ben)
		}, "ledger_account", func(b books) string { return b.ben.String() }, "has no balance"},
		{"a balance taken away with its transfers left", func(b books) string {
			return fmt.Sprintf("DELETE FROM ledger_balance WHERE account_id = '%s'", b.ana)
		}, "ledger_account", func(b books) string { return b.ana.String() }, "has no balance"},
	} {
		t.Run(c.name, func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, d *db.DB) {
				b := makeBooks(t, d)
				unguarded(t, d, c.damage(b))
				got := verify(t, d)
				if got.OK() || got.Finding.Table != c.table || !strings.Contains(got.Finding.Problem, c.says) {
					t.Fatalf("verify says %s; want %s … %s", got, c.table, c.says)
				}
				if c.row != nil && got.Finding.ID != c.row(b) {
					t.Errorf("verify names %s, want %s", got.Finding.ID, c.row(b))
				}
			})
		})
	}
}

// unguarded runs a statement with triggers and foreign keys out of the way.
func unguarded(t *testing.T, d *db.DB, statement string) {
	t.Helper()
	ctx := context.Background()
	conn, err := d.Writer().Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	before, after := []string{"SET session_replication_role = replica"}, "SET session_replication_role = DEFAULT"
	if d.Engine() == db.SQLite {
		before = []string{"PRAGMA foreign_keys = OFF", "DROP TRIGGER IF EXISTS ledger_signing_key_no_update"}
		for _, table := range []string{"ledger_transfer", "ledger_block", "ledger_seal", "ledger_checkpoint"} {
			before = append(before, "DROP TRIGGER IF EXISTS "+table+"_no_update", "DROP TRIGGER IF EXISTS "+table+"_no_delete")
		}
		after = "PRAGMA foreign_keys = ON"
	}
	for _, s := range append(before, statement, after) {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func TestJournalRefusesChange(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		makeBooks(t, d)
		for _, statement := range []string{
			"UPDATE ledger_transfer SET reason = 'changed'",
			"UPDATE ledger_transfer SET points = 1 WHERE kind = 'weigh_in'",
			"DELETE FROM ledger_transfer",
		} {
			err := do(d, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.ExecContext(ctx, statement)
				return err
			})
			if err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", statement, err)
			}
		}
	})
}
