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
	"ekolek/internal/people"
)

// SignInResident checks a resident's username, in any letter case, and password, and
// opens a session. token goes into the cookie; only its hash is kept. Refusals:
// ErrBadCredentials, ErrLocked, and for the right password of someone who may not yet
// or no longer access ErrPending, ErrRejected, ErrSuspended.
func (s *Service) SignInResident(ctx context.Context, actor audit.Actor, username, password string) (token string, p Principal, err error) {
	return s.signIn(ctx, actor, ResidentSurface, username, password)
}

// SignInStaff is SignInResident for staff. When a password change is due, the session
// reaches nothing but that.
func (s *Service) SignInStaff(ctx context.Context, actor audit.Actor, username, password string) (token string, p Principal, err error) {
	return s.signIn(ctx, actor, StaffSurface, username, password)
}

func (s *Service) signIn(ctx context.Context, actor audit.Actor, surface Surface, username, password string) (string, Principal, error) {
	a := s.attemptOf(surface, username, actor.IP)
	who, upgrade, err := s.authenticate(ctx, actor, a, surface, username, password)
	if err != nil {
		return "", Principal{}, err
	}
	var newHash string
	if upgrade {
		if newHash, err = s.hasher.hash(ctx, password); err != nil {
			return "", Principal{}, err
		}
	}
	var token string
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if err := succeed(ctx, tx, a); err != nil {
			return err
		}
		if upgrade {
			if err := upgradeHash(ctx, tx, who.id, who.hash, newHash); err != nil {
				return err
			}
		}
		if who.refusal != nil {
			return nil
		}
		token, err = s.openSession(ctx, tx, actor, surface, who)
		return err
	})
	if err != nil {
		return "", Principal{}, fmt.Errorf("sign in: %w", err)
	}
	if who.refusal != nil {
		return "", Principal{}, who.refusal
	}
	p, err := s.PrincipalOf(ctx, surface, token)
	return token, p, err
}

// account is what a sign-in needs to know about the holder of a username.
type account struct {
	id      uuid.UUID
	name    string
	hash    string
	refusal error // why someone with the right password may not come in
}

// authenticate finds who has this username and password. Unknown names cost the same
// work and get the same answer.
func (s *Service) authenticate(ctx context.Context, actor audit.Actor, a attempt, surface Surface, username, password string) (who account, upgrade bool, err error) {
	if len(password) > maxPasswordBytes {
		return account{}, false, ErrBadCredentials
	}
	leave, err := s.gate.enter(ctx, actor.IP)
	if err != nil {
		return account{}, false, err
	}
	defer leave()
	last, err := s.begin(ctx, a)
	if err != nil {
		return account{}, false, err
	}
	who, err = s.accountOf(ctx, surface, username)
	if err != nil {
		return account{}, false, fmt.Errorf("find account: %w", err)
	}
	ok, upgrade, err := s.hasher.verify(ctx, who.hash, password)
	if err != nil {
		return account{}, false, fmt.Errorf("verify password of %s: %w", who.id, err)
	}
	if !ok {
		return account{}, false, s.refuse(ctx, actor, surface, who, last)
	}
	return who, upgrade, nil
}

// accountOf finds the holder of a username; nobody is an account without a hash.
func (s *Service) accountOf(ctx context.Context, surface Surface, username string) (account, error) {
	var who account
	if surface == StaffSurface {
		st, err := s.staffByUsername(ctx, s.db, username)
		if errors.Is(err, ErrStaffNotFound) || st.Status == StaffDeleted {
			return account{}, nil
		}
		if err != nil {
			return account{}, err
		}
		who = account{id: st.ID, name: st.FullName, refusal: staffRefusal(st)}
	} else {
		r, err := s.people.ByUsername(ctx, s.db, username)
		if errors.Is(err, people.ErrResidentNotFound) {
			return account{}, nil
		}
		if err != nil {
			return account{}, err
		}
		who = account{id: r.ID, name: r.FullName, refusal: residentRefusal(r)}
	}
	pw, err := passwordOf(ctx, s.db, who.id)
	who.hash = pw.hash
	return who, err
}

// residentRefusal says why a resident may not come in; nil when they may.
func residentRefusal(r people.Resident) error {
	switch {
	case people.CanAccess(r):
		return nil
	case r.Status == people.Rejected || r.FamilyStatus == people.Rejected:
		if r.StatusReason == "" { // an import knew none
			return ErrRejected
		}
		return errs.New(ErrRejected.Kind, ErrRejected.Code, "error.auth.rejected", "Reason", r.StatusReason)
	case r.State() == people.Suspended:
		return ErrSuspended
	default:
		return ErrPending
	}
}

func staffRefusal(st Staff) error {
	switch st.Status {
	case StaffApproved:
		return nil
	case StaffPending:
		return ErrPending
	default:
		return ErrSuspended
	}
}

// refuse answers a wrong password. The audit trail keeps the failures of staff, and
// the one that locks an account, of people who are there: a name that nobody has may
// be a mistyped password.
func (s *Service) refuse(ctx context.Context, actor audit.Actor, surface Surface, who account, last bool) error {
	action := "staff.sign_in_failed"
	if last {
		action = "auth.lock"
	}
	if who.id == uuid.Nil || surface != StaffSurface && !last {
		return ErrBadCredentials
	}
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return audit.Record(ctx, tx, actor, s.now(), audit.Event{
			Action: action, TargetKind: string(surface), TargetID: who.id, TargetName: who.name,
		})
	})
	if err != nil {
		return err
	}
	return ErrBadCredentials
}

// openSession makes the session and notes the sign-in.
func (s *Service) openSession(ctx context.Context, tx *db.Tx, actor audit.Actor, surface Surface, who account) (string, error) {
	now := s.now()
	token := newToken()
	err := insertSession(ctx, tx, session{
		id: db.NewID(), secretHash: hashToken(token), surface: surface, subject: who.id,
		createdAt: now, seenAt: now, expiresAt: s.sessionEnd(surface, now, now), ip: actor.IP, userAgent: actor.UserAgent,
	})
	if err != nil {
		return "", err
	}
	if surface == ResidentSurface {
		return token, people.MarkLogin(ctx, tx, who.id, now)
	}
	if err := markStaffLogin(ctx, tx, who.id, now); err != nil {
		return "", err
	}
	actor.Kind, actor.ID, actor.Name = audit.Staff, who.id, who.name
	return token, audit.Record(ctx, tx, actor, now, audit.Event{
		Action: "staff.sign_in", TargetKind: "staff", TargetID: who.id, TargetName: who.name,
	})
}

// sessionEnd is a session's absolute end: fixed for staff, moving on for residents.
func (s *Service) sessionEnd(surface Surface, created, seen time.Time) time.Time {
	if surface == StaffSurface {
		return created.Add(s.cfg.StaffMax)
	}
	return seen.Add(s.cfg.ResidentIdle)
}
