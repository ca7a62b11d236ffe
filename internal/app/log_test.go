package app

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ekolek/internal/config"
)

func TestLogFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	var console strings.Builder
	log, files, err := newLog(config.Config{LogDir: dir}, &console)
	if err != nil {
		t.Fatal(err)
	}
	log.With("request_id", "r1").Info("request", "status", 200)
	log.Info("request", "status", 403)
	log.WithGroup("sign-in").Warn("locked", "security", true)
	log.Debug("detail")
	if err := files.Close(); err != nil {
		t.Fatal(err)
	}
	general, security := read(t, filepath.Join(dir, "django.log")), read(t, filepath.Join(dir, "security.log"))
	for name, tt := range map[string]struct {
		got   string
		lines int
	}{"standard error": {console.String(), 3}, "django.log": {general, 3}, "security.log": {security, 2}} {
		if n := strings.Count(tt.got, "\n"); n != tt.lines {
			t.Errorf("%s has %d lines, want %d:\n%s", name, n, tt.lines, tt.got)
		}
	}
	if !strings.Contains(general, `"request_id":"r1"`) || strings.Contains(security, `"status":200`) {
		t.Errorf("django.log:\n%s\nsecurity.log:\n%s", general, security)
	}
}

func TestLogWithoutFiles(t *testing.T) {
	var console strings.Builder
	log, files, err := newLog(config.Config{Debug: true}, &console)
	if err != nil {
		t.Fatal(err)
	}
	log.Debug("detail", "key", config.Secret("n33dle"))
	if got := console.String(); !strings.Contains(got, "msg=detail key=[hidden]") {
		t.Errorf("development writes text: %q", got)
	}
	if err := files.Close(); err != nil {
		t.Error(err)
	}
}

func TestLogFolderThatCannotBeMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := newLog(config.Config{LogDir: filepath.Join(file, "logs")}, os.Stderr); err == nil || !strings.Contains(err.Error(), "LOG_DIR") {
		t.Errorf("%v", err)
	}
}

// A handler that is derived for one request leaves the others as they were.
func TestFanoutDoesNotShare(t *testing.T) {
	var a, b strings.Builder
	f := fanout{all: make([]slog.Handler, 0, 8)}
	f.all = append(f.all, slog.NewTextHandler(&a, nil))
	f.security = []slog.Handler{slog.NewTextHandler(&b, nil)}
	log := slog.New(f)
	log.Info("refused", "status", 429)
	log.Info("fine")
	if strings.Contains(b.String(), "fine") || !strings.Contains(b.String(), "refused") {
		t.Errorf("security: %q", b.String())
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
