package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ekolek/internal/app"
	"ekolek/internal/config"
	"ekolek/internal/db"
	"ekolek/internal/telemetry"
	"ekolek/internal/testkit"
	"ekolek/internal/web"
)

func readiness(t *testing.T, url string) (int, web.Readiness) {
	t.Helper()
	res, err := http.Get(url + "/readyz")
	must(t, err)
	defer func() { _ = res.Body.Close() }() // read to its end
	var r web.Readiness
	must(t, json.NewDecoder(res.Body).Decode(&r))
	return res.StatusCode, r
}

// F-11, H-76: while the security log cannot be written, the node is degraded and still
// in rotation; residents and collectors go on; what the office does to people waits.
func TestNobodyManagesInTheDark(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	logs := t.TempDir()
	must(t, os.Symlink("/dev/full", filepath.Join(logs, telemetry.SecurityFile)))
	d := newDual(t, []string{"DJANGO_DEBUG=True", "DATA_DIR=" + t.TempDir(), "LOG_DIR=" + logs}).anew(t, "dark")
	must(t, d.app.Queue.Start(t.Context()))
	t.Cleanup(func() { must(t, d.app.Queue.Stop(context.WithoutCancel(t.Context()))) })
	b := d.asBoth() // a resident and staff come in
	d.wants(b, true, true)
	status, r := readiness(t, d.url)
	if status != http.StatusOK || r.Status != web.Degraded || r.Checks["security_log"] != web.Degraded || r.Checks["database"] != "ok" {
		t.Errorf("readyz: %d %v", status, r)
	}
	approve := "/console/residents/" + d.Applicant(t, d.Barangays[0]).ID.String() + "/approve/"
	if a := b.Post(approve); a.Status != http.StatusServiceUnavailable || !strings.Contains(a.Text("main"), "security log") {
		t.Errorf("an approval in the dark: %d %.200s", a.Status, a.Text("main"))
	}
	if a := b.Post("/console/station/residents/"+d.resident.ID.String()+"/", "do", "save"); a.Status == http.StatusServiceUnavailable {
		t.Error("weighing is held back")
	}
	must(t, os.Remove(filepath.Join(logs, telemetry.SecurityFile))) // the disk has room again
	deadline := time.Now().Add(20 * time.Second)
	for status, r = readiness(t, d.url); r.Status != web.Ready; status, r = readiness(t, d.url) {
		if time.Now().After(deadline) {
			t.Fatalf("it does not recover: %d %v", status, r)
		}
		time.Sleep(20 * time.Millisecond)
	}
	if a := b.Post(approve); a.Status == http.StatusServiceUnavailable {
		t.Errorf("an approval afterwards: %d", a.Status)
	}
}

// until waits for a condition.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// Whoever cuts off the end of the security log while the program is down is told of by
// the program's first line afterwards: the database knew where the log ended.
func TestCutLogIsNoticedAtTheStart(t *testing.T) {
	settings := []string{"DJANGO_DEBUG=True", "DATA_DIR=" + t.TempDir(), "LOG_DIR=" + t.TempDir()}
	cfg, err := config.Load(settings, "")
	must(t, err)
	start := func() *app.App {
		a, err := app.New(t.Context(), cfg, io.Discard)
		must(t, err)
		_, err = a.Migrate(t.Context())
		must(t, err)
		must(t, a.Start(t.Context(), "127.0.0.1:0"))
		return a
	}
	event := func(a *app.App) {
		for range 3 {
			telemetry.Emit(t.Context(), a.Log, slog.LevelInfo, telemetry.Refused)
		}
		must(t, a.Close())
	}
	event(start())
	file := filepath.Join(cfg.LogDir, telemetry.SecurityFile)
	data, err := os.ReadFile(file)
	must(t, err)
	must(t, os.WriteFile(file, bytes.Join(bytes.SplitAfter(data, []byte("\n"))[:2], nil), 0o640))
	event(start())
	seen, err := app.VerifyLogs(cfg, nil)
	if err != nil || seen.OK() || !strings.Contains(seen.Findings[0].What, "missing") {
		t.Errorf("%v, %v", seen.Findings, err)
	}
	data, err = os.ReadFile(file)
	if err != nil || !strings.Contains(string(data), string(telemetry.LogShort)) {
		t.Errorf("the program does not tell: %v", err)
	}
}

func TestClockIsTheDatabases(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		if skew, err := d.ClockSkew(t.Context()); err != nil || skew.Abs() > time.Second {
			t.Errorf("%v, %v: the database runs on this machine", skew, err)
		}
	})
}
