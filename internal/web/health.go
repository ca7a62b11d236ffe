package web

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"io"
	"net/http"
	"strings"
)

// Readiness says whether this node should be sent requests, and what it looked at. It
// is public: states, never reasons.
type Readiness struct {
	Status string            `json:"status"`
	Checks map[string]string `json:"checks,omitempty"` // name → "ok" or one of the states
}

// The states. A degraded node works; a person should look at it.
const (
	Ready    = "ready"
	Degraded = "degraded"
	NotReady = "not ready"
)

// GET /healthz says that the program is alive, whatever else is down: whoever would
// start it anew because of the database would only make things worse.
func (s *Server) healthz(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	return JSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// GET /readyz says whether to send requests here: 200, or 503.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) error {
	ready := Readiness{Status: Ready}
	if s.opts.Ready != nil {
		ready = s.opts.Ready(r.Context())
	}
	status := http.StatusOK
	if ready.Status == NotReady {
		status = http.StatusServiceUnavailable
	}
	w.Header().Set("Cache-Control", "no-store")
	return JSON(w, status, ready)
}

// GET /metrics shows the measurements to whoever brings the token. For all others there
// is no such page.
func (s *Server) metrics(w http.ResponseWriter, r *http.Request) error {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	given, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(s.opts.MetricsToken)) // of one length, so that comparing takes as long for any
	if s.opts.MetricsToken == "" || !ok || subtle.ConstantTimeCompare(given[:], want[:]) != 1 {
		return errNotFound
	}
	ServeMetrics(s.opts.Metrics, w)
	return nil
}

// ServeMetrics answers with the text format of Prometheus.
func ServeMetrics(m interface{ Write(w io.Writer) }, w http.ResponseWriter) {
	var page bytes.Buffer
	m.Write(&page)
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(page.Bytes()) // whoever asked has gone
}
