package telemetry

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Traces are spans of requests, jobs, transactions and calls to others, sent to a
// collector. nil costs nothing: every method of it and of its spans may be called.
//
// The official SDK would make the program 0.94 MB larger and its exporter 8.2 MB; what
// is needed of them is the few lines here and in traceout.go.
type Traces struct {
	out *traceOut
}

// Kind is what a span is to others, by OpenTelemetry's numbers.
type Kind int

// The kinds.
const (
	Internal Kind = 1
	Server   Kind = 2
	Client   Kind = 3
	Consumer Kind = 5
)

// Span is a stretch of work. One goroutine has it.
type Span struct {
	traces     *Traces
	trace      [16]byte
	id, parent [8]byte
	name       string
	kind       Kind
	start, end time.Time
	attrs      []slog.Attr
	failed     bool
}

type (
	spanKey   struct{}
	remoteKey struct{}
)

// Begin begins a span, below the one of the context or of the traceparent that came with
// it. name and attributes are fixed words, patterns and numbers.
func (t *Traces) Begin(ctx context.Context, kind Kind, name string, attrs ...slog.Attr) (context.Context, *Span) {
	if t == nil {
		return ctx, nil
	}
	s := &Span{traces: t, name: name, kind: kind, start: time.Now(), attrs: attrs}
	_, _ = rand.Read(s.id[:]) // it never fails
	if above := spanOf(ctx); above != nil {
		s.trace, s.parent = above.trace, above.id
	} else if far, ok := ctx.Value(remoteKey{}).(*Span); ok {
		s.trace, s.parent = far.trace, far.id
	} else {
		_, _ = rand.Read(s.trace[:])
	}
	return context.WithValue(ctx, spanKey{}, s), s
}

// Child begins a span below the one of the context; without one it does nothing.
func Child(ctx context.Context, kind Kind, name string, attrs ...slog.Attr) (context.Context, *Span) {
	above := spanOf(ctx)
	if above == nil {
		return ctx, nil
	}
	return above.traces.Begin(ctx, kind, name, attrs...)
}

// Rename gives the span the name that was not known when it began.
func (s *Span) Rename(name string) {
	if s != nil && name != "" {
		s.name = name
	}
}

// End ends the span. What an error says is not told: the log has it, under the trace's id.
func (s *Span) End(err error, attrs ...slog.Attr) {
	if s == nil {
		return
	}
	s.end, s.failed = time.Now(), err != nil
	s.attrs = append(s.attrs, attrs...)
	s.traces.out.take(s)
}

func spanOf(ctx context.Context) *Span {
	s, _ := ctx.Value(spanKey{}).(*Span) // none: nil
	return s
}

// traceOf is the trace that a context belongs to, "" for none.
func traceOf(ctx context.Context) string {
	s := spanOf(ctx)
	if s == nil {
		return ""
	}
	return hex.EncodeToString(s.trace[:])
}

// Traceparent is the W3C header that hands the context's span on; "" for none.
func Traceparent(ctx context.Context) string {
	s := spanOf(ctx)
	if s == nil {
		return ""
	}
	return "00-" + hex.EncodeToString(s.trace[:]) + "-" + hex.EncodeToString(s.id[:]) + "-01"
}

// WithTraceparent takes such a header; one that is none changes nothing.
func WithTraceparent(ctx context.Context, header string) context.Context {
	parts := strings.Split(header, "-")
	if len(parts) < 4 || len(parts[0]) != 2 || parts[0] == "ff" || len(parts[1]) != 32 || len(parts[2]) != 16 {
		return ctx
	}
	far := &Span{}
	_, bad1 := hex.Decode(far.trace[:], []byte(parts[1]))
	_, bad2 := hex.Decode(far.id[:], []byte(parts[2]))
	if bad1 != nil || bad2 != nil || far.trace == [16]byte{} || far.id == [8]byte{} {
		return ctx
	}
	return context.WithValue(ctx, remoteKey{}, far)
}

// Transport makes a span of every call to others, by their host, and hands the trace on.
func Transport(next http.RoundTripper) http.RoundTripper { return transport{next} }

type transport struct{ next http.RoundTripper }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, span := Child(r.Context(), Client, r.Method, slog.String("server.address", r.URL.Hostname()))
	if span == nil {
		return t.next.RoundTrip(r)
	}
	r = r.Clone(ctx)
	r.Header.Set("Traceparent", Traceparent(ctx))
	res, err := t.next.RoundTrip(r)
	if err != nil {
		span.End(err)
		return nil, err
	}
	span.End(nil, slog.Int("http.response.status_code", res.StatusCode))
	return res, nil
}

// CloseIdleConnections reaches the real transport.
func (t transport) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// Close sends what waits.
func (t *Traces) Close() error {
	if t != nil {
		t.out.close()
	}
	return nil
}

// traceOut sends spans in batches, beside the work.
type traceOut struct {
	opts    TraceOptions
	spans   chan *Span
	once    sync.Once
	closing chan struct{}
	done    chan struct{}
	told    time.Time // of a failure
}
