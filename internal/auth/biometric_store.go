package auth

import (
	"context"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
)

const deviceColumns = `id, resident_id, device_id, credential_id, name, type, model, os_version, app_version, public_key, fingerprint_hash,
	active, trusted, failures, registered_at, last_used_at, expires_at`

func scanDevice(row db.Row) (Device, error) {
	var d Device
	err := row.Scan(&d.ID, &d.Resident, &d.DeviceID, &d.Credential, &d.Name, &d.Type, &d.Model, &d.OS, &d.App, &d.PublicKey, &d.fingerprint,
		&d.Active, &d.Trusted, &d.Failures, db.Into(&d.Registered), db.IntoNull(&d.LastUsed), db.IntoNull(&d.ExpiresAt))
	if db.IsNoRows(err) {
		return Device{}, ErrDeviceUnknown
	}
	return d, err
}

func deviceByName(ctx context.Context, q db.Q, deviceID string) (Device, error) {
	return scanDevice(q.QueryRowContext(ctx, `SELECT `+deviceColumns+` FROM auth_biometric_device WHERE device_id = $1`, deviceID))
}

func devicesOf(ctx context.Context, q db.Q, resident uuid.UUID) ([]Device, error) {
	return db.Collect(ctx, q, scanDevice, `SELECT `+deviceColumns+` FROM auth_biometric_device WHERE resident_id = $1
		ORDER BY last_used_at DESC NULLS FIRST, registered_at DESC, id DESC LIMIT 100`, resident)
}

// lockPassword lines up what is done for one person: everybody who signs in has this row.
func lockPassword(ctx context.Context, tx *db.Tx, subject uuid.UUID) error {
	_, err := tx.ExecContext(ctx, `UPDATE auth_password SET must_change = must_change WHERE subject_id = $1`, subject)
	return err
}

func countDevices(ctx context.Context, q db.Q, resident uuid.UUID) (int, error) {
	var n int
	err := q.QueryRowContext(ctx, `SELECT count(*) FROM auth_biometric_device WHERE resident_id = $1 AND active`, resident).Scan(&n)
	return n, err
}

// saveDevice is false when another phone has the credential's name. A phone that renews
// itself keeps its row, and waits for no challenge any more.
func saveDevice(ctx context.Context, tx *db.Tx, d Device, ip string) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE auth_biometric_device SET credential_id = $2, name = $3, model = $4, os_version = $5, app_version = $6,
		public_key = $7, fingerprint_hash = $8, active = TRUE, failures = 0, challenge_hash = NULL, ip = $9
		WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM auth_biometric_device o WHERE o.credential_id = $10 AND o.id <> $11)`,
		d.ID, d.Credential, d.Name, d.Model, d.OS, d.App, d.PublicKey, d.fingerprint, ip, d.Credential, d.ID)
	if err != nil || n == 1 {
		return n == 1, err
	}
	return insertDevice(ctx, tx, d, ip)
}

func insertDevice(ctx context.Context, tx *db.Tx, d Device, ip string) (bool, error) {
	n, err := db.Exec(ctx, tx, `INSERT INTO auth_biometric_device (`+deviceColumns+`, ip)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) ON CONFLICT DO NOTHING`,
		d.ID, d.Resident, d.DeviceID, d.Credential, d.Name, d.Type, d.Model, d.OS, d.App, d.PublicKey, d.fingerprint,
		d.Active, d.Trusted, d.Failures, db.At(d.Registered), db.AtNull(d.LastUsed), db.AtNull(d.ExpiresAt), ip)
	return n == 1, err
}

func setChallenge(ctx context.Context, tx *db.Tx, id uuid.UUID, hash string, until time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE auth_biometric_device SET challenge_hash = $2, challenge_expires_at = $3 WHERE id = $1`, id, hash, db.At(until))
	return err
}

// takeChallenge is true once for each challenge.
func takeChallenge(ctx context.Context, tx *db.Tx, id uuid.UUID, hash string, now time.Time) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE auth_biometric_device SET challenge_hash = NULL
		WHERE id = $1 AND challenge_hash = $2 AND challenge_expires_at > $3 AND active AND failures < $4`, id, hash, db.At(now), maxDeviceFailures)
	return n == 1, err
}

func useDevice(ctx context.Context, tx *db.Tx, id uuid.UUID, ip string, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE auth_biometric_device SET failures = 0, last_used_at = $2, ip = $3 WHERE id = $1`, id, db.At(now), ip)
	return err
}

func countDeviceFailure(ctx context.Context, tx *db.Tx, id uuid.UUID) error {
	_, err := tx.ExecContext(ctx, `UPDATE auth_biometric_device SET failures = failures + 1, active = active AND failures + 1 < $2 WHERE id = $1`, id, maxDeviceFailures)
	return err
}

func deactivateDevice(ctx context.Context, tx *db.Tx, resident, id uuid.UUID) error {
	n, err := db.Exec(ctx, tx, `UPDATE auth_biometric_device SET active = FALSE, challenge_hash = NULL WHERE id = $1 AND resident_id = $2`, id, resident)
	if err == nil && n == 0 {
		err = ErrDeviceUnknown
	}
	return err
}

// deactivateDevicesOf ends all phones of a resident: a new password starts anew.
func deactivateDevicesOf(ctx context.Context, tx *db.Tx, resident uuid.UUID) error {
	_, err := tx.ExecContext(ctx, `UPDATE auth_biometric_device SET active = FALSE, challenge_hash = NULL WHERE resident_id = $1`, resident)
	return err
}

func trustDevice(ctx context.Context, tx *db.Tx, resident, id uuid.UUID) error {
	n, err := db.Exec(ctx, tx, `UPDATE auth_biometric_device SET trusted = TRUE WHERE id = $1 AND resident_id = $2`, id, resident)
	if err == nil && n == 0 {
		err = ErrDeviceUnknown
	}
	return err
}

func insertAttempt(ctx context.Context, tx *db.Tx, d Device, reason string, actor audit.Actor, at time.Time) error {
	_, err := importAttempt(ctx, tx, Attempt{ID: db.NewID(), Success: reason == "", Reason: reason, IP: actor.IP, At: at}, d.ID, d.Resident, actor.UserAgent)
	return err
}

func importAttempt(ctx context.Context, tx *db.Tx, a Attempt, device, resident uuid.UUID, userAgent string) (bool, error) {
	n, err := db.Exec(ctx, tx, `INSERT INTO auth_biometric_attempt (id, device, resident_id, success, reason, ip, user_agent, attempted_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
		a.ID, device, resident, a.Success, a.Reason, a.IP, cleanAgent(userAgent), db.At(a.At))
	return n == 1, err
}

func attemptsOf(ctx context.Context, q db.Q, resident uuid.UUID, successOnly bool, limit int) ([]Attempt, error) {
	scan := func(row db.Row) (Attempt, error) {
		var a Attempt
		err := row.Scan(&a.ID, &a.Success, &a.Reason, &a.DeviceName, &a.DeviceType, &a.IP, db.Into(&a.At))
		return a, err
	}
	return db.Collect(ctx, q, scan, `SELECT a.id, a.success, a.reason, d.name, d.type, a.ip, a.attempted_at
		FROM auth_biometric_attempt a JOIN auth_biometric_device d ON d.id = a.device
		WHERE a.resident_id = $1 AND (a.success OR NOT $2) ORDER BY a.attempted_at DESC, a.id DESC LIMIT $3`, resident, successOnly, limit)
}

func deleteOldAttempts(ctx context.Context, tx *db.Tx, before time.Time) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM auth_biometric_attempt WHERE attempted_at < $1`, db.At(before))
	return err
}
