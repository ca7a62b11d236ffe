package app_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"ekolek/internal/config"

	"ekolek/internal/app"
	"ekolek/internal/testkit"
)

// collector takes spans as a collector of OpenTelemetry does.
type collector struct {
	mu    sync.Mutex
	raw   strings.Builder
	spans []span
}

type span struct {
	TraceID string `json:"traceId"`
	SpanID  string `json:"spanId"`
	Parent  string `json:"parentSpanId"`
	Name    string
	Kind    int
	Status  struct{ Code int }
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	data, _ := io.ReadAll(r.Body) // what is missing is missed below
	var body struct {
		ResourceSpans []struct {
			ScopeSpans []struct{ Spans []span }
		}
	}
	if r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/json" || r.Header.Get("X-Key") != "a b" || json.Unmarshal(data, &body) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw.Write(data)
	for _, r := range body.ResourceSpans {
		for _, s := range r.ScopeSpans {
			c.spans = append(c.spans, s.Spans...)
		}
	}
}

func (c *collector) named(name string) []span {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []span
	for _, s := range c.spans {
		if s.Name == name {
			out = append(out, s)
		}
	}
	return out
}

// A proxy's trace goes through a request, its transactions and the job that it asked for.
// Nothing planted is in it.
func TestTraces(t *testing.T) {
	var c collector
	server := httptest.NewServer(&c)
	defer server.Close()
	cfg, err := config.Load([]string{"DJANGO_DEBUG=True", "DATA_DIR=" + t.TempDir(), "LOG_DIR=-", "TRUSTED_PROXIES=127.0.0.1",
		"OTEL_EXPORTER_OTLP_ENDPOINT=" + server.URL, "OTEL_EXPORTER_OTLP_HEADERS=x-key=a%20b", "OTEL_SERVICE_NAME=ekolek-test"}, "")
	must(t, err)
	a, err := app.New(t.Context(), cfg, io.Discard)
	must(t, err)
	_, err = a.Migrate(t.Context())
	must(t, err)
	must(t, a.Start(t.Context(), "127.0.0.1:0"))
	p := &planted{t, map[string]string{}}
	d := &dual{World: &testkit.World{DB: a.DB, Vault: a.Vault, Clock: testkit.NewClock(), Notify: a.Notify, People: a.People, Auth: a.Auth}, t: t, app: a, url: a.URL()}
	d.Barangays, err = a.People.Barangays(t.Context())
	must(t, err)
	d.resident = d.named(p)
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url+"/login/", strings.NewReader("username="+d.resident.Username+"&password="+strings.ReplaceAll(p.plant("the password", testkit.Password), " ", "+")))
	must(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Traceparent", "00-"+trace+"-00f067aa0ba902b7-01")
	res, err := http.DefaultTransport.RoundTrip(r)
	must(t, err)
	must(t, res.Body.Close())
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("signing in: %s", res.Status)
	}
	until(t, "the spans", func() bool { return len(c.named("job notify.deliver")) > 0 && len(c.named("POST /login/{$}")) > 0 })
	must(t, a.Close())
	request := c.named("POST /login/{$}")[0]
	if request.TraceID != trace || request.Parent != "00f067aa0ba902b7" || request.Kind != 2 {
		t.Errorf("the request: %+v", request)
	}
	if !slices.ContainsFunc(c.named("transaction"), func(s span) bool { return s.TraceID == trace && s.Parent == request.SpanID }) {
		t.Errorf("no transaction of the request: %+v", c.named("transaction"))
	}
	if !slices.ContainsFunc(c.named("job notify.deliver"), func(s span) bool { return s.TraceID == trace && s.Kind == 5 }) {
		t.Errorf("no job of the request: %+v", c.named("job notify.deliver"))
	}
	if !slices.ContainsFunc(c.named("send"), func(s span) bool { return s.TraceID == trace }) {
		t.Errorf("no sending: %+v", c.named("send"))
	}
	if !strings.Contains(c.raw.String(), `"service.name","value":{"stringValue":"ekolek-test"}`) {
		t.Errorf("%.300s", c.raw.String())
	}
	p.wantNone("the traces", c.raw.String())
}
