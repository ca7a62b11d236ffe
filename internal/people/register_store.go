package people

import (
	"context"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// newClashes are clashes of somebody who registers: with all but rejected ones of the
// same phone, whom replaceRejected will make room for them.
func (s *Service) newClashes(ctx context.Context, q db.Q, r Resident) (clash, error) {
	k := s.keysOf(r)
	var c clash
	err := q.QueryRowContext(ctx, `SELECT
		EXISTS (SELECT 1 FROM people_resident WHERE username_key = $1 AND (status <> 'rejected' OR phone_hash IS NULL OR phone_hash <> $2)),
		EXISTS (SELECT 1 FROM people_resident WHERE phone_hash = $3 AND status <> 'rejected'),
		EXISTS (SELECT 1 FROM people_resident WHERE email_hash = $4 AND (status <> 'rejected' OR phone_hash IS NULL OR phone_hash <> $5))`,
		k.username, k.phone, k.phone, k.email, k.phone).Scan(&c.username, &c.phone, &c.email)
	return c, err
}

// replaceRejected frees the username, phone and e-mail of a rejected resident for the one
// with whom they try again. Their own record keeps them as text.
func (s *Service) replaceRejected(ctx context.Context, tx *db.Tx, r Resident) error {
	_, err := tx.ExecContext(ctx, `UPDATE people_resident
		SET replaced_by = $1, username_key = '=' || id, phone_hash = NULL, email_hash = NULL, updated_at = $2
		WHERE phone_hash = $3 AND status = 'rejected'`, r.ID, db.At(r.CreatedAt), s.phoneHash(r.Phone))
	return err
}

func isReferralCode(ctx context.Context, q db.Q, code string) (bool, error) {
	var ok bool
	err := q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM people_resident WHERE referral_code = $1 AND status = 'approved')`, code).Scan(&ok)
	return ok, err
}

func (s *Service) residentByReferral(ctx context.Context, q db.Q, code string) (Resident, error) {
	return s.oneResident(ctx, q, `WHERE r.referral_code = $1`, code)
}

// markReferralPaid is false when it is marked already.
func markReferralPaid(ctx context.Context, tx *db.Tx, id uuid.UUID, at time.Time) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE people_resident SET referral_awarded_at = $2 WHERE id = $1 AND referral_awarded_at IS NULL`, id, db.At(at))
	return n == 1, err
}

func countReferred(ctx context.Context, q db.Q, code string) (int, error) {
	var n int
	err := q.QueryRowContext(ctx, `SELECT count(*) FROM people_resident WHERE referred_by_code = $1 AND referred_by_code <> '' AND status = 'approved'`, code).Scan(&n)
	return n, err
}
