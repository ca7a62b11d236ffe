package report

import (
	"context"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
)

// between adds the conditions of days to a list whose day column is named.
func between(w *db.Where, column, from, to string) {
	if from != "" {
		w.And(column+" >= ?", from)
	}
	if to != "" {
		w.And(column+" <= ?", to)
	}
}

// same adds a condition on an id, when there is one.
func same(w *db.Where, column string, id uuid.UUID) {
	if id != uuid.Nil {
		w.And(column+" = ?", id)
	}
}

// exportWeighIns reads the lines of so many weigh-ins: a chunk never ends in the middle
// of one.
func exportWeighIns(ctx context.Context, q db.Q, scope people.Scope, f WeighInFilter, after db.Cursor, limit int) ([]keyed, error) {
	var where db.Where
	scope.Narrow(&where, "w.barangay_id")
	between(&where, "w.day", f.From, f.To)
	same(&where, "w.barangay_id", f.Barangay)
	same(&where, "w.collector_id", f.Collector)
	same(&where, "w.resident_id", f.Resident)
	line := "l.weigh_in_id = w.id"
	if f.Type != uuid.Nil {
		where.And("EXISTS (SELECT 1 FROM collection_weigh_in_line x WHERE x.weigh_in_id = w.id AND x.waste_type_id = ?)", f.Type)
		line += where.Bind(" AND l.waste_type_id = ?", f.Type)
	}
	where.And("(w.collected_at, w.id) < (?, ?)", db.At(after.At), after.ID)
	query := `SELECT w.collected_at, w.id, b.name, w.collector_name, r.full_name, f.name, f.code,
			COALESCE(t.name, ''), COALESCE(l.gross_grams, w.grams), COALESCE(l.tare_grams, 0), COALESCE(l.grams, w.grams), COALESCE(l.rate, 0), COALESCE(l.points, w.points),
			w.identified, w.note, w.voided_at, w.void_reason
		FROM (SELECT w.id, w.collected_at, w.barangay_id, w.collector_name, w.resident_id, w.family_id, w.grams, w.points, w.identified, w.note, w.voided_at, w.void_reason
			FROM collection_weigh_in w WHERE ` + where.String() + ` ORDER BY w.collected_at DESC, w.id DESC ` + where.Bind("LIMIT ?", limit) + `) w
		JOIN people_barangay b ON b.id = w.barangay_id
		JOIN people_resident r ON r.id = w.resident_id
		JOIN people_family f ON f.id = w.family_id
		LEFT JOIN collection_weigh_in_line l ON ` + line + `
		LEFT JOIN collection_waste_type t ON t.id = l.waste_type_id
		ORDER BY w.collected_at DESC, w.id DESC, l.line`
	return db.Collect(ctx, q, scanWeighInRow, query, where.Args()...)
}

func scanWeighInRow(r db.Row) (keyed, error) {
	var k keyed
	var barangay, collector, resident, family, code, material, identified, note, reason string
	var gross, tare, net ledger.Grams
	var rate ledger.Rate
	var points ledger.Points
	var voided *time.Time
	err := r.Scan(db.Into(&k.at.At), &k.at.ID, &barangay, &collector, &resident, &family, &code,
		&material, &gross, &tare, &net, &rate, &points, &identified, &note, db.IntoNull(&voided), &reason)
	k.cells = []any{k.at.At, barangay, collector, resident, family, code, material, gross, tare, net, rate, points,
		identifiedWord(identified), note, moment(voided), reason, k.at.ID.String()}
	return k, err
}

func exportRedemptions(ctx context.Context, q db.Q, scope people.Scope, f RedemptionFilter, after db.Cursor, limit int) ([]keyed, error) {
	var where db.Where
	scope.Narrow(&where, "d.barangay_id")
	between(&where, "d.day", f.From, f.To)
	same(&where, "d.barangay_id", f.Barangay)
	same(&where, "d.staff_id", f.Staff)
	same(&where, "d.item_id", f.Item)
	same(&where, "d.place_id", f.Place)
	same(&where, "d.resident_id", f.Resident)
	switch f.State {
	case "given":
		where.And("d.returned_at IS NULL")
	case "returned":
		where.And("d.returned_at IS NOT NULL")
	}
	where.And("(d.created_at, d.id) < (?, ?)", db.At(after.At), after.ID)
	query := `SELECT d.created_at, d.id, COALESCE(c.reference, ''), p.name, b.name, d.staff_name, r.full_name, f.name, f.code, i.name, d.quantity, i.unit, d.price, d.points,
			d.identified, d.note, d.returned_at, d.returned_by, d.return_reason
		FROM rewards_redemption d
		LEFT JOIN rewards_receipt c ON c.id = d.receipt_id
		JOIN rewards_place p ON p.id = d.place_id
		JOIN people_barangay b ON b.id = d.barangay_id
		JOIN people_resident r ON r.id = d.resident_id
		JOIN people_family f ON f.id = d.family_id
		JOIN rewards_item i ON i.id = d.item_id
		WHERE ` + where.String() + ` ORDER BY d.created_at DESC, d.id DESC ` + where.Bind("LIMIT ?", limit)
	return db.Collect(ctx, q, scanRedemptionRow, query, where.Args()...)
}

func scanRedemptionRow(r db.Row) (keyed, error) {
	var k keyed
	var reference, place, barangay, staff, resident, family, code, item, unit, identified, note, returnedBy, reason string
	var quantity int64
	var price, points ledger.Points
	var returned *time.Time
	err := r.Scan(db.Into(&k.at.At), &k.at.ID, &reference, &place, &barangay, &staff, &resident, &family, &code, &item, &quantity, &unit, &price, &points,
		&identified, &note, db.IntoNull(&returned), &returnedBy, &reason)
	k.cells = []any{k.at.At, reference, place, barangay, staff, resident, family, code, item, quantity, unit, price, points, identifiedWord(identified), note,
		moment(returned), returnedBy, reason, k.at.ID.String()}
	return k, err
}
