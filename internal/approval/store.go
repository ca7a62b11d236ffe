package approval

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
)

const requestColumns = `id, kind, target_kind, target_id, target_name, amount, unit, barangay_id, reason, says, details, state,
	asked_by, asked_by_name, asked_at, decided_by, decided_by_name, decided_at, decision_reason`

// insertRequest is false when one of that kind waits for the target already.
func insertRequest(ctx context.Context, tx *db.Tx, r Request) (fresh bool, err error) {
	says, err := json.Marshal(r.Says)
	if err != nil {
		return false, err
	}
	n, err := db.Exec(ctx, tx, `INSERT INTO approval_request
		(id, kind, target_kind, target_id, target_name, amount, unit, barangay_id, reason, says, details, state, asked_by, asked_by_name, asked_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (kind, target_id) WHERE state = 'waiting' DO NOTHING`,
		r.ID, string(r.Kind), r.TargetKind, r.TargetID, r.TargetName, r.Amount, string(r.Unit), db.NullID(r.Barangay), r.Reason, string(says),
		string(r.Details), string(r.State), r.AskedBy, r.AskedByName, db.At(r.AskedAt))
	return n == 1, err
}

// closeRequest ends a waiting request: sql.ErrNoRows when it is not this person's to end.
func closeRequest(ctx context.Context, tx *db.Tx, actor audit.Actor, reach Reach, d decision, at time.Time) (Request, error) {
	var where db.Where
	set := where.Bind("state = ?, decided_by = ?, decided_by_name = ?, decided_at = ?, decision_reason = ?",
		string(d.to), actor.ID, actor.Name, db.At(at), d.reason)
	where.And("id = ? AND state = 'waiting'", d.id)
	if d.to == Withdrawn {
		where.And("asked_by = ?", actor.ID)
	} else {
		where.And("asked_by <> ?", actor.ID)
	}
	reach.narrow(&where)
	return scanRequest(tx.QueryRowContext(ctx, `UPDATE approval_request SET `+set+` WHERE `+where.String()+` RETURNING `+requestColumns, where.Args()...))
}

func (r Reach) narrow(w *db.Where) {
	w.And("unit = ?", string(r.Unit))
	r.Scope.Narrow(w, "approval_request.barangay_id")
}

func requestByID(ctx context.Context, q db.Q, reach Reach, id uuid.UUID) (Request, error) {
	var where db.Where
	where.And("id = ?", id)
	reach.narrow(&where)
	r, err := scanRequest(q.QueryRowContext(ctx, `SELECT `+requestColumns+` FROM approval_request WHERE `+where.String(), where.Args()...))
	if db.IsNoRows(err) {
		err = ErrNotFound
	}
	return r, err
}

func listRequests(ctx context.Context, q db.Q, reach Reach, f Filter, after db.Cursor, limit int) ([]Request, error) {
	var where db.Where
	reach.narrow(&where)
	if f.State != "" {
		where.And("state = ?", string(f.State))
	}
	if f.Kind != "" {
		where.And("kind = ?", string(f.Kind))
	}
	if f.Target != uuid.Nil {
		where.And("target_id = ?", f.Target)
	}
	where.And("(asked_at, id) < (?, ?)", db.At(after.At), after.ID)
	query := `SELECT ` + requestColumns + ` FROM approval_request WHERE ` + where.String() +
		` ORDER BY asked_at DESC, id DESC ` + where.Bind("LIMIT ?", limit)
	return db.Collect(ctx, q, scanRequest, query, where.Args()...)
}

func countWaiting(ctx context.Context, q db.Q, reach Reach) (n int, err error) {
	var where db.Where
	where.And("state = 'waiting'")
	reach.narrow(&where)
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM approval_request WHERE `+where.String(), where.Args()...).Scan(&n)
	return n, err
}

func scanRequest(row db.Row) (r Request, err error) {
	var barangay, decidedBy uuid.NullUUID
	var says, details string
	err = row.Scan(&r.ID, &r.Kind, &r.TargetKind, &r.TargetID, &r.TargetName, &r.Amount, &r.Unit, &barangay, &r.Reason, &says, &details, &r.State,
		&r.AskedBy, &r.AskedByName, db.Into(&r.AskedAt), &decidedBy, &r.DecidedByName, db.IntoNull(&r.DecidedAt), &r.DecisionReason)
	if err != nil {
		return Request{}, err
	}
	r.Barangay, r.DecidedBy, r.Details = barangay.UUID, decidedBy.UUID, json.RawMessage(details)
	return r, json.Unmarshal([]byte(says), &r.Says)
}
