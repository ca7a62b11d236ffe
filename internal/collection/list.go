package collection

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
)

// Filter narrows the list of weigh-ins; a zero field does not.
type Filter struct {
	From, To  string // Manila days of weighing, both included
	Barangay  uuid.UUID
	Collector uuid.UUID
	Type      uuid.UUID
	Resident  uuid.UUID
	Cursor    string
	Limit     int
}

// Totals sum up a filter's weigh-ins, without the voided ones. With a type in the
// filter, grams and points are that material's alone.
type Totals struct {
	Count  int64
	Grams  ledger.Grams
	Points ledger.Points
	Voided int64 // how many were left out
}

// WeighIns gives one page of weigh-ins with their lines, newest first, and the totals
// of the whole filter. Three queries, however many rows.
func (s *Service) WeighIns(ctx context.Context, scope people.Scope, f Filter) (db.Page[WeighIn], Totals, error) {
	page, err := s.page(ctx, scope, f)
	if err != nil {
		return db.Page[WeighIn]{}, Totals{}, fmt.Errorf("list weigh-ins: %w", err)
	}
	totals, err := sum(ctx, s.db, scope, f)
	if err != nil {
		return db.Page[WeighIn]{}, Totals{}, fmt.Errorf("sum weigh-ins: %w", err)
	}
	return page, totals, nil
}

func (s *Service) page(ctx context.Context, scope people.Scope, f Filter) (db.Page[WeighIn], error) {
	after, err := db.ParseCursor(f.Cursor)
	if err != nil {
		return db.Page[WeighIn]{}, err
	}
	limit := db.Limit(f.Limit)
	rows, err := listWeighIns(ctx, s.db, scope, f, after, limit+1)
	if err != nil {
		return db.Page[WeighIn]{}, err
	}
	page := db.PageOf(rows, limit, func(w WeighIn) db.Cursor { return db.Cursor{At: w.CollectedAt, ID: w.ID} })
	return page, loadLines(ctx, s.db, page.Rows)
}

// Recent gives the newest weigh-ins that were not taken back, with their lines. Two
// queries, however many rows.
func (s *Service) Recent(ctx context.Context, scope people.Scope, limit int) ([]WeighIn, error) {
	rows, err := listRecent(ctx, s.db, scope, db.Limit(limit))
	if err == nil {
		err = loadLines(ctx, s.db, rows)
	}
	if err != nil {
		return nil, fmt.Errorf("list recent weigh-ins: %w", err)
	}
	return rows, nil
}

// WeighInByID finds a weigh-in with its lines. Error: ErrWeighInNotFound, also outside
// of the scope.
func (s *Service) WeighInByID(ctx context.Context, scope people.Scope, id uuid.UUID) (WeighIn, error) {
	w, err := weighInByID(ctx, s.db, scope, id)
	if db.IsNoRows(err) {
		err = ErrWeighInNotFound
	}
	if err != nil {
		return WeighIn{}, fmt.Errorf("weigh-in %s: %w", id, err)
	}
	return w, nil
}

// Today sums up what a collector weighed on this Manila day.
func (s *Service) Today(ctx context.Context, collector uuid.UUID) (Totals, error) {
	day := db.Day(s.now())
	totals, err := sum(ctx, s.db, people.City, Filter{From: day, To: day, Collector: collector})
	if err != nil {
		return Totals{}, fmt.Errorf("sum today's weigh-ins: %w", err)
	}
	return totals, nil
}
