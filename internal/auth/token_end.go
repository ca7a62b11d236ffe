package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
)

// EndTokens ends the chain of a refresh token: somebody logs out. It must be theirs: owner
// is who asks; uuid.Nil lets the token speak for itself. Errors: the refusals of tokens,
// also for one that was ended before.
func (s *Service) EndTokens(ctx context.Context, actor audit.Actor, surface Surface, owner uuid.UUID, token string) error {
	c, subject, err := s.refreshClaims(surface, token)
	if err != nil {
		return err
	}
	if owner != uuid.Nil && owner != subject {
		return ErrTokenForeign
	}
	ended := false
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.ourRow(ctx, tx, actor, c, holder{surface: surface, id: subject, claims: "{}"})
		if err == nil {
			ended, err = endChain(ctx, tx, r.chain, s.now())
		}
		if err == nil && ended && surface == StaffSurface {
			err = s.recordAppSignOut(ctx, tx, actor, subject)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("end tokens of %s: %w", subject, err)
	}
	if !ended {
		return ErrTokenExpired
	}
	return nil
}

// OldToken is a refresh token that a former system gave out.
type OldToken struct {
	JTI     string
	Surface Surface
	Subject uuid.UUID
	Issued  time.Time
	Expires time.Time
	Ended   *time.Time // when it was made worthless; nil: it was not
}

// ImportToken brings an old token over: one that was ended stays ended, the others are
// known before their phones come back. One that is here already stays as it is.
func (s *Service) ImportToken(ctx context.Context, tx *db.Tx, t OldToken) (inserted bool, err error) {
	r := tokenRow{id: db.NewID(), jti: t.JTI, surface: t.Surface, subject: t.Subject, claims: "{}", issued: t.Issued.Unix(), expires: t.Expires.Unix(), createdAt: t.Issued}
	r.chain = r.id
	if inserted, err = s.importToken(ctx, tx, r, t.Ended); err != nil {
		return false, fmt.Errorf("import token of %s: %w", t.Subject, err)
	}
	return inserted, nil
}
