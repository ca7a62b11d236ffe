package rewards

import (
	"context"

	"github.com/google/uuid"

	"ekolek/internal/audit"
)

// Transfer is goods carried from one place to another.
type Transfer struct {
	RequestKey string // made by the form: the same key moves once; empty: it is no form
	Item       uuid.UUID
	From, To   uuid.UUID
	Quantity   int64 // > 0
	DocumentNo string
	Reason     string
}

// Transfer books goods from one place to another: two moves, one act. Errors: fields;
// ErrItemNotFound; ErrPlaceNotFound; ErrStockTooLow.
func (s *Service) Transfer(ctx context.Context, actor audit.Actor, t Transfer) error {
	return errSoon
}
