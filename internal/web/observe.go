package web

import (
	"errors"
	"log/slog"
	"net/http"
	"net/netip"

	"ekolek/internal/errs"
	"ekolek/internal/telemetry"
	"ekolek/internal/web/form"
)

// requestID is the one that a trusted proxy gave the request, so that its log and ours
// tell of the same; anybody else's is not taken, and a new one is made.
func (s *Server) requestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); isRequestID(id) && s.trustedPeer(r) {
		return id
	}
	return newRequestID()
}

// trustedPeer says that a trusted proxy handed the request on.
func (s *Server) trustedPeer(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && s.trusted(peer.Addr().Unmap())
}

// serverError marks a span as failed when the answer was ours to mend.
func serverError(status int) error {
	if status < http.StatusInternalServerError {
		return nil
	}
	return statusError(status)
}

// isRequestID takes what the usual proxies make: UUIDs, hexadecimal, their like.
func isRequestID(id string) bool {
	if len(id) < 8 || len(id) > 64 {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

var errPanic = errors.New("panic")

// eventOf is the security event that an answer is; "" for most.
func (s *Server) eventOf(status int, r *http.Request, q *request) telemetry.Event {
	switch {
	case errors.Is(q.err, errPanic):
		return telemetry.Panicked
	case errors.Is(q.err, errCrossOrigin):
		return telemetry.CrossOrigin
	case status == http.StatusUnauthorized, errors.Is(q.err, errSignIn):
		return telemetry.NotSignedIn
	case status == http.StatusForbidden:
		return telemetry.Refused
	case status == http.StatusTooManyRequests:
		return telemetry.LimitHit
	case status == http.StatusRequestEntityTooLarge, status == http.StatusRequestHeaderFieldsTooLarge:
		return telemetry.TooLarge
	case errors.Is(q.err, form.ErrMalformed):
		return telemetry.Malformed
	case status == http.StatusBadRequest && s.hostNamed(r.Host) == "":
		return telemetry.HostRefused
	default:
		return ""
	}
}

// errUnrecorded holds a staff act back that the security log could not tell of.
var errUnrecorded = errs.New(errs.Unavailable, "SECURITY_LOG_OFF", "web.problem.unrecorded")

// unrecorded says that a privileged act has to wait: the security log cannot be
// written, and nobody manages people, points or rights in the dark. What residents and
// collectors do goes on; the audit trail in the database tells of it.
func (s *Server) unrecorded(r *http.Request, rt Route) bool {
	if s.opts.SecurityLog == nil || !rt.Need.Privileged() || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return false
	}
	err := s.opts.SecurityLog()
	if err != nil {
		telemetry.Emit(r.Context(), s.log, slog.LevelError, telemetry.Privileged, slog.String("route", rt.Pattern), slog.Any("error", err))
	}
	return err != nil
}
