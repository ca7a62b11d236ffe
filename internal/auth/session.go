package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/people"
)

// seenEvery is how exactly a session's last use is kept, so that reading pages does
// not write on every request.
const seenEvery = time.Minute

// session is a row of auth_session.
type session struct {
	id         uuid.UUID
	secretHash string
	surface    Surface
	subject    uuid.UUID
	createdAt  time.Time
	seenAt     time.Time
	expiresAt  time.Time
	ip         string
	userAgent  string
}

// newToken makes 256 random bits for a cookie.
func newToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails: it ends the program instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// hashToken is what is stored of a token. The token is random, so a plain hash is enough.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// PrincipalOf tells who holds a session of a surface. Status and role are read anew on
// every call: whoever was suspended has lost access. ErrNoSession for everything that
// is not, or no longer, a sign-in.
func (s *Service) PrincipalOf(ctx context.Context, surface Surface, token string) (Principal, error) {
	if len(token) != base64.RawURLEncoding.EncodedLen(32) {
		return Principal{}, ErrNoSession
	}
	now := s.now()
	ses, err := sessionByHash(ctx, s.db, surface, hashToken(token))
	if err != nil {
		return Principal{}, err
	}
	if !now.Before(ses.expiresAt) || !now.Before(s.idleEnd(surface, ses.seenAt)) {
		return Principal{}, ErrNoSession
	}
	p, err := s.principal(ctx, ses)
	if err != nil {
		return Principal{}, err
	}
	if now.Sub(ses.seenAt) >= seenEvery && !quiet(ctx) {
		err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return touchSession(ctx, tx, ses.id, now) })
	}
	return p, err
}

type quietKey struct{}

// Quietly marks what a page asks for by itself. It is answered while the session goes on,
// and does not keep it going: nobody may be sitting there.
func Quietly(ctx context.Context) context.Context { return context.WithValue(ctx, quietKey{}, true) }

func quiet(ctx context.Context) bool { return ctx.Value(quietKey{}) != nil }

func (s *Service) principal(ctx context.Context, ses session) (Principal, error) {
	p := Principal{Surface: ses.surface, ID: ses.subject, SessionID: ses.id, ExpiresAt: ses.expiresAt}
	if ses.surface == ResidentSurface {
		r, err := s.people.ByID(ctx, s.db, ses.subject)
		if errors.Is(err, people.ErrResidentNotFound) || err == nil && !people.CanAccess(r) {
			return Principal{}, ErrNoSession
		}
		p.Name, p.Username, p.Language, p.Resident = r.FullName, r.Username, r.Language, r
		return p, err
	}
	st, due, err := s.staffWithDues(ctx, s.db, ses.subject)
	if errors.Is(err, ErrStaffNotFound) || err == nil && st.Status != StaffApproved {
		return Principal{}, ErrNoSession
	}
	p.Name, p.Username, p.Language, p.Role, p.MustChangePassword = st.FullName, st.Username, st.Language, st.Role, due.password
	p.MustSetUpSecond = !due.hasSecond && s.needsSecond(st.Role)
	p.Scope = st.Scope()
	return p, err
}

// SignOut ends one session. Another surface's, or another phone's, stays. A token that
// is nobody's is signed out already.
func (s *Service) SignOut(ctx context.Context, actor audit.Actor, surface Surface, token string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		subject, err := deleteSession(ctx, tx, surface, hashToken(token))
		if err != nil || subject == uuid.Nil || surface != StaffSurface {
			return err
		}
		return audit.Record(ctx, tx, actor, s.now(), audit.Event{Action: "staff.sign_out", TargetKind: "staff", TargetID: subject, TargetName: actor.Name})
	})
}

// Purge drops ended sessions, flows and tokens, old codes, and forgotten counts of failed sign-ins.
func (s *Service) Purge(ctx context.Context) error {
	now := s.now()
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := deleteEndedSessions(ctx, tx, now, now.Add(-s.cfg.StaffIdle), now.Add(-s.cfg.ResidentIdle)); err != nil {
			return err
		}
		if err := deleteOldBrowsers(ctx, tx, now); err != nil {
			return err
		}
		if err := deleteOldFlows(ctx, tx, now); err != nil {
			return err
		}
		if err := deleteOldCodes(ctx, tx, now.Add(-codeKept)); err != nil {
			return err
		}
		if err := deleteOldLogins(ctx, tx, now.Add(-loginKept)); err != nil {
			return err
		}
		if err := deleteOldAttempts(ctx, tx, now.Add(-attemptsKept)); err != nil {
			return err
		}
		if err := deleteOldTokens(ctx, tx, now.Unix()); err != nil {
			return err
		}
		return deleteOldCounts(ctx, tx, now)
	})
	if err != nil {
		return fmt.Errorf("purge sessions: %w", err)
	}
	return nil
}
