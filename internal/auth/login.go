package auth

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/telemetry"
)

// Way is how somebody signed in, or tried to.
type Way string

// The ways. docs/sign-in.md has them all in one table with their strength.
const (
	WayPassword  Way = "password"
	WayCode      Way = "code"   // a password, then a one-time code
	WayDevice    Way = "device" // a password on a remembered device
	WayTOTP      Way = "totp"   // a password, then an authenticator's code
	WayRecovery  Way = "recovery"
	WayCard      Way = "card" // a phone app's scan, then a one-time code
	WayToken     Way = "token"
	WayBiometric Way = "biometric"
)

// What became of an attempt that failed, or has not come to its end.
const (
	BadCredentials = "bad_credentials"
	Locked         = "locked"
	NotYetApproved = "pending"
	WasRejected    = "rejected"
	IsSuspended    = "suspended"
	CodePending    = "code_pending" // the password was right; no code has been given yet
	CodeWrong      = "code_wrong"
	OtherReason    = "other"
)

// Login is one attempt to sign in. The history keeps it for a year.
type Login struct {
	ID        uuid.UUID
	Surface   Surface
	Subject   uuid.UUID // uuid.Nil: nobody has the name that was typed
	Typed     string    // that name, when it is written; only its keyed hash is kept
	Success   bool
	Reason    string // empty with Success
	Way       Way
	IP        string
	UserAgent string
	At        time.Time
}

// loginKept is how long attempts are kept.
const loginKept = 365 * 24 * time.Hour

// recordLogin writes one attempt, in the transaction of what became of it.
func (s *Service) recordLogin(ctx context.Context, tx *db.Tx, actor audit.Actor, l Login) error {
	if l.ID == uuid.Nil {
		l.ID = db.NewID()
	}
	l.IP, l.UserAgent, l.At = actor.IP, actor.UserAgent, s.now()
	if err := s.insertLogin(ctx, tx, l); err != nil {
		return fmt.Errorf("record sign-in: %w", err)
	}
	tx.AfterCommit(func() { tellSignIn(ctx, tx, l) })
	return nil
}

// tellSignIn writes how far an attempt has come to the security log. What was typed as
// the name is nobody's but the typist's: people type their passwords there.
func tellSignIn(ctx context.Context, tx *db.Tx, l Login) {
	event, level := telemetry.SignInFailed, slog.LevelWarn
	switch {
	case l.Success:
		event, level = telemetry.SignedIn, slog.LevelInfo
	case l.Reason == CodePending:
		event, level = telemetry.SignInPending, slog.LevelInfo
	}
	attrs := []slog.Attr{slog.String("surface", string(l.Surface)), slog.String("way", string(l.Way)), slog.String("login", l.ID.String())}
	if l.Subject != uuid.Nil {
		attrs = append(attrs, slog.String("subject", l.Subject.String()))
	}
	if l.Reason != "" {
		attrs = append(attrs, slog.String("reason", l.Reason))
	}
	if l.IP != "" {
		attrs = append(attrs, slog.String("ip", l.IP))
	}
	telemetry.Emit(ctx, tx.Log(), level, event, attrs...)
}

// ImportLogin keeps an attempt at a former system. One that is here already stays as it is.
func (s *Service) ImportLogin(ctx context.Context, tx *db.Tx, l Login) error {
	if err := s.insertLogin(ctx, tx, l); err != nil {
		return fmt.Errorf("import sign-in %s: %w", l.ID, err)
	}
	return nil
}

// Logins lists a person's attempts, the newest first.
func (s *Service) Logins(ctx context.Context, subject uuid.UUID, cursor string, limit int) (db.Page[Login], error) {
	at, err := db.ParseCursor(cursor)
	if err != nil {
		return db.Page[Login]{}, err
	}
	limit = db.Limit(limit)
	rows, err := loginsOf(ctx, s.db, subject, at, limit+1)
	if err != nil {
		return db.Page[Login]{}, fmt.Errorf("sign-ins of %s: %w", subject, err)
	}
	return db.PageOf(rows, limit, func(l Login) db.Cursor { return db.Cursor{At: l.At, ID: l.ID} }), nil
}
