package rewards

import (
	"context"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
)

// insertRedemption books a redemption at the item's price when the resident is in
// scope and may redeem (people.CanAccess), the item is shown, and the key is new;
// otherwise it is false.
func insertRedemption(ctx context.Context, tx *db.Tx, b booking) (bool, error) {
	var where db.Where
	values := where.Bind(`?, ?, ?, r.id, r.family_id, f.barangay_id, i.id, ?, i.price, i.price * ?, ?, ?, ?, ?, ?, ?`,
		b.id, b.RequestKey, b.hash, b.Quantity, b.Quantity, b.actor.ID, b.actor.Name, b.IdentifiedBy, b.trimmedNote(), db.At(b.at), db.Day(b.at))
	item := where.Bind("i.id = ? AND i.active", b.Item)
	where.And("r.id = ? AND r.status = 'approved' AND r.active AND f.status = 'approved'", b.Resident)
	b.scope.Narrow(&where, "f.barangay_id")
	n, err := db.Exec(ctx, tx, `INSERT INTO rewards_redemption
		(id, request_key, request_hash, resident_id, family_id, barangay_id, item_id, quantity, price, points, staff_id, staff_name, identified, note, created_at, day)
		SELECT `+values+`
		FROM people_resident r JOIN people_family f ON f.id = r.family_id JOIN rewards_item i ON `+item+`
		WHERE `+where.String()+` ON CONFLICT (staff_id, request_key) DO NOTHING`, where.Args()...)
	return n == 1, err
}

// answered finds a member of staff's earlier request by its key; sql.ErrNoRows when
// there is none.
func answered(ctx context.Context, q db.Q, staff uuid.UUID, key string) (id uuid.UUID, hash string, err error) {
	err = q.QueryRowContext(ctx, `SELECT id, request_hash FROM rewards_redemption WHERE staff_id = $1 AND request_key = $2`, staff, key).Scan(&id, &hash)
	return id, hash, err
}

// balanceAfter is the balance that a redemption's receipt told.
func balanceAfter(ctx context.Context, q db.Q, id uuid.UUID) (balance ledger.Points, err error) {
	err = q.QueryRowContext(ctx, `SELECT balance_after FROM ledger_transfer WHERE source_id = $1 AND kind = $2`,
		id, string(ledger.KindRedemption)).Scan(&balance)
	return balance, err
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

const selectRedemption = `SELECT d.id, d.resident_id, r.full_name, d.family_id, f.name, f.code, d.barangay_id, b.name,
	d.item_id, i.name, i.name_fil, i.unit, i.icon, d.quantity, d.price, d.points, d.staff_id, d.staff_name, d.identified, d.note, d.imported, d.created_at
	FROM rewards_redemption d
	JOIN people_resident r ON r.id = d.resident_id
	JOIN people_family f ON f.id = d.family_id
	JOIN people_barangay b ON b.id = d.barangay_id
	JOIN rewards_item i ON i.id = d.item_id
	WHERE `

func scanRedemption(r db.Row) (d Redemption, err error) {
	err = r.Scan(&d.ID, &d.ResidentID, &d.ResidentName, &d.FamilyID, &d.FamilyName, &d.FamilyCode, &d.BarangayID, &d.BarangayName,
		&d.ItemID, &d.ItemName, &d.ItemNameFil, &d.Unit, &d.Icon, &d.Quantity, &d.Price, &d.Points, &d.StaffID, &d.StaffName,
		&d.Identified, &d.Note, &d.Imported, db.Into(&d.At))
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
	return &where
}
