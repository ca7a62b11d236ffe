package db

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"ekolek/internal/errs"
)

// RequestKeyTTL is how long a request key is remembered.
const RequestKeyTTL = 30 * 24 * time.Hour

// ErrKeyReused says that a request key came again with another request.
var ErrKeyReused = errs.New(errs.Conflict, "REQUEST_KEY_REUSED", "error.request_key_reused")

// HashRequest is the fingerprint of a request, for comparison under its key.
func HashRequest(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// ClaimKey takes a request key for this transaction. fresh means that the caller
// does the act and then calls StoreAnswer; otherwise answer is what was answered the
// first time. A concurrent duplicate waits until the first one commits. The same key
// with another request is ErrKeyReused.
func ClaimKey(ctx context.Context, tx *Tx, scope, key, requestHash string, now time.Time) (fresh bool, answer string, err error) {
	n, err := Exec(ctx, tx, `INSERT INTO db_request_key (scope, key, request_hash, created_at)
		VALUES ($1, $2, $3, $4) ON CONFLICT (scope, key) DO NOTHING`, scope, key, requestHash, At(now))
	if err != nil {
		return false, "", fmt.Errorf("claim request key: %w", err)
	}
	if n == 1 {
		return true, "", nil
	}
	var stored string
	err = tx.QueryRowContext(ctx, `SELECT request_hash, answer FROM db_request_key WHERE scope = $1 AND key = $2`, scope, key).
		Scan(&stored, &answer)
	if err != nil {
		return false, "", fmt.Errorf("read request key: %w", err)
	}
	if stored != requestHash {
		return false, "", ErrKeyReused
	}
	return false, answer, nil
}

// StoreAnswer keeps what the act answered, for repeats of its key.
func StoreAnswer(ctx context.Context, tx *Tx, scope, key, answer string) error {
	_, err := tx.ExecContext(ctx, `UPDATE db_request_key SET answer = $3 WHERE scope = $1 AND key = $2`, scope, key, answer)
	if err != nil {
		return fmt.Errorf("store answer: %w", err)
	}
	return nil
}

// ForgetKeys drops the request keys older than RequestKeyTTL and tells how many.
func ForgetKeys(ctx context.Context, tx *Tx, now time.Time) (int64, error) {
	return Exec(ctx, tx, `DELETE FROM db_request_key WHERE created_at < $1`, At(now.Add(-RequestKeyTTL)))
}

// Value reads a value that the program keeps about itself; "" when there is none.
func Value(ctx context.Context, q Q, name string) (string, error) {
	var value string
	err := q.QueryRowContext(ctx, `SELECT value FROM db_value WHERE name = $1`, name).Scan(&value)
	if IsNoRows(err) {
		return "", nil
	}
	return value, err
}

// SetValue keeps a value under a name.
func SetValue(ctx context.Context, tx *Tx, name, value string, now time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO db_value (name, value, updated_at) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`, name, value, At(now))
	return err
}

// TakeValue removes a value if it is still the given one: of several who try at the
// same time, one is told true.
func TakeValue(ctx context.Context, tx *Tx, name, value string) (bool, error) {
	n, err := Exec(ctx, tx, `DELETE FROM db_value WHERE name = $1 AND value = $2`, name, value)
	return n == 1, err
}
