// Package report reads what the other capabilities wrote: figures for the dashboard and
// the landing page, statements, and every list as CSV or Excel. It writes nothing, and
// may read every table.
package report

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
)

// Service reads.
type Service struct {
	db     *db.DB
	behind db.Q // for figures and exports, which may be a little behind
	people *people.Service
	issuer Issuer // of Issuing
	now    func() time.Time
}

// New makes the service. The residents' export reads through p, so that it shows what
// the list shows.
func New(d *db.DB, p *people.Service, now func() time.Time) *Service {
	return &Service{db: d, behind: d, people: p, now: now}
}

// Reading has figures, exports and the trail read through r, which may be a little
// behind. What a resident sees of their own points never is.
func (s *Service) Reading(r *db.Reader) *Service {
	s.behind = r
	return s
}

// Names are a thing's name in both languages; Fil may be empty.
type Names struct{ En, Fil string }

// Balance reads what a resident has.
func (s *Service) Balance(ctx context.Context, resident uuid.UUID) (ledger.Balance, error) {
	return ledger.BalanceOf(ctx, s.db, resident)
}

// Trail gives one page of the audit trail, newest first.
func (s *Service) Trail(ctx context.Context, f audit.Filter) (db.Page[audit.Entry], error) {
	return audit.List(ctx, s.behind, f)
}

// TrailActions names every action that the trail holds.
func (s *Service) TrailActions(ctx context.Context) ([]string, error) {
	return audit.Actions(ctx, s.behind)
}

// PriorEntries gives one page of what a former system wrote down for a resident, newest
// first. Its sum came over as one opening transfer.
func (s *Service) PriorEntries(ctx context.Context, resident uuid.UUID, p ledger.PriorPage) (db.Page[ledger.PriorEntry], error) {
	return ledger.PriorEntries(ctx, s.db, resident, p)
}

// StatementFilter says which part of a statement to read.
type StatementFilter struct {
	From, To string // Manila days, both included
	Before   int64  // only movements of a lower version; 0: from the newest
	Limit    int
}

// Statement is a part of a resident's passbook.
type Statement struct {
	Balance ledger.Balance
	Rows    []Movement
	Next    int64 // Before of the next page; 0: this is the last one
}

// Movement is one line of the passbook, with what caused it.
type Movement struct {
	ID           uuid.UUID
	Version      int64
	At           time.Time
	Kind         ledger.Kind
	Source       uuid.UUID // the weigh-in, the redemption, …
	Points       ledger.Points
	BalanceAfter ledger.Points
	Reason       string
	Grams        ledger.Grams // of a weigh-in
	Materials    []Names      // of a weigh-in, in its order
	Item         Names        // of a redemption
	Quantity     int64        // of a redemption
	Undone       bool         // a reversal took it back
	Undoes       ledger.Kind  // of a reversal: the kind of what it took back
}

// Statement reads a resident's movements, newest first, with what caused them: three
// queries, however many rows.
func (s *Service) Statement(ctx context.Context, resident uuid.UUID, f StatementFilter) (Statement, error) {
	balance, err := ledger.BalanceOf(ctx, s.db, resident)
	if err != nil {
		return Statement{}, err
	}
	limit := db.Limit(f.Limit)
	rows, err := listMovements(ctx, s.db, resident, f, limit+1)
	if err != nil {
		return Statement{}, fmt.Errorf("statement of %s: %w", resident, err)
	}
	out := Statement{Balance: balance, Rows: rows}
	if len(rows) > limit {
		out.Rows, out.Next = rows[:limit], rows[limit-1].Version
	}
	if err := loadMaterials(ctx, s.db, out.Rows); err != nil {
		return Statement{}, fmt.Errorf("statement of %s: %w", resident, err)
	}
	return out, nil
}
