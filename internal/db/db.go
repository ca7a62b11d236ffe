// Package db opens the one relational database and runs transactions on it. Two
// engines serve the same SQL text: SQLite in a file, and PostgreSQL. It knows
// nothing of the city; each capability keeps its own SQL in its store.go.
package db

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Engine is the kind of database behind a DB.
type Engine string

// The two engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Q reads. A *DB reads outside of transactions, a *Tx inside of its own.
type Q interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Options say which database to open. URL wins over Path.
type Options struct {
	URL      string // postgres://…
	Path     string // SQLite file; its folder must exist
	MaxConns int    // PostgreSQL connections, or SQLite readers; 0: a default for this machine
	Log      *slog.Logger

	ReplicaURL string        // postgres://… of a hot standby, for Reader; empty: none
	ReplicaLag time.Duration // how far behind it may be

	// How long a transaction on PostgreSQL may take, and then its commit. 0: 30 and 5 seconds.
	TxTimeout, CommitTimeout time.Duration
}

// DB is an open database, safe for use by many goroutines.
type DB struct {
	engine  Engine
	path    string  // SQLite's file
	write   *sql.DB // SQLite: one connection; PostgreSQL: the pool
	read    *sql.DB // SQLite: query_only connections; PostgreSQL: the pool
	pool    *pgxpool.Pool
	health  *pgxpool.Pool // PostgreSQL: one connection, for Ping alone
	lines   *timeline     // PostgreSQL: who may be written to
	limits  limits        // PostgreSQL: of a transaction
	replica *replica      // PostgreSQL: nil when there is none
	batch   *batcher      // SQLite's group commit
	reads   *statements   // SQLite's prepared queries
	log     *slog.Logger

	counters *counters
	span     func(context.Context) (context.Context, func(error))
}

// Open connects, and for SQLite makes the file when it is not there. It does not migrate.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.URL != "" {
		return openPostgres(ctx, o)
	}
	if o.Path == "" {
		return nil, errors.New("open database: neither a URL nor a path")
	}
	if o.ReplicaURL != "" {
		return nil, errors.New("open database: a SQLite file has no replica")
	}
	return openSQLite(ctx, o)
}

// Engine tells which engine this is.
func (d *DB) Engine() Engine { return d.engine }

// Ping asks the database for an answer; on PostgreSQL by a connection of its own, so that
// it tells of the server and not of how busy we are.
func (d *DB) Ping(ctx context.Context) error {
	if d.health != nil {
		return d.health.Ping(ctx)
	}
	var one int
	return d.read.QueryRowContext(ctx, "SELECT 1").Scan(&one)
}

// Close waits for the transactions under way and closes every connection.
func (d *DB) Close() error {
	if d.batch != nil {
		d.batch.close()
		d.reads.close()
	}
	if d.lines != nil {
		d.lines.close()
	}
	var err error
	if d.replica != nil {
		err = d.replica.close()
	}
	if d.write != nil {
		err = errors.Join(err, d.write.Close())
	}
	if d.read != d.write {
		err = errors.Join(err, d.read.Close())
	}
	for _, pool := range []*pgxpool.Pool{d.pool, d.health} {
		if pool != nil {
			pool.Close()
		}
	}
	return err
}

// QueryContext reads outside of any transaction.
func (d *DB) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	count(ctx)
	if stmt := d.prepared(query); stmt != nil {
		return stmt.QueryContext(ctx, args...)
	}
	return d.read.QueryContext(ctx, query, args...)
}

// QueryRowContext reads one row outside of any transaction.
func (d *DB) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	count(ctx)
	if stmt := d.prepared(query); stmt != nil {
		return stmt.QueryRowContext(ctx, args...)
	}
	return d.read.QueryRowContext(ctx, query, args...)
}

// prepared is a query's prepared statement, nil when it has none.
func (d *DB) prepared(query string) *sql.Stmt {
	if d.reads == nil {
		return nil
	}
	stmt, wanted := d.reads.get(query)
	if wanted {
		d.reads.prepare(query)
	}
	return stmt
}

// Writer is the pool that may write. It exists for libraries that keep tables of
// their own (migrations, the job queue); everything else uses InTx.
func (d *DB) Writer() *sql.DB { return d.write }

// Pool is the PostgreSQL pool, nil on SQLite; for libraries that need it.
func (d *DB) Pool() *pgxpool.Pool { return d.pool }

// Tx is a transaction under way.
type Tx struct {
	tx     *sql.Tx
	conn   *sql.Conn // PostgreSQL: the connection of tx
	engine Engine
	batch  *batcher // SQLite: what it is part of
	log    *slog.Logger
	after  []func()
}

// Engine tells which engine this is.
func (t *Tx) Engine() Engine { return t.engine }

// SQL is the transaction itself, for libraries that join it.
func (t *Tx) SQL() *sql.Tx { return t.tx }

// Pgx lends the connection of a PostgreSQL transaction to a library that joins it.
// The library begins and ends nothing. On SQLite it is an error.
func (t *Tx) Pgx(use func(*pgx.Conn) error) error {
	if t.conn == nil {
		return errors.New("not a PostgreSQL transaction")
	}
	return rawPgx(t.conn, use)
}

// QueryContext reads inside the transaction.
func (t *Tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	count(ctx)
	return t.tx.QueryContext(ctx, query, args...)
}

// QueryRowContext reads one row inside the transaction.
func (t *Tx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	count(ctx)
	if stmt := t.prepared(ctx, query); stmt != nil {
		return stmt.QueryRowContext(ctx, args...)
	}
	return t.tx.QueryRowContext(ctx, query, args...)
}

// ExecContext writes.
func (t *Tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	count(ctx)
	if stmt := t.prepared(ctx, query); stmt != nil {
		return stmt.ExecContext(ctx, args...)
	}
	return t.tx.ExecContext(ctx, query, args...)
}

// prepared is a statement of SQLite's writer, nil when it has none. QueryContext does
// not ask: on one connection a statement serves one open result at a time.
func (t *Tx) prepared(ctx context.Context, query string) *sql.Stmt {
	if t.batch == nil {
		return nil
	}
	stmt, wanted := t.batch.statements.get(query)
	if wanted {
		t.batch.wanted = append(t.batch.wanted, query)
	}
	if stmt == nil {
		return nil
	}
	return t.tx.StmtContext(ctx, stmt)
}

// Log is the database's logger: what is told of a transaction waits for AfterCommit.
func (t *Tx) Log() *slog.Logger { return t.log }

// AfterCommit runs f once the transaction is durable; never after a rollback.
func (t *Tx) AfterCommit(f func()) { t.after = append(t.after, f) }

// InTx runs f in a transaction and commits when f returns nil. The commit does not
// depend on ctx: a cancelled request leaves all or nothing, never "maybe". f gets a
// context of its own to pass on, may run again after a serialization failure, and
// touches only the transaction and values that it sets itself. It does no slow work:
// on SQLite every writer waits behind it.
func (d *DB) InTx(ctx context.Context, f func(ctx context.Context, tx *Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if ctx.Value(insideKey{}) != nil {
		return errors.New("a transaction inside of a transaction would wait for itself")
	}
	ctx, end := d.spanned(ctx)
	var err error
	if d.batch != nil {
		err = d.batch.do(ctx, f)
	} else {
		err = d.inTxPostgres(ctx, f)
	}
	d.counters.ended(err)
	end(err)
	return err
}

// Span has every transaction reported to begin, and its end to what begin gives: for
// traces. It comes before the first transaction.
func (d *DB) Span(begin func(context.Context) (context.Context, func(error))) { d.span = begin }

func (d *DB) spanned(ctx context.Context) (context.Context, func(error)) {
	if d.span == nil {
		return ctx, func(error) {}
	}
	return d.span(ctx)
}

// insideKey marks the context that a transaction's function gets.
type insideKey struct{}

func inside(ctx context.Context) context.Context { return context.WithValue(ctx, insideKey{}, true) }

// NewID makes a UUIDv7: ids made later sort later.
func NewID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// NullID is an id as an argument; NULL for uuid.Nil.
func NullID(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: id != uuid.Nil} }

// IsNoRows says that a query for one row found none.
func IsNoRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// Row is what a scan function reads: one row of *sql.Rows, or a *sql.Row.
type Row interface{ Scan(dest ...any) error }

// Collect runs a query and scans every row.
func Collect[T any](ctx context.Context, q Q, scan func(Row) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// Exec writes and tells how many rows it touched.
func Exec(ctx context.Context, tx *Tx, query string, args ...any) (int64, error) {
	res, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// Day is the civil date in Manila, as kept in every day column: 2006-01-02.
func Day(t time.Time) string { return t.In(Manila).Format(time.DateOnly) }

// Civil is such a date as a value of a sentence: the catalogues write it in words.
type Civil string
