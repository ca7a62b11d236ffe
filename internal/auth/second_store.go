package auth

import (
	"context"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

func secondOf(ctx context.Context, q db.Q, id uuid.UUID) (Second, error) {
	second := Second{On: true}
	err := q.QueryRowContext(ctx, `SELECT f.since,
			(SELECT count(*) FROM auth_recovery_code c WHERE c.subject_id = f.subject_id AND c.used_at IS NULL)
		FROM auth_second_factor f WHERE f.subject_id = $1`, id).Scan(db.Into(&second.Since), &second.Left)
	if db.IsNoRows(err) {
		return Second{}, nil
	}
	return second, err
}

// countSecondTry counts one more failure, which a right code takes back, and gives the
// key. Without a factor every code is wrong.
func (s *Service) countSecondTry(ctx context.Context, tx *db.Tx, id uuid.UUID) (key string, failures int, err error) {
	err = tx.QueryRowContext(ctx, `UPDATE auth_second_factor SET failures = failures + 1 WHERE subject_id = $1 RETURNING key, failures`, id).
		Scan(s.vault.Secret(secondPlace, &key), &failures)
	if db.IsNoRows(err) {
		err = ErrSecondWrong
	}
	return key, failures, err
}

// useStep accepts the code of a step, and no code of it or of an earlier one again.
func useStep(ctx context.Context, tx *db.Tx, id uuid.UUID, step int64) error {
	n, err := db.Exec(ctx, tx, `UPDATE auth_second_factor SET last_step = $2, failures = 0 WHERE subject_id = $1 AND last_step < $3`, id, step, step)
	if err == nil && n == 0 {
		err = ErrSecondWrong
	}
	return err
}

// useRecovery accepts a recovery code, once.
func useRecovery(ctx context.Context, tx *db.Tx, id uuid.UUID, hash string, at time.Time) error {
	n, err := db.Exec(ctx, tx, `UPDATE auth_recovery_code SET used_at = $3 WHERE subject_id = $1 AND code_hash = $2 AND used_at IS NULL`,
		id, hash, db.At(at))
	if err == nil && n == 0 {
		err = ErrSecondWrong
	}
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE auth_second_factor SET failures = 0 WHERE subject_id = $1`, id)
	return err
}

func (s *Service) putSecond(ctx context.Context, tx *db.Tx, id uuid.UUID, key string, step int64, at time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO auth_second_factor (subject_id, key, since, last_step) VALUES ($1, $2, $3, $4)
		ON CONFLICT (subject_id) DO UPDATE SET key = excluded.key, since = excluded.since, last_step = excluded.last_step, failures = 0`,
		id, s.vault.SealSecret(secondPlace, key), db.At(at), step)
	return err
}

// deleteSecond is ErrSecondOff when there was none.
func deleteSecond(ctx context.Context, tx *db.Tx, id uuid.UUID) error {
	n, err := db.Exec(ctx, tx, `DELETE FROM auth_second_factor WHERE subject_id = $1`, id)
	if err == nil && n == 0 {
		err = ErrSecondOff
	}
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM auth_recovery_code WHERE subject_id = $1`, id)
	return err
}

func putRecoveryCodes(ctx context.Context, tx *db.Tx, id uuid.UUID, hashes []string, at time.Time) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM auth_recovery_code WHERE subject_id = $1`, id); err != nil {
		return err
	}
	for _, hash := range hashes {
		_, err := tx.ExecContext(ctx, `INSERT INTO auth_recovery_code (subject_id, code_hash, made_at) VALUES ($1, $2, $3)`, id, hash, db.At(at))
		if err != nil {
			return err
		}
	}
	return nil
}

// deleteSecondFlows ends the sign-ins that wait for somebody's code, and set-ups that
// were begun.
func deleteSecondFlows(ctx context.Context, tx *db.Tx, id uuid.UUID) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM auth_flow WHERE subject_id = $1 AND kind IN ($2, $3)`, id, FlowStaffCode, FlowSecondSetUp)
	return err
}

// rotateSession gives a session another secret: the old one opens nothing any more.
func rotateSession(ctx context.Context, tx *db.Tx, id uuid.UUID, secretHash string) error {
	n, err := db.Exec(ctx, tx, `UPDATE auth_session SET secret_hash = $2 WHERE id = $1`, id, secretHash)
	if err == nil && n == 0 {
		err = ErrNoSession
	}
	return err
}
