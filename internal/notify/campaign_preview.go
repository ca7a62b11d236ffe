package notify

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// Crowd reads the residents that campaigns tell. They are people's, which stands above
// this room; Telling hands it over.
type Crowd struct {
	// Count counts those of a target who may be told things, by what matters to a campaign.
	Count func(ctx context.Context, q db.Q, t Target) ([]Group, error)
	// Next reads some of them by id, from the one after a given one on.
	Next func(ctx context.Context, q db.Q, t Target, after uuid.UUID, limit int) ([]Reader, error)
}

// Group is how many residents are alike.
type Group struct {
	Language     string
	Wants        bool // news
	Phone, Email bool // there is one on record
	Push         bool // a browser of theirs shows messages
	N            int
}

// Reader is one of the crowd.
type Reader struct {
	Recipient
	Wants bool // news
}

// Telling gives campaigns their crowd.
func (s *Service) Telling(c Crowd) *Service {
	s.crowd = c
	return s
}

// Preview is whom a campaign would reach, and at what cost.
type Preview struct {
	Residents int // in its target
	Unwanted  int // of them want no news
	ByMail    int // at most: an address on record may be none
	ByText    int // at most, as well
	ByPush    int
	Parts     struct{ En, Fil int }
	Cost      int // centavos, at most
	DayBudget int // centavos that campaigns may spend on one day; 0: no limit
	LeftToday int // of it
	SMSOff    bool
}

// Wanted is how many would be told.
func (p Preview) Wanted() int { return p.Residents - p.Unwanted }

// Days is on how many days its text messages go out, today included.
func (p Preview) Days() int {
	if p.DayBudget == 0 || p.Cost <= p.LeftToday {
		return 1
	}
	return 1 + (p.Cost-p.LeftToday+p.DayBudget-1)/p.DayBudget
}

// Preview tells what a draft would do, complete or not.
func (s *Service) Preview(ctx context.Context, d Draft) (Preview, error) {
	p, err := s.preview(ctx, s.db, d.trimmed())
	if err != nil {
		return Preview{}, fmt.Errorf("preview campaign: %w", err)
	}
	return p, nil
}

func (s *Service) preview(ctx context.Context, q db.Q, d Draft) (p Preview, err error) {
	groups, err := s.crowd.Count(ctx, q, d.Target)
	if err != nil {
		return Preview{}, err
	}
	p.Parts.En, p.Parts.Fil, p.SMSOff = parts(d.Scripts.En.SMS), parts(d.Scripts.Fil.SMS), s.opts.SMSOff
	for _, g := range groups {
		p.Residents += g.N
		if !g.Wants && !d.Service {
			p.Unwanted += g.N
			continue
		}
		if d.Mail && g.Email {
			p.ByMail += g.N
		}
		if d.Push && g.Push {
			p.ByPush += g.N
		}
		if d.SMS && g.Phone {
			p.ByText += g.N
			p.Cost += g.N * s.opts.Cost * parts(d.Scripts.In(g.Language).SMS)
		}
	}
	p.DayBudget = s.dayBudget()
	day := db.Day(s.now())
	today, err := spent(ctx, q, day, day)
	p.LeftToday = max(0, p.DayBudget-today)
	return p, err
}

// parts is as how many text messages a text is sent; none for no text.
func parts(text string) int {
	if text == "" {
		return 0
	}
	return segments(text)
}

// dayBudget is what campaigns may bring the city's cost of a day to, in centavos; 0 is no
// limit. The last quarter of the limit stays free for codes: nobody may be kept from
// signing in because the city tells news.
func (s *Service) dayBudget() int { return s.opts.CityCap / 4 * 3 }

// Text messages of news leave by day only.
const (
	morning = 7  // Manila
	evening = 20 // some minutes' worth of messages may be under way still
)

// nextMorning is when a campaign goes on that waits for the day.
func nextMorning(now time.Time) time.Time {
	t := now.In(db.Manila)
	day := time.Date(t.Year(), t.Month(), t.Day(), morning, 0, 0, 0, db.Manila)
	if t.Hour() >= morning {
		day = day.AddDate(0, 0, 1)
	}
	return day
}

// byNight says that no news is texted now.
func byNight(now time.Time) bool {
	h := now.In(db.Manila).Hour()
	return h < morning || h >= evening
}
