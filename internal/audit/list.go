package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// Entry is one row of the trail.
type Entry struct {
	ID         uuid.UUID
	At         time.Time
	Actor      Actor
	Action     string
	TargetKind string
	TargetID   uuid.UUID // uuid.Nil: the act had no single target
	TargetName string    // as it stood at the time
	Details    string    // JSON object
}

// Filter narrows the trail; a zero field does not.
type Filter struct {
	Actor      uuid.UUID
	ActorKind  ActorKind
	Action     string // the whole action, or a subject with its dot: "resident."
	TargetKind string
	Target     uuid.UUID
	From, To   string // Manila days, both included
	Cursor     string
	Limit      int
}

// List gives one page of the trail, newest first.
func List(ctx context.Context, q db.Q, f Filter) (db.Page[Entry], error) {
	after, err := db.ParseCursor(f.Cursor)
	if err != nil {
		return db.Page[Entry]{}, err
	}
	limit := db.Limit(f.Limit)
	rows, err := list(ctx, q, f, after, limit+1)
	if err != nil {
		return db.Page[Entry]{}, fmt.Errorf("list audit trail: %w", err)
	}
	return db.PageOf(rows, limit, func(e Entry) db.Cursor { return db.Cursor{At: e.At, ID: e.ID} }), nil
}

// Actions names every action that the trail holds, in order, for the filter's choice.
func Actions(ctx context.Context, q db.Q) ([]string, error) {
	found, err := actions(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("list audit actions: %w", err)
	}
	return found, nil
}
