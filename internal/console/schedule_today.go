package console

import (
	"context"
	"slices"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/schedule"
	"ekolek/internal/web/i18n"
)

// trucks is the dashboard's view of today's pick-ups.
type trucks struct {
	Total, Collected, Missed, Cancelled, Late int
	Rows                                      []truckStop // those that matter now, by time
	shown                                     bool        // the reader works with the schedule
}

// truckStop is a pick-up as the office looks for it.
type truckStop struct {
	schedule.Pickup
	Node             string // of the timeline: done, now, late, or to come
	Tone, Icon, Word string
}

// trucksShown is how many stops the dashboard shows.
const trucksShown = 6

// trucksOf is how today's pick-ups stand, in the barangays in reach.
func (c *Console) trucksOf(ctx context.Context, who auth.Principal) (t trucks, err error) {
	if !who.May(auth.ManageSchedules) {
		return t, nil
	}
	q := schedule.Query{From: c.schedule.Today(), To: c.schedule.Today()}
	if !who.Scope.All {
		reach, err := c.people.BarangaysOf(ctx, who.Scope)
		if err != nil || len(reach) == 0 { // no barangay in a query means every one
			return t, err
		}
		for _, b := range reach {
			q.Barangays = append(q.Barangays, b.ID)
		}
	}
	list, err := c.schedule.Pickups(ctx, q)
	if err != nil {
		return t, err
	}
	return trucksAt(ctx, list, c.now()), nil
}

// trucksAt counts pick-ups, and keeps those that are late, under way or next before those
// that are over.
func trucksAt(ctx context.Context, list []schedule.Pickup, now time.Time) trucks {
	t := trucks{Total: len(list), shown: true}
	var open, over []truckStop
	for _, p := range list {
		stop := stopOf(ctx, p, now)
		switch {
		case p.State == schedule.Suspended:
			t.Cancelled++
		case p.Visit != nil && p.Visit.State == schedule.Missed:
			t.Missed++
		case p.Visit != nil:
			t.Collected++
		case stop.Node == "late":
			t.Late++
		}
		if stop.Node == "done" || !p.Comes() {
			over = append(over, stop)
		} else {
			open = append(open, stop)
		}
	}
	open = open[:min(len(open), trucksShown)]
	over = over[max(0, len(over)-(trucksShown-len(open))):] // the last ones
	t.Rows = slices.SortedStableFunc(slices.Values(append(over, open...)), func(a, b truckStop) int { return int(a.Start - b.Start) })
	return t
}

func stopOf(ctx context.Context, p schedule.Pickup, now time.Time) truckStop {
	s := truckStop{Pickup: p}
	switch {
	case p.State == schedule.Suspended:
		s.Tone, s.Icon, s.Word = "clay", "ban", i18n.T(ctx, "console.schedule.state.suspended")
	case p.Visit != nil && p.Visit.State == schedule.Missed:
		s.Node, s.Tone, s.Word = "done", "sun", i18n.T(ctx, "console.schedule.today.missed")
	case p.Visit != nil:
		s.Node, s.Icon, s.Word = "done", "check", i18n.T(ctx, "console.schedule.today.collected")
	case now.After(p.EndsAt()):
		s.Node, s.Tone, s.Icon, s.Word = "late", "clay", "clock", i18n.T(ctx, "console.schedule.today.late")
	case now.After(p.StartsAt()):
		s.Node, s.Tone, s.Word = "now", "leaf", i18n.T(ctx, "console.schedule.today.now")
	default:
		s.Word = i18n.T(ctx, "console.schedule.today.later")
	}
	return s
}
