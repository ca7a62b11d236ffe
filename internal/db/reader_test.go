package db_test

import (
	"context"
	"testing"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/testkit"
	"ekolek/internal/testkit/pgserver"
)

// F-18: the replica is read as long as it is fresh enough, never by whoever has just
// written, and not at all while it is away, behind, or somebody's primary.
func TestAReplicaIsReadWhileItIsFresh(t *testing.T) {
	t.Parallel()
	primary := server(t)
	setUp(t, openCount(t, db.Options{URL: primary.URL("postgres", pgserver.Admin, ""), MaxConns: 1}))
	standby, err := primary.Standby(t.Context(), "standby", "user="+pgserver.Admin, pgserver.Options{Settings: []string{"fsync=off"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = standby.Remove() })
	const lag = 3 * time.Second
	d := openCount(t, db.Options{URL: primary.URL("postgres", pgserver.Admin, ""), MaxConns: 4,
		ReplicaURL: standby.URL("postgres", pgserver.Admin, ""), ReplicaLag: lag})
	r, fresh := d.Reader(), db.Fresh(t.Context())
	if d.FreshFor() < lag {
		t.Errorf("who writes is read for on the primary for %v, a replica may be %v behind", d.FreshFor(), lag)
	}
	onReplica := func(ctx context.Context) bool {
		var standby bool
		if err := r.QueryRowContext(ctx, "SELECT pg_is_in_recovery()").Scan(&standby); err != nil {
			t.Fatal(err)
		}
		return standby
	}
	until(t, func() bool { return onReplica(t.Context()) })
	if onReplica(fresh) {
		t.Error("who has just written reads on the replica")
	}
	if _, err := db.Collect(t.Context(), r, func(row db.Row) (n int, err error) { return n, row.Scan(&n) }, "SELECT n FROM t"); err != nil {
		t.Error(err)
	}
	if err := r.QueryRowContext(t.Context(), "INSERT INTO t VALUES (5) RETURNING n").Scan(new(int)); err == nil {
		t.Error("wrote through the reader")
	}

	// It stops replaying: reads go on there while that is fresh enough, then not.
	pause := openCount(t, db.Options{URL: standby.URL("postgres", pgserver.Admin, ""), MaxConns: 1})
	call := func(function string) {
		if err := pause.QueryRowContext(t.Context(), "SELECT CAST("+function+" AS TEXT)").Scan(new(string)); err != nil {
			t.Fatal(err)
		}
	}
	call("pg_wal_replay_pause()")
	until(t, func() bool {
		var paused bool
		return pause.QueryRowContext(t.Context(), "SELECT pg_get_wal_replay_pause_state() = 'paused'").Scan(&paused) == nil && paused
	})
	write(t, d, "UPDATE t SET n = 42")
	wrote := time.Now()
	for onReplica(t.Context()) {
		if time.Since(wrote) > lag+2*time.Second {
			t.Fatalf("the replica lacks what was written %v ago, and is read", time.Since(wrote))
		}
		if n, err := number(fresh, r); err != nil || n != 42 {
			t.Fatalf("who wrote sees %d, %v", n, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	call("pg_wal_replay_resume()")
	until(t, func() bool { return onReplica(t.Context()) })
	if n, err := number(t.Context(), r); err != nil || n != 42 {
		t.Errorf("the replica has caught up and shows %d, %v", n, err)
	}

	// It is killed: the very next read is the primary's.
	if err := standby.Kill(); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if n, err := number(t.Context(), r); err != nil || n != 42 {
			t.Errorf("without the replica: %d, %v", n, err)
		}
	}
	if err := standby.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { return onReplica(t.Context()) })

	// It is promoted beside the primary: it goes its own way, and is read no more.
	if err := standby.Promote(t.Context()); err != nil {
		t.Fatal(err)
	}
	other := openCount(t, db.Options{URL: standby.URL("postgres", pgserver.Admin, ""), MaxConns: 1})
	time.Sleep(lookTwice)
	write(t, other, "UPDATE t SET n = 13")
	if n, err := number(t.Context(), r); err != nil || n != 42 {
		t.Errorf("beside a promoted replica: %d, %v", n, err)
	}
}

// lookTwice is as long as the watcher may take to see what became of the replica.
const lookTwice = 2500 * time.Millisecond

// Without a replica the reader is the database; a replica that never was there does no harm.
func TestWithoutAReplica(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		if d.FreshFor() != 0 {
			t.Errorf("fresh for %v after what?", d.FreshFor())
		}
		var n int
		if err := d.Reader().QueryRowContext(t.Context(), "SELECT count(*) FROM people_barangay").Scan(&n); err != nil {
			t.Error(err)
		}
	})
	d := openCount(t, db.Options{URL: testkit.EmptyPostgresURL(t), MaxConns: 2, ReplicaURL: "postgres://nobody@127.0.0.1:1/none", ReplicaLag: time.Second})
	setUp(t, d)
	if n, err := number(t.Context(), d.Reader()); err != nil || n != 0 {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := db.Open(t.Context(), db.Options{Path: t.TempDir() + "/a.sqlite3", ReplicaURL: "postgres://x/y"}); err == nil {
		t.Error("a SQLite file has a replica")
	}
}
