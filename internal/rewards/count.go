package rewards

import (
	"context"

	"github.com/google/uuid"

	"ekolek/internal/audit"
)

// CountSheet is what somebody counted at a place.
type CountSheet struct {
	RequestKey string    // made by the form: the same key counts once; empty: it is no form
	Place      uuid.UUID // uuid.Nil: the default
	Lines      []CountLine
}

// CountLine is one item of a count.
type CountLine struct {
	Item     uuid.UUID
	Counted  int64
	Expected int64 // the stock that the sheet showed
}

// Field names the form field of a line, beside which its refusal stands.
func (l CountLine) Field() string { return "counted_" + l.Item.String() }

// Counted is what came of a count.
type Counted struct {
	DocumentNo string // under which the moves stand in the stock book
	Moves      []Move // of the differences
	Waiting    int    // differences that a second person must agree to
	Same       int    // lines without a difference
}

// Count adjusts the stock of a place to what was counted. Differences of a set size and
// more wait for a second person. Errors: fields, one for each line that is not possible or
// whose stock moved since the sheet was printed; ErrPlaceNotFound.
func (s *Service) Count(ctx context.Context, actor audit.Actor, c CountSheet) (Counted, error) {
	return Counted{}, errSoon
}
