package notify

import (
	"context"
	"strings"

	"ekolek/internal/db"
)

func insertPriorNotices(ctx context.Context, tx *db.Tx, batch []PriorNotice) (int, error) {
	var values db.Where
	rows := make([]string, len(batch))
	for i, n := range batch {
		rows[i] = values.Bind("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			n.Notification.ID, n.Audience, n.Bell.ID, n.Type, n.Message, n.Link, n.Points, n.Reward, n.Video, n.Score, n.IsRead, db.AtNull(n.ViewedAt), db.At(n.CreatedAt))
	}
	n, err := db.Exec(ctx, tx, `INSERT INTO notify_notice
		(id, audience, subject_id, type, message, link, points, reward_name, video_title, game_score, is_read, viewed_at, created_at)
		VALUES `+strings.Join(rows, ", ")+` ON CONFLICT DO NOTHING`, values.Args()...)
	return int(n), err
}
