package schedule

import (
	"context"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/people"
)

// MarkForm is what a collector says about a pick-up. Fields with errors: request_key,
// state, reason, note, at.
type MarkForm struct {
	RequestKey string // made by the form: the same key marks once
	Source     uuid.UUID
	Original   string
	State      VisitState
	Reason     MissReason // of a missed one
	Note       string
	At         time.Time // zero: now
}

// VisitFilter narrows a list of visits.
type VisitFilter struct {
	Barangay uuid.UUID // uuid.Nil: every one in reach
	By       uuid.UUID // uuid.Nil: everybody's
	State    VisitState
	From, To string // days on which they were due, both included; empty: open
	Cursor   string
	Limit    int
}

// Run is the pick-ups of a day that are assigned to the actor, or to nobody and in reach.
func (s *Service) Run(ctx context.Context, actor audit.Actor, scope people.Scope, day string) ([]Pickup, error) {
	return nil, errLater
}

// PickupByKey finds a pick-up as it stands now, wherever it was moved to.
func (s *Service) PickupByKey(ctx context.Context, source uuid.UUID, original string) (Pickup, error) {
	return Pickup{}, errLater
}

// Mark notes what became of a pick-up, or corrects that.
func (s *Service) Mark(ctx context.Context, actor audit.Actor, scope people.Scope, f MarkForm) (Visit, error) {
	return Visit{}, errLater
}

// Visits lists what was marked in reach, the newest mark first.
func (s *Service) Visits(ctx context.Context, scope people.Scope, f VisitFilter) (db.Page[Visit], error) {
	return db.Page[Visit]{}, errLater
}
