package rewards

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"ekolek/internal/approval"
	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// needsSecond says whether a change of stock waits for a second person.
func (s *Service) needsSecond(change int64) bool {
	return s.approval != nil && s.rules.SecondStock > 0 && max(change, -change) >= s.rules.SecondStock
}

// askStock puts a change of stock before a second person.
func (s *Service) askStock(ctx context.Context, tx *db.Tx, actor audit.Actor, kind approval.Kind, m Move) error {
	if err := nameStock(ctx, tx, &m); err != nil {
		return err
	}
	there, err := stockAt(ctx, tx, m.ItemID, m.PlaceID)
	if err != nil {
		return err
	}
	_, err = s.approval.Ask(ctx, tx, actor, approval.Asking{
		Kind: kind, TargetKind: "reward", TargetID: m.ItemID, TargetName: m.ItemName, Amount: m.Quantity, Unit: approval.Items, Reason: m.Reason,
		Says:    []errs.Text{errs.T("rewards.second.stock", "Item", m.ItemName, "Place", m.PlaceName, "Now", there, "After", there+m.Quantity)},
		Details: stockAsked{Place: m.PlaceID, Quantity: m.Quantity, Reason: m.Reason, DocumentNo: m.DocumentNo},
	})
	return err
}

// stockAsked is what carrying a change of stock out needs.
type stockAsked struct {
	Place      uuid.UUID `json:"place"`
	Quantity   int64     `json:"quantity"`
	Reason     string    `json:"reason"`
	DocumentNo string    `json:"document"`
}

// adjustAgreed carries a change of stock out. What was handed out since stays handed out:
// the stock changes by what somebody found too much or too little.
func (s *Service) adjustAgreed(ctx context.Context, tx *db.Tx, actor audit.Actor, r approval.Request) error {
	var a stockAsked
	if err := json.Unmarshal(r.Details, &a); err != nil {
		return fmt.Errorf("read request %s: %w", r.ID, err)
	}
	_, err := s.shift(ctx, tx, actor, s.now(), Move{ItemID: r.TargetID, PlaceID: a.Place, Kind: Adjusted, Quantity: a.Quantity, Reason: a.Reason, DocumentNo: a.DocumentNo})
	return err
}
