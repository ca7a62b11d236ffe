package schedule

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"
)

// expand is the one place that knows what lines and exceptions mean together: the pick-ups
// whose day lies between from and to, both included, by day, start and barangay. With away,
// a pick-up that was moved also leaves a shadow on its day of the plan.
//
// Exceptions apply in the order in which they were made, each to the day on which a pick-up
// lies by then. A suspended pick-up lies on no day: nothing later moves it. Nothing moves a
// pick-up further than MaxMove days from its day of the plan, so exceptions further than
// twice that from the span asked for never matter.
func expand(lines []Line, exceptions []Exception, from, to string, away bool) []Pickup {
	rules := rulesOf(exceptions)
	planned := make(map[time.Weekday][]*Line, 7)
	for i := range lines {
		if l := &lines[i]; l.Active && l.End > l.Start {
			planned[l.Weekday] = append(planned[l.Weekday], l)
		}
	}
	var out []Pickup
	keep := func(p Pickup) {
		p, shadow := apply(p, rules)
		if within(p.Day, from, to) {
			out = append(out, p)
		}
		if away && shadow.State == MovedAway && within(shadow.Day, from, to) {
			out = append(out, shadow)
		}
	}
	for _, day := range daysOfPlan(rules, from, to) {
		for _, l := range planned[WeekdayOf(day)] {
			if l.ValidFrom <= day && (l.ValidUntil == "" || day <= l.ValidUntil) {
				keep(l.on(day))
			}
		}
	}
	for _, r := range rules {
		if r.e.Kind != Add {
			continue
		}
		for _, b := range r.e.Barangays {
			for _, d := range r.e.Days {
				keep(r.e.adds(b, d.Day))
			}
		}
	}
	slices.SortFunc(out, byTime)
	return out
}

// on is the pick-up of a line on a day.
func (l *Line) on(day string) Pickup {
	return Pickup{
		Source: l.ID, Line: l, Barangay: l.Barangay, BarangayName: l.BarangayName, Original: day, Day: day, Start: l.Start, End: l.End,
		Wastes: l.Wastes, Other: l.Other, Notes: l.Notes, NotesFil: l.NotesFil, State: Planned, Collector: l.Collector, CollectorName: l.CollectorName,
	}
}

// adds is the pick-up that an addition makes in a barangay on a day.
func (e *Exception) adds(b Place, day string) Pickup {
	return Pickup{
		Source: b.source, Barangay: b.ID, BarangayName: b.Name, Original: day, Day: day, Start: *e.Start, End: *e.End,
		Wastes: e.Wastes, Notes: e.Note, NotesFil: e.NoteFil, State: Added, Why: e,
	}
}

// rule is an exception in force, ready to be asked.
type rule struct {
	e      *Exception
	places map[uuid.UUID]bool
	days   map[string]string // where each of its days goes; empty for a suspension
}

// rulesOf are the exceptions in force, in the order in which they apply.
func rulesOf(exceptions []Exception) []rule {
	var rules []rule
	for i := range exceptions {
		e := &exceptions[i]
		if e.Lifted() {
			continue
		}
		r := rule{e: e, places: make(map[uuid.UUID]bool, len(e.Barangays)), days: make(map[string]string, len(e.Days))}
		for _, b := range e.Barangays {
			r.places[b.ID] = true
		}
		for _, d := range e.Days {
			r.days[d.Day] = d.To
		}
		rules = append(rules, r)
	}
	slices.SortStableFunc(rules, func(a, b rule) int {
		return cmp.Or(a.e.CreatedAt.Compare(b.e.CreatedAt), compareIDs(a.e.ID, b.e.ID))
	})
	return rules
}

// touches says whether the rule is about a pick-up, and where its day goes.
func (r rule) touches(p Pickup) (to string, ok bool) {
	if !r.places[p.Barangay] || (r.e.Series != uuid.Nil && (p.Line == nil || p.Line.Series != r.e.Series)) {
		return "", false
	}
	to, ok = r.days[p.Day]
	return to, ok
}

// apply gives a pick-up as the exceptions leave it, and the shadow that a moved one leaves
// on its day of the plan. What made an addition acts only from the next rule on.
func apply(p Pickup, rules []rule) (now, shadow Pickup) {
	planned, made := p, p.Why
	for _, r := range rules {
		if made != nil { // an addition: rules before it do not know it
			if r.e == made {
				made = nil
			}
			continue
		}
		to, ok := r.touches(p)
		if !ok {
			continue
		}
		switch r.e.Kind {
		case Suspend:
			p.State, p.Why = Suspended, r.e
			return p, shadowOf(planned, p)
		case Move:
			if abs(daysBetween(p.Original, to)) > MaxMove {
				continue
			}
			p.Day, p.State, p.Why = to, Moved, r.e
			if r.e.Start != nil {
				p.Start, p.End = *r.e.Start, *r.e.End
			}
		}
	}
	return p, shadowOf(planned, p)
}

// shadowOf is what stands on the day of the plan of a pick-up that is elsewhere now.
func shadowOf(planned, now Pickup) Pickup {
	if now.Day == planned.Day {
		return Pickup{}
	}
	planned.State, planned.Why, planned.To = MovedAway, now.Why, now.Day
	return planned
}

// daysOfPlan are the days whose plan may bring a pick-up into a span: its own, and those
// from which something was moved.
func daysOfPlan(rules []rule, from, to string) []string {
	var days []string
	for day := from; day <= to; day = AddDays(day, 1) {
		days = append(days, day)
	}
	first, last := AddDays(from, -MaxMove), AddDays(to, MaxMove)
	for _, r := range rules {
		if r.e.Kind != Move {
			continue
		}
		for day := range r.days {
			if within(day, first, last) && !within(day, from, to) {
				days = append(days, day)
			}
		}
	}
	slices.Sort(days)
	return slices.Compact(days)
}

// byTime is the order of lists: day, start, end, barangay; then whatever tells two apart.
func byTime(a, b Pickup) int {
	return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End), cmp.Compare(a.BarangayName, b.BarangayName),
		compareIDs(a.Source, b.Source), cmp.Compare(a.Original, b.Original))
}

func within(day, from, to string) bool { return from <= day && day <= to }

func abs(n int) int { return max(n, -n) }
