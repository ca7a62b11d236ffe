package rewards

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/approval"
	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
	"ekolek/internal/notify"
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
// ErrAlreadyReturned; ErrNotReturnable of an imported one; approval.ErrAlreadyAsked.
func (s *Service) Return(ctx context.Context, actor audit.Actor, scope people.Scope, r Returning) (out Outcome, err error) {
	r.Reason = strings.TrimSpace(r.Reason)
	var wrong errs.Fields
	checkText(&wrong, "reason", r.Reason, 1, 500)
	if err := wrong.Err(); err != nil {
		return Outcome{}, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		d, err := redemptionByID(ctx, tx, scope, r.Redemption)
		switch {
		case err != nil:
			return err
		case d.Imported:
			return ErrNotReturnable
		case d.ReturnedAt != nil:
			return ErrAlreadyReturned
		}
		if s.approval != nil && s.rules.SecondPoints > 0 && d.Points >= s.rules.SecondPoints {
			out = Outcome{Waiting: true}
			return s.askReturn(ctx, tx, actor, d, r.Reason)
		}
		out, err = s.takeBack(ctx, tx, actor, d, r.Reason)
		return err
	})
	if err != nil {
		return Outcome{}, fmt.Errorf("return %s: %w", r.Redemption, err)
	}
	return out, nil
}

// takeBack is the return itself. The row of the redemption decides who is first: only that
// one goes on.
func (s *Service) takeBack(ctx context.Context, tx *db.Tx, actor audit.Actor, d Redemption, reason string) (Outcome, error) {
	at := s.now()
	marked, err := markReturned(ctx, tx, d.ID, actor.Name, reason, at)
	if err == nil && !marked {
		err = ErrAlreadyReturned
	}
	if err != nil {
		return Outcome{}, err
	}
	paid, err := transferOf(ctx, tx, d.ID)
	if err != nil {
		return Outcome{}, err
	}
	if _, err := ledger.Reverse(ctx, tx, ledger.Reversal{Transfer: paid, Reason: reason, Actor: actor, At: at}); err != nil {
		return Outcome{}, err
	}
	if err := s.tellReturned(ctx, tx, actor, at, d, reason); err != nil {
		return Outcome{}, err
	}
	m, err := s.move(ctx, tx, actor, at, Move{ItemID: d.ItemID, PlaceID: d.PlaceID, Kind: Returned, Quantity: d.Quantity, Reason: reason,
		DocumentNo: d.Reference, RedemptionID: uuid.NullUUID{UUID: d.ID, Valid: true}}, 0)
	return Outcome{Move: m}, err
}

func (s *Service) tellReturned(ctx context.Context, tx *db.Tx, actor audit.Actor, at time.Time, d Redemption, reason string) error {
	err := audit.Record(ctx, tx, actor, at, audit.Event{Action: "reward.return", TargetKind: "redemption", TargetID: d.ID, TargetName: d.ResidentName,
		Details: map[string]any{"reward": d.ItemName, "quantity": d.Quantity, "points": int64(d.Points), "place": d.PlaceName, "receipt": d.Reference, "reason": reason}})
	if err != nil {
		return err
	}
	points := int64(d.Points)
	_, err = s.notify.Add(ctx, tx, notify.Message{Kind: "redemption.return", To: notify.Recipient{Audience: notify.Resident, ID: d.ResidentID, Name: d.ResidentName},
		Notice: &notify.Notice{Type: "redeem", Link: "/rewards/receipts/" + d.ReceiptID.UUID.String() + "/", Points: &points, Reward: d.ItemName, At: at,
			Text: errs.T("notice.redemption.return", "Reward", d.ItemName, "Quantity", d.Quantity, "Points", d.Points.String(), "Reason", reason)}})
	return err
}

// askReturn puts a return before a second person.
func (s *Service) askReturn(ctx context.Context, tx *db.Tx, actor audit.Actor, d Redemption, reason string) error {
	_, err := s.approval.Ask(ctx, tx, actor, approval.Asking{
		Kind: approval.ReturnRedemption, TargetKind: "redemption", TargetID: d.ID, TargetName: d.ResidentName, Amount: int64(d.Points), Unit: approval.Points,
		Barangay: d.BarangayID, Reason: reason,
		Says: []errs.Text{errs.T("rewards.second.return", "Resident", d.ResidentName, "Points", d.Points.String(), "Quantity", d.Quantity,
			"Item", d.ItemName, "Place", d.PlaceName, "Reference", d.Reference)},
	})
	return err
}

// returnAgreed carries a return out that waited for a second person.
func (s *Service) returnAgreed(ctx context.Context, tx *db.Tx, actor audit.Actor, r approval.Request) error {
	d, err := redemptionByID(ctx, tx, people.City, r.TargetID)
	if err == nil {
		_, err = s.takeBack(ctx, tx, actor, d, r.Reason)
	}
	return err
}
