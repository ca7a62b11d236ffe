package web

import (
	"log/slog"
	"net/http"

	"ekolek/internal/audit"
	"ekolek/internal/telemetry"
)

// throughDoor counts a try at a credential before the handler looks at it. An answer that
// lets go on takes the try back, and so does a trouble of our own.
func (s *Server) throughDoor(w http.ResponseWriter, r *http.Request, q *request, rt Route) error {
	ctx := r.Context()
	knock, err := s.opts.Knock(ctx, rt.Door, q.ip.String(), DeviceSecret(r))
	if err != nil {
		return err
	}
	rec := &recorder{ResponseWriter: w}
	err = rt.Handle(rec, r)
	status := rec.status
	if err != nil {
		status = StatusOf(err)
	}
	switch {
	case status < 400 || status >= 500:
		if back := knock.Opened(ctx); back != nil {
			s.log.ErrorContext(ctx, "take a try back", "request_id", q.id, "error", back)
		}
	case status != http.StatusTooManyRequests: // that one was counted where it was refused
		alarm, fail := knock.Failed(ctx, audit.Actor{Kind: audit.Nobody, IP: q.ip.String(), RequestID: q.id})
		if fail != nil {
			s.log.ErrorContext(ctx, "count a failed try", "request_id", q.id, "error", fail)
		}
		if alarm {
			s.security(r, slog.LevelError, telemetry.CityFailures)
		}
	}
	return err
}

// security writes a line that the security log keeps: what happened, where, by whom,
// never what was sent.
func (s *Server) security(r *http.Request, level slog.Level, event telemetry.Event, more ...slog.Attr) {
	q := state(r.Context())
	attrs := append([]slog.Attr{slog.String("request_id", q.id), slog.String("ip", q.ip.String()), slog.String("route", q.pattern)}, more...)
	if q.principal.SignedIn() {
		attrs = append(attrs, slog.String("who", string(q.principal.Surface)), slog.String("principal", q.principal.ID.String()))
	}
	telemetry.Emit(r.Context(), s.log, level, event, attrs...)
}
