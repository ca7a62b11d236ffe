package rewards

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/people"
)

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
	after, err := db.ParseCursor(f.Cursor)
	if err != nil {
		return db.Page[Reservation]{}, err
	}
	limit := db.Limit(f.Limit)
	rows, err := listReservations(ctx, s.db, scope, f, after, limit+1)
	if err != nil {
		return db.Page[Reservation]{}, fmt.Errorf("list reservations: %w", err)
	}
	return db.PageOf(rows, limit, func(r Reservation) db.Cursor { return db.Cursor{At: r.At, ID: r.ID} }), nil
}

// ReservationByCode finds the reservation that a scanned or typed text names, in any
// state. Error: ErrReservationNotFound, also outside of the scope.
func (s *Service) ReservationByCode(ctx context.Context, scope people.Scope, text string) (Reservation, error) {
	text = strings.ToUpper(strings.TrimSpace(text))
	code, ok := people.ParseTypedCode(strings.TrimPrefix(text, codePrefix))
	if !ok {
		return Reservation{}, ErrReservationNotFound
	}
	r, err := reservationByCode(ctx, s.db, scope, code)
	if err != nil {
		return Reservation{}, fmt.Errorf("reservation by code: %w", err)
	}
	return r, nil
}

// ReservationByID finds a reservation. Error: ErrReservationNotFound, also outside of the
// scope.
func (s *Service) ReservationByID(ctx context.Context, scope people.Scope, id uuid.UUID) (Reservation, error) {
	r, err := reservationByID(ctx, s.db, scope, id)
	if err != nil {
		return Reservation{}, fmt.Errorf("reservation %s: %w", id, err)
	}
	return r, nil
}

// ReservationOf finds a reservation of a resident's own. Error: ErrReservationNotFound.
func (s *Service) ReservationOf(ctx context.Context, resident, id uuid.UUID) (Reservation, error) {
	r, err := reservationByID(ctx, s.db, people.City, id)
	if err == nil && r.ResidentID != resident {
		err = ErrReservationNotFound
	}
	if err != nil {
		return Reservation{}, fmt.Errorf("reservation %s of %s: %w", id, resident, err)
	}
	return r, nil
}
