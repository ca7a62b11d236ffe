package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"ekolek/internal/errs"
)

// Work that takes the database and a processor for long: exports. A few at a time, so
// that whoever opens twenty does not take the server from everybody else; each ends
// before its client gives up.
const (
	heavyAtOnce = 4
	heavyWait   = 5 * time.Second // for a place
	heavyLife   = heavyWrite - 10*time.Second
)

var errHeavy = errs.New(errs.Unavailable, "BUSY", "web.problem.unavailable")

// isHeavy says whether a route exports, or says so itself.
func (rt Route) isHeavy() bool {
	return rt.Heavy || strings.HasSuffix(rt.Pattern, ".csv") || strings.HasSuffix(rt.Pattern, ".xlsx")
}

// heavily runs a handler of heavy work when there is a place.
func (s *Server) heavily(w http.ResponseWriter, r *http.Request, next Handler) error {
	ctx, cancel := context.WithTimeout(r.Context(), heavyWait)
	defer cancel()
	select {
	case s.heavy <- struct{}{}:
		defer func() { <-s.heavy }()
	case <-ctx.Done():
		return errHeavy.After(heavyWait)
	}
	life, end := context.WithTimeout(r.Context(), heavyLife)
	defer end()
	return next(w, r.WithContext(life))
}

// patience gives a route the time that its body or its answer needs.
func (rt Route) patience(w http.ResponseWriter) {
	if rt.Body <= largeBody && !rt.isHeavy() {
		return
	}
	c, now := http.NewResponseController(w), time.Now() // the connection's clock, not the city's
	if rt.Body > largeBody {
		_ = c.SetReadDeadline(now.Add(largeRead)) // a recorder in a test has none
		_ = c.SetWriteDeadline(now.Add(largeRead + heavyWrite))
	}
	if rt.isHeavy() {
		_ = c.SetWriteDeadline(now.Add(heavyWrite))
	}
}
