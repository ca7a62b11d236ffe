package audit

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/telemetry"
)

// tell writes the act to the security log: identifiers and numbers, never a name or what
// somebody typed. Whoever may read the trail finds those there, by the same identifiers.
func tell(ctx context.Context, log *slog.Logger, a Actor, at time.Time, e Event) {
	attrs := []slog.Attr{slog.String("actor_kind", string(a.Kind)), slog.Time("at", at)}
	if a.ID != uuid.Nil {
		attrs = append(attrs, slog.String("actor", a.ID.String()))
	} else if a.Kind == System {
		attrs = append(attrs, slog.String("actor", a.Name)) // a command's or a job's
	}
	if a.IP != "" {
		attrs = append(attrs, slog.String("ip", a.IP))
	}
	if a.RequestID != "" {
		attrs = append(attrs, slog.String("request_id", a.RequestID))
	}
	attrs = append(attrs, slog.String("target_kind", e.TargetKind))
	if e.TargetID != uuid.Nil {
		attrs = append(attrs, slog.String("target", e.TargetID.String()))
	}
	for _, name := range slices.Sorted(maps.Keys(e.Details)) {
		switch v := e.Details[name].(type) {
		case int, int64, bool:
			attrs = append(attrs, slog.Any(name, v))
		}
	}
	level := slog.LevelInfo
	if isAlarming(e.Action) {
		level = slog.LevelWarn
	}
	telemetry.Emit(ctx, log, level, telemetry.Event(e.Action), attrs...)
}

// isAlarming picks the acts that are somebody's failure or an attack.
func isAlarming(action string) bool {
	for _, word := range []string{"failed", "refused", "reuse", "codes_off", "auth.lock"} {
		if strings.Contains(action, word) {
			return true
		}
	}
	return false
}

// Actioned lists every action that the trail may hold: each is an event of the security log.
func Actioned() []string {
	var out []string
	for _, key := range actionKeys() {
		out = append(out, key[len("audit.action."):])
	}
	return out
}
