package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// Refusals of unlocking.
var (
	ErrNotLocked = errs.New(errs.Conflict, "NOT_LOCKED", "error.auth.not_locked")
	ErrUnlockOwn = errs.New(errs.Conflict, "OWN_ACCOUNT", "error.auth.unlock_own")
)

// UnlockStaff ends a lock before its time, of passwords and of codes: ErrNotLocked when
// there is none, ErrUnlockOwn for one's own, which a screen left open must not give more
// tries at.
func (s *Service) UnlockStaff(ctx context.Context, actor audit.Actor, id uuid.UUID) (Staff, error) {
	if actor.Kind == audit.Staff && actor.ID == id {
		return Staff{}, ErrUnlockOwn
	}
	return s.changeStaff(ctx, actor, id, "staff.unlock", func(ctx context.Context, tx *db.Tx, st Staff) (map[string]any, error) {
		ended, err := endLocks(ctx, tx, s.lockKeysOf(st), s.now())
		if err != nil {
			return nil, err
		}
		if !ended {
			return nil, ErrNotLocked
		}
		if err := s.tellStaff(ctx, tx, st, unlockedMail(actor)); err != nil {
			return nil, err
		}
		return nil, s.tellNews(ctx, tx, actor, st, unlockedNews(actor, st))
	})
}

// StaffLockedUntil tells when somebody's lock ends by itself; zero: there is none.
func (s *Service) StaffLockedUntil(ctx context.Context, st Staff) (time.Time, error) {
	until, err := lockedUntil(ctx, s.db, s.lockKeysOf(st), s.now())
	if err != nil {
		return time.Time{}, fmt.Errorf("lock of %s: %w", st.ID, err)
	}
	return until, nil
}

// lockKeysOf are the counts that close a staff account: of passwords and of codes.
func (s *Service) lockKeysOf(st Staff) [2]string {
	return [2]string{s.attemptOf(StaffSurface, st.Username, "").account, s.codeAttempt(st.ID, "").account}
}
