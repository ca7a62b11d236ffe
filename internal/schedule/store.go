package schedule

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/people"
)

// selectLine gathers a line's materials into one column, so that a plan is one statement.
const selectLine = `SELECT l.id, l.series_id, l.barangay_id, b.name, l.weekday, l.start_min, l.end_min, l.notes, l.notes_fil, l.active, l.valid_from,
	COALESCE(l.valid_until, ''), l.collector_id, l.collector_name, l.other_wastes, l.created_at, l.updated_at,
	COALESCE((SELECT string_agg(CAST(w.waste_type_id AS TEXT), ',' ORDER BY w.position) FROM schedule_line_waste w WHERE w.line_id = l.id), '')
	FROM schedule_line l JOIN people_barangay b ON b.id = l.barangay_id `

// scanLine leaves the names of materials to be filled in.
func scanLine(r db.Row) (l Line, err error) {
	var weekday int
	var collector uuid.NullUUID
	var other, wastes string
	err = r.Scan(&l.ID, &l.Series, &l.Barangay, &l.BarangayName, &weekday, &l.Start, &l.End, &l.Notes, &l.NotesFil, &l.Active, &l.ValidFrom,
		&l.ValidUntil, &collector, &l.CollectorName, &other, db.Into(&l.CreatedAt), db.Into(&l.UpdatedAt), &wastes)
	if err != nil {
		return l, err
	}
	l.Weekday, l.Collector = ofISO(weekday), collector.UUID
	if err := json.Unmarshal([]byte(other), &l.Other); err != nil {
		return l, fmt.Errorf("other wastes of line %s: %w", l.ID, err)
	}
	l.Wastes, err = materialIDs(wastes)
	return l, err
}

// materialIDs reads ids that string_agg has joined.
func materialIDs(joined string) ([]Material, error) {
	if joined == "" {
		return nil, nil
	}
	var out []Material
	for text := range strings.SplitSeq(joined, ",") {
		id, err := uuid.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("waste type %q: %w", text, err)
		}
		out = append(out, Material{ID: id})
	}
	return out, nil
}

// planOf reads the lines that may bring pick-ups into a span of days.
func planOf(ctx context.Context, q db.Q, barangays []uuid.UUID, from, to string) ([]Line, error) {
	var w db.Where
	w.And("l.active AND l.valid_from <= ? AND (l.valid_until IS NULL OR l.valid_until >= ?)", to, from)
	among(&w, "l.barangay_id", barangays)
	return db.Collect(ctx, q, scanLine, selectLine+`WHERE `+w.String(), w.Args()...)
}

// among limits a list to some ids; none is no limit.
func among(w *db.Where, column string, ids []uuid.UUID) {
	if len(ids) > 0 {
		w.And(column+" IN (?"+strings.Repeat(", ?", len(ids)-1)+")", anys(ids)...)
	}
}

func anys(ids []uuid.UUID) []any {
	out := make([]any, len(ids))
	for i, id := range ids {
		out[i] = id
	}
	return out
}

func lineByID(ctx context.Context, q db.Q, id uuid.UUID) (Line, error) {
	l, err := scanLine(q.QueryRowContext(ctx, selectLine+`WHERE l.id = $1`, id))
	if db.IsNoRows(err) {
		err = ErrLineNotFound
	}
	return l, err
}

func lineThere(ctx context.Context, q db.Q, id uuid.UUID) (there bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM schedule_line WHERE id = $1)`, id).Scan(&there)
	return there, err
}

func listLines(ctx context.Context, q db.Q, scope people.Scope, f LineFilter, today string, after uuid.UUID, limit int) ([]Line, error) {
	var w db.Where
	scope.Narrow(&w, "l.barangay_id")
	if f.Barangay != uuid.Nil {
		w.And("l.barangay_id = ?", f.Barangay)
	}
	if f.Weekday != 0 {
		w.And("l.weekday = ?", f.Weekday)
	}
	if f.Collector != uuid.Nil {
		w.And("l.collector_id = ?", f.Collector)
	}
	if !f.Inactive {
		w.And("l.active")
	}
	if !f.Past {
		w.And("(l.valid_until IS NULL OR l.valid_until >= ?)", today)
	}
	if after != uuid.Nil {
		w.And(`(b.name, l.weekday, l.start_min, l.id) > (SELECT y.name, x.weekday, x.start_min, x.id
			FROM schedule_line x JOIN people_barangay y ON y.id = x.barangay_id WHERE x.id = ?)`, after)
	}
	return db.Collect(ctx, q, scanLine, selectLine+`WHERE `+w.String()+` ORDER BY b.name, l.weekday, l.start_min, l.id `+w.Bind("LIMIT ?", limit), w.Args()...)
}

// overlapping finds an active line of the same barangay and weekday whose days and times
// meet those of l.
func overlapping(ctx context.Context, q db.Q, l Line) (Line, error) {
	return scanLine(q.QueryRowContext(ctx, selectLine+`WHERE l.barangay_id = $1 AND l.weekday = $2 AND l.active AND l.id <> $3
		AND l.start_min < $4 AND l.end_min > $5 AND (l.valid_until IS NULL OR l.valid_until >= $6) AND ($7 = '' OR l.valid_from <= $8)
		ORDER BY l.start_min, l.id LIMIT 1`,
		l.Barangay, isoWeekday(l.Weekday), l.ID, int(l.End), int(l.Start), l.ValidFrom, l.ValidUntil, l.ValidUntil))
}

// putLine writes a line whole, new or not.
func putLine(ctx context.Context, tx *db.Tx, l Line) error {
	other, err := json.Marshal(l.Other)
	if err != nil {
		return err
	}
	if l.Other == nil {
		other = []byte("[]")
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO schedule_line (id, series_id, barangay_id, weekday, start_min, end_min, notes, notes_fil, active,
			valid_from, valid_until, collector_id, collector_name, other_wastes, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
		ON CONFLICT (id) DO UPDATE SET barangay_id = excluded.barangay_id, weekday = excluded.weekday, start_min = excluded.start_min, end_min = excluded.end_min,
			notes = excluded.notes, notes_fil = excluded.notes_fil, active = excluded.active, valid_from = excluded.valid_from, valid_until = excluded.valid_until,
			collector_id = excluded.collector_id, collector_name = excluded.collector_name, other_wastes = excluded.other_wastes, updated_at = excluded.updated_at`,
		l.ID, l.Series, l.Barangay, isoWeekday(l.Weekday), int(l.Start), int(l.End), l.Notes, l.NotesFil, l.Active,
		l.ValidFrom, orNull(l.ValidUntil), db.NullID(l.Collector), l.CollectorName, string(other), db.At(l.CreatedAt), db.At(l.UpdatedAt))
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM schedule_line_waste WHERE line_id = $1`, l.ID); err != nil {
		return err
	}
	return insertWastes(ctx, tx, `INSERT INTO schedule_line_waste (line_id, waste_type_id, position) VALUES `, l.ID, l.Wastes)
}

// insertWastes writes the materials of a line or an addition as one statement.
func insertWastes(ctx context.Context, tx *db.Tx, into string, of uuid.UUID, wastes []Material) error {
	if len(wastes) == 0 {
		return nil
	}
	var w db.Where
	rows := make([]string, len(wastes))
	for i, m := range wastes {
		rows[i] = w.Bind("(?, ?, ?)", of, m.ID, i)
	}
	_, err := tx.ExecContext(ctx, into+strings.Join(rows, ", "), w.Args()...)
	return err
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// endLine ends a line with a day.
func endLine(ctx context.Context, tx *db.Tx, id uuid.UUID, last string, at time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE schedule_line SET valid_until = $2, updated_at = $3 WHERE id = $1`, id, last, db.At(at))
	return err
}

func deleteLine(ctx context.Context, tx *db.Tx, id uuid.UUID) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM schedule_line_waste WHERE line_id = $1`, id); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM schedule_line WHERE id = $1`, id)
	return err
}

// lastVisited is the last day of the plan on which something of a line is marked; empty
// when nothing is.
func lastVisited(ctx context.Context, q db.Q, line uuid.UUID) (day string, err error) {
	err = q.QueryRowContext(ctx, `SELECT COALESCE(max(original_day), '') FROM schedule_visit WHERE source_id = $1`, line).Scan(&day)
	return day, err
}

// changed takes a barangay's row of the feed for this transaction, whose acts on the plan
// follow each other by it, and counts its revision on. Several are taken in the order of
// their ids.
func changed(ctx context.Context, tx *db.Tx, barangay uuid.UUID, at time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO schedule_feed (barangay_id, revision, changed_at) VALUES ($1, 1, $2)
		ON CONFLICT (barangay_id) DO UPDATE SET revision = schedule_feed.revision + 1, changed_at = excluded.changed_at`, barangay, db.At(at))
	return err
}

// feedOf is a barangay with its row of the feed, which it may not have yet.
func feedOf(ctx context.Context, q db.Q, barangay uuid.UUID) (f Feed, err error) {
	var at *time.Time
	err = q.QueryRowContext(ctx, `SELECT b.id, b.name, COALESCE(f.revision, 0), COALESCE(f.changed_at, b.created_at)
		FROM people_barangay b LEFT JOIN schedule_feed f ON f.barangay_id = b.id WHERE b.id = $1`, barangay).
		Scan(&f.Place.ID, &f.Place.Name, &f.Revision, db.IntoNull(&at))
	if db.IsNoRows(err) {
		return f, people.ErrBarangayNotFound
	}
	if at != nil {
		f.ChangedAt = *at
	}
	return f, err
}

// placesIn are those of the barangays that are there and in reach, by id. None asked for
// are all in reach.
func placesIn(ctx context.Context, q db.Q, scope people.Scope, ids []uuid.UUID) ([]Place, error) {
	var w db.Where
	scope.Narrow(&w, "b.id")
	among(&w, "b.id", ids)
	return db.Collect(ctx, q, func(r db.Row) (p Place, err error) {
		err = r.Scan(&p.ID, &p.Name)
		return p, err
	}, `SELECT b.id, b.name FROM people_barangay b WHERE `+w.String()+` ORDER BY b.id `+w.Bind("LIMIT ?", 500), w.Args()...)
}
