package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"ekolek/internal/errs"
)

func openPostgres(ctx context.Context, o Options) (*DB, error) {
	cfg, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return nil, errors.New("open PostgreSQL: the URL cannot be read") // the parser's words would show the password
	}
	conns := o.MaxConns
	if conns == 0 {
		conns = max(4, runtime.GOMAXPROCS(0)*4)
	}
	cfg.MaxConns = int32(conns)
	cfg.ConnConfig.ConnectTimeout = 10 * time.Second
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	cfg.ConnConfig.RuntimeParams["application_name"] = "ekolek"
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	handle := stdlib.OpenDBFromPool(pool)
	return &DB{engine: Postgres, write: handle, read: handle, pool: pool, log: o.Log}, nil
}

// ErrUnavailable says that the database did not answer; whether the act was done is
// not known. Repeating it with the same request key is safe.
var ErrUnavailable = errs.New(errs.Unavailable, "DATABASE_UNAVAILABLE", "error.unavailable")

const postgresTries = 8

func (d *DB) inTxPostgres(ctx context.Context, f func(context.Context, *Tx) error) error {
	for try := 1; ; try++ {
		err := d.tryPostgres(ctx, f)
		if err == nil || !isSerialization(err) || try == postgresTries {
			return err
		}
		select {
		case <-time.After(time.Duration(rand.IntN(5*try)+1) * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (d *DB) tryPostgres(ctx context.Context, f func(context.Context, *Tx) error) error {
	// Waiting for a connection may be cancelled; what has begun runs to its end, bounded.
	conn, err := d.write.Conn(ctx)
	if err != nil {
		return unavailable(err)
	}
	defer conn.Close()
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	sqlTx, err := conn.BeginTx(own, nil)
	if err != nil {
		return unavailable(err)
	}
	defer sqlTx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	tx := &Tx{tx: sqlTx, conn: conn, engine: Postgres}
	if err := f(inside(own), tx); err != nil {
		return unavailable(err)
	}
	if err := sqlTx.Commit(); err != nil {
		return unavailable(fmt.Errorf("commit: %w", err))
	}
	for _, after := range tx.after {
		after()
	}
	return nil
}

// isSerialization says that running the transaction again may succeed.
func isSerialization(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// unavailable marks errors of the connection as ErrUnavailable: classes 08 and 57P,
// and everything that came from the network instead of the server.
func unavailable(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		if len(pg.Code) == 5 && (pg.Code[:2] == "08" || pg.Code[:3] == "57P") {
			return ErrUnavailable.Because(err)
		}
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
