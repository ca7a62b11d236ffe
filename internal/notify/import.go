package notify

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// NoticeHistory is how long notices are kept.
const NoticeHistory = noticesKept

// PriorNotice is a notice of a former system, and under whose bell it stands.
type PriorNotice struct {
	Bell
	Notification
}

// ImportNotices brings notices over with a few statements, and tells how many of them
// were not here. Nobody is told anything.
func ImportNotices(ctx context.Context, tx *db.Tx, batch []PriorNotice) (int, error) {
	imported := 0
	for part := range slices.Chunk(batch, importRows) {
		n, err := insertPriorNotices(ctx, tx, part)
		if err != nil {
			return 0, fmt.Errorf("import notices: %w", err)
		}
		imported += n
	}
	return imported, nil
}

// importRows bounds one statement: both engines take some ten thousand parameters.
const importRows = 200

// KnownNotices tells which notices are here.
func KnownNotices(ctx context.Context, q db.Q, ids []uuid.UUID) (map[uuid.UUID]bool, error) {
	known, err := db.Known(ctx, q, "notify_notice", ids)
	if err != nil {
		return nil, fmt.Errorf("look for notices: %w", err)
	}
	return known, nil
}
