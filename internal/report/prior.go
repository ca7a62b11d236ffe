package report

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// PriorMove is a line of the stock history that a former system kept, with the names of
// today. It is shown, never counted.
type PriorMove struct {
	ID       uuid.UUID
	ItemID   uuid.UUID
	ItemName string
	Action   string // as the former system said: stock_added, stock_redeemed, …
	Quantity int64  // signed
	Before   int64
	After    int64
	Who      string // a member of staff, or the resident who redeemed; "" when nobody is known
	Note     string
	At       time.Time
}

// PriorMoveFilter narrows it; a zero field does not.
type PriorMoveFilter struct {
	Item     uuid.UUID
	From, To string // Manila days, both included
	Cursor   string
}

// HasPriorMoves says whether a former system's stock history was brought over.
func (s *Service) HasPriorMoves(ctx context.Context) (bool, error) {
	has, err := hasPriorMoves(ctx, s.db)
	if err != nil {
		return false, fmt.Errorf("look for a former stock history: %w", err)
	}
	return has, nil
}

// PriorMoves gives one page of it, newest first.
func (s *Service) PriorMoves(ctx context.Context, f PriorMoveFilter) (db.Page[PriorMove], error) {
	after, err := db.ParseCursor(f.Cursor)
	if err != nil {
		return db.Page[PriorMove]{}, err
	}
	rows, err := listPriorMoves(ctx, s.db, f, after, db.DefaultLimit+1)
	if err != nil {
		return db.Page[PriorMove]{}, fmt.Errorf("list former stock history: %w", err)
	}
	return db.PageOf(rows, db.DefaultLimit, func(m PriorMove) db.Cursor { return db.Cursor{At: m.At, ID: m.ID} }), nil
}

// PriorMoveTable is one row for each line of it, newest first.
func (s *Service) PriorMoveTable(ctx context.Context, f PriorMoveFilter) Table {
	return Table{
		Name: "report.prior_moves",
		Head: []string{"report.col.at", "report.col.reward", "report.col.kind", "report.col.quantity", "report.col.stock_before", "report.col.stock_after",
			"report.col.actor", "report.col.note", "report.col.id"},
		Rows: stream(func(after db.Cursor) ([]keyed, error) {
			rows, err := listPriorMoves(ctx, s.behind, f, after, chunk)
			out := make([]keyed, len(rows))
			for i, m := range rows {
				out[i] = keyed{at: db.Cursor{At: m.At, ID: m.ID}, cells: m.row()}
			}
			return out, err
		}),
	}
}

func (m PriorMove) row() []any {
	return []any{m.At, m.ItemName, Word(PriorActionWord(m.Action)), m.Quantity, m.Before, m.After, m.Who, m.Note, m.ID.String()}
}

// PriorActionWord is the catalogue key of what the former system called an action.
func PriorActionWord(action string) string {
	switch action {
	case "created":
		return "report.prior.created"
	case "updated":
		return "report.prior.updated"
	case "deleted":
		return "report.prior.deleted"
	case "stock_added":
		return "report.prior.added"
	case "stock_removed":
		return "report.prior.removed"
	case "stock_redeemed":
		return "report.prior.redeemed"
	default:
		return "report.prior.other"
	}
}
