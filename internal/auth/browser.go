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

// browserLife is how long a browser is remembered. Using it does not prolong it.
const browserLife = 30 * 24 * time.Hour

// ErrNoBrowser says that a session or a browser is not, or no longer, somebody's.
var ErrNoBrowser = errs.New(errs.NotFound, "DEVICE_NOT_FOUND", "error.auth.device_not_found")

// Browser is one that a resident had remembered.
type Browser struct {
	ID        uuid.UUID
	UserAgent string
	IP        string // of its last sign-in
	CreatedAt time.Time
	UsedAt    time.Time
	ExpiresAt time.Time
	Current   bool // the browser that asks
}

// rememberBrowser lets a browser skip the code of a resident. Its secret is a new one each
// time, and goes on to serve the others who share it: a cookie that somebody planted
// before is worth nothing.
func (s *Service) rememberBrowser(ctx context.Context, tx *db.Tx, actor audit.Actor, subject uuid.UUID, old string) (secret string, until time.Time, err error) {
	now := s.now()
	secret, until = newToken(), now.Add(browserLife)
	if old != "" {
		if err := renameBrowsers(ctx, tx, hashToken(old), hashToken(secret)); err != nil {
			return "", time.Time{}, fmt.Errorf("remember browser: %w", err)
		}
	}
	d := Browser{ID: db.NewID(), UserAgent: actor.UserAgent, IP: actor.IP, CreatedAt: now, UsedAt: now, ExpiresAt: until}
	if err := putBrowser(ctx, tx, d, subject, hashToken(secret)); err != nil {
		return "", time.Time{}, fmt.Errorf("remember browser: %w", err)
	}
	return secret, until, nil
}

// Browsers lists the browsers that a resident had remembered, the last used first. secret
// is that of the browser that asks.
func (s *Service) Browsers(ctx context.Context, subject uuid.UUID, secret string) ([]Browser, error) {
	out, err := browsersOf(ctx, s.db, subject, hashToken(secret), s.now())
	if err != nil {
		return nil, fmt.Errorf("browsers of %s: %w", subject, err)
	}
	return out, nil
}

// ForgetBrowser has a browser ask for a code again. Error: ErrNoBrowser.
func (s *Service) ForgetBrowser(ctx context.Context, actor audit.Actor, subject, id uuid.UUID) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := deleteBrowser(ctx, tx, subject, id); err != nil {
			return err
		}
		return audit.Record(ctx, tx, actor, s.now(), audit.Event{Action: "resident.forget_device", TargetKind: "resident", TargetID: subject, TargetName: actor.Name})
	})
}
