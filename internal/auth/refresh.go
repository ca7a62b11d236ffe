package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
)

// Refresh tokens rotate: each use gives a new pair. The apps cannot be changed and may
// never store the new one, so an old one goes on giving the newest pair of its chain,
// for as long as nobody has used a newer one. Once somebody has, it has tokenGrace left
// for answers that were lost; after that two hold what only one should, and the chain ends.
// A chain ends with the first token's time: refreshing does not prolong a sign-in.
const tokenGrace = 10 * time.Minute

// samePair is how long a refresh that is asked again gets the very same pair.
const samePair = 10 * time.Minute

// Tokens are what a phone app is signed in with.
type Tokens struct {
	Access  string
	Refresh string
	Life    time.Duration // of the access token
}

// tokenRow is a row of auth_token: what its refresh token, and the access token that went
// with it, are signed from.
type tokenRow struct {
	id           uuid.UUID
	jti          string
	chain        uuid.UUID // the id of its first
	surface      Surface
	subject      uuid.UUID
	claims       string // of staff, JSON
	issued       int64
	expires      int64
	accessIssued int64
	successor    uuid.UUID  // uuid.Nil: this is the newest
	usedSince    *time.Time // when the first of its successors was used
	ip           string
	userAgent    string
	createdAt    time.Time
}

// openTokens begins a chain: somebody signed in on a phone. id is the row's, for a code
// that may be sent twice.
func (s *Service) openTokens(ctx context.Context, tx *db.Tx, actor audit.Actor, h holder) (id uuid.UUID, t Tokens, err error) {
	r := s.newTokenRow(actor, h)
	r.chain = r.id
	if err := s.insertToken(ctx, tx, r); err != nil {
		return uuid.Nil, Tokens{}, fmt.Errorf("open tokens: %w", err)
	}
	t, err = s.pairOf(r)
	return r.id, t, err
}

func (s *Service) newTokenRow(actor audit.Actor, h holder) tokenRow {
	now := s.now()
	issued := max(now.Unix(), h.epoch+1) // in the second of an epoch it would be worthless at once
	return tokenRow{id: db.NewID(), jti: newJTI(), surface: h.surface, subject: h.id, claims: h.claims, issued: issued,
		expires: issued + int64(s.cfg.RefreshLife/time.Second), accessIssued: issued, ip: actor.IP, userAgent: actor.UserAgent, createdAt: now}
}

// newJTI is 32 hexadecimal digits, as the reference's.
func newJTI() string { return strings.ReplaceAll(uuid.NewString(), "-", "") }

// pairOf signs both tokens of a row: the same row, the same bytes.
func (s *Service) pairOf(r tokenRow) (Tokens, error) {
	refresh, err := s.signFor(r, common{Type: RefreshToken, Exp: r.expires, Iat: r.issued, ID: r.jti})
	if err != nil {
		return Tokens{}, err
	}
	access, err := s.signFor(r, common{Type: AccessToken, Iat: r.accessIssued, Exp: r.accessIssued + int64(s.cfg.AccessLife/time.Second),
		ID: s.vault.Hash("access-token", fmt.Sprintf("%s|%d", r.jti, r.accessIssued))[:32]})
	return Tokens{Access: access, Refresh: refresh, Life: s.cfg.AccessLife}, err
}

func (s *Service) signFor(r tokenRow, c common) (string, error) {
	if r.surface == ResidentSurface {
		return s.sign(residentClaims{c, r.subject.String()})
	}
	var about aboutStaff
	if err := json.Unmarshal([]byte(r.claims), &about); err != nil {
		return "", fmt.Errorf("claims of token %s: %w", r.id, err)
	}
	return s.sign(staffClaims{c, about})
}

// Refresh gives the pair that a refresh token stands for now. The account is looked at as
// in a sign-in. Errors: the refusals of tokens, and ErrPending, ErrRejected, ErrSuspended.
func (s *Service) Refresh(ctx context.Context, actor audit.Actor, surface Surface, token string) (Tokens, error) {
	c, subject, err := s.refreshClaims(surface, token)
	if err != nil {
		return Tokens{}, err
	}
	h, err := s.holderOf(ctx, s.db, surface, subject)
	if err != nil {
		return Tokens{}, err
	}
	if c.Iat <= h.epoch {
		return Tokens{}, ErrTokenExpired
	}
	var t Tokens
	var refused error
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		var newest tokenRow
		newest, refused, err = s.rotate(ctx, tx, actor, c, h)
		if err != nil || refused != nil {
			return err
		}
		t, err = s.pairOf(newest)
		return err
	})
	if err != nil {
		return Tokens{}, fmt.Errorf("refresh tokens of %s: %w", subject, err)
	}
	return t, refused
}

// refreshClaims reads a refresh token of a surface.
func (s *Service) refreshClaims(surface Surface, token string) (claims, uuid.UUID, error) {
	c, err := s.parseToken(token, RefreshToken)
	if err != nil {
		return claims{}, uuid.Nil, err
	}
	if c.surface() != surface {
		return claims{}, uuid.Nil, ErrTokenForeign
	}
	subject, err := c.subject()
	return c, subject, err
}

// rotate finds or makes the newest row of a token's chain. refused is for the app; what
// was written before it stays written.
func (s *Service) rotate(ctx context.Context, tx *db.Tx, actor audit.Actor, c claims, h holder) (newest tokenRow, refused, err error) {
	r, err := s.ourRow(ctx, tx, actor, c, h)
	if err != nil {
		return tokenRow{}, nil, err
	}
	// The chain's first row is its lock: a chain that ends cannot grow at the same time.
	live, err := lockChain(ctx, tx, r.chain)
	if err != nil || !live || r.subject != h.id || r.surface != h.surface {
		return tokenRow{}, ErrTokenExpired, err
	}
	if r, err = s.tokenByJTI(ctx, tx, c.ID); err != nil {
		return tokenRow{}, nil, err
	}
	now := s.now()
	switch {
	case r.successor == uuid.Nil:
		newest, err = s.advance(ctx, tx, actor, r, h)
		return newest, nil, err
	case r.usedSince != nil && now.After(r.usedSince.Add(tokenGrace)):
		return tokenRow{}, ErrTokenExpired, s.endReused(ctx, tx, actor, r)
	}
	if newest, err = s.newestOf(ctx, tx, r.chain); err != nil {
		return tokenRow{}, nil, err
	}
	if now.Unix() >= newest.accessIssued+int64(samePair/time.Second) {
		newest.accessIssued = now.Unix()
		err = setAccessIssued(ctx, tx, newest.id, newest.accessIssued)
	}
	return newest, nil, err
}

// ourRow is a token's row. A token that our key signed and that we do not know is the
// former system's: it is taken over on first sight.
func (s *Service) ourRow(ctx context.Context, tx *db.Tx, actor audit.Actor, c claims, h holder) (tokenRow, error) {
	r, err := s.tokenByJTI(ctx, tx, c.ID)
	if !errors.Is(err, errNoToken) {
		return r, err
	}
	r = s.newTokenRow(actor, h)
	r.jti, r.chain, r.issued, r.expires, r.accessIssued = c.ID, r.id, c.Iat, c.Exp, 0
	if err := s.insertToken(ctx, tx, r); err != nil {
		return tokenRow{}, err
	}
	return s.tokenByJTI(ctx, tx, c.ID)
}

// advance makes the next row of a chain: its newest one is used.
func (s *Service) advance(ctx context.Context, tx *db.Tx, actor audit.Actor, r tokenRow, h holder) (tokenRow, error) {
	next := s.newTokenRow(actor, h)
	next.chain, next.expires = r.chain, r.expires
	if err := markSuccessorUsed(ctx, tx, r.chain, s.now()); err != nil { // of those before r
		return tokenRow{}, err
	}
	if err := setSuccessor(ctx, tx, r.id, next.id); err != nil {
		return tokenRow{}, err
	}
	return next, s.insertToken(ctx, tx, next)
}

// endReused ends a chain of which two hold tokens, and tells whose it is.
func (s *Service) endReused(ctx context.Context, tx *db.Tx, actor audit.Actor, r tokenRow) error {
	now := s.now()
	if _, err := endChain(ctx, tx, r.chain, now); err != nil {
		return err
	}
	to, err := s.recipient(ctx, tx, r.surface, r.subject)
	if err != nil {
		return err
	}
	if _, err := s.notify.Add(ctx, tx, notify.Message{Kind: "auth.token_reuse", To: to,
		Notice: &notify.Notice{Type: "other", Text: errs.T("notice.auth.token_reuse")}}); err != nil {
		return err
	}
	return audit.Record(ctx, tx, actor, now, audit.Event{
		Action: "auth.token_reuse", TargetKind: string(r.surface), TargetID: r.subject, TargetName: to.Name,
	})
}
