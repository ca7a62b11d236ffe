package auth

import (
	"context"
	"fmt"

	"ekolek/internal/audit"
	"ekolek/internal/db"
)

// setupValue is where the hash of the set-up token is kept.
const setupValue = "auth.setup_token"

// SetupToken makes the one-time token with which the first super administrator is
// made, and ends the one before it. Whoever starts the program sees it. ErrSetupClosed
// once there is any staff.
func (s *Service) SetupToken(ctx context.Context) (string, error) {
	token := newToken()
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := noStaff(ctx, tx); err != nil {
			return err
		}
		return db.SetValue(ctx, tx, setupValue, hashToken(token), s.now())
	})
	if err != nil {
		return "", fmt.Errorf("make set-up token: %w", err)
	}
	return token, nil
}

// Setup makes the first super administrator with the token. Of two at the same time
// one wins; a token works once, and none once there is any staff: ErrSetupClosed.
func (s *Service) Setup(ctx context.Context, actor audit.Actor, token string, in NewStaff) (Staff, error) {
	if err := s.CheckSetup(ctx, token); err != nil {
		return Staff{}, err
	}
	in.Role = SuperAdmin
	st, hash, err := s.prepareStaff(ctx, actor, in)
	if err != nil {
		return Staff{}, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		taken, err := db.TakeValue(ctx, tx, setupValue, hashToken(token))
		if err != nil {
			return fmt.Errorf("take set-up token: %w", err)
		}
		if !taken {
			return ErrSetupClosed
		}
		if err := noStaff(ctx, tx); err != nil {
			return err
		}
		return s.addStaff(ctx, tx, actor, st, hash, in)
	})
	if err != nil {
		return Staff{}, err
	}
	return st, nil
}

// CheckSetup says whether a token would open the set-up: nil or ErrSetupClosed.
func (s *Service) CheckSetup(ctx context.Context, token string) error {
	stored, err := db.Value(ctx, s.db, setupValue)
	if err != nil {
		return fmt.Errorf("read set-up token: %w", err)
	}
	if stored == "" || stored != hashToken(token) {
		return ErrSetupClosed
	}
	return noStaff(ctx, s.db)
}

func noStaff(ctx context.Context, q db.Q) error {
	n, err := countStaff(ctx, q)
	if err == nil && n > 0 {
		err = ErrSetupClosed
	}
	return err
}
