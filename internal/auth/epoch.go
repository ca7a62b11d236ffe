package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// bumpEpoch ends everything that was issued to a person before a moment: tokens carry
// when they were made, and are compared with it on every call.
func bumpEpoch(ctx context.Context, tx *db.Tx, subject uuid.UUID, now time.Time) error {
	if err := setEpoch(ctx, tx, subject, now); err != nil {
		return fmt.Errorf("end the tokens of %s: %w", subject, err)
	}
	return nil
}
