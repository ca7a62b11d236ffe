package ical_test

import (
	"bytes"
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	goical "github.com/emersion/go-ical"
	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/people"
	"ekolek/internal/schedule"
	"ekolek/internal/schedule/ical"
	"ekolek/internal/testkit"
	"ekolek/internal/web/i18n"
)

var (
	plastic = schedule.Material{ID: uuid.MustParse("00000000-0000-7000-8000-0000000000a1"), Name: "Plastic; PET, HDPE", NameFil: "Plastik", Class: "recyclable"}
	kitchen = schedule.Material{ID: uuid.MustParse("00000000-0000-7000-8000-0000000000a2"), Name: "Kitchen waste", NameFil: "Tira sa kusina", Class: "biodegradable"}
)

// city is a city whose first barangay has a plan. Today is Tuesday, 1 December 2026.
type city struct {
	*testkit.World
	s     *schedule.Service
	actor audit.Actor
	here  uuid.UUID
}

func newCity(t *testing.T) *city {
	t.Helper()
	c := &city{World: testkit.NewWorld(t, testkit.DB(t))}
	c.Clock.Advance(time.Date(2026, time.December, 1, 9, 0, 0, 0, db.Manila).Sub(c.Clock.Now()))
	c.s = schedule.New(c.DB, c.Notify, c.Clock.Now).Naming(func(context.Context, db.Q) ([]schedule.Material, error) {
		return []schedule.Material{plastic, kitchen}, nil
	})
	c.actor, c.here = c.Actor(c.Admin), c.Barangays[0].ID
	return c
}

func (c *city) line(t *testing.T, weekday int, start, end schedule.Minutes, until string, wastes ...uuid.UUID) {
	t.Helper()
	_, err := c.s.SaveLine(t.Context(), c.actor, people.City, schedule.LineForm{Barangay: c.here, Weekday: weekday, Start: start, End: end, Wastes: wastes,
		Notes: "Bring it to the gate, please", NotesFil: "Dalhin sa tarangkahan", Active: true, ValidFrom: "2026-11-18", ValidUntil: until})
	must(t, err)
}

func (c *city) except(t *testing.T, f schedule.ExceptionForm) schedule.Exception {
	t.Helper()
	c.Clock.Advance(time.Minute)
	f.RequestKey, f.Barangays = db.NewID().String(), []uuid.UUID{c.here}
	e, err := c.s.Except(t.Context(), c.actor, people.City, f)
	must(t, err)
	return e
}

// calendar is the file as phones get it.
func (c *city) calendar(t *testing.T, o ical.Options) []byte {
	t.Helper()
	f, err := c.s.Feed(t.Context(), c.here)
	must(t, err)
	o.Language = cmp.Or(o.Language, "en")
	o.Say = func(text errs.Text) string { return i18n.In(o.Language, text) }
	o.Address, o.Page = "https://ekolek.test/calendar/x.ics", "https://ekolek.test/schedule/?barangay=x"
	return ical.Write(f, o)
}

// visit is one time that a truck comes, as a program that is not ours understands it.
type visit struct{ At, Until, Summary string }

// read expands a file with a parser that is not ours, over the days from..to.
func read(t *testing.T, file []byte, from, to string) []visit {
	t.Helper()
	parsed, err := goical.NewDecoder(bytes.NewReader(file)).Decode()
	must(t, err)
	if n := len(parsed.Children) - len(parsed.Events()); n != 1 {
		t.Errorf("%d components beside the events, want the time zone alone", n)
	}
	events := parsed.Events()
	replaced := map[string]bool{}
	for _, e := range events {
		if p := e.Props.Get(goical.PropRecurrenceID); p != nil {
			at, err := p.DateTime(db.Manila)
			must(t, err)
			replaced[text(t, e, goical.PropUID)+at.Format(time.RFC3339)] = true
		}
	}
	var out []visit
	for _, e := range events {
		start, err := e.DateTimeStart(db.Manila)
		must(t, err)
		end, err := e.DateTimeEnd(db.Manila)
		must(t, err)
		times, override := []time.Time{start}, e.Props.Get(goical.PropRecurrenceID) != nil
		if set, err := e.RecurrenceSet(db.Manila); err != nil {
			t.Fatal(err)
		} else if set != nil {
			times = set.Between(day(t, from), day(t, to).AddDate(0, 0, 1), true)
		}
		for _, at := range times {
			if !override && replaced[text(t, e, goical.PropUID)+at.Format(time.RFC3339)] {
				continue
			}
			if d := db.Day(at); from <= d && d <= to {
				out = append(out, visit{at.In(db.Manila).Format("2006-01-02 15:04"), at.Add(end.Sub(start)).In(db.Manila).Format("2006-01-02 15:04"), text(t, e, goical.PropSummary)})
			}
		}
	}
	slices.SortFunc(out, func(a, b visit) int { return cmp.Or(strings.Compare(a.At, b.At), strings.Compare(a.Until, b.Until)) })
	return out
}

func text(t *testing.T, e goical.Event, name string) string {
	t.Helper()
	s, err := e.Props.Text(name)
	must(t, err)
	return s
}

// planned is what the program itself says of the same days.
func (c *city) planned(t *testing.T, from, to, class string) []visit {
	t.Helper()
	var out []visit
	for ; from <= to; from = schedule.AddDays(from, schedule.MaxSpan) {
		found, err := c.s.Pickups(t.Context(), schedule.Query{Barangays: []uuid.UUID{c.here}, From: from, To: min(to, schedule.AddDays(from, schedule.MaxSpan-1)), Class: class})
		must(t, err)
		for _, p := range found {
			if p.Comes() {
				out = append(out, visit{At: p.StartsAt().Format("2006-01-02 15:04"), Until: p.EndsAt().Format("2006-01-02 15:04")})
			}
		}
	}
	slices.SortFunc(out, func(a, b visit) int { return cmp.Or(strings.Compare(a.At, b.At), strings.Compare(a.Until, b.Until)) })
	return out
}

// agree compares a file with the plan, over a year.
func (c *city) agree(t *testing.T, class string) {
	t.Helper()
	const from, to = "2026-11-18", "2027-11-30"
	got := read(t, c.calendar(t, ical.Options{Class: class}), from, to)
	for i := range got {
		got[i].Summary = ""
	}
	if diff := gocmp.Diff(c.planned(t, from, to, class), got); diff != "" {
		t.Errorf("class %q: - the plan, + the calendar:\n%s", class, diff)
	}
}

func TestCalendarSaysWhatThePlanSays(t *testing.T) {
	c := newCity(t)
	c.line(t, 2, 7*60, 9*60, "", plastic.ID, kitchen.ID)
	c.line(t, 2, 13*60, 15*60, "2027-06-15", plastic.ID)
	c.line(t, 6, 22*60, 24*60, "2027-01-30", kitchen.ID)
	c.agree(t, "")

	nine, eleven := schedule.Minutes(9*60+30), schedule.Minutes(11*60)
	// A typhoon for three days, and what it cancels comes on Friday.
	c.except(t, schedule.ExceptionForm{Kind: schedule.Suspend, Reason: schedule.ReasonTyphoon, Days: []schedule.DayMove{{Day: "2026-12-07"}, {Day: "2026-12-08"}, {Day: "2026-12-09"}}})
	added := c.except(t, schedule.ExceptionForm{Kind: schedule.Add, Reason: schedule.ReasonTyphoon, Days: []schedule.DayMove{{Day: "2026-12-11"}}, Start: &nine, End: &eleven, Wastes: []uuid.UUID{plastic.ID}})
	// A holiday that is moved over the turn of the year, to other hours, and then suspended after all for one line.
	c.except(t, schedule.ExceptionForm{Kind: schedule.Move, Reason: schedule.ReasonHoliday, Days: []schedule.DayMove{{Day: "2026-12-29", To: "2027-01-04"}}, Start: &nine, End: &eleven})
	c.except(t, schedule.ExceptionForm{Kind: schedule.Move, Reason: schedule.ReasonHoliday, Days: []schedule.DayMove{{Day: "2026-12-26", To: "2026-12-27"}}})
	c.except(t, schedule.ExceptionForm{Kind: schedule.Suspend, Reason: schedule.ReasonOther, Days: []schedule.DayMove{{Day: "2026-12-27"}}})
	c.agree(t, "")
	c.agree(t, "recyclable")
	c.agree(t, "biodegradable")
	c.agree(t, "special")

	must(t, c.s.Lift(t.Context(), c.actor, people.City, added.ID, false))
	c.agree(t, "")
}

// Whatever the office does, the two never part.
func TestCalendarKeepsUpWithAnyActs(t *testing.T) {
	c := newCity(t)
	for weekday, hours := range [][2]schedule.Minutes{1: {6 * 60, 8 * 60}, 3: {9 * 60, 10*60 + 5}, 4: {0, 60}, 7: {17 * 60, 24 * 60}} {
		if hours[1] > 0 {
			c.line(t, weekday, hours[0], hours[1], "", plastic.ID)
		}
	}
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 1))
	for range 40 {
		f := schedule.ExceptionForm{Kind: schedule.Kinds()[random.IntN(3)], Reason: schedule.ReasonOther}
		from := schedule.AddDays("2026-12-01", random.IntN(40))
		for i := range 1 + random.IntN(4) {
			d := schedule.DayMove{Day: schedule.AddDays(from, i)}
			if f.Kind == schedule.Move {
				d.To = schedule.AddDays(d.Day, 1+random.IntN(9))
			}
			f.Days = append(f.Days, d)
		}
		if f.Kind == schedule.Add || f.Kind == schedule.Move && random.IntN(2) == 0 {
			start := schedule.Minutes(random.IntN(1380))
			end := start + 30
			f.Start, f.End = &start, &end
		}
		if f.Kind == schedule.Add {
			f.Wastes = []uuid.UUID{kitchen.ID}
		}
		e := c.except(t, f)
		if random.IntN(4) == 0 {
			must(t, c.s.Lift(t.Context(), c.actor, people.City, e.ID, false))
		}
	}
	c.agree(t, "")
	c.agree(t, "biodegradable")
	if t.Failed() {
		t.Logf("seed %d", seed)
	}
}

func TestCalendarFileKeepsTheRules(t *testing.T) {
	c := newCity(t)
	c.line(t, 2, 7*60+30, 9*60, "2027-06-15", plastic.ID, kitchen.ID)
	before := c.calendar(t, ical.Options{})
	c.except(t, schedule.ExceptionForm{Kind: schedule.Move, Reason: schedule.ReasonTruck, Note: "The truck is mended; thanks, all", Days: []schedule.DayMove{{Day: "2026-12-08", To: "2026-12-10"}}})
	c.except(t, schedule.ExceptionForm{Kind: schedule.Suspend, Reason: schedule.ReasonTyphoon, Days: []schedule.DayMove{{Day: "2026-12-15"}}})
	file := c.calendar(t, ical.Options{})
	if !bytes.Equal(file, c.calendar(t, ical.Options{})) {
		t.Error("the same plan gives two files")
	}

	for line := range strings.SplitSeq(strings.TrimSuffix(string(file), "\r\n"), "\r\n") {
		if len(line) > 75 {
			t.Errorf("a line of %d octets: %q", len(line), line)
		}
		if strings.ContainsAny(line, "\r\n") {
			t.Errorf("a bare line end in %q", line)
		}
	}
	whole := strings.ReplaceAll(string(file), "\r\n ", "")
	for _, want := range []string{
		"VERSION:2.0", "METHOD:PUBLISH", "REFRESH-INTERVAL;VALUE=DURATION:PT3H", "X-PUBLISHED-TTL:PT3H", "COLOR:seagreen",
		"SOURCE;VALUE=URI:https://ekolek.test/calendar/x.ics", "TZID:Asia/Manila", "TZOFFSETTO:+0800",
		"DTSTART;TZID=Asia/Manila:20261124T073000", "DTEND;TZID=Asia/Manila:20261124T090000", "RRULE:FREQ=WEEKLY;BYDAY=TU;UNTIL=20270615T155959Z",
		"EXDATE;TZID=Asia/Manila:20261215T073000", "RECURRENCE-ID;TZID=Asia/Manila:20261208T073000", "DTSTART;TZID=Asia/Manila:20261210T073000",
		"TRIGGER:-PT13H30M", `SUMMARY:Collection: Plastic\; PET\, HDPE\, Kitchen waste`, "LOCATION:Barangay " + c.Barangays[0].Name,
		`The truck is mended\; thanks\, all\nBring it to the gate\, please`,
	} {
		if !strings.Contains(whole, want) {
			t.Errorf("no %s in\n%s", want, whole)
		}
	}

	parsed, err := goical.NewDecoder(bytes.NewReader(file)).Decode()
	must(t, err)
	line, moved := parsed.Events()[0], parsed.Events()[1]
	if a, b := text(t, line, "UID"), text(t, moved, "UID"); a != b {
		t.Errorf("the moved one is of %s, its line is %s", b, a)
	}
	if sequence(t, moved) <= sequence(t, line) {
		t.Errorf("the moved one has the number %d, its line %d", sequence(t, moved), sequence(t, line))
	}
	former, err := goical.NewDecoder(bytes.NewReader(before)).Decode()
	must(t, err)
	if first := former.Events()[0]; text(t, first, "UID") != text(t, line, "UID") || sequence(t, first) >= sequence(t, line) {
		t.Errorf("a change leads from %s/%d to %s/%d", text(t, first, "UID"), sequence(t, first), text(t, line, "UID"), sequence(t, line))
	}

	tagalog := strings.ReplaceAll(string(c.calendar(t, ical.Options{Language: "fil", Class: "recyclable"})), "\r\n ", "")
	for _, want := range []string{"SUMMARY:Koleksyon: Plastik", "SUMMARY:Inilipat: Koleksyon", `Dalhin sa tarangkahan`, "nare-recycle"} {
		if !strings.Contains(tagalog, want) {
			t.Errorf("no %s in\n%s", want, tagalog)
		}
	}
}

func sequence(t *testing.T, e goical.Event) int {
	t.Helper()
	n, err := strconv.Atoi(e.Props.Get(goical.PropSequence).Value)
	must(t, err)
	return n
}

// An empty plan is a calendar as well, and what people type breaks none.
func TestCalendarHoldsWhatPeopleType(t *testing.T) {
	say := func(text errs.Text) string { return i18n.In("fil", text) }
	nasty := "Ñ\r\nEND:VCALENDAR\r\nBEGIN:VEVENT\x00; ,\\ " + strings.Repeat("ñ🙂", 60) + "\xff"
	f := schedule.Feed{Place: schedule.Place{ID: db.NewID(), Name: nasty}, Lines: []schedule.Line{{ID: db.NewID(), Active: true, Weekday: time.Sunday,
		Start: 60, End: 120, ValidFrom: "2026-12-01", Other: []string{nasty}, Notes: nasty}}}
	file := ical.Write(f, ical.Options{Language: "fil", Say: say, Address: "https://ekolek.test/"})
	got := read(t, file, "2026-12-01", "2026-12-31")
	if len(got) != 4 || !strings.Contains(got[0].Summary, "END:VCALENDAR") {
		t.Errorf("read %v", got)
	}
	for i, line := range bytes.Split(file, []byte("\r\n")) {
		if len(line) > 75 || bytes.ContainsAny(line, "\n\r\x00") || !bytes.Equal(line, bytes.ToValidUTF8(line, nil)) {
			t.Errorf("line %d: %q", i, line)
		}
	}
	f.Lines = nil
	if got := read(t, ical.Write(f, ical.Options{Say: say}), "2026-12-01", "2026-12-31"); len(got) != 0 {
		t.Errorf("no lines make %v", got)
	}
}

func day(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation(time.DateOnly, text, db.Manila)
	must(t, err)
	return at
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
