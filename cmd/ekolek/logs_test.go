package main_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// refuse makes a security event: another site's page sends a form here.
func refuse(t *testing.T, url string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/login/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Origin", "https://evil.example")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close() // nothing of it is read
	if res.StatusCode != http.StatusForbidden {
		t.Fatalf("another site's form: %s", res.Status)
	}
}

// until waits for a condition.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// The program's log files are renamed under it and it is told by HUP, it is killed, half
// a line is left behind, and it starts anew: no line is lost, the chain holds, and
// whatever is changed afterwards is named.
func TestLogsOfTheRealProgram(t *testing.T) {
	p := development(t)
	p.env = append(p.env, "LOG_DIR=logs")
	p.want(0, "applied", "migrate")
	p.want(2, "security.log.9", "logs", "verify", "logs/security.log.9")
	path := func(name string) string { return filepath.Join(p.dir, "logs", name) }
	url, process := p.startUnminded("serve", "--addr", "127.0.0.1:0")
	refuse(t, url)
	for _, name := range []string{"app.log", "security.log"} {
		if err := os.Rename(path(name), path(name+".1")); err != nil {
			t.Fatal(err)
		}
	}
	if err := process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	until(t, "a new app.log", func() bool {
		data, err := os.ReadFile(path("app.log"))
		return err == nil && strings.Contains(string(data), "logs reopened")
	})
	refuse(t, url)
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := process.Wait(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path("security.log"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"time":"2026-11-27T0`); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	refuse(t, p.serve("serve", "--addr", "127.0.0.1:0"))
	o := p.want(0, "ok: ", "logs", "verify", path("security.log.1"), path("security.log"))
	if !strings.Contains(o.out, "number 1 to ") || !strings.Contains(o.out, "killed writes: 1") {
		t.Errorf("%s", o.out)
	}
	data, err := os.ReadFile(path("security.log"))
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(data, []byte("access.cross_origin"), []byte("access.cross_orXgin"), 1)
	if err := os.WriteFile(path("changed.log"), changed, 0o600); err != nil {
		t.Fatal(err)
	}
	p.want(1, "changed.log:1: line ", "logs", "verify", path("security.log.1"), path("changed.log"))
	p.want(1, "changed after it was written", "logs", "verify", path("changed.log"))
}

// startUnminded is serve for a program that the test itself ends.
func (p program) startUnminded(args ...string) (url string, process *os.Process) {
	p.t.Helper()
	c := p.command(args...)
	out, err := c.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		p.t.Fatal(err)
	}
	buf := make([]byte, 4096)
	said := ""
	until(p.t, "an address", func() bool {
		n, _ := out.Read(buf) // its end shows as a wait in vain
		said += string(buf[:n])
		if m := answersOn.FindStringSubmatch(said); m != nil {
			url = "http://" + m[1]
		}
		return url != ""
	})
	p.t.Cleanup(func() { _ = c.Process.Kill() }) // it has ended, unless the test gave up
	return url, c.Process
}
