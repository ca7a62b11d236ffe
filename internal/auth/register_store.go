package auth

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// draftByID reads a draft that is known to be live, as it stands in the transaction.
func (s *Service) draftByID(ctx context.Context, q db.Q, id uuid.UUID, d *draft) error {
	var data string
	err := q.QueryRowContext(ctx, `SELECT data FROM auth_flow WHERE id = $1 AND kind = $2`, id, FlowRegistration).Scan(s.vault.Secret(flowPlace, &data))
	if db.IsNoRows(err) {
		return ErrFlowOver
	}
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(data), d)
}

// turnFlow makes a flow of one kind one of another, with the same secret, and reads what
// it held. ErrFlowOver: somebody has done so already, or it was dropped.
func (s *Service) turnFlow(ctx context.Context, tx *db.Tx, id uuid.UUID, from, to Flow, until time.Time, held any) error {
	var data string
	err := tx.QueryRowContext(ctx, `UPDATE auth_flow SET kind = $2, expires_at = $3 WHERE id = $1 AND kind = $4 RETURNING data`,
		id, to, db.At(until), from).Scan(s.vault.Secret(flowPlace, &data))
	if db.IsNoRows(err) {
		return ErrFlowOver
	}
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(data), held)
}

// fillFlow says whom a flow has made, and forgets what it held.
func (s *Service) fillFlow(ctx context.Context, tx *db.Tx, id, subject uuid.UUID) error {
	_, err := tx.ExecContext(ctx, `UPDATE auth_flow SET subject_id = $2, data = $3 WHERE id = $1`, id, subject, s.vault.SealSecret(flowPlace, "{}"))
	return err
}

func deleteFlowByHash(ctx context.Context, tx *db.Tx, secretHash string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM auth_flow WHERE secret_hash = $1 AND kind IN ($2, $3)`, secretHash, FlowRegistration, flowRegistered)
	return err
}

// staffDecidingOn are the approved staff who may decide on residents of a barangay: by
// their role alone, or because it is assigned to them.
func staffDecidingOn(ctx context.Context, q db.Q, barangay uuid.UUID) ([]uuid.UUID, error) {
	scan := func(row db.Row) (id uuid.UUID, err error) { return id, row.Scan(&id) }
	return db.Collect(ctx, q, scan, `SELECT s.id FROM auth_staff s WHERE s.status = 'approved' AND (
			s.role IN (`+roleList(false)+`) OR s.role IN (`+roleList(true)+`)
			AND EXISTS (SELECT 1 FROM people_assignment a WHERE a.staff_id = s.id AND a.barangay_id = $1))
		ORDER BY s.id LIMIT 500`, barangay)
}

// roleList writes the roles that may decide on residents, which are constants of this
// package, into a statement: those who work in assigned barangays only, or the others.
func roleList(assigned bool) string {
	quoted := []string{"''"}
	for _, r := range Roles() {
		if r.May(ManageResidents) && r.Assigned() == assigned {
			quoted = append(quoted, "'"+string(r)+"'")
		}
	}
	return strings.Join(quoted, ", ")
}
