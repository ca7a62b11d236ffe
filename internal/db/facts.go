package db

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Facts are what the database says about itself: how durable it is, what this program
// may do in it, and whether its schema is the one that the migrations make. Those of
// the other engine are zero.
type Facts struct {
	Engine  Engine
	Version string // "16.4", "3.50.1"
	Status  Status
	Since   time.Time // the first migration was applied then
	Drift   []string  // what differs from the migrations' schema, in words; nil unless Status is ready

	// SQLite's.
	Journal     string // "wal"
	Synchronous int    // of the writer: 2 is FULL
	ForeignKeys bool
	Network     string // kind of the network file system that the file lies on; empty: a disk

	// PostgreSQL's.
	Major             int
	Fsync             bool
	FullPageWrites    bool
	SynchronousCommit bool
	Checksums         bool
	SyncStandby       bool          // a commit waits for another server
	Superuser         bool          // this program's role
	Owns              int           // tables that the role owns, itself or through another
	MayRewrite        []string      // journals that it may update, delete from or empty
	MaxConnections    int           // of the whole server
	Reserved          int           // of them, kept for superusers
	Pool              int           // what this process may open
	Transactional     bool          // a pooler in between gives out servers by the transaction
	Ahead             time.Duration // the server's clock, against ours
}

// Facts looks at the database. It changes nothing.
func (d *DB) Facts(ctx context.Context) (Facts, error) {
	f := Facts{Engine: d.engine}
	var err error
	if f.Status, err = d.MigrationStatus(ctx); err != nil {
		return f, err
	}
	if d.engine == Postgres {
		err = d.postgresFacts(ctx, &f)
	} else {
		err = d.sqliteFacts(ctx, &f)
	}
	if err != nil {
		return f, fmt.Errorf("ask the database about itself: %w", err)
	}
	if f.Status.Current > 0 {
		if f.Since, err = d.since(ctx); err != nil {
			return f, fmt.Errorf("ask how old the database is: %w", err)
		}
	}
	if f.Status.Ready() {
		if f.Drift, err = d.drift(ctx); err != nil {
			return f, fmt.Errorf("compare the schema: %w", err)
		}
	}
	return f, nil
}

// since reads when the database was made, as the migrations' own table keeps it: in UTC,
// to the second on SQLite.
func (d *DB) since(ctx context.Context) (time.Time, error) {
	var at any
	if err := d.read.QueryRowContext(ctx, "SELECT min(tstamp) FROM db_migration").Scan(&at); err != nil {
		return time.Time{}, err
	}
	switch v := at.(type) {
	case time.Time:
		return time.Date(v.Year(), v.Month(), v.Day(), v.Hour(), v.Minute(), v.Second(), 0, time.UTC), nil
	case string:
		return time.Parse(time.DateTime, v)
	default:
		return time.Time{}, nil
	}
}

func (d *DB) sqliteFacts(ctx context.Context, f *Facts) error {
	for query, into := range map[string]any{
		"SELECT sqlite_version()": &f.Version, "PRAGMA journal_mode": &f.Journal,
		"PRAGMA synchronous": &f.Synchronous, "PRAGMA foreign_keys": &f.ForeignKeys,
	} {
		if err := d.write.QueryRowContext(ctx, query).Scan(into); err != nil {
			return err
		}
	}
	var err error
	f.Network, err = networkDisk(d.path)
	return err
}

func (d *DB) postgresFacts(ctx context.Context, f *Facts) error {
	var number, fsync, pages, commit, checksums, most, reserved, standbys string
	before := time.Now()
	var server time.Time
	err := d.read.QueryRowContext(ctx, `SELECT current_setting('server_version'), current_setting('server_version_num'),
		current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'),
		current_setting('data_checksums'), current_setting('max_connections'), current_setting('superuser_reserved_connections'),
		current_setting('synchronous_standby_names'), clock_timestamp()`).
		Scan(&f.Version, &number, &fsync, &pages, &commit, &checksums, &most, &reserved, &standbys, Into(&server))
	if err != nil {
		return err
	}
	after := time.Now()
	f.Ahead = server.Sub(before.Add(after.Sub(before) / 2))
	f.Fsync, f.FullPageWrites, f.SynchronousCommit, f.Checksums = fsync == "on", pages == "on", commit != "off", checksums == "on"
	f.SyncStandby = strings.TrimSpace(standbys) != "" && commit != "off" && commit != "local"
	n, errNumber := strconv.Atoi(number)
	maxConns, errMost := strconv.Atoi(most)
	kept, errKept := strconv.Atoi(reserved)
	if errNumber != nil || errMost != nil || errKept != nil {
		return fmt.Errorf("unreadable numbers: %q, %q, %q", number, most, reserved)
	}
	f.Major, f.MaxConnections, f.Reserved, f.Pool = n/10000, maxConns, kept, int(d.pool.Config().MaxConns)
	if err := d.roleFacts(ctx, f); err != nil {
		return err
	}
	return d.poolerFacts(ctx, f)
}

// roleFacts asks what this program's role may do beyond its work. The journals are the
// tables that a trigger keeps from every rewriting.
func (d *DB) roleFacts(ctx context.Context, f *Facts) error {
	err := d.read.QueryRowContext(ctx, `SELECT r.rolsuper, (SELECT count(*) FROM pg_class c
			WHERE c.relnamespace = to_regnamespace(current_schema()) AND c.relkind IN ('r', 'p') AND pg_has_role(r.oid, c.relowner, 'USAGE'))
		FROM pg_roles r WHERE r.rolname = current_user`).Scan(&f.Superuser, &f.Owns)
	if err != nil {
		return err
	}
	f.MayRewrite, err = Collect(ctx, d, func(r Row) (name string, err error) {
		err = r.Scan(&name)
		return name, err
	}, `SELECT c.relname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid
		WHERE p.proname = 'db_append_only' AND CAST(t.tgattr AS TEXT) = '' AND c.relnamespace = to_regnamespace(current_schema())
			AND (has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE') OR has_table_privilege(c.oid, 'TRUNCATE'))
		ORDER BY c.relname`)
	return err
}

// poolerKey is the advisory lock that poolerFacts tries twice.
const poolerKey = 7340011

// poolerFacts finds out whether a pooler stands in between that gives another server to
// each transaction: two of our connections then share one session, which a lock of the
// session shows, as the second one gets it too.
func (d *DB) poolerFacts(ctx context.Context, f *Facts) error {
	first, err := d.read.Conn(ctx)
	if err != nil {
		return err
	}
	defer first.Close() //nolint:errcheck // it goes back to the pool
	second, err := d.read.Conn(ctx)
	if err != nil {
		return err
	}
	defer second.Close() //nolint:errcheck // as above
	var got bool
	if err := first.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", poolerKey).Scan(&got); err != nil || !got {
		return err // somebody else looks at the same moment
	}
	err = second.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", poolerKey).Scan(&f.Transactional)
	if f.Transactional {
		_, _ = second.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", poolerKey) // else it ends with the session
	}
	_, _ = first.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", poolerKey) // as above
	return err
}
