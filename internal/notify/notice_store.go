package notify

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

func insertNotice(ctx context.Context, tx *db.Tx, b Bell, n Notification) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO notify_notice
		(id, audience, subject_id, type, message, message_fil, link, points, reward_name, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		n.ID, b.Audience, b.ID, n.Type, n.Message, n.MessageFil, n.Link, n.Points, n.Reward, db.At(n.CreatedAt))
	return err
}

const noticeColumns = `id, type, message, message_fil, link, points, reward_name, video_title, game_score, is_read, viewed_at, created_at`

func scanNotice(r db.Row) (n Notification, err error) {
	err = r.Scan(&n.ID, &n.Type, &n.Message, &n.MessageFil, &n.Link, &n.Points, &n.Reward, &n.Video, &n.Score, &n.IsRead,
		db.IntoNull(&n.ViewedAt), db.Into(&n.CreatedAt))
	return n, err
}

func ofBell(b Bell, unviewed bool) *db.Where {
	var w db.Where
	w.And("subject_id = ?", b.ID)
	w.And("audience = ?", b.Audience)
	if unviewed {
		w.And("viewed_at IS NULL")
	}
	return &w
}

func listNotices(ctx context.Context, q db.Q, b Bell, unviewed bool, after db.Cursor, limit, offset int) ([]Notification, error) {
	w := ofBell(b, unviewed)
	w.And("(created_at, id) < (?, ?)", db.At(after.At), after.ID)
	query := `SELECT ` + noticeColumns + ` FROM notify_notice WHERE ` + w.String() + ` ORDER BY created_at DESC, id DESC ` +
		w.Bind("LIMIT ? OFFSET ?", limit, offset)
	return db.Collect(ctx, q, scanNotice, query, w.Args()...)
}

func countNotices(ctx context.Context, q db.Q, b Bell, unviewed bool) (n int, err error) {
	w := ofBell(b, unviewed)
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM notify_notice WHERE `+w.String(), w.Args()...).Scan(&n)
	return n, err
}

func noticeLink(ctx context.Context, q db.Q, b Bell, id uuid.UUID) (link string, err error) {
	err = q.QueryRowContext(ctx, `SELECT link FROM notify_notice WHERE id = $1 AND subject_id = $2 AND audience = $3`, id, b.ID, b.Audience).Scan(&link)
	return link, err
}

// markRead sets is_read, and viewed_at when it was never set and view is wanted.
func markRead(ctx context.Context, tx *db.Tx, b Bell, id uuid.UUID, view bool, now time.Time) (bool, error) {
	var viewedAt any
	if view {
		viewedAt = db.At(now)
	}
	n, err := db.Exec(ctx, tx, `UPDATE notify_notice SET is_read = TRUE, viewed_at = coalesce(viewed_at, $1)
		WHERE id = $2 AND subject_id = $3 AND audience = $4`, viewedAt, id, b.ID, b.Audience)
	return n == 1, err
}

func markViewed(ctx context.Context, tx *db.Tx, b Bell, ids []uuid.UUID, now time.Time) (int64, error) {
	w := db.Where{}
	set := w.Bind("viewed_at = ?", db.At(now))
	w.And("subject_id = ?", b.ID)
	w.And("audience = ?", b.Audience)
	w.And("viewed_at IS NULL")
	if len(ids) > 0 {
		args := make([]any, len(ids))
		for i, id := range ids {
			args[i] = id
		}
		w.And("id IN (?"+strings.Repeat(", ?", len(ids)-1)+")", args...)
	}
	return db.Exec(ctx, tx, `UPDATE notify_notice SET `+set+` WHERE `+w.String(), w.Args()...)
}

func deleteNotices(ctx context.Context, tx *db.Tx, before time.Time, limit int) (int64, error) {
	return db.Exec(ctx, tx, `DELETE FROM notify_notice
		WHERE id IN (SELECT id FROM notify_notice WHERE created_at < $1 ORDER BY created_at LIMIT $2)`, db.At(before), limit)
}

// noticesBetween are the newest notices whose ids lie between two, and whose they are.
func noticesBetween(ctx context.Context, q db.Q, from, to uuid.UUID, limit int) ([]placed, error) {
	scan := func(row db.Row) (p placed, err error) {
		return p, row.Scan(&p.id, &p.bell.Audience, &p.bell.ID)
	}
	return db.Collect(ctx, q, scan, `SELECT id, audience, subject_id FROM notify_notice WHERE id > $1 AND id < $2 ORDER BY id DESC LIMIT $3`, from, to, limit)
}

// countBells adds how many notices are new under each of some bells.
func countBells(ctx context.Context, q db.Q, bells []Bell, counts map[Bell]int) error {
	ids := make([]uuid.UUID, len(bells))
	for i, b := range bells {
		ids[i] = b.ID
	}
	var w db.Where
	query := `SELECT audience, subject_id, count(*) FROM notify_notice WHERE viewed_at IS NULL AND subject_id IN ` + w.IDs(ids) + ` GROUP BY audience, subject_id`
	scan := func(row db.Row) (b Bell, err error) {
		var n int
		err = row.Scan(&b.Audience, &b.ID, &n)
		counts[b] = n
		return b, err
	}
	_, err := db.Collect(ctx, q, scan, query, w.Args()...)
	return err
}
