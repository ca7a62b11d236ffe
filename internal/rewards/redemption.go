package rewards

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
)

// The states of redemptions, as RedemptionFilter names them.
const (
	StateGiven    = "given"
	StateReturned = "returned"
)

// RedemptionFilter narrows the list of redemptions; a zero field does not.
type RedemptionFilter struct {
	From, To string // Manila days, both included
	Barangay uuid.UUID
	Staff    uuid.UUID
	Item     uuid.UUID
	Resident uuid.UUID
	Place    uuid.UUID
	Receipt  uuid.UUID
	State    string // StateGiven, StateReturned; empty: both
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
