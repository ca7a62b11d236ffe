package db_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

func set(d *db.DB, name string) error {
	return d.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		return db.SetValue(ctx, tx, name, "yes", now)
	})
}

func wantSet(t *testing.T, d *db.DB, name string, want bool) {
	t.Helper()
	if got, err := db.Value(t.Context(), d, name); err != nil || (got == "yes") != want {
		t.Errorf("%s is set to %q, %v; want set: %v", name, got, err, want)
	}
}

func TestAPanicReachesItsCallerAlone(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				defer func() {
					v := recover()
					if (v != nil) != (i%2 == 1) {
						t.Errorf("transaction %d: recovered %v", i, v)
					}
					if v != nil && !strings.Contains(fmt.Sprint(v), "the shelf fell over") {
						t.Errorf("transaction %d: recovered %v", i, v)
					}
				}()
				err := d.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
					if err := db.SetValue(ctx, tx, fmt.Sprint(i), "yes", now); err != nil {
						return err
					}
					if i%2 == 1 {
						panic("the shelf fell over")
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for i := range 20 {
			wantSet(t, d, fmt.Sprint(i), i%2 == 0)
		}
	})
}

func TestAFunctionMayEndItsGoroutine(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		var wg sync.WaitGroup
		wg.Go(func() {
			_ = d.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
				if err := db.SetValue(ctx, tx, "half", "yes", now); err != nil {
					return err
				}
				runtime.Goexit() // as a test's FailNow does
				return nil
			})
		})
		wg.Wait()
		if err := set(d, "whole"); err != nil {
			t.Fatal(err)
		}
		wantSet(t, d, "half", false)
		wantSet(t, d, "whole", true)
	})
}

func TestCancelledBeforeAndWhile(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		err := d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			cancel() // the person closed the page: what has begun still ends
			return db.SetValue(ctx, tx, "while", "yes", now)
		})
		if err != nil {
			t.Fatal(err)
		}
		wantSet(t, d, "while", true)
		ran := false
		err = d.InTx(ctx, func(context.Context, *db.Tx) error { ran = true; return nil })
		if !errors.Is(err, context.Canceled) || ran {
			t.Errorf("a cancelled request ran: %v, %v", ran, err)
		}
	})
}

func TestCancelledWhileItWaits(t *testing.T) {
	d := testkit.DB(t)
	holding, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = d.InTx(context.Background(), func(context.Context, *db.Tx) error {
			close(holding)
			<-release
			return nil
		})
	})
	<-holding
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan error, 1)
	go func() {
		waiting <- d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return db.SetValue(ctx, tx, "late", "yes", now) })
	}()
	cancel()
	close(release)
	if err := <-waiting; err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	} else {
		wantSet(t, d, "late", err == nil) // all or nothing, and the answer tells which
	}
	wg.Wait()
}

func TestATransactionInsideOfOneIsRefused(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		err := d.InTx(t.Context(), func(ctx context.Context, _ *db.Tx) error {
			return d.InTx(ctx, func(context.Context, *db.Tx) error { return nil })
		})
		if err == nil || !strings.Contains(err.Error(), "inside of a transaction") {
			t.Errorf("got %v", err)
		}
	})
}

func TestAfterCommitOnlyAfterACommit(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		var ran []string
		for name, refusal := range map[string]error{"kept": nil, "dropped": errors.New("refused")} {
			err := d.InTx(t.Context(), func(_ context.Context, tx *db.Tx) error {
				tx.AfterCommit(func() { ran = append(ran, name) })
				return refusal
			})
			if !errors.Is(err, refusal) {
				t.Fatal(err)
			}
		}
		if len(ran) != 1 || ran[0] != "kept" {
			t.Errorf("ran %v", ran)
		}
	})
}

// A commit that fails is nobody's success, and the database goes on.
func TestCommitFailure(t *testing.T) {
	d := testkit.DB(t)
	var committed atomic.Int64
	err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		tx.AfterCommit(func() { committed.Add(1) })
		if _, err := tx.ExecContext(ctx, "PRAGMA defer_foreign_keys = ON"); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO ledger_balance (account_id) VALUES ($1)", db.NewID()) // of no account
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "commit") || committed.Load() != 0 {
		t.Errorf("got %v; %d after-commits", err, committed.Load())
	}
	if err := set(d, "next"); err != nil {
		t.Fatal(err)
	}
	wantSet(t, d, "next", true)
}

// SQLite rolls the whole batch back when a statement says so; nobody in it may be
// told otherwise.
func TestAMemberThatBreaksItsBatch(t *testing.T) {
	d := testkit.DB(t)
	if err := execute(d, `CREATE TRIGGER trap BEFORE INSERT ON db_value WHEN NEW.name = 'trap'
		BEGIN SELECT RAISE(ROLLBACK, 'the disk is full'); END`); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	results := make([]error, 60)
	for i := range results {
		wg.Go(func() {
			name := fmt.Sprint(i)
			if i%10 == 5 {
				name = "trap"
			}
			results[i] = set(d, name)
		})
	}
	wg.Wait()
	for i, err := range results {
		if i%10 == 5 {
			if err == nil {
				t.Errorf("transaction %d fell into the trap and says it did not", i)
			}
			continue
		}
		wantSet(t, d, fmt.Sprint(i), err == nil)
	}
}

func execute(d *db.DB, statement string) error {
	return d.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, statement)
		return err
	})
}

func TestCloseLetsTheWaitingFinish(t *testing.T) {
	for engine, options := range map[string]func(testing.TB) db.Options{
		"sqlite":   func(t testing.TB) db.Options { return db.Options{Path: testkit.SQLiteFile(t)} },
		"postgres": func(t testing.TB) db.Options { return db.Options{URL: testkit.PostgresURL(t), MaxConns: 4} },
	} {
		t.Run(engine, func(t *testing.T) {
			o := options(t)
			d, err := db.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			acknowledged := make([]bool, 50)
			started := make(chan struct{}, len(acknowledged))
			for i := range acknowledged {
				wg.Go(func() {
					started <- struct{}{}
					acknowledged[i] = set(d, fmt.Sprint(i)) == nil
				})
			}
			<-started
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			wg.Wait()
			if err := set(d, "late"); err == nil {
				t.Error("wrote to a closed database")
			}
			again, err := db.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer again.Close()
			for i, yes := range acknowledged {
				if yes {
					wantSet(t, again, fmt.Sprint(i), true)
				}
			}
		})
	}
}

func TestThreeMigrateAtOnceOneApplies(t *testing.T) {
	for engine, options := range map[string]func(t *testing.T) db.Options{
		"sqlite": func(t *testing.T) db.Options {
			return db.Options{Path: filepath.Join(t.TempDir(), "new.sqlite3")}
		},
		"postgres": func(t *testing.T) db.Options { return db.Options{URL: testkit.EmptyPostgresURL(t), MaxConns: 2} },
	} {
		t.Run(engine, func(t *testing.T) {
			o := options(t)
			var wg sync.WaitGroup
			var appliers atomic.Int64
			for range 3 {
				wg.Go(func() {
					d, err := db.Open(context.Background(), o)
					if err != nil {
						t.Error(err)
						return
					}
					defer d.Close()
					applied, err := d.Migrate(context.Background())
					if err != nil {
						t.Error(err)
					}
					if len(applied) > 0 {
						appliers.Add(1)
					}
					if s, err := d.MigrationStatus(context.Background()); err != nil || !s.Ready() {
						t.Errorf("status %+v, %v", s, err)
					}
				})
			}
			wg.Wait()
			if appliers.Load() != 1 {
				t.Errorf("%d applied", appliers.Load())
			}
		})
	}
}

// INSERT OR REPLACE is a way to delete a row without saying so.
func TestReplaceDoesNotGoAroundTheJournal(t *testing.T) {
	d := testkit.DB(t)
	id := db.NewID()
	insert := fmt.Sprintf(" INTO audit_event (id, created_at, day, actor_kind, action) VALUES ('%s', '%s', '2026-11-23', 'system', 'x')", id, "2026-11-23 00:00:00.000000+00:00")
	if err := execute(d, "INSERT"+insert); err != nil {
		t.Fatal(err)
	}
	if err := execute(d, "INSERT OR REPLACE"+insert); err == nil || !strings.Contains(err.Error(), "append-only") {
		t.Errorf("replacing a row of the journal: %v", err)
	}
}

// BenchmarkInTx compares writers one after the other with writers at the same time,
// who share their commits on SQLite.
func BenchmarkInTx(b *testing.B) {
	for engine, open := range map[string]func(testing.TB) *db.DB{"sqlite": testkit.DB, "postgres": testkit.Postgres} {
		d := open(b)
		var n atomic.Int64
		write := func() error { return set(d, fmt.Sprint(n.Add(1)%1000)) }
		b.Run(engine+"/single", func(b *testing.B) {
			for b.Loop() {
				if err := write(); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(engine+"/grouped", func(b *testing.B) {
			b.SetParallelism(32)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := write(); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
