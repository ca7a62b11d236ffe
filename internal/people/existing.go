package people

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// UsernameKey is the form of a username in which two of them are the same account's.
func UsernameKey(username string) string { return foldUsername(username) }

// Clash tells which values of a resident somebody else here has already.
type Clash struct{ Username, Phone, Email bool }

// Clashes looks for others with a resident's username, phone or e-mail address, before
// ImportResident meets them. Phone and address are canonical or empty.
func (s *Service) Clashes(ctx context.Context, q db.Q, r Resident) (Clash, error) {
	c, err := s.clashes(ctx, q, r)
	if err != nil {
		return Clash{}, fmt.Errorf("look for clashes of %s: %w", r.ID, err)
	}
	return Clash{Username: c.username, Phone: c.phone, Email: c.email}, nil
}

// FamilyCodeTaken says whether another family has a code.
func (s *Service) FamilyCodeTaken(ctx context.Context, q db.Q, code string, but uuid.UUID) (bool, error) {
	f, err := s.familyByCode(ctx, q, code)
	if errors.Is(err, ErrFamilyNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for family code: %w", err)
	}
	return f.ID != but, nil
}

// KnownFamily finds a family by its id, wherever it lives. Error: ErrFamilyNotFound.
func (s *Service) KnownFamily(ctx context.Context, q db.Q, id uuid.UUID) (Family, error) {
	f, err := s.familyByID(ctx, q, id)
	if err != nil {
		return Family{}, fmt.Errorf("family %s: %w", id, err)
	}
	return f, nil
}

// KnownConsents tells which consents are here.
func KnownConsents(ctx context.Context, q db.Q, ids []uuid.UUID) (map[uuid.UUID]bool, error) {
	known, err := db.Known(ctx, q, "people_consent", ids)
	if err != nil {
		return nil, fmt.Errorf("look for consents: %w", err)
	}
	return known, nil
}
