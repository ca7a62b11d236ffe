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

// passed checks a password and, when it is right and its holder may come in, notes that
// and goes on, in one transaction. typed gives the password as it was meant for somebody.
// Refusals: ErrBadCredentials, ErrLocked, ErrBusy, and for the right password of someone
// who may not yet or no longer access ErrPending, ErrRejected, ErrSuspended.
func (s *Service) passed(ctx context.Context, actor audit.Actor, a attempt, typed func(account) string,
	open func(context.Context, *db.Tx, account) error) (account, error) {
	who, upgrade, err := s.authenticateAs(ctx, actor, a, a.surface, a.typed, typed)
	if err != nil {
		return account{}, err
	}
	var newHash string
	if upgrade {
		if newHash, err = s.hasher.hash(ctx, typed(who)); err != nil {
			return account{}, errors.Join(err, s.forgive(ctx, a))
		}
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := succeed(ctx, tx, a); err != nil {
			return err
		}
		if upgrade {
			if err := upgradeHash(ctx, tx, who.id, who.hash, newHash); err != nil {
				return err
			}
		}
		if who.refusal != nil {
			return s.recordLogin(ctx, tx, actor, Login{Surface: a.surface, Subject: who.id, Typed: a.typed, Reason: reasonOf(who.refusal), Way: a.way})
		}
		return open(ctx, tx, who)
	})
	if err != nil {
		return account{}, fmt.Errorf("sign in: %w", err)
	}
	return who, who.refusal
}

// account is what a sign-in needs to know about the holder of a username.
type account struct {
	id       uuid.UUID
	name     string
	hash     string
	refusal  error           // why someone with the right password may not come in
	resident people.Resident // of staff: zero
	staff    Staff           // of residents: zero
	second   bool            // has a second factor
}

// authenticate finds who has this username and password. Unknown names cost the same
// work and get the same answer.
func (s *Service) authenticate(ctx context.Context, actor audit.Actor, a attempt, surface Surface, username, password string) (who account, upgrade bool, err error) {
	return s.authenticateAs(ctx, actor, a, surface, username, func(account) string { return password })
}

// authenticateAs is authenticate where the password depends on whose it is: typed cuts
// off a code that only some type after it.
func (s *Service) authenticateAs(ctx context.Context, actor audit.Actor, a attempt, surface Surface, username string, typed func(account) string) (who account, upgrade bool, err error) {
	started := time.Now()
	who, upgrade, err = s.judgePassword(ctx, actor, a, surface, username, typed)
	if errors.Is(err, ErrBadCredentials) {
		if err := s.evenOut(ctx, started); err != nil {
			return account{}, false, err
		}
	}
	return who, upgrade, err
}

// judgePassword looks at one password. Sign-ins from one address stand in line.
func (s *Service) judgePassword(ctx context.Context, actor audit.Actor, a attempt, surface Surface, username string, typed func(account) string) (who account, upgrade bool, err error) {
	leave, err := s.gate.enter(ctx, NetworkOf(actor.IP))
	if err != nil {
		return account{}, false, err
	}
	defer leave()
	who, err = s.accountOf(ctx, surface, username)
	if err != nil {
		return account{}, false, fmt.Errorf("find account: %w", err)
	}
	last, err := s.begin(ctx, actor, a, who.id)
	if err != nil {
		return account{}, false, err
	}
	password := typed(who)
	tooLong := len(password) > maxPasswordBytes
	if tooLong {
		password = "" // nobody's, and it costs the same work
	}
	started := time.Now()
	ok, upgrade, err := s.hasher.verify(ctx, who.hash, password)
	if djangoRounds(who.hash) > 0 {
		s.even.took(time.Since(started))
	}
	if err != nil {
		return account{}, false, errors.Join(fmt.Errorf("verify password of %s: %w", who.id, err), s.forgive(ctx, a))
	}
	if !ok || tooLong {
		return account{}, false, s.refuse(ctx, actor, a, who, last)
	}
	return who, upgrade, nil
}

// accountOf finds the holder of a username; nobody is an account without a hash. It asks
// as often for nobody as for somebody.
func (s *Service) accountOf(ctx context.Context, surface Surface, username string) (account, error) {
	var who account
	if surface == StaffSurface {
		st, err := s.staffByUsername(ctx, s.db, username)
		if err != nil && !errors.Is(err, ErrStaffNotFound) {
			return account{}, err
		}
		if err != nil || st.Status == StaffDeleted {
			st = Staff{}
		}
		second, err := secondOf(ctx, s.db, st.ID)
		if err != nil {
			return account{}, err
		}
		if st.ID != uuid.Nil {
			who = account{id: st.ID, name: st.FullName, refusal: staffRefusal(st), staff: st, second: second.On}
		}
	} else {
		r, err := s.people.ByUsername(ctx, s.db, username)
		if err != nil && !errors.Is(err, people.ErrResidentNotFound) {
			return account{}, err
		}
		if err == nil {
			who = account{id: r.ID, name: r.FullName, refusal: residentRefusal(r), resident: r}
		}
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

// reasonOf is what the history says of a refusal.
func reasonOf(refusal error) string {
	switch {
	case refusal == nil:
		return ""
	case errors.Is(refusal, ErrPending):
		return NotYetApproved
	case errors.Is(refusal, ErrRejected):
		return WasRejected
	case errors.Is(refusal, ErrSuspended):
		return IsSuspended
	default:
		return OtherReason
	}
}

// refuse answers a wrong password. The history keeps every one. The audit trail keeps the
// failures of staff, and the one that locks an account, of people who are there: a name
// that nobody has may be a mistyped password. Telling the owner is work for later, which
// nobody's account gets as well, so that the answer takes the same time.
func (s *Service) refuse(ctx context.Context, actor audit.Actor, a attempt, who account, last bool) error {
	action := "staff.sign_in_failed"
	if last {
		action = "auth.lock"
	}
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		err := s.recordLogin(ctx, tx, actor, Login{Surface: a.surface, Subject: who.id, Typed: a.typed, Reason: BadCredentials, Way: a.way})
		if err != nil {
			return err
		}
		if last && a.surface == ResidentSurface {
			if err := s.later(ctx, tx, lockedArgs{Subject: who.id}); err != nil {
				return err
			}
		}
		if who.id == uuid.Nil || a.surface != StaffSurface && !last {
			return nil
		}
		if last && a.surface == StaffSurface {
			if err := s.tellStaff(ctx, tx, who.staff, lockedMail(s.now().Add(lockFor), false)); err != nil {
				return err
			}
			if err := s.tellLockedStaff(ctx, tx, who.staff); err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, actor, s.now(), audit.Event{
			Action: action, TargetKind: string(a.surface), TargetID: who.id, TargetName: who.name,
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
		createdAt: now, seenAt: now, expiresAt: s.sessionEnd(surface, now), ip: actor.IP, userAgent: actor.UserAgent,
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

// sessionEnd is a session's absolute end. Being idle ends it sooner.
func (s *Service) sessionEnd(surface Surface, created time.Time) time.Time {
	if surface == StaffSurface {
		return created.Add(s.cfg.StaffMax)
	}
	return created.Add(s.cfg.ResidentMax)
}

// idleEnd is when a session ends of which nothing more is heard.
func (s *Service) idleEnd(surface Surface, seen time.Time) time.Time {
	if surface == StaffSurface {
		return seen.Add(s.cfg.StaffIdle)
	}
	return seen.Add(s.cfg.ResidentIdle)
}
