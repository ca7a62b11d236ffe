package people

import (
	"context"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// findable says whether a resident is found by their phone and by their e-mail: one that
// somebody else had first is kept without its hash.
func findable(ctx context.Context, q db.Q, id uuid.UUID) (phone, email bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT phone_hash IS NOT NULL, email_hash IS NOT NULL FROM people_resident WHERE id = $1`, id).Scan(&phone, &email)
	if db.IsNoRows(err) {
		return false, false, ErrResidentNotFound
	}
	return phone, email, err
}

func (s *Service) setPhone(ctx context.Context, tx *db.Tx, id uuid.UUID, phone string, at time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE people_resident SET phone = $2, phone_hash = $3, phone_verified_at = $4, updated_at = $5 WHERE id = $1`,
		id, s.vault.Seal(phonePlace, phone), s.phoneHash(phone), db.At(at), db.At(at))
	return err
}

func (s *Service) setEmail(ctx context.Context, tx *db.Tx, id uuid.UUID, email string, at time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE people_resident SET email = $2, email_hash = $3, email_verified_at = $4, updated_at = $5 WHERE id = $1`,
		id, s.vault.Seal(emailPlace, email), s.emailHash(email), db.At(at), db.At(at))
	return err
}

func markPhoneVerified(ctx context.Context, tx *db.Tx, id uuid.UUID, at time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE people_resident SET phone_verified_at = $2 WHERE id = $1 AND phone_verified_at IS NULL`, id, db.At(at))
	return err
}
