package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/klauspost/compress/gzhttp"

	"ekolek/internal/web/i18n"
)

// Handler is the whole program as seen from the network, outermost first: request line
// and recovery, host, HTTPS, headers, cross-origin, compression, route.
func (s *Server) Handler() http.Handler {
	compress, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.ExceptContentTypes(packed))
	if err != nil {
		panic("web: compression: " + err.Error()) // its options are constants
	}
	return s.observe(s.guard(s.crossOrigin(compress(http.HandlerFunc(s.route)))))
}

// packed are kinds that compressing does not make smaller.
var packed = []string{"font/woff2", "image/png", "image/jpeg", "image/webp", "application/zip",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/pdf"}

// observe gives each request its state, writes its one log line and turns a panic into
// an error page. http.ErrAbortHandler passes: it is meant for net/http.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := &request{id: newRequestID(), server: s, started: s.now()}
		q.ip, q.secure = s.clientOf(r)
		q.surface = s.surfaceOf(r.URL.Path)
		rec := &recorder{ResponseWriter: w}
		ctx := context.WithValue(i18n.With(r.Context(), q.language(r)), requestKey{}, q)
		r = r.WithContext(ctx)
		defer s.finish(rec, r, q)
		rec.Header().Set("X-Request-Id", q.id)
		next.ServeHTTP(rec, r)
	})
}

// finish recovers, answers if nothing was answered yet, and writes the request's line.
func (s *Server) finish(w *recorder, r *http.Request, q *request) {
	if v := recover(); v != nil {
		if v == http.ErrAbortHandler {
			panic(v)
		}
		q.err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		if w.status == 0 {
			s.fail(w, r, q.err)
		}
	}
	s.logLine(w, r, q)
}

// logLine is one wide line a request. The path of an unknown address is left out: a
// stranger chose it.
func (s *Server) logLine(w *recorder, r *http.Request, q *request) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("request_id", q.id), slog.String("method", r.Method), slog.String("route", q.pattern),
		slog.Int("status", w.status), slog.Float64("ms", float64(s.now().Sub(q.started).Microseconds())/1000),
		slog.Int64("bytes", w.bytes), slog.String("ip", q.ip.String()), slog.String("lang", string(i18n.From(r.Context()))),
	}
	if q.principal.SignedIn() {
		attrs = append(attrs, slog.String("who", string(q.principal.Surface)), slog.String("principal", q.principal.ID.String()))
	}
	if q.err != nil {
		attrs = append(attrs, slog.Any("error", q.err))
	}
	if w.status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	s.log.LogAttrs(r.Context(), level, "request", attrs...)
}

// surfaceOf is the surface that answers for an address before a route is known: the one
// with the longest prefix, else the one with pages and no prefix.
func (s *Server) surfaceOf(path string) *Surface {
	best := s.own
	for _, f := range s.surfaces {
		rest := f.Prefix == "" && f.Home != "" && best == s.own
		if rest || f.Prefix != "" && strings.HasPrefix(path, f.Prefix) && len(f.Prefix) > len(best.Prefix) {
			best = f
		}
	}
	return best
}

// route finds the route, or shows 404 and 405 as the surface shows errors.
func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	q := state(r.Context())
	h, pattern := s.mux.Handler(r)
	q.pattern = pattern
	if pattern != "" {
		s.mux.ServeHTTP(w, r)
		return
	}
	if entered, err := s.enter(w, r, q); err == nil { // somebody signed in sees their own frame around the problem
		r = entered
	}
	probe := &recorder{ResponseWriter: discard{w.Header()}}
	h.ServeHTTP(probe, r)
	switch {
	case probe.status == http.StatusMethodNotAllowed:
		s.fail(w, r, statusError(http.StatusMethodNotAllowed))
	case probe.status >= 300 && probe.status < 400:
		w.WriteHeader(probe.status) // to the clean path; the header is set
	default:
		s.fail(w, r, errNotFound)
	}
}

// endpoint is one route's handler: its body's limit, who asks, may they, the act.
func (s *Server) endpoint(surface *Surface, rt Route) http.Handler {
	limit := rt.Body
	if limit == 0 {
		limit = DefaultBody
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := state(r.Context())
		if surface != s.own {
			q.surface = surface
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		if rt.Camera {
			allowCamera(w.Header(), s.opts.Debug)
		}
		r, err := s.enter(w, r, q)
		if err == nil && !q.principal.May(rt.Need) {
			err = s.refuse(w, r, q)
		} else if err == nil {
			err = rt.Handle(w, r)
		}
		if err != nil {
			s.fail(w, r, err)
		}
	})
}

// enter finds out who asks and, now that this is known, in which language to answer.
func (s *Server) enter(w http.ResponseWriter, r *http.Request, q *request) (*http.Request, error) {
	if err := s.identify(r, q); err != nil {
		return r, err
	}
	if q.principal.SignedIn() {
		w.Header().Set("Cache-Control", "no-store")
		r = r.WithContext(i18n.With(r.Context(), q.language(r)))
	}
	return r, nil
}

// recorder notes the status and the size of an answer.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// discard takes the headers of an answer and drops its body.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}
