package schedule

import (
	"context"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/notify"
	"ekolek/internal/people"
)

// ExceptionForm is what a person says about an exception. Fields with errors: request_key,
// kind, reason, note, note_fil, barangays, days, line, start, end, wastes.
type ExceptionForm struct {
	RequestKey string // made by the form: the same key acts once
	Kind       Kind
	Reason     Reason
	Note       string
	NoteFil    string
	Barangays  []uuid.UUID
	Days       []DayMove
	Line       uuid.UUID // only this line; uuid.Nil: every one of the barangays
	Start, End *Minutes  // of an addition; of a move that also changes the time
	Wastes     []uuid.UUID
	Tell       bool // the residents of the barangays, under the bell
	SMS, Mail  bool // when they are told: also so
}

// ExceptionFilter narrows a list of exceptions.
type ExceptionFilter struct {
	Barangay uuid.UUID // uuid.Nil: every one in reach
	Kind     Kind      // empty: every one
	Lifted   bool      // also those that were lifted
	Coming   bool      // only those with a day today or later
	Cursor   string
	Limit    int
}

// ExceptionPreview is what an exception would do.
type ExceptionPreview struct {
	Before         []Pickup // that it would suspend or move, as they stand; of an addition: none
	Pickups        []Pickup // as they would stand
	notify.Preview          // whom it would tell, and at what cost
}

// Except makes an exception, and tells the residents when Tell says so, in one act. The
// same request key of the same person gives the first one again.
func (s *Service) Except(ctx context.Context, actor audit.Actor, scope people.Scope, f ExceptionForm) (Exception, error) {
	return Exception{}, errLater
}

// PreviewException tells what a form would do; it is checked as Except does.
func (s *Service) PreviewException(ctx context.Context, scope people.Scope, f ExceptionForm) (ExceptionPreview, error) {
	return ExceptionPreview{}, errLater
}

// Lift makes an exception as if it never were, and tells the residents when tell says so.
// Errors: ErrExceptionNotFound; people.ErrOutside; ErrAlreadyLifted.
func (s *Service) Lift(ctx context.Context, actor audit.Actor, scope people.Scope, id uuid.UUID, tell bool) error {
	return errLater
}

// Exceptions lists exceptions that touch a barangay in reach, the newest first.
func (s *Service) Exceptions(ctx context.Context, scope people.Scope, f ExceptionFilter) (db.Page[Exception], error) {
	return db.Page[Exception]{}, errLater
}

// ExceptionByID finds an exception in reach. Errors: ErrExceptionNotFound; people.ErrOutside.
func (s *Service) ExceptionByID(ctx context.Context, scope people.Scope, id uuid.UUID) (Exception, error) {
	return Exception{}, errLater
}
