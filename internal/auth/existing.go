package auth

import (
	"context"
	"fmt"

	"github.com/google/uuid"

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

// KnownLogins tells which attempts to sign in are here.
func KnownLogins(ctx context.Context, q db.Q, ids []uuid.UUID) (map[uuid.UUID]bool, error) {
	return db.Known(ctx, q, "auth_login", ids)
}

// KnownTokens tells which refresh tokens are here, by their jti.
func KnownTokens(ctx context.Context, q db.Q, jtis []string) (map[string]bool, error) {
	known, err := knownTokens(ctx, q, jtis)
	if err != nil {
		return nil, fmt.Errorf("look for tokens: %w", err)
	}
	return known, nil
}

// How far back the histories of sign-ins reach. An import brings no more.
const (
	LoginHistory     = loginKept
	BiometricHistory = attemptsKept
)

// KnownDevices tells which phones are here, KnownAttempts which of their attempts.
func KnownDevices(ctx context.Context, q db.Q, ids []uuid.UUID) (map[uuid.UUID]bool, error) {
	return db.Known(ctx, q, "auth_biometric_device", ids)
}

// KnownAttempts is KnownDevices for attempts.
func KnownAttempts(ctx context.Context, q db.Q, ids []uuid.UUID) (map[uuid.UUID]bool, error) {
	return db.Known(ctx, q, "auth_biometric_attempt", ids)
}

// DeviceTaken says whether another phone here has a phone's name or key, before
// ImportDevice meets it.
func DeviceTaken(ctx context.Context, q db.Q, d Device) (bool, error) {
	taken, err := deviceTaken(ctx, q, d)
	if err != nil {
		return false, fmt.Errorf("look for device: %w", err)
	}
	return taken, nil
}

// Verifiable says whether a phone's key is of a kind that can be verified. One with
// another key must be registered anew.
func (d Device) Verifiable() bool {
	_, err := parseBiometricKey(d.PublicKey)
	return err == nil
}
