package rewards

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
)

var errSoon = errors.New("reservations are not built yet")

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

// Reserve sets points and stock aside. Errors: fields; ErrResidentNotActive;
// ErrItemNotFound; ErrItemNotActive; ErrPlaceNotFound; ErrPlaceNotActive;
// ledger.ErrInsufficientPoints; ErrTooManyReservations; ErrOutOfStock; db.ErrKeyReused.
func (s *Service) Reserve(ctx context.Context, actor audit.Actor, r Reserving) (Reservation, error) {
	return Reservation{}, errSoon
}

// CancelOwn gives back what a resident has reserved. Repeated, it does nothing more.
// Errors: ErrReservationNotFound; ErrReservationClosed when it was claimed or expired.
func (s *Service) CancelOwn(ctx context.Context, actor audit.Actor, resident, reservation uuid.UUID) error {
	return errSoon
}

// Cancel gives back what a resident has reserved, by the office, which says why. Errors:
// fields; ErrReservationNotFound outside of the scope; ErrReservationClosed.
func (s *Service) Cancel(ctx context.Context, actor audit.Actor, scope people.Scope, reservation uuid.UUID, reason string) error {
	return errSoon
}

// ReservationFilter narrows the list of reservations; a zero field does not.
type ReservationFilter struct {
	Resident uuid.UUID
	State    State
	Place    uuid.UUID
	Item     uuid.UUID
	Cursor   string
	Limit    int
}

// Reservations gives one page of reservations, newest first.
func (s *Service) Reservations(ctx context.Context, scope people.Scope, f ReservationFilter) (db.Page[Reservation], error) {
	return db.Page[Reservation]{}, nil
}

// ReservationByCode finds the reservation that a scanned or typed text names. Error:
// ErrReservationNotFound, also outside of the scope.
func (s *Service) ReservationByCode(ctx context.Context, scope people.Scope, text string) (Reservation, error) {
	return Reservation{}, ErrReservationNotFound
}

// ReservationOf finds a reservation of a resident's own. Error: ErrReservationNotFound.
func (s *Service) ReservationOf(ctx context.Context, resident, id uuid.UUID) (Reservation, error) {
	return Reservation{}, ErrReservationNotFound
}

// Expire gives back what nobody fetched in time.
func (s *Service) Expire(ctx context.Context) error { return nil }
