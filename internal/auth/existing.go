package auth

import (
	"context"
	"fmt"

	"ekolek/internal/db"
)

// Clash tells which values of a member of staff somebody else here has already.
type Clash struct{ Username, Email bool }

// Clashes looks for others with an account's username or e-mail address, before
// ImportStaff meets them.
func (s *Service) Clashes(ctx context.Context, q db.Q, st Staff) (Clash, error) {
	username, email, err := s.staffClashes(ctx, q, st)
	if err != nil {
		return Clash{}, fmt.Errorf("look for clashes of %s: %w", st.ID, err)
	}
	return Clash{username, email}, nil
}
