package rewards

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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

// Want is so many of one item.
type Want struct {
	Item     uuid.UUID
	Quantity int64
}

// Request is what the Station, or a collector's phone, sends to hand out rewards in one
// go: things from the shelf, and things that were reserved.
type Request struct {
	RequestKey   string // made by the client, once for each receipt
	Unkeyed      bool   // the client makes none: what is the same within db.RepeatWithin is the same redemption
	Resident     uuid.UUID
	Place        uuid.UUID // uuid.Nil: where the reservations lie, otherwise the default
	Wants        []Want
	Reservations []uuid.UUID
	IdentifiedBy string    // card, code, live, legacy_card, search, username, family_code, reservation
	Proof        uuid.UUID // that people.Prove gave; uuid.Nil: none
	Phone        bool      // from the former collectors' app, which asks for no proof
	Note         string
}

// Receipt is what one member of staff handed to one resident in one go.
type Receipt struct {
	ID           uuid.UUID
	Reference    string // 7F3A-09C2-11BD
	ResidentID   uuid.UUID
	ResidentName string
	FamilyID     uuid.UUID
	FamilyName   string
	FamilyCode   string
	BarangayID   uuid.UUID
	BarangayName string
	PlaceID      uuid.UUID
	PlaceName    string
	StaffID      uuid.UUID
	StaffName    string // as it stood at the time
	Identified   string
	Proof        string // live, pin, sms; empty: none was needed
	Note         string
	At           time.Time
	Redemptions  []Redemption
	Points       ledger.Points // of all of them
	Balance      ledger.Points // of the resident, after it
	Replayed     bool          // this request key was answered before; nothing was taken again
}

// NeedsProof says whether a receipt of so many points needs a second proof of who the
// resident is. Who was found by something that anybody may know always needs one.
func (s *Service) NeedsProof(identifiedBy string, points ledger.Points) bool {
	switch identifiedBy {
	case "legacy_card", "search", "username", "family_code":
		return true
	default:
		return points > s.rules.ProofAbove
	}
}

// Redeem takes a resident's points and the stock of a place, in one transaction. The same
// request key of the same member of staff gives the first receipt again; so do the same
// things for the same resident, soon after, when the request is Unkeyed. Errors: fields;
// people.ErrResidentNotFound outside of the scope; ErrResidentNotActive; ErrPlaceNotFound;
// ErrPlaceNotActive; ErrItemNotFound; ErrItemNotActive; ErrReservationNotFound;
// ErrReservationClosed; ErrReservedElsewhere; ErrProofNeeded;
// ledger.ErrInsufficientPoints; ErrOutOfStock; db.ErrKeyReused for the same key with
// another request.
func (s *Service) Redeem(ctx context.Context, actor audit.Actor, scope people.Scope, r Request) (receipt Receipt, err error) {
	if actor.ID == uuid.Nil {
		return Receipt{}, errors.New("redeem: a redemption needs a member of staff")
	}
	r.Note = strings.TrimSpace(r.Note)
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
	if n := len(r.Wants) + len(r.Reservations); n == 0 || n > MaxWants {
		wrong.Add("quantity", "error.rewards.wants", "Max", MaxWants)
	}
	for _, w := range r.Wants {
		if w.Quantity < 1 || w.Quantity > MaxQuantity {
			wrong.Add("quantity", "error.rewards.redeem_quantity", "Max", MaxQuantity)
		}
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

// bookingOf makes the booking, with what is wanted in one order: the same things in
// another order are the same request, and everybody takes stock in the same order.
func (s *Service) bookingOf(actor audit.Actor, scope people.Scope, r Request) (booking, error) {
	r.Wants, r.Reservations = gathered(r.Wants), slices.Clone(r.Reservations)
	slices.SortFunc(r.Reservations, compareIDs)
	r.Reservations = slices.Compact(r.Reservations)
	b := booking{Request: r, id: db.NewID(), actor: actor, scope: scope, at: s.now()}
	r.RequestKey, r.Proof, r.Phone = "", uuid.Nil, false // a repeat may be proved anew
	body, err := json.Marshal(r)
	if err != nil {
		return booking{}, fmt.Errorf("hash redemption: %w", err)
	}
	b.hash = db.HashRequest(body)
	if r.Unkeyed {
		b.RequestKey = "unkeyed:" + b.id.String()
		b.act = db.HashRequest(fmt.Appendf(nil, "%s %s %v %v", actor.ID, r.Resident, r.Wants, r.Reservations))
	}
	return b, nil
}

// gathered sums up what is wanted of each item, by item.
func gathered(wants []Want) []Want {
	wants = slices.Clone(wants)
	slices.SortStableFunc(wants, func(a, b Want) int { return compareIDs(a.Item, b.Item) })
	out := wants[:0]
	for _, w := range wants {
		if n := len(out); n > 0 && out[n-1].Item == w.Item {
			out[n-1].Quantity += w.Quantity
			continue
		}
		out = append(out, w)
	}
	return out
}

func compareIDs(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) }

// redeem is the transaction: the receipt first, which also finds a repeat; then points;
// the stock last, since its rows are those that everybody waits for.
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
	booked, err := begin(ctx, tx, &b)
	if err != nil {
		return Receipt{}, err
	}
	if !booked {
		return replayOrRefuse(ctx, tx, b)
	}
	if err := s.charge(ctx, tx, b); err != nil {
		return Receipt{}, err
	}
	receipt, err := receiptByID(ctx, tx, people.City, b.id)
	if err != nil {
		return Receipt{}, err
	}
	for _, d := range receipt.Redemptions {
		if err := s.tellRedeemed(ctx, tx, b, d); err != nil {
			return Receipt{}, err
		}
	}
	return receipt, s.takeGoods(ctx, tx, b, receipt)
}

// begin writes the receipt, at the place where the reservations lie when nobody named
// another one.
func begin(ctx context.Context, tx *db.Tx, b *booking) (booked bool, err error) {
	if b.Place == uuid.Nil && len(b.Reservations) > 0 {
		if b.Place, err = placeOfReservation(ctx, tx, b.Reservations[0]); err != nil {
			return false, err
		}
	}
	return insertReceipt(ctx, tx, *b)
}

// charge writes the redemptions of a receipt and takes their points; those that were held
// first. A refusal undoes all of it.
func (s *Service) charge(ctx context.Context, tx *db.Tx, b booking) error {
	total, err := claimAll(ctx, tx, b)
	if err != nil {
		return err
	}
	bought, err := buyAll(ctx, tx, b)
	if err != nil {
		return err
	}
	total += bought
	proof, err := s.useProof(ctx, tx, b, total)
	if err != nil {
		return err
	}
	return updateReceipt(ctx, tx, b.id, total, proof)
}

// buyAll takes what is wanted from the shelf at today's prices.
func buyAll(ctx context.Context, tx *db.Tx, b booking) (total ledger.Points, err error) {
	goods := make([]Redemption, len(b.Wants))
	for i, w := range b.Wants {
		if goods[i], err = insertRedemption(ctx, tx, b, w); err != nil {
			return 0, err
		}
		total += goods[i].Points
	}
	for _, d := range goods {
		_, err := ledger.Post(ctx, tx, ledger.Posting{Kind: ledger.KindRedemption, Source: d.ID, Account: b.Resident, Points: d.Points, Actor: b.actor, At: b.at})
		if errors.Is(err, ledger.ErrInsufficientPoints) && len(goods) > 1 {
			return 0, shortOf(ctx, tx, b.Resident, total, goods, d)
		}
		if err != nil {
			return 0, err
		}
	}
	return total, nil
}

// shortOf is the refusal of several things, by what all of them cost and by what there
// was before the first of them was paid.
func shortOf(ctx context.Context, q db.Q, resident uuid.UUID, total ledger.Points, goods []Redemption, failed Redemption) error {
	left, err := ledger.BalanceOf(ctx, q, resident)
	if err != nil {
		return err
	}
	had := left.Available()
	for _, d := range goods {
		if d.ID == failed.ID {
			break
		}
		had += d.Points
	}
	refusal := *ledger.ErrInsufficientPoints
	refusal.Text = errs.T(refusal.Text.Key, "Needed", total.String(), "Available", had.String())
	return &refusal
}

// useProof spends the resident's second proof on the receipt, and tells what it was.
func (s *Service) useProof(ctx context.Context, tx *db.Tx, b booking, total ledger.Points) (by string, err error) {
	switch {
	case b.Proof != uuid.Nil:
		return people.UseProof(ctx, tx, b.Proof, b.Resident, b.actor.ID, b.id, b.at)
	case !b.Phone && s.NeedsProof(b.IdentifiedBy, total):
		return "", ErrProofNeeded
	}
	return "", nil
}

func (s *Service) tellRedeemed(ctx context.Context, tx *db.Tx, b booking, d Redemption) error {
	err := audit.Record(ctx, tx, b.actor, b.at, audit.Event{Action: "reward.redeem", TargetKind: "redemption", TargetID: d.ID, TargetName: d.ResidentName,
		Details: map[string]any{"reward": d.ItemName, "quantity": d.Quantity, "points": int64(d.Points), "identified": d.Identified,
			"receipt": d.Reference, "reserved": b.claims(d)}})
	if err != nil {
		return err
	}
	_, err = s.notify.Add(ctx, tx, d.notice())
	return err
}

// claims says whether a redemption claims a reservation: both have one id.
func (b booking) claims(d Redemption) bool { return slices.Contains(b.Reservations, d.ID) }

// takeGoods takes what is handed out from the stock of the place, by item.
func (s *Service) takeGoods(ctx context.Context, tx *db.Tx, b booking, receipt Receipt) error {
	goods := slices.Clone(receipt.Redemptions)
	slices.SortStableFunc(goods, func(a, b Redemption) int { return compareIDs(a.ItemID, b.ItemID) })
	for _, d := range goods {
		m := Move{ItemID: d.ItemID, PlaceID: d.PlaceID, Kind: Issued, Quantity: -d.Quantity, DocumentNo: receipt.Reference, RedemptionID: uuid.NullUUID{UUID: d.ID, Valid: true}}
		var held int64
		if b.claims(d) {
			held = d.Quantity
		}
		if _, err := s.move(ctx, tx, b.actor, b.at, m, held); err != nil {
			return err
		}
	}
	return nil
}

// notice is what stands under the resident's bell.
func (d Redemption) notice() notify.Message {
	points := -int64(d.Points)
	text := errs.T("notice.redemption", "Reward", d.ItemName, "Points", d.Points.Fixed(), "Staff", d.StaffName)
	return notify.Message{
		Kind: "redemption", To: notify.Recipient{Audience: notify.Resident, ID: d.ResidentID, Name: d.ResidentName},
		Notice: &notify.Notice{Type: "redeem", Text: text, Link: "/rewards/receipts/" + d.ReceiptID.UUID.String() + "/", Points: &points, Reward: d.ItemName, At: d.At},
	}
}

// replayOrRefuse gives the first receipt of a key that came again, or says why nothing
// was booked.
func replayOrRefuse(ctx context.Context, tx *db.Tx, b booking) (Receipt, error) {
	first, firstHash, err := answered(ctx, tx, b.actor.ID, b.RequestKey)
	if db.IsNoRows(err) {
		return Receipt{}, refusal(ctx, tx, b)
	}
	if err != nil {
		return Receipt{}, err
	}
	if b.hash != firstHash {
		return Receipt{}, db.ErrKeyReused
	}
	return again(ctx, tx, first)
}

// again is a receipt that was booked before.
func again(ctx context.Context, tx *db.Tx, id uuid.UUID) (Receipt, error) {
	if err := db.Confirm(ctx, tx); err != nil {
		return Receipt{}, err
	}
	first, err := receiptByID(ctx, tx, people.City, id)
	first.Replayed = true
	return first, err
}

// refusal finds out why nothing could be booked: the resident is out of reach or may not
// redeem, or the place is not there or closed.
func refusal(ctx context.Context, q db.Q, b booking) error {
	inReach, active, err := residentState(ctx, q, b.scope, b.Resident)
	switch {
	case err != nil:
		return err
	case !inReach:
		return people.ErrResidentNotFound
	case !active:
		return ErrResidentNotActive
	}
	if _, err := placeByID(ctx, q, b.Place); err != nil {
		return err
	}
	return ErrPlaceNotActive
}

// itemRefusal finds out why an item cannot be had: it is not there, or hidden.
func itemRefusal(ctx context.Context, q db.Q, item uuid.UUID) error {
	if _, err := itemName(ctx, q, item); err != nil {
		return err
	}
	return ErrItemNotActive
}

// ReceiptByID finds a receipt. Error: ErrReceiptNotFound, also outside of the scope.
func (s *Service) ReceiptByID(ctx context.Context, scope people.Scope, id uuid.UUID) (Receipt, error) {
	r, err := receiptByID(ctx, s.db, scope, id)
	if err != nil {
		return Receipt{}, fmt.Errorf("receipt %s: %w", id, err)
	}
	return r, nil
}

// ReceiptOf finds a receipt of a resident's own. Error: ErrReceiptNotFound.
func (s *Service) ReceiptOf(ctx context.Context, resident, id uuid.UUID) (Receipt, error) {
	r, err := receiptByID(ctx, s.db, people.City, id)
	if err == nil && r.ResidentID != resident {
		err = ErrReceiptNotFound
	}
	if err != nil {
		return Receipt{}, fmt.Errorf("receipt %s of %s: %w", id, resident, err)
	}
	return r, nil
}
