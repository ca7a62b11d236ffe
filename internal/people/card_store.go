package people

import (
	"context"
	"crypto/ed25519"
	"errors"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

const cardColumns = `c.id, c.resident_id, c.code, c.serial, c.issued_at, c.expires_at, c.revoked_at`

func scanCard(row db.Row) (Card, error) {
	var c Card
	err := row.Scan(&c.ID, &c.ResidentID, &c.Code, &c.Serial, db.Into(&c.IssuedAt), db.Into(&c.ExpiresAt), db.IntoNull(&c.RevokedAt))
	return c, orUnknownCard(err)
}

func cardOf(ctx context.Context, q db.Q, resident uuid.UUID) (Card, error) {
	return scanCard(q.QueryRowContext(ctx, `SELECT `+cardColumns+` FROM people_card c WHERE c.resident_id = $1`, resident))
}

func cardByID(ctx context.Context, q db.Q, id uuid.UUID) (Card, error) {
	return scanCard(q.QueryRowContext(ctx, `SELECT `+cardColumns+` FROM people_card c WHERE c.id = $1`, id))
}

func orUnknownCard(err error) error {
	if db.IsNoRows(err) {
		return ErrCardUnknown
	}
	return err
}

var errNoCode = errors.New("no free typed code")

// insertCardWithCode adds a card under a free typed code, unless its resident has one.
func insertCardWithCode(ctx context.Context, tx *db.Tx, c Card) error {
	for range codeTries {
		n, err := db.Exec(ctx, tx, `INSERT INTO people_card (id, resident_id, code, serial, issued_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
			c.ID, c.ResidentID, NewTypedCode(), c.Serial, db.At(c.IssuedAt), db.At(c.ExpiresAt))
		if err != nil || n == 1 {
			return err
		}
		if _, err := cardOf(ctx, tx, c.ResidentID); !errors.Is(err, ErrCardUnknown) {
			return err // nil: there is a card already
		}
	}
	return errNoCode
}

// replaceCard raises the serial and changes the typed code.
func replaceCard(ctx context.Context, tx *db.Tx, resident uuid.UUID, issued, expires time.Time) error {
	for range codeTries {
		code := NewTypedCode()
		n, err := db.Exec(ctx, tx, `UPDATE people_card
			SET serial = serial + 1, code = $2, issued_at = $3, expires_at = $4, revoked_at = NULL
			WHERE resident_id = $1 AND NOT EXISTS (SELECT 1 FROM people_card o WHERE o.code = $5)`,
			resident, code, db.At(issued), db.At(expires), code)
		if err != nil || n == 1 {
			return err
		}
		if _, err := cardOf(ctx, tx, resident); err != nil {
			return err
		}
	}
	return errNoCode
}

func revokeCard(ctx context.Context, tx *db.Tx, resident uuid.UUID, at time.Time) error {
	n, err := db.Exec(ctx, tx, `UPDATE people_card SET revoked_at = $2 WHERE resident_id = $1 AND revoked_at IS NULL`, resident, db.At(at))
	if err == nil && n == 0 {
		return ErrAlreadyDecided
	}
	return err
}

var errNoKey = errors.New("no card key")

// newestKey gives the newest key made since then that is not retired.
func (s *Service) newestKey(ctx context.Context, q db.Q, since time.Time) (cardKey, error) {
	var id int
	var public, private string
	err := q.QueryRowContext(ctx, `SELECT kid, public_key, private_key FROM people_card_key
		WHERE retired_at IS NULL AND created_at > $1 ORDER BY kid DESC LIMIT 1`, db.At(since)).
		Scan(&id, &public, s.vault.Secret(cardKeyPlace, &private))
	if db.IsNoRows(err) {
		return cardKey{}, errNoKey
	}
	if err != nil {
		return cardKey{}, err
	}
	seed, err := decodeKey(private, ed25519.SeedSize)
	if err != nil {
		return cardKey{}, err
	}
	key := ed25519.NewKeyFromSeed(seed)
	return cardKey{id: uint16(id), public: key.Public().(ed25519.PublicKey), private: key}, nil
}

// publicKey gives a key to verify with; ErrCardForged when the city has no such key.
func publicKey(ctx context.Context, q db.Q, id uint16) (ed25519.PublicKey, error) {
	var public string
	err := q.QueryRowContext(ctx, `SELECT public_key FROM people_card_key WHERE kid = $1 AND retired_at IS NULL`, id).Scan(&public)
	if db.IsNoRows(err) {
		return nil, ErrCardForged
	}
	if err != nil {
		return nil, err
	}
	return decodeKey(public, ed25519.PublicKeySize)
}

func lastKeyID(ctx context.Context, q db.Q) (int, error) {
	var id int
	err := q.QueryRowContext(ctx, `SELECT COALESCE(max(kid), 0) FROM people_card_key`).Scan(&id)
	return id, err
}

func (s *Service) insertKey(ctx context.Context, tx *db.Tx, k cardKey, at time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO people_card_key (kid, public_key, private_key, created_at)
		VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		k.id, encodeKey(k.public), s.vault.SealSecret(cardKeyPlace, encodeKey(k.private.Seed())), db.At(at))
	return err
}
