package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"ekolek/internal/console"
	"ekolek/internal/mobile"
	"ekolek/internal/notify"
	"ekolek/internal/site"
	"ekolek/internal/web"
	"ekolek/internal/web/uploads"
)

// drainTimeout is for requests and jobs under way when the program stops.
const drainTimeout = 20 * time.Second

// server is the HTTP side of a started App.
type server struct {
	http   *http.Server
	addr   net.Addr
	failed chan error // what Serve returned

	metrics    net.Listener       // METRICS_ADDR; nil: none
	background context.CancelFunc // ends what runs beside the requests
	beside     sync.WaitGroup
}

// Start asks whether the schema is this program's, listens on addr ("host:port", port 0 for any)
// and starts the queue's worker. It returns at once; Close ends what it began.
func (a *App) Start(ctx context.Context, addr string) error {
	if err := a.CheckSchema(ctx); err != nil {
		return err
	}
	if err := a.Files.SweepTemp(); err != nil {
		return err
	}
	if err := a.recallAnchor(ctx); err != nil {
		return err
	}
	site, limits := a.Web(), web.DefaultLimits()
	handler := a.drain.around(site.Handler())
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	s := &server{
		http:   limits.HTTP(handler),
		addr:   listener.Addr(),
		failed: make(chan error, 1),
	}
	metrics, err := a.listenForMetrics()
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	s.http.ErrorLog = slog.NewLogLogger(a.Log.Handler(), slog.LevelDebug)
	listener = site.Listen(listener, limits.PerAddress)
	beside, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.background, s.metrics = cancel, metrics
	a.server = s
	if err := a.Queue.Start(ctx); err != nil {
		cancel()
		return errors.Join(err, listener.Close())
	}
	s.beside.Go(func() { a.keepAnchor(beside) })
	s.beside.Go(func() { a.serveMetrics(beside, metrics) })
	s.beside.Go(func() { a.events.Run(beside) })
	go func() { s.failed <- s.http.Serve(listener) }()
	a.Log.Info("serving", "url", a.URL(), "engine", a.DB.Engine(), "debug", a.cfg.Debug)
	return nil
}

// DefaultAddr is where to listen when nobody says it: every address of this machine.
func (a *App) DefaultAddr() string { return fmt.Sprintf(":%d", a.cfg.Port) }

// Addr is the address that Start listens on.
func (a *App) Addr() net.Addr { return a.server.addr }

// MetricsAddr is where METRICS_ADDR is listened on; nil when there is none.
func (a *App) MetricsAddr() net.Addr {
	if a.server.metrics == nil {
		return nil
	}
	return a.server.metrics.Addr()
}

// URL is where a browser on this machine finds the site.
func (a *App) URL() string {
	host, port, err := net.SplitHostPort(a.server.addr.String())
	if ip := net.ParseIP(host); err != nil || ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// Wait returns when ctx ends, or when the server fails.
func (a *App) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-a.server.failed:
		return fmt.Errorf("serve: %w", err)
	}
}

// stop says that this node takes no more work, waits until those who send it have seen
// that, and lets the requests and then the jobs under way finish.
func (a *App) stop() error {
	if a.server == nil {
		return nil
	}
	a.events.End()
	a.drain.begin(a.cfg.Drain)
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	err := a.server.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = errors.Join(errors.New("some requests did not finish in time"), a.server.http.Close())
	}
	err = errors.Join(err, a.Queue.Stop(ctx))
	a.server.background()
	a.server.beside.Wait()
	a.server = nil
	return err
}

// Web is the whole site: every surface's table, mounted.
func (a *App) Web() *web.Server { return a.webFor(a.Log, a.Auth.PrincipalOf) }

// webFor is Web with a log of its own, and somebody of its own who knows who asks.
func (a *App) webFor(log *slog.Logger, principalOf principalOf) *web.Server {
	ready := a.ready
	if log != a.Log {
		ready = nil // who asks only for the sake of asking is not told, in the log, that the queue stands still
	}
	w := web.New(web.Options{
		Debug:       a.cfg.Debug,
		Hosts:       a.cfg.AllowedHosts,
		Site:        a.site(),
		Origins:     a.cfg.CSRFOrigins,
		Proxies:     a.cfg.TrustedProxies,
		FreshFor:    a.DB.FreshFor(),
		SecretKey:   a.Vault.Key("flash"),
		Log:         log,
		Now:         a.now,
		PrincipalOf: principalOf,
		Cache:       a.Cache,
		Knock:       a.Auth.Knock,
		Ready:       ready,
		SecurityLog: a.logs.SecurityErr,

		Metrics: a.meters, MetricsToken: string(a.cfg.Metrics.Token), Traces: a.traces,
	})
	residents := site.New(site.Deps{
		Auth: a.Auth, People: a.People, Collection: a.Collection, Rewards: a.Rewards, Schedule: a.Schedule, Report: a.Report, Notify: a.Notify, Events: a.events, Sealing: a.Sealing,
		Files: a.Files, Outbox: a.devOutbox(), Cache: a.Cache, City: a.cfg.City, SiteURL: a.cfg.SiteURL, Now: a.now,
		Reserved: time.Duration(a.cfg.Rewards.ReservationDays) * 24 * time.Hour,
	})
	w.Mount(residents.Surface(), residents.Routes())
	uploaded := uploads.New(a.Files)
	w.Mount(uploaded.Surface(), uploaded.Routes())
	office := console.New(console.Deps{
		Auth: a.Auth, People: a.People, Collection: a.Collection, Rewards: a.Rewards, Schedule: a.Schedule, Report: a.Report, Notify: a.Notify, Events: a.events,
		Approval: a.Approval, Queue: a.Queue, Backup: a.Backup, Files: a.Files, Checks: a.lastChecks, Now: a.now,
	})
	w.Mount(office.Surface(), office.Routes())
	phones := mobile.New(mobile.Deps{
		Auth: a.Auth, People: a.People, Notify: a.Notify, Collection: a.Collection, Rewards: a.Rewards, Schedule: a.Schedule, Report: a.Report,
		Origins: a.cfg.CORSOrigins, Now: a.now,
	})
	w.Mount(phones.Residents(), phones.ResidentRoutes())
	w.Mount(phones.Collectors(), phones.CollectorRoutes())
	return w
}

// site is SITE_URL, which has been checked.
func (a *App) site() *url.URL {
	u, err := url.Parse(a.cfg.SiteURL)
	if err != nil || u.Host == "" {
		return nil
	}
	return u
}

// devOutbox reads what development wrote instead of sending it; nil in production.
func (a *App) devOutbox() func(n int) ([]notify.Kept, error) {
	if !a.cfg.Debug {
		return nil
	}
	return func(n int) ([]notify.Kept, error) { return notify.DevOutbox(a.OutboxDir(), n) }
}
