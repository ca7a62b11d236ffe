package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"ekolek/internal/errs"
)

// ErrUnavailable says that the database did not answer; whether the act was done is
// not known. Repeating it with the same request key is safe.
var ErrUnavailable = errs.New(errs.Unavailable, "DATABASE_UNAVAILABLE", "error.unavailable").After(2 * time.Second)

// connWait is how long somebody waits for a connection, new or handed back. Who waits
// longer is told to come again: a queue that grows helps nobody.
const connWait = 1500 * time.Millisecond

// connector hands out the pool's connections to database/sql, in bounded time, and
// marks the errors of every one of them: whoever reads outside of a transaction learns
// that the database is away just as whoever writes inside of one.
type connector struct{ driver.Connector }

// Connect takes a connection from the pool.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	waiting, cancel := context.WithTimeout(ctx, connWait)
	defer cancel()
	got, err := c.Connector.Connect(waiting)
	if err != nil {
		if ctx.Err() != nil { // whoever asked has gone
			return nil, ctx.Err()
		}
		return nil, ErrUnavailable.Because(fmt.Errorf("no connection: %w", err))
	}
	return &conn{got.(*stdlib.Conn)}, nil
}

// conn is pgx's connection, but for the names of its errors.
type conn struct{ *stdlib.Conn }

// QueryContext reads; pgx fetches the first row, so most errors show here.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.Conn.QueryContext(ctx, query, args)
	return rows, c.named(ctx, err)
}

// ExecContext writes.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	result, err := c.Conn.ExecContext(ctx, query, args)
	return result, c.named(ctx, err)
}

// named leaves ErrBadConn to database/sql, which then takes another connection, and a
// gone caller's error to them.
func (c *conn) named(ctx context.Context, err error) error {
	if err == nil || errors.Is(err, driver.ErrBadConn) || ctx.Err() != nil {
		return err
	}
	return unavailable(err)
}

// noticed is where a connection remembers that the server warned, in CustomData.
const noticed = "ekolek.warning"

// remember keeps the server's last warning. One of them changes what a commit means: a
// synchronous wait that was cut short ends in success with the warning that the standby
// may not have it.
func remember(c *pgconn.PgConn, n *pgconn.Notice) {
	if n.SeverityUnlocalized == "WARNING" || n.SeverityUnlocalized == "" && n.Severity == "WARNING" {
		c.CustomData()[noticed] = n.Code + " " + n.Message
	}
}

// isSerialization says that running the transaction again may succeed.
func isSerialization(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// isReadOnly says that the server no longer takes writes: it became a standby, or was
// told to.
func isReadOnly(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "25006"
}

// away are the classes of PostgreSQL's errors that tell of the server and not of the
// statement: connection 08, resources 53, operator 57 (a statement's time is over, the
// server stops), a server that only reads.
func away(code string) bool {
	return len(code) == 5 && (code[:2] == "08" || code[:2] == "53" || code[:2] == "57" || code == "25006")
}

// unavailable marks errors of the server and of the way to it as ErrUnavailable.
func unavailable(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		if away(pg.Code) {
			return ErrUnavailable.Because(err)
		}
		return err
	}
	if errors.Is(err, ErrUnavailable) {
		return err
	}
	var connect *pgconn.ConnectError
	var network net.Error
	if errors.As(err, &connect) || errors.As(err, &network) || pgconn.Timeout(err) || pgconn.SafeToRetry(err) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, driver.ErrBadConn) {
		return ErrUnavailable.Because(err)
	}
	return err
}
