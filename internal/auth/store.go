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

func touchSession(ctx context.Context, tx *db.Tx, id uuid.UUID, seen time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE auth_session SET seen_at = $2 WHERE id = $1 AND seen_at < $3`, id, db.At(seen), db.At(seen))
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

// deleteEndedSessions drops sessions past their end, and those that have been idle since.
func deleteEndedSessions(ctx context.Context, tx *db.Tx, now, staffIdle, residentIdle time.Time) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM auth_session WHERE expires_at <= $1
		OR (surface = 'staff' AND seen_at <= $2) OR (surface = 'resident' AND seen_at <= $3)`,
		db.At(now), db.At(staffIdle), db.At(residentIdle))
	return err
}

const staffColumns = `s.id, s.username, s.full_name, s.email, s.role, s.status, s.status_reason, s.decided_by, s.decided_at,
	s.language, s.last_login_at, s.created_by, s.created_at, s.updated_at`

func (s *Service) staffFields(st *Staff) []any {
	return []any{
		&st.ID, &st.Username, &st.FullName, s.vault.Column(staffEmailPlace, &st.Email), &st.Role, &st.Status, &st.StatusReason, &st.DecidedBy,
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

// dues is what may be due of a member of staff before anything else.
type dues struct {
	password  bool // must be changed
	hasSecond bool // has a second factor
}

// staffWithDues reads an account and what is due.
func (s *Service) staffWithDues(ctx context.Context, q db.Q, id uuid.UUID) (Staff, dues, error) {
	var st Staff
	var d dues
	err := q.QueryRowContext(ctx, `SELECT `+staffColumns+`, COALESCE(p.must_change, FALSE), f.subject_id IS NOT NULL
		FROM auth_staff s LEFT JOIN auth_password p ON p.subject_id = s.id LEFT JOIN auth_second_factor f ON f.subject_id = s.id
		WHERE s.id = $1`, id).
		Scan(append(s.staffFields(&st), &d.password, &d.hasSecond)...)
	return st, d, orNoStaff(err)
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
		st.ID, st.Username, usernameKey, st.FullName, s.vault.Seal(staffEmailPlace, st.Email), s.emailHash(st.Email), st.Role, st.Status, st.StatusReason,
		st.DecidedBy, db.AtNull(st.DecidedAt), st.Language, db.AtNull(st.LastLoginAt), st.CreatedBy, db.At(st.CreatedAt), db.At(st.UpdatedAt))
	return n == 1, err
}

func (s *Service) updateStaff(ctx context.Context, tx *db.Tx, st Staff) error {
	_, err := tx.ExecContext(ctx, `UPDATE auth_staff SET full_name = $2, email = $3, email_hash = $4, role = $5, updated_at = $6 WHERE id = $1`,
		st.ID, st.FullName, s.vault.Seal(staffEmailPlace, st.Email), s.emailHash(st.Email), st.Role, db.At(st.UpdatedAt))
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

// oldHash is a hash of the former system, "" when there is none left. They are alike: each
// version of it has one number of rounds.
func oldHash(ctx context.Context, q db.Q) (string, error) {
	var hash string
	err := q.QueryRowContext(ctx, `SELECT hash FROM auth_password WHERE hash LIKE 'pbkdf2_sha256$%' LIMIT 1`).Scan(&hash)
	if db.IsNoRows(err) {
		return "", nil
	}
	return hash, err
}
