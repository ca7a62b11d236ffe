package schedule

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// Query asks for pick-ups.
type Query struct {
	Barangays []uuid.UUID // none: every one
	From, To  string      // both included, at most MaxSpan days
	Class     string      // only those with a material of this class; empty: all
	Collector uuid.UUID   // only those assigned to this one; uuid.Nil: all
	Away      bool        // also a MovedAway shadow on the day from which one was moved
}

// Pickups lists pick-ups by day, start and barangay. The number of statements does not
// grow with anything.
func (s *Service) Pickups(ctx context.Context, q Query) ([]Pickup, error) {
	found, err := s.pickups(ctx, s.shown, q)
	if err != nil {
		return nil, fmt.Errorf("list pick-ups: %w", err)
	}
	return found, nil
}

func (s *Service) pickups(ctx context.Context, on db.Q, q Query) ([]Pickup, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	lines, err := planOf(ctx, on, q.Barangays, AddDays(q.From, -MaxMove), AddDays(q.To, MaxMove))
	if err != nil {
		return nil, err
	}
	exceptions, err := inForce(ctx, on, q.Barangays, AddDays(q.From, -2*MaxMove), AddDays(q.To, 2*MaxMove))
	if err != nil {
		return nil, err
	}
	if err := s.name(ctx, on, lines, exceptions); err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(expand(lines, exceptions, q.From, q.To, q.Away), q.misses)
	return found, addVisits(ctx, on, found, q)
}

func (q Query) check() error {
	if !IsDay(q.From) || !IsDay(q.To) || q.To < q.From || daysBetween(q.From, q.To) >= MaxSpan {
		return errs.NewField("from", "error.schedule.span", "Max", MaxSpan)
	}
	return nil
}

// misses says that a pick-up is not asked for.
func (q Query) misses(p Pickup) bool {
	return (q.Collector != uuid.Nil && p.Collector != q.Collector) ||
		(q.Class != "" && !slices.ContainsFunc(p.Wastes, func(m Material) bool { return m.Class == q.Class }))
}

// addVisits tells what was marked of each. Nothing can be marked ahead of its day, so a
// span that lies in the days to come asks for nothing.
func addVisits(ctx context.Context, on db.Q, found []Pickup, q Query) error {
	if len(found) == 0 {
		return nil
	}
	visits, err := visitsBetween(ctx, on, q.Barangays, q.From, q.To)
	if err != nil {
		return err
	}
	byKey := make(map[pickupKey]*Visit, len(visits))
	for i := range visits {
		byKey[pickupKey{visits[i].Source, visits[i].Original}] = &visits[i]
	}
	for i := range found {
		if found[i].State != MovedAway {
			found[i].Visit = byKey[pickupKey{found[i].Source, found[i].Original}]
		}
	}
	return nil
}

// pickupKey names a pick-up, whatever happens to it.
type pickupKey struct {
	source   uuid.UUID
	original string
}

// Next is the next pick-up of a barangay that comes; today's counts until its end. Nil
// when there is none in the next MaxSpan days.
func (s *Service) Next(ctx context.Context, barangay uuid.UUID) (*Pickup, error) {
	now := s.now()
	today := db.Day(now)
	found, err := s.pickups(ctx, s.shown, Query{Barangays: []uuid.UUID{barangay}, From: today, To: AddDays(today, MaxSpan-1)})
	if err != nil {
		return nil, fmt.Errorf("next pick-up: %w", err)
	}
	for i, p := range found {
		if p.Comes() && (p.Day > today || p.End > minutesOf(now)) {
			return &found[i], nil
		}
	}
	return nil, nil
}

// bannerDays is for how many days ahead a banner stands.
const bannerDays = 7

// Banners are the exceptions that concern a barangay today or in the next seven days, the
// nearest day first.
func (s *Service) Banners(ctx context.Context, barangay uuid.UUID) ([]Exception, error) {
	today := s.Today()
	last := AddDays(today, bannerDays)
	found, err := inForce(ctx, s.shown, []uuid.UUID{barangay}, today, last)
	if err != nil {
		return nil, fmt.Errorf("banners: %w", err)
	}
	slices.SortStableFunc(found, func(a, b Exception) int { return strings.Compare(a.nearest(today), b.nearest(today)) })
	return found, s.name(ctx, s.shown, nil, found)
}

// nearest is the first day from one on that the exception touches.
func (e Exception) nearest(from string) string {
	best := ""
	for _, d := range e.Days {
		for _, day := range []string{d.Day, d.To} {
			if day >= from && (best == "" || day < best) {
				best = day
			}
		}
	}
	return best
}

// Feed is what a calendar of a barangay is made of.
type Feed struct {
	Place      Place
	Revision   int // raised by each act that changes what the barangay sees
	ChangedAt  time.Time
	Lines      []Line      // active ones that have not ended two months ago
	Exceptions []Exception // in force, in the order in which they apply
}

// feedPast is for how many days back a calendar is told of the plan.
const feedPast = 60

// Feed reads a barangay's plan for its calendar. Error: people.ErrBarangayNotFound.
func (s *Service) Feed(ctx context.Context, barangay uuid.UUID) (Feed, error) {
	f, err := s.feed(ctx, barangay)
	if err != nil {
		return Feed{}, fmt.Errorf("feed of %s: %w", barangay, err)
	}
	return f, nil
}

func (s *Service) feed(ctx context.Context, barangay uuid.UUID) (Feed, error) {
	f, err := feedOf(ctx, s.shown, barangay)
	if err != nil {
		return f, err
	}
	only, since := []uuid.UUID{barangay}, AddDays(s.Today(), -feedPast)
	if f.Lines, err = planOf(ctx, s.shown, only, since, lastDay); err != nil {
		return f, err
	}
	if f.Exceptions, err = inForce(ctx, s.shown, only, AddDays(since, -2*MaxMove), lastDay); err != nil {
		return f, err
	}
	return f, s.name(ctx, s.shown, f.Lines, f.Exceptions)
}

// lastDay lies behind every day of the plan.
const lastDay = "9999-12-31"

// Pickups are those of a feed from one day to another, without visits.
func (f Feed) Pickups(from, to string, away bool) []Pickup {
	return expand(f.Lines, f.Exceptions, from, to, away)
}
