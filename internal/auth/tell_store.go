package auth

import (
	"context"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// toldSince says whether a message of a kind went to somebody's phone since a moment.
func toldSince(ctx context.Context, q db.Q, recipient uuid.UUID, kind string, since time.Time) (bool, error) {
	var told bool
	err := q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM notify_message
		WHERE recipient_id = $1 AND kind = $2 AND channel = 'sms' AND created_at > $3)`, recipient, kind, db.At(since)).Scan(&told)
	return told, err
}
