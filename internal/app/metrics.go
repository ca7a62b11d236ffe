package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"ekolek/internal/backup"
	"ekolek/internal/ledger"
	"ekolek/internal/telemetry"
	"ekolek/internal/web"
)

// measure says what /metrics tells beside the requests. docs/logs.md lists it all.
func (a *App) measure() {
	a.meters.Collect(a.logs.Measure)
	a.meters.Collect(a.measureProgram)
	a.meters.Collect(a.measureDatabase)
	a.meters.Collect(a.measureWork)
	kept := &asked{}
	a.meters.Collect(func(p *telemetry.Page) { kept.show(p, a.askDatabase) })
}

func (a *App) measureProgram(p *telemetry.Page) {
	version, commit := "", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				commit = s.Value
			}
		}
	}
	p.Gauge("ekolek_build_info", "Which program this is.", 1, "version", version, "commit", commit, "engine", string(a.DB.Engine()))
	ready := a.ready(context.Background())
	for _, state := range []string{web.Ready, web.Degraded, web.NotReady} {
		p.Gauge("ekolek_state", "What /readyz says.", flag(ready.Status == state), "state", state)
	}
	p.Counter("ekolek_cache_gets_total", "What the cache was asked, by what came of it.", float64(a.cached.Hits.Load()), "result", "hit")
	p.Counter("ekolek_cache_gets_total", "", float64(a.cached.Misses.Load()), "result", "miss")
	p.Counter("ekolek_cache_gets_total", "", float64(a.cached.Errors.Load()), "result", "error")
}

func flag(on bool) float64 {
	if on {
		return 1
	}
	return 0
}

func (a *App) measureDatabase(p *telemetry.Page) {
	s := a.DB.Stats()
	p.Counter("ekolek_db_transactions_total", "Transactions, by what came of them.", float64(s.Committed), "result", "committed")
	p.Counter("ekolek_db_transactions_total", "", float64(s.Failed), "result", "failed")
	p.Counter("ekolek_db_retries_total", "Transactions begun again because they met another (busy).", float64(s.Retried))
	sum := int64(0)
	for size := 1; size <= 512; size *= 2 {
		sum += s.BatchSizes[size]
		p.Counter("ekolek_db_commit_batch_bucket", "Durable commits by how many transactions they hold.", float64(sum), "le", strconv.Itoa(size))
	}
	p.Counter("ekolek_db_commits_total", "Durable commits.", float64(s.Commits))
	for _, name := range []string{"read", "write"} {
		pool, ok := s.Pools[name]
		if !ok {
			continue
		}
		p.Gauge("ekolek_db_connections", "Connections of a pool.", float64(pool.InUse), "pool", name, "state", "in_use")
		p.Gauge("ekolek_db_connections", "", float64(pool.Idle), "pool", name, "state", "idle")
		p.Gauge("ekolek_db_connections_max", "How many a pool may have.", float64(pool.Most), "pool", name)
		p.Counter("ekolek_db_waits_total", "How often somebody had to wait for a connection.", float64(pool.Waited), "pool", name)
	}
}

func (a *App) measureWork(p *telemetry.Page) {
	for kind, w := range a.Queue.Worked() {
		p.Counter("ekolek_jobs_total", "Attempts of this node, by what came of them.", float64(w.Done), "kind", kind, "result", "done")
		p.Counter("ekolek_jobs_total", "", float64(w.Failed), "kind", kind, "result", "failed")
		p.Counter("ekolek_job_seconds_total", "How long they took.", w.Took.Seconds(), "kind", kind)
	}
}

// askDatabase measures what only the database knows. It is the same on every node.
func (a *App) askDatabase(ctx context.Context, p *telemetry.Page) error {
	depths, err := a.Queue.Depths(ctx)
	if err != nil {
		return err
	}
	for _, d := range depths {
		p.Gauge("ekolek_queue_jobs", "Jobs that are not done.", float64(d.Jobs), "lane", d.Lane, "state", string(d.State))
	}
	lag, err := a.Queue.Lag(ctx)
	if err != nil {
		return err
	}
	p.Gauge("ekolek_queue_lag_seconds", "How long the job that waits longest has been due.", lag.Seconds())
	messages, err := a.Notify.DayCounts(ctx)
	if err != nil {
		return err
	}
	for _, m := range messages {
		p.Gauge("ekolek_messages", "Messages of the last 24 hours.", float64(m.N), "channel", string(m.Channel), "status", string(m.Status))
	}
	spent, most, err := a.Notify.SpentToday(ctx)
	if err != nil {
		return err
	}
	p.Gauge("ekolek_sms_spend_pesos", "What text messages have cost today.", float64(spent)/100)
	p.Gauge("ekolek_sms_spend_limit_pesos", "What they may cost in a day; 0 for no limit.", float64(most)/100)
	return a.askWhenLast(ctx, p)
}

func (a *App) askWhenLast(ctx context.Context, p *telemetry.Page) error {
	made, err := backup.Last(ctx, a.DB)
	if err != nil {
		return err
	}
	tried, err := backup.LastTest(ctx, a.DB)
	if err != nil {
		return err
	}
	books, err := ledger.LastVerified(ctx, a.DB)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		what string
		at   time.Time
		ok   bool
	}{{"backup", made.GoodAt, made.OK}, {"restore_test", tried.GoodAt, tried.OK}, {"ledger_verify", books.At, books.OK}} {
		if f.at.IsZero() {
			continue // never: an alarm asks with absent()
		}
		p.Gauge("ekolek_last_success_age_seconds", "How long ago what should happen each night went well.", a.now().Sub(f.at).Seconds(), "what", f.what)
		p.Gauge("ekolek_last_ok", "Whether the newest went well.", flag(f.ok), "what", f.what)
	}
	return nil
}

// askEvery is how old the database's answers may be: whoever looks often does not make
// the database count often.
const askEvery = 15 * time.Second

// asked keeps them.
type asked struct {
	mu    sync.Mutex
	until time.Time
	page  telemetry.Page
	err   error
}

func (k *asked) show(p *telemetry.Page, ask func(context.Context, *telemetry.Page) error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now := time.Now(); now.After(k.until) {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		k.page = telemetry.Page{}
		k.err = ask(ctx, &k.page)
		k.until = now.Add(askEvery)
	}
	p.Join(&k.page)
	p.Gauge("ekolek_database_answers", "Whether the database could be asked for the rest.", flag(k.err == nil))
}

// listenForMetrics opens METRICS_ADDR; nil when there is none.
func (a *App) listenForMetrics() (net.Listener, error) {
	if a.cfg.Metrics.Addr == "" {
		return nil, nil
	}
	l, err := net.Listen("tcp", a.cfg.Metrics.Addr)
	if err != nil {
		return nil, fmt.Errorf("METRICS_ADDR: %w", err)
	}
	return l, nil
}

// serveMetrics shows /metrics, and nothing else, on an address of its own until ctx ends.
func (a *App) serveMetrics(ctx context.Context, l net.Listener) {
	if l == nil {
		return
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) { web.ServeMetrics(a.meters, w) })
	s := &http.Server{Handler: mux, ReadTimeout: 10 * time.Second, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 8 << 10}
	end := context.AfterFunc(ctx, func() { _ = s.Close() }) // nobody's work is lost
	defer end()
	if err := s.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
		a.Log.Error("serve metrics", "error", err)
	}
}
