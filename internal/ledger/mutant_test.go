package ledger_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/testkit"
)

// sealedBooks makes books of some days, with all kinds of transfers, and seals them.
func sealedBooks(t *testing.T, d *db.DB, dice *rand.Rand) *ledger.Sealing {
	t.Helper()
	s, c := sealing(t, d)
	var people []uuid.UUID
	for range 12 {
		people = append(people, resident(t, d, 5000))
	}
	for day := range 3 {
		at := now.Add(time.Duration(day) * 24 * time.Hour)
		for range 4 {
			for range 20 {
				p := ledger.Posting{Kind: ledger.KindWeighIn, Account: people[dice.IntN(len(people))], Points: ledger.Points(1 + dice.IntN(300)), At: at, Actor: collector, Reason: "as weighed"}
				switch dice.IntN(5) {
				case 0:
					p.Kind = ledger.KindRedemption
				case 1:
					p.Kind = ledger.KindGame
				case 2:
					p.Kind, p.Points = ledger.KindAdjustment, -p.Points
				}
				made, err := post(d, p)
				if err == nil && dice.IntN(6) == 0 {
					_, err = in(d, func(ctx context.Context, tx *db.Tx) (ledger.Transfer, error) {
						return ledger.Reverse(ctx, tx, ledger.Reversal{Transfer: made.ID, Reason: "weighed twice", Actor: collector, At: at})
					})
				}
				if err != nil && !errors.Is(err, ledger.ErrInsufficientPoints) {
					t.Fatal(err)
				}
			}
			c.set(at.Add(time.Minute))
			mustSeal(t, s)
		}
		c.set(at.Add(24 * time.Hour))
		mustSign(t, s)
	}
	return s
}

// journal reads the rows that a mutant may touch.
func journal(t *testing.T, d *db.DB) []ledger.Transfer {
	t.Helper()
	rows, err := db.Collect(t.Context(), d, func(r db.Row) (tr ledger.Transfer, err error) {
		err = r.Scan(&tr.ID, &tr.Debit, &tr.Credit, &tr.Points, &tr.Kind, &tr.Source, &tr.Account, &tr.Version, &tr.BalanceAfter)
		return tr, err
	}, `SELECT id, debit_account, credit_account, points, kind, source_id, account_id, account_version, balance_after FROM ledger_transfer ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// mutant is one change behind the program's back.
type mutant struct {
	what       string
	statements []string
	names      []uuid.UUID // the rows, one of which the verification must name
}

func (m *mutant) add(statement string, args ...any) {
	m.statements = append(m.statements, fmt.Sprintf(statement, args...))
}

// mutate makes a random change.
func mutate(dice *rand.Rand, rows []ledger.Transfer) mutant {
	r := rows[dice.IntN(len(rows))]
	other := rows[dice.IntN(len(rows))]
	for other.ID == r.ID {
		other = rows[dice.IntN(len(rows))]
	}
	m := mutant{names: []uuid.UUID{r.ID}}
	switch n := dice.IntN(20); {
	case n < 3:
		m.what = "deleted"
		m.add(`DELETE FROM ledger_transfer WHERE id = '%s'`, r.ID)
	case n < 6:
		m.names = append(m.names, other.ID)
		column := swappable[dice.IntN(len(swappable))]
		m.what = "swapped " + column
		if column == "id" {
			m.add(`UPDATE ledger_transfer SET id = '%s' WHERE id = '%s'`, uuid.Max, r.ID)
			m.add(`UPDATE ledger_transfer SET id = '%s' WHERE id = '%s'`, r.ID, other.ID)
			m.add(`UPDATE ledger_transfer SET id = '%s' WHERE id = '%s'`, other.ID, uuid.Max)
			break
		}
		m.add(`UPDATE ledger_transfer SET %[1]s = (SELECT x.%[1]s FROM ledger_transfer x WHERE x.id = CASE ledger_transfer.id WHEN '%[2]s' THEN CAST('%[3]s' AS %[4]s) ELSE CAST('%[2]s' AS %[4]s) END)
			WHERE id IN ('%[2]s', '%[3]s')`, column, r.ID, other.ID, "ID_TYPE")
	case n < 9:
		// As a clever hand would: next in its account's chain, with the balance to match.
		id := db.NewID()
		last := r
		for _, x := range rows {
			if x.Account == r.Account && x.Version > last.Version {
				last = x
			}
		}
		m.what, m.names = "inserted", []uuid.UUID{id}
		m.add(`INSERT INTO ledger_transfer (id, debit_account, credit_account, points, kind, source_id, account_id, account_version, balance_after, created_at, day)
			SELECT '%s', '%s', account_id, 100, 'game', '%s', account_id, %d, %d, created_at, day FROM ledger_transfer WHERE id = '%s'`,
			id, ledger.IssuedGame, id, last.Version+1, last.BalanceAfter+100, r.ID)
		m.add(`UPDATE ledger_balance SET posted = posted + 100, version = version + 1 WHERE account_id = '%s'`, r.Account)
	default:
		a := alterations[dice.IntN(len(alterations))]
		m.what = "altered: " + a
		m.add(`UPDATE ledger_transfer SET %s WHERE id = '%s'`, a, r.ID)
	}
	return m
}

var swappable = []string{"id", "points", "kind", "source_id", "created_at", "balance_after", "account_version", "day", "debit_account", "credit_account", "account_id"}

var alterations = []string{
	"id = '01900000-0000-7000-8000-00000000beef'", "debit_account = credit_account", "credit_account = debit_account", "debit_account = '" + ledger.IssuedImport.String() + "'",
	"points = points + 1", "points = points * 10", "kind = 'import'", "kind = 'a kind of a very long name'", "source_id = '01900000-0000-7000-8000-00000000beef'",
	"reverses_id = '01900000-0000-7000-8000-00000000beef'", "actor_id = '01900000-0000-7000-8000-00000000beef'", "actor_id = NULL", "reason = reason || '.'",
	"account_id = (SELECT max(CAST(account_id AS TEXT)) FROM ledger_balance)", "account_version = account_version + 1", "balance_after = balance_after + 1",
	"created_at = '2026-11-25 01:02:03.000004+00:00'", "day = '2026-11-01'",
}

// In 1,000 copies of the journal one row each is altered, deleted, swapped with another or
// inserted. Every copy is found out, and its row is named.
func TestThousandMutantsAreFoundAndNamed(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		copies := 1000
		if testing.Short() {
			copies = 300
		}
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		dice := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test's dice
		sealedBooks(t, d, dice)
		rows := journal(t, d)
		if r := verify(t, d); !r.OK() || r.Seals.Entries != int64(len(rows)) || r.Seals.Blocks != 12 {
			t.Fatalf("before: %s; %s", r, r.Seals)
		}
		unguarded(t, d, "SELECT 1")
		count := map[string]int{}
		for made := 0; made < copies; {
			m := mutate(dice, rows)
			r, changed := verifyMutant(t, d, m)
			if !changed {
				continue // the database itself refused, or it was no change
			}
			made++
			count[m.what]++
			if r.OK() || r.Finding.Table != "ledger_transfer" || !slices.ContainsFunc(m.names, func(id uuid.UUID) bool { return id.String() == r.Finding.ID }) {
				t.Errorf("%s %v: verify says %s", m.what, m.names, r)
			}
		}
		t.Logf("%d mutants of %d kinds: %v", copies, len(count), count)
		if r := verify(t, d); !r.OK() {
			t.Errorf("after: %s", r)
		}
	})
}

var errRollback = errors.New("only for a look")

// verifyMutant changes the journal, verifies, and takes the change back. changed is false
// when the database refused it, or when nothing is different afterwards.
func verifyMutant(t *testing.T, d *db.DB, m mutant) (r ledger.Report, changed bool) {
	t.Helper()
	kind := map[db.Engine]string{db.SQLite: "TEXT", db.Postgres: "UUID"}[d.Engine()]
	if d.Engine() == db.SQLite {
		for _, pragma := range []string{"PRAGMA foreign_keys = OFF", "PRAGMA ignore_check_constraints = ON"} {
			if _, err := d.Writer().ExecContext(t.Context(), pragma); err != nil {
				t.Fatal(err)
			}
		}
	}
	err := do(d, func(ctx context.Context, tx *db.Tx) error {
		if d.Engine() == db.Postgres {
			if _, err := tx.ExecContext(ctx, "SET LOCAL session_replication_role = replica"); err != nil {
				return err
			}
		}
		before := fingerprint(ctx, t, tx)
		for _, s := range m.statements {
			if _, err := tx.ExecContext(ctx, replaceType(s, kind)); err != nil {
				return err
			}
		}
		if changed = fingerprint(ctx, t, tx) != before; !changed {
			return errRollback
		}
		var err error
		if r, err = ledger.Verify(ctx, tx); err != nil {
			t.Errorf("%s: %v", m.what, err)
		}
		return errRollback
	})
	return r, changed && errors.Is(err, errRollback)
}

func replaceType(statement, kind string) string {
	return strings.ReplaceAll(statement, "ID_TYPE", kind)
}

// fingerprint tells two states of the sealed tables apart.
func fingerprint(ctx context.Context, t *testing.T, q db.Q) string {
	t.Helper()
	h := sha256.New()
	for _, query := range []string{
		`SELECT * FROM ledger_transfer ORDER BY id`, `SELECT * FROM ledger_seal ORDER BY block, position`, `SELECT * FROM ledger_block ORDER BY number`,
		`SELECT * FROM ledger_checkpoint ORDER BY number`, `SELECT * FROM ledger_signing_key ORDER BY number`,
	} {
		rows, err := q.QueryContext(ctx, query)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range into {
			into[i] = &values[i]
		}
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(h, values...)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return string(h.Sum(nil))
}
