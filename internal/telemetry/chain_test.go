package telemetry

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func verify(t *testing.T, dir string) Verified {
	t.Helper()
	v, err := Verify(SecurityFiles(dir), []string{secret}, true)
	must(t, err)
	return v
}

// wantChain wants an unbroken chain of so many lines.
func wantChain(t *testing.T, dir string, lines int64) Verified {
	t.Helper()
	v := verify(t, dir)
	if !v.OK() || v.Lines != lines || v.Last.Seq-v.First.Seq+1 != lines {
		t.Errorf("%d lines in %d files, wanted %d: %v", v.Lines, v.Files, lines, v.Findings)
	}
	return v
}

// fill writes n events.
func fill(t *testing.T, l *Logs, n int) {
	t.Helper()
	for i := range n {
		Emit(t.Context(), l.Logger(), slog.LevelInfo, Refused, slog.Int("n", i), slog.String("ip", "203.0.113.7"))
	}
}

func TestEveryTamperingIsNamed(t *testing.T) {
	original := t.TempDir()
	l := open(t, original)
	fill(t, l, 9) // lines 2 to 10
	shut(t, l)
	wantChain(t, original, 10)
	data, err := os.ReadFile(filepath.Join(original, SecurityFile))
	must(t, err)
	for name, c := range map[string]struct {
		change func(lines [][]byte) [][]byte
		want   string
	}{
		"nothing":        {func(x [][]byte) [][]byte { return x }, ""},
		"a changed byte": {func(x [][]byte) [][]byte { x[4] = bytes.Replace(x[4], []byte("203.0"), []byte("203.1"), 1); return x }, "security.log:5: line 5 was changed"},
		"a changed number": {func(x [][]byte) [][]byte {
			x[4] = bytes.Replace(x[4], []byte(`"seq":5`), []byte(`"seq":6`), 1)
			return x
		}, "security.log:5: line 6 was changed"},
		"a changed seal":    {func(x [][]byte) [][]byte { x[9] = append(x[9][:len(x[9])-4:len(x[9])-4], "0\"}\n"...); return x }, "security.log:10: line 10 was changed"},
		"a deleted line":    {func(x [][]byte) [][]byte { return slices.Delete(x, 4, 5) }, "security.log:5: line 5 is missing"},
		"deleted lines":     {func(x [][]byte) [][]byte { return slices.Delete(x, 3, 6) }, "security.log:4: lines 4 to 6 are missing"},
		"a deleted head":    {func(x [][]byte) [][]byte { return x[2:] }, "security.log:1: the chain begins with line 3"},
		"a repeated line":   {func(x [][]byte) [][]byte { return slices.Insert(x, 5, x[4]) }, "security.log:6: line 5 stands behind line 5"},
		"two lines swapped": {func(x [][]byte) [][]byte { x[4], x[5] = x[5], x[4]; return x }, "security.log:5: line 5 is missing"},
		"an unsealed line":  {func(x [][]byte) [][]byte { return slices.Insert(x, 5, []byte("{\"time\":\"2026\"}\n")) }, "security.log:6: is not a sealed line"},
		"a forged line": {func(x [][]byte) [][]byte {
			c := &chain{keys: must1(sealKeys([]string{"another secret"}))}
			forged, _ := c.seal(nil, []byte(`{"msg":"x"}`), Head{Seq: 10, Hash: strings.Repeat("0", 64)}, nil)
			return append(x, forged)
		}, "security.log:11: was sealed with key"},
		"a torn end": {func(x [][]byte) [][]byte { x[9] = x[9][:30]; return x }, "security.log:10: is not a sealed line"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			changed := bytes.Join(c.change(bytes.SplitAfter(bytes.Clone(data), []byte("\n"))[:10]), nil)
			must(t, os.WriteFile(filepath.Join(dir, SecurityFile), changed, 0o640))
			v := verify(t, dir)
			if c.want == "" {
				wantChain(t, dir, 10)
				return
			}
			if v.OK() || !strings.HasPrefix(v.Findings[0].String(), c.want) {
				t.Errorf("found %v, want %s", v.Findings, c.want)
			}
		})
	}
}

func must1[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestChainGoesOnOverTurnsAndRestarts(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2026, 11, 27, 1, 0, 0, 0, time.UTC)
	small := func(o *Options) {
		o.MaxSize, o.MaxAge, o.Keep = 2000, 48*time.Hour, 3
		o.Now = func() time.Time { now = now.Add(time.Second); return now }
	}
	for range 3 {
		l := open(t, dir, small)
		fill(t, l, 20)
		shut(t, l)
	}
	v := wantChain(t, dir, 61)
	if v.Files < 10 {
		t.Errorf("only %d files", v.Files)
	}
	if n := len(turned(filepath.Join(dir, AppFile))); n != 3 {
		t.Errorf("%d old app.log are kept, want 3", n)
	}
	now = now.Add(48 * time.Hour) // by age, too
	l := open(t, dir, small)
	fill(t, l, 1)
	shut(t, l)
	if w := wantChain(t, dir, 62); w.Files != v.Files+1 {
		t.Errorf("%d files after two days, %d before", w.Files, v.Files)
	}
}

// What the program removes itself it tells of; what somebody else removes is a gap.
func TestPrunedFilesAreTold(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2026, 11, 27, 1, 0, 0, 0, time.UTC)
	l := open(t, dir, func(o *Options) {
		o.MaxSize, o.KeepSecurity = 2000, 3
		o.Now = func() time.Time { now = now.Add(time.Second); return now }
	})
	fill(t, l, 60)
	shut(t, l)
	files := SecurityFiles(dir)
	v := verify(t, dir)
	if !v.OK() || len(files) != 4 || v.First.Seq < 10 {
		t.Errorf("%d files from line %d: %v", len(files), v.First.Seq, v.Findings)
	}
	must(t, os.Remove(files[0]))
	if v := verify(t, dir); v.OK() || !strings.Contains(v.Findings[0].What, "nothing tells that those before it were removed") {
		t.Errorf("a removed file: %v", v.Findings)
	}
	if v, err := Verify(files[2:], []string{secret}, false); err != nil || !v.OK() {
		t.Errorf("files that were asked for: %v, %v", v.Findings, err)
	}
	must(t, os.Rename(files[2], files[0])) // out of order
	if v := verify(t, dir); v.OK() {
		t.Error("renamed files are not noticed")
	}
}

// A kill or a full disk leaves part of a line. The chain goes on behind it and vouches for it.
func TestTornLines(t *testing.T) {
	for name, torn := range map[string]string{
		"half a line": `{"time":"2026-11-27T01:00:00Z","level":"INF`, "a whole line without its seal": "{}\n", "several": "{\"a\":\n{}\nx",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, SecurityFile)
			l := open(t, dir)
			fill(t, l, 2)
			shut(t, l)
			add(t, file, torn)
			l = open(t, dir)
			fill(t, l, 2)
			add(t, file, torn) // while it runs, as a full disk does
			fill(t, l, 2)
			shut(t, l)
			if v := wantChain(t, dir, 7); v.Torn != 2 {
				t.Errorf("vouched for %d", v.Torn)
			}
			data, err := os.ReadFile(file)
			must(t, err)
			must(t, os.WriteFile(file, bytes.Replace(data, []byte(torn), []byte(torn[1:]), 1), 0o640))
			if verify(t, dir).OK() {
				t.Error("a changed remainder is not noticed")
			}
			must(t, os.WriteFile(file, bytes.Replace(data, []byte(torn), nil, 1), 0o640))
			if verify(t, dir).OK() {
				t.Error("a removed remainder is not noticed")
			}
		})
	}
}

func add(t *testing.T, file, text string) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND, 0)
	must(t, err)
	_, err = f.WriteString(text)
	must(t, err)
	must(t, f.Close())
}

// logrotate renames and sends HUP, or only renames. No line is lost either way.
func TestRenamedByOthers(t *testing.T) {
	for name, hup := range map[string]bool{"with HUP": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			l := open(t, dir)
			fill(t, l, 5)
			for _, f := range []string{AppFile, SecurityFile} {
				must(t, os.Rename(filepath.Join(dir, f), filepath.Join(dir, f+".1")))
			}
			if hup {
				must(t, l.Reopen())
			}
			fill(t, l, 5)
			shut(t, l)
			l = open(t, dir)
			must(t, os.Rename(filepath.Join(dir, SecurityFile), filepath.Join(dir, SecurityFile+".0")))
			fill(t, l, 1) // a new process goes on from a file of another name
			shut(t, l)
			if got := lines(t, filepath.Join(dir, AppFile)); len(got) != 6 {
				t.Errorf("app.log has %d lines", len(got))
			}
			v, err := Verify([]string{filepath.Join(dir, SecurityFile+".1"), filepath.Join(dir, SecurityFile+".0"), filepath.Join(dir, SecurityFile)}, []string{secret}, true)
			if err != nil || !v.OK() || v.Lines != 12 {
				t.Errorf("%d lines, %v, %v", v.Lines, v.Findings, err)
			}
		})
	}
}

// Whoever cuts the end off while the program runs, or while it does not, is found out
// by the next line.
func TestCutOffEnd(t *testing.T) {
	for name, c := range map[string]struct {
		restart bool
		keep    int // lines
	}{"while it runs": {false, 3}, "all of it": {false, 0}, "before a restart": {true, 3}} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, SecurityFile)
			l := open(t, dir)
			fill(t, l, 9)
			head := l.SecurityHead()
			if c.restart {
				shut(t, l)
			}
			data, err := os.ReadFile(file)
			must(t, err)
			must(t, os.WriteFile(file, bytes.Join(bytes.SplitAfter(data, []byte("\n"))[:c.keep], nil), 0o640))
			if c.restart {
				l = open(t, dir)
				l.Remember(head)
			}
			fill(t, l, 1)
			shut(t, l)
			v := verify(t, dir)
			if v.OK() || !strings.Contains(fmt.Sprint(v.Findings), "lines 4 to 10 are missing") && !strings.Contains(fmt.Sprint(v.Findings), "begins with line 11") {
				t.Errorf("%v", v.Findings)
			}
			if got := lines(t, file); got[c.keep]["event"] != string(LogShort) || got[c.keep]["lines"] != float64(10-c.keep) {
				t.Errorf("the program does not tell: %v", got[c.keep])
			}
		})
	}
}

// The keys change, and lines sealed with the one before still verify.
func TestKeysChange(t *testing.T) {
	dir := t.TempDir()
	for _, keys := range [][]string{{"old"}, {"new", "old"}} {
		l := open(t, dir, func(o *Options) { o.Keys = keys })
		fill(t, l, 2)
		shut(t, l)
	}
	v, err := Verify(SecurityFiles(dir), []string{"new", "old"}, true)
	if err != nil || !v.OK() || v.Lines != 5 {
		t.Errorf("%+v, %v", v, err)
	}
	if v, err := Verify(SecurityFiles(dir), []string{"new"}, true); err != nil || v.OK() || v.Findings[0].Line != 1 {
		t.Errorf("without the old key: %+v, %v", v, err)
	}
}

// Several processes, here several Logs, share a folder: one chain.
func TestSeveralWriters(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for i := range 4 {
		l := open(t, dir, func(o *Options) { o.Node, o.MaxSize = fmt.Sprint("node-", i), 20_000 })
		wg.Go(func() {
			fill(t, l, 100)
			shut(t, l)
		})
	}
	wg.Wait()
	wantChain(t, dir, 401)
	n := 0
	for _, f := range append(turned(filepath.Join(dir, AppFile)), filepath.Join(dir, AppFile)) {
		n += len(lines(t, f))
	}
	if n != 400 {
		t.Errorf("app.log has %d lines", n)
	}
}

// How long one line takes, and how fast a chain is looked through.
func BenchmarkEvent(b *testing.B) {
	l, err := Open(Options{Console: nowhere{}, Dir: b.TempDir(), Keys: []string{secret}})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // a benchmark's files
	for b.Loop() {
		Emit(b.Context(), l.Logger(), slog.LevelInfo, Refused, slog.String("ip", "203.0.113.7"), slog.String("principal", "019ab000-0000-7000-8000-000000000001"))
	}
}

func BenchmarkVerify(b *testing.B) {
	dir := b.TempDir()
	l, err := Open(Options{Console: nowhere{}, Dir: dir, Keys: []string{secret}, MaxSize: -1})
	if err != nil {
		b.Fatal(err)
	}
	const n = 10_000
	for range n {
		Emit(b.Context(), l.Logger(), slog.LevelInfo, Refused, slog.String("ip", "203.0.113.7"))
	}
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if v, err := Verify(SecurityFiles(dir), []string{secret}, true); err != nil || !v.OK() {
			b.Fatal(v, err)
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "lines/s")
}

type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
