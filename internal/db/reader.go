package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"ekolek/internal/errs"
)

// Reader reads what may be a few seconds old: public pages, figures, exports. With a
// replica it reads there, and on the primary whenever the replica is away, too far
// behind, or the reader must see what they have just done (Fresh). Nothing that decides
// a write is read through it: a replica is late, and may even show two commits in the
// other order than the primary does.
type Reader struct {
	primary *DB
	replica *replica // nil: there is none
}

// Reader gives the way to read that may be a little behind.
func (d *DB) Reader() *Reader { return &Reader{d, d.replica} }

type freshKey struct{}

// Fresh marks the context of somebody who has just written: they read the primary.
func Fresh(ctx context.Context) context.Context { return context.WithValue(ctx, freshKey{}, true) }

// IsFresh tells a context that Fresh marked.
func IsFresh(ctx context.Context) bool { return ctx.Value(freshKey{}) != nil }

// FreshFor is how long after a write somebody is to be read for on the primary: as long
// as a replica that is still used may lack it. 0: there is no replica.
func (d *DB) FreshFor() time.Duration {
	if d.replica == nil {
		return 0
	}
	return d.replica.lag + lookEvery
}

// QueryContext reads on the replica if that may be.
func (r *Reader) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if r.replica.serves(ctx) {
		count(ctx)
		rows, err := r.replica.read.QueryContext(ctx, query, args...)
		if !r.replica.failed(ctx, err) {
			return rows, err
		}
	}
	return r.primary.QueryContext(ctx, query, args...)
}

// QueryRowContext reads one row on the replica if that may be.
func (r *Reader) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if r.replica.serves(ctx) {
		count(ctx)
		row := r.replica.read.QueryRowContext(ctx, query, args...)
		if !r.replica.failed(ctx, row.Err()) {
			return row
		}
	}
	return r.primary.QueryRowContext(ctx, query, args...)
}

// replica is a hot standby that is read while it is known to be fresh.
//
// How far it is behind is measured without anybody's clock but ours, and without
// believing that it still hears from the primary: every second we note the primary's
// position in its log, and look which of the noted positions the replica has replayed.
// It has everything that was committed before that one was noted.
type replica struct {
	pool *pgxpool.Pool
	read *sql.DB
	lag  time.Duration
	log  *slog.Logger

	until atomic.Int64 // it may be read before this moment, in nanoseconds; 0: not at all
	noted []position   // oldest first; the watcher's own

	stop    context.CancelFunc
	stopped sync.WaitGroup
}

// position is where the primary's log had come to.
type position struct {
	at  time.Time
	lsn uint64
}

// lookEvery is how often primary and replica are compared; lookWait is how long they have
// to answer.
const (
	lookEvery = time.Second
	lookWait  = time.Second
)

// openReplica does not wait for it: a city serves without its replica, too.
func openReplica(ctx context.Context, o Options, primary *pgxpool.Pool) (*replica, error) {
	cfg, err := poolConfig(o.ReplicaURL, o.MaxConns)
	if err != nil {
		return nil, errors.New("open replica: the URL cannot be read")
	}
	cfg.ConnConfig.ValidateConnect = nil // it need not take writes, and is not to
	cfg.ConnConfig.RuntimeParams["default_transaction_read_only"] = "on"
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open replica: %w", err)
	}
	r := &replica{pool: pool, read: openSQL(pool), lag: o.ReplicaLag, log: o.Log}
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	r.stop = stop
	r.stopped.Go(func() { r.watch(watching, primary) })
	return r, nil
}

func (r *replica) close() error {
	r.stop()
	r.stopped.Wait()
	err := r.read.Close()
	r.pool.Close()
	return err
}

// serves says whether to read here.
func (r *replica) serves(ctx context.Context) bool {
	return r != nil && time.Now().UnixNano() < r.until.Load() && !IsFresh(ctx)
}

// failed says that the primary is to be asked instead: the replica is away, or had to
// cancel the query because of what it replays.
func (r *replica) failed(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() != nil || isReadOnly(err) { // a stray write is nobody's read: it fails
		return false
	}
	if errs.KindOf(err) == errs.Unavailable {
		r.until.Store(0) // until the watcher has seen it well again
		return true
	}
	return isSerialization(err)
}

func (r *replica) watch(ctx context.Context, primary *pgxpool.Pool) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	used := true // so that a replica that never answers is told of once
	for {
		fresh := r.look(ctx, primary)
		if ctx.Err() != nil {
			return
		}
		if now := !fresh.IsZero() && time.Now().Before(fresh); now != used {
			used = now
			r.log.InfoContext(ctx, "read replica", "used", now)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look compares both servers and tells until when the replica is fresh enough.
func (r *replica) look(ctx context.Context, primary *pgxpool.Pool) (until time.Time) {
	asked := time.Now()
	if lsn, ok := lsnOf(ctx, primary, "SELECT CASE WHEN pg_is_in_recovery() THEN '' ELSE CAST(pg_current_wal_lsn() AS TEXT) END"); ok {
		r.note(position{asked, lsn})
	}
	lsn, ok := lsnOf(ctx, r.pool, "SELECT CASE WHEN pg_is_in_recovery() THEN COALESCE(CAST(pg_last_wal_replay_lsn() AS TEXT), '') ELSE '' END")
	if !ok { // away, or promoted: then it is no replica of anybody
		r.until.Store(0)
		return time.Time{}
	}
	for _, p := range r.noted {
		if p.lsn <= lsn {
			until = p.at.Add(r.lag)
		}
	}
	if until.IsZero() {
		r.until.Store(0)
		return until
	}
	r.until.Store(until.UnixNano())
	return until
}

// note keeps the positions of as long as may matter. A position below the last one is of
// another server: those of before say nothing about it.
func (r *replica) note(p position) {
	if n := len(r.noted); n > 0 && p.lsn < r.noted[n-1].lsn {
		r.noted = r.noted[:0]
	}
	for len(r.noted) > 0 && p.at.Sub(r.noted[0].at) > r.lag {
		r.noted = r.noted[1:]
	}
	r.noted = append(r.noted, p)
}

// lsnOf asks a server for a position in its log; ok is false when it has none to tell.
func lsnOf(ctx context.Context, pool *pgxpool.Pool, query string) (lsn uint64, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, lookWait)
	defer cancel()
	var text string
	if err := pool.QueryRow(ctx, query).Scan(&text); err != nil {
		return 0, false
	}
	return parseLSN(text)
}

// parseLSN reads a position as PostgreSQL writes it: "16/B374D848".
func parseLSN(text string) (uint64, bool) {
	high, low, ok := strings.Cut(text, "/")
	h, err := strconv.ParseUint(high, 16, 32)
	l, err2 := strconv.ParseUint(low, 16, 32)
	return h<<32 | l, ok && err == nil && err2 == nil
}

var _ Q = (*Reader)(nil)
