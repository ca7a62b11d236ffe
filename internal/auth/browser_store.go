package auth

import (
	"context"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
)

// maxBrowsers bounds the list of a resident's browsers.
const maxBrowsers = 50

// browserFor is uuid.Nil when the browser is not remembered for this resident.
func browserFor(ctx context.Context, q db.Q, secretHash string, subject uuid.UUID, now time.Time) (uuid.UUID, error) {
	var id uuid.UUID
	err := q.QueryRowContext(ctx, `SELECT id FROM auth_device WHERE secret_hash = $1 AND subject_id = $2 AND expires_at > $3`,
		secretHash, subject, db.At(now)).Scan(&id)
	if db.IsNoRows(err) {
		return uuid.Nil, nil
	}
	return id, err
}

func putBrowser(ctx context.Context, tx *db.Tx, d Browser, subject uuid.UUID, secretHash string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO auth_device (id, secret_hash, subject_id, ip, user_agent, created_at, used_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (secret_hash, subject_id) DO UPDATE SET ip = excluded.ip, user_agent = excluded.user_agent,
			created_at = excluded.created_at, used_at = excluded.used_at, expires_at = excluded.expires_at`,
		d.ID, secretHash, subject, d.IP, cleanAgent(d.UserAgent), db.At(d.CreatedAt), db.At(d.UsedAt), db.At(d.ExpiresAt))
	return err
}

func renameBrowsers(ctx context.Context, tx *db.Tx, oldHash, newHash string) error {
	_, err := tx.ExecContext(ctx, `UPDATE auth_device SET secret_hash = $2 WHERE secret_hash = $1`, oldHash, newHash)
	return err
}

func touchBrowser(ctx context.Context, tx *db.Tx, id uuid.UUID, actor audit.Actor, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE auth_device SET used_at = $2, ip = $3, user_agent = $4 WHERE id = $1`,
		id, db.At(now), actor.IP, cleanAgent(actor.UserAgent))
	return err
}

func browsersOf(ctx context.Context, q db.Q, subject uuid.UUID, secretHash string, now time.Time) ([]Browser, error) {
	scan := func(row db.Row) (d Browser, err error) {
		err = row.Scan(&d.ID, &d.UserAgent, &d.IP, db.Into(&d.CreatedAt), db.Into(&d.UsedAt), db.Into(&d.ExpiresAt), &d.Current)
		return d, err
	}
	return db.Collect(ctx, q, scan, `SELECT id, user_agent, ip, created_at, used_at, expires_at, secret_hash = $1 FROM auth_device
		WHERE subject_id = $2 AND expires_at > $3 ORDER BY used_at DESC, id DESC LIMIT $4`, secretHash, subject, db.At(now), maxBrowsers)
}

func deleteBrowser(ctx context.Context, tx *db.Tx, subject, id uuid.UUID) error {
	n, err := db.Exec(ctx, tx, `DELETE FROM auth_device WHERE id = $1 AND subject_id = $2`, id, subject)
	if err == nil && n == 0 {
		err = ErrNoBrowser
	}
	return err
}

// deleteBrowsersOf forgets all browsers of a resident but the one with this secret's hash.
func deleteBrowsersOf(ctx context.Context, tx *db.Tx, subject uuid.UUID, butHash string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM auth_device WHERE subject_id = $1 AND secret_hash <> $2`, subject, butHash)
	return err
}

func deleteOldBrowsers(ctx context.Context, tx *db.Tx, now time.Time) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM auth_device WHERE expires_at <= $1`, db.At(now))
	return err
}
