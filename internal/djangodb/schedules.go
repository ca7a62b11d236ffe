package djangodb

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"ekolek/internal/collection"
	"ekolek/internal/db"
	"ekolek/internal/schedule"
)

// line is one of the old database's plan of the trucks.
type line struct {
	schedule.Imported
	oldPlace uuid.UUID
	day      string // as the old database wrote it, as the next two
	from, to string
	wastes   string // JSON
}

// bringSchedules brings the weekly plan over. The old system checked nothing of it: what
// cannot be followed comes over switched off, for the office to put right.
func (im *importer) bringSchedules(ctx context.Context) error {
	all, err := readAll(ctx, im, tableSchedule, decodeLine, im.judgeLine)
	if err != nil {
		return err
	}
	im.findOverlaps(all)
	return bring(ctx, im, table[line]{tableSchedule, false, im.compareLines, im.writeLines}, each(all))
}

func decodeLine(r Row) line {
	return line{
		Imported: schedule.Imported{ID: r.UUID("id"), Notes: strings.TrimSpace(r.Text("notes")), Active: r.Bool("is_active", true), CreatedAt: r.Time("created_at")},
		oldPlace: r.UUID("barangay_id"), day: strings.TrimSpace(r.Text("day")), from: r.Text("start_time"), to: r.Text("end_time"), wastes: r.Text("waste_types"),
	}
}

func (im *importer) judgeLine(id string, l *line) error {
	place, ok := im.barangays[l.oldPlace]
	if !ok {
		return fmt.Errorf("its barangay %s is not in the source", l.oldPlace)
	}
	l.Barangay, l.ValidFrom, l.UpdatedAt = place, db.Day(l.CreatedAt), im.Now()
	if err := l.readTimes(); err != nil {
		return err
	}
	if l.Weekday = weekdayOf(l.day); l.Weekday == 0 {
		im.find(FindAltered, tableSchedule, id, "its day %q is none; comes over switched off, under Monday, with that word in its note", l.day)
		l.Weekday, l.Active, l.Notes = 1, false, strings.TrimSpace("["+l.day+"] "+l.Notes)
	}
	if l.Start >= l.End {
		im.find(FindAltered, tableSchedule, id, "it ends at %s and begins at %s; comes over switched off", l.End, l.Start)
		l.Active = false
	}
	if utf8.RuneCountInString(l.Notes) > schedule.MaxNote {
		im.find(FindNote, tableSchedule, id, "its note is longer than the console takes (%d characters); kept whole", schedule.MaxNote)
	}
	im.nameWastes(id, l)
	return nil
}

// readTimes reads PostgreSQL's time of day, 06:00:00. Seconds are dropped.
func (l *line) readTimes() (err error) {
	read := func(name, text string) schedule.Minutes {
		clock, _, _ := strings.Cut(text, ".")
		if strings.HasPrefix(clock, "24:00") {
			return 24 * 60
		}
		m, bad := schedule.ParseMinutes(clock)
		if bad != nil && err == nil {
			err = fmt.Errorf("%s is not a time of day", name)
		}
		return m
	}
	l.Start, l.End = min(read("start_time", l.from), 24*60-1), read("end_time", l.to)
	return err
}

// weekdayOf reads a weekday's English name: 1 Monday … 7 Sunday; 0 for what is none.
func weekdayOf(name string) int {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(d.String(), name) {
			return (int(d)+6)%7 + 1
		}
	}
	return 0
}

// nameWastes finds the waste types of a line by their names. A name that no type has is
// kept as it is, and shown.
func (im *importer) nameWastes(id string, l *line) {
	names, ok := namesIn(l.wastes)
	if !ok {
		im.find(FindAltered, tableSchedule, id, "its waste types are no list of names; what stands there is kept as names")
	}
	for _, name := range names {
		switch target, ok := im.wasteNames[collection.NameKey(name)]; {
		case !ok && !slices.Contains(l.Other, name):
			l.Other = append(l.Other, name)
			im.leftOut[remark{FindNote, tableSchedule, fmt.Sprintf("%q is the name of no waste type; it is kept and shown as it is", name)}]++
		case ok && !slices.Contains(l.Wastes, target):
			l.Wastes = append(l.Wastes, target)
		}
	}
}

// namesIn reads a JSON list of names. Any other value is a name as it stands, and ok is
// false.
func namesIn(text string) (names []string, ok bool) {
	var value any
	if text != "" && json.Unmarshal([]byte(text), &value) != nil {
		value = text
	}
	list, ok := value.([]any)
	if !ok && value != nil {
		list = []any{value}
	}
	ok = ok || value == nil
	for _, one := range list {
		name, isText := one.(string)
		if !isText {
			name, ok = fmt.Sprint(one), false
		}
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names, ok
}

// findOverlaps tells which lines are at one place at one time: the console would not take
// the second.
func (im *importer) findOverlaps(all []line) {
	byTime := slices.SortedFunc(slices.Values(all), func(a, b line) int {
		return cmp.Or(strings.Compare(a.Barangay.String(), b.Barangay.String()), cmp.Compare(a.Weekday, b.Weekday),
			cmp.Compare(a.Start, b.Start), older(a.CreatedAt, b.CreatedAt, a.ID, b.ID))
	})
	var last line // the one that ends last among those before
	for _, l := range byTime {
		if !l.Active {
			continue
		}
		if last.Barangay == l.Barangay && last.Weekday == l.Weekday && l.Start < last.End {
			im.find(FindNote, tableSchedule, l.ID.String(), "%s %s–%s overlaps with %s–%s of %s; both are kept", l.day, l.Start, l.End, last.Start, last.End, last.ID)
			if l.End <= last.End {
				continue
			}
		}
		last = l
	}
}

func (im *importer) compareLines(ctx context.Context, batch []line) ([]verdict, error) {
	return known(batch, func(l line) uuid.UUID { return l.ID },
		func(ids []uuid.UUID) (map[uuid.UUID]bool, error) { return schedule.KnownLines(ctx, im.DB, ids) })
}

func (im *importer) writeLines(ctx context.Context, tx *db.Tx, fresh []line) error {
	for _, l := range fresh {
		if inserted, err := schedule.Import(ctx, tx, l.Imported); err != nil || !inserted {
			return wrote(0, 1, err)
		}
	}
	return nil
}
