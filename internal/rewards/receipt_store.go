package rewards

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
)

// insertReceipt begins a receipt when the resident is in scope and may redeem
// (people.CanAccess), the place is open, and the key is new; otherwise it is false.
func insertReceipt(ctx context.Context, tx *db.Tx, b booking) (bool, error) {
	var where db.Where
	values := where.Bind(`?, ?, ?, ?, r.id, r.family_id, f.barangay_id, p.id, 0, ?, ?, ?, ?, ?, ?`,
		b.id, referenceOf(b.id), b.RequestKey, b.hash, b.actor.ID, b.actor.Name, b.IdentifiedBy, b.Note, db.At(b.at), db.Day(b.at))
	place := where.Bind("p.active AND (p.id = ? OR (? AND p.is_default))", b.Place, b.Place == uuid.Nil)
	where.And("r.id = ? AND r.status = 'approved' AND r.active AND f.status = 'approved'", b.Resident)
	b.scope.Narrow(&where, "f.barangay_id")
	n, err := db.Exec(ctx, tx, `INSERT INTO rewards_receipt
		(id, reference, request_key, request_hash, resident_id, family_id, barangay_id, place_id, points, staff_id, staff_name, identified, note, created_at, day)
		SELECT `+values+`
		FROM people_resident r JOIN people_family f ON f.id = r.family_id JOIN rewards_place p ON `+place+`
		WHERE `+where.String()+` ON CONFLICT (staff_id, request_key) DO NOTHING`, where.Args()...)
	return n == 1, err
}

// referenceOf is how people call a receipt: the end of its id, which is chance.
func referenceOf(id uuid.UUID) string {
	s := strings.ToUpper(id.String())
	return s[24:28] + "-" + s[28:32] + "-" + s[32:36]
}

// updateReceipt ends a receipt: what it cost, and how the resident proved who they are.
func updateReceipt(ctx context.Context, tx *db.Tx, id uuid.UUID, points ledger.Points, proof string) error {
	_, err := tx.ExecContext(ctx, `UPDATE rewards_receipt SET points = $2, proof = $3 WHERE id = $1`, id, int64(points), proof)
	return err
}

// answered finds a member of staff's earlier request by its key; sql.ErrNoRows when
// there is none.
func answered(ctx context.Context, q db.Q, staff uuid.UUID, key string) (id uuid.UUID, hash string, err error) {
	err = q.QueryRowContext(ctx, `SELECT id, request_hash FROM rewards_receipt WHERE staff_id = $1 AND request_key = $2`, staff, key).Scan(&id, &hash)
	return id, hash, err
}

// receiptByID reads a receipt with its redemptions, and the balance that it told. Three
// queries.
func receiptByID(ctx context.Context, q db.Q, scope people.Scope, id uuid.UUID) (c Receipt, err error) {
	var where db.Where
	where.And("c.id = ?", id)
	scope.Narrow(&where, "c.barangay_id")
	err = q.QueryRowContext(ctx, `SELECT c.id, c.reference, c.resident_id, r.full_name, c.family_id, f.name, f.code, c.barangay_id, b.name,
			c.place_id, p.name, c.staff_id, c.staff_name, c.identified, c.proof, c.note, c.created_at, c.points
		FROM rewards_receipt c
		JOIN people_resident r ON r.id = c.resident_id
		JOIN people_family f ON f.id = c.family_id
		JOIN people_barangay b ON b.id = c.barangay_id
		JOIN rewards_place p ON p.id = c.place_id
		WHERE `+where.String(), where.Args()...).
		Scan(&c.ID, &c.Reference, &c.ResidentID, &c.ResidentName, &c.FamilyID, &c.FamilyName, &c.FamilyCode, &c.BarangayID, &c.BarangayName,
			&c.PlaceID, &c.PlaceName, &c.StaffID, &c.StaffName, &c.Identified, &c.Proof, &c.Note, db.Into(&c.At), &c.Points)
	if db.IsNoRows(err) {
		err = ErrReceiptNotFound
	}
	if err != nil {
		return Receipt{}, err
	}
	if c.Redemptions, err = db.Collect(ctx, q, scanRedemption, selectRedemption+`d.receipt_id = $1 ORDER BY d.id LIMIT $2`, id, 2*MaxWants); err != nil {
		return Receipt{}, err
	}
	c.Balance, err = balanceAfter(ctx, q, id)
	return c, err
}

// balanceAfter is the balance that a receipt told: that of its last transfer.
func balanceAfter(ctx context.Context, q db.Q, receipt uuid.UUID) (balance ledger.Points, err error) {
	err = q.QueryRowContext(ctx, `SELECT t.balance_after FROM rewards_redemption d JOIN ledger_transfer t ON t.source_id = d.id AND t.kind = $2
		WHERE d.receipt_id = $1 ORDER BY t.account_version DESC LIMIT 1`, receipt, string(ledger.KindRedemption)).Scan(&balance)
	return balance, err
}
