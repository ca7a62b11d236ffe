package rewards

import (
	"context"

	"github.com/google/uuid"

	"ekolek/internal/people"
)

// ReservationByID finds a reservation. Error: ErrReservationNotFound, also outside of the
// scope.
func (s *Service) ReservationByID(ctx context.Context, scope people.Scope, id uuid.UUID) (Reservation, error) {
	return Reservation{}, ErrReservationNotFound
}
