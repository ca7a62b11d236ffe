package auth

import (
	"context"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// codeRow is a row of auth_code.
type codeRow struct {
	codeOf
	id          uuid.UUID
	addressKey  string
	addressHash string
	hash        string
	messageID   uuid.UUID
	ipHash      string
	sentAt      time.Time
	expiresAt   time.Time
	failures    int // of the account in a row, with this try; not a column
}

func insertCode(ctx context.Context, tx *db.Tx, r codeRow) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO auth_code
		(id, purpose, channel, address_key, address_hash, session, subject_id, code_hash, message_id, ip_hash, sent_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		r.id, r.purpose, r.channel, r.addressKey, r.addressHash, r.session, db.NullID(r.subject), r.hash, r.messageID, r.ipHash,
		db.At(r.sentAt), db.At(r.expiresAt))
	return err
}

func voidCodes(ctx context.Context, tx *db.Tx, addressKey string, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE auth_code SET voided_at = $2 WHERE address_key = $1 AND used_at IS NULL AND voided_at IS NULL`,
		addressKey, db.At(now))
	return err
}

// notLost is true of a code whose message left the house or still may: one that failed
// burns no quota.
const notLost = `NOT EXISTS (SELECT 1 FROM notify_message m WHERE m.id = c.message_id
	AND m.sent_at IS NULL AND m.status IN ('failed', 'expired', 'cancelled'))`

// codesToAddress tells when the newest codes to an address were sent.
func codesToAddress(ctx context.Context, q db.Q, hash string, since time.Time, limit int) ([]time.Time, error) {
	return db.Collect(ctx, q, scanTime, `SELECT c.sent_at FROM auth_code c
		WHERE c.address_hash = $1 AND c.sent_at > $2 AND `+notLost+` ORDER BY c.sent_at DESC LIMIT $3`, hash, db.At(since), limit)
}

// codesFromNetwork tells when the newest codes for a network were sent.
func codesFromNetwork(ctx context.Context, q db.Q, hash string, since time.Time, limit int) ([]time.Time, error) {
	return db.Collect(ctx, q, scanTime, `SELECT c.sent_at FROM auth_code c
		WHERE c.ip_hash = $1 AND c.sent_at > $2 AND `+notLost+` ORDER BY c.sent_at DESC LIMIT $3`, hash, db.At(since), limit)
}

func scanTime(row db.Row) (at time.Time, err error) {
	err = row.Scan(db.Into(&at))
	return at, err
}

// liveCode finds the code that a session may be guessing at: one that still opens, or one
// that the same client used since a moment. ErrCodeWrong when there is none.
func liveCode(ctx context.Context, q db.Q, addressKey, session, client string, now, usedSince time.Time) (codeRow, error) {
	var r codeRow
	err := q.QueryRowContext(ctx, `SELECT id, code_hash FROM auth_code
		WHERE address_key = $1 AND session = $2 AND voided_at IS NULL
			AND ((used_at IS NULL AND expires_at > $3) OR (used_at > $4 AND used_by <> '' AND used_by = $5))
		ORDER BY sent_at DESC, id DESC LIMIT 1`, addressKey, session, db.At(now), db.At(usedSince), client).Scan(&r.id, &r.hash)
	if db.IsNoRows(err) {
		return codeRow{}, ErrCodeWrong
	}
	return r, err
}

// useCode is false when somebody was faster, or the code has ended meanwhile.
func useCode(ctx context.Context, tx *db.Tx, id uuid.UUID, client string, now time.Time) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE auth_code SET used_at = $2, used_by = $3
		WHERE id = $1 AND used_at IS NULL AND voided_at IS NULL AND expires_at > $4`, id, db.At(now), client, db.At(now))
	return n == 1, err
}

func setCodeAnswer(ctx context.Context, tx *db.Tx, id, answer uuid.UUID) error {
	if answer == uuid.Nil {
		return nil
	}
	_, err := tx.ExecContext(ctx, `UPDATE auth_code SET answer_id = $2 WHERE id = $1`, id, answer)
	return err
}

// answerOf is what a code opened for the same client since a moment, else ErrCodeWrong.
func answerOf(ctx context.Context, q db.Q, id uuid.UUID, client string, since time.Time) (uuid.UUID, error) {
	var answer uuid.UUID
	err := q.QueryRowContext(ctx, `SELECT answer_id FROM auth_code
		WHERE id = $1 AND used_by <> '' AND used_by = $2 AND used_at > $3 AND answer_id IS NOT NULL`, id, client, db.At(since)).Scan(&answer)
	if db.IsNoRows(err) {
		return uuid.Nil, ErrCodeWrong
	}
	return answer, err
}

// codeFailuresOf is zero for nobody.
func codeFailuresOf(ctx context.Context, q db.Q, subject uuid.UUID, p Purpose) (int, error) {
	if subject == uuid.Nil {
		return 0, nil
	}
	var n int
	err := q.QueryRowContext(ctx, `SELECT failures FROM auth_code_failure WHERE subject_id = $1 AND purpose = $2`, subject, p).Scan(&n)
	if db.IsNoRows(err) {
		return 0, nil
	}
	return n, err
}

func countCodeFailure(ctx context.Context, tx *db.Tx, subject uuid.UUID, p Purpose, now time.Time) (int, error) {
	if subject == uuid.Nil {
		return 0, nil
	}
	var n int
	err := tx.QueryRowContext(ctx, `INSERT INTO auth_code_failure (subject_id, purpose, failures, updated_at) VALUES ($1, $2, 1, $3)
		ON CONFLICT (subject_id, purpose) DO UPDATE SET failures = auth_code_failure.failures + 1, updated_at = excluded.updated_at
		RETURNING failures`, subject, p, db.At(now)).Scan(&n)
	return n, err
}

func uncountCodeFailure(ctx context.Context, tx *db.Tx, subject uuid.UUID, p Purpose) error {
	_, err := tx.ExecContext(ctx, `UPDATE auth_code_failure SET failures = failures - 1
		WHERE subject_id = $1 AND purpose = $2 AND failures > 0`, subject, p)
	return err
}

func clearCodeFailures(ctx context.Context, tx *db.Tx, subject uuid.UUID, p Purpose) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM auth_code_failure WHERE subject_id = $1 AND purpose = $2`, subject, p)
	return err
}

// clearAllCodeFailures lets an account use codes again that had too many wrong ones.
func clearAllCodeFailures(ctx context.Context, tx *db.Tx, subject uuid.UUID) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM auth_code_failure WHERE subject_id = $1`, subject)
	return err
}

// deleteOldCodes drops what no cap and no count looks back at.
func deleteOldCodes(ctx context.Context, tx *db.Tx, before time.Time) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM auth_code WHERE sent_at < $1`, db.At(before))
	return err
}
