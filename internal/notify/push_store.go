package notify

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// endpointHash finds a browser without reading where it is.
func (s *Service) endpointHash(endpoint string) string { return s.vault.Hash("notify.push", endpoint) }

// renewDevice notes what a browser says anew of itself; false when it is not one of theirs.
func (s *Service) renewDevice(ctx context.Context, tx *db.Tx, b Bell, d Device) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE notify_push SET endpoint = $1, p256dh = $2, auth = $3, user_agent = $4
		WHERE endpoint_hash = $5 AND subject_id = $6 AND audience = $7`,
		s.vault.Seal(endpointPlace, d.browser.Endpoint), d.browser.P256dh, s.vault.Seal(authPlace, d.browser.Auth), d.UserAgent,
		s.endpointHash(d.browser.Endpoint), b.ID, b.Audience)
	return n == 1, err
}

// insertDevice takes a browser away from whoever had it.
func (s *Service) insertDevice(ctx context.Context, tx *db.Tx, b Bell, d Device) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO notify_push (id, audience, subject_id, endpoint, endpoint_hash, p256dh, auth, user_agent, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (endpoint_hash) DO UPDATE SET audience = excluded.audience, subject_id = excluded.subject_id, endpoint = excluded.endpoint,
			p256dh = excluded.p256dh, auth = excluded.auth, user_agent = excluded.user_agent, created_at = excluded.created_at,
			took_id = NULL, took_at = NULL, failures = 0, failed_at = NULL`,
		d.ID, b.Audience, b.ID, s.vault.Seal(endpointPlace, d.browser.Endpoint), s.endpointHash(d.browser.Endpoint), d.browser.P256dh,
		s.vault.Seal(authPlace, d.browser.Auth), d.UserAgent, db.At(d.CreatedAt))
	return err
}

// trimDevices keeps so many of somebody's browsers, those that took or began last.
func trimDevices(ctx context.Context, tx *db.Tx, b Bell, most int) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM notify_push WHERE subject_id = $1 AND audience = $2 AND id NOT IN
		(SELECT id FROM notify_push WHERE subject_id = $3 AND audience = $4 ORDER BY coalesce(took_at, created_at) DESC, id DESC LIMIT $5)`,
		b.ID, b.Audience, b.ID, b.Audience, most)
	return err
}

func (s *Service) deleteEndpoint(ctx context.Context, tx *db.Tx, b Bell, endpoint string) (bool, error) {
	n, err := db.Exec(ctx, tx, `DELETE FROM notify_push WHERE endpoint_hash = $1 AND subject_id = $2 AND audience = $3`, s.endpointHash(endpoint), b.ID, b.Audience)
	return n == 1, err
}

func deleteDevice(ctx context.Context, tx *db.Tx, b Bell, id uuid.UUID) (bool, error) {
	n, err := db.Exec(ctx, tx, `DELETE FROM notify_push WHERE id = $1 AND subject_id = $2 AND audience = $3`, id, b.ID, b.Audience)
	return n == 1, err
}

// listDevices are somebody's browsers in the order of their ids, in which they are locked.
func (s *Service) listDevices(ctx context.Context, q db.Q, b Bell) ([]Device, error) {
	return db.Collect(ctx, q, s.scanDevice, `SELECT id, endpoint, p256dh, auth, user_agent, took_id, took_at, failures, failed_at, created_at
		FROM notify_push WHERE subject_id = $1 AND audience = $2 ORDER BY id LIMIT $3`, b.ID, b.Audience, 2*maxDevices)
}

func (s *Service) scanDevice(r db.Row) (d Device, err error) {
	var took uuid.NullUUID
	err = r.Scan(&d.ID, s.vault.Column(endpointPlace, &d.browser.Endpoint), &d.browser.P256dh, s.vault.Column(authPlace, &d.browser.Auth), &d.UserAgent,
		&took, db.IntoNull(&d.TookAt), &d.Failures, db.IntoNull(&d.FailedAt), db.Into(&d.CreatedAt))
	d.tookID, d.Service = took.UUID, d.browser.Service()
	return d, err
}

// subscribed are those of some people who have a browser that shows messages.
func subscribed(ctx context.Context, q db.Q, a Audience, ids []uuid.UUID) (map[uuid.UUID]bool, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	var w db.Where
	w.And("audience = ?", a)
	w.And("subject_id IN (?"+strings.Repeat(", ?", len(ids)-1)+")", args...)
	rows, err := db.Collect(ctx, q, func(r db.Row) (id uuid.UUID, err error) { return id, r.Scan(&id) },
		`SELECT DISTINCT subject_id FROM notify_push WHERE `+w.String(), w.Args()...)
	found := make(map[uuid.UUID]bool, len(rows))
	for _, id := range rows {
		found[id] = true
	}
	return found, err
}

// noteHanded writes down what came of a message at each browser. One that wants no more is
// forgotten.
func noteHanded(ctx context.Context, tx *db.Tx, message uuid.UUID, all []handed, now time.Time) error {
	for _, h := range all {
		var err error
		switch {
		case h.failure == nil:
			_, err = tx.ExecContext(ctx, `UPDATE notify_push SET took_id = $1, took_at = $2, failures = 0, failed_at = NULL WHERE id = $3`, message, db.At(now), h.device)
		case h.failure.Gone:
			_, err = tx.ExecContext(ctx, `DELETE FROM notify_push WHERE id = $1`, h.device)
		default:
			_, err = tx.ExecContext(ctx, `UPDATE notify_push SET failures = failures + 1, failed_at = $1 WHERE id = $2`, db.At(now), h.device)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// forgetDevices drops browsers that took nothing since, though they were tried.
func forgetDevices(ctx context.Context, tx *db.Tx, before time.Time, limit int) (int64, error) {
	return db.Exec(ctx, tx, `DELETE FROM notify_push WHERE id IN
		(SELECT id FROM notify_push WHERE failures >= $1 AND coalesce(took_at, created_at) < $2 ORDER BY id LIMIT $3)`, deadAfter, db.At(before), limit)
}
