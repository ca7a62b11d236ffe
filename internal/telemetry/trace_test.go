package telemetry

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

func TestTraceparent(t *testing.T) {
	traces := OpenTraces(TraceOptions{Endpoint: "http://127.0.0.1:1", Log: slog.New(slog.DiscardHandler)})
	defer traces.Close() //nolint:errcheck // nobody takes the spans
	const good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	for header, taken := range map[string]bool{
		good: true, "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-later": true, "": false, "00": false, strings.ToUpper(good[:4]) + good[5:]: false,
		"ff" + good[2:]: false, "00-" + strings.Repeat("0", 32) + "-00f067aa0ba902b7-01": false, "00-4bf92f3577b34da6a3ce929d0e0e473x-00f067aa0ba902b7-01": false,
		"00-4bf92f3577b34da6a3ce929d0e0e4736-" + strings.Repeat("0", 16) + "-01": false,
	} {
		ctx, span := traces.Begin(WithTraceparent(t.Context(), header), Server, "x")
		if got := strings.Contains(Traceparent(ctx), "4bf92f3577b34da6a3ce929d0e0e4736"); got != taken {
			t.Errorf("%q is taken: %v", header, got)
		}
		span.End(nil)
	}
}

// Off, nothing is made and nothing breaks.
func TestTracesThatAreOff(t *testing.T) {
	traces := OpenTraces(TraceOptions{})
	ctx, span := traces.Begin(t.Context(), Server, "x")
	span.Rename("y")
	span.End(errors.New("x"))
	if _, child := Child(ctx, Internal, "z"); child != nil || Traceparent(ctx) != "" || traceOf(ctx) != "" {
		t.Error("a span was made")
	}
	must(t, traces.Close())
}

// A call to others is a span, and they are told the trace.
func TestTransport(t *testing.T) {
	var told atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { told.Store(r.Header.Get("Traceparent")) }))
	defer server.Close()
	var console strings.Builder
	traces := OpenTraces(TraceOptions{Endpoint: server.URL + "/refuses/\x7f", Log: slog.New(slog.NewTextHandler(&console, nil))})
	ctx, span := traces.Begin(t.Context(), Server, "x")
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
	must(t, err)
	client := http.Client{Transport: Transport(http.DefaultTransport)}
	res, err := client.Do(r)
	must(t, err)
	must(t, res.Body.Close())
	span.End(nil)
	if got, _ := told.Load().(string); got[:36] != Traceparent(ctx)[:36] || got == Traceparent(ctx) {
		t.Errorf("told %q in %q", got, Traceparent(ctx))
	}
	must(t, traces.Close())
	if !strings.Contains(console.String(), "traces are not taken") {
		t.Errorf("a collector that cannot be reached is told of: %q", console.String())
	}
}
