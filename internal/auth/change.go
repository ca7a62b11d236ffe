package auth

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// ChangePassword lets a signed-in person replace their password. A wrong current one
// counts as a failed sign-in. Every other session of theirs ends, and this one gets
// another token, for its cookie: whoever had copied the old one is out.
func (s *Service) ChangePassword(ctx context.Context, actor audit.Actor, p Principal, current, new string) (token string, err error) {
	if !p.SignedIn() {
		return "", ErrNoSession
	}
	if current == new {
		return "", errs.NewField("new_password", "error.auth.password_same")
	}
	if err := CheckPassword("new_password", new, p.Username, p.Name); err != nil {
		return "", err
	}
	a, err := s.reauthenticate(ctx, actor, p, current)
	if err != nil {
		return "", err
	}
	hash, err := s.hasher.hash(ctx, new)
	if err != nil {
		return "", err
	}
	token = newToken()
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := succeed(ctx, tx, a); err != nil {
			return err
		}
		if err := rotateSession(ctx, tx, p.SessionID, hashToken(token)); err != nil {
			return err
		}
		return s.replacePassword(ctx, tx, actor, newPassword{
			surface: p.Surface, subject: p.ID, name: p.Name, hash: hash, keep: p.SessionID,
		})
	})
	if err != nil {
		return "", fmt.Errorf("change password of %s: %w", p.ID, err)
	}
	return token, nil
}

// reauthenticate asks a signed-in person for their password before something that a
// phone left unlocked must not allow. A wrong one is an error of the field
// current_password, and counts as a failed sign-in.
func (s *Service) reauthenticate(ctx context.Context, actor audit.Actor, p Principal, current string) (attempt, error) {
	a := s.attemptOf(p.Surface, p.Username, actor.IP)
	_, _, err := s.authenticate(ctx, actor, a, p.Surface, p.Username, current)
	if errs.KindOf(err) == errs.Unauthenticated {
		return attempt{}, errs.NewField("current_password", "error.auth.password_wrong")
	}
	return a, err
}

// Confirm asks a signed-in person for their password before an act of another room. A
// wrong one is an error of the field current_password, and counts as a failed sign-in.
func (s *Service) Confirm(ctx context.Context, actor audit.Actor, p Principal, password string) error {
	a, err := s.reauthenticate(ctx, actor, p, password)
	if err != nil {
		return err
	}
	if err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return succeed(ctx, tx, a) }); err != nil {
		return fmt.Errorf("confirm password of %s: %w", p.ID, err)
	}
	return nil
}

// SetResidentPassword gives a resident a password: at registration, or by the office.
// Their sessions end, and so does their lock.
func (s *Service) SetResidentPassword(ctx context.Context, actor audit.Actor, id uuid.UUID, password string) error {
	r, err := s.people.ByID(ctx, s.db, id)
	if err != nil {
		return err
	}
	if err := CheckPassword("password", password, r.Username, r.FullName, r.Email); err != nil {
		return err
	}
	return s.setPassword(ctx, actor, password, newPassword{surface: ResidentSurface, subject: id, name: r.FullName, username: r.Username})
}

// ResetStaffPassword gives a member of staff a temporary password, which must be
// changed at the next sign-in, and ends their sessions and their lock. It is shown once.
// Nobody resets their own: whoever finds a screen unlocked would take the account over.
func (s *Service) ResetStaffPassword(ctx context.Context, actor audit.Actor, id uuid.UUID) (temporary string, err error) {
	if actor.Kind == audit.Staff && actor.ID == id {
		return "", errs.New(errs.Conflict, "OWN_ACCOUNT", "error.auth.own_password")
	}
	st, err := s.StaffByID(ctx, id)
	if err != nil {
		return "", err
	}
	temporary = temporaryPassword()
	hash, err := s.hasher.hash(ctx, temporary)
	if err != nil {
		return "", err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.tellStaff(ctx, tx, st, passwordResetMail(actor)); err != nil {
			return err
		}
		unlocked, err := endLocks(ctx, tx, s.lockKeysOf(st), s.now())
		if err != nil {
			return err
		}
		if unlocked {
			if err := s.tellNews(ctx, tx, actor, st, unlockedNews(actor, st)); err != nil {
				return err
			}
		}
		return s.replacePassword(ctx, tx, actor,
			newPassword{surface: StaffSurface, subject: id, name: st.FullName, username: st.Username, hash: hash, mustChange: true})
	})
	if err != nil {
		return "", fmt.Errorf("reset password of %s: %w", id, err)
	}
	return temporary, nil
}

// newPassword is a password on its way into the store.
type newPassword struct {
	surface    Surface
	subject    uuid.UUID
	name       string
	username   string // its lock ends; empty: no lock to end
	hash       string
	mustChange bool
	keep       uuid.UUID // the session that goes on; zero: none
}

func (s *Service) setPassword(ctx context.Context, actor audit.Actor, password string, n newPassword) (err error) {
	if n.hash, err = s.hasher.hash(ctx, password); err != nil {
		return err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return s.replacePassword(ctx, tx, actor, n) })
	if err != nil {
		return fmt.Errorf("set password of %s: %w", n.subject, err)
	}
	return nil
}

// replacePassword stores the hash and ends all that the old password opened, but for the
// session that is kept. A resident is told on every way.
func (s *Service) replacePassword(ctx context.Context, tx *db.Tx, actor audit.Actor, n newPassword) error {
	now := s.now()
	old, err := passwordOf(ctx, tx, n.subject)
	if err != nil {
		return err
	}
	if err := putPassword(ctx, tx, n.subject, n.hash, n.mustChange, now); err != nil {
		return err
	}
	if err := deleteSessionsOf(ctx, tx, n.surface, n.subject, n.keep); err != nil {
		return err
	}
	if err := bumpEpoch(ctx, tx, n.subject, now); err != nil {
		return err
	}
	if err := deactivateDevicesOf(ctx, tx, n.subject); err != nil {
		return err
	}
	if err := deleteFlowsOf(ctx, tx, n.subject); err != nil { // who has only the old password is not to go on
		return err
	}
	if n.surface == ResidentSurface {
		if err := deleteBrowsersOf(ctx, tx, n.subject, ""); err != nil {
			return err
		}
		if old.hash != "" { // the first one is no news
			if err := s.tellPasswordChanged(ctx, tx, n.subject); err != nil {
				return err
			}
		}
	}
	if err := clearAllCodeFailures(ctx, tx, n.subject); err != nil {
		return err
	}
	if n.username != "" {
		if err := clearCount(ctx, tx, s.attemptOf(n.surface, n.username, "").account); err != nil {
			return err
		}
	}
	return audit.Record(ctx, tx, actor, now, audit.Event{
		Action: string(n.surface) + ".password", TargetKind: string(n.surface), TargetID: n.subject, TargetName: n.name,
		Details: map[string]any{"must_change": n.mustChange},
	})
}

// temporaryPassword makes 20 letters of base32 in groups: 100 random bits.
func temporaryPassword() string {
	t := rand.Text()
	return strings.Join([]string{t[:5], t[5:10], t[10:15], t[15:20]}, "-")
}
