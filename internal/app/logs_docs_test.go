package app_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"ekolek/internal/audit"
	"ekolek/internal/telemetry"
)

// docs/logs.md names every event and every metric, and the alarms ask for what there is.
func TestLogsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/logs.md")
	must(t, err)
	rules, err := os.ReadFile("../../deploy/prometheus/alerts.yml")
	must(t, err)
	names := audit.Actioned()
	for _, e := range telemetry.Events() {
		names = append(names, string(e))
	}
	for _, name := range names {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/logs.md does not name the event %s", name)
		}
	}
	d := newDual(t, []string{"DJANGO_DEBUG=True", "DATA_DIR=" + t.TempDir(), "LOG_DIR=" + t.TempDir(), "METRICS_TOKEN=" + metricsToken})
	d.browser().Get("/login/")
	_, body := askMetrics(t, d.url, "Bearer "+metricsToken)
	for _, m := range regexp.MustCompile(`(?m)^(ekolek_[a-z_]+)`).FindAllString(body, -1) {
		m = strings.TrimSuffix(m, "_count")
		m = strings.TrimSuffix(m, "_sum")
		if m != "ekolek_db_commit_batch_bucket" {
			m = strings.TrimSuffix(m, "_bucket")
		}
		if !strings.Contains(string(page), "`"+m+"`") {
			t.Errorf("docs/logs.md does not name the metric %s", m)
		}
	}
	for _, m := range regexp.MustCompile(`ekolek_[a-z_]+`).FindAllString(string(rules), -1) {
		if !strings.Contains(string(page), "`"+strings.TrimSuffix(m, "_bucket")+"`") {
			t.Errorf("alerts.yml asks for %s, which docs/logs.md does not name", m)
		}
	}
	for _, e := range regexp.MustCompile(`event="([a-z_.]+)"`).FindAllStringSubmatch(string(rules), -1) {
		if !strings.Contains(string(page), "`"+e[1]+"`") {
			t.Errorf("alerts.yml asks for the event %s, which there is not", e[1])
		}
	}
}
