package rewards

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
	"ekolek/internal/notify"
	"ekolek/internal/people"
)

// Request is what the Station, or a collector's phone, sends to hand out a reward.
type Request struct {
	RequestKey   string // made by the client, once for each redemption
	Unkeyed      bool   // the client makes none: what is the same within db.RepeatWithin is the same redemption
	Resident     uuid.UUID
	Item         uuid.UUID
	Quantity     int64
	IdentifiedBy string // card, code, legacy_card, search
	Note         string
}

// Receipt is the answer to a redemption.
type Receipt struct {
	Redemption
	Balance  ledger.Points // of the resident, after it
	Replayed bool          // this request key was answered before; nothing was taken again
}

// Redeem takes a resident's points and an item's stock, in one transaction. The same
// request key of the same member of staff gives the first receipt again; so does the same
// reward for the same resident, soon after, when the request is Unkeyed. Errors: fields;
// people.ErrResidentNotFound outside of the scope; ErrResidentNotActive;
// ErrItemNotFound; ErrItemNotActive; ledger.ErrInsufficientPoints; ErrOutOfStock;
// db.ErrKeyReused for the same key with another request.
func (s *Service) Redeem(ctx context.Context, actor audit.Actor, scope people.Scope, r Request) (receipt Receipt, err error) {
	if actor.ID == uuid.Nil {
		return Receipt{}, errors.New("redeem: a redemption needs a member of staff")
	}
	if err := r.check(); err != nil {
		return Receipt{}, err
	}
	b, err := s.bookingOf(actor, scope, r)
	if err != nil {
		return Receipt{}, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		receipt, err = s.redeem(ctx, tx, b)
		return err
	})
	if err != nil {
		return Receipt{}, fmt.Errorf("redeem %q: %w", r.RequestKey, err)
	}
	return receipt, nil
}

func (r Request) check() error {
	var wrong errs.Fields
	if (r.RequestKey == "") != r.Unkeyed || len(r.RequestKey) > 100 {
		wrong.Add("request_key", "error.rewards.request_key_missing")
	}
	if r.Quantity < 1 || r.Quantity > MaxQuantity {
		wrong.Add("quantity", "error.rewards.redeem_quantity", "Max", MaxQuantity)
	}
	checkText(&wrong, "note", r.Note, 0, 500)
	return wrong.Err()
}

// booking is a request on its way into the book.
type booking struct {
	Request
	id    uuid.UUID
	hash  string // of the request, to be compared under its key
	act   string // fingerprint of a request without a key; empty: it has one
	actor audit.Actor
	scope people.Scope
	at    time.Time
}

// actScope is where fingerprints are claimed.
const actScope = "rewards.redemption"

func (s *Service) bookingOf(actor audit.Actor, scope people.Scope, r Request) (booking, error) {
	b := booking{Request: r, id: db.NewID(), actor: actor, scope: scope, at: s.now()}
	r.RequestKey = ""
	body, err := json.Marshal(r)
	if err != nil {
		return booking{}, fmt.Errorf("hash redemption: %w", err)
	}
	b.hash = db.HashRequest(body)
	if r.Unkeyed {
		b.RequestKey = "unkeyed:" + b.id.String()
		b.act = db.HashRequest(fmt.Appendf(nil, "%s %s %s %d", actor.ID, r.Resident, r.Item, r.Quantity))
	}
	return b, nil
}

// redeem is the transaction: the redemption first, which also finds a repeat; then
// points; the stock last, since its row is the one that everybody waits for.
func (s *Service) redeem(ctx context.Context, tx *db.Tx, b booking) (Receipt, error) {
	if b.act != "" {
		fresh, first, err := db.ClaimAct(ctx, tx, actScope, b.act, b.id, b.at)
		if err != nil {
			return Receipt{}, err
		}
		if !fresh {
			return again(ctx, tx, first)
		}
	}
	booked, err := insertRedemption(ctx, tx, b)
	if err != nil {
		return Receipt{}, err
	}
	if !booked {
		return replayOrRefuse(ctx, tx, b)
	}
	d, err := redemptionByID(ctx, tx, people.City, b.id)
	if err != nil {
		return Receipt{}, err
	}
	t, err := ledger.Post(ctx, tx, ledger.Posting{Kind: ledger.KindRedemption, Source: d.ID, Account: d.ResidentID, Points: d.Points, Actor: b.actor, At: b.at})
	if err != nil {
		return Receipt{}, err
	}
	err = audit.Record(ctx, tx, b.actor, b.at, audit.Event{Action: "reward.redeem", TargetKind: "redemption", TargetID: d.ID, TargetName: d.ResidentName,
		Details: map[string]any{"reward": d.ItemName, "quantity": d.Quantity, "points": int64(d.Points), "identified": d.Identified}})
	if err != nil {
		return Receipt{}, err
	}
	if _, err := s.notify.Add(ctx, tx, d.notice()); err != nil {
		return Receipt{}, err
	}
	_, err = moveStock(ctx, tx, b.actor, b.at, Move{ItemID: d.ItemID, Kind: Issued, Quantity: -d.Quantity, RedemptionID: uuid.NullUUID{UUID: d.ID, Valid: true}})
	return Receipt{Redemption: d, Balance: t.BalanceAfter}, err
}

// notice is what stands under the resident's bell.
func (d Redemption) notice() notify.Message {
	points := -int64(d.Points)
	text := errs.T("notice.redemption", "Reward", d.ItemName, "Points", d.Points.Fixed(), "Staff", d.StaffName)
	return notify.Message{
		Kind: "redemption", To: notify.Recipient{Audience: notify.Resident, ID: d.ResidentID, Name: d.ResidentName},
		Notice: &notify.Notice{Type: "redeem", Text: text, Points: &points, Reward: d.ItemName, At: d.At},
	}
}

// replayOrRefuse gives the first receipt of a key that came again, or says why nothing
// was booked.
func replayOrRefuse(ctx context.Context, tx *db.Tx, b booking) (Receipt, error) {
	first, firstHash, err := answered(ctx, tx, b.actor.ID, b.RequestKey)
	if db.IsNoRows(err) {
		return Receipt{}, refusal(ctx, tx, b.scope, b.Request)
	}
	if err != nil {
		return Receipt{}, err
	}
	if b.hash != firstHash {
		return Receipt{}, db.ErrKeyReused
	}
	return again(ctx, tx, first)
}

// again is the receipt of a redemption that was booked before.
func again(ctx context.Context, tx *db.Tx, id uuid.UUID) (Receipt, error) {
	if err := db.Confirm(ctx, tx); err != nil {
		return Receipt{}, err
	}
	balance, err := balanceAfter(ctx, tx, id)
	if err != nil {
		return Receipt{}, err
	}
	first, err := redemptionByID(ctx, tx, people.City, id)
	return Receipt{Redemption: first, Balance: balance, Replayed: true}, err
}

// refusal finds out why a redemption could not be booked: the resident is out of reach
// or may not redeem, or the item is not there or hidden.
func refusal(ctx context.Context, q db.Q, scope people.Scope, r Request) error {
	inReach, active, err := residentState(ctx, q, scope, r.Resident)
	switch {
	case err != nil:
		return err
	case !inReach:
		return people.ErrResidentNotFound
	case !active:
		return ErrResidentNotActive
	}
	if _, err := itemByID(ctx, q, r.Item); err != nil {
		return err
	}
	return ErrItemNotActive
}

// RedemptionFilter narrows the list of redemptions; a zero field does not.
type RedemptionFilter struct {
	From, To string // Manila days, both included
	Barangay uuid.UUID
	Staff    uuid.UUID
	Item     uuid.UUID
	Resident uuid.UUID
	Cursor   string
	Limit    int
}

// Totals sum up a filter's redemptions.
type Totals struct {
	Count    int64
	Quantity int64
	Points   ledger.Points
}

// Redemptions gives one page of redemptions, newest first, and the totals of the whole
// filter. Two queries, however many rows.
func (s *Service) Redemptions(ctx context.Context, scope people.Scope, f RedemptionFilter) (db.Page[Redemption], Totals, error) {
	after, err := db.ParseCursor(f.Cursor)
	if err != nil {
		return db.Page[Redemption]{}, Totals{}, err
	}
	limit := db.Limit(f.Limit)
	rows, err := listRedemptions(ctx, s.db, scope, f, after, limit+1)
	if err != nil {
		return db.Page[Redemption]{}, Totals{}, fmt.Errorf("list redemptions: %w", err)
	}
	totals, err := sumRedemptions(ctx, s.db, scope, f)
	if err != nil {
		return db.Page[Redemption]{}, Totals{}, fmt.Errorf("sum redemptions: %w", err)
	}
	return db.PageOf(rows, limit, func(r Redemption) db.Cursor { return db.Cursor{At: r.At, ID: r.ID} }), totals, nil
}

// Recent gives the newest redemptions that a member of staff handed out. One query.
func (s *Service) Recent(ctx context.Context, staff uuid.UUID, limit int) ([]Redemption, error) {
	rows, err := listRedemptions(ctx, s.db, people.City, RedemptionFilter{Staff: staff}, db.Newest(), db.Limit(limit))
	if err != nil {
		return nil, fmt.Errorf("list recent redemptions: %w", err)
	}
	return rows, nil
}

// RedemptionByID finds a redemption. Error: ErrNotRedeemed, also outside of the scope.
func (s *Service) RedemptionByID(ctx context.Context, scope people.Scope, id uuid.UUID) (Redemption, error) {
	r, err := redemptionByID(ctx, s.db, scope, id)
	if err != nil {
		return Redemption{}, fmt.Errorf("redemption %s: %w", id, err)
	}
	return r, nil
}

// trimmedNote is the note as it is kept.
func (r Request) trimmedNote() string { return strings.TrimSpace(r.Note) }
