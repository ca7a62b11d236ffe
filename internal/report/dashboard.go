package report

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
)

// Dashboard is the office's first page: what waits, today, and the last weeks. Weeks and
// days to compare are whole ones: they end yesterday.
type Dashboard struct {
	Pending   Pending
	Low       []LowItem // at their reorder point or below, the emptiest first
	Today     Sums
	Week      Sums            // the seven days until yesterday
	Before    Sums            // the seven days before those
	Days      []DayKilos      // fourteen days until yesterday, the oldest first
	Weeks     []WeekPoints    // eleven weeks until last Sunday, the oldest first
	Materials []Material      // of Week, the heaviest first
	Barangays []BarangayKilos // of Week, the most for its size first
}

// Pending is who waits for approval.
type Pending struct {
	Count  int64
	Oldest *time.Time // since when the first one waits; nil: nobody waits
}

// LowItem is a reward that runs low.
type LowItem struct {
	ID           uuid.UUID
	Name         string
	NameFil      string
	Unit         string
	Icon         string
	Left         int64
	ReorderPoint int64
}

// Sums are the figures of some days, without what was voided.
type Sums struct {
	WeighIns    int64
	Families    int64 // that brought something
	Grams       ledger.Grams
	Earned      ledger.Points // awards and corrections, less what was taken back
	Redeemed    ledger.Points
	Redemptions int64
}

// DayKilos is one bar of the fortnight.
type DayKilos struct {
	Day    string // Manila, 2006-01-02
	Grams  ledger.Grams
	Before bool // belongs to the week before
}

// WeekPoints is one point of the eleven weeks.
type WeekPoints struct {
	Monday   string // Manila, 2006-01-02
	Earned   ledger.Points
	Redeemed ledger.Points
}

// Material is a waste type and its weight.
type Material struct {
	ID      uuid.UUID
	Name    string
	NameFil string
	Icon    string
	Grams   ledger.Grams
}

// BarangayKilos is a barangay and what it brought.
type BarangayKilos struct {
	ID          uuid.UUID
	Name        string
	Population  int64
	Grams       ledger.Grams
	PerThousand ledger.Grams // for every thousand people; 0 when the population is not known
}

// Rows of the dashboard's lists.
const (
	topMaterials = 6
	topBarangays = 8
	lowItems     = 5
	weeksShown   = 11
)

// Dashboard reads the first page of somebody's barangays: eleven queries, whatever the
// city's size. Low stock is the whole city's, since the store is.
func (s *Service) Dashboard(ctx context.Context, scope people.Scope) (Dashboard, error) {
	var d Dashboard
	now := s.now()
	week, before := daysBack(now, 7, 1), daysBack(now, 14, 8)
	for _, step := range []struct {
		name string
		read func() error
	}{
		{"pending", func() (err error) { d.Pending, err = pending(ctx, s.behind, scope); return }},
		{"low stock", func() (err error) { d.Low, err = lowStock(ctx, s.behind, lowItems); return }},
		{"today", func() (err error) { d.Today, err = sums(ctx, s.behind, scope, daysBack(now, 0, 0)); return }},
		{"week", func() (err error) { d.Week, err = sums(ctx, s.behind, scope, week); return }},
		{"week before", func() (err error) { d.Before, err = sums(ctx, s.behind, scope, before); return }},
		{"days", func() (err error) { d.Days, err = s.fortnight(ctx, scope, now); return }},
		{"weeks", func() (err error) { d.Weeks, err = s.weeks(ctx, scope, now); return }},
		{"materials", func() (err error) { d.Materials, err = materials(ctx, s.behind, scope, week, topMaterials); return }},
		{"barangays", func() (err error) { d.Barangays, err = barangays(ctx, s.behind, scope, week, topBarangays); return }},
	} {
		if err := step.read(); err != nil {
			return Dashboard{}, fmt.Errorf("dashboard: %s: %w", step.name, err)
		}
	}
	return d, nil
}

// span is a range of Manila days, both included.
type span struct{ from, to string }

// daysBack is the span from so many days ago to so many days ago.
func daysBack(now time.Time, from, to int) span {
	today := now.In(db.Manila)
	return span{today.AddDate(0, 0, -from).Format(time.DateOnly), today.AddDate(0, 0, -to).Format(time.DateOnly)}
}

// fortnight is every day of the last fourteen, those without a weigh-in as well.
func (s *Service) fortnight(ctx context.Context, scope people.Scope, now time.Time) ([]DayKilos, error) {
	grams, err := gramsByDay(ctx, s.behind, scope, daysBack(now, 14, 1))
	if err != nil {
		return nil, err
	}
	out := make([]DayKilos, 14)
	for i := range out {
		day := daysBack(now, 14-i, 0).from
		out[i] = DayKilos{Day: day, Grams: grams[day], Before: i < 7}
	}
	return out, nil
}

// weeks is every whole week, Monday to Sunday, of the last eleven.
func (s *Service) weeks(ctx context.Context, scope people.Scope, now time.Time) ([]WeekPoints, error) {
	sunday := int(now.In(db.Manila).Weekday())
	if sunday == 0 {
		sunday = 7 // this week's Sunday has not passed yet
	}
	monday := sunday - 1 + 7*weeksShown // days ago, of the first week
	days, err := pointsByDay(ctx, s.behind, scope, daysBack(now, monday, sunday))
	if err != nil {
		return nil, err
	}
	out := make([]WeekPoints, weeksShown)
	for i := range out {
		out[i].Monday = daysBack(now, monday-7*i, 0).from
		for day := range 7 {
			p := days[daysBack(now, monday-7*i-day, 0).from]
			out[i].Earned += p.earned
			out[i].Redeemed += p.redeemed
		}
	}
	return out, nil
}
