package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"ekolek/internal/db"
)

// verifiedName is where the database keeps the outcome of the last verification.
const verifiedName = "ledger.last_verify"

// Verified is the outcome of a verification: when it was, whether the books balanced,
// and the line that tells.
type Verified struct {
	At   time.Time `json:"at"`
	OK   bool      `json:"ok"`
	Line string    `json:"line"`
}

// KeepVerified keeps the outcome of a verification, in place of the one before.
func KeepVerified(ctx context.Context, tx *db.Tx, v Verified) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("keep verification: %w", err)
	}
	if err := db.SetValue(ctx, tx, verifiedName, string(data), v.At); err != nil {
		return fmt.Errorf("keep verification: %w", err)
	}
	return nil
}

// LastVerified is the outcome of the last verification; a zero At before the first.
func LastVerified(ctx context.Context, q db.Q) (Verified, error) {
	var v Verified
	text, err := db.Value(ctx, q, verifiedName)
	if err == nil && text != "" {
		err = json.Unmarshal([]byte(text), &v)
	}
	if err != nil {
		return Verified{}, fmt.Errorf("read last verification: %w", err)
	}
	return v, nil
}
