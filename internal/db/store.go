package db

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/errs"
)

// RequestKeyTTL is how long a request key is remembered.
const RequestKeyTTL = 30 * 24 * time.Hour

// RepeatWithin is how long the same act that came without a request key is taken for a
// repeat of the first: as long as a phone goes on trying to send it.
const RepeatWithin = 30 * time.Second

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
	return false, answer, Confirm(ctx, tx)
}

// Confirm makes this transaction's commit wait for whatever earlier commits had to wait
// for. A repeat is answered with what another transaction wrote and may have left
// unknown: its commit might not be on the synchronous standby yet. Reading alone would
// not wait for it; a commit that has written does, and for all that came before. On
// SQLite what can be read is on the disk.
func Confirm(ctx context.Context, tx *Tx) error {
	if tx.engine != Postgres {
		return nil
	}
	_, err := tx.ExecContext(ctx, `SELECT pg_logical_emit_message(TRUE, 'ekolek', '')`)
	if err != nil {
		return fmt.Errorf("confirm: %w", err)
	}
	return nil
}

// StoreAnswer keeps what the act answered, for repeats of its key.
func StoreAnswer(ctx context.Context, tx *Tx, scope, key, answer string) error {
	_, err := tx.ExecContext(ctx, `UPDATE db_request_key SET answer = $3 WHERE scope = $1 AND key = $2`, scope, key, answer)
	if err != nil {
		return fmt.Errorf("store answer: %w", err)
	}
	return nil
}

// ClaimAct takes the key of an act that came without a request key: a fingerprint of who
// does what. fresh means that nobody did it within RepeatWithin, and that it now stands
// under id; otherwise first is what the one before stands under. A concurrent repeat
// waits until the first one commits, so of many at once exactly one is fresh.
func ClaimAct(ctx context.Context, tx *Tx, scope, key string, id uuid.UUID, now time.Time) (fresh bool, first uuid.UUID, err error) {
	n, err := Exec(ctx, tx, `INSERT INTO db_request_key (scope, key, request_hash, answer, created_at) VALUES ($1, $2, '', $3, $4)
		ON CONFLICT (scope, key) DO UPDATE SET answer = excluded.answer, created_at = excluded.created_at
		WHERE db_request_key.created_at <= $5`, scope, key, id.String(), At(now), At(now.Add(-RepeatWithin)))
	if err != nil {
		return false, uuid.Nil, fmt.Errorf("claim act: %w", err)
	}
	if n == 1 {
		return true, id, nil
	}
	first, _, err = ClaimedAct(ctx, tx, scope, key, now)
	return false, first, err
}

// ClaimedAct finds what an act stands under that was done within RepeatWithin.
func ClaimedAct(ctx context.Context, q Q, scope, key string, now time.Time) (id uuid.UUID, found bool, err error) {
	var answer string
	err = q.QueryRowContext(ctx, `SELECT answer FROM db_request_key WHERE scope = $1 AND key = $2 AND created_at > $3`,
		scope, key, At(now.Add(-RepeatWithin))).Scan(&answer)
	if IsNoRows(err) {
		return uuid.Nil, false, nil
	}
	if err == nil {
		id, err = uuid.Parse(answer)
	}
	if err != nil {
		return uuid.Nil, false, fmt.Errorf("read claimed act: %w", err)
	}
	return id, true, nil
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
