package schedule

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/people"
)

// between stands between values that string_agg joins: no name holds it.
const between = "\x1f"

// selectException gathers what belongs to an exception into columns, so that a list is one
// statement.
const selectException = `SELECT e.id, e.kind, e.reason, e.note, e.note_fil, e.series_id, e.start_min, e.end_min, e.campaign_id, e.request_hash,
	e.created_by, e.created_by_name, e.created_at, e.lifted_by_name, e.lifted_at,
	(SELECT string_agg(CAST(x.barangay_id AS TEXT) || ' ' || CAST(x.source_id AS TEXT) || ' ' || b.name, '` + between + `' ORDER BY b.name)
		FROM schedule_exception_barangay x JOIN people_barangay b ON b.id = x.barangay_id WHERE x.exception_id = e.id),
	(SELECT string_agg(d.day || ' ' || COALESCE(d.to_day, ''), '` + between + `' ORDER BY d.day) FROM schedule_exception_day d WHERE d.exception_id = e.id),
	COALESCE((SELECT string_agg(CAST(w.waste_type_id AS TEXT), ',' ORDER BY w.position) FROM schedule_exception_waste w WHERE w.exception_id = e.id), '')
	FROM schedule_exception e `

// scanException leaves the names of materials to be filled in.
func scanException(r db.Row) (e Exception, err error) {
	var series, campaign uuid.NullUUID
	var places, days, wastes string
	err = r.Scan(&e.ID, &e.Kind, &e.Reason, &e.Note, &e.NoteFil, &series, &e.Start, &e.End, &campaign, &e.hash,
		&e.CreatedBy, &e.Creator, db.Into(&e.CreatedAt), &e.Lifter, db.IntoNull(&e.LiftedAt), &places, &days, &wastes)
	if err != nil {
		return e, err
	}
	e.Series, e.Campaign = series.UUID, campaign.UUID
	for text := range strings.SplitSeq(places, between) {
		p, err := parsePlace(text)
		if err != nil {
			return e, fmt.Errorf("barangay of exception %s: %w", e.ID, err)
		}
		e.Barangays = append(e.Barangays, p)
	}
	for text := range strings.SplitSeq(days, between) {
		day, to, _ := strings.Cut(text, " ")
		e.Days = append(e.Days, DayMove{Day: day, To: to})
	}
	e.Wastes, err = materialIDs(wastes)
	return e, err
}

// parsePlace reads what selectException has joined: two ids and a name.
func parsePlace(text string) (p Place, err error) {
	parts := strings.SplitN(text, " ", 3)
	if len(parts) != 3 {
		return p, fmt.Errorf("unreadable %q", text)
	}
	if p.ID, err = uuid.Parse(parts[0]); err != nil {
		return p, err
	}
	p.source, err = uuid.Parse(parts[1])
	p.Name = parts[2]
	return p, err
}

// inForce reads the exceptions of some barangays, all for none, with a day in a span.
func inForce(ctx context.Context, q db.Q, barangays []uuid.UUID, from, to string) ([]Exception, error) {
	var w db.Where
	w.And("e.lifted_at IS NULL")
	w.And(`EXISTS (SELECT 1 FROM schedule_exception_day d WHERE d.exception_id = e.id AND (d.day BETWEEN ? AND ? OR d.to_day BETWEEN ? AND ?))`, from, to, from, to)
	if len(barangays) > 0 {
		w.And("EXISTS (SELECT 1 FROM schedule_exception_barangay x WHERE x.exception_id = e.id AND x.barangay_id IN (?"+strings.Repeat(", ?", len(barangays)-1)+"))",
			anys(barangays)...)
	}
	return db.Collect(ctx, q, scanException, selectException+`WHERE `+w.String()+` ORDER BY e.created_at, e.id`, w.Args()...)
}

// touching limits a list to exceptions that touch a barangay in reach.
func touching(w *db.Where, scope people.Scope, barangay uuid.UUID) {
	const touches = "EXISTS (SELECT 1 FROM schedule_exception_barangay x WHERE x.exception_id = e.id AND x.barangay_id "
	if !scope.All {
		w.And(touches+"IN (SELECT s.barangay_id FROM people_assignment s WHERE s.staff_id = ?))", scope.Staff)
	}
	if barangay != uuid.Nil {
		w.And(touches+"= ?)", barangay)
	}
}

func listExceptions(ctx context.Context, q db.Q, scope people.Scope, f ExceptionFilter, today string, after db.Cursor, limit int) ([]Exception, error) {
	var w db.Where
	touching(&w, scope, f.Barangay)
	if f.Kind != "" {
		w.And("e.kind = ?", string(f.Kind))
	}
	if !f.Lifted {
		w.And("e.lifted_at IS NULL")
	}
	if f.Coming {
		w.And(`EXISTS (SELECT 1 FROM schedule_exception_day d WHERE d.exception_id = e.id AND (d.day >= ? OR d.to_day >= ?))`, today, today)
	}
	w.And("(e.created_at, e.id) < (?, ?)", db.At(after.At), after.ID)
	return db.Collect(ctx, q, scanException, selectException+`WHERE `+w.String()+` ORDER BY e.created_at DESC, e.id DESC `+w.Bind("LIMIT ?", limit), w.Args()...)
}

func exceptionByID(ctx context.Context, q db.Q, id uuid.UUID) (Exception, error) {
	e, err := scanException(q.QueryRowContext(ctx, selectException+`WHERE e.id = $1`, id))
	if db.IsNoRows(err) {
		err = ErrExceptionNotFound
	}
	return e, err
}

func exceptionByKey(ctx context.Context, q db.Q, by uuid.UUID, key string) (Exception, error) {
	return scanException(q.QueryRowContext(ctx, selectException+`WHERE e.created_by = $1 AND e.request_key = $2`, by, key))
}

// insertException is false when its request key is used.
func insertException(ctx context.Context, tx *db.Tx, e Exception, key string) (fresh bool, err error) {
	n, err := db.Exec(ctx, tx, `INSERT INTO schedule_exception (id, kind, reason, note, note_fil, series_id, start_min, end_min, request_key, request_hash,
			created_by, created_by_name, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (created_by, request_key) DO NOTHING`,
		e.ID, string(e.Kind), string(e.Reason), e.Note, e.NoteFil, db.NullID(e.Series), nullMinutes(e.Start), nullMinutes(e.End), key, e.hash,
		e.CreatedBy, e.Creator, db.At(e.CreatedAt))
	if err != nil || n == 0 {
		return false, err
	}
	return true, insertParts(ctx, tx, e)
}

// insertParts writes the barangays, days and materials of an exception.
func insertParts(ctx context.Context, tx *db.Tx, e Exception) error {
	var places, days db.Where
	placeRows, dayRows := make([]string, len(e.Barangays)), make([]string, len(e.Days))
	for i, b := range e.Barangays {
		placeRows[i] = places.Bind("(?, ?, ?)", e.ID, b.ID, b.source)
	}
	for i, d := range e.Days {
		dayRows[i] = days.Bind("(?, ?, ?)", e.ID, d.Day, orNull(d.To))
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO schedule_exception_barangay (exception_id, barangay_id, source_id) VALUES `+strings.Join(placeRows, ", "), places.Args()...)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO schedule_exception_day (exception_id, day, to_day) VALUES `+strings.Join(dayRows, ", "), days.Args()...)
	if err != nil {
		return err
	}
	return insertWastes(ctx, tx, `INSERT INTO schedule_exception_waste (exception_id, waste_type_id, position) VALUES `, e.ID, e.Wastes)
}

func nullMinutes(m *Minutes) any {
	if m == nil {
		return nil
	}
	return int(*m)
}

func setCampaign(ctx context.Context, tx *db.Tx, id, campaign uuid.UUID) error {
	_, err := tx.ExecContext(ctx, `UPDATE schedule_exception SET campaign_id = $2 WHERE id = $1`, id, campaign)
	return err
}

// liftException is false when somebody did so before.
func liftException(ctx context.Context, tx *db.Tx, id, by uuid.UUID, name string, at time.Time) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE schedule_exception SET lifted_by = $2, lifted_by_name = $3, lifted_at = $4 WHERE id = $1 AND lifted_at IS NULL`,
		id, db.NullID(by), name, db.At(at))
	return n == 1, err
}
