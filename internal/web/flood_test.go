package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"testing"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/cache"
)

// away is the nodes' cache when it cannot be reached.
type away struct{ cache.Cache }

func (away) Add(context.Context, string, int64, time.Duration) (int64, error) {
	return 0, errors.New("no such host")
}

// One address has its share of requests and no more; others, watchers and files do not
// notice. It is so without the cache that nodes share, too.
func TestOneAddressCannotFlood(t *testing.T) {
	memory, err := cache.Memory()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = memory.Close() })
	for name, c := range map[string]cache.Cache{"memory": memory, "the shared cache is away": away{memory}} {
		clock := noon
		w := newWorld(t, func(o *Options) { o.Cache = c; o.Now = func() time.Time { return clock } })
		from := func(ip, path string) *http.Response { return w.ask(t, "GET", path, "", "Peer: "+ip+":1") }
		for n := range floodMost {
			if res := from("203.0.113.7", "/row/x"); res.StatusCode != 404 {
				t.Fatalf("%s: request %d: %d", name, n, res.StatusCode)
			}
		}
		res := from("203.0.113.7", "/row/x")
		if after, _ := strconv.Atoi(res.Header.Get("Retry-After")); res.StatusCode != 429 || after < 1 || after > 10 {
			t.Errorf("%s: one too many: %d, %v", name, res.StatusCode, res.Header)
		}
		for _, c := range []struct {
			ip, path string
			want     int
		}{{"203.0.113.8", "/", 200}, {"203.0.113.7", "/healthz", 200}, {"203.0.113.7", "/readyz", 200}, {"203.0.113.7", "/static/app.css", 200}, {"127.0.0.1", "/", 200}} {
			if got := from(c.ip, c.path).StatusCode; got != c.want {
				t.Errorf("%s: %s from %s: %d", name, c.path, c.ip, got)
			}
		}
		clock = clock.Add(floodSpan)
		if res := from("203.0.113.7", "/"); res.StatusCode != 200 {
			t.Errorf("%s: ten seconds later: %d", name, res.StatusCode)
		}
	}
}

// A few exports run at a time; the next waits a little, and is told when to come again.
func TestHeavyWorkIsBounded(t *testing.T) {
	w := newWorld(t, nil)
	begun, end := make(chan time.Duration, heavyAtOnce), make(chan struct{})
	w.Mount(siteSurface(), []Route{{Pattern: "GET /all.csv", Need: auth.Anyone, Handle: func(w http.ResponseWriter, r *http.Request) error {
		until, _ := r.Context().Deadline()
		begun <- time.Until(until)
		<-end
		w.WriteHeader(http.StatusNoContent)
		return nil
	}}})
	done := make(chan int, heavyAtOnce)
	for range heavyAtOnce {
		go func() { done <- w.ask(t, "GET", "/all.csv", "").StatusCode }()
	}
	for range heavyAtOnce {
		if left := <-begun; left <= 0 || left > heavyWrite {
			t.Errorf("an export may take %v", left)
		}
	}
	if res := w.ask(t, "GET", "/all.csv", ""); res.StatusCode != 503 || res.Header.Get("Retry-After") == "" {
		t.Errorf("one more: %d, %v", res.StatusCode, res.Header)
	}
	close(end)
	for range heavyAtOnce {
		if status := <-done; status != 204 {
			t.Errorf("an export: %d", status)
		}
	}
}
