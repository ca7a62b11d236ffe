package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"runtime"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// How long things may take. A server that is gone without a word is noticed within
// silence, whether we wait for its answer or for it to take what we said.
const (
	connectTimeout   = 5 * time.Second  // one server, sign-in included
	silence          = 9 * time.Second  // until a dead line is given up
	statementTimeout = 30 * time.Second // one statement; the server ends it
	txTimeout        = 30 * time.Second // one transaction, without its commit
	commitTimeout    = 5 * time.Second  // then nobody knows what became of it
)

// limits are how long a transaction and its commit may take.
type limits struct{ tx, commit time.Duration }

// When connections are given back: one that was there for an hour is made anew, so that
// a server that came back gets its share again; idle ones go after some minutes.
const (
	connLife   = time.Hour
	connIdle   = 5 * time.Minute
	connLookAt = 15 * time.Second
)

func openPostgres(ctx context.Context, o Options) (_ *DB, err error) {
	cfg, err := poolConfig(o.URL, o.MaxConns)
	if err != nil {
		return nil, err
	}
	d := &DB{engine: Postgres, log: o.Log, counters: new(counters), lines: newTimeline(cfg.ConnConfig, o.Log),
		limits: limits{cmp.Or(o.TxTimeout, txTimeout), cmp.Or(o.CommitTimeout, commitTimeout)}}
	cfg.ConnConfig.ValidateConnect = d.lines.validate
	defer func() {
		if err != nil {
			_ = d.Close() // why it did not open is the better error
		}
	}()
	d.lines.ask(ctx) // before the first connection: it must not be to yesterday's primary
	if d.pool, err = pgxpool.NewWithConfig(ctx, cfg); err != nil {
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	if err := d.pool.Ping(ctx); err != nil {
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	if d.health, err = pgxpool.NewWithConfig(ctx, healthConfig(cfg)); err != nil {
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	d.write = openSQL(d.pool)
	d.read = d.write
	d.lines.watch(d.pool.Reset)
	if o.ReplicaURL != "" {
		if d.replica, err = openReplica(ctx, o, d.pool); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// poolConfig is how we speak with a server. What the URL says wins.
func poolConfig(address string, conns int) (*pgxpool.Config, error) {
	cfg, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, errors.New("open PostgreSQL: the URL cannot be read") // the parser's words would show the password
	}
	if conns == 0 {
		conns = max(4, runtime.GOMAXPROCS(0)*4)
	}
	cfg.MaxConns = int32(conns)
	cfg.MaxConnLifetime, cfg.MaxConnLifetimeJitter = connLife, connLife/4
	cfg.MaxConnIdleTime, cfg.HealthCheckPeriod, cfg.PingTimeout = connIdle, connLookAt, time.Second
	server := cfg.ConnConfig
	server.ConnectTimeout = connectTimeout
	server.DialFunc = dialer().DialContext
	server.OnNotice = remember
	orElse(server.RuntimeParams, "timezone", "UTC")
	orElse(server.RuntimeParams, "application_name", "ekolek")
	orElse(server.RuntimeParams, "statement_timeout", strconv.Itoa(int(statementTimeout.Milliseconds())))
	if server.ValidateConnect == nil && len(server.Fallbacks) > 0 { // of several servers, the one that writes
		server.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	return cfg, nil
}

func orElse(params map[string]string, name, value string) {
	if _, set := params[name]; !set {
		params[name] = value
	}
}

// healthConfig is one connection of its own for whoever asks how we are: they must get
// an answer when all the others are taken.
func healthConfig(of *pgxpool.Config) *pgxpool.Config {
	cfg := of.Copy()
	cfg.MaxConns, cfg.MinConns, cfg.MaxConnIdleTime = 1, 0, time.Minute
	return cfg
}

// dialer notices within silence that nobody is there any more.
func dialer() *net.Dialer {
	return &net.Dialer{
		Timeout:         connectTimeout,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: silence / 3, Interval: 2 * time.Second, Count: 3},
		Control:         userTimeout,
	}
}

// openSQL is a pool as database/sql knows it. Idle connections are the pool's matter.
func openSQL(pool *pgxpool.Pool) *sql.DB {
	handle := sql.OpenDB(connector{stdlib.GetPoolConnector(pool)})
	handle.SetMaxIdleConns(0)
	return handle
}

const postgresTries = 8

func (d *DB) inTxPostgres(ctx context.Context, f func(context.Context, *Tx) error) error {
	for try := 1; ; try++ {
		err := d.tryPostgres(ctx, f)
		if isReadOnly(err) {
			d.pool.Reset() // every connection leads to it; new ones find who writes now
		}
		if err == nil || !isSerialization(err) || try == postgresTries {
			if err == nil {
				d.counters.batch(1)
			}
			return err
		}
		d.counters.retried.Add(1)
		select {
		case <-time.After(time.Duration(rand.IntN(5*try)+1) * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (d *DB) tryPostgres(ctx context.Context, f func(context.Context, *Tx) error) error {
	// Waiting for a connection may be cancelled; what has begun runs to its end, bounded.
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	limit := time.AfterFunc(d.limits.tx, cancel)
	defer limit.Stop()
	conn, sqlTx, err := d.begin(ctx, own)
	if err != nil {
		return unavailable(err)
	}
	defer conn.Close()
	defer sqlTx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	tx := &Tx{tx: sqlTx, conn: conn, engine: Postgres, log: d.log}
	if err := f(inside(own), tx); err != nil {
		return tooLong(own, err)
	}
	limit.Reset(d.limits.commit)
	if err := commit(conn, sqlTx); err != nil {
		return tooLong(own, fmt.Errorf("commit: %w", err))
	}
	for _, after := range tx.after {
		after()
	}
	return nil
}

// begin takes a connection and begins. A connection that broke while it lay in the pool
// is found out here, before anything was done, so another one may be tried.
func (d *DB) begin(ctx, own context.Context) (*sql.Conn, *sql.Tx, error) {
	for try := 1; ; try++ {
		conn, err := d.write.Conn(ctx)
		if err != nil {
			return nil, nil, err
		}
		sqlTx, err := conn.BeginTx(own, nil)
		if err == nil {
			return conn, sqlTx, nil
		}
		_ = conn.Close() // broken
		if try == 3 {
			return nil, nil, err
		}
	}
}

// commit is done when the server says so without a warning. With one, a synchronous
// standby may lack it: then it counts as unknown, and the same request key resolves it.
func commit(conn *sql.Conn, tx *sql.Tx) error {
	var said map[string]any
	if err := rawPgx(conn, func(c *pgx.Conn) error { said = c.PgConn().CustomData(); return nil }); err != nil {
		return err
	}
	delete(said, noticed)
	if err := tx.Commit(); err != nil {
		return err
	}
	if warning, ok := said[noticed]; ok {
		return ErrUnavailable.Because(fmt.Errorf("not sure: %v", warning))
	}
	return nil
}

// tooLong is unavailable for errors of our own limits, too.
func tooLong(own context.Context, err error) error {
	if own.Err() != nil {
		return ErrUnavailable.Because(err)
	}
	return unavailable(err)
}

// rawPgx lends the connection below database/sql's.
func rawPgx(of *sql.Conn, use func(*pgx.Conn) error) error {
	return of.Raw(func(driver any) error { return use(driver.(*conn).Conn.Conn()) })
}

// Unhurried lends f a way to read that the time limit for statements does not cut off:
// for an audit that reads whole tables. A Q that is not the database itself is lent as
// it is.
func Unhurried(ctx context.Context, q Q, f func(Q) error) error {
	d, ok := q.(*DB)
	if !ok || d.pool == nil {
		return f(q)
	}
	conn, err := d.read.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "SET statement_timeout = 0"); err != nil {
		return err
	}
	err = f(conn)
	if _, reset := conn.ExecContext(context.WithoutCancel(ctx), "RESET statement_timeout"); reset != nil {
		d.log.LogAttrs(ctx, slog.LevelDebug, "a connection ended with its audit", slog.Any("error", reset))
	}
	return err
}

// migrator is a pool of its own whose statements may take as long as they need.
func (d *DB) migrator() *sql.DB {
	cfg := d.pool.Config().ConnConfig
	cfg.RuntimeParams["statement_timeout"] = "0"
	return stdlib.OpenDB(*cfg)
}
