package auth

import (
	"context"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// setEpoch never moves an epoch back.
func setEpoch(ctx context.Context, tx *db.Tx, subject uuid.UUID, at time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO auth_epoch (subject_id, not_before) VALUES ($1, $2)
		ON CONFLICT (subject_id) DO UPDATE SET not_before = excluded.not_before WHERE auth_epoch.not_before < excluded.not_before`,
		subject, db.At(at))
	return err
}

// epochOf is the zero time of somebody whose tokens never ended early.
func epochOf(ctx context.Context, q db.Q, subject uuid.UUID) (time.Time, error) {
	var at time.Time
	err := q.QueryRowContext(ctx, `SELECT not_before FROM auth_epoch WHERE subject_id = $1`, subject).Scan(db.Into(&at))
	if db.IsNoRows(err) {
		return time.Time{}, nil
	}
	return at, err
}
