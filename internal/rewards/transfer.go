package rewards

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
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
// ErrItemNotFound; ErrPlaceNotFound; ErrPlaceNotActive of where they go; ErrStockTooLow.
func (s *Service) Transfer(ctx context.Context, actor audit.Actor, t Transfer) error {
	t.Reason, t.DocumentNo = strings.TrimSpace(t.Reason), strings.TrimSpace(t.DocumentNo)
	if err := t.check(); err != nil {
		return err
	}
	err := s.once(ctx, actor, "transfer", t.RequestKey, t, &struct{}{}, func(ctx context.Context, tx *db.Tx) error {
		return s.transfer(ctx, tx, actor, t)
	})
	if err != nil {
		return fmt.Errorf("transfer %s: %w", t.Item, err)
	}
	return nil
}

func (t Transfer) check() error {
	var wrong errs.Fields
	if t.Quantity <= 0 || t.Quantity > MaxMove {
		wrong.Add("quantity", "error.rewards.stock_received", "Max", MaxMove)
	}
	if t.From == t.To {
		wrong.Add("to", "error.rewards.same_place")
	}
	checkText(&wrong, "reason", t.Reason, 0, 500)
	checkText(&wrong, "document_no", t.DocumentNo, 0, 100)
	return wrong.Err()
}

// transfer takes both rows of stock in the order in which everybody takes them.
func (s *Service) transfer(ctx context.Context, tx *db.Tx, actor audit.Actor, t Transfer) error {
	to, err := placeByID(ctx, tx, t.To)
	if err != nil {
		return err
	}
	from, err := placeByID(ctx, tx, t.From)
	switch {
	case err != nil:
		return err
	case !to.Active:
		return ErrPlaceNotActive
	}
	at := s.now()
	moves := []Move{{PlaceID: from.ID, Quantity: -t.Quantity}, {PlaceID: to.ID, Quantity: t.Quantity}}
	if compareIDs(from.ID, to.ID) > 0 {
		moves[0], moves[1] = moves[1], moves[0]
	}
	for i, m := range moves {
		m.ItemID, m.Kind, m.Reason, m.DocumentNo = t.Item, Transferred, t.Reason, t.DocumentNo
		if moves[i], err = s.move(ctx, tx, actor, at, m, 0); err != nil {
			return err
		}
	}
	return audit.Record(ctx, tx, actor, at, audit.Event{Action: "stock.transferred", TargetKind: "reward", TargetID: t.Item, TargetName: moves[0].ItemName,
		Details: map[string]any{"from": from.Name, "to": to.Name, "quantity": t.Quantity, "reason": t.Reason, "document": t.DocumentNo}})
}
