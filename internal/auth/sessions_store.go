package auth

import (
	"context"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

func liveSessions(ctx context.Context, q db.Q, surface Surface, subject uuid.UUID, now, idleSince time.Time) ([]Session, error) {
	scan := func(row db.Row) (s Session, err error) {
		err = row.Scan(&s.ID, &s.IP, &s.UserAgent, db.Into(&s.CreatedAt), db.Into(&s.SeenAt))
		return s, err
	}
	return db.Collect(ctx, q, scan, `SELECT id, ip, user_agent, created_at, seen_at FROM auth_session
		WHERE subject_id = $1 AND surface = $2 AND expires_at > $3 AND seen_at > $4 ORDER BY seen_at DESC, id DESC LIMIT $5`,
		subject, surface, db.At(now), db.At(idleSince), maxSessions)
}

// whichLive repeats in SQL what PrincipalOf asks of a session and of its holder.
func whichLive(ctx context.Context, q db.Q, ids []uuid.UUID, now, staffIdle, residentIdle time.Time) ([]uuid.UUID, error) {
	var w db.Where
	w.And("s.id IN " + w.IDs(ids))
	w.And("s.expires_at > ?", db.At(now))
	w.And(`(s.surface = 'staff' AND s.seen_at > ? AND EXISTS (SELECT 1 FROM auth_staff st WHERE st.id = s.subject_id AND st.status = 'approved')
		OR s.surface = 'resident' AND s.seen_at > ? AND EXISTS (SELECT 1 FROM people_resident r JOIN people_family f ON f.id = r.family_id
			WHERE r.id = s.subject_id AND r.status = 'approved' AND r.active AND f.status = 'approved'))`, db.At(staffIdle), db.At(residentIdle))
	scan := func(row db.Row) (id uuid.UUID, err error) { return id, row.Scan(&id) }
	return db.Collect(ctx, q, scan, `SELECT s.id FROM auth_session s WHERE `+w.String(), w.Args()...)
}

func deleteSessionOf(ctx context.Context, tx *db.Tx, surface Surface, subject, id uuid.UUID) (int64, error) {
	return db.Exec(ctx, tx, `DELETE FROM auth_session WHERE id = $1 AND subject_id = $2 AND surface = $3`, id, subject, surface)
}

func countSignIns(ctx context.Context, q db.Q, now time.Time) (n SignIns, err error) {
	err = q.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM auth_session WHERE expires_at > $1),
		(SELECT count(*) FROM auth_token WHERE id = chain_id AND revoked_at IS NULL AND expires > $2),
		(SELECT count(*) FROM auth_device WHERE expires_at > $3)`,
		db.At(now), now.Unix(), db.At(now)).Scan(&n.Sessions, &n.Apps, &n.Browsers)
	return n, err
}

// deleteSignIns also moves the epoch of everybody who has a token: access tokens are kept
// nowhere.
func deleteSignIns(ctx context.Context, tx *db.Tx, now time.Time) error {
	for _, end := range []struct {
		query string
		args  []any
	}{
		{`DELETE FROM auth_session WHERE created_at <= $1`, []any{db.At(now)}},
		{`DELETE FROM auth_device WHERE created_at <= $1`, []any{db.At(now)}},
		{`INSERT INTO auth_epoch (subject_id, not_before) SELECT subject_id, $1 FROM (SELECT DISTINCT subject_id FROM auth_token WHERE expires > $2) held WHERE true
			ON CONFLICT (subject_id) DO UPDATE SET not_before = excluded.not_before WHERE auth_epoch.not_before < excluded.not_before`, []any{db.At(now), now.Unix()}},
		{`UPDATE auth_token SET revoked_at = $1 WHERE id = chain_id AND revoked_at IS NULL`, []any{db.At(now)}},
	} {
		if _, err := tx.ExecContext(ctx, end.query, end.args...); err != nil {
			return err
		}
	}
	return nil
}
