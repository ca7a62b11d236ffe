package collection

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
)

// visit finds the resident and the place of a weigh-in, both within the scope.
func visit(ctx context.Context, q db.Q, scope people.Scope, resident, place uuid.UUID) (WeighIn, error) {
	var where db.Where
	where.And("r.id = ?", resident)
	scope.Narrow(&where, "f.barangay_id")
	query := `SELECT r.id, r.full_name, f.id, f.name, f.code, b.id, b.name
		FROM people_resident r JOIN people_family f ON f.id = r.family_id JOIN people_barangay b ON b.id = f.barangay_id
		WHERE ` + where.String()
	var w WeighIn
	err := q.QueryRowContext(ctx, query, where.Args()...).
		Scan(&w.ResidentID, &w.ResidentName, &w.FamilyID, &w.FamilyName, &w.FamilyCode, &w.BarangayID, &w.BarangayName)
	if db.IsNoRows(err) {
		return WeighIn{}, people.ErrResidentNotFound
	}
	if err != nil || place == uuid.Nil || place == w.BarangayID {
		return w, err
	}
	w.BarangayID = place
	w.BarangayName, err = placeName(ctx, q, scope, place)
	return w, err
}

func placeName(ctx context.Context, q db.Q, scope people.Scope, place uuid.UUID) (name string, err error) {
	var where db.Where
	where.And("b.id = ? AND b.active", place)
	scope.Narrow(&where, "b.id")
	err = q.QueryRowContext(ctx, `SELECT b.name FROM people_barangay b WHERE `+where.String(), where.Args()...).Scan(&name)
	if db.IsNoRows(err) {
		err = ErrPlaceNotInReach
	}
	return name, err
}

// insertWeighIn books a weigh-in when its resident may earn (people.CanAccess) and its
// key is new; otherwise it is false.
func insertWeighIn(ctx context.Context, tx *db.Tx, w WeighIn, k key) (bool, error) {
	n, err := db.Exec(ctx, tx, `INSERT INTO collection_weigh_in
		(id, request_key, request_hash, resident_id, family_id, barangay_id, collector_id, collector_name, identified, grams, points, note, collected_at, created_at, day)
		SELECT $1, $2, $3, r.id, r.family_id, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
		FROM people_resident r JOIN people_family f ON f.id = r.family_id
		WHERE r.id = $14 AND r.status = 'approved' AND r.active AND f.status = 'approved'
		ON CONFLICT (collector_id, request_key) DO NOTHING`,
		w.ID, k.request, k.hash, w.BarangayID, w.CollectorID, w.CollectorName, w.Identified, int64(w.Grams), int64(w.Points), w.Note,
		db.At(w.CollectedAt), db.At(w.CreatedAt), db.Day(w.CollectedAt), w.ResidentID)
	return n == 1, err
}

func insertLines(ctx context.Context, tx *db.Tx, id uuid.UUID, lines []Line) error {
	var values db.Where
	rows := make([]string, len(lines))
	for i, l := range lines {
		rows[i] = values.Bind("(?, ?, ?, ?, ?, ?, ?, ?)",
			id, l.Number, l.TypeID, int64(l.Gross), int64(l.Tare), int64(l.Grams), int64(l.Rate), int64(l.Points))
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO collection_weigh_in_line (weigh_in_id, line, waste_type_id, gross_grams, tare_grams, grams, rate, points)
		VALUES `+strings.Join(rows, ", "), values.Args()...)
	return err
}

// numberOf is the number that the database gave a weigh-in. SQLite's comes by a trigger,
// which no RETURNING sees.
func numberOf(ctx context.Context, tx *db.Tx, id uuid.UUID) (number int64, err error) {
	err = tx.QueryRowContext(ctx, `SELECT number FROM collection_weigh_in WHERE id = $1`, id).Scan(&number)
	return number, err
}

// answered finds a collector's earlier request by its key; sql.ErrNoRows when there is none.
func answered(ctx context.Context, q db.Q, k key) (id uuid.UUID, hash string, err error) {
	err = q.QueryRowContext(ctx, `SELECT id, request_hash FROM collection_weigh_in WHERE collector_id = $1 AND request_key = $2`,
		k.collector, k.request).Scan(&id, &hash)
	return id, hash, err
}

// balanceAfter is the balance that a weigh-in's receipt told.
func balanceAfter(ctx context.Context, q db.Q, id uuid.UUID) (balance ledger.Points, err error) {
	err = q.QueryRowContext(ctx, `SELECT COALESCE(t.balance_after, b.posted)
		FROM collection_weigh_in w
		JOIN ledger_balance b ON b.account_id = w.resident_id
		LEFT JOIN ledger_transfer t ON t.source_id = w.id AND t.kind = $1
		WHERE w.id = $2`, string(ledger.KindWeighIn), id).Scan(&balance)
	return balance, err
}

// transferOf is the payment of a weigh-in.
func transferOf(ctx context.Context, q db.Q, id uuid.UUID) (transfer uuid.UUID, err error) {
	err = q.QueryRowContext(ctx, `SELECT id FROM ledger_transfer WHERE source_id = $1 AND kind = $2`, id, string(ledger.KindWeighIn)).Scan(&transfer)
	return transfer, err
}

// markVoid is false when there was nothing to void.
func markVoid(ctx context.Context, tx *db.Tx, actor audit.Actor, id uuid.UUID, reason string, at time.Time) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE collection_weigh_in SET voided_at = $1, voided_by = $2, void_reason = $3
		WHERE id = $4 AND voided_at IS NULL AND NOT imported`, db.At(at), db.NullID(actor.ID), reason, id)
	return n == 1, err
}

const selectWeighIn = `SELECT w.id, w.number, w.resident_id, r.full_name, w.family_id, f.name, f.code, w.barangay_id, b.name,
	w.collector_id, w.collector_name, w.identified, w.grams, w.points, w.note, w.imported, w.collected_at, w.created_at, w.voided_at, w.void_reason
	FROM collection_weigh_in w
	JOIN people_resident r ON r.id = w.resident_id
	JOIN people_family f ON f.id = w.family_id
	JOIN people_barangay b ON b.id = w.barangay_id
	WHERE `

func scanWeighIn(r db.Row) (w WeighIn, err error) {
	err = r.Scan(&w.ID, &w.Number, &w.ResidentID, &w.ResidentName, &w.FamilyID, &w.FamilyName, &w.FamilyCode, &w.BarangayID, &w.BarangayName,
		&w.CollectorID, &w.CollectorName, &w.Identified, &w.Grams, &w.Points, &w.Note, &w.Imported,
		db.Into(&w.CollectedAt), db.Into(&w.CreatedAt), db.IntoNull(&w.VoidedAt), &w.VoidReason)
	return w, err
}

// weighInByID finds a weigh-in with its lines; sql.ErrNoRows when the scope has none.
func weighInByID(ctx context.Context, q db.Q, scope people.Scope, id uuid.UUID) (WeighIn, error) {
	var where db.Where
	where.And("w.id = ?", id)
	scope.Narrow(&where, "w.barangay_id")
	w, err := scanWeighIn(q.QueryRowContext(ctx, selectWeighIn+where.String(), where.Args()...))
	if err != nil {
		return WeighIn{}, err
	}
	one := []WeighIn{w}
	err = loadLines(ctx, q, one)
	return one[0], err
}

func listWeighIns(ctx context.Context, q db.Q, scope people.Scope, f Filter, after db.Cursor, limit int) ([]WeighIn, error) {
	where := conditions(scope, f)
	if f.Type != uuid.Nil {
		where.And("EXISTS (SELECT 1 FROM collection_weigh_in_line l WHERE l.weigh_in_id = w.id AND l.waste_type_id = ?)", f.Type)
	}
	where.And("(w.collected_at, w.id) < (?, ?)", db.At(after.At), after.ID)
	query := selectWeighIn + where.String() + ` ORDER BY w.collected_at DESC, w.id DESC ` + where.Bind("LIMIT ?", limit)
	return db.Collect(ctx, q, scanWeighIn, query, where.Args()...)
}

// listRecent gives the newest weigh-ins that stand.
func listRecent(ctx context.Context, q db.Q, scope people.Scope, limit int) ([]WeighIn, error) {
	var where db.Where
	where.And("w.voided_at IS NULL")
	scope.Narrow(&where, "w.barangay_id")
	query := selectWeighIn + where.String() + ` ORDER BY w.collected_at DESC, w.id DESC ` + where.Bind("LIMIT ?", limit)
	return db.Collect(ctx, q, scanWeighIn, query, where.Args()...)
}

func sum(ctx context.Context, q db.Q, scope people.Scope, f Filter) (t Totals, err error) {
	where := conditions(scope, f)
	from, count, amounts := "collection_weigh_in w", "*", "w"
	if f.Type != uuid.Nil {
		from, count, amounts = "collection_weigh_in w JOIN collection_weigh_in_line l ON l.weigh_in_id = w.id", "DISTINCT w.id", "l"
		where.And("l.waste_type_id = ?", f.Type)
	}
	query := fmt.Sprintf(`SELECT count(%[2]s) FILTER (WHERE w.voided_at IS NULL),
		CAST(COALESCE(sum(%[3]s.grams) FILTER (WHERE w.voided_at IS NULL), 0) AS BIGINT),
		CAST(COALESCE(sum(%[3]s.points) FILTER (WHERE w.voided_at IS NULL), 0) AS BIGINT),
		count(%[2]s) FILTER (WHERE w.voided_at IS NOT NULL)
		FROM %[1]s WHERE %[4]s`, from, count, amounts, where.String())
	err = q.QueryRowContext(ctx, query, where.Args()...).Scan(&t.Count, &t.Grams, &t.Points, &t.Voided)
	return t, err
}

// conditions are a filter's, but for type and cursor.
func conditions(scope people.Scope, f Filter) *db.Where {
	var where db.Where
	scope.Narrow(&where, "w.barangay_id")
	if f.From != "" {
		where.And("w.day >= ?", f.From)
	}
	if f.To != "" {
		where.And("w.day <= ?", f.To)
	}
	if f.Barangay != uuid.Nil {
		where.And("w.barangay_id = ?", f.Barangay)
	}
	if f.Collector != uuid.Nil {
		where.And("w.collector_id = ?", f.Collector)
	}
	if f.Resident != uuid.Nil {
		where.And("w.resident_id = ?", f.Resident)
	}
	return &where
}

// loadLines fills the lines of many weigh-ins with one query.
func loadLines(ctx context.Context, q db.Q, page []WeighIn) error {
	if len(page) == 0 {
		return nil
	}
	at := make(map[uuid.UUID]int, len(page))
	var ids db.Where
	marks := make([]string, len(page))
	for i, w := range page {
		at[w.ID], marks[i] = i, ids.Bind("?", w.ID)
	}
	type lineOf struct {
		Line
		weighIn uuid.UUID
	}
	lines, err := db.Collect(ctx, q, func(r db.Row) (l lineOf, err error) {
		err = r.Scan(&l.weighIn, &l.Number, &l.TypeID, &l.Name, &l.NameFil, &l.Icon, &l.Gross, &l.Tare, &l.Grams, &l.Rate, &l.Points)
		return l, err
	}, `SELECT l.weigh_in_id, l.line, t.id, t.name, t.name_fil, t.icon, l.gross_grams, l.tare_grams, l.grams, l.rate, l.points
		FROM collection_weigh_in_line l JOIN collection_waste_type t ON t.id = l.waste_type_id
		WHERE l.weigh_in_id IN (`+strings.Join(marks, ", ")+`) ORDER BY l.weigh_in_id, l.line`, ids.Args()...)
	for _, l := range lines {
		w := &page[at[l.weighIn]]
		w.Lines = append(w.Lines, l.Line)
	}
	return err
}
