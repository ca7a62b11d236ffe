package rewards

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
	"ekolek/internal/notify"
	"ekolek/internal/people"
)

// State says where a reservation stands. Only an open one holds points and stock.
type State string

// The states.
const (
	Open      State = "open"
	Claimed   State = "claimed"
	Cancelled State = "cancelled"
	Expired   State = "expired"
)

// Reservation is so many of one item, set aside for a resident until somebody hands them
// out, they are cancelled, or their time is over.
type Reservation struct {
	ID           uuid.UUID // also of the redemption that claims it
	Code         string    // 8 letters; TypedCode and QR show it
	ResidentID   uuid.UUID
	ResidentName string
	FamilyID     uuid.UUID
	FamilyName   string
	FamilyCode   string
	BarangayID   uuid.UUID
	BarangayName string
	PlaceID      uuid.UUID
	PlaceName    string
	ItemID       uuid.UUID
	ItemName     string
	ItemNameFil  string
	Unit         string
	Icon         string
	ThumbnailID  uuid.NullUUID
	Quantity     int64
	Price        ledger.Points // of one, when it was reserved
	Points       ledger.Points
	State        State
	ExpiresAt    time.Time
	ClosedAt     *time.Time
	ClosedBy     string // the name, as it stood at the time; empty: nobody, its time was over
	CloseReason  string
	At           time.Time
	Replayed     bool // this request key was answered before; nothing was set aside again
}

// TypedCode is the code as people read it to each other: XXXX-XXXX.
func (r Reservation) TypedCode() string { return r.Code[:4] + "-" + r.Code[4:] }

// codePrefix marks a reservation's code among the texts that a scanner reads.
const codePrefix = "EKR."

// QR is the text of the code that the Station scans.
func (r Reservation) QR() string { return codePrefix + r.Code }

// Reserving is what a resident asks for.
type Reserving struct {
	RequestKey string // made by the form: the same key reserves once
	Resident   uuid.UUID
	Item       uuid.UUID
	Place      uuid.UUID // uuid.Nil: the default
	Quantity   int64
}

// Reserve sets points and stock aside. The same request key of the same resident gives
// the first reservation again. Errors: fields; people.ErrResidentNotFound;
// ErrResidentNotActive; ErrItemNotFound; ErrItemNotActive; ErrPlaceNotFound;
// ErrPlaceNotActive; ledger.ErrInsufficientPoints; ErrTooManyReservations; ErrOutOfStock;
// db.ErrKeyReused for the same key with another request.
func (s *Service) Reserve(ctx context.Context, actor audit.Actor, r Reserving) (reserved Reservation, err error) {
	if err := r.check(); err != nil {
		return Reservation{}, err
	}
	h := holding{Reserving: r, id: db.NewID(), actor: actor, at: s.now()}
	h.expires = h.at.Add(s.rules.ReservationLife)
	h.hash = db.HashRequest(fmt.Appendf(nil, "%s %s %d", r.Item, r.Place, r.Quantity))
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		reserved, err = s.reserve(ctx, tx, h)
		return err
	})
	if err != nil {
		return Reservation{}, fmt.Errorf("reserve %q: %w", r.RequestKey, err)
	}
	return reserved, nil
}

func (r Reserving) check() error {
	var wrong errs.Fields
	if r.RequestKey == "" || len(r.RequestKey) > 100 {
		wrong.Add("request_key", "error.rewards.request_key_missing")
	}
	if r.Quantity < 1 || r.Quantity > MaxQuantity {
		wrong.Add("quantity", "error.rewards.redeem_quantity", "Max", MaxQuantity)
	}
	return wrong.Err()
}

// holding is a reservation on its way into the book.
type holding struct {
	Reserving
	id      uuid.UUID
	hash    string // of the request, to be compared under its key
	actor   audit.Actor
	at      time.Time
	expires time.Time
}

// reserve is the transaction: the reservation first, which also finds a repeat; then the
// points, whose row makes one resident's reservations follow each other; the stock last.
func (s *Service) reserve(ctx context.Context, tx *db.Tx, h holding) (Reservation, error) {
	booked, err := insertUncoded(ctx, tx, h)
	if err != nil {
		return Reservation{}, err
	}
	if !booked {
		return reservedBefore(ctx, tx, h)
	}
	r, err := reservationByID(ctx, tx, people.City, h.id)
	if err != nil {
		return Reservation{}, err
	}
	if err := ledger.Hold(ctx, tx, ledger.Reservation{Source: r.ID, Account: r.ResidentID, Points: r.Points, ExpiresAt: h.expires, At: h.at}); err != nil {
		return Reservation{}, err
	}
	open, err := countOpen(ctx, tx, r.ResidentID, h.at)
	if err != nil {
		return Reservation{}, err
	}
	if open > s.rules.ReservationsMax {
		refusal := *ErrTooManyReservations
		refusal.Text = errs.T(refusal.Text.Key, "Max", s.rules.ReservationsMax)
		return Reservation{}, &refusal
	}
	if err := s.tellReservation(ctx, tx, h.actor, h.at, r, "reservation.add", r.reservedNotice()); err != nil {
		return Reservation{}, err
	}
	held, err := holdStock(ctx, tx, r.ItemID, r.PlaceID, r.Quantity)
	if err != nil {
		return Reservation{}, err
	}
	if !held {
		return Reservation{}, tooLittle(ctx, tx, Move{ItemID: r.ItemID, ItemName: r.ItemName, PlaceID: r.PlaceID, Kind: Issued, Quantity: -r.Quantity})
	}
	return r, s.warnLow(ctx, tx, r.ItemID, -r.Quantity)
}

// codeTries bounds how often a code is made anew after a collision. With 32^7 codes a
// second try is already a rarity.
const codeTries = 5

// insertUncoded books a reservation under a code that nobody has. False: not for this
// resident, item or place, or the request key is known.
func insertUncoded(ctx context.Context, tx *db.Tx, h holding) (bool, error) {
	for range codeTries {
		code := people.NewTypedCode()
		booked, err := insertReservation(ctx, tx, h, code)
		if err != nil || booked {
			return booked, err
		}
		taken, err := codeTaken(ctx, tx, code)
		if err != nil || !taken {
			return false, err
		}
	}
	return false, fmt.Errorf("no free code in %d tries", codeTries)
}

// reservedBefore gives the first reservation of a key that came again, or says why nothing
// was set aside.
func reservedBefore(ctx context.Context, tx *db.Tx, h holding) (Reservation, error) {
	first, hash, err := reservedUnder(ctx, tx, h.Resident, h.RequestKey)
	if db.IsNoRows(err) {
		return Reservation{}, h.refusal(ctx, tx)
	}
	if err != nil {
		return Reservation{}, err
	}
	if hash != h.hash {
		return Reservation{}, db.ErrKeyReused
	}
	if err := db.Confirm(ctx, tx); err != nil {
		return Reservation{}, err
	}
	r, err := reservationByID(ctx, tx, people.City, first)
	r.Replayed = true
	return r, err
}

// refusal finds out why nothing could be reserved.
func (h holding) refusal(ctx context.Context, q db.Q) error {
	there, active, err := residentState(ctx, q, people.City, h.Resident)
	switch {
	case err != nil:
		return err
	case !there:
		return people.ErrResidentNotFound
	case !active:
		return ErrResidentNotActive
	}
	p, err := placeByID(ctx, q, h.Place)
	switch {
	case err != nil:
		return err
	case !p.Active:
		return ErrPlaceNotActive
	}
	return itemRefusal(ctx, q, h.Item)
}

// tellReservation writes what became of a reservation into the trail, and under the
// resident's bell.
func (s *Service) tellReservation(ctx context.Context, tx *db.Tx, actor audit.Actor, at time.Time, r Reservation, action string, text errs.Text) error {
	err := audit.Record(ctx, tx, actor, at, audit.Event{Action: action, TargetKind: "reservation", TargetID: r.ID, TargetName: r.ResidentName,
		Details: map[string]any{"reward": r.ItemName, "quantity": r.Quantity, "points": int64(r.Points), "place": r.PlaceName, "code": r.Code, "reason": r.CloseReason}})
	if err != nil || text.Key == "" {
		return err
	}
	_, err = s.notify.Add(ctx, tx, notify.Message{Kind: action, To: notify.Recipient{Audience: notify.Resident, ID: r.ResidentID, Name: r.ResidentName},
		Notice: &notify.Notice{Type: "other", Text: text, Link: "/rewards/reservations/" + r.ID.String() + "/", Reward: r.ItemName, At: at}})
	return err
}

func (r Reservation) reservedNotice() errs.Text {
	return errs.T("notice.reservation.add", "Reward", r.ItemName, "Quantity", r.Quantity, "Place", r.PlaceName, "Until", r.ExpiresAt, "Code", r.TypedCode())
}
