package rewards

import (
	"context"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/people"
)

// Returning undoes one redemption.
type Returning struct {
	Redemption uuid.UUID
	Reason     string // required
}

// Return takes back what was handed out: the points go back to the resident and the goods
// to the place that they came from, in one transaction. From a set amount on it waits
// for a second person. Errors: fields; ErrNotRedeemed outside of the scope;
// ErrAlreadyReturned; ErrNotReturnable of an imported one.
func (s *Service) Return(ctx context.Context, actor audit.Actor, scope people.Scope, r Returning) (Outcome, error) {
	return Outcome{}, errSoon
}
