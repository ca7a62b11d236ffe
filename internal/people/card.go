package people

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
)

// Card is a resident's card, printed or shown on a phone.
type Card struct {
	ID         uuid.UUID // random; not the resident's id
	ResidentID uuid.UUID
	Code       string // typed twin: 8 Crockford base32 letters, the last a check letter
	Serial     uint32 // a reissue raises it and thereby ends older prints
	IssuedAt   time.Time
	ExpiresAt  time.Time
	RevokedAt  *time.Time
	QR         string // the signed text of the QR code; filled by CardOf and Reissue
}

// Typed is the typed twin as it is printed: 7K3M-9QXP.
func (c Card) Typed() string {
	if len(c.Code) != typedCodeLen {
		return c.Code
	}
	return c.Code[:4] + "-" + c.Code[4:]
}

// CardOf gives a resident's card with its signed text.
func (s *Service) CardOf(ctx context.Context, resident uuid.UUID) (Card, error) {
	card, err := cardOf(ctx, s.db, resident)
	if err != nil {
		return Card{}, fmt.Errorf("card of %s: %w", resident, err)
	}
	return s.withQR(ctx, card)
}

// Reissue gives a resident a new card: with a higher serial and another typed code,
// so that every older print is refused.
func (s *Service) Reissue(ctx context.Context, actor audit.Actor, scope Scope, id uuid.UUID) (Card, error) {
	var card Card
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.residentInReach(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		now := s.now()
		if err := replaceCard(ctx, tx, id, now, expiry(now)); err != nil {
			return fmt.Errorf("reissue card of %s: %w", id, err)
		}
		if card, err = cardOf(ctx, tx, id); err != nil {
			return err
		}
		return audit.Record(ctx, tx, actor, now, audit.Event{
			Action: "card.reissue", TargetKind: "resident", TargetID: id, TargetName: r.FullName,
			Details: map[string]any{"serial": card.Serial},
		})
	})
	if err != nil {
		return Card{}, err
	}
	return s.withQR(ctx, card)
}

// Revoke ends a lost card without making a new one.
func (s *Service) Revoke(ctx context.Context, actor audit.Actor, scope Scope, id uuid.UUID, reason string) error {
	reason, err := cleanReason(reason)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.residentInReach(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		if err := revokeCard(ctx, tx, id, s.now()); err != nil {
			return fmt.Errorf("revoke card of %s: %w", id, err)
		}
		return audit.Record(ctx, tx, actor, s.now(), audit.Event{
			Action: "card.revoke", TargetKind: "resident", TargetID: id, TargetName: r.FullName,
			Details: map[string]any{"reason": reason},
		})
	})
}

// issueCard makes a resident's first card; one that has a card keeps it.
func (s *Service) issueCard(ctx context.Context, tx *db.Tx, resident uuid.UUID, now time.Time) error {
	id, err := uuid.NewRandom() // not v7: the card must not tell when its resident joined
	if err != nil {
		return fmt.Errorf("issue card: %w", err)
	}
	c := Card{ID: id, ResidentID: resident, Serial: 1, IssuedAt: now, ExpiresAt: expiry(now)}
	if err := insertCardWithCode(ctx, tx, c); err != nil {
		return fmt.Errorf("issue card of %s: %w", resident, err)
	}
	return nil
}

// expiry is the first moment at which a card issued now is no longer valid: the same
// Manila midnight that its signed text tells.
func expiry(now time.Time) time.Time {
	y, m, d := now.In(db.Manila).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, db.Manila).AddDate(0, cardMonths, 0).UTC()
}

// withQR signs a card's text.
func (s *Service) withQR(ctx context.Context, c Card) (Card, error) {
	key, err := s.signingKey(ctx)
	if err != nil {
		return Card{}, err
	}
	c.QR = token{
		KeyID: key.id, Issuer: CityPSGC, CardID: c.ID, Serial: c.Serial,
		Issued: manilaDay(c.IssuedAt), Months: cardMonths,
	}.sign(key.private)
	return c, nil
}

// cardKey is a pair of keys that the city signs cards with.
type cardKey struct {
	id      uint16
	public  ed25519.PublicKey
	private ed25519.PrivateKey
}

// signingPeriod is how long a key signs. It verifies for as long as cards signed with
// it are valid.
const signingPeriod = 365 * 24 * time.Hour

// signingKey gives the newest key that still signs, and makes one when there is none.
func (s *Service) signingKey(ctx context.Context) (cardKey, error) {
	since := s.now().Add(-signingPeriod)
	key, err := s.newestKey(ctx, s.db, since)
	if !errors.Is(err, errNoKey) {
		return key, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		key, err = s.makeKey(ctx, tx, since)
		return err
	})
	if err != nil {
		return cardKey{}, fmt.Errorf("make card key: %w", err)
	}
	return key, nil
}

// makeKey adds the key with the next id, unless there is a new one by now. The id is
// chosen before that is asked: of two processes at once, either the second one sees
// the first one's key, or both mean the same id and the first one's stands.
func (s *Service) makeKey(ctx context.Context, tx *db.Tx, since time.Time) (cardKey, error) {
	last, err := lastKeyID(ctx, tx)
	if err != nil {
		return cardKey{}, err
	}
	if key, err := s.newestKey(ctx, tx, since); !errors.Is(err, errNoKey) {
		return key, err
	}
	if last >= math.MaxUint16 {
		return cardKey{}, errors.New("no key id left")
	}
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return cardKey{}, err
	}
	if err := s.insertKey(ctx, tx, cardKey{id: uint16(last + 1), public: public, private: private}, s.now()); err != nil {
		return cardKey{}, err
	}
	return s.newestKey(ctx, tx, since)
}

// Keys are stored as base64: the public one as it is, of the private one its seed, sealed.
func encodeKey(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func decodeKey(s string, size int) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || len(b) != size {
		return nil, errors.New("card key is damaged")
	}
	return b, nil
}
