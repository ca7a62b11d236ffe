package people

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/files"
)

// termsWithPaper begins every query of whole texts; a text's paper is the newest of it.
const termsWithPaper = `SELECT t.id, t.language, t.version, t.title, t.content, t.active, t.created_by, t.created_at, t.updated_at,
	f.id, coalesce(f.name, ''), coalesce(f.content_type, ''), coalesce(f.size, 0)
	FROM people_terms t
	LEFT JOIN people_terms_paper p ON p.id = (SELECT o.id FROM people_terms_paper o WHERE o.terms_id = t.id ORDER BY o.created_at DESC, o.id DESC LIMIT 1)
	LEFT JOIN files_file f ON f.id = p.file_id AND f.deleted_at IS NULL `

func scanTerms(row db.Row) (Terms, error) {
	var t Terms
	var paper files.File
	var file uuid.NullUUID
	err := row.Scan(&t.ID, &t.Language, &t.Version, &t.Title, &t.Content, &t.Active, &t.CreatedBy, db.Into(&t.CreatedAt), db.Into(&t.UpdatedAt),
		&file, &paper.Name, &paper.Type, &paper.Size)
	if file.Valid {
		paper.ID = file.UUID
		t.Paper = &paper
	}
	return t, err
}

func insertPaper(ctx context.Context, tx *db.Tx, terms uuid.UUID, paper files.File) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO people_terms_paper (id, terms_id, file_id, created_by, created_at) VALUES ($1, $2, $3, $4, $5)`,
		db.NewID(), terms, paper.ID, db.NullID(paper.CreatedBy), db.At(paper.CreatedAt))
	return err
}

func oneTerms(ctx context.Context, q db.Q, condition string, args ...any) (Terms, error) {
	t, err := scanTerms(q.QueryRowContext(ctx, termsWithPaper+`WHERE `+condition, args...))
	if db.IsNoRows(err) {
		return Terms{}, ErrTermsNotFound
	}
	return t, err
}

func termsByID(ctx context.Context, q db.Q, id uuid.UUID) (Terms, error) {
	return oneTerms(ctx, q, `t.id = $1`, id)
}

func activeTermsIn(ctx context.Context, q db.Q, language string) (Terms, error) {
	return oneTerms(ctx, q, `t.active AND t.language = $1`, language)
}

func activeTerms(ctx context.Context, q db.Q) ([]Terms, error) {
	return db.Collect(ctx, q, scanTerms, termsWithPaper+`WHERE t.active ORDER BY t.language LIMIT 2`)
}

// termsOfVersion are a text and its twin in the other language, if it has one: the newest
// with the same version.
func termsOfVersion(ctx context.Context, q db.Q, t Terms) ([]Terms, error) {
	twins, err := db.Collect(ctx, q, scanTerms, termsWithPaper+`WHERE t.version = $1 AND t.language <> $2 ORDER BY t.created_at DESC, t.id DESC LIMIT 1`, t.Version, t.Language)
	return append([]Terms{t}, twins...), err
}

func isTermsVersion(ctx context.Context, q db.Q, version string) (bool, error) {
	var there bool
	err := q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM people_terms WHERE version = $1)`, version).Scan(&there)
	return there, err
}

func listTerms(ctx context.Context, q db.Q, at db.Cursor, limit int) ([]TermsRow, error) {
	scan := func(row db.Row) (r TermsRow, err error) {
		err = row.Scan(&r.ID, &r.Language, &r.Version, &r.Title, &r.Active, &r.CreatedBy, db.Into(&r.CreatedAt), db.Into(&r.UpdatedAt), &r.Consents)
		return r, err
	}
	return db.Collect(ctx, q, scan, `SELECT t.id, t.language, t.version, t.title, t.active, t.created_by, t.created_at, t.updated_at,
		(SELECT count(*) FROM people_consent c WHERE c.terms_id = t.id)
		FROM people_terms t WHERE (t.created_at, t.id) < ($1, $2) ORDER BY t.created_at DESC, t.id DESC LIMIT $3`,
		db.At(at.At), at.ID, limit)
}

// insertTerms is false when the text is here already, or one in force would be a second.
func insertTerms(ctx context.Context, tx *db.Tx, t Terms) (bool, error) {
	n, err := db.Exec(ctx, tx, `INSERT INTO people_terms (id, language, version, title, content, active, created_by, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
		t.ID, t.Language, t.Version, t.Title, t.Content, t.Active, t.CreatedBy, db.At(t.CreatedAt), db.At(t.UpdatedAt))
	return n == 1, err
}

// lockTerms makes everybody who changes which terms are in force take turns.
func lockTerms(ctx context.Context, tx *db.Tx) error {
	_, err := tx.ExecContext(ctx, `UPDATE people_terms SET active = active
		WHERE id = (SELECT o.id FROM people_terms o ORDER BY o.created_at, o.id LIMIT 1)`)
	return err
}

func putInForce(ctx context.Context, tx *db.Tx, t Terms, at time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE people_terms SET active = FALSE, updated_at = $1 WHERE active AND language = $2 AND id <> $3`,
		db.At(at), t.Language, t.ID)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE people_terms SET active = TRUE, updated_at = $2 WHERE id = $1 AND NOT active`, t.ID, db.At(at))
	return err
}

// insertConsent is false when the consent is here already.
func insertConsent(ctx context.Context, tx *db.Tx, c Consent) (bool, error) {
	n, err := db.Exec(ctx, tx, `INSERT INTO people_consent (id, resident_id, terms_id, language, accepted_at, ip, user_agent, recorded_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING`,
		c.ID, c.ResidentID, c.TermsID, c.Language, db.At(c.AcceptedAt), c.IP, cutBytes(c.UserAgent, maxUserAgent), c.RecordedBy)
	return n == 1, err
}

// cutBytes keeps whole letters of what may be longer and is not always text.
func cutBytes(s string, limit int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "")
	}
	return s
}

func listConsents(ctx context.Context, q db.Q, resident uuid.UUID) ([]Consent, error) {
	scan := func(row db.Row) (c Consent, err error) {
		err = row.Scan(&c.ID, &c.ResidentID, &c.TermsID, &c.Language, db.Into(&c.AcceptedAt), &c.IP, &c.UserAgent, &c.RecordedBy, &c.Version)
		return c, err
	}
	return db.Collect(ctx, q, scan, `SELECT c.id, c.resident_id, c.terms_id, c.language, c.accepted_at, c.ip, c.user_agent, c.recorded_by, t.version
		FROM people_consent c JOIN people_terms t ON t.id = c.terms_id
		WHERE c.resident_id = $1 ORDER BY c.accepted_at DESC, c.id DESC LIMIT 100`, resident)
}
