package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// Flow is the name of something that takes several pages: a registration, a sign-in that
// waits for its code. What it holds is sealed in the database; the browser has a secret
// in a cookie, so that a reload or a lost line loses nothing.
type Flow string

// ErrFlowOver says that a flow is unknown, finished or too old: it starts anew.
var ErrFlowOver = errs.New(errs.Unauthenticated, "FLOW_OVER", "error.auth.flow_over")

// flow is a row of auth_flow.
type flow struct {
	id        uuid.UUID
	kind      Flow
	subject   uuid.UUID // uuid.Nil while nobody is known
	data      string    // JSON
	createdAt time.Time
	expiresAt time.Time
}

// openFlow begins a flow and gives the secret for its cookie.
func (s *Service) openFlow(ctx context.Context, tx *db.Tx, kind Flow, subject uuid.UUID, data any, life time.Duration) (secret string, f flow, err error) {
	encoded, err := json.Marshal(data)
	if err != nil {
		return "", flow{}, fmt.Errorf("open flow %s: %w", kind, err)
	}
	now := s.now()
	secret = newToken()
	f = flow{id: db.NewID(), kind: kind, subject: subject, data: string(encoded), createdAt: now, expiresAt: now.Add(life)}
	if err := s.insertFlow(ctx, tx, f, hashToken(secret)); err != nil {
		return "", flow{}, fmt.Errorf("open flow %s: %w", kind, err)
	}
	return secret, f, nil
}

// findFlow reads a live flow and what it holds into data. Error: ErrFlowOver.
func (s *Service) findFlow(ctx context.Context, q db.Q, kind Flow, secret string, data any) (flow, error) {
	if len(secret) != base64.RawURLEncoding.EncodedLen(32) {
		return flow{}, ErrFlowOver
	}
	f, err := s.flowByHash(ctx, q, kind, hashToken(secret), s.now())
	if err != nil {
		return flow{}, err
	}
	if err := json.Unmarshal([]byte(f.data), data); err != nil {
		return flow{}, fmt.Errorf("read flow %s: %w", kind, err)
	}
	return f, nil
}

// keepFlow writes what a flow holds now.
func (s *Service) keepFlow(ctx context.Context, tx *db.Tx, f flow, data any) error {
	encoded, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("keep flow %s: %w", f.kind, err)
	}
	return s.updateFlow(ctx, tx, f, string(encoded))
}
