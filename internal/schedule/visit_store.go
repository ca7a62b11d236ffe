package schedule

import (
	"context"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/people"
)

const selectVisit = `SELECT v.id, v.source_id, v.original_day, v.barangay_id, b.name, v.day, v.state, v.reason, v.note, v.at, v.marked_by, v.marked_by_name,
	v.version, v.created_at, v.created_day, v.updated_at
	FROM schedule_visit v JOIN people_barangay b ON b.id = v.barangay_id `

func scanVisit(r db.Row) (v Visit, err error) {
	err = r.Scan(&v.ID, &v.Source, &v.Original, &v.Barangay, &v.BarangayName, &v.Day, &v.State, &v.Reason, &v.Note, db.Into(&v.At), &v.By, &v.ByName,
		&v.Version, db.Into(&v.CreatedAt), &v.createdDay, db.Into(&v.UpdatedAt))
	return v, err
}

// visitsBetween reads what was marked of pick-ups due in a span of days.
func visitsBetween(ctx context.Context, q db.Q, barangays []uuid.UUID, from, to string) ([]Visit, error) {
	var w db.Where
	w.And("v.day BETWEEN ? AND ?", from, to)
	among(&w, "v.barangay_id", barangays)
	return db.Collect(ctx, q, scanVisit, selectVisit+`WHERE `+w.String(), w.Args()...)
}

func visitOf(ctx context.Context, q db.Q, source uuid.UUID, original string) (Visit, error) {
	return scanVisit(q.QueryRowContext(ctx, selectVisit+`WHERE v.source_id = $1 AND v.original_day = $2`, source, original))
}

// insertVisit is false when the pick-up is marked already.
func insertVisit(ctx context.Context, tx *db.Tx, v Visit) (bool, error) {
	n, err := db.Exec(ctx, tx, `INSERT INTO schedule_visit
		(id, source_id, original_day, barangay_id, day, state, reason, note, at, marked_by, marked_by_name, created_at, created_day, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (source_id, original_day) DO NOTHING`,
		v.ID, v.Source, v.Original, v.Barangay, v.Day, string(v.State), string(v.Reason), v.Note, db.At(v.At), v.By, v.ByName,
		db.At(v.CreatedAt), v.createdDay, db.At(v.UpdatedAt))
	return n == 1, err
}

// correctVisit is false when the day is over on which it may be corrected, or when it says
// the same already. The time counts only where somebody typed it.
func correctVisit(ctx context.Context, tx *db.Tx, v Visit, typed bool) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE schedule_visit SET day = $3, state = $4, reason = $5, note = $6, at = $7, marked_by = $8, marked_by_name = $9,
			version = version + 1, updated_at = $10
		WHERE source_id = $1 AND original_day = $2 AND created_day = $11 AND (state <> $12 OR reason <> $13 OR note <> $14 OR ($15 AND at <> $16))`,
		v.Source, v.Original, v.Day, string(v.State), string(v.Reason), v.Note, db.At(v.At), v.By, v.ByName, db.At(v.UpdatedAt),
		v.createdDay, string(v.State), string(v.Reason), v.Note, typed, db.At(v.At))
	return n == 1, err
}

func listVisits(ctx context.Context, q db.Q, scope people.Scope, f VisitFilter, after db.Cursor, limit int) ([]Visit, error) {
	var w db.Where
	scope.Narrow(&w, "v.barangay_id")
	if f.Barangay != uuid.Nil {
		w.And("v.barangay_id = ?", f.Barangay)
	}
	if f.By != uuid.Nil {
		w.And("v.marked_by = ?", f.By)
	}
	if f.State != "" {
		w.And("v.state = ?", string(f.State))
	}
	if f.From != "" {
		w.And("v.day >= ?", f.From)
	}
	if f.To != "" {
		w.And("v.day <= ?", f.To)
	}
	w.And("(v.created_at, v.id) < (?, ?)", db.At(after.At), after.ID)
	return db.Collect(ctx, q, scanVisit, selectVisit+`WHERE `+w.String()+` ORDER BY v.created_at DESC, v.id DESC `+w.Bind("LIMIT ?", limit), w.Args()...)
}

// sourceBarangay is where a line, or what an addition made, is; ErrPickupNotFound for
// neither.
func sourceBarangay(ctx context.Context, q db.Q, source uuid.UUID) (barangay uuid.UUID, err error) {
	err = q.QueryRowContext(ctx, `SELECT barangay_id FROM schedule_line WHERE id = $1
		UNION ALL SELECT barangay_id FROM schedule_exception_barangay WHERE source_id = $2`, source, source).Scan(&barangay)
	if db.IsNoRows(err) {
		err = ErrPickupNotFound
	}
	return barangay, err
}
