package ledger_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/testkit"
)

// bigBooks writes n awards of 1,000 residents in one statement an engine.
func bigBooks(tb testing.TB, d *db.DB, n int) {
	tb.Helper()
	const residents = 1000
	ctx := context.Background()
	err := do(d, func(ctx context.Context, tx *db.Tx) error {
		for range residents {
			if err := ledger.OpenAccount(ctx, tx, db.NewID(), now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	id := func(first string) string { return "lower(" + first + " || '-0000-7000-8000-' || printf('%012x', i))" }
	if d.Engine() == db.Postgres {
		id = func(first string) string {
			return "CAST(" + first + " || '-0000-7000-8000-' || lpad(to_hex(i), 12, '0') AS UUID)"
		}
	}
	for _, statement := range []string{
		fmt.Sprintf(`INSERT INTO ledger_transfer (id, debit_account, credit_account, points, kind, source_id, account_id, account_version, balance_after, created_at, day)
			WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i < %[1]d),
				a AS (SELECT account_id, row_number() OVER (ORDER BY account_id) - 1 AS n FROM ledger_balance)
			SELECT %[2]s, '%[3]s', a.account_id, 100, 'weigh_in', %[4]s, a.account_id, i / %[5]d + 1, (i / %[5]d + 1) * 100, '2026-11-24 01:00:00.000000+00:00', '2026-11-24'
			FROM c JOIN a ON a.n = c.i %% %[5]d`, n-1, id("'019ab000'"), ledger.IssuedWaste, id("'019ab001'"), residents),
		`UPDATE ledger_balance SET version = (SELECT count(*) FROM ledger_transfer t WHERE t.account_id = ledger_balance.account_id)`,
		`UPDATE ledger_balance SET posted = version * 100`,
	} {
		conn, err := d.Writer().Conn(ctx)
		if err != nil {
			tb.Fatal(err)
		}
		if d.Engine() == db.Postgres {
			_, err = conn.ExecContext(ctx, "SET statement_timeout = 0")
		}
		if err == nil {
			_, err = conn.ExecContext(ctx, statement)
		}
		if err != nil {
			tb.Fatal(err)
		}
		_ = conn.Close() // back to the pool
	}
}

// A million transfers are sealed, verified, exported and checked. It takes minutes, so it
// runs when it is asked for: SEALED_TRANSFERS=1000000 go test -run Million -v.
func TestMillion(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("SEALED_TRANSFERS"))
	if err != nil {
		t.Skip("SEALED_TRANSFERS is not set")
	}
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		took := func(what string, f func()) {
			begun, cpu := time.Now(), processorTime(t)
			f()
			span, cpu := time.Since(begun), processorTime(t)-cpu
			t.Logf("%s: %s, of them %s of the processor; %.1f µs each", what, span.Round(time.Millisecond), cpu.Round(time.Millisecond), float64(span.Microseconds())/float64(n))
		}
		took("write", func() { bigBooks(t, d, n) })
		s, c := sealing(t, d)
		c.set(now.Add(24 * time.Hour))
		took("verify without seals", func() { mustVerify(t, d, 0) })
		took("seal", func() { mustSign(t, s) })
		took("verify with seals", func() { mustVerify(t, d, int64(n)) })
		dir := t.TempDir()
		took("export", func() {
			if err := ledger.Export(t.Context(), d, false, func(name string) (io.WriteCloser, error) { return os.Create(filepath.Join(dir, name)) }); err != nil {
				t.Fatal(err)
			}
		})
		took("check the export", func() {
			if _, err := ledger.CheckArchive(os.DirFS(dir), ed25519.PublicKey(publish(t, d).Keys[0].Public), nil); err != nil {
				t.Fatal(err)
			}
		})
		took("prove a resident", func() {
			var account uuid.UUID
			if err := d.QueryRowContext(t.Context(), `SELECT account_id FROM ledger_balance LIMIT 1`).Scan(&account); err != nil {
				t.Fatal(err)
			}
			if _, err := ledger.Prove(t.Context(), d, account); err != nil {
				t.Fatal(err)
			}
		})
	})
}

// processorTime is what this process has used: on a busy machine it tells more than the
// clock does.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func mustVerify(t *testing.T, d *db.DB, sealed int64) {
	t.Helper()
	if r := verify(t, d); !r.OK() || r.Seals.Entries != sealed {
		t.Fatalf("%s; %s", r, r.Seals)
	}
}
