package schedule

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/people"
)

// LineForm is what a person says about a line. Fields with errors: barangay, weekday,
// start, end, wastes, notes, notes_fil, valid_from, valid_until, collector, from.
type LineForm struct {
	ID         uuid.UUID // uuid.Nil: a new one
	Barangay   uuid.UUID
	Weekday    int // 1 Monday … 7 Sunday
	Start, End Minutes
	Wastes     []uuid.UUID
	Notes      string
	NotesFil   string
	Active     bool
	ValidFrom  string // empty: today
	ValidUntil string // empty: no end
	Collector  uuid.UUID
	From       string // of a change: the first day on which it holds; empty: today. Days before stay as they were
}

// LineFilter narrows a list of lines.
type LineFilter struct {
	Barangay  uuid.UUID // uuid.Nil: every one in reach
	Weekday   int       // 1 Monday … 7 Sunday; 0: every one
	Collector uuid.UUID // uuid.Nil: everybody's
	Inactive  bool      // also those that are switched off
	Past      bool      // also those that have ended
	Cursor    string
	Limit     int
}

// SaveLine makes or changes a line, and gives the id of the one that holds from then on. A
// line that has begun is not rewritten: it ends the day before the change, and another one
// of its Series follows it, so that the past stays as it was. Errors: fields, among them
// start for a line that overlaps another one; ErrLineNotFound; people.ErrOutside.
func (s *Service) SaveLine(ctx context.Context, actor audit.Actor, scope people.Scope, f LineForm) (uuid.UUID, error) {
	at := s.now()
	l, err := s.lineOf(ctx, f, at)
	if err != nil {
		return uuid.Nil, err
	}
	id := l.ID
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if f.ID == uuid.Nil {
			return addLine(ctx, tx, actor, scope, l)
		}
		id, err = changeLine(ctx, tx, actor, scope, f, l)
		return err
	})
	if err != nil {
		return uuid.Nil, fmt.Errorf("save line: %w", err)
	}
	return id, nil
}

// AddLines makes the same line for each of several weekdays, 1 Monday … 7 Sunday, all or
// none. Errors: as of SaveLine.
func (s *Service) AddLines(ctx context.Context, actor audit.Actor, scope people.Scope, f LineForm, weekdays []int) error {
	f.ID = uuid.Nil
	var lines []Line
	for _, day := range weekdays {
		f.Weekday = day
		l, err := s.lineOf(ctx, f, s.now())
		if err != nil {
			return err
		}
		lines = append(lines, l)
	}
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		for _, l := range lines {
			if err := addLine(ctx, tx, actor, scope, l); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("add lines: %w", err)
	}
	return nil
}

// lineOf checks a form and makes a new line of it.
func (s *Service) lineOf(ctx context.Context, f LineForm, at time.Time) (Line, error) {
	today := db.Day(at)
	l := Line{
		ID: db.NewID(), Barangay: f.Barangay, Start: f.Start, End: f.End, Notes: strings.TrimSpace(f.Notes), NotesFil: strings.TrimSpace(f.NotesFil),
		Active: f.Active, ValidFrom: f.ValidFrom, ValidUntil: f.ValidUntil, Collector: f.Collector, CreatedAt: at, UpdatedAt: at,
	}
	l.Series = l.ID
	if l.ValidFrom == "" {
		l.ValidFrom = today
	}
	var wrong errs.Fields
	if f.Weekday < 1 || f.Weekday > 7 {
		wrong.Add("weekday", "error.schedule.weekday")
	}
	l.Weekday = ofISO(f.Weekday)
	if f.Barangay == uuid.Nil {
		wrong.Add("barangay", "form.required")
	}
	checkTimes(&wrong, l.Start, l.End)
	checkText(&wrong, "notes", l.Notes)
	checkText(&wrong, "notes_fil", l.NotesFil)
	if checkDay(&wrong, "valid_from", l.ValidFrom) && l.ValidUntil != "" && checkDay(&wrong, "valid_until", l.ValidUntil) && l.ValidUntil < l.ValidFrom {
		wrong.Add("valid_until", "error.schedule.until_before_from")
	}
	if f.From != "" && checkDay(&wrong, "from", f.From) && f.From < today {
		wrong.Add("from", "error.schedule.past")
	}
	var err error
	if l.Wastes, err = s.wastesOf(ctx, &wrong, f.Wastes); err != nil {
		return l, err
	}
	if l.CollectorName, err = s.collectorOf(ctx, &wrong, f.Collector); err != nil {
		return l, err
	}
	return l, wrong.Err()
}

func checkTimes(wrong *errs.Fields, start, end Minutes) {
	if start < 0 || start > 24*60-1 {
		wrong.Add("start", "error.schedule.time")
	}
	switch {
	case end < 0 || end > 24*60:
		wrong.Add("end", "error.schedule.time")
	case end <= start:
		wrong.Add("end", "error.schedule.end_before_start")
	}
}

func checkText(wrong *errs.Fields, field, text string) {
	if utf8.RuneCountInString(text) > MaxNote {
		wrong.Add(field, "error.schedule.long", "Max", MaxNote)
	}
}

// checkDay says whether a field holds a day.
func checkDay(wrong *errs.Fields, field, day string) bool {
	ok := IsDay(day)
	if !ok {
		wrong.Add(field, "error.schedule.day")
	}
	return ok
}

// wastesOf are the materials that a form names, in its order.
func (s *Service) wastesOf(ctx context.Context, wrong *errs.Fields, ids []uuid.UUID) ([]Material, error) {
	if len(ids) == 0 || len(ids) > MaxWastes {
		wrong.Add("wastes", "error.schedule.wastes", "Max", MaxWastes)
		return nil, nil
	}
	known, err := s.materials(ctx, s.db)
	if err != nil {
		return nil, err
	}
	var out []Material
	for _, id := range ids {
		i := slices.IndexFunc(known, func(m Material) bool { return m.ID == id })
		if i < 0 || slices.Contains(out, known[i]) {
			wrong.Add("wastes", "error.schedule.wastes", "Max", MaxWastes)
			return nil, nil
		}
		out = append(out, known[i])
	}
	return out, nil
}

// collectorOf is the name of the collector that a form names; empty for nobody.
func (s *Service) collectorOf(ctx context.Context, wrong *errs.Fields, id uuid.UUID) (string, error) {
	if id == uuid.Nil {
		return "", nil
	}
	crew, err := s.crew(ctx, s.db)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(crew, func(c Collector) bool { return c.ID == id })
	if i < 0 {
		wrong.Add("collector", "error.schedule.collector")
		return "", nil
	}
	return crew[i].Name, nil
}

func addLine(ctx context.Context, tx *db.Tx, actor audit.Actor, scope people.Scope, l Line) error {
	place, err := placeIn(ctx, tx, scope, l.Barangay)
	if err != nil {
		return err
	}
	if err := changed(ctx, tx, l.Barangay, l.UpdatedAt); err != nil {
		return err
	}
	if err := refuseOverlap(ctx, tx, l); err != nil {
		return err
	}
	if err := putLine(ctx, tx, l); err != nil {
		return err
	}
	return l.record(ctx, tx, actor, "schedule.line_add", place.Name, "")
}

// changeLine puts next in the place of the line that the form names, from its From on.
func changeLine(ctx context.Context, tx *db.Tx, actor audit.Actor, scope people.Scope, f LineForm, next Line) (uuid.UUID, error) {
	old, err := takeLine(ctx, tx, scope, f.ID, next.Barangay, next.UpdatedAt)
	if err != nil {
		return uuid.Nil, err
	}
	place, err := placeIn(ctx, tx, scope, next.Barangay)
	if err != nil {
		return uuid.Nil, err
	}
	if old.saysAs(next) {
		return old.ID, nil
	}
	from, err := replace(ctx, tx, old, &next, f.From)
	if err != nil {
		return uuid.Nil, err
	}
	if err := refuseOverlap(ctx, tx, next); err != nil {
		return uuid.Nil, err
	}
	if err := putLine(ctx, tx, next); err != nil {
		return uuid.Nil, err
	}
	return next.ID, next.record(ctx, tx, actor, "schedule.line_edit", place.Name, from)
}

// saysAs says that nothing would change: a form that was only looked at, or sent twice.
func (l Line) saysAs(next Line) bool {
	same := func(a, b Material) bool { return a.ID == b.ID }
	return l.Barangay == next.Barangay && l.Weekday == next.Weekday && l.Start == next.Start && l.End == next.End && l.Notes == next.Notes &&
		l.NotesFil == next.NotesFil && l.Active == next.Active && l.ValidFrom == next.ValidFrom && l.ValidUntil == next.ValidUntil &&
		l.Collector == next.Collector && slices.EqualFunc(l.Wastes, next.Wastes, same)
}

// replace makes next the one that follows old, or old itself when that has not begun, and
// tells from which day on. What was marked stays with the line by which it came.
func replace(ctx context.Context, tx *db.Tx, old Line, next *Line, from string) (string, error) {
	today := db.Day(next.UpdatedAt)
	if from == "" {
		from = today
	}
	begun := old.ValidFrom < from
	if !begun {
		if from = min(old.ValidFrom, next.ValidFrom); from < today {
			return "", errs.NewField("valid_from", "error.schedule.past")
		}
	}
	marked, err := lastVisited(ctx, tx, old.ID)
	if err != nil {
		return "", err
	}
	if marked >= from {
		return "", errs.NewField("from", "error.schedule.marked", "Day", db.Civil(marked))
	}
	next.Series, next.CreatedAt, next.Other = old.Series, old.CreatedAt, old.Other
	if !begun {
		next.ID = old.ID
		return from, nil
	}
	if next.ValidFrom = from; next.ValidUntil != "" && next.ValidUntil < from {
		return "", errs.NewField("valid_until", "error.schedule.until_before_from")
	}
	return from, endLine(ctx, tx, old.ID, earlier(old.ValidUntil, AddDays(from, -1)), next.UpdatedAt)
}

// takeLine holds the rows of the feed of a line's barangay and of another one, and gives
// the line as it stands then.
func takeLine(ctx context.Context, tx *db.Tx, scope people.Scope, id, also uuid.UUID, at time.Time) (Line, error) {
	seen, err := lineByID(ctx, tx, id)
	if err != nil {
		return Line{}, err
	}
	if _, err := placeIn(ctx, tx, scope, seen.Barangay); err != nil {
		return Line{}, err
	}
	both := []uuid.UUID{seen.Barangay, also}
	slices.SortFunc(both, compareIDs)
	for _, b := range slices.Compact(both) {
		if err := changed(ctx, tx, b, at); err != nil {
			return Line{}, err
		}
	}
	l, err := lineByID(ctx, tx, id)
	if err == nil && l.Barangay != seen.Barangay {
		err = ErrLineNotFound // somebody has just taken it elsewhere
	}
	return l, err
}

func compareIDs(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) }

// placeIn finds a barangay in reach.
func placeIn(ctx context.Context, q db.Q, scope people.Scope, id uuid.UUID) (Place, error) {
	places, err := placesIn(ctx, q, scope, []uuid.UUID{id})
	if err == nil && len(places) == 0 {
		err = people.ErrOutside
	}
	if err != nil {
		return Place{}, err
	}
	return places[0], nil
}

// earlier of two days, of which the first may be none.
func earlier(a, b string) string {
	if a == "" {
		return b
	}
	return min(a, b)
}

// refuseOverlap names the line that is in the way. The row of the feed is held.
func refuseOverlap(ctx context.Context, tx *db.Tx, l Line) error {
	if !l.Active {
		return nil
	}
	other, err := overlapping(ctx, tx, l)
	if db.IsNoRows(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return errs.NewField("start", "error.schedule.overlap", "Start", other.Start.Clock(), "End", other.End.Clock(), "From", db.Civil(other.ValidFrom))
}

func (l Line) record(ctx context.Context, tx *db.Tx, actor audit.Actor, action, place, from string) error {
	details := map[string]any{"weekday": l.Weekday.String(), "start": l.Start.String(), "end": l.End.String(), "active": l.Active, "valid_from": l.ValidFrom}
	if l.ValidUntil != "" {
		details["valid_until"] = l.ValidUntil
	}
	if l.CollectorName != "" {
		details["collector"] = l.CollectorName
	}
	if from != "" {
		details["from"] = from
	}
	return audit.Record(ctx, tx, actor, l.UpdatedAt, audit.Event{Action: action, TargetKind: "schedule", TargetID: l.ID, TargetName: place, Details: details})
}

// DeleteLine ends a line with yesterday, or with the last of its pick-ups that is marked.
// One that never began is removed. Errors: ErrLineNotFound; people.ErrOutside.
func (s *Service) DeleteLine(ctx context.Context, actor audit.Actor, scope people.Scope, id uuid.UUID) error {
	at := s.now()
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		l, err := takeLineAlone(ctx, tx, scope, id, at)
		if err != nil {
			return err
		}
		marked, err := lastVisited(ctx, tx, id)
		if err != nil {
			return err
		}
		last := earlier(l.ValidUntil, max(AddDays(db.Day(at), -1), marked))
		if last < l.ValidFrom {
			err = deleteLine(ctx, tx, id)
		} else {
			err = endLine(ctx, tx, id, last, at)
		}
		if err != nil {
			return err
		}
		l.UpdatedAt = at
		return l.record(ctx, tx, actor, "schedule.line_delete", l.BarangayName, "")
	})
	if err != nil {
		return fmt.Errorf("delete line %s: %w", id, err)
	}
	return nil
}

func takeLineAlone(ctx context.Context, tx *db.Tx, scope people.Scope, id uuid.UUID, at time.Time) (Line, error) {
	l, err := lineByID(ctx, tx, id)
	if err != nil {
		return l, err
	}
	return takeLine(ctx, tx, scope, id, l.Barangay, at)
}

// Lines lists lines in reach by barangay, weekday and time.
func (s *Service) Lines(ctx context.Context, scope people.Scope, f LineFilter) (db.Page[Line], error) {
	var after uuid.UUID
	if f.Cursor != "" {
		var err error
		if after, err = uuid.Parse(f.Cursor); err != nil {
			return db.Page[Line]{}, db.ErrCursor
		}
	}
	limit := db.Limit(f.Limit)
	rows, err := listLines(ctx, s.db, scope, f, s.Today(), after, limit+1)
	if err != nil {
		return db.Page[Line]{}, fmt.Errorf("list lines: %w", err)
	}
	page := db.Page[Line]{Rows: rows}
	if len(rows) > limit {
		page.Rows, page.Next = rows[:limit], rows[limit-1].ID.String()
	}
	return page, s.name(ctx, s.db, page.Rows, nil)
}

// LineByID finds a line in reach. Errors: ErrLineNotFound; people.ErrOutside.
func (s *Service) LineByID(ctx context.Context, scope people.Scope, id uuid.UUID) (Line, error) {
	l, err := lineByID(ctx, s.db, id)
	if err != nil {
		return Line{}, fmt.Errorf("line %s: %w", id, err)
	}
	if _, err := placeIn(ctx, s.db, scope, l.Barangay); err != nil {
		return Line{}, fmt.Errorf("line %s: %w", id, err)
	}
	lines := []Line{l}
	err = s.name(ctx, s.db, lines, nil)
	return lines[0], err
}

// name fills in what materials are called. One that is not there any more is dropped.
func (s *Service) name(ctx context.Context, q db.Q, lines []Line, exceptions []Exception) error {
	needed := slices.ContainsFunc(lines, func(l Line) bool { return len(l.Wastes) > 0 }) ||
		slices.ContainsFunc(exceptions, func(e Exception) bool { return len(e.Wastes) > 0 })
	if !needed {
		return nil
	}
	known, err := s.materials(ctx, q)
	if err != nil {
		return fmt.Errorf("name materials: %w", err)
	}
	byID := make(map[uuid.UUID]Material, len(known))
	for _, m := range known {
		byID[m.ID] = m
	}
	for i := range lines {
		lines[i].Wastes = named(lines[i].Wastes, byID)
	}
	for i := range exceptions {
		exceptions[i].Wastes = named(exceptions[i].Wastes, byID)
	}
	return nil
}

func named(wastes []Material, byID map[uuid.UUID]Material) []Material {
	out := wastes[:0]
	for _, w := range wastes {
		if m, ok := byID[w.ID]; ok {
			out = append(out, m)
		}
	}
	return out
}

// Materials lists what a line can name: the waste types.
func (s *Service) Materials(ctx context.Context) ([]Material, error) {
	return s.materials(ctx, s.shown)
}

// Crew lists to whom a line can be assigned, by name.
func (s *Service) Crew(ctx context.Context) ([]Collector, error) { return s.crew(ctx, s.db) }
