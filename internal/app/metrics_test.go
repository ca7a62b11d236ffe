package app_test

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"ekolek/internal/app"
	"ekolek/internal/config"
	"ekolek/internal/testkit"
)

const metricsToken = "sukatan-1234567890"

func askMetrics(t *testing.T, url, authorization string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/metrics", nil)
	must(t, err)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	must(t, err)
	defer func() { _ = res.Body.Close() }() // read to its end
	body, err := io.ReadAll(res.Body)
	must(t, err)
	return res.StatusCode, string(body)
}

// Whoever lacks the token is told that there is no such page.
func TestMetricsAreForWhoBringsTheToken(t *testing.T) {
	d := newDual(t, []string{"DJANGO_DEBUG=True", "DATA_DIR=" + t.TempDir(), "LOG_DIR=-", "METRICS_TOKEN=" + metricsToken})
	without := newDual(t, []string{"DJANGO_DEBUG=True", "DATA_DIR=" + t.TempDir(), "LOG_DIR=-"})
	for _, c := range []struct {
		url, authorization string
		want               int
	}{
		{d.url, "Bearer " + metricsToken, 200}, {d.url, "", 404}, {d.url, "Bearer ", 404}, {d.url, metricsToken, 404}, {d.url, "Bearer " + metricsToken + "x", 404},
		{d.url, "Basic " + metricsToken, 404}, {without.url, "Bearer ", 404}, {without.url, "Bearer " + metricsToken, 404}, {without.url, "", 404},
	} {
		if got, body := askMetrics(t, c.url, c.authorization); got != c.want || got == 404 && strings.Contains(body, "ekolek_") {
			t.Errorf("%q answers %d, want %d", c.authorization, got, c.want)
		}
	}
}

// line is what the text format of Prometheus allows.
var line = regexp.MustCompile(`^(# (HELP|TYPE) .+|[a-z_][a-z0-9_]*(\{([A-Za-z_]+="([^"\\\n]|\\.)*",? ?)*\})? [-+0-9.e]+(NaN|Inf)?)$`)

func TestMetricsTellOfTheCity(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			p := &planted{t, map[string]string{}}
			settings := []string{"DJANGO_DEBUG=True", "DATA_DIR=" + t.TempDir(), "LOG_DIR=" + t.TempDir(), "METRICS_TOKEN=" + p.plant("the token", metricsToken)}
			if engine == "postgres" {
				settings = append(settings, "DATABASE_URL="+p.plant("the database", testkit.PostgresURL(t)))
			}
			d := newDual(t, settings).anew(t, "metrics")
			d.resident = d.named(p)
			d.asBoth()
			d.business(p)
			d.browser().Get("/nothing/" + p.plant("an address", "n33dle-of-a-stranger"))
			d.browser().Post("/login/", "username", "nobody", "password", p.plant("a password", "maling-password"))
			status, body := askMetrics(t, d.url, "Bearer "+metricsToken)
			if status != http.StatusOK {
				t.Fatalf("%d: %s", status, body)
			}
			p.wantNone("/metrics", body)
			seen := map[string]bool{}
			for l := range strings.Lines(body) {
				l = strings.TrimSuffix(l, "\n")
				if !line.MatchString(l) {
					t.Errorf("not of the format: %s", l)
				}
				name := strings.TrimSpace(l[:strings.LastIndexByte(l, ' ')])
				if seen[name] && !strings.HasPrefix(l, "#") {
					t.Errorf("twice: %s", name)
				}
				seen[name] = true
			}
			for _, want := range []string{
				`ekolek_http_requests_total{route="POST /login/{$}",status="422",class="4xx"} 1`, `ekolek_http_requests_in_flight 1`, `ekolek_http_request_seconds_bucket{route="GET /home/{$}",class="2xx",le="10"}`,
				`ekolek_events_total{event="weigh_in.record"} 2`, `ekolek_events_total{event="weigh_in.void"} 1`, `ekolek_events_total{event="reward.redeem"} 1`,
				`ekolek_points_total{event="weigh_in.record"} 40`, `ekolek_sign_ins_total{outcome="success"} 2`, `ekolek_sign_ins_total{outcome="failed"} 1`,
				`ekolek_messages{channel="sms",status="queued"}`, `ekolek_sms_spend_pesos 0`, `ekolek_queue_jobs{lane="`, `ekolek_queue_lag_seconds`, `ekolek_db_transactions_total{result="committed"}`,
				`ekolek_db_commit_batch_bucket{le="1"}`, `ekolek_db_connections{pool="write",state="in_use"}`, `ekolek_cache_gets_total{result="miss"}`, `ekolek_log_dropped_total{level="info"} 0`,
				`ekolek_security_log_seq`, `ekolek_build_info{version=`, `ekolek_state{state="not ready"} 1`, `ekolek_database_answers 1`, `go_goroutines`, `process_resident_memory_bytes`,
			} {
				if !strings.Contains(body, "\n"+want) && !strings.HasPrefix(body, want) {
					t.Errorf("/metrics lacks %s", want)
				}
			}
			if t.Failed() {
				t.Logf("%.12000s", regexp.MustCompile(`(?m)^.*(_bucket|^go_).*\n`).ReplaceAllString(body, ""))
			}
		})
	}
}

// METRICS_ADDR shows them without a token, and nothing else; it closes with the program.
func TestMetricsOnAnAddressOfTheirOwn(t *testing.T) {
	cfg, err := config.Load([]string{"DJANGO_DEBUG=True", "DATA_DIR=" + t.TempDir(), "LOG_DIR=-", "METRICS_ADDR=127.0.0.1:0"}, "")
	must(t, err)
	a, err := app.New(t.Context(), cfg, io.Discard)
	must(t, err)
	_, err = a.Migrate(t.Context())
	must(t, err)
	must(t, a.Start(t.Context(), "127.0.0.1:0"))
	own := "http://" + a.MetricsAddr().String()
	if status, body := askMetrics(t, own, ""); status != http.StatusOK || !strings.Contains(body, `ekolek_state{state="ready"} 1`) {
		t.Errorf("%d: %.300s", status, body)
	}
	if status, _ := askMetrics(t, a.URL(), ""); status != http.StatusNotFound {
		t.Errorf("the site's own address answers %d", status)
	}
	res, err := http.Get(own + "/healthz")
	must(t, err)
	must(t, res.Body.Close())
	if res.StatusCode != http.StatusNotFound {
		t.Errorf("another address there answers %d", res.StatusCode)
	}
	http.DefaultClient.CloseIdleConnections()
	must(t, a.Close())
	if res, err := http.Get(own + "/metrics"); err == nil {
		_ = res.Body.Close() // it should not have answered
		t.Error("it answers after the end")
	}
}
