package e2e

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// The checks must be able to fail: a page with one fault of each kind.
func TestChecksFindFaults(t *testing.T) {
	page := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Write([]byte(`<!doctype html><html lang="en"><head><title>T</title><link rel="icon" href="data:,"></head><body><main><h1>T</h1>` + body + `</main></body></html>`))
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/good", page(`<p>Fine</p>`))
	mux.HandleFunc("/axe", page(`<input name="n">`))
	mux.HandleFunc("/console", page(`<script>console.error("broken")</script>`))
	mux.HandleFunc("/wide", page(`<div style="width:3000px">wide</div>`))
	mux.HandleFunc("/foreign", page(`<script>fetch("http://foreign.invalid/x").catch(() => {})</script>`))
	server := httptest.NewServer(mux)
	defer server.Close()

	p := newPerson(t, chromium(t, filepath.Join(t.TempDir(), "none.y4m")), "tester", server.URL, devices[2])
	tests := []struct{ path, want string }{
		{"/good", ""},
		{"/axe", "label"},
		{"/console", "broken"},
		{"/wide", "pixels wide"},
		{"/foreign", "foreign host"},
	}
	for _, test := range tests {
		p.leave(func() { p.page.MustNavigate(server.URL + test.path) })
		got := strings.Join(p.findings(), "\n")
		if !strings.Contains(got, test.want) || (test.want == "" && got != "") {
			t.Errorf("%s: found %q, want %q in it", test.path, got, test.want)
		}
	}
}
