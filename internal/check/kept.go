package check

import (
	"context"
	"encoding/json"
	"fmt"

	"ekolek/internal/db"
)

// lastName is where the database keeps what the running program last found.
const lastName = "check.last"

// Keep keeps a result, in place of the one before.
func Keep(ctx context.Context, tx *db.Tx, r Result) error {
	data, err := json.Marshal(r)
	if err == nil {
		err = db.SetValue(ctx, tx, lastName, string(data), r.At)
	}
	if err != nil {
		return fmt.Errorf("keep result: %w", err)
	}
	return nil
}

// Last is the result that was kept; a zero At before the first.
func Last(ctx context.Context, q db.Q) (Result, error) {
	var r Result
	text, err := db.Value(ctx, q, lastName)
	if err == nil && text != "" {
		err = json.Unmarshal([]byte(text), &r)
	}
	if err != nil {
		return Result{}, fmt.Errorf("read last result: %w", err)
	}
	return r, nil
}
