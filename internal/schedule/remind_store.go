package schedule

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/people"
)

// receiver is who of a family f gets its reminder m: whoever has taken it over, else the
// representative, else who came first. None when nobody of them may sign in.
const receiver = `(SELECT r.id FROM people_resident r WHERE r.family_id = f.id AND r.status = 'approved' AND r.active
	ORDER BY CASE WHEN r.id = m.resident_id THEN 0 WHEN r.representative THEN 1 ELSE 2 END, r.created_at, r.id LIMIT 1)`

const remindTables = `people_family f LEFT JOIN schedule_reminder m ON m.family_id = f.id`

func reminderOf(ctx context.Context, q db.Q, family uuid.UUID, fallback int) (r Reminder, err error) {
	err = q.QueryRowContext(ctx, `SELECT COALESCE(m.hour, $2), COALESCE(m.way, 'auto'), m.resident_id IS NOT NULL, p.id, p.full_name
		FROM `+remindTables+` JOIN people_resident p ON p.id = `+receiver+` WHERE f.id = $1`, family, fallback).
		Scan(&r.Hour, &r.Way, &r.Chosen, &r.Resident, &r.Name)
	if db.IsNoRows(err) {
		err = people.ErrFamilyNotFound
	}
	return r, err
}

// putReminder says false when everything was so before.
func putReminder(ctx context.Context, tx *db.Tx, r people.Resident, f ReminderForm, now time.Time) (changed bool, err error) {
	n, err := db.Exec(ctx, tx, `INSERT INTO schedule_reminder (family_id, resident_id, hour, way, changed_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (family_id) DO UPDATE SET resident_id = excluded.resident_id, hour = excluded.hour, way = excluded.way, changed_at = excluded.changed_at
		WHERE schedule_reminder.resident_id IS DISTINCT FROM excluded.resident_id OR schedule_reminder.hour IS DISTINCT FROM excluded.hour
			OR schedule_reminder.way <> excluded.way`,
		r.FamilyID, r.ID, f.Hour, f.Way, db.At(now))
	return n == 1, err
}

// takeTry notes that a family had a reminder for trial, unless it had one since a moment.
func takeTry(ctx context.Context, tx *db.Tx, family uuid.UUID, now, since time.Time) (way Way, ok bool, err error) {
	err = tx.QueryRowContext(ctx, `INSERT INTO schedule_reminder (family_id, way, changed_at, tried_at) VALUES ($1, 'auto', $2, $3)
		ON CONFLICT (family_id) DO UPDATE SET tried_at = excluded.tried_at
		WHERE schedule_reminder.tried_at IS NULL OR schedule_reminder.tried_at <= $4
		RETURNING way`, family, db.At(now), db.At(now), db.At(since)).Scan(&way)
	if db.IsNoRows(err) {
		return "", false, nil
	}
	return way, err == nil, err
}

// reminded is a family that is told now.
type reminded struct {
	Family   uuid.UUID
	Resident uuid.UUID
	Barangay uuid.UUID
	way      Way
}

// waiting are the families of some barangays that nobody has told of a day yet.
func waiting(day string, pickups map[uuid.UUID][]Pickup) *db.Where {
	var w db.Where
	w.And("f.status = 'approved' AND COALESCE(m.way, 'auto') <> 'none'")
	among(&w, "f.barangay_id", slices.Collect(maps.Keys(pickups)))
	w.And("NOT EXISTS (SELECT 1 FROM schedule_reminded d WHERE d.family_id = f.id AND d.day = ?)", day)
	w.And(receiver + " IS NOT NULL")
	return &w
}

// takeDue notes the next families as told, by their ids, and gives them. Two that try it at
// once get no family both.
func takeDue(ctx context.Context, tx *db.Tx, d due, pickups map[uuid.UUID][]Pickup, now time.Time) ([]reminded, error) {
	w := waiting(d.day, pickups)
	w.And("f.id > ?", d.after)
	w.And("COALESCE(m.hour, ?) BETWEEN ? AND ?", d.fallback, d.first, d.last)
	columns := w.Bind(`f.id, ?, `+receiver+`, COALESCE(m.hour, ?), ?`, d.day, d.fallback, db.At(now))
	taken, err := db.Collect(ctx, tx, func(r db.Row) (x reminded, err error) { return x, r.Scan(&x.Family, &x.Resident, &x.Barangay, &x.way) },
		`INSERT INTO schedule_reminded (family_id, day, resident_id, slot, at)
		SELECT `+columns+` FROM `+remindTables+` WHERE `+w.String()+` ORDER BY f.id `+w.Bind("LIMIT ?", d.limit)+`
		ON CONFLICT (family_id, day) DO NOTHING
		RETURNING family_id, resident_id, (SELECT f.barangay_id FROM people_family f WHERE f.id = schedule_reminded.family_id),
			COALESCE((SELECT m.way FROM schedule_reminder m WHERE m.family_id = schedule_reminded.family_id), 'auto')`, w.Args()...)
	slices.SortFunc(taken, func(a, b reminded) int { return slices.Compare(a.Family[:], b.Family[:]) }) // RETURNING promises no order
	return taken, err
}

// countDropped counts none in a city that has reminded nobody yet: it has only begun.
func countDropped(ctx context.Context, q db.Q, day string, pickups map[uuid.UUID][]Pickup) (n int, err error) {
	w := waiting(day, pickups)
	w.And("EXISTS (SELECT 1 FROM schedule_reminded)")
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM `+remindTables+` WHERE `+w.String(), w.Args()...).Scan(&n)
	return n, err
}

func forgetReminded(ctx context.Context, tx *db.Tx, before string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM schedule_reminded WHERE day < $1`, before)
	return err
}
