package mobile

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func ask(m *Mobile, method string, header ...string) *httptest.ResponseRecorder {
	h := m.around(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	r := httptest.NewRequest(method, "/api/login/", nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// Named origins may call the API from their pages; the others are told nothing.
func TestOrigins(t *testing.T) {
	m := New(Deps{Origins: []string{"https://app.example", "http://localhost:8100"}})
	for origin, allowed := range map[string]string{"https://app.example": "https://app.example", "http://localhost:8100": "http://localhost:8100",
		"https://other.example": "", "https://app.example.evil.example": "", "null": ""} {
		w := ask(m, "OPTIONS", "Origin", origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization,content-type,idempotency-key")
		if got := w.Header().Get("Access-Control-Allow-Origin"); w.Code != http.StatusOK || got != allowed {
			t.Errorf("preflight from %s: %d, %q", origin, w.Code, got)
		}
		if allowed != "" && (w.Header().Get("Access-Control-Allow-Credentials") != "true" || w.Header().Get("Access-Control-Max-Age") != "86400") {
			t.Errorf("preflight from %s: %v", origin, w.Header())
		}
		for name := range w.Header() {
			if allowed == "" && strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("preflight from %s is told %s", origin, name)
			}
		}
		if !strings.Contains(strings.Join(w.Header().Values("Vary"), ","), "Origin") {
			t.Errorf("preflight from %s: Vary %v", origin, w.Header().Values("Vary"))
		}
		w = ask(m, "POST", "Origin", origin)
		if !strings.Contains(strings.Join(w.Header().Values("Vary"), ","), "Origin") {
			t.Errorf("request from %s: Vary %v", origin, w.Header().Values("Vary"))
		}
		if got := w.Header().Get("Access-Control-Allow-Origin"); w.Code != http.StatusTeapot || got != allowed {
			t.Errorf("request from %s: %d, %q", origin, w.Code, got)
		}
	}
	if w := ask(m, "OPTIONS", "Origin", "https://app.example", "Access-Control-Request-Method", "TRACE"); w.Header().Get("Access-Control-Allow-Methods") != "" {
		t.Errorf("TRACE is allowed: %v", w.Header())
	}
}

func TestAnyOrigin(t *testing.T) {
	w := ask(New(Deps{Origins: []string{"*"}}), "POST", "Origin", "https://anywhere.example")
	if w.Header().Get("Access-Control-Allow-Origin") != "*" || w.Header().Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("%v", w.Header())
	}
	if w := ask(New(Deps{}), "POST", "Origin", "https://anywhere.example"); w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("no origins: %v", w.Header())
	}
}

func TestAccept(t *testing.T) {
	m := New(Deps{})
	for accept, want := range map[string]int{"": 418, "*/*": 418, "application/json": 418, "text/html, */*;q=0.1": 418, "Application/JSON;q=0.9": 418, "application/*": 418, "text/html": 406, "image/png, text/plain": 406} {
		if w := ask(m, "GET", "Accept", accept); w.Code != want {
			t.Errorf("%q: %d", accept, w.Code)
		}
	}
}
