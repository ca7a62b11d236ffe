package site

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/schedule"
	"ekolek/internal/web/i18n"
)

// truck is when the truck comes to a barangay: the next time, seven days, and what the
// office has changed in them.
type truck struct {
	Barangay string
	Next     *truckRow
	Soon     string // "Tomorrow, 7:00 AM"
	Span     string // "7:00 AM to 9:00 AM", with its day where Soon does not name it
	Week     []truckDay
	Keys     []truckMark // what the drawings of the week mean
	Changes  []truckChange
}

// truckRow is one pick-up in words.
type truckRow struct {
	Date, Stamp   string
	Start, End    string
	Wastes, Notes string
	Mark          truckMark
	State         string // in words; empty: as planned
	Reason        string
	Visit         string // in words; empty: nothing is marked
	Missed        bool
	Off           bool // the truck does not come
}

// truckMark is a drawing and what it means.
type truckMark struct{ Tone, Icon, Text string }

// truckDay is a day of the strip, or of a month.
type truckDay struct {
	Day, Weekday, Number, Stamp string
	Marks                       []truckMark // none: nothing is planned
	Tone                        string
	Words                       []string // one for each pick-up
	Starts                      []string // of those that come
	Today, Next, Outside        bool
}

// truckChange is what one act of the office does to the days that come.
type truckChange struct {
	act   uuid.UUID
	Lines []string
	Note  string
}

// changeDays is for how many days ahead the page tells of changes.
const changeDays = 7

func newTruck(ctx context.Context, barangay string, found []schedule.Pickup, now time.Time) truck {
	t := truck{Barangay: barangay}
	next := nextOf(found, now)
	if next != nil {
		row := newTruckRow(ctx, *next)
		t.Next, t.Soon, t.Span = &row, soon(ctx, *next, now), i18n.T(ctx, "site.schedule.span", "Start", row.Start, "End", row.End)
		if next.Day <= schedule.AddDays(i18n.DayStamp(now), 1) {
			t.Span = row.Date + " · " + t.Span
		}
	}
	today := i18n.DayStamp(now)
	for n := range weekDays {
		day := newTruckDay(ctx, schedule.AddDays(today, n), found, now)
		day.Next = next != nil && next.Day == day.Day
		t.Week = append(t.Week, day)
		for _, m := range day.Marks {
			if !slices.ContainsFunc(t.Keys, func(k truckMark) bool { return k.Icon == m.Icon }) {
				t.Keys = append(t.Keys, m)
			}
		}
	}
	t.Changes = changesOf(ctx, found, today)
	return t
}

// nextOf is the first pick-up that comes and is not over.
func nextOf(found []schedule.Pickup, now time.Time) *schedule.Pickup {
	i := slices.IndexFunc(found, func(p schedule.Pickup) bool { return p.Comes() && p.EndsAt().After(now) })
	if i < 0 {
		return nil
	}
	return &found[i]
}

// soon tells a pick-up's day as people do.
func soon(ctx context.Context, p schedule.Pickup, now time.Time) string {
	switch today := i18n.DayStamp(now); {
	case p.Day == today && !p.StartsAt().After(now):
		return i18n.T(ctx, "site.schedule.now", "End", p.End.Clock())
	case p.Day == today:
		return i18n.T(ctx, "site.schedule.today_at", "Start", p.Start.Clock())
	case p.Day == schedule.AddDays(today, 1):
		return i18n.T(ctx, "site.schedule.tomorrow_at", "Start", p.Start.Clock())
	default:
		return i18n.T(ctx, "site.schedule.day_at", "Day", dateOf(ctx, p.Day), "Start", p.Start.Clock())
	}
}

// dateOf writes a day of the plan, short.
func dateOf(ctx context.Context, day string) string { return i18n.Date(ctx, schedule.Midnight(day)) }

func newTruckRow(ctx context.Context, p schedule.Pickup) truckRow {
	row := truckRow{Date: i18n.Date(ctx, p.StartsAt()), Stamp: i18n.Stamp(p.StartsAt()), Start: p.Start.Clock(), End: p.End.Clock(),
		Wastes: wastesOf(ctx, p), Notes: i18n.Pick(ctx, p.Notes, p.NotesFil), Mark: marksOf(ctx, p)[0], Off: !p.Comes()}
	switch p.State {
	case schedule.Suspended:
		row.State = i18n.T(ctx, "site.schedule.cancelled")
	case schedule.MovedAway:
		row.State = i18n.T(ctx, "site.schedule.moved_to", "Day", dateOf(ctx, p.To))
	case schedule.Moved:
		row.State = i18n.T(ctx, "site.schedule.moved_from", "Day", dateOf(ctx, p.Original))
	case schedule.Added:
		row.State = i18n.T(ctx, "site.schedule.extra")
	}
	if p.Why != nil && row.State != "" {
		row.Reason = i18n.Say(ctx, p.Why.Reason.Text())
	}
	if v := p.Visit; v != nil {
		row.Missed = v.State == schedule.Missed
		row.Visit = visitOf(ctx, *v)
	}
	return row
}

func visitOf(ctx context.Context, v schedule.Visit) string {
	if v.State == schedule.Missed {
		return i18n.T(ctx, "site.schedule.missed", "Why", missOf(ctx, v.Reason))
	}
	return i18n.T(ctx, "site.schedule.collected", "Time", i18n.Clock(v.At))
}

func missOf(ctx context.Context, r schedule.MissReason) string {
	switch r {
	case schedule.MissTruck:
		return i18n.T(ctx, "site.schedule.miss.truck")
	case schedule.MissRoad:
		return i18n.T(ctx, "site.schedule.miss.road")
	case schedule.MissWeather:
		return i18n.T(ctx, "site.schedule.miss.weather")
	case schedule.MissNothing:
		return i18n.T(ctx, "site.schedule.miss.nothing")
	default:
		return i18n.T(ctx, "site.schedule.miss.other")
	}
}

// wastesOf names what is collected.
func wastesOf(ctx context.Context, p schedule.Pickup) string {
	var names []string
	for _, m := range p.Wastes {
		names = append(names, i18n.Pick(ctx, m.Name, m.NameFil))
	}
	names = append(names, p.Other...)
	if len(names) == 0 {
		return i18n.T(ctx, "site.schedule.any")
	}
	return strings.Join(names, ", ")
}

// newTruckDay tells a day by its pick-ups.
func newTruckDay(ctx context.Context, day string, found []schedule.Pickup, now time.Time) truckDay {
	t := schedule.Midnight(day)
	d := truckDay{Day: day, Weekday: i18n.Weekday(ctx, t), Number: i18n.Number(int64(t.Day())), Stamp: day, Tone: "none", Today: day == i18n.DayStamp(now)}
	var off []truckMark
	for _, p := range found {
		if p.Day != day {
			continue
		}
		row := newTruckRow(ctx, p)
		d.Words = append(d.Words, row.short())
		if row.Off {
			off = append(off, marksOf(ctx, p)...)
			continue
		}
		d.Starts = append(d.Starts, row.Start)
		d.Marks = append(d.Marks, marksOf(ctx, p)...)
	}
	if len(d.Marks) == 0 {
		d.Marks = off
	}
	d.Marks = slices.CompactFunc(d.Marks, func(a, b truckMark) bool { return a.Icon == b.Icon })
	if len(d.Marks) > 0 {
		d.Tone = d.Marks[0].Tone
	}
	return d
}

// short is a pick-up in one sentence, for those who hear the page.
func (r truckRow) short() string {
	words := []string{r.Start + " – " + r.End, r.Wastes}
	for _, more := range []string{r.State, r.Visit} {
		if more != "" {
			words = append(words, more)
		}
	}
	return strings.Join(words, ", ")
}

// marksOf draws a pick-up by what it collects, or by what became of it.
func marksOf(ctx context.Context, p schedule.Pickup) []truckMark {
	switch p.State {
	case schedule.Suspended:
		return []truckMark{{"off", "ban", i18n.T(ctx, "site.schedule.cancelled")}}
	case schedule.MovedAway:
		return []truckMark{{"off", "arrow-right", i18n.T(ctx, "site.schedule.moved")}}
	}
	var marks []truckMark
	for _, c := range classesOf(p) {
		marks = append(marks, classMark(ctx, c))
	}
	if len(marks) == 0 {
		return []truckMark{{"rec", "truck", i18n.T(ctx, "site.schedule.any")}}
	}
	return marks
}

func classMark(ctx context.Context, class string) truckMark {
	switch class {
	case "biodegradable":
		return truckMark{"bio", "leaf", i18n.T(ctx, "site.schedule.class.biodegradable")}
	case "recyclable":
		return truckMark{"rec", "recycle", i18n.T(ctx, "site.schedule.class.recyclable")}
	case "special":
		return truckMark{"bio", "triangle-alert", i18n.T(ctx, "site.schedule.class.special")}
	default:
		return truckMark{"res", "trash-2", i18n.T(ctx, "site.schedule.class.residual")}
	}
}

// classesOf are the classes of what is collected, each once, in the order of names.
func classesOf(found ...schedule.Pickup) []string {
	var classes []string
	for _, p := range found {
		for _, m := range p.Wastes {
			classes = append(classes, m.Class)
		}
	}
	slices.Sort(classes)
	return slices.Compact(classes)
}

// changesOf tells what acts of the office do to the pick-ups of the next days: an act that
// meets no pick-up of the barangay says nothing to it.
func changesOf(ctx context.Context, found []schedule.Pickup, today string) []truckChange {
	var changes []truckChange
	for _, p := range found {
		if p.Why == nil || p.Day < today || p.Day > schedule.AddDays(today, changeDays) {
			continue
		}
		line := changeOf(ctx, p, today)
		if line == "" {
			continue
		}
		i := slices.IndexFunc(changes, func(c truckChange) bool { return c.act == p.Why.ID })
		if i < 0 {
			i = len(changes)
			changes = append(changes, truckChange{act: p.Why.ID, Note: i18n.Pick(ctx, p.Why.Note, p.Why.NoteFil)})
		}
		changes[i].Lines = append(changes[i].Lines, line)
	}
	return changes
}

// changeOf is empty for what the day it was moved from tells already.
func changeOf(ctx context.Context, p schedule.Pickup, today string) string {
	why := i18n.Say(ctx, p.Why.Reason.Text())
	switch p.State {
	case schedule.Suspended:
		return i18n.T(ctx, "site.schedule.banner.off", "Day", dateOf(ctx, p.Day), "Start", p.Start.Clock(), "Why", why)
	case schedule.MovedAway:
		return i18n.T(ctx, "site.schedule.banner.moved", "Day", dateOf(ctx, p.Day), "To", dateOf(ctx, p.To), "Why", why)
	case schedule.Moved:
		if p.Original >= today && p.Original != p.Day {
			return ""
		}
		return i18n.T(ctx, "site.schedule.banner.here", "Day", dateOf(ctx, p.Day), "Start", p.Start.Clock(), "Original", dateOf(ctx, p.Original), "Why", why)
	case schedule.Added:
		return i18n.T(ctx, "site.schedule.banner.extra", "Day", dateOf(ctx, p.Day), "Start", p.Start.Clock(), "End", p.End.Clock())
	}
	return ""
}

// month is a month as a table of weeks.
type month struct {
	Title      string
	Weekdays   []string
	Weeks      [][]truckDay
	Prev, Next string // "2026-11"; empty: that far is not shown
}

func newMonth(ctx context.Context, first time.Time, found []schedule.Pickup, now time.Time) month {
	m := month{Title: i18n.Month(ctx, first)}
	if before := first.AddDate(0, -1, 0); monthAsked(before.Format("2006-01"), now).Equal(before) {
		m.Prev = before.Format("2006-01")
	}
	after := first.AddDate(0, 1, 0)
	if monthAsked(after.Format("2006-01"), now).Equal(after) {
		m.Next = after.Format("2006-01")
	}
	for day := schedule.Monday(first.Format(time.DateOnly)); day < after.Format(time.DateOnly); {
		var week []truckDay
		for range weekDays {
			d := newTruckDay(ctx, day, found, now)
			d.Outside = day[:7] != first.Format("2006-01")
			week = append(week, d)
			day = schedule.AddDays(day, 1)
		}
		m.Weeks = append(m.Weeks, week)
	}
	for _, d := range m.Weeks[0] {
		m.Weekdays = append(m.Weekdays, d.Weekday)
	}
	return m
}
