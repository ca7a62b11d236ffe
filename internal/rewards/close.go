package rewards

import (
	"cmp"
	"context"
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
	"ekolek/internal/people"
)

// A reservation is closed once: claimed, cancelled or expired. Which of them wins is
// decided by the row of its hold in the ledger; the reservation and the stock follow in
// the same transaction.

// closing is how a reservation ends.
type closing struct {
	to       State
	resident uuid.UUID // whose it must be; uuid.Nil: anybody's
	by       string
	reason   string
	at       time.Time
}

// claimAll turns the booking's reservations into redemptions, at the price at which they
// were reserved.
func claimAll(ctx context.Context, tx *db.Tx, b booking) (total ledger.Points, err error) {
	for _, id := range b.Reservations {
		if _, err := ledger.Claim(ctx, tx, id, b.actor, b.at); err != nil {
			return 0, whyClosed(ctx, tx, id, b.Resident, err)
		}
		r, err := closeReservation(ctx, tx, id, closing{to: Claimed, resident: b.Resident, by: b.actor.Name, at: b.at})
		if err != nil {
			return 0, err
		}
		if b.Place != uuid.Nil && r.PlaceID != b.Place {
			return 0, elsewhere(r)
		}
		if err := insertClaimed(ctx, tx, b.id, id); err != nil {
			return 0, err
		}
		total += r.Points
	}
	return total, nil
}

// elsewhere is the refusal of what lies at another place than that of the receipt.
func elsewhere(r Reservation) error {
	refusal := *ErrReservedElsewhere
	refusal.Text = errs.T(refusal.Text.Key, "Item", r.ItemName, "Place", r.PlaceName)
	return &refusal
}

// CancelOwn gives back what a resident has reserved. Repeated, it does nothing more.
// Errors: ErrReservationNotFound; ErrReservationClosed when it was claimed or expired.
func (s *Service) CancelOwn(ctx context.Context, actor audit.Actor, resident, reservation uuid.UUID) error {
	c := closing{to: Cancelled, resident: resident, by: actor.Name}
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		c.at = s.now()
		err := s.cancel(ctx, tx, actor, reservation, c)
		if !errors.Is(err, ErrReservationClosed) {
			return err
		}
		r, findErr := reservationByID(ctx, tx, people.City, reservation)
		if findErr != nil || r.State != Cancelled {
			return errors.Join(err, findErr)
		}
		return db.Confirm(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("cancel own reservation %s: %w", reservation, err)
	}
	return nil
}

// Cancel gives back what a resident has reserved, by the office, which says why; the
// resident is told. Errors: fields; ErrReservationNotFound outside of the scope;
// ErrReservationClosed.
func (s *Service) Cancel(ctx context.Context, actor audit.Actor, scope people.Scope, reservation uuid.UUID, reason string) error {
	reason = strings.TrimSpace(reason)
	var wrong errs.Fields
	checkText(&wrong, "reason", reason, 1, 500)
	if err := wrong.Err(); err != nil {
		return err
	}
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := reservationByID(ctx, tx, scope, reservation); err != nil {
			return err
		}
		return s.cancel(ctx, tx, actor, reservation, closing{to: Cancelled, by: actor.Name, reason: reason, at: s.now()})
	})
	if err != nil {
		return fmt.Errorf("cancel reservation %s: %w", reservation, err)
	}
	return nil
}

func (s *Service) cancel(ctx context.Context, tx *db.Tx, actor audit.Actor, id uuid.UUID, c closing) error {
	if err := ledger.Release(ctx, tx, id, c.at); err != nil {
		return whyClosed(ctx, tx, id, c.resident, err)
	}
	r, err := closeReservation(ctx, tx, id, c)
	if err != nil {
		return err
	}
	var text errs.Text
	if c.resident == uuid.Nil {
		text = errs.T("notice.reservation.cancel", "Reward", r.ItemName, "Quantity", r.Quantity, "Points", r.Points.String(), "Reason", c.reason)
	}
	if err := s.tellReservation(ctx, tx, actor, c.at, r, "reservation.cancel", text); err != nil {
		return err
	}
	return freeStock(ctx, tx, []Reservation{r})
}

// whyClosed tells why a reservation could not be closed: it is not there, or not this
// resident's, or was closed before.
func whyClosed(ctx context.Context, q db.Q, id, resident uuid.UUID, err error) error {
	if !errors.Is(err, ledger.ErrHoldClosed) {
		return err
	}
	r, err := reservationByID(ctx, q, people.City, id)
	if err == nil && resident != uuid.Nil && r.ResidentID != resident {
		err = ErrReservationNotFound
	}
	if err != nil {
		return err
	}
	return ErrReservationClosed
}

// expireBatch bounds one transaction: every writer waits behind it on SQLite.
const expireBatch = 200

// Expire gives back what nobody fetched in time, and tells the residents.
func (s *Service) Expire(ctx context.Context) error {
	for {
		n := 0
		err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			n, err = s.expire(ctx, tx)
			return err
		})
		if err != nil {
			return fmt.Errorf("expire reservations: %w", err)
		}
		if n < expireBatch {
			return nil
		}
	}
}

func (s *Service) expire(ctx context.Context, tx *db.Tx) (int, error) {
	at := s.now()
	ids, err := ledger.Expire(ctx, tx, at, expireBatch)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	expired, err := expireReservations(ctx, tx, ids, at)
	if err != nil {
		return 0, err
	}
	for _, r := range expired {
		text := errs.T("notice.reservation.expire", "Reward", r.ItemName, "Quantity", r.Quantity, "Points", r.Points.String())
		if err := s.tellReservation(ctx, tx, audit.Command("reservations"), at, r, "reservation.expire", text); err != nil {
			return 0, err
		}
	}
	return len(ids), freeStock(ctx, tx, expired)
}

// freeStock gives back the stock of closed reservations, each row of it once, in the order
// in which everybody takes them.
func freeStock(ctx context.Context, tx *db.Tx, closed []Reservation) error {
	type shelf struct{ item, place uuid.UUID }
	free := map[shelf]int64{}
	for _, r := range closed {
		free[shelf{r.ItemID, r.PlaceID}] += r.Quantity
	}
	shelves := make([]shelf, 0, len(free))
	for s := range free {
		shelves = append(shelves, s)
	}
	slices.SortFunc(shelves, func(a, b shelf) int { return cmp.Or(compareIDs(a.item, b.item), compareIDs(a.place, b.place)) })
	for _, s := range shelves {
		ok, err := holdStock(ctx, tx, s.item, s.place, -free[s])
		if err == nil && !ok {
			err = fmt.Errorf("less than %d of %s are held at %s", free[s], s.item, s.place) // the books are wrong: verify names the row
		}
		if err != nil {
			return err
		}
	}
	return nil
}
