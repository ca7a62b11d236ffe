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
	"ekolek/internal/people"
)

// Request is what the Station sends to hand out a reward.
type Request struct {
	RequestKey   string // made by the client, once for each redemption
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
// request key of the same member of staff gives the first receipt again. Errors: fields;
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
	hash, err := r.hash()
	if err != nil {
		return Receipt{}, err
	}
	at := s.now()
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		receipt, err = redeem(ctx, tx, actor, scope, r, hash, at)
		return err
	})
	if err != nil {
		return Receipt{}, fmt.Errorf("redeem %q: %w", r.RequestKey, err)
	}
	return receipt, nil
}

func (r Request) check() error {
	var wrong errs.Fields
	if r.RequestKey == "" || len(r.RequestKey) > 100 {
		wrong.Add("request_key", "error.rewards.request_key_missing")
	}
	if r.Quantity < 1 || r.Quantity > MaxQuantity {
		wrong.Add("quantity", "error.rewards.redeem_quantity", "Max", MaxQuantity)
	}
	checkText(&wrong, "note", r.Note, 0, 500)
	return wrong.Err()
}

// hash is the fingerprint by which a repeat is told from another request under its key.
func (r Request) hash() (string, error) {
	r.RequestKey = ""
	body, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("hash redemption: %w", err)
	}
	return db.HashRequest(body), nil
}

// redeem is the transaction: the redemption first, which also finds a repeat; then
// points; the stock last, since its row is the one that everybody waits for.
func redeem(ctx context.Context, tx *db.Tx, actor audit.Actor, scope people.Scope, r Request, hash string, at time.Time) (Receipt, error) {
	id := db.NewID()
	booked, err := insertRedemption(ctx, tx, actor, scope, redemptionRow{Request: r, id: id, hash: hash, at: at})
	if err != nil {
		return Receipt{}, err
	}
	if !booked {
		return replayOrRefuse(ctx, tx, actor, scope, r, hash)
	}
	d, err := redemptionByID(ctx, tx, people.City, id)
	if err != nil {
		return Receipt{}, err
	}
	t, err := ledger.Post(ctx, tx, ledger.Posting{Kind: ledger.KindRedemption, Source: id, Account: r.Resident, Points: d.Points, Actor: actor, At: at})
	if err != nil {
		return Receipt{}, err
	}
	err = audit.Record(ctx, tx, actor, at, audit.Event{Action: "reward.redeem", TargetKind: "redemption", TargetID: id, TargetName: d.ResidentName,
		Details: map[string]any{"reward": d.ItemName, "quantity": d.Quantity, "points": int64(d.Points), "identified": d.Identified}})
	if err != nil {
		return Receipt{}, err
	}
	_, err = moveStock(ctx, tx, actor, at, Move{ItemID: r.Item, Kind: Issued, Quantity: -r.Quantity, RedemptionID: uuid.NullUUID{UUID: id, Valid: true}})
	return Receipt{Redemption: d, Balance: t.BalanceAfter}, err
}

// replayOrRefuse gives the first receipt of a key that came again, or says why nothing
// was booked.
func replayOrRefuse(ctx context.Context, tx *db.Tx, actor audit.Actor, scope people.Scope, r Request, hash string) (Receipt, error) {
	id, firstHash, balance, err := answered(ctx, tx, actor.ID, r.RequestKey)
	if db.IsNoRows(err) {
		return Receipt{}, refusal(ctx, tx, scope, r)
	}
	if err != nil {
		return Receipt{}, err
	}
	if hash != firstHash {
		return Receipt{}, db.ErrKeyReused
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
