package schedule

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/people"
)

// errLater stands for what is not there yet.
var errLater = errors.New("schedule: not there yet")

// LineForm is what a person says about a line. Fields with errors: barangay, weekday,
// start, end, wastes, notes, notes_fil, valid_from, valid_until, collector, from.
type LineForm struct {
	ID         uuid.UUID // uuid.Nil: a new one
	Barangay   uuid.UUID
	Weekday    int // 1 Monday … 7 Sunday
	Start, End Minutes
	Wastes     []uuid.UUID
	Notes      string
	NotesFil   string
	Active     bool
	ValidFrom  string // empty: today
	ValidUntil string // empty: no end
	Collector  uuid.UUID
	From       string // of a change: the first day on which it holds; empty: today. Days before stay as they were
}

// LineFilter narrows a list of lines.
type LineFilter struct {
	Barangay  uuid.UUID // uuid.Nil: every one in reach
	Weekday   int       // 1 Monday … 7 Sunday; 0: every one
	Collector uuid.UUID // uuid.Nil: everybody's
	Inactive  bool      // also those that are switched off
	Past      bool      // also those that have ended
	Cursor    string
	Limit     int
}

// SaveLine makes or changes a line.
func (s *Service) SaveLine(ctx context.Context, actor audit.Actor, scope people.Scope, f LineForm) (uuid.UUID, error) {
	return uuid.Nil, errLater
}

// DeleteLine ends a line, or removes one that never began.
func (s *Service) DeleteLine(ctx context.Context, actor audit.Actor, scope people.Scope, id uuid.UUID) error {
	return errLater
}

// Lines lists lines in reach by barangay, weekday and time.
func (s *Service) Lines(ctx context.Context, scope people.Scope, f LineFilter) (db.Page[Line], error) {
	return db.Page[Line]{}, errLater
}

// LineByID finds a line in reach. Errors: ErrLineNotFound; people.ErrOutside.
func (s *Service) LineByID(ctx context.Context, scope people.Scope, id uuid.UUID) (Line, error) {
	return Line{}, errLater
}

// Materials lists what a line can name: the waste types.
func (s *Service) Materials(ctx context.Context) ([]Material, error) {
	return s.materials(ctx, s.shown)
}

// Crew lists to whom a line can be assigned, by name.
func (s *Service) Crew(ctx context.Context) ([]Collector, error) { return s.crew(ctx, s.db) }
