package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// The limits of the HTTP server. A form or an upload over a slow mobile line has two
// minutes; headers have ten seconds.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 2 * time.Minute
	writeTimeout      = 2 * time.Minute
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 32 << 10
	drainTimeout      = 15 * time.Second // for requests under way when the program stops
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
	handler, err := a.Handler()
	if err != nil {
		return err
	}
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

// stop lets the requests under way finish.
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
	return err
}

// Handler is the whole site.
func (a *App) Handler() (http.Handler, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", a.healthz)
	return mux, nil
}

// GET /healthz answers 200 while the database answers, for whoever watches over the
// program. It needs no name in ALLOWED_HOSTS and is not redirected to HTTPS.
func (a *App) healthz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if err := a.DB.Ping(ctx); err != nil {
		a.Log.Error("health: the database does not answer", "err", err)
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte("database unavailable\n")) // the status says it all
		return
	}
	_, _ = w.Write([]byte("ok\n")) // a reader that is gone wants no answer
}
