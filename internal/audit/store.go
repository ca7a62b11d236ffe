package audit

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

func insert(ctx context.Context, tx *db.Tx, a Actor, at time.Time, e Event, details string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO audit_event
		(id, created_at, day, actor_kind, actor_id, actor_name, action, target_kind, target_id, target_name, details, ip, user_agent, request_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		db.NewID(), db.At(at), db.Day(at), a.Kind, db.NullID(a.ID), a.Name, e.Action, e.TargetKind, db.NullID(e.TargetID), e.TargetName,
		details, a.IP, cut(a.UserAgent, 500), a.RequestID)
	return err
}

func list(ctx context.Context, q db.Q, f Filter, after db.Cursor, limit int) ([]Entry, error) {
	w := where(f)
	w.And("(created_at, id) < (?, ?)", db.At(after.At), after.ID)
	query := `SELECT id, created_at, actor_kind, actor_id, actor_name, action, target_kind, target_id, target_name, details, ip, user_agent, request_id
		FROM audit_event WHERE ` + w.String() + ` ORDER BY created_at DESC, id DESC ` + w.Bind("LIMIT ?", limit)
	return db.Collect(ctx, q, scanEntry, query, w.Args()...)
}

func where(f Filter) *db.Where {
	var w db.Where
	if f.Actor != uuid.Nil {
		w.And("actor_id = ?", f.Actor)
	}
	if f.ActorKind != "" {
		w.And("actor_kind = ?", string(f.ActorKind))
	}
	if strings.HasSuffix(f.Action, ".") {
		w.And("substr(action, 1, ?) = ?", utf8.RuneCountInString(f.Action), f.Action)
	} else if f.Action != "" {
		w.And("action = ?", f.Action)
	}
	if f.TargetKind != "" {
		w.And("target_kind = ?", f.TargetKind)
	}
	if f.Target != uuid.Nil {
		w.And("target_id = ?", f.Target)
	}
	if f.From != "" {
		w.And("day >= ?", f.From)
	}
	if f.To != "" {
		w.And("day <= ?", f.To)
	}
	return &w
}

func scanEntry(r db.Row) (Entry, error) {
	var e Entry
	var actor, target uuid.NullUUID
	err := r.Scan(&e.ID, db.Into(&e.At), &e.Actor.Kind, &actor, &e.Actor.Name, &e.Action, &e.TargetKind, &target, &e.TargetName,
		&e.Details, &e.Actor.IP, &e.Actor.UserAgent, &e.Actor.RequestID)
	e.Actor.ID, e.TargetID = actor.UUID, target.UUID
	return e, err
}

// actions steps from one action to the next along the index, so that it does not read
// every row of a trail with millions of them and some dozens of actions.
func actions(ctx context.Context, q db.Q) ([]string, error) {
	return db.Collect(ctx, q, func(r db.Row) (action string, err error) {
		err = r.Scan(&action)
		return action, err
	}, `WITH RECURSIVE step (action) AS (
			SELECT min(action) FROM audit_event
			UNION ALL
			SELECT (SELECT min(e.action) FROM audit_event e WHERE e.action > step.action) FROM step WHERE step.action IS NOT NULL)
		SELECT action FROM step WHERE action IS NOT NULL ORDER BY action`)
}

// cut keeps at most n bytes, and nothing that PostgreSQL would refuse as text.
func cut(s string, n int) string {
	s = strings.ReplaceAll(s, "\x00", "")
	return strings.ToValidUTF8(s[:min(len(s), n)], "")
}
