package db

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// timeline keeps us from writing to a primary of yesterday. Whenever a standby is
// promoted, PostgreSQL begins a timeline with a higher number. So a server that takes
// writes on a lower one than another of ours has been replaced and does not know it:
// what it took would be lost. With several servers in the URL each is asked at the
// start and every few seconds; a connection to a lower timeline than the highest seen
// is refused, and those that exist are dropped.
//
// This finds the old primary as soon as both can be seen. What it took before nobody
// could know; only a synchronous standby rules that out.
type timeline struct {
	servers  []*pgconn.Config // each server once; one alone is not watched
	inner    func(context.Context, *pgconn.PgConn) error
	log      *slog.Logger
	stopping context.CancelFunc
	stopped  sync.WaitGroup

	mu      sync.Mutex
	highest int64
}

const (
	askEvery = 3 * time.Second
	askWait  = 3 * time.Second
)

func newTimeline(cfg *pgx.ConnConfig, log *slog.Logger) *timeline {
	l := &timeline{inner: cfg.ValidateConnect, log: log}
	seen := map[string]bool{}
	for _, f := range append([]*pgconn.FallbackConfig{{Host: cfg.Host, Port: cfg.Port, TLSConfig: cfg.TLSConfig}}, cfg.Fallbacks...) {
		name := net.JoinHostPort(f.Host, strconv.Itoa(int(f.Port)))
		if seen[name] { // once with TLS and once without
			continue
		}
		seen[name] = true
		one := cfg.Config.Copy()
		one.Host, one.Port, one.TLSConfig, one.Fallbacks, one.ValidateConnect = f.Host, f.Port, f.TLSConfig, nil, nil
		for _, again := range cfg.Fallbacks { // the same server's other way
			if again.Host == f.Host && again.Port == f.Port && again.TLSConfig != f.TLSConfig {
				one.Fallbacks = append(one.Fallbacks, again)
			}
		}
		l.servers = append(l.servers, one)
	}
	return l
}

// validate runs on each new connection; its error makes pgx try the next server.
func (l *timeline) validate(ctx context.Context, c *pgconn.PgConn) error {
	if l.inner != nil {
		if err := l.inner(ctx, c); err != nil {
			return err
		}
	}
	if len(l.servers) < 2 {
		return nil
	}
	n, err := timelineOf(ctx, c)
	if err != nil {
		return err
	}
	if highest := l.raise(n); n > 0 && n < highest {
		return fmt.Errorf("this primary was replaced: it writes timeline %d, another one writes %d", n, highest)
	}
	return nil
}

// raise notes a timeline and tells the highest.
func (l *timeline) raise(n int64) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.highest = max(l.highest, n)
	return l.highest
}

// timelineOf reads on which timeline a server writes; 0: it does not write.
func timelineOf(ctx context.Context, c *pgconn.PgConn) (int64, error) {
	results, err := c.Exec(ctx, `SELECT CASE WHEN pg_is_in_recovery() THEN '0' ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END`).ReadAll()
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(string(results[0].Rows[0][0]), 16, 64)
}

// ask looks at every server that can be reached.
func (l *timeline) ask(ctx context.Context) {
	if len(l.servers) < 2 {
		return
	}
	var all sync.WaitGroup
	for _, server := range l.servers {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, askWait)
			defer cancel()
			c, err := pgconn.ConnectConfig(ctx, server)
			if err != nil {
				return // away: it writes nothing either
			}
			defer c.Close(ctx) //nolint:errcheck // it has served
			if n, err := timelineOf(ctx, c); err == nil {
				l.raise(n)
			}
		})
	}
	all.Wait()
}

// watch asks again and again, and calls reset when a newer primary came.
func (l *timeline) watch(reset func()) {
	if len(l.servers) < 2 {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	l.stopping = cancel
	known := l.raise(0) // by the connections that there are
	l.stopped.Go(func() {
		tick := time.NewTicker(askEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			l.ask(ctx)
			if highest := l.raise(0); highest > known { // found just now, or by a new connection
				known = highest
				l.log.WarnContext(ctx, "another PostgreSQL server was promoted; connections are made anew", "timeline", highest)
				reset()
			}
		}
	})
}

func (l *timeline) close() {
	if l.stopping != nil {
		l.stopping()
		l.stopped.Wait()
	}
}
