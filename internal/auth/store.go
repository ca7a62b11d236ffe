package auth

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/people"
)

// password is a row of auth_password; the zero value when there is none.
type password struct {
	hash       string
	mustChange bool
}

func passwordOf(ctx context.Context, q db.Q, subject uuid.UUID) (password, error) {
	var p password
	err := q.QueryRowContext(ctx, `SELECT hash, must_change FROM auth_password WHERE subject_id = $1`, subject).Scan(&p.hash, &p.mustChange)
	if db.IsNoRows(err) {
		return password{}, nil // nobody signs in with an empty hash
	}
	return p, err
}

func putPassword(ctx context.Context, tx *db.Tx, subject uuid.UUID, hash string, mustChange bool, at time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO auth_password (subject_id, hash, must_change, changed_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (subject_id) DO UPDATE SET hash = excluded.hash, must_change = excluded.must_change, changed_at = excluded.changed_at`,
		subject, hash, mustChange, db.At(at))
	return err
}

func insertPassword(ctx context.Context, tx *db.Tx, subject uuid.UUID, hash string, mustChange bool, at time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO auth_password (subject_id, hash, must_change, changed_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT DO NOTHING`, subject, hash, mustChange, db.At(at))
	return err
}

// upgradeHash replaces a hash by a better one of the same password, unless the
// password has been changed meanwhile.
func upgradeHash(ctx context.Context, tx *db.Tx, subject uuid.UUID, old, new string) error {
	_, err := tx.ExecContext(ctx, `UPDATE auth_password SET hash = $3 WHERE subject_id = $1 AND hash = $2`, subject, old, new)
	return err
}

// lockedUntil is zero while the key is not locked.
func lockedUntil(ctx context.Context, q db.Q, key string, now time.Time) (time.Time, error) {
	var until time.Time
	err := q.QueryRowContext(ctx, `SELECT locked_until FROM auth_lock WHERE key = $1 AND locked_until > $2`, key, db.At(now)).Scan(db.Into(&until))
	if db.IsNoRows(err) {
		return time.Time{}, nil
	}
	return until, err
}

// countFailure counts one more and tells how many there are, in one statement. The
// count that reaches maxFailures locks the key; later ones leave the lock's end as it
// is. When the lock has ended, or the last failure is as old as a lock is long, the
// count starts anew.
func countFailure(ctx context.Context, tx *db.Tx, key string, now time.Time) (failures int, until time.Time, err error) {
	const fresh = `(auth_lock.locked_until <= excluded.last_at OR (auth_lock.locked_until IS NULL AND auth_lock.last_at <= $5))`
	var locked *time.Time
	err = tx.QueryRowContext(ctx, `INSERT INTO auth_lock (key, failures, first_at, last_at) VALUES ($1, 1, $2, $3)
		ON CONFLICT (key) DO UPDATE SET
			failures     = CASE WHEN `+fresh+` THEN 1 ELSE auth_lock.failures + 1 END,
			first_at     = CASE WHEN `+fresh+` THEN excluded.first_at ELSE auth_lock.first_at END,
			last_at      = excluded.last_at,
			locked_until = CASE WHEN `+fresh+` THEN NULL
				WHEN auth_lock.locked_until IS NULL AND auth_lock.failures + 1 >= $4 THEN $6
				ELSE auth_lock.locked_until END
		RETURNING failures, locked_until`,
		key, db.At(now), db.At(now), maxFailures, db.At(now.Add(-lockFor)), db.At(now.Add(lockFor))).
		Scan(&failures, db.IntoNull(&locked))
	if locked != nil {
		until = *locked
	}
	return failures, until, err
}

func clearFailures(ctx context.Context, tx *db.Tx, key string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM auth_lock WHERE key = $1`, key)
	return err
}

// uncountFailure takes one failure back, and the lock that it made.
func uncountFailure(ctx context.Context, tx *db.Tx, key string) error {
	_, err := tx.ExecContext(ctx, `UPDATE auth_lock SET failures = failures - 1,
		locked_until = CASE WHEN failures - 1 < $2 THEN NULL ELSE locked_until END
		WHERE key = $1 AND failures > 0`, key, maxFailures)
	return err
}

func deleteOldLocks(ctx context.Context, tx *db.Tx, before time.Time) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM auth_lock WHERE last_at < $1`, db.At(before))
	return err
}

func insertSession(ctx context.Context, tx *db.Tx, s session) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO auth_session
		(id, secret_hash, surface, subject_id, created_at, seen_at, expires_at, ip, user_agent)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		s.id, s.secretHash, s.surface, s.subject, db.At(s.createdAt), db.At(s.seenAt), db.At(s.expiresAt), s.ip, cleanAgent(s.userAgent))
	return err
}

func sessionByHash(ctx context.Context, q db.Q, surface Surface, secretHash string) (session, error) {
	s := session{surface: surface}
	err := q.QueryRowContext(ctx, `SELECT id, subject_id, created_at, seen_at, expires_at
		FROM auth_session WHERE secret_hash = $1 AND surface = $2`, secretHash, surface).
		Scan(&s.id, &s.subject, db.Into(&s.createdAt), db.Into(&s.seenAt), db.Into(&s.expiresAt))
	if db.IsNoRows(err) {
		return session{}, ErrNoSession
	}
	return s, err
}

func touchSession(ctx context.Context, tx *db.Tx, id uuid.UUID, seen, expires time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE auth_session SET seen_at = $2, expires_at = $3 WHERE id = $1 AND seen_at < $4`,
		id, db.At(seen), db.At(expires), db.At(seen))
	return err
}

// deleteSession tells whose it was; uuid.Nil when there was none.
func deleteSession(ctx context.Context, tx *db.Tx, surface Surface, secretHash string) (uuid.UUID, error) {
	var subject uuid.UUID
	err := tx.QueryRowContext(ctx, `DELETE FROM auth_session WHERE secret_hash = $1 AND surface = $2 RETURNING subject_id`, secretHash, surface).Scan(&subject)
	if db.IsNoRows(err) {
		return uuid.Nil, nil
	}
	return subject, err
}

func deleteSessionsOf(ctx context.Context, tx *db.Tx, surface Surface, subject, keep uuid.UUID) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM auth_session WHERE subject_id = $1 AND surface = $2 AND id <> $3`, subject, surface, keep)
	return err
}

// deleteEndedSessions drops sessions past their end, and staff sessions not seen since idleSince.
func deleteEndedSessions(ctx context.Context, tx *db.Tx, now, idleSince time.Time) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM auth_session WHERE expires_at <= $1 OR (surface = 'staff' AND seen_at <= $2)`,
		db.At(now), db.At(idleSince))
	return err
}

const staffColumns = `s.id, s.username, s.full_name, s.email, s.role, s.status, s.status_reason, s.decided_by, s.decided_at,
	s.language, s.last_login_at, s.created_by, s.created_at, s.updated_at`

func (s *Service) staffFields(st *Staff) []any {
	return []any{
		&st.ID, &st.Username, &st.FullName, s.vault.Column(&st.Email), &st.Role, &st.Status, &st.StatusReason, &st.DecidedBy,
		db.IntoNull(&st.DecidedAt), &st.Language, db.IntoNull(&st.LastLoginAt), &st.CreatedBy, db.Into(&st.CreatedAt), db.Into(&st.UpdatedAt),
	}
}

func (s *Service) scanStaff(row db.Row) (Staff, error) {
	var st Staff
	err := row.Scan(s.staffFields(&st)...)
	return st, orNoStaff(err)
}

func orNoStaff(err error) error {
	if db.IsNoRows(err) {
		return ErrStaffNotFound
	}
	return err
}

func (s *Service) staffByID(ctx context.Context, q db.Q, id uuid.UUID) (Staff, error) {
	return s.scanStaff(q.QueryRowContext(ctx, `SELECT `+staffColumns+` FROM auth_staff s WHERE s.id = $1`, id))
}

// staffByUsername prefers the account of exactly this letter case, if two differ only by it.
func (s *Service) staffByUsername(ctx context.Context, q db.Q, username string) (Staff, error) {
	if !utf8.ValidString(username) || strings.ContainsRune(username, 0) {
		return Staff{}, ErrStaffNotFound // PostgreSQL would not take it as text
	}
	exact := exactUsernameKey(username)
	return s.scanStaff(q.QueryRowContext(ctx, `SELECT `+staffColumns+` FROM auth_staff s
		WHERE s.username_key IN ($1, $2) ORDER BY s.username_key = $3 DESC LIMIT 1`, foldUsername(username), exact, exact))
}

// staffWithPassword reads an account and whether its password must be changed.
func (s *Service) staffWithPassword(ctx context.Context, q db.Q, id uuid.UUID) (Staff, bool, error) {
	var st Staff
	var mustChange bool
	err := q.QueryRowContext(ctx, `SELECT `+staffColumns+`, COALESCE(p.must_change, FALSE)
		FROM auth_staff s LEFT JOIN auth_password p ON p.subject_id = s.id WHERE s.id = $1`, id).
		Scan(append(s.staffFields(&st), &mustChange)...)
	return st, mustChange, orNoStaff(err)
}

func (s *Service) listStaff(ctx context.Context, q db.Q) ([]Staff, error) {
	return db.Collect(ctx, q, s.scanStaff, `SELECT `+staffColumns+` FROM auth_staff s
		WHERE s.status <> 'deleted' ORDER BY s.username_key LIMIT 500`)
}

func countStaff(ctx context.Context, q db.Q) (int, error) {
	var n int
	err := q.QueryRowContext(ctx, `SELECT count(*) FROM auth_staff`).Scan(&n)
	return n, err
}

func countSuperAdmins(ctx context.Context, q db.Q, except uuid.UUID) (int, error) {
	var n int
	err := q.QueryRowContext(ctx, `SELECT count(*) FROM auth_staff WHERE role = 'super_admin' AND status = 'approved' AND id <> $1`, except).Scan(&n)
	return n, err
}

func (s *Service) staffClashes(ctx context.Context, q db.Q, st Staff) (username, email bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT
		EXISTS (SELECT 1 FROM auth_staff WHERE username_key = $1 AND id <> $2),
		EXISTS (SELECT 1 FROM auth_staff WHERE email_hash = $3 AND id <> $4)`,
		foldUsername(st.Username), st.ID, s.emailHash(st.Email), st.ID).Scan(&username, &email)
	return username, email, err
}

func (s *Service) emailHash(email string) any { return s.vault.HashNull("email", email) }

// insertStaff is false when the username or the e-mail is taken.
func (s *Service) insertStaff(ctx context.Context, tx *db.Tx, st Staff, usernameKey string) (bool, error) {
	n, err := db.Exec(ctx, tx, `INSERT INTO auth_staff (id, username, username_key, full_name, email, email_hash, role, status, status_reason,
		decided_by, decided_at, language, last_login_at, created_by, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT DO NOTHING`,
		st.ID, st.Username, usernameKey, st.FullName, s.vault.Seal(st.Email), s.emailHash(st.Email), st.Role, st.Status, st.StatusReason,
		st.DecidedBy, db.AtNull(st.DecidedAt), st.Language, db.AtNull(st.LastLoginAt), st.CreatedBy, db.At(st.CreatedAt), db.At(st.UpdatedAt))
	return n == 1, err
}

func (s *Service) updateStaff(ctx context.Context, tx *db.Tx, st Staff) error {
	_, err := tx.ExecContext(ctx, `UPDATE auth_staff SET full_name = $2, email = $3, email_hash = $4, role = $5, updated_at = $6 WHERE id = $1`,
		st.ID, st.FullName, s.vault.Seal(st.Email), s.emailHash(st.Email), st.Role, db.At(st.UpdatedAt))
	return err
}

// setStaffStatus is people.ErrAlreadyDecided when the account is not in the status from.
func setStaffStatus(ctx context.Context, tx *db.Tx, id uuid.UUID, from, to StaffStatus, reason string, by uuid.UUID, at time.Time) error {
	n, err := db.Exec(ctx, tx, `UPDATE auth_staff SET status = $2, status_reason = $3, decided_by = $4, decided_at = $5, updated_at = $6
		WHERE id = $1 AND status = $7`, id, to, reason, db.NullID(by), db.At(at), db.At(at), from)
	if err == nil && n == 0 {
		return people.ErrAlreadyDecided
	}
	return err
}

func markStaffLogin(ctx context.Context, tx *db.Tx, id uuid.UUID, at time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE auth_staff SET last_login_at = $2 WHERE id = $1`, id, db.At(at))
	return err
}

func setStaffLanguage(ctx context.Context, tx *db.Tx, id uuid.UUID, language string) error {
	n, err := db.Exec(ctx, tx, `UPDATE auth_staff SET language = $2 WHERE id = $1`, id, language)
	if err == nil && n == 0 {
		err = ErrStaffNotFound
	}
	return err
}

// cleanAgent keeps what PostgreSQL would take as text.
func cleanAgent(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s[:min(len(s), 500)], "\x00", ""), "")
}
