package rewards

import (
	"context"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
)

// insertRedemption books what is wanted of an item at its price, on the booking's
// receipt. Errors: ErrItemNotFound; ErrItemNotActive.
func insertRedemption(ctx context.Context, tx *db.Tx, b booking, w Want) (Redemption, error) {
	d := Redemption{ID: db.NewID()}
	err := tx.QueryRowContext(ctx, `INSERT INTO rewards_redemption
		(id, receipt_id, resident_id, family_id, barangay_id, place_id, item_id, quantity, price, points, staff_id, staff_name, identified, note, created_at, day)
		SELECT $1, c.id, c.resident_id, c.family_id, c.barangay_id, c.place_id, i.id, $2, i.price, i.price * $3, c.staff_id, c.staff_name, c.identified, c.note, c.created_at, c.day
		FROM rewards_receipt c, rewards_item i WHERE c.id = $4 AND i.id = $5 AND i.active RETURNING points`,
		d.ID, w.Quantity, w.Quantity, b.id, w.Item).Scan(&d.Points)
	if db.IsNoRows(err) {
		err = itemRefusal(ctx, tx, w.Item)
	}
	return d, err
}

// residentState tells whether a scope reaches a resident, and whether they may redeem.
func residentState(ctx context.Context, q db.Q, scope people.Scope, id uuid.UUID) (inReach, active bool, err error) {
	var where db.Where
	where.And("r.id = ?", id)
	scope.Narrow(&where, "f.barangay_id")
	err = q.QueryRowContext(ctx, `SELECT r.status = 'approved' AND r.active AND f.status = 'approved'
		FROM people_resident r JOIN people_family f ON f.id = r.family_id WHERE `+where.String(), where.Args()...).Scan(&active)
	if db.IsNoRows(err) {
		return false, false, nil
	}
	return err == nil, active, err
}

// markReturned takes a redemption back, once.
func markReturned(ctx context.Context, tx *db.Tx, id uuid.UUID, by, reason string, at time.Time) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE rewards_redemption SET returned_at = $2, returned_by = $3, return_reason = $4
		WHERE id = $1 AND returned_at IS NULL AND NOT imported`, id, db.At(at), by, reason)
	return n == 1, err
}

// transferOf finds the transfer that paid a redemption.
func transferOf(ctx context.Context, q db.Q, redemption uuid.UUID) (id uuid.UUID, err error) {
	err = q.QueryRowContext(ctx, `SELECT id FROM ledger_transfer WHERE source_id = $1 AND kind = $2`, redemption, string(ledger.KindRedemption)).Scan(&id)
	if db.IsNoRows(err) {
		err = ledger.ErrNoTransfer
	}
	return id, err
}

const selectRedemption = `SELECT d.id, d.receipt_id, COALESCE(c.reference, ''), d.resident_id, r.full_name, d.family_id, f.name, f.code, d.barangay_id, b.name,
	d.place_id, p.name, d.item_id, i.name, i.name_fil, i.unit, i.icon, d.quantity, d.price, d.points, d.staff_id, d.staff_name, d.identified, d.note,
	d.imported, d.created_at, d.returned_at, d.returned_by, d.return_reason
	FROM rewards_redemption d
	LEFT JOIN rewards_receipt c ON c.id = d.receipt_id
	JOIN rewards_place p ON p.id = d.place_id
	JOIN people_resident r ON r.id = d.resident_id
	JOIN people_family f ON f.id = d.family_id
	JOIN people_barangay b ON b.id = d.barangay_id
	JOIN rewards_item i ON i.id = d.item_id
	WHERE `

func scanRedemption(r db.Row) (d Redemption, err error) {
	err = r.Scan(&d.ID, &d.ReceiptID, &d.Reference, &d.ResidentID, &d.ResidentName, &d.FamilyID, &d.FamilyName, &d.FamilyCode, &d.BarangayID, &d.BarangayName,
		&d.PlaceID, &d.PlaceName, &d.ItemID, &d.ItemName, &d.ItemNameFil, &d.Unit, &d.Icon, &d.Quantity, &d.Price, &d.Points, &d.StaffID, &d.StaffName,
		&d.Identified, &d.Note, &d.Imported, db.Into(&d.At), db.IntoNull(&d.ReturnedAt), &d.ReturnedBy, &d.ReturnReason)
	return d, err
}

func redemptionByID(ctx context.Context, q db.Q, scope people.Scope, id uuid.UUID) (Redemption, error) {
	var where db.Where
	where.And("d.id = ?", id)
	scope.Narrow(&where, "d.barangay_id")
	d, err := scanRedemption(q.QueryRowContext(ctx, selectRedemption+where.String(), where.Args()...))
	if db.IsNoRows(err) {
		err = ErrNotRedeemed
	}
	return d, err
}

func listRedemptions(ctx context.Context, q db.Q, scope people.Scope, f RedemptionFilter, after db.Cursor, limit int) ([]Redemption, error) {
	where := redemptionConditions(scope, f)
	where.And("(d.created_at, d.id) < (?, ?)", db.At(after.At), after.ID)
	query := selectRedemption + where.String() + ` ORDER BY d.created_at DESC, d.id DESC ` + where.Bind("LIMIT ?", limit)
	return db.Collect(ctx, q, scanRedemption, query, where.Args()...)
}

func sumRedemptions(ctx context.Context, q db.Q, scope people.Scope, f RedemptionFilter) (t Totals, err error) {
	where := redemptionConditions(scope, f)
	err = q.QueryRowContext(ctx, `SELECT count(*), CAST(COALESCE(sum(d.quantity), 0) AS BIGINT), CAST(COALESCE(sum(d.points), 0) AS BIGINT)
		FROM rewards_redemption d WHERE `+where.String(), where.Args()...).Scan(&t.Count, &t.Quantity, &t.Points)
	return t, err
}

// redemptionConditions are a filter's, but for the cursor.
func redemptionConditions(scope people.Scope, f RedemptionFilter) *db.Where {
	var where db.Where
	scope.Narrow(&where, "d.barangay_id")
	if f.From != "" {
		where.And("d.day >= ?", f.From)
	}
	if f.To != "" {
		where.And("d.day <= ?", f.To)
	}
	if f.Barangay != uuid.Nil {
		where.And("d.barangay_id = ?", f.Barangay)
	}
	if f.Staff != uuid.Nil {
		where.And("d.staff_id = ?", f.Staff)
	}
	if f.Item != uuid.Nil {
		where.And("d.item_id = ?", f.Item)
	}
	if f.Resident != uuid.Nil {
		where.And("d.resident_id = ?", f.Resident)
	}
	if f.Place != uuid.Nil {
		where.And("d.place_id = ?", f.Place)
	}
	if f.Receipt != uuid.Nil {
		where.And("d.receipt_id = ?", f.Receipt)
	}
	switch f.State {
	case StateGiven:
		where.And("d.returned_at IS NULL")
	case StateReturned:
		where.And("d.returned_at IS NOT NULL")
	}
	return &where
}
