package report

import (
	"context"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

func hasPriorMoves(ctx context.Context, q db.Q) (has bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM rewards_prior_move)`).Scan(&has)
	return has, err
}

// listPriorMoves names who acted: the resident of a redemption, else the member of staff.
func listPriorMoves(ctx context.Context, q db.Q, f PriorMoveFilter, after db.Cursor, limit int) ([]PriorMove, error) {
	where, err := priorConditions(f)
	if err != nil {
		return nil, err
	}
	where.And("(m.created_at, m.id) < (?, ?)", db.At(after.At), after.ID)
	query := `SELECT m.id, m.item_id, i.name, m.action, m.quantity, m.stock_before, m.stock_after, COALESCE(r.full_name, a.full_name, ''), m.note, m.created_at
		FROM rewards_prior_move m
		JOIN rewards_item i ON i.id = m.item_id
		LEFT JOIN people_resident r ON r.id = m.resident_id
		LEFT JOIN auth_staff a ON a.id = m.actor_id
		WHERE ` + where.String() + ` ORDER BY m.created_at DESC, m.id DESC ` + where.Bind("LIMIT ?", limit)
	return db.Collect(ctx, q, scanPriorMove, query, where.Args()...)
}

// priorConditions are a filter's, but for the cursor. The rows have no column of days: they
// are few, and nobody adds to them.
func priorConditions(f PriorMoveFilter) (*db.Where, error) {
	var where db.Where
	if f.Item != uuid.Nil {
		where.And("m.item_id = ?", f.Item)
	}
	if f.From != "" {
		from, err := time.ParseInLocation(time.DateOnly, f.From, db.Manila)
		if err != nil {
			return nil, err
		}
		where.And("m.created_at >= ?", db.At(from))
	}
	if f.To != "" {
		to, err := time.ParseInLocation(time.DateOnly, f.To, db.Manila)
		if err != nil {
			return nil, err
		}
		where.And("m.created_at < ?", db.At(to.AddDate(0, 0, 1)))
	}
	return &where, nil
}

func scanPriorMove(r db.Row) (m PriorMove, err error) {
	err = r.Scan(&m.ID, &m.ItemID, &m.ItemName, &m.Action, &m.Quantity, &m.Before, &m.After, &m.Who, &m.Note, db.Into(&m.At))
	return m, err
}
