package schedule

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// slowly is what expand means, without any cleverness: the pick-ups of more days than can
// matter, and the acts of the office played on them one after the other.
func slowly(lines []Line, exceptions []Exception, from, to string) []string {
	type made struct {
		source    uuid.UUID
		series    uuid.UUID
		barangay  uuid.UUID
		original  string
		day       string
		start     Minutes
		state     State
		cancelled bool
		why       int
	}
	var all []made
	for day := AddDays(from, -150); day <= AddDays(to, 150); day = AddDays(day, 1) {
		for _, l := range lines {
			begun := day >= l.ValidFrom
			over := l.ValidUntil != "" && day > l.ValidUntil
			if l.Active && begun && !over && l.Weekday == midnight(day).Weekday() {
				all = append(all, made{source: l.ID, series: l.Series, barangay: l.Barangay, original: day, day: day, start: l.Start, state: Planned, why: -1})
			}
		}
	}
	for n, e := range exceptions {
		if e.LiftedAt != nil {
			continue
		}
		if e.Kind == Add {
			for _, b := range e.Barangays {
				for _, d := range e.Days {
					all = append(all, made{source: b.source, barangay: b.ID, original: d.Day, day: d.Day, start: *e.Start, state: Added, why: n})
				}
			}
			continue
		}
		for i := range all { // each where it lay before this act
			p := &all[i]
			here := slices.ContainsFunc(e.Barangays, func(b Place) bool { return b.ID == p.barangay })
			if p.cancelled || !here || (e.Series != uuid.Nil && e.Series != p.series) {
				continue
			}
			for _, d := range e.Days {
				if d.Day != p.day {
					continue
				}
				if e.Kind == Suspend {
					p.cancelled, p.state, p.why = true, Suspended, n
				} else if far := daysBetween(p.original, d.To); far <= MaxMove && far >= -MaxMove {
					p.day, p.state, p.why = d.To, Moved, n
					if e.Start != nil {
						p.start = *e.Start
					}
				}
				break
			}
		}
	}
	var out []string
	for _, p := range all {
		if p.day >= from && p.day <= to {
			out = append(out, fmt.Sprint(p.day, p.start, p.source, p.original, p.state, p.why))
		}
		if p.day != p.original && p.original >= from && p.original <= to {
			out = append(out, fmt.Sprint(p.original, p.source, MovedAway, p.day, p.why))
		}
	}
	slices.Sort(out)
	return out
}

func TestExpandIsWhatItMeans(t *testing.T) {
	places := []Place{{ID: numbered(1), Name: "A"}, {ID: numbered(2), Name: "B"}}
	rapid.Check(t, func(t *rapid.T) {
		const base = "2026-12-01"
		day := func(label string) string { return AddDays(base, rapid.IntRange(-20, 40).Draw(t, label)) }
		var lines []Line
		for i := range rapid.IntRange(0, 5).Draw(t, "lines") {
			start := Minutes(rapid.IntRange(0, 3).Draw(t, "start") * 60)
			l := Line{
				ID: numbered(100 + i), Series: numbered(100 + rapid.IntRange(0, i).Draw(t, "series")), Barangay: rapid.SampledFrom(places).Draw(t, "place").ID,
				Weekday: time.Weekday(rapid.IntRange(0, 6).Draw(t, "weekday")), Start: start, End: start + 30, Active: rapid.IntRange(0, 5).Draw(t, "active") > 0,
				ValidFrom: day("valid from"),
			}
			if rapid.Bool().Draw(t, "ends") {
				l.ValidUntil = AddDays(l.ValidFrom, rapid.IntRange(0, 30).Draw(t, "length"))
			}
			lines = append(lines, l)
		}
		var exceptions []Exception
		for i := range rapid.IntRange(0, 7).Draw(t, "exceptions") {
			e := Exception{ID: numbered(200 + i), Kind: rapid.SampledFrom(Kinds()).Draw(t, "kind"), CreatedAt: time.Unix(int64(i), 0)}
			for j, p := range places {
				if rapid.Bool().Draw(t, "in") {
					p.source = numbered(300 + 10*i + j)
					e.Barangays = append(e.Barangays, p)
				}
			}
			named := map[string]bool{}
			for range rapid.IntRange(1, 4).Draw(t, "days") {
				d := DayMove{Day: day("day")}
				if e.Kind == Move {
					d.To = AddDays(d.Day, rapid.IntRange(-MaxMove, MaxMove).Draw(t, "far"))
				}
				if !named[d.Day] {
					named[d.Day] = true
					e.Days = append(e.Days, d)
				}
			}
			if e.Kind == Add || (e.Kind == Move && rapid.Bool().Draw(t, "other time")) {
				start, end := Minutes(rapid.IntRange(5, 8).Draw(t, "new start")*60), Minutes(600)
				e.Start, e.End = &start, &end
			}
			if e.Kind != Add && len(lines) > 0 && rapid.IntRange(0, 3).Draw(t, "only") == 0 {
				e.Series = rapid.SampledFrom(lines).Draw(t, "line").Series
			}
			if rapid.IntRange(0, 4).Draw(t, "lifted") == 0 {
				e.LiftedAt = &e.CreatedAt
			}
			exceptions = append(exceptions, e)
		}
		from := day("from")
		to := AddDays(from, rapid.IntRange(0, MaxSpan-1).Draw(t, "span"))

		shuffled := rapid.Permutation(exceptions).Draw(t, "order")
		number := func(e *Exception) int {
			if e == nil {
				return -1
			}
			return slices.IndexFunc(exceptions, func(x Exception) bool { return x.ID == e.ID })
		}
		var got []string
		found := expand(lines, shuffled, from, to, true)
		for _, p := range found {
			if p.State == MovedAway {
				got = append(got, fmt.Sprint(p.Day, p.Source, MovedAway, p.To, number(p.Why)))
			} else {
				got = append(got, fmt.Sprint(p.Day, p.Start, p.Source, p.Original, p.State, number(p.Why)))
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(slowly(lines, exceptions, from, to), got); diff != "" {
			t.Fatalf("(- what it means, + what expand gives):\n%s", diff)
		}
		if !slices.IsSortedFunc(found, byTime) {
			t.Fatal("out of order")
		}
	})
}

func numbered(n int) uuid.UUID {
	return uuid.MustParse(fmt.Sprintf("00000000-0000-7000-8000-%012d", n))
}

func TestMinutes(t *testing.T) {
	for text, want := range map[string]Minutes{"00:00": 0, "07:30": 450, "07:30:59": 450, "23:59": 1439, "24:00": 1440} {
		if m, err := ParseMinutes(text); err != nil || m != want {
			t.Errorf("%q is %d, %v", text, m, err)
		}
	}
	for _, text := range []string{"", "7", "24:01", "25:00", "7.30", "-1:00", "07:60"} {
		if m, err := ParseMinutes(text); err == nil || m != NoTime {
			t.Errorf("%q is read as %d", text, m)
		}
	}
	if m := Minutes(450); m.String() != "07:30" || m.Clock() != "7:30 AM" || Minutes(1440).String() != "24:00" || NoTime.String() != "" {
		t.Error(m.String(), m.Clock())
	}
}

func TestDays(t *testing.T) {
	if AddDays("2026-12-31", 1) != "2027-01-01" || AddDays("2028-03-01", -1) != "2028-02-29" || daysBetween("2026-12-31", "2027-01-02") != 2 ||
		Monday("2026-12-06") != "2026-11-30" || Monday("2026-11-30") != "2026-11-30" {
		t.Error("days are counted wrongly")
	}
	for n := 1; n <= 7; n++ {
		if isoWeekday(ofISO(n)) != n {
			t.Errorf("weekday %d does not come back", n)
		}
	}
	for _, text := range []string{"", "2026-2-3", "2026-02-30", "2026-12-01T00:00", "x"} {
		if IsDay(text) {
			t.Errorf("%q is a day", text)
		}
	}
}
