package ledger

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
)

// Reservation sets points aside until they are claimed, released or expire.
type Reservation struct {
	Source    uuid.UUID // what they are held for; it holds once
	Account   uuid.UUID
	Points    Points // > 0
	ExpiresAt time.Time
	At        time.Time
}

// Hold sets points aside: they stay in the balance but can no longer be spent.
// ErrInsufficientPoints, ErrAlreadyHeld; on any error the caller rolls back.
func Hold(ctx context.Context, tx *db.Tx, r Reservation) error {
	if r.Points <= 0 || r.Points > MaxPoints || r.Source == uuid.Nil || !r.ExpiresAt.After(r.At) {
		return fmt.Errorf("hold %s of %s points: not a reservation", r.Source, r.Points)
	}
	held, err := updateHeld(ctx, tx, r.Account, r.Points)
	if err == nil && !held {
		err = shortOf(ctx, tx, r.Account, r.Points)
	}
	if err != nil {
		return fmt.Errorf("hold %s: %w", r.Source, err)
	}
	fresh, err := insertHold(ctx, tx, r)
	if err == nil && !fresh {
		err = ErrAlreadyHeld
	}
	if err != nil {
		return fmt.Errorf("hold %s: %w", r.Source, err)
	}
	return nil
}

// Claim spends what is held for a source: the points leave the balance as a
// redemption with that source. ErrHoldClosed: nothing is held, or it was claimed,
// released or has expired by at. On any error the caller rolls back.
func Claim(ctx context.Context, tx *db.Tx, source uuid.UUID, actor audit.Actor, at time.Time) (Transfer, error) {
	t, err := claim(ctx, tx, source, actor, at)
	if err != nil {
		return Transfer{}, fmt.Errorf("claim %s: %w", source, err)
	}
	return t, nil
}

func claim(ctx context.Context, tx *db.Tx, source uuid.UUID, actor audit.Actor, at time.Time) (Transfer, error) {
	h, err := closeHold(ctx, tx, source, claimed, at)
	if err != nil {
		return Transfer{}, err
	}
	t, err := Posting{Kind: KindRedemption, Source: source, Account: h.Account, Points: h.Points, Actor: actor, At: at}.transfer()
	if err != nil {
		return Transfer{}, err
	}
	// Free the points first: then the redemption is an ordinary one, under the same condition.
	if err := free(ctx, tx, h); err != nil {
		return Transfer{}, err
	}
	if err := move(ctx, tx, &t, ErrAlreadyPosted); err != nil {
		return Transfer{}, err
	}
	return t, updateHoldTransfer(ctx, tx, source, t.ID)
}

// Release gives back what is held for a source. ErrHoldClosed as with Claim, but
// what is past its time and not yet expired may still be released.
func Release(ctx context.Context, tx *db.Tx, source uuid.UUID, at time.Time) error {
	h, err := closeHold(ctx, tx, source, released, at)
	if err == nil {
		err = free(ctx, tx, h)
	}
	if err != nil {
		return fmt.Errorf("release %s: %w", source, err)
	}
	return nil
}

// Expire gives back what is held past its time, oldest first, at most limit of them,
// and names their sources, so that the caller can give back the stock as well.
func Expire(ctx context.Context, tx *db.Tx, now time.Time, limit int) ([]uuid.UUID, error) {
	holds, err := closeDueHolds(ctx, tx, now, limit)
	if err != nil {
		return nil, fmt.Errorf("expire holds: %w", err)
	}
	slices.SortFunc(holds, func(a, b hold) int { return slices.Compare(a.Account[:], b.Account[:]) })
	sources := make([]uuid.UUID, len(holds))
	for i, h := range holds {
		if err := free(ctx, tx, h); err != nil {
			return nil, fmt.Errorf("expire hold %s: %w", h.Source, err)
		}
		sources[i] = h.Source
	}
	return sources, nil
}

// holdState is where a reservation stands. Only "open" holds points.
type holdState string

const (
	claimed  holdState = "claimed"
	released holdState = "released"
)

type hold struct {
	Source  uuid.UUID
	Account uuid.UUID
	Points  Points
}

// free takes a closed hold off its balance.
func free(ctx context.Context, tx *db.Tx, h hold) error {
	freed, err := updateHeld(ctx, tx, h.Account, -h.Points)
	if err == nil && !freed {
		err = fmt.Errorf("balance of %s holds less than %s", h.Account, h.Points) // the books are wrong: verify names the row
	}
	return err
}
