package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"ekolek/internal/console"
	"ekolek/internal/site"
	"ekolek/internal/web"
)

// The limits of the HTTP server. A form or an upload over a slow mobile line has two
// minutes; headers have ten seconds.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 2 * time.Minute
	writeTimeout      = 2 * time.Minute
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 32 << 10
	drainTimeout      = 20 * time.Second // for requests and jobs under way when the program stops
)

// server is the HTTP side of a started App.
type server struct {
	http   *http.Server
	addr   net.Addr
	failed chan error // what Serve returned
}

// Start checks the schema, listens on addr ("host:port", port 0 for any) and starts
// the queue's worker. It returns at once; Close ends what it began.
func (a *App) Start(ctx context.Context, addr string) error {
	if err := a.CheckSchema(ctx); err != nil {
		return err
	}
	handler := a.Web().Handler()
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	s := &server{
		http: &http.Server{
			Handler:           handler,
			ReadHeaderTimeout: readHeaderTimeout,
			ReadTimeout:       readTimeout,
			WriteTimeout:      writeTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    maxHeaderBytes,
			ErrorLog:          slog.NewLogLogger(a.Log.Handler(), slog.LevelDebug),
		},
		addr:   listener.Addr(),
		failed: make(chan error, 1),
	}
	a.server = s
	if err := a.Queue.Start(ctx); err != nil {
		return errors.Join(err, listener.Close())
	}
	go func() { s.failed <- s.http.Serve(listener) }()
	a.Log.Info("serving", "addr", s.addr.String(), "engine", a.DB.Engine(), "debug", a.cfg.Debug)
	return nil
}

// DefaultAddr is where to listen when nobody says it: every address of this machine.
func (a *App) DefaultAddr() string { return fmt.Sprintf(":%d", a.cfg.Port) }

// Addr is the address that Start listens on.
func (a *App) Addr() net.Addr { return a.server.addr }

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

// stop lets the requests and then the jobs under way finish.
func (a *App) stop() error {
	if a.server == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	err := a.server.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = errors.Join(errors.New("some requests did not finish in time"), a.server.http.Close())
	}
	a.server = nil
	return errors.Join(err, a.Queue.Stop(ctx))
}

// Web is the whole site: every surface's table, mounted.
func (a *App) Web() *web.Server {
	w := web.New(web.Options{
		Debug:        a.cfg.Debug,
		Hosts:        a.cfg.AllowedHosts,
		Origins:      a.cfg.CSRFOrigins,
		Proxies:      a.cfg.TrustedProxies,
		SecretKey:    []byte(a.cfg.SecretKey),
		Log:          a.Log,
		Now:          a.now,
		PrincipalOf:  a.Auth.PrincipalOf,
		HealthyCheck: a.healthy,
	})
	residents := site.New(site.Deps{
		Auth: a.Auth, People: a.People, Collection: a.Collection, Rewards: a.Rewards, Report: a.Report, Cache: a.Cache, City: a.cfg.City, Now: a.now,
	})
	w.Mount(residents.Surface(), residents.Routes())
	office := console.New(console.Deps{Auth: a.Auth, People: a.People, Collection: a.Collection, Rewards: a.Rewards, Report: a.Report, Now: a.now})
	w.Mount(office.Surface(), office.Routes())
	return w
}

// healthy says whether the database answers, soon enough for whoever watches.
func (a *App) healthy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return a.DB.Ping(ctx)
}
