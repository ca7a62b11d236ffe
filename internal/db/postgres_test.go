package db_test

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/testkit"
	"ekolek/internal/testkit/pgserver"
)

// server starts a PostgreSQL of this test's own.
func server(t *testing.T, settings ...string) *pgserver.Server {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a PostgreSQL of its own")
	}
	bin, ok := pgserver.Find()
	if !ok {
		t.Skip("no PostgreSQL: `make test` installs it")
	}
	s, err := pgserver.New(t.Context(), bin, pgserver.Options{Settings: append(settings, "fsync=off")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Remove(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// count is a table with one row that the tests change.
func openCount(t *testing.T, o db.Options) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() }) // some tests take the server away
	return d
}

func setUp(t *testing.T, d *db.DB) {
	t.Helper()
	write(t, d, "CREATE TABLE t (n INT)")
	write(t, d, "INSERT INTO t VALUES (0)")
}

func write(t *testing.T, d *db.DB, text string) {
	t.Helper()
	if err := change(t.Context(), d, text); err != nil {
		t.Fatal(err)
	}
}

func change(ctx context.Context, d *db.DB, text string) error {
	return d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, text)
		return err
	})
}

func number(ctx context.Context, q db.Q) (n int, err error) {
	return n, q.QueryRowContext(ctx, "SELECT n FROM t").Scan(&n)
}

// wantUnavailable expects the refusal that says when to come again.
func wantUnavailable(t *testing.T, what string, err error) {
	t.Helper()
	if e, ok := errs.As(err); !ok || e.Kind != errs.Unavailable || e.RetryAfter <= 0 {
		t.Errorf("%s: %v, want unavailable and when to come again", what, err)
	}
}

// F-22: every connection is taken. Who asks is told to come again within two seconds, and
// health, which has a connection of its own, is well.
func TestAFullPoolRefusesSoonAndIsHealthy(t *testing.T) {
	d := openCount(t, db.Options{URL: testkit.EmptyPostgresURL(t), MaxConns: 2})
	setUp(t, d)
	held := make(chan struct{})
	var all sync.WaitGroup
	var began sync.WaitGroup
	for range 2 {
		began.Add(1)
		all.Go(func() {
			if err := d.InTx(context.Background(), func(context.Context, *db.Tx) error { began.Done(); <-held; return nil }); err != nil {
				t.Error(err)
			}
		})
	}
	began.Wait()
	started := time.Now()
	_, err := number(t.Context(), d)
	wantUnavailable(t, "a read", err)
	if took := time.Since(started); took > 2*time.Second {
		t.Errorf("refused after %v", took)
	}
	wantUnavailable(t, "a write", change(t.Context(), d, "UPDATE t SET n = 1"))
	if err := d.Ping(t.Context()); err != nil {
		t.Errorf("health of a busy node: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := number(gone, d); !errors.Is(err, context.Canceled) {
		t.Errorf("for somebody who has gone: %v", err)
	}
	close(held)
	all.Wait()
	if n, err := number(t.Context(), d); err != nil || n != 0 {
		t.Errorf("afterwards %d, %v", n, err)
	}
}

// F-23: two that wait for each other, and two that cannot both be first, are run again.
// Whoever gave way may take its row again before the other wakes up, and give way twice.
func TestWhoWaitsForEachOtherIsRunAgain(t *testing.T) {
	d := openCount(t, db.Options{URL: testkit.EmptyPostgresURL(t), MaxConns: 4})
	write(t, d, "CREATE TABLE pair (id INT PRIMARY KEY, n INT)")
	write(t, d, "INSERT INTO pair VALUES (1, 0), (2, 0)")
	var all, met sync.WaitGroup
	met.Add(2)
	var runs atomic.Int64
	for _, order := range [][2]int{{1, 2}, {2, 1}} {
		all.Go(func() {
			first := true
			err := d.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
				runs.Add(1)
				for i, id := range order {
					if _, err := tx.ExecContext(ctx, "UPDATE pair SET n = n + 1 WHERE id = $1", id); err != nil {
						return err
					}
					if i == 0 && first {
						first = false
						met.Done()
						met.Wait() // each holds what the other wants
					}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	var sum int
	if err := d.QueryRowContext(t.Context(), "SELECT sum(n) FROM pair").Scan(&sum); err != nil || sum != 4 || runs.Load() < 3 {
		t.Errorf("sum %d after %d runs, %v; want 4 after at least 3", sum, runs.Load(), err)
	}
}

// A statement does not run for ever, and what it was part of is not done.
func TestAStatementHasALimit(t *testing.T) {
	u := testkit.EmptyPostgresURL(t)
	d := openCount(t, db.Options{URL: withParam(t, u, "statement_timeout", "200"), MaxConns: 1})
	setUp(t, d)
	wantUnavailable(t, "a slow write", change(t.Context(), d, "UPDATE t SET n = CASE WHEN pg_sleep(20) IS NULL THEN 1 ELSE 2 END"))
	if n, err := number(t.Context(), d); err != nil || n != 0 {
		t.Errorf("afterwards %d, %v", n, err)
	}
	slow := func(q db.Q) error {
		return q.QueryRowContext(t.Context(), "SELECT 1 FROM (SELECT pg_sleep(0.4)) AS s").Scan(new(int))
	}
	wantUnavailable(t, "a slow read", slow(d))
	if err := db.Unhurried(t.Context(), d, slow); err != nil {
		t.Errorf("an audit: %v", err)
	}
	wantUnavailable(t, "a slow read on the audit's connection", slow(d))
	err := d.QueryRowContext(t.Context(), "SELECT nothing FROM t").Scan(new(int))
	if errs.KindOf(err) != errs.Internal || err == nil {
		t.Errorf("a wrong statement is a mistake of ours, not the server's: %v", err)
	}
}

// F-16: the synchronous standby is away. A commit is not acknowledged: it is unknown after
// its time (five seconds, here one), and its repeat is not acknowledged either before a standby has it.
func TestACommitThatNoStandbyHasIsUnknown(t *testing.T) {
	t.Parallel()
	s := server(t)
	d := openCount(t, db.Options{URL: s.URL("postgres", pgserver.Admin, ""), MaxConns: 4, CommitTimeout: time.Second})
	if _, err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	setUp(t, d)
	admin, err := sql.Open("pgx", s.URL("postgres", pgserver.Admin, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close() //nolint:errcheck // a test's
	standbys := func(names string) {
		for _, text := range []string{"ALTER SYSTEM SET synchronous_standby_names = '" + names + "'", "SELECT pg_reload_conf()"} {
			if _, err := admin.Exec(text); err != nil {
				t.Fatal(err)
			}
		}
	}
	standbys("away")
	until(t, func() bool { return change(t.Context(), d, "UPDATE t SET n = 1") != nil }) // the server has read it
	act := func() (fresh bool, err error) {
		err = d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
			fresh, _, err = db.ClaimKey(ctx, tx, "test", "key", "hash", time.Now())
			return err
		})
		return fresh, err
	}
	started := time.Now()
	_, err = act()
	wantUnavailable(t, "the act", err)
	if took := time.Since(started); took < time.Second || took > 4*time.Second {
		t.Errorf("unknown after %v", took)
	}
	_, err = act() // finds the first one's row, which only this server has
	wantUnavailable(t, "its repeat", err)

	// An administrator cuts the wait short: the server says success, with a warning.
	cut := make(chan error, 1)
	go func() {
		cut <- change(context.Background(), d, "UPDATE db_request_key SET answer = 'cut' WHERE key = 'key'")
	}()
	until(t, func() bool {
		var n int
		err := admin.QueryRow("SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'").Scan(&n)
		return err == nil && n > 0
	})
	wantUnavailable(t, "a wait that was cut short", <-cut)

	standbys("")
	until(t, func() bool { _, err := act(); return err == nil })
	if fresh, err := act(); err != nil || fresh {
		t.Errorf("with nobody to wait for the repeat is answered: fresh %v, %v", fresh, err)
	}
}

// F-14: the server is killed and comes back. Soon everything works again, by connections
// that nobody has to mend.
func TestAKilledServerIsFoundAgain(t *testing.T) {
	t.Parallel()
	s := server(t)
	d := openCount(t, db.Options{URL: s.URL("postgres", pgserver.Admin, ""), MaxConns: 4})
	setUp(t, d)
	for range 3 {
		if err := s.Kill(); err != nil {
			t.Fatal(err)
		}
		wantUnavailable(t, "a write without a server", change(t.Context(), d, "UPDATE t SET n = n + 1"))
		_, err := number(t.Context(), d)
		wantUnavailable(t, "a read without a server", err)
		if err := d.Ping(t.Context()); err == nil {
			t.Error("healthy without a server")
		}
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		back := time.Now()
		until(t, func() bool { return change(t.Context(), d, "UPDATE t SET n = n + 1") == nil })
		if took := time.Since(back); took > 5*time.Second {
			t.Errorf("writes came back after %v", took)
		}
	}
	if n, err := number(t.Context(), d); err != nil || n != 3 {
		t.Errorf("%d, %v; want 3", n, err)
	}
}

// F-19, F-20: something on the way swallows everything, acknowledges it and says nothing.
// A transaction ends with its time (30 seconds, here one). What does not even acknowledge
// is given up by the kernel: see TestDeadLinesAreGivenUp.
func TestABlackHoleIsNoticed(t *testing.T) {
	t.Parallel()
	s := server(t)
	line := newLine(t, s)
	d := openCount(t, db.Options{URL: line.url(t, s), MaxConns: 2, TxTimeout: time.Second})
	setUp(t, d)
	line.swallow.Store(true)
	started := time.Now()
	err := change(t.Context(), d, "UPDATE t SET n = n + 1")
	wantUnavailable(t, "a write into a black hole", err)
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("noticed after %v", took)
	}
	line.swallow.Store(false)
	line.cut()
	until(t, func() bool { return change(t.Context(), d, "UPDATE t SET n = n + 1") == nil })
}

// F-17: the standby was promoted, and yesterday's primary comes back and takes writes. Nobody
// writes to it: neither a node that knew it nor one that starts now.
func TestYesterdaysPrimaryIsNotWrittenTo(t *testing.T) {
	t.Parallel()
	old := server(t)
	d := openCount(t, db.Options{URL: old.URL("postgres", pgserver.Admin, "")})
	setUp(t, d)
	standby, err := old.Standby(t.Context(), "standby", "user="+pgserver.Admin, pgserver.Options{Settings: []string{"fsync=off"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = standby.Remove() })
	both := "postgres://" + pgserver.Admin + "@127.0.0.1:" + port(old) + ",127.0.0.1:" + port(standby) + "/postgres?sslmode=disable"
	knows := openCount(t, db.Options{URL: both})
	write(t, knows, "UPDATE t SET n = 1")

	if err := standby.Promote(t.Context()); err != nil { // while the old one lives on: a split
		t.Fatal(err)
	}
	starts := openCount(t, db.Options{URL: both})
	write(t, starts, "UPDATE t SET n = n + 10")
	until(t, func() bool { n, err := number(t.Context(), knows); return err == nil && n == 11 })
	write(t, knows, "UPDATE t SET n = n + 100")
	if n, err := number(t.Context(), d); err != nil || n != 1 {
		t.Errorf("yesterday's primary holds %d, %v; want what it had", n, err)
	}
	if n, err := number(t.Context(), starts); err != nil || n != 111 {
		t.Errorf("today's primary holds %d, %v; want 111", n, err)
	}
}

// With several servers named, the one that takes writes is found, wherever it stands.
func TestTheServerThatWritesIsFound(t *testing.T) {
	t.Parallel()
	primary := server(t)
	setUp(t, openCount(t, db.Options{URL: primary.URL("postgres", pgserver.Admin, "")}))
	standby, err := primary.Standby(t.Context(), "standby", "user="+pgserver.Admin, pgserver.Options{Settings: []string{"fsync=off"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = standby.Remove() })
	d := openCount(t, db.Options{URL: "postgres://" + pgserver.Admin + "@127.0.0.1:" + port(standby) + ",127.0.0.1:" + port(primary) + "/postgres?sslmode=disable"})
	write(t, d, "UPDATE t SET n = 7")
	if err := primary.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := standby.Promote(t.Context()); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { return change(t.Context(), d, "UPDATE t SET n = n + 1") == nil })
}

func until(t *testing.T, f func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !f() {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func withParam(t *testing.T, address, name, value string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

func port(s *pgserver.Server) string {
	u, _ := url.Parse(s.URL("postgres", "", "")) // ours
	return u.Port()
}

// line is a way to a server that can swallow everything without a word.
type line struct {
	listener net.Listener
	swallow  atomic.Bool
	mu       sync.Mutex
	conns    []net.Conn
}

func newLine(t *testing.T, s *pgserver.Server) *line {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &line{listener: listener}
	var all sync.WaitGroup
	t.Cleanup(func() { _ = listener.Close(); l.cut(); all.Wait() })
	all.Go(func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", "127.0.0.1:"+port(s))
			if err != nil {
				_ = in.Close()
				continue
			}
			l.mu.Lock()
			l.conns = append(l.conns, in, out)
			l.mu.Unlock()
			all.Go(func() { l.carry(out, in) })
			all.Go(func() { l.carry(in, out) })
		}
	})
	return l
}

// carry copies, and while the line swallows it reads and drops.
func (l *line) carry(to, from net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err == nil && l.swallow.Load() {
			continue
		}
		if n > 0 {
			_, _ = to.Write(buffer[:n]) // the other direction sees why
		}
		if err != nil {
			_ = to.Close()
			return
		}
	}
}

func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.conns {
		_ = c.Close()
	}
	l.conns = nil
}

func (l *line) url(t *testing.T, s *pgserver.Server) string {
	t.Helper()
	return strings.Replace(s.URL("postgres", pgserver.Admin, ""), ":"+port(s), ":"+l.port(), 1)
}

func (l *line) port() string { _, p, _ := net.SplitHostPort(l.listener.Addr().String()); return p }
