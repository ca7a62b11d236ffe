package auth

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// errNoToken says that no row has this token's id.
var errNoToken = errors.New("no such token")

// insertToken leaves a row with the same jti as it is.
func (s *Service) insertToken(ctx context.Context, tx *db.Tx, r tokenRow) error {
	_, err := s.importToken(ctx, tx, r, nil)
	return err
}

func (s *Service) importToken(ctx context.Context, tx *db.Tx, r tokenRow, ended *time.Time) (bool, error) {
	n, err := db.Exec(ctx, tx, `INSERT INTO auth_token
		(id, jti, chain_id, surface, subject_id, claims, issued, expires, access_issued, revoked_at, ip, user_agent, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING`,
		r.id, r.jti, r.chain, r.surface, r.subject, s.vault.Seal(claimsPlace, r.claims), r.issued, r.expires, r.accessIssued, db.AtNull(ended),
		r.ip, cleanAgent(r.userAgent), db.At(r.createdAt))
	return n == 1, err
}

const tokenColumns = `id, jti, chain_id, surface, subject_id, claims, issued, expires, access_issued, successor_id, successor_used_at`

func (s *Service) scanToken(row db.Row) (tokenRow, error) {
	var r tokenRow
	var successor uuid.NullUUID
	err := row.Scan(&r.id, &r.jti, &r.chain, &r.surface, &r.subject, s.vault.Column(claimsPlace, &r.claims), &r.issued, &r.expires, &r.accessIssued,
		&successor, db.IntoNull(&r.usedSince))
	if db.IsNoRows(err) {
		return tokenRow{}, errNoToken
	}
	r.successor = successor.UUID
	return r, err
}

func (s *Service) tokenByJTI(ctx context.Context, q db.Q, jti string) (tokenRow, error) {
	return s.scanToken(q.QueryRowContext(ctx, `SELECT `+tokenColumns+` FROM auth_token WHERE jti = $1`, jti))
}

func (s *Service) tokenByID(ctx context.Context, q db.Q, id uuid.UUID) (tokenRow, error) {
	return s.scanToken(q.QueryRowContext(ctx, `SELECT `+tokenColumns+` FROM auth_token WHERE id = $1`, id))
}

// newestOf is the row of a chain that has no successor.
func (s *Service) newestOf(ctx context.Context, q db.Q, chain uuid.UUID) (tokenRow, error) {
	return s.scanToken(q.QueryRowContext(ctx, `SELECT `+tokenColumns+` FROM auth_token WHERE chain_id = $1 AND successor_id IS NULL`, chain))
}

// lockChain is false for a chain that has ended. Until the commit nobody else gets past.
func lockChain(ctx context.Context, tx *db.Tx, chain uuid.UUID) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE auth_token SET chain_id = chain_id WHERE id = $1 AND revoked_at IS NULL`, chain)
	return n == 1, err
}

// endChain is false for a chain that had ended before.
func endChain(ctx context.Context, tx *db.Tx, chain uuid.UUID, at time.Time) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE auth_token SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL`, chain, db.At(at))
	return n == 1, err
}

// liveApps are the chains that were begun after a second and go on, each as its newest
// token was given out.
func liveApps(ctx context.Context, q db.Q, surface Surface, subject uuid.UUID, after, now int64) ([]App, error) {
	scan := func(row db.Row) (App, error) {
		var a App
		err := row.Scan(&a.ID, &a.IP, &a.UserAgent, db.Into(&a.CreatedAt), db.Into(&a.SeenAt))
		return a, err
	}
	return db.Collect(ctx, q, scan, `SELECT h.id, n.ip, n.user_agent, h.created_at, n.created_at
		FROM auth_token h JOIN auth_token n ON n.chain_id = h.id AND n.successor_id IS NULL
		WHERE h.subject_id = $1 AND h.surface = $2 AND h.chain_id = h.id AND h.revoked_at IS NULL AND h.expires > $3 AND n.issued > $4
		ORDER BY n.created_at DESC, h.id DESC LIMIT 100`, subject, surface, now, after)
}

// endChainOf is false for a chain that had ended before, or is somebody else's.
func endChainOf(ctx context.Context, tx *db.Tx, surface Surface, subject, chain uuid.UUID, at time.Time) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE auth_token SET revoked_at = $2
		WHERE id = $1 AND chain_id = $3 AND subject_id = $4 AND surface = $5 AND revoked_at IS NULL`, chain, db.At(at), chain, subject, surface)
	return n == 1, err
}

func endChainsOf(ctx context.Context, tx *db.Tx, surface Surface, subject uuid.UUID, at time.Time) (int, error) {
	n, err := db.Exec(ctx, tx, `UPDATE auth_token SET revoked_at = $3
		WHERE subject_id = $1 AND surface = $2 AND id = chain_id AND revoked_at IS NULL AND expires > $4`, subject, surface, db.At(at), at.Unix())
	return int(n), err
}

func setSuccessor(ctx context.Context, tx *db.Tx, id, successor uuid.UUID) error {
	_, err := tx.ExecContext(ctx, `UPDATE auth_token SET successor_id = $2 WHERE id = $1`, id, successor)
	return err
}

// markSuccessorUsed notes for every row of a chain that has a successor when one of them
// was first used.
func markSuccessorUsed(ctx context.Context, tx *db.Tx, chain uuid.UUID, at time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE auth_token SET successor_used_at = $2
		WHERE chain_id = $1 AND successor_used_at IS NULL AND successor_id IS NOT NULL`, chain, db.At(at))
	return err
}

func setAccessIssued(ctx context.Context, tx *db.Tx, id uuid.UUID, issued int64) error {
	_, err := tx.ExecContext(ctx, `UPDATE auth_token SET access_issued = $2 WHERE id = $1`, id, issued)
	return err
}

// deleteOldTokens drops rows whose tokens have expired: of a chain, all at once.
func deleteOldTokens(ctx context.Context, tx *db.Tx, now int64) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM auth_token WHERE expires <= $1`, now)
	return err
}
