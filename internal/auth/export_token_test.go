package auth

import (
	"context"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
)

// OpenTokens signs somebody in on a phone, without asking for anything.
func (s *Service) OpenTokens(ctx context.Context, actor audit.Actor, surface Surface, id uuid.UUID) (t Tokens, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		h, err := s.holderOf(ctx, tx, surface, id)
		if err == nil {
			_, t, err = s.openTokens(ctx, tx, actor, h)
		}
		return err
	})
	return t, err
}

// SignToken signs anything that looks like claims with the service's key.
func (s *Service) SignToken(kind string, user uuid.UUID, issued, expires time.Time, jti string) string {
	token, err := s.sign(residentClaims{common{Type: kind, Exp: expires.Unix(), Iat: issued.Unix(), ID: jti}, user.String()})
	if err != nil {
		panic(err)
	}
	return token
}

// Key is what tokens are signed with.
func (s *Service) Key() []byte { return []byte(s.cfg.SecretKey) }

// ParseToken is parseToken, for what it finds.
func (s *Service) ParseToken(token, kind string) (jti string, err error) {
	c, err := s.parseToken(token, kind)
	return c.ID, err
}
