package ledger_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/testkit"
)

func TestStatementOfDays(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		account := resident(t, d, 0)
		first := time.Date(2026, 10, 31, 15, 59, 0, 0, time.UTC) // a minute before November in Manila
		for i := range 4 {
			if _, err := post(d, ledger.Posting{Kind: ledger.KindWeighIn, Account: account, Points: 100, At: first.Add(time.Duration(i) * time.Minute)}); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			page ledger.StatementPage
			want []int64
		}{
			{ledger.StatementPage{}, []int64{4, 3, 2, 1}},
			{ledger.StatementPage{To: "2026-10-31"}, []int64{1}},
			{ledger.StatementPage{From: "2026-11-01"}, []int64{4, 3, 2}},
			{ledger.StatementPage{From: "2026-11-01", BeforeVersion: 4, Limit: 1}, []int64{3}},
			{ledger.StatementPage{From: "2026-11-02"}, nil},
		} {
			rows, err := ledger.Statement(t.Context(), d, account, c.page)
			if err != nil {
				t.Fatal(err)
			}
			var got []int64
			for _, r := range rows {
				got = append(got, r.Version)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%+v (-want +got):\n%s", c.page, diff)
			}
		}
	})
}

func TestCityTotalsTakeReversalsOff(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		makeBooks(t, d)
		got, err := ledger.CityTotals(t.Context(), d, "2026-11-24", "2026-11-24")
		want := ledger.Totals{Issued: 1500, Redeemed: 300, ByKind: map[ledger.Kind]ledger.Points{
			ledger.KindWeighIn: 1500, ledger.KindReferral: 0, ledger.KindLearning: 0, ledger.KindGame: 0,
			ledger.KindAdjustment: 0, ledger.KindImport: 0, ledger.KindRedemption: 300,
		}}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("the day's totals, %v (-want +got):\n%s", err, diff)
		}
		if got, err := ledger.CityTotals(t.Context(), d, "", "2026-11-23"); err != nil || got.Issued != 0 || got.Redeemed != 0 {
			t.Errorf("the days before: %+v, %v", got, err)
		}
		if got, err := ledger.CityTotals(t.Context(), d, "", ""); err != nil || got.Issued != 1500 {
			t.Errorf("all days: %+v, %v", got, err)
		}
	})
}

func TestPriorEntriesAreShownNotCounted(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		account := resident(t, d, 0)
		entry := func(i int) ledger.PriorEntry {
			return ledger.PriorEntry{
				ID: uuid.UUID{15: byte(i)}, Account: account, Kind: "redeemed", Points: -5000, Description: "Rice ₱50 – Señor Peña",
				Reference: uuid.NullUUID{UUID: uuid.UUID{1}, Valid: true}, At: now.Add(time.Duration(i/2) * time.Minute).Truncate(time.Microsecond),
			}
		}
		for i := range 5 {
			for _, wantFresh := range []bool{true, false} {
				fresh, err := in(d, func(ctx context.Context, tx *db.Tx) (bool, error) { return ledger.AddPrior(ctx, tx, entry(i)) })
				if err != nil || fresh != wantFresh {
					t.Fatalf("entry %d is fresh: %v, %v", i, fresh, err)
				}
			}
		}
		var got []ledger.PriorEntry
		for cursor := ""; ; {
			page, err := ledger.PriorEntries(t.Context(), d, account, ledger.PriorPage{Cursor: cursor, Limit: 2})
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, page.Rows...)
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		want := []ledger.PriorEntry{entry(4), entry(3), entry(2), entry(1), entry(0)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages (-want +got):\n%s", diff)
		}
		if b := balance(t, d, account); b != (ledger.Balance{}) {
			t.Errorf("prior entries were counted: %+v", b)
		}
	})
}

func TestAccountsOpenOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		account := resident(t, d, 700)
		if err := do(d, func(ctx context.Context, tx *db.Tx) error { return ledger.OpenAccount(ctx, tx, account, now) }); err != nil {
			t.Fatal(err)
		}
		if b := balance(t, d, account); b.Posted != 700 {
			t.Errorf("opening again left %+v", b)
		}
		many := make([]uuid.UUID, 1200) // more than one statement's worth
		for i := range many {
			many[i] = db.NewID()
		}
		many[1100] = account
		got, err := ledger.Balances(t.Context(), d, many)
		if err != nil || len(got) != 1 || got[account].Posted != 700 {
			t.Errorf("balances %v, %v", got, err)
		}
	})
}

// BenchmarkVerify reports the seconds that a million transfers would take.
func BenchmarkVerify(b *testing.B) {
	const accounts, each = 500, 200
	for name, open := range map[string]func(testing.TB) *db.DB{"sqlite": testkit.DB, "postgres": testkit.Postgres} {
		b.Run(name, func(b *testing.B) {
			d := open(b)
			for range accounts {
				fillAccount(b, d, each)
			}
			for b.Loop() {
				if r := verify(b, d); !r.OK() || r.Transfers != accounts*each {
					b.Fatal(r)
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)*1e6/(accounts*each), "s/million")
		})
	}
}

// fillAccount writes an account's transfers in one statement, as the bare driver would.
func fillAccount(b *testing.B, d *db.DB, transfers int) {
	b.Helper()
	account := resident(b, d, 0)
	var rows []string
	for i := range transfers {
		rows = append(rows, fmt.Sprintf("('%s', '%s', '%s', 100, 'weigh_in', '%s', '%s', %d, %d, '2026-11-23 16:30:00.000000+00:00', '2026-11-24')",
			db.NewID(), ledger.IssuedWaste, account, db.NewID(), account, i+1, (i+1)*100))
	}
	err := do(d, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO ledger_transfer (id, debit_account, credit_account, points, kind, source_id,
			account_id, account_version, balance_after, created_at, day) VALUES `+strings.Join(rows, ", "))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE ledger_balance SET posted = $1, version = $2 WHERE account_id = $3`, transfers*100, transfers, account)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkPost is one award in a transaction of its own, from many goroutines.
func BenchmarkPost(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *db.DB{"sqlite": testkit.DB, "postgres": testkit.Postgres} {
		b.Run(name, func(b *testing.B) {
			d := open(b)
			accounts := make([]uuid.UUID, 64)
			for i := range accounts {
				accounts[i] = resident(b, d, 0)
			}
			b.SetParallelism(16)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for i := 0; pb.Next(); i++ {
					if _, err := post(d, ledger.Posting{Kind: ledger.KindWeighIn, Account: accounts[i%len(accounts)], Points: 100}); err != nil {
						b.Error(err)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
		})
	}
}
