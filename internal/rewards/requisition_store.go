package rewards

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// nextRequisitionNumber counts the year's slips on; its row's lock lines makers up.
func nextRequisitionNumber(ctx context.Context, tx *db.Tx, at time.Time) (string, error) {
	at = at.In(db.Manila)
	var n int
	err := tx.QueryRowContext(ctx, `INSERT INTO rewards_requisition_year (year, last) VALUES ($1, 1)
		ON CONFLICT (year) DO UPDATE SET last = rewards_requisition_year.last + 1 RETURNING last`, at.Year()).Scan(&n)
	return fmt.Sprintf("RIS-%s-%04d", at.Format("2006-01"), n), err
}

// insertRequisition is false when the key is not new.
func insertRequisition(ctx context.Context, tx *db.Tx, d *draft) (bool, error) {
	n, err := db.Exec(ctx, tx, `INSERT INTO rewards_requisition (id, number, request_key, request_hash, place_id, to_place_id, from_day, until_day,
			division, office, center, purpose, signers, staff_id, staff_name, created_at, day)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) ON CONFLICT (staff_id, request_key) DO NOTHING`,
		d.id, d.number, d.RequestKey, d.hash, d.Place, db.NullID(d.To), d.From, d.Until,
		d.Division, d.Office, d.Center, d.Purpose, d.signers, d.actor.ID, d.actor.Name, db.At(d.at), db.Day(d.at))
	return n == 1, err
}

// coverIssues links the issues of a slip's days that no slip covers, and counts them. Two
// makers of the same days wait for each other here.
func coverIssues(ctx context.Context, tx *db.Tx, d *draft) (int64, error) {
	return db.Exec(ctx, tx, `INSERT INTO rewards_requisition_move (move_id, requisition_id)
		SELECT m.id, $1 FROM rewards_stock_move m WHERE m.place_id = $2 AND m.kind = 'issued' AND m.day >= $3 AND m.day <= $4
			AND NOT EXISTS (SELECT 1 FROM rewards_requisition_move c WHERE c.move_id = m.id)
		ORDER BY m.id ON CONFLICT (move_id) DO NOTHING`, d.id, d.Place, d.From, d.Until)
}

// sumIntoLines writes a slip's lines from the issues that it covers. What came back by then
// is remarked: it was issued all the same.
func sumIntoLines(ctx context.Context, tx *db.Tx, id uuid.UUID) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO rewards_requisition_line (requisition_id, line, item_id, stock_number, unit, description, requested, available, issued, remarks)
		SELECT $1, row_number() OVER (ORDER BY s.name, s.id), s.id, s.stock_number, s.unit, s.name, s.issued, TRUE, s.issued,
			CASE WHEN s.returned > 0 THEN CAST(s.returned AS TEXT) || ' returned' ELSE '' END
		FROM (`+sumOfIssues+` JOIN rewards_requisition_move c ON c.move_id = m.id WHERE c.requisition_id = $1 `+bySummedItem+`) s`, id)
	return err
}

const (
	sumOfIssues = `SELECT i.id, i.stock_number, i.unit, i.name, CAST(sum(-m.quantity) AS BIGINT) AS issued,
			CAST(COALESCE(sum(d.quantity) FILTER (WHERE d.returned_at IS NOT NULL), 0) AS BIGINT) AS returned
		FROM rewards_stock_move m
		JOIN rewards_item i ON i.id = m.item_id
		LEFT JOIN rewards_redemption d ON d.id = m.redemption_id`
	bySummedItem = `GROUP BY i.id, i.stock_number, i.unit, i.name`
)

func uncovered(ctx context.Context, q db.Q, place uuid.UUID, from, until string) ([]RequisitionLine, error) {
	return db.Collect(ctx, q, func(r db.Row) (l RequisitionLine, err error) {
		var returned int64
		err = r.Scan(&l.Item, &l.StockNumber, &l.Unit, &l.Description, &l.Issued, &returned)
		l.Requested, l.Available = l.Issued, true
		return l, err
	}, sumOfIssues+` WHERE m.place_id = $1 AND m.kind = 'issued' AND m.day >= $2 AND m.day <= $3
			AND NOT EXISTS (SELECT 1 FROM rewards_requisition_move c WHERE c.move_id = m.id) `+bySummedItem+` ORDER BY i.name, i.id LIMIT $4`,
		place, from, until, db.MaxLimit)
}

func firstUncovered(ctx context.Context, q db.Q, place uuid.UUID, from string) (day string, err error) {
	err = q.QueryRowContext(ctx, `SELECT m.day FROM rewards_stock_move m WHERE m.place_id = $1 AND m.kind = 'issued' AND m.day >= $2
		AND NOT EXISTS (SELECT 1 FROM rewards_requisition_move c WHERE c.move_id = m.id) ORDER BY m.day LIMIT 1`, place, from).Scan(&day)
	if db.IsNoRows(err) {
		return "", nil
	}
	return day, err
}

// insertRequisitionLine writes a line of goods that were carried.
func insertRequisitionLine(ctx context.Context, tx *db.Tx, slip uuid.UUID, number int, l RequisitionLine) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO rewards_requisition_line (requisition_id, line, item_id, stock_number, unit, description, requested, available, issued, remarks)
		SELECT $1, $2, i.id, i.stock_number, i.unit, i.name, $4, $5, $6, $7 FROM rewards_item i WHERE i.id = $3`,
		slip, number, l.Item, l.Requested, l.Available, l.Issued, l.Remarks)
	return err
}

func requisitionByKey(ctx context.Context, q db.Q, staff uuid.UUID, key string) (id uuid.UUID, hash string, err error) {
	err = q.QueryRowContext(ctx, `SELECT id, request_hash FROM rewards_requisition WHERE staff_id = $1 AND request_key = $2`, staff, key).Scan(&id, &hash)
	return id, hash, err
}

// voidRequisition gives the number of the slip that is void now; empty when it could not be.
func voidRequisition(ctx context.Context, tx *db.Tx, id uuid.UUID, by, reason string, at time.Time) (number string, err error) {
	err = tx.QueryRowContext(ctx, `UPDATE rewards_requisition SET voided_at = $2, voided_by = $3, void_reason = $4
		WHERE id = $1 AND voided_at IS NULL AND to_place_id IS NULL RETURNING number`, id, db.At(at), by, reason).Scan(&number)
	if db.IsNoRows(err) {
		return "", nil
	}
	return number, err
}

// uncover lets go of the issues that a slip covered.
func uncover(ctx context.Context, tx *db.Tx, slip uuid.UUID) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM rewards_requisition_move WHERE requisition_id = $1`, slip)
	return err
}

const selectRequisition = `SELECT r.id, r.number, r.place_id, p.name, COALESCE(t.name, ''), r.from_day, r.until_day, r.division, r.office, r.center, r.purpose,
		r.signers, r.staff_name, r.created_at, r.voided_at, r.voided_by, r.void_reason
	FROM rewards_requisition r
	JOIN rewards_place p ON p.id = r.place_id
	LEFT JOIN rewards_place t ON t.id = r.to_place_id
	WHERE `

func scanRequisition(row db.Row) (r Requisition, err error) {
	var signers []byte
	err = row.Scan(&r.ID, &r.Number, &r.PlaceID, &r.PlaceName, &r.ToName, &r.From, &r.Until, &r.Division, &r.Office, &r.Center, &r.Purpose,
		&signers, &r.StaffName, db.Into(&r.At), db.IntoNull(&r.VoidedAt), &r.VoidedBy, &r.VoidReason)
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(signers, &r.Signers)
}

func listRequisitions(ctx context.Context, q db.Q, f RequisitionFilter, after db.Cursor, limit int) ([]Requisition, error) {
	var where db.Where
	if f.Place != uuid.Nil {
		where.And("r.place_id = ?", f.Place)
	}
	if f.From != "" {
		where.And("r.day >= ?", f.From)
	}
	if f.To != "" {
		where.And("r.day <= ?", f.To)
	}
	where.And("(r.created_at, r.id) < (?, ?)", db.At(after.At), after.ID)
	query := selectRequisition + where.String() + ` ORDER BY r.created_at DESC, r.id DESC ` + where.Bind("LIMIT ?", limit)
	return db.Collect(ctx, q, scanRequisition, query, where.Args()...)
}

func requisitionByID(ctx context.Context, q db.Q, id uuid.UUID) (Requisition, error) {
	r, err := scanRequisition(q.QueryRowContext(ctx, selectRequisition+"r.id = $1", id))
	if db.IsNoRows(err) {
		return Requisition{}, ErrRequisitionNotFound
	}
	if err != nil {
		return Requisition{}, err
	}
	r.Lines, err = db.Collect(ctx, q, func(row db.Row) (l RequisitionLine, err error) {
		err = row.Scan(&l.Item, &l.StockNumber, &l.Unit, &l.Description, &l.Requested, &l.Available, &l.Issued, &l.Remarks)
		return l, err
	}, `SELECT item_id, stock_number, unit, description, requested, available, issued, remarks
		FROM rewards_requisition_line WHERE requisition_id = $1 ORDER BY line LIMIT $2`, id, db.MaxLimit)
	return r, err
}
