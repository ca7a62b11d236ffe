package db_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

var now = time.Date(2026, 11, 23, 7, 55, 0, 123456789, time.UTC)

func TestInTxCommitsAndRollsBack(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		err := d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			return db.SetValue(ctx, tx, "kept", "yes", now)
		})
		if err != nil {
			t.Fatal(err)
		}
		refusal := errors.New("refused")
		err = d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			if err := db.SetValue(ctx, tx, "dropped", "yes", now); err != nil {
				return err
			}
			return refusal
		})
		if !errors.Is(err, refusal) {
			t.Fatalf("got %v, want the closure's own error", err)
		}
		for name, want := range map[string]string{"kept": "yes", "dropped": ""} {
			if got, err := db.Value(ctx, d, name); err != nil || got != want {
				t.Errorf("value %q = %q, %v; want %q", name, got, err, want)
			}
		}
	})
}

func TestOneFailureLeavesTheRestOfItsBatch(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		var wg sync.WaitGroup
		errsSeen := make([]error, 100)
		for i := range errsSeen {
			wg.Go(func() {
				errsSeen[i] = d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
					if err := db.SetValue(ctx, tx, string(rune('A'+i)), "x", now); err != nil {
						return err
					}
					if i%2 == 1 {
						_, err := tx.ExecContext(ctx, "INSERT INTO no_such_table VALUES (1)")
						return err
					}
					return nil
				})
			})
		}
		wg.Wait()
		for i, err := range errsSeen {
			if (err != nil) != (i%2 == 1) {
				t.Errorf("transaction %d: %v", i, err)
			}
		}
		var n int
		if err := d.QueryRowContext(ctx, "SELECT count(*) FROM db_value").Scan(&n); err != nil || n != 50 {
			t.Errorf("%d rows, %v; want 50", n, err)
		}
	})
}

func TestReaderRefusesWrites(t *testing.T) {
	d := testkit.DB(t)
	rows, err := d.QueryContext(t.Context(), "INSERT INTO db_value VALUES ('a', 'b', 'c') RETURNING name")
	if err == nil {
		for rows.Next() {
		}
		err = rows.Err()
		_ = rows.Close() // nothing was read
	}
	if err == nil {
		t.Fatal("a reader connection wrote")
	}
}

func TestTimeKeepsMicrosecondsAndOrder(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		manila := time.Date(2026, 11, 24, 0, 30, 0, 5000, db.Manila) // 16:30 UTC the day before
		for name, at := range map[string]time.Time{"utc": now, "manila": manila} {
			if err := d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return db.SetValue(ctx, tx, name, "", at) }); err != nil {
				t.Fatal(err)
			}
		}
		var got time.Time
		var latest *time.Time
		if err := d.QueryRowContext(ctx, "SELECT updated_at FROM db_value WHERE updated_at > $1", db.At(now)).Scan(db.Into(&got)); err != nil {
			t.Fatal(err)
		}
		if !got.Equal(manila) || got.Location() != time.UTC {
			t.Errorf("read %v, want %v in UTC", got, manila)
		}
		if err := d.QueryRowContext(ctx, "SELECT max(updated_at) FROM db_value").Scan(db.IntoNull(&latest)); err != nil || latest == nil || !latest.Equal(manila) {
			t.Errorf("max = %v, %v", latest, err)
		}
		if db.Day(manila) != "2026-11-24" || db.Day(now) != "2026-11-23" {
			t.Errorf("days %s, %s", db.Day(manila), db.Day(now))
		}
	})
}

func TestClaimKeyOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		var mu sync.Mutex
		fresh := 0
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				var isFresh bool
				var answer string
				err := d.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
					isFresh, answer, err = db.ClaimKey(ctx, tx, "scope", "key", "hash", now)
					if err != nil || !isFresh {
						return err
					}
					return db.StoreAnswer(ctx, tx, "scope", "key", "first")
				})
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				if isFresh {
					fresh++
				} else if answer != "first" {
					t.Errorf("a repeat got %q", answer)
				}
			})
		}
		wg.Wait()
		if fresh != 1 {
			t.Errorf("%d claims were fresh", fresh)
		}
		err := d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, _, err := db.ClaimKey(ctx, tx, "scope", "key", "other", now)
			return err
		})
		if !errors.Is(err, db.ErrKeyReused) {
			t.Errorf("another request under the same key: %v", err)
		}
	})
}

// An act that comes without a request key, many times at once and again later: one of
// many is fresh, and after RepeatWithin of the first the next one is.
func TestClaimActOnceInAWhile(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		claim := func(key string, at time.Time) (fresh bool, first uuid.UUID) {
			err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
				fresh, first, err = db.ClaimAct(ctx, tx, "scope", key, db.NewID(), at)
				return err
			})
			if err != nil {
				t.Error(err)
			}
			return fresh, first
		}
		rush := func(at time.Time) uuid.UUID {
			var fresh atomic.Int64
			firsts := make([]uuid.UUID, 64)
			var wg sync.WaitGroup
			for i := range firsts {
				wg.Go(func() {
					var isFresh bool
					if isFresh, firsts[i] = claim("key", at); isFresh {
						fresh.Add(1)
					}
				})
			}
			wg.Wait()
			if fresh.Load() != 1 || len(slices.Compact(firsts)) != 1 || firsts[0] == uuid.Nil {
				t.Errorf("%d claims were fresh, firsts %v", fresh.Load(), slices.Compact(firsts))
			}
			return firsts[0]
		}
		first := rush(now)
		if fresh, same := claim("key", now.Add(db.RepeatWithin-time.Microsecond)); fresh || same != first {
			t.Errorf("just before the end: fresh %v, %v", fresh, same)
		}
		if fresh, _ := claim("other", now); !fresh {
			t.Error("another act is not fresh")
		}
		if second := rush(now.Add(db.RepeatWithin)); second == first {
			t.Error("after the end the first one was told again")
		}
	})
}

// What failed was not done: its claim is gone with it.
func TestClaimOfAFailedActIsGone(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		failed := errors.New("failed")
		for _, fail := range []error{failed, nil} {
			var fresh bool
			err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
				if fresh, _, err = db.ClaimAct(ctx, tx, "scope", "key", db.NewID(), now); err != nil {
					return err
				}
				return fail
			})
			if !errors.Is(err, fail) || !fresh {
				t.Errorf("fresh %v, %v", fresh, err)
			}
		}
	})
}

func TestJournalsOnlyGrow(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		_ = d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO audit_event (id, created_at, day, actor_kind, action)
				VALUES ($1, $2, $3, 'system', 'x')`, db.NewID(), db.At(now), db.Day(now))
			return err
		})
		for _, stmt := range []string{"UPDATE audit_event SET action = 'y'", "DELETE FROM audit_event"} {
			err := d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.ExecContext(ctx, stmt)
				return err
			})
			if err == nil {
				t.Errorf("%s was allowed", stmt)
			}
		}
	})
}

func TestVault(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		for name, encryption := range map[string]string{"readable": "", "sealed": "a key of the city"} {
			v, err := db.NewVault("secret", encryption)
			if err != nil {
				t.Fatal(err)
			}
			err = d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.ExecContext(ctx, "INSERT INTO db_value (name, value, updated_at) VALUES ($1, $2, $3)", name, v.Seal("db_value.value", "+639171234567"), db.At(now))
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			var raw, opened string
			if err := d.QueryRowContext(ctx, "SELECT value, value FROM db_value WHERE name = $1", name).Scan(&raw, v.Column("db_value.value", &opened)); err != nil {
				t.Fatal(err)
			}
			if opened != "+639171234567" || (raw == "p:+639171234567") != (encryption == "") {
				t.Errorf("%s: stored %q, opened %q", name, raw, opened)
			}
			if other, _ := db.NewVault("secret", "another key"); encryption != "" {
				if err := d.QueryRowContext(ctx, "SELECT value FROM db_value WHERE name = $1", name).Scan(other.Column("db_value.value", &opened)); err == nil {
					t.Error("another key opened it")
				}
			}
			first, again := v.Hash("phone", "x"), v.Hash("phone", "x")
			if first == v.Hash("email", "x") || first != again {
				t.Error("hashes do not follow purpose and value")
			}
		}
	})
}

func TestMigrationStatus(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s, err := d.MigrationStatus(t.Context())
		if err != nil || !s.Ready() || len(s.Pending) != 0 {
			t.Errorf("a migrated database: %+v, %v", s, err)
		}
		if applied, err := d.Migrate(t.Context()); err != nil || len(applied) != 0 {
			t.Errorf("migrating again applied %v, %v", applied, err)
		}
	})
}
