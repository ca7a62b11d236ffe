package notify

import (
	"context"
	"math"
	"time"

	"ekolek/internal/db"
)

// setAside books what a text message will cost, before it is sent: on its number first,
// then on the city. Over a limit it books nothing and says which. A message that may have
// been sent already keeps what it has, so that it is booked once however often it is tried.
func (s *Service) setAside(ctx context.Context, tx *db.Tx, m *message, now time.Time) (Reason, error) {
	if m.Channel != SMS || m.Cost > 0 || s.opts.Cost == 0 {
		return NoReason, nil
	}
	b, err := m.says()
	if err != nil {
		return NoReason, err
	}
	cost, day := s.opts.Cost*segments(b.text()), db.Day(now)
	number := numberScope(s.addressHash(m.Channel, m.Address))
	ok, err := spend(ctx, tx, day, number, cost, limit(s.opts.NumberCap))
	if err != nil || !ok {
		return CapNumber, err
	}
	ok, err = spend(ctx, tx, day, cityScope, cost, limit(s.opts.CityCap))
	if err != nil {
		return NoReason, err
	}
	if !ok {
		return CapCity, giveBack(ctx, tx, day, number, cost)
	}
	m.Cost, m.booked = cost, cost
	return NoReason, setCost(ctx, tx, m.ID, cost)
}

// putBack takes off what this attempt has booked and not cost after all.
func (s *Service) putBack(ctx context.Context, tx *db.Tx, m message) error {
	day := db.Day(m.UpdatedAt) // when it was taken
	if err := giveBack(ctx, tx, day, numberScope(s.addressHash(m.Channel, m.Address)), m.booked); err != nil {
		return err
	}
	return giveBack(ctx, tx, day, cityScope, m.booked)
}

// limit is a cap as a number to compare with; 0 is none.
func limit(centavos int) int {
	if centavos <= 0 {
		return math.MaxInt32
	}
	return centavos
}
