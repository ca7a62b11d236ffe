package people

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// AddBarangayAlias keeps under which id a former system knew a barangay. One that is
// kept already stays as it is.
func AddBarangayAlias(ctx context.Context, tx *db.Tx, legacy, barangay uuid.UUID) error {
	if err := insertAlias(ctx, tx, legacy, barangay); err != nil {
		return fmt.Errorf("add alias of barangay %s: %w", barangay, err)
	}
	return nil
}

// BarangayAliases gives our barangay for every id that a former system knew one by.
func BarangayAliases(ctx context.Context, q db.Q) (map[uuid.UUID]uuid.UUID, error) {
	aliases, err := listAliases(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("list aliases of barangays: %w", err)
	}
	return aliases, nil
}

// BarangayKnownAs finds a barangay by its id, or by one that a former system knew it by,
// as old phones send. Error: ErrBarangayNotFound.
func (s *Service) BarangayKnownAs(ctx context.Context, id uuid.UUID) (Barangay, error) {
	b, err := barangayKnownAs(ctx, s.db, id)
	if err != nil {
		return Barangay{}, fmt.Errorf("barangay %s: %w", id, err)
	}
	return b, nil
}
