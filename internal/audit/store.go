package audit

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

func insert(ctx context.Context, tx *db.Tx, a Actor, at time.Time, e Event, details string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO audit_event
		(id, created_at, day, actor_kind, actor_id, actor_name, action, target_kind, target_id, target_name, details, ip, user_agent, request_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		db.NewID(), db.At(at), db.Day(at), a.Kind, nullID(a.ID), a.Name, e.Action, e.TargetKind, nullID(e.TargetID), e.TargetName,
		details, a.IP, cut(a.UserAgent, 500), a.RequestID)
	return err
}

func nullID(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: id != uuid.Nil} }

// cut keeps at most n bytes, and nothing that PostgreSQL would refuse as text.
func cut(s string, n int) string {
	s = strings.ReplaceAll(s, "\x00", "")
	return strings.ToValidUTF8(s[:min(len(s), n)], "")
}
