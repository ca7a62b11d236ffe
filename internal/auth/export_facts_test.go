package auth

import "context"

// HashPassword makes the stored form of a password.
func (s *Service) HashPassword(ctx context.Context, password string) (string, error) {
	return s.hasher.hash(ctx, password)
}

// Grants is grants.
var Grants = grants
