package ledger

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// KnownPrior tells which entries of a former system are here.
func KnownPrior(ctx context.Context, q db.Q, ids []uuid.UUID) (map[uuid.UUID]bool, error) {
	known, err := db.Known(ctx, q, "ledger_prior_entry", ids)
	if err != nil {
		return nil, fmt.Errorf("look for prior entries: %w", err)
	}
	return known, nil
}

// Openings gives the opening balances that accounts brought from a former system. Who
// brought nothing is missing from the map.
func Openings(ctx context.Context, q db.Q, accounts []uuid.UUID) (map[uuid.UUID]Points, error) {
	openings, err := selectOpenings(ctx, q, accounts)
	if err != nil {
		return nil, fmt.Errorf("look for opening balances: %w", err)
	}
	return openings, nil
}
