// Package ical writes a barangay's plan as a calendar file (RFC 5545, with the properties
// of RFC 7986), to which phones subscribe. It reads nothing and decides nothing: what
// exceptions do to the plan is schedule's, and the words are the catalogues'.
package ical

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/schedule"
)

// ContentType is the media type of a calendar file.
const ContentType = "text/calendar; charset=utf-8"

// Options say for whom a calendar is written.
type Options struct {
	Language string // en, fil
	Say      func(errs.Text) string
	Class    string // only what holds a material of this class; empty: everything
	Address  string // whole address of this very file
	Page     string // whole address of the page that shows the plan; empty: none
}

// refresh is how often a phone should look again. The answer is mostly that nothing has
// changed, and a typhoon is not known long before.
const refresh = "PT3H"

// ringsAt is when the evening before the phone rings.
const ringsAt schedule.Minutes = 18 * 60

// Write makes the file. The same feed and options give the same bytes.
func Write(f schedule.Feed, o Options) []byte {
	c := calendar{feed: f, o: o, stamp: utc(stampOf(f))}
	c.head()
	changed := c.deviations()
	for i := range f.Lines {
		c.line(&f.Lines[i], changed[f.Lines[i].ID])
		delete(changed, f.Lines[i].ID)
	}
	for _, p := range added(changed) {
		c.addition(p)
	}
	c.prop("END", "VCALENDAR")
	return c.buf.Bytes()
}

// stampOf is when the feed got to be as it is. A barangay whose plan nobody has touched
// has no such moment, but its lines have.
func stampOf(f schedule.Feed) time.Time {
	at := f.ChangedAt
	for _, l := range f.Lines {
		if l.UpdatedAt.After(at) {
			at = l.UpdatedAt
		}
	}
	if at.IsZero() {
		return time.Unix(0, 0)
	}
	return at
}

var classes = map[string]string{
	"recyclable": "calendar.class.recyclable", "biodegradable": "calendar.class.biodegradable",
	"residual": "calendar.class.residual", "special": "calendar.class.special",
}

var reasons = map[schedule.Reason]string{
	schedule.ReasonTyphoon: "calendar.reason.typhoon", schedule.ReasonHoliday: "calendar.reason.holiday",
	schedule.ReasonTruck: "calendar.reason.truck", schedule.ReasonOther: "calendar.reason.other",
}

// Known says whether a calendar can be narrowed to a class.
func Known(class string) bool { return classes[class] != "" }

// calendar is a file as it grows.
type calendar struct {
	writer
	feed  schedule.Feed
	o     Options
	stamp string
}

func (c *calendar) say(key string, args ...any) string { return c.o.Say(errs.T(key, args...)) }

func (c *calendar) head() {
	name := c.say("calendar.name", "Barangay", c.feed.Place.Name)
	if c.o.Class != "" {
		name = c.say("calendar.name_class", "Barangay", c.feed.Place.Name, "Class", errs.T(classes[c.o.Class]))
	}
	about := c.say("calendar.about", "Barangay", c.feed.Place.Name)
	c.prop("BEGIN", "VCALENDAR")
	c.prop("VERSION", "2.0")
	c.prop("PRODID", "-//E-KOLEK//Collection schedule//EN")
	c.prop("CALSCALE", "GREGORIAN")
	c.prop("METHOD", "PUBLISH")
	c.prop("UID", uuid.NewSHA1(c.feed.Place.ID, []byte(c.o.Class)).String())
	c.prop("LAST-MODIFIED", c.stamp)
	c.text("NAME", name)
	c.text("X-WR-CALNAME", name)
	c.text("DESCRIPTION", about)
	c.text("X-WR-CALDESC", about)
	c.prop("X-WR-TIMEZONE", zone)
	c.prop("COLOR", "seagreen")
	c.prop("X-APPLE-CALENDAR-COLOR", "#2E8B57")
	c.prop("REFRESH-INTERVAL;VALUE=DURATION", refresh)
	c.prop("X-PUBLISHED-TTL", refresh)
	c.prop("SOURCE;VALUE=URI", c.o.Address)
	if c.o.Page != "" {
		c.prop("URL", c.o.Page)
	}
	c.timezone()
}

// zone is where the truck drives.
const zone = "Asia/Manila"

// timezone says what Manila's clock is: it has stood still since summer time ended in 1990.
func (c *calendar) timezone() {
	c.prop("BEGIN", "VTIMEZONE")
	c.prop("TZID", zone)
	c.prop("X-LIC-LOCATION", zone)
	c.prop("BEGIN", "STANDARD")
	c.prop("DTSTART", "19900729T000000")
	c.prop("TZOFFSETFROM", "+0900")
	c.prop("TZOFFSETTO", "+0800")
	c.prop("TZNAME", "PST")
	c.prop("END", "STANDARD")
	c.prop("END", "VTIMEZONE")
}

// deviations are the pick-ups that are not as their line says, by what makes them. The
// days of the exceptions are the only ones on which there can be any.
func (c *calendar) deviations() map[uuid.UUID][]schedule.Pickup {
	var from, to string
	for _, e := range c.feed.Exceptions {
		for _, d := range e.Days {
			first, last := d.Day, cmp.Or(d.To, d.Day)
			if last < first {
				first, last = last, first
			}
			if from == "" || first < from {
				from = first
			}
			to = max(to, last)
		}
	}
	out := map[uuid.UUID][]schedule.Pickup{}
	if from == "" {
		return out
	}
	for _, p := range c.feed.Pickups(from, to, false) {
		if p.State != schedule.Planned {
			out[p.Source] = append(out[p.Source], p)
		}
	}
	return out
}

// added are those that no line makes, in the order of their days.
func added(changed map[uuid.UUID][]schedule.Pickup) []schedule.Pickup {
	var out []schedule.Pickup
	for _, all := range changed {
		for _, p := range all {
			if p.Line == nil && p.Comes() {
				out = append(out, p)
			}
		}
	}
	slices.SortFunc(out, func(a, b schedule.Pickup) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Start, b.Start), strings.Compare(uid(a), uid(b)))
	})
	return out
}

// uid names the event of an addition on one of its days for good.
func uid(p schedule.Pickup) string { return uuid.NewSHA1(p.Source, []byte(p.Original)).String() }

// line writes a line that repeats, without the days on which it was suspended, and what
// was moved as events of their own.
func (c *calendar) line(l *schedule.Line, changed []schedule.Pickup) {
	first := firstDay(l)
	if !l.Active || !c.wanted(l.Wastes) || (l.ValidUntil != "" && first > l.ValidUntil) {
		return
	}
	c.prop("BEGIN", "VEVENT")
	c.prop("UID", l.ID.String())
	c.stamps(0)
	c.times(first, l.Start, l.End)
	c.prop("RRULE", rule(l))
	for _, p := range changed {
		if p.State == schedule.Suspended {
			c.prop("EXDATE;TZID="+zone, local(p.Original, l.Start))
		}
	}
	c.words(l.Wastes, l.Other, c.pick(l.Notes, l.NotesFil), "")
	c.alarm(l.Start)
	c.prop("END", "VEVENT")
	for _, p := range changed {
		if p.State == schedule.Moved {
			c.moved(l, p)
		}
	}
}

// moved writes one time of a line that comes on another day, or at another time.
func (c *calendar) moved(l *schedule.Line, p schedule.Pickup) {
	c.prop("BEGIN", "VEVENT")
	c.prop("UID", l.ID.String())
	c.prop("RECURRENCE-ID;TZID="+zone, local(p.Original, l.Start))
	c.stamps(1)
	c.times(p.Day, p.Start, p.End)
	c.words(p.Wastes, p.Other, c.why(p), "calendar.moved")
	c.alarm(p.Start)
	c.prop("END", "VEVENT")
}

// addition writes a pick-up beside the plan.
func (c *calendar) addition(p schedule.Pickup) {
	if !c.wanted(p.Wastes) {
		return
	}
	c.prop("BEGIN", "VEVENT")
	c.prop("UID", uid(p))
	c.stamps(0)
	c.times(p.Day, p.Start, p.End)
	c.words(p.Wastes, p.Other, c.why(p), "calendar.added")
	c.alarm(p.Start)
	c.prop("END", "VEVENT")
}

// wanted says whether what is collected belongs into a calendar of a class.
func (c *calendar) wanted(wastes []schedule.Material) bool {
	return c.o.Class == "" || slices.ContainsFunc(wastes, func(m schedule.Material) bool { return m.Class == c.o.Class })
}

// stamps say which version of an event this is. above sets one time of a line above the
// line: a program that knows both takes the higher number.
func (c *calendar) stamps(above int) {
	c.prop("DTSTAMP", c.stamp)
	c.prop("LAST-MODIFIED", c.stamp)
	c.number("SEQUENCE", c.feed.Revision+above)
}

func (c *calendar) times(day string, start, end schedule.Minutes) {
	c.prop("DTSTART;TZID="+zone, local(day, start))
	c.prop("DTEND;TZID="+zone, local(day, end))
}

// words say what is collected. state is the key of what is unusual about it; empty: nothing.
func (c *calendar) words(wastes []schedule.Material, other []string, about, state string) {
	summary := c.say("calendar.pickup", "Wastes", c.names(wastes, other))
	if len(wastes)+len(other) == 0 {
		summary = c.say("calendar.pickup_any")
	}
	if state != "" {
		summary = c.say(state, "Pickup", summary)
	}
	c.text("SUMMARY", summary)
	if about != "" {
		c.text("DESCRIPTION", about)
	}
	c.text("LOCATION", c.say("calendar.place", "Barangay", c.feed.Place.Name))
	if c.o.Page != "" {
		c.prop("URL", c.o.Page)
	}
	c.prop("STATUS", "CONFIRMED")
	c.prop("TRANSP", "TRANSPARENT") // nobody is busy because the truck comes
}

func (c *calendar) names(wastes []schedule.Material, other []string) string {
	names := make([]string, 0, len(wastes)+len(other))
	for _, m := range wastes {
		names = append(names, c.pick(m.Name, m.NameFil))
	}
	return strings.Join(append(names, other...), ", ")
}

// pick is the one of the reader's language, else the one that there is.
func (c *calendar) pick(en, fil string) string {
	if c.o.Language == "fil" {
		return cmp.Or(fil, en)
	}
	return cmp.Or(en, fil)
}

// why says what the office did, in its words, and then the notes of the plan.
func (c *calendar) why(p schedule.Pickup) string {
	var lines []string
	if p.State == schedule.Moved && p.Line != nil {
		lines = append(lines, c.say("calendar.moved_from", "When", at(p.Original, p.Line.Start)))
	}
	if p.Why != nil {
		lines = append(lines, c.say(reasons[p.Why.Reason]), c.pick(p.Why.Note, p.Why.NoteFil))
	}
	lines = append(lines, c.pick(p.Notes, p.NotesFil))
	lines = slices.DeleteFunc(lines, func(s string) bool { return s == "" })
	return strings.Join(slices.Compact(lines), "\n") // an addition's note is both
}

// alarm rings at six the evening before, whenever the truck comes.
func (c *calendar) alarm(start schedule.Minutes) {
	c.prop("BEGIN", "VALARM")
	c.prop("ACTION", "DISPLAY")
	c.prop("TRIGGER", "-"+duration(start+24*60-ringsAt))
	c.text("DESCRIPTION", c.say("calendar.alarm"))
	c.prop("END", "VALARM")
}

// firstDay is the first day on which a line's truck comes.
func firstDay(l *schedule.Line) string {
	ahead := (int(l.Weekday) - int(schedule.WeekdayOf(l.ValidFrom)) + 7) % 7
	return schedule.AddDays(l.ValidFrom, ahead)
}

// rule repeats a line each week, until the end of its last day.
func rule(l *schedule.Line) string {
	r := "FREQ=WEEKLY;BYDAY=" + strings.ToUpper(l.Weekday.String()[:2])
	if l.ValidUntil != "" {
		r += ";UNTIL=" + utc(at(l.ValidUntil, 24*60).Add(-time.Second))
	}
	return r
}

// at is a time of a day in Manila. Minute 1440 is the next midnight.
func at(day string, m schedule.Minutes) time.Time {
	t, _ := time.ParseInLocation(time.DateOnly, day, db.Manila) // schedule has checked it
	return t.Add(time.Duration(m) * time.Minute)
}

func local(day string, m schedule.Minutes) string { return at(day, m).Format("20060102T150405") }

func utc(t time.Time) string { return t.UTC().Format("20060102T150405Z") }
