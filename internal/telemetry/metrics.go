package telemetry

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/VictoriaMetrics/metrics"
)

// Metrics are measurements of this node in the text format of Prometheus. It is a value
// that is handed on, never the library's common set.
type Metrics struct {
	set      *metrics.Set
	inFlight *metrics.Gauge
	requests sync.Map // request → *requestMetrics: the routes are a table, so it is bounded

	mu      sync.Mutex
	collect []func(*Page)
}

// NewMetrics makes an empty set.
func NewMetrics() *Metrics {
	set := metrics.NewSet()
	return &Metrics{set: set, inFlight: set.NewGauge("ekolek_http_requests_in_flight", nil)}
}

// Collect has f asked at each look. It reads what is at hand, or soon answered.
func (m *Metrics) Collect(f func(*Page)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.collect = append(m.collect, f)
}

// InFlight notes that a request begins, and gives what notes its end.
func (m *Metrics) InFlight() (end func()) {
	m.inFlight.Inc()
	return m.inFlight.Dec
}

// request is a kind of requests.
type request struct {
	route  string
	status int
}

type requestMetrics struct {
	n       *metrics.Counter
	seconds *metrics.PrometheusHistogram
}

// latencies are the upper bounds of the histogram, in seconds.
var latencies = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// Request notes an answer: the route's pattern with its method, "" for an unknown
// address; never the address itself, which strangers choose.
func (m *Metrics) Request(route string, status int, took time.Duration) {
	key := request{route, status}
	found, ok := m.requests.Load(key)
	if !ok {
		class := strconv.Itoa(status/100) + "xx"
		found, _ = m.requests.LoadOrStore(key, &requestMetrics{
			n:       m.set.GetOrCreateCounter(fmt.Sprintf("ekolek_http_requests_total{route=%q,status=\"%d\",class=%q}", route, status, class)),
			seconds: m.set.GetOrCreatePrometheusHistogramExt(fmt.Sprintf("ekolek_http_request_seconds{route=%q,class=%q}", route, class), latencies),
		})
	}
	r := found.(*requestMetrics)
	r.n.Inc()
	r.seconds.Update(took.Seconds())
}

// Write writes everything as text.
func (m *Metrics) Write(w io.Writer) {
	m.set.WritePrometheus(w)
	metrics.WriteProcessMetrics(w)
	p := &Page{}
	m.mu.Lock()
	collect := slices.Clone(m.collect)
	m.mu.Unlock()
	for _, f := range collect {
		f(p)
	}
	p.write(w)
}

// Page is one look.
type Page struct {
	series map[string]*series
	names  []string
}

type series struct {
	kind, help string
	lines      []string
}

// Counter writes a value that only grows. labels are pairs of name and value.
func (p *Page) Counter(name, help string, v float64, labels ...string) {
	p.add(name, "counter", help, v, labels)
}

// Gauge writes a value that goes up and down.
func (p *Page) Gauge(name, help string, v float64, labels ...string) {
	p.add(name, "gauge", help, v, labels)
}

func (p *Page) add(name, kind, help string, v float64, labels []string) {
	if p.series == nil {
		p.series = map[string]*series{}
	}
	s := p.series[name]
	if s == nil {
		s = &series{kind: kind, help: help}
		p.series[name] = s
		p.names = append(p.names, name)
	}
	var pairs []string
	for i := 0; i+1 < len(labels); i += 2 {
		pairs = append(pairs, labels[i]+"="+strconv.Quote(labels[i+1]))
	}
	line := name
	if pairs != nil {
		line += "{" + strings.Join(pairs, ",") + "}"
	}
	s.lines = append(s.lines, line+" "+strconv.FormatFloat(v, 'g', -1, 64))
}

func (p *Page) write(w io.Writer) {
	for _, name := range p.names {
		s := p.series[name]
		_, _ = fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n%s\n", name, s.help, name, s.kind, strings.Join(s.lines, "\n")) // whoever asked has gone
	}
}

// Measure adds what the log knows: events, points that they moved, lines that were lost.
func (l *Logs) Measure(p *Page) {
	l.counts.mu.Lock()
	defer l.counts.mu.Unlock()
	for _, e := range sortedEvents(l.counts.events) {
		p.Counter("ekolek_events_total", "Security events, by name; docs/logs.md lists them.", float64(l.counts.events[e]), "event", string(e))
	}
	for outcome, e := range map[string]Event{"success": SignedIn, "failed": SignInFailed, "pending": SignInPending} {
		p.Counter("ekolek_sign_ins_total", "Sign-ins by outcome.", float64(l.counts.events[e]), "outcome", outcome)
	}
	for _, e := range sortedEvents(l.counts.points) {
		p.Counter("ekolek_points_total", "Points that acts of a kind moved.", float64(l.counts.points[e])/100, "event", string(e))
	}
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
		p.Counter("ekolek_log_dropped_total", "Lines that app.log did not take.", float64(l.Dropped(level)), "level", strings.ToLower(level.String()))
	}
	p.Counter("ekolek_security_log_lost_total", "Lines that security.log did not take.", float64(l.counts.unsealed.Load()))
	if l.security != nil {
		p.Gauge("ekolek_security_log_seq", "Number of the newest line of security.log.", float64(l.SecurityHead().Seq))
	}
}

func sortedEvents(m map[Event]int64) []Event {
	out := make([]Event, 0, len(m))
	for e := range m {
		out = append(out, e)
	}
	slices.Sort(out)
	return out
}

// Join adds what another page shows.
func (p *Page) Join(other *Page) {
	for _, name := range other.names {
		if p.series == nil {
			p.series = map[string]*series{}
		}
		if s := p.series[name]; s != nil {
			s.lines = append(s.lines, other.series[name].lines...)
			continue
		}
		s := *other.series[name]
		s.lines = slices.Clone(s.lines)
		p.series[name] = &s
		p.names = append(p.names, name)
	}
}
