package jobs

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"ekolek/internal/db"
)

// runner hides that River's client has another type on each engine.
type runner interface {
	insert(ctx context.Context, tx *db.Tx, args Args, opts *river.InsertOpts) error
	every(job *river.PeriodicJob)
	lane(name string, cfg river.QueueConfig) error
	start(ctx context.Context) error
	stop(ctx context.Context) error
}

func newRunner(d *db.DB, cfg *river.Config) (runner, error) {
	if d.Engine() == db.SQLite {
		return newClient[*sql.Tx](riversqlite.New(d.Writer()), cfg, func(tx *db.Tx, use func(*sql.Tx) error) error {
			return use(tx.SQL())
		})
	}
	return newClient[pgx.Tx](riverpgxv5.New(d.Pool()), cfg, func(tx *db.Tx, use func(pgx.Tx) error) error {
		return tx.Pgx(func(conn *pgx.Conn) error { return use(pgxTx{conn: conn}) })
	})
}

// client is River on one engine; join opens our transaction as the type that it takes.
type client[T any] struct {
	river *river.Client[T]
	join  func(tx *db.Tx, use func(T) error) error
}

func newClient[T any](driver riverdriver.Driver[T], cfg *river.Config, join func(*db.Tx, func(T) error) error) (*client[T], error) {
	c, err := river.NewClient(driver, cfg)
	if err != nil {
		return nil, err
	}
	return &client[T]{c, join}, nil
}

func (c *client[T]) insert(ctx context.Context, tx *db.Tx, args Args, opts *river.InsertOpts) error {
	return c.join(tx, func(t T) error {
		_, err := c.river.InsertTx(ctx, t, args, opts)
		return err
	})
}

func (c *client[T]) every(job *river.PeriodicJob) { c.river.PeriodicJobs().Add(job) }

func (c *client[T]) lane(name string, cfg river.QueueConfig) error {
	return c.river.Queues().Add(name, cfg)
}

func (c *client[T]) start(ctx context.Context) error { return c.river.Start(ctx) }

// stop drains, and when ctx ends first it cancels what still runs.
func (c *client[T]) stop(ctx context.Context) error {
	err := c.river.Stop(ctx)
	if err == nil || ctx.Err() == nil {
		return err
	}
	return errors.Join(err, c.river.StopAndCancel(context.WithoutCancel(ctx)))
}

// pgxTx lets River write on the connection of a database/sql transaction. It has the
// methods that an insert uses; beginning and ending stay with the owner.
type pgxTx struct {
	pgx.Tx // nil: any other method is a programmer's error
	conn   *pgx.Conn
}

var errNotOwner = errors.New("the transaction belongs to its opener")

// Begin refuses: an insert needs no savepoint.
func (t pgxTx) Begin(context.Context) (pgx.Tx, error) { return nil, errNotOwner }

// Commit refuses.
func (t pgxTx) Commit(context.Context) error { return errNotOwner }

// Rollback refuses.
func (t pgxTx) Rollback(context.Context) error { return errNotOwner }

// Exec runs a statement.
func (t pgxTx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	return t.conn.Exec(ctx, sql, args...)
}

// Query runs a query.
func (t pgxTx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return t.conn.Query(ctx, sql, args...)
}

// QueryRow runs a query for one row.
func (t pgxTx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return t.conn.QueryRow(ctx, sql, args...)
}

// CopyFrom copies rows.
func (t pgxTx) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	return t.conn.CopyFrom(ctx, table, columns, rows)
}

// SendBatch runs several statements.
func (t pgxTx) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	return t.conn.SendBatch(ctx, b)
}

// Conn is the connection.
func (t pgxTx) Conn() *pgx.Conn { return t.conn }

// quiet drops River's lines below Warn: it tells of every start and stop.
type quiet struct{ slog.Handler }

// Enabled is true from Warn on.
func (h quiet) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && h.Handler.Enabled(ctx, l)
}

// WithAttrs keeps the handler quiet.
func (h quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{h.Handler.WithAttrs(attrs)} }

// WithGroup keeps the handler quiet.
func (h quiet) WithGroup(name string) slog.Handler { return quiet{h.Handler.WithGroup(name)} }
