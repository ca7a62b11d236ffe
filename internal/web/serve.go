package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/klauspost/compress/gzhttp"

	"ekolek/internal/auth"
	"ekolek/internal/telemetry"
	"ekolek/internal/web/i18n"
)

// Handler is the whole program as seen from the network, outermost first: request line
// and recovery, host, HTTPS, headers, what an API wraps around itself, compression, route.
func (s *Server) Handler() http.Handler {
	compress, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.ExceptContentTypes(packed))
	if err != nil {
		panic("web: compression: " + err.Error()) // its options are constants
	}
	return s.observe(s.guard(s.around(compress(http.HandlerFunc(s.route)))))
}

// around is next with what the surface of an address wraps around itself.
func (s *Server) around(next http.Handler) http.Handler {
	wrapped := map[*Surface]http.Handler{}
	for _, f := range s.surfaces {
		if f.API != nil && f.API.Around != nil {
			wrapped[f] = f.API.Around(next)
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h := wrapped[state(r.Context()).surface]; h != nil {
			h.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// packed are kinds that compressing does not make smaller.
var packed = []string{"font/woff2", "image/png", "image/jpeg", "image/webp", "application/zip",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/pdf",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document"}

// observe gives each request its state, writes its one log line and turns a panic into
// an error page. http.ErrAbortHandler passes: it is meant for net/http.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := &request{id: s.requestID(r), server: s, started: s.now()}
		q.ip, q.secure = s.clientOf(r)
		q.surface = s.surfaceOf(r.URL.Path)
		rec := &recorder{ResponseWriter: w}
		q.out = rec
		ctx := context.WithValue(i18n.With(r.Context(), q.language(r)), requestKey{}, q)
		ctx = telemetry.With(ctx, telemetry.Request{ID: q.id, IP: q.ip.String()})
		if s.trustedPeer(r) {
			ctx = telemetry.WithTraceparent(ctx, r.Header.Get("Traceparent"))
		}
		ctx, q.span = s.opts.Traces.Begin(ctx, telemetry.Server, r.Method)
		r = r.WithContext(ctx)
		defer s.opts.Metrics.InFlight()()
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
		q.err = fmt.Errorf("%w: %v\n%s", errPanic, v, debug.Stack())
		if w.status == 0 {
			s.fail(w, r, q.err)
		}
	}
	s.logLine(w, r, q)
	s.tellSuspicion(r, q, w.status)
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
	q.span.Rename(q.pattern)
	q.span.End(serverError(w.status), slog.Int("http.response.status_code", w.status), slog.String("http.route", q.pattern), slog.String("request_id", q.id))
	answered := q.answered // a stream goes on for hours; what was waited for is its beginning
	if answered.IsZero() {
		answered = s.now()
	}
	s.opts.Metrics.Request(q.pattern, w.status, answered.Sub(q.started))
	if event := s.eventOf(w.status, r, q); event != "" {
		attrs = append(attrs, telemetry.Security(event)...)
		level = max(level, slog.LevelWarn)
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
	q.inspectAddress(r)
	if pattern != "" {
		s.mux.ServeHTTP(w, r)
		return
	}
	if q.surface.API == nil {
		if entered, err := s.enter(w, r, q); err == nil { // somebody signed in sees their own frame around the problem
			r = entered
		}
	}
	probe := &recorder{ResponseWriter: discard{w.Header()}}
	h.ServeHTTP(probe, r)
	switch {
	case probe.status == http.StatusMethodNotAllowed:
		s.wrongMethod(w, r, q)
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
		if rt.Twin != "" && fromProgram(r) {
			s.route(w, at(r, rt.Twin))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		rt.patience(q.out)
		q.scans, q.works = rt.Camera, rt.Worker
		if rt.Quiet {
			r = r.WithContext(auth.Quietly(r.Context()))
		}
		if err := s.answer(w, r, q, rt); err != nil {
			s.fail(w, r, err)
		}
	})
}

// answer lets in whom the route is for, and nobody whom another site's page sends.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, q *request, rt Route) error {
	api := q.surface.API
	if api != nil {
		w.Header().Set("Cache-Control", "no-store")
	} else if err := s.crossOrigin(r, rt.Acts); err != nil {
		return err
	} else {
		r = s.fresh(w, r)
	}
	if api == nil || rt.Need != auth.Anyone {
		var err error
		if r, err = s.enter(w, r, q); err != nil {
			return err
		}
	}
	handle := rt.Handle
	rt.Handle = func(w http.ResponseWriter, r *http.Request) error {
		defer func() { q.inspectForm(r) }() // whatever it has read of it, a panic or not
		return handle(w, r)
	}
	switch {
	case !q.principal.May(rt.Need):
		return s.refuse(w, r, q)
	case s.unrecorded(r, rt):
		return errUnrecorded
	case api != nil && r.Method == http.MethodHead:
		w.Header().Set("Allow", strings.Join(s.methods(r), ", "))
		return statusError(http.StatusMethodNotAllowed)
	case rt.Door != "" && s.opts.Knock != nil:
		return s.throughDoor(w, r, q, rt)
	case rt.isHeavy():
		return s.heavily(w, r, rt.Handle)
	default:
		return rt.Handle(w, r)
	}
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
