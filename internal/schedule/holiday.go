package schedule

import (
	"context"

	"github.com/google/uuid"

	"ekolek/internal/audit"
)

// HolidayKind is a sort of holiday by law.
type HolidayKind string

// The kinds.
const (
	Regular HolidayKind = "regular"
	Special HolidayKind = "special" // non-working
)

// Holiday is a day that the office may want to suspend. By itself it suspends nothing.
type Holiday struct {
	ID      uuid.UUID // uuid.Nil in a form: a new one
	Day     string
	Name    string
	NameFil string
	Kind    HolidayKind
}

// Holidays lists a year's holidays by day.
func (s *Service) Holidays(ctx context.Context, year int) ([]Holiday, error) { return nil, errLater }

// SaveHoliday adds or changes a holiday. Fields with errors: day, name, name_fil, kind.
func (s *Service) SaveHoliday(ctx context.Context, actor audit.Actor, h Holiday) (uuid.UUID, error) {
	return uuid.Nil, errLater
}

// DeleteHoliday takes a holiday from the list; it stays away. Error: ErrHolidayNotFound.
func (s *Service) DeleteHoliday(ctx context.Context, actor audit.Actor, id uuid.UUID) error {
	return errLater
}
