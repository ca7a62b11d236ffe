package people

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// ByUsername finds a resident by username in any letter case: ErrResidentNotFound. It
// is for auth, which then looks at the password; nobody else identifies by it alone.
func (s *Service) ByUsername(ctx context.Context, q db.Q, username string) (Resident, error) {
	return s.residentByUsername(ctx, q, username)
}

// ByID finds a resident for auth, whatever their barangay: ErrResidentNotFound.
func (s *Service) ByID(ctx context.Context, q db.Q, id uuid.UUID) (Resident, error) {
	return s.residentByID(ctx, q, id)
}

// MarkLogin notes when a resident last signed in.
func MarkLogin(ctx context.Context, tx *db.Tx, id uuid.UUID, at time.Time) error {
	if err := markLogin(ctx, tx, id, at); err != nil {
		return fmt.Errorf("mark sign-in of %s: %w", id, err)
	}
	return nil
}

// SetLanguage remembers the language that a resident chose: en or fil.
func (s *Service) SetLanguage(ctx context.Context, id uuid.UUID, language string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return setLanguage(ctx, tx, id, language) })
}
