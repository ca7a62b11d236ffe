package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// Refusals of the collectors' app, for somebody whose password was right.
var (
	ErrNotCollector = errs.New(errs.Forbidden, "NOT_COLLECTOR", "error.auth.not_collector")
	ErrPasswordDue  = errs.New(errs.Forbidden, "PASSWORD_DUE", "error.auth.password_due")
)

// SignInCollector signs a member of staff in on the collectors' app. typed is what stands
// in its one field: the password and, for those who have a second factor, its six digits
// right after it. Refusals are those of SignInStaffApp, and for the right password
// ErrNotCollector and ErrPasswordDue: of somebody who is guessed at, nothing is told.
func (s *Service) SignInCollector(ctx context.Context, actor audit.Actor, username, typed string) (st Staff, t Tokens, err error) {
	st, err = s.SignInStaffApp(ctx, actor, username, typed, func(ctx context.Context, tx *db.Tx, st Staff) (refused, err error) {
		if refused, err = collectorRefusal(ctx, tx, st); err != nil || refused != nil {
			return refused, err
		}
		t, err = s.openCollector(ctx, tx, actor, st)
		return nil, err
	})
	if err != nil {
		return Staff{}, Tokens{}, err
	}
	return st, t, nil
}

// collectorRefusal says why the app is not for somebody.
func collectorRefusal(ctx context.Context, q db.Q, st Staff) (refused, err error) {
	if !st.Role.May(UseStation) {
		return ErrNotCollector, nil
	}
	pw, err := passwordOf(ctx, q, st.ID)
	if err == nil && pw.mustChange {
		refused = ErrPasswordDue
	}
	return refused, err
}

// openCollector makes the tokens and notes the sign-in.
func (s *Service) openCollector(ctx context.Context, tx *db.Tx, actor audit.Actor, st Staff) (Tokens, error) {
	h, err := s.holderOf(ctx, tx, StaffSurface, st.ID)
	if err != nil {
		return Tokens{}, err
	}
	_, t, err := s.openTokens(ctx, tx, actor, h)
	if err != nil {
		return Tokens{}, err
	}
	if err := markStaffLogin(ctx, tx, st.ID, s.now()); err != nil {
		return Tokens{}, err
	}
	return t, s.recordApp(ctx, tx, actor, st, "staff.app_sign_in")
}

// recordAppSignOut notes that somebody ended their tokens, which they may do without
// saying who they are.
func (s *Service) recordAppSignOut(ctx context.Context, tx *db.Tx, actor audit.Actor, id uuid.UUID) error {
	st, err := s.staffByID(ctx, tx, id)
	if errors.Is(err, ErrStaffNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.recordApp(ctx, tx, actor, st, "staff.app_sign_out")
}

func (s *Service) recordApp(ctx context.Context, tx *db.Tx, actor audit.Actor, st Staff, action string) error {
	actor.Kind, actor.ID, actor.Name = audit.Staff, st.ID, st.FullName
	return audit.Record(ctx, tx, actor, s.now(), audit.Event{Action: action, TargetKind: "staff", TargetID: st.ID, TargetName: st.FullName})
}

// StaffTries tells how many wrong passwords a staff username has left before it is locked,
// and until when it is; zero: it is not. Names that nobody has are counted alike.
func (s *Service) StaffTries(ctx context.Context, username string) (left int, until time.Time, err error) {
	now := s.now()
	t, err := countOf(ctx, s.db, s.attemptOf(StaffSurface, username, "").account, now)
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("count tries: %w", err)
	}
	if t.n >= accountLimit.most {
		until = t.until
	}
	return max(0, accountLimit.most-t.n), until, nil
}
