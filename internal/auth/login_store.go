package auth

import (
	"context"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/telemetry"
)

func (s *Service) insertLogin(ctx context.Context, tx *db.Tx, l Login) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO auth_login
		(id, surface, subject_id, name_hash, success, reason, way, ip, user_agent, created_at, day)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO NOTHING`,
		l.ID, l.Surface, db.NullID(l.Subject), s.vault.Hash("login", string(l.Surface)+"|"+foldUsername(l.Typed)), l.Success, l.Reason, l.Way,
		l.IP, cleanAgent(l.UserAgent), db.At(l.At), db.Day(l.At))
	return err
}

// setLogin says how far an attempt has come.
func setLogin(ctx context.Context, tx *db.Tx, id uuid.UUID, success bool, reason string, way Way) error {
	l := Login{ID: id, Success: success, Reason: reason, Way: way, IP: telemetry.RequestOf(ctx).IP}
	var subject uuid.NullUUID
	err := tx.QueryRowContext(ctx, `UPDATE auth_login SET success = $2, reason = $3, way = $4 WHERE id = $1 AND NOT success
		RETURNING surface, subject_id`, id, success, reason, way).Scan(&l.Surface, &subject)
	if db.IsNoRows(err) {
		return nil
	}
	if err != nil {
		return err
	}
	l.Subject = subject.UUID
	tx.AfterCommit(func() { tellSignIn(ctx, tx, l) })
	return nil
}

func loginsOf(ctx context.Context, q db.Q, subject uuid.UUID, at db.Cursor, limit int) ([]Login, error) {
	scan := func(row db.Row) (Login, error) {
		l := Login{Subject: subject}
		err := row.Scan(&l.ID, &l.Surface, &l.Success, &l.Reason, &l.Way, &l.IP, &l.UserAgent, db.Into(&l.At))
		return l, err
	}
	return db.Collect(ctx, q, scan, `SELECT id, surface, success, reason, way, ip, user_agent, created_at FROM auth_login
		WHERE subject_id = $1 AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4`,
		subject, db.At(at.At), at.ID, limit)
}

func deleteOldLogins(ctx context.Context, tx *db.Tx, before time.Time) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM auth_login WHERE created_at < $1`, db.At(before))
	return err
}
