package telemetry

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const secret = "a secret for tests only"

// open makes the logs of a folder.
func open(t *testing.T, dir string, change ...func(*Options)) *Logs {
	t.Helper()
	o := Options{Console: io.Discard, Dir: dir, Node: "node-1", Keys: []string{secret}}
	for _, f := range change {
		f(&o)
	}
	l, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.security.file.close() }) // a test closes it, or kills it
	return l
}

func shut(t *testing.T, l *Logs) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// lines reads a file's lines as JSON, whatever a line break inside of one would do.
func lines(t *testing.T, file string) []map[string]any {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	var out []map[string]any
	for s := bufio.NewScanner(f); s.Scan(); {
		var line map[string]any
		if err := json.Unmarshal(s.Bytes(), &line); err != nil {
			t.Fatalf("%s: %v in %s", file, err, s.Text())
		}
		out = append(out, line)
	}
	return out
}

func TestWhatGoesWhere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	var console strings.Builder
	l := open(t, dir, func(o *Options) { o.Console = &console })
	log := l.Logger()
	ctx := With(t.Context(), Request{ID: "r1"})
	log.InfoContext(ctx, "request", "status", 200)
	Emit(ctx, log, slog.LevelWarn, Refused, slog.String("route", "GET /console/"))
	log.With("security", true).Info("marked for all")
	log.WithGroup("g").Info("in a group", "security", true)
	log.InfoContext(ctx, "own id", "request_id", "mine")
	log.Debug("detail")
	shut(t, l)
	all, secure := lines(t, filepath.Join(dir, AppFile)), lines(t, filepath.Join(dir, SecurityFile))
	if len(all) != 5 || len(secure) != 1+3 || strings.Count(console.String(), "\n") != 5 {
		t.Fatalf("%d lines in app.log, %d in security.log, console:\n%s", len(all), len(secure), console.String())
	}
	if secure[0]["event"] != string(LogBegun) || secure[1]["event"] != string(Refused) || secure[1]["request_id"] != "r1" || secure[1]["node"] != "node-1" {
		t.Errorf("security.log: %v", secure[:2])
	}
	if all[4]["request_id"] != "mine" || all[0]["request_id"] != "r1" {
		t.Errorf("request ids: %v", all)
	}
	if at, _ := all[0]["time"].(string); !strings.HasSuffix(at, "Z") {
		t.Errorf("time %q is not UTC", at)
	}
	if n := l.Events()[Refused]; n != 1 {
		t.Errorf("counted %d", n)
	}
}

// H-76: one event, one line, whatever is in it; and nobody reads it but its group.
func TestControlCharactersAndModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, AppFile), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	must(t, os.Chmod(filepath.Join(dir, AppFile), 0o666))
	l := open(t, dir)
	bad := "a\r\n{\"time\":\"x\"}\x00\x1b[31m\u2028\xff\"}"
	l.Logger().Warn(bad, "key", bad, "security", true, "error", errors.New(bad))
	shut(t, l)
	for _, name := range []string{AppFile, SecurityFile} {
		file := filepath.Join(dir, name)
		got := lines(t, file)
		data, err := os.ReadFile(file)
		must(t, err)
		if len(got) == 0 || strings.ContainsAny(string(data), "\r\x00\x1b") {
			t.Errorf("%s: %q", name, data)
		}
		info, err := os.Stat(file)
		must(t, err)
		if info.Mode().Perm()&^fs.FileMode(0o640) != 0 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm()&^fs.FileMode(0o750) != 0 {
		t.Errorf("folder: %v, %v", info.Mode(), err)
	}
}

func TestDevelopmentWritesText(t *testing.T) {
	var console strings.Builder
	l, err := Open(Options{Debug: true, Console: &console})
	must(t, err)
	l.Logger().Debug("detail", "n", 1)
	if !strings.Contains(console.String(), "msg=detail n=1") {
		t.Errorf("%q", console.String())
	}
	must(t, l.Reopen())
	must(t, l.SecurityErr())
	must(t, l.Close())
}

func TestFolderThatCannotBeMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	if _, err := Open(Options{Console: io.Discard, Dir: filepath.Join(file, "logs")}); err == nil || !strings.Contains(err.Error(), "LOG_DIR") {
		t.Errorf("%v", err)
	}
}

// A handler that is derived for one request leaves the others as they were.
func TestDerivedHandlersDoNotShare(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	a, b := l.Logger().With("a", 1), l.Logger().With("b", 2)
	a.Info("one", "security", true)
	b.Info("two", "security", true)
	shut(t, l)
	got := lines(t, filepath.Join(dir, SecurityFile))
	if got[1]["a"] == nil || got[1]["b"] != nil || got[2]["a"] != nil || got[2]["b"] == nil {
		t.Errorf("%v", got)
	}
}

// F-11: what is left of the disk goes to the lines that matter.
func TestFullDiskDropsTheLowestLevelsFirst(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2026, 11, 27, 1, 0, 0, 0, time.UTC)
	free := uint64(1 << 40)
	l := open(t, dir, func(o *Options) { o.Now = func() time.Time { return now } })
	l.app.free = func(string) (uint64, error) { return free, nil }
	for _, left := range []uint64{1 << 40, keepWarnings - 1, keepErrors - 1} {
		free = left
		now = now.Add(lookAtDisk + 1)
		l.Logger().Info("info")
		l.Logger().Warn("warn")
		l.Logger().Error("error", "security", true)
	}
	shut(t, l)
	if got := lines(t, filepath.Join(dir, AppFile)); len(got) != 3+2+1 {
		t.Errorf("%d lines: %v", len(got), got)
	}
	if l.Dropped(slog.LevelInfo) != 2 || l.Dropped(slog.LevelWarn) != 1 || l.Dropped(slog.LevelError) != 0 {
		t.Errorf("dropped %d, %d, %d", l.Dropped(slog.LevelInfo), l.Dropped(slog.LevelWarn), l.Dropped(slog.LevelError))
	}
	if got := lines(t, filepath.Join(dir, SecurityFile)); len(got) != 1+3 {
		t.Errorf("security.log has %d lines", len(got))
	}
}

// /dev/full answers every write as a full disk does.
func TestSecurityLogThatCannotBeWritten(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	dir := t.TempDir()
	now := time.Date(2026, 11, 27, 1, 0, 0, 0, time.UTC)
	must(t, os.Symlink("/dev/full", filepath.Join(dir, SecurityFile)))
	var console strings.Builder
	l := open(t, dir, func(o *Options) { o.Now, o.Console = func() time.Time { return now }, &console })
	must(t, l.SecurityErr())
	for range 3 {
		Emit(t.Context(), l.Logger(), slog.LevelInfo, Refused)
	}
	if err := l.SecurityErr(); err == nil {
		t.Error("nobody is told")
	}
	if n := strings.Count(console.String(), string(Refused)); n != 2*3 {
		t.Errorf("the console shows %d", n)
	}
	must(t, os.Remove(filepath.Join(dir, SecurityFile))) // the disk is emptied
	if err := l.SecurityErr(); err == nil {
		t.Error("tried again at once")
	}
	now = now.Add(retryEvery)
	must(t, l.SecurityErr())
	Emit(t.Context(), l.Logger(), slog.LevelInfo, Refused)
	shut(t, l)
	got := lines(t, filepath.Join(dir, SecurityFile))
	if len(got) != 3 || got[1]["event"] != string(LogRecovered) || got[1]["lost"] != 3.0 {
		t.Errorf("%v", got)
	}
	wantChain(t, dir, 3)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
