package auth

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

func (s *Service) insertFlow(ctx context.Context, tx *db.Tx, f flow, secretHash string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO auth_flow (id, kind, secret_hash, subject_id, data, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		f.id, f.kind, secretHash, db.NullID(f.subject), s.vault.SealSecret(flowPlace, f.data), db.At(f.createdAt), db.At(f.expiresAt))
	return err
}

func (s *Service) flowByHash(ctx context.Context, q db.Q, kind Flow, secretHash string, now time.Time) (flow, error) {
	f := flow{kind: kind}
	var subject uuid.NullUUID
	err := q.QueryRowContext(ctx, `SELECT id, subject_id, data, created_at, expires_at FROM auth_flow
		WHERE secret_hash = $1 AND kind = $2 AND expires_at > $3`, secretHash, kind, db.At(now)).
		Scan(&f.id, &subject, s.vault.Secret(flowPlace, &f.data), db.Into(&f.createdAt), db.Into(&f.expiresAt))
	if db.IsNoRows(err) {
		return flow{}, ErrFlowOver
	}
	f.subject = subject.UUID
	return f, err
}

// flowByID is for work that is done later, which has no secret.
func (s *Service) flowByID(ctx context.Context, q db.Q, kind Flow, id uuid.UUID, data any) (flow, error) {
	f := flow{kind: kind, id: id}
	var subject uuid.NullUUID
	err := q.QueryRowContext(ctx, `SELECT subject_id, data, created_at, expires_at FROM auth_flow
		WHERE id = $1 AND kind = $2 AND expires_at > $3`, id, kind, db.At(s.now())).
		Scan(&subject, s.vault.Secret(flowPlace, &f.data), db.Into(&f.createdAt), db.Into(&f.expiresAt))
	if db.IsNoRows(err) {
		return flow{}, ErrFlowOver
	}
	if err != nil {
		return flow{}, err
	}
	f.subject = subject.UUID
	return f, json.Unmarshal([]byte(f.data), data)
}

// setFlowSubject says whose flow it is, once that is known.
func setFlowSubject(ctx context.Context, tx *db.Tx, id, subject uuid.UUID) error {
	_, err := tx.ExecContext(ctx, `UPDATE auth_flow SET subject_id = $2 WHERE id = $1`, id, subject)
	return err
}

// deleteFlowsOf ends whatever somebody has begun.
func deleteFlowsOf(ctx context.Context, tx *db.Tx, subject uuid.UUID) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM auth_flow WHERE subject_id = $1`, subject)
	return err
}

func (s *Service) updateFlow(ctx context.Context, tx *db.Tx, f flow, data string) error {
	n, err := db.Exec(ctx, tx, `UPDATE auth_flow SET data = $2 WHERE id = $1 AND kind = $3`, f.id, s.vault.SealSecret(flowPlace, data), f.kind)
	if err == nil && n == 0 {
		err = ErrFlowOver
	}
	return err
}

// endFlow is ErrFlowOver when somebody has ended it already: of two who finish a flow at
// the same time one wins.
func endFlow(ctx context.Context, tx *db.Tx, id uuid.UUID) error {
	n, err := db.Exec(ctx, tx, `DELETE FROM auth_flow WHERE id = $1`, id)
	if err == nil && n == 0 {
		err = ErrFlowOver
	}
	return err
}

func deleteOldFlows(ctx context.Context, tx *db.Tx, now time.Time) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM auth_flow WHERE expires_at <= $1`, db.At(now))
	return err
}
