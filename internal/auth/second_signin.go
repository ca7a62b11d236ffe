package auth

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// FlowStaffCode is a sign-in of staff that waits for the code of the second factor.
const FlowStaffCode Flow = "staff_code"

// staffWait is what it holds.
type staffWait struct {
	Login uuid.UUID `json:"login"` // its row in the history
}

// staffCodeLife is how long it waits.
const staffCodeLife = 10 * time.Minute

// StaffSignIn is what a member of staff's right password leads to: a session, or the
// question for a code.
type StaffSignIn struct {
	Token     string // of the session, for its cookie; empty: a code is asked for
	Principal Principal
	Flow      string    // secret of the sign-in that waits for its code, for its cookie
	Until     time.Time // its end
}

// SignInStaff checks a member of staff's username and password. Without a second factor
// it opens a session; with one FinishStaffSignIn does. When a password change is due, or
// the setting up of a second factor, the session reaches nothing but that. Refusals are
// those of SignInResident.
func (s *Service) SignInStaff(ctx context.Context, actor audit.Actor, username, password string) (StaffSignIn, error) {
	var in StaffSignIn
	a := s.attemptOf(StaffSurface, username, actor.IP)
	who, err := s.passed(ctx, actor, a, func(account) string { return password }, func(ctx context.Context, tx *db.Tx, who account) (err error) {
		login := Login{ID: db.NewID(), Surface: StaffSurface, Subject: who.id, Typed: username, Success: true, Way: WayPassword}
		if !who.second {
			in.Token, err = s.openSession(ctx, tx, actor, StaffSurface, who)
		} else {
			login.Success, login.Reason, login.Way = false, CodePending, WayTOTP
			var f flow
			in.Flow, f, err = s.openFlow(ctx, tx, FlowStaffCode, who.id, staffWait{Login: login.ID}, staffCodeLife)
			in.Until = f.expiresAt
		}
		if err != nil {
			return err
		}
		return s.recordLogin(ctx, tx, actor, login)
	})
	if err != nil {
		return StaffSignIn{}, err
	}
	if who.second {
		return in, nil
	}
	in.Principal, err = s.PrincipalOf(ctx, StaffSurface, in.Token)
	return in, err
}

// StaffSignInWaits says whether a sign-in waits for its code: nil or ErrFlowOver.
func (s *Service) StaffSignInWaits(ctx context.Context, flow string) error {
	_, err := s.findFlow(ctx, s.db, FlowStaffCode, flow, &staffWait{})
	return err
}

// FinishStaffSignIn opens the session of a sign-in that waits, with a code of the
// authenticator app or a recovery code.
func (s *Service) FinishStaffSignIn(ctx context.Context, actor audit.Actor, flow, code string) (StaffSignIn, error) {
	var wait staffWait
	f, err := s.findFlow(ctx, s.db, FlowStaffCode, flow, &wait)
	if err != nil {
		return StaffSignIn{}, err
	}
	st, err := s.staffByID(ctx, s.db, f.subject)
	if err != nil {
		return StaffSignIn{}, err
	}
	var in StaffSignIn
	err = s.withCode(ctx, actor, st, code, func(ctx context.Context, tx *db.Tx) error {
		if err := endFlow(ctx, tx, f.id); err != nil {
			return err
		}
		now, err := s.staffByID(ctx, tx, f.subject)
		if err == nil {
			err = staffRefusal(now)
		}
		if err != nil {
			return err
		}
		if in.Token, err = s.openSession(ctx, tx, actor, StaffSurface, account{id: now.ID, name: now.FullName}); err != nil {
			return err
		}
		return setLogin(ctx, tx, wait.Login, true, "", secondWay(code))
	})
	if errors.Is(err, ErrSecondWrong) {
		return StaffSignIn{}, errors.Join(errs.NewField("code", "error.auth.second_wrong"), s.wrongSecond(ctx, wait.Login, secondWay(code)))
	}
	if err != nil {
		return StaffSignIn{}, err
	}
	in.Principal, err = s.PrincipalOf(ctx, StaffSurface, in.Token)
	return in, err
}

// secondWay tells what was typed: six digits are the app's.
func secondWay(typed string) Way {
	if sixDigits(plainCode(typed)) {
		return WayTOTP
	}
	return WayRecovery
}

// wrongSecond notes in the history that a sign-in's code was wrong.
func (s *Service) wrongSecond(ctx context.Context, login uuid.UUID, way Way) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return setLogin(ctx, tx, login, false, CodeWrong, way) })
}

// SignInStaffApp checks what a member of staff typed into a program that has one field
// only: the password and, right after it, the six digits of their second factor. open
// does what that allows, in the transaction that consumes the code; when it refuses
// somebody, that is no failed attempt: what the right password clears stays cleared.
// Refusals are open's, those of SignInStaff, and ErrSecondNeeded when the digits are
// missing, ErrSecondUnset when a factor is required and there is none.
func (s *Service) SignInStaffApp(ctx context.Context, actor audit.Actor, username, typed string,
	open func(context.Context, *db.Tx, Staff) (refused, err error)) (Staff, error) {
	password := func(who account) string {
		if who.second && cutCode(typed) != "" {
			return typed[:len(typed)-totpDigits]
		}
		return typed
	}
	login := Login{ID: db.NewID(), Surface: StaffSurface, Typed: username, Way: WayToken}
	a := s.attemptOf(StaffSurface, username, actor.IP)
	a.way = WayToken
	var refused error
	who, err := s.passed(ctx, actor, a, password, func(ctx context.Context, tx *db.Tx, who account) (err error) {
		l := login
		l.Subject = who.id
		if who.second || s.needsSecond(who.staff.Role) {
			l.Reason = CodePending // more is needed
			return s.recordLogin(ctx, tx, actor, l)
		}
		if refused, err = open(ctx, tx, who.staff); err != nil {
			return err
		}
		l.Success, l.Reason = refused == nil, reasonOf(refused)
		return s.recordLogin(ctx, tx, actor, l)
	})
	code := cutCode(typed)
	switch {
	case err != nil || refused != nil:
		return Staff{}, cmp.Or(err, refused)
	case !who.second && s.needsSecond(who.staff.Role):
		return Staff{}, ErrSecondUnset
	case !who.second:
		return who.staff, nil
	case code == "":
		return Staff{}, ErrSecondNeeded
	}
	err = s.withCode(ctx, actor, who.staff, code, func(ctx context.Context, tx *db.Tx) error {
		if refused, err = open(ctx, tx, who.staff); err != nil {
			return err
		}
		return setLogin(ctx, tx, login.ID, refused == nil, reasonOf(refused), WayToken)
	})
	if errors.Is(err, ErrSecondWrong) {
		err = errors.Join(err, s.wrongSecond(ctx, login.ID, WayToken))
	}
	return who.staff, cmp.Or(err, refused)
}

// cutCode gives the six digits at the end of what was typed; empty when there are none.
func cutCode(typed string) string {
	if len(typed) <= totpDigits || !sixDigits(typed[len(typed)-totpDigits:]) {
		return ""
	}
	return typed[len(typed)-totpDigits:]
}
