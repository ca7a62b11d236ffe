package schedule

import (
	"context"
	"time"

	"github.com/google/uuid"
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
func (s *Service) Pickups(ctx context.Context, q Query) ([]Pickup, error) { return nil, errLater }

// Next is the next pick-up of a barangay that comes; today's counts until its end. Nil
// when there is none in the next MaxSpan days.
func (s *Service) Next(ctx context.Context, barangay uuid.UUID) (*Pickup, error) {
	return nil, errLater
}

// Banners are the exceptions that concern a barangay today or in the next seven days, the
// nearest day first.
func (s *Service) Banners(ctx context.Context, barangay uuid.UUID) ([]Exception, error) {
	return nil, errLater
}

// Feed is what a calendar of a barangay is made of.
type Feed struct {
	Place      Place
	Revision   int // raised by each act that changes what the barangay sees
	ChangedAt  time.Time
	Lines      []Line      // that have not ended two months ago, the active ones
	Exceptions []Exception // in force, in the order in which they apply
}

// Feed reads a barangay's plan for its calendar. Error: people.ErrBarangayNotFound.
func (s *Service) Feed(ctx context.Context, barangay uuid.UUID) (Feed, error) {
	return Feed{}, errLater
}

// Pickups are those of a feed from one day to another, without visits.
func (f Feed) Pickups(from, to string, away bool) []Pickup { return nil }
