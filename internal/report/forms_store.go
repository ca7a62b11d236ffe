package report

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// cardHead reads whose card it is, and the balance before its first day.
func cardHead(ctx context.Context, q db.Q, f StockCardFilter) (c StockCard, err error) {
	c.From, c.To = f.From, f.To
	err = q.QueryRowContext(ctx, `SELECT i.name, i.name_fil, i.description, i.stock_number, i.unit, i.reorder_point, p.name,
			(SELECT CAST(COALESCE(sum(m.quantity), 0) AS BIGINT) FROM rewards_stock_move m WHERE m.item_id = i.id AND m.place_id = p.id AND m.day < $3)
		FROM rewards_item i, rewards_place p WHERE i.id = $1 AND p.id = $2`, f.Item, f.Place, f.From).
		Scan(&c.Item.En, &c.Item.Fil, &c.Description, &c.StockNumber, &c.Unit, &c.ReorderPoint, &c.Place, &c.Opening)
	if db.IsNoRows(err) {
		err = ErrStockCard
	}
	return c, err
}

// cardEntries reads the stock book by day: what residents were handed summed up by slip,
// after everything else.
func cardEntries(ctx context.Context, q db.Q, f StockCardFilter, limit int) ([]entry, error) {
	return db.Collect(ctx, q, func(r db.Row) (e entry, err error) {
		var first int64
		err = r.Scan(&e.day, &e.kind, &first, &e.quantity, &e.slip, &e.office, &e.documents, &e.document, &e.reason, &e.other)
		return e, err
	}, `SELECT m.day, m.kind, CAST(min(m.version) AS BIGINT) AS first, CAST(sum(m.quantity) AS BIGINT),
			COALESCE(r.number, ''), COALESCE(r.office, ''), count(DISTINCT m.document_no), min(m.document_no), min(m.reason),
			COALESCE(min(CASE WHEN m.kind = 'transferred' THEN (SELECT p.name FROM rewards_stock_move o JOIN rewards_place p ON p.id = o.place_id
				WHERE o.created_at = m.created_at AND o.item_id = m.item_id AND o.place_id <> m.place_id AND o.quantity = -m.quantity AND o.kind = m.kind
				ORDER BY o.id LIMIT 1) END), '')
		FROM rewards_stock_move m
		LEFT JOIN rewards_requisition_move c ON c.move_id = m.id
		LEFT JOIN rewards_requisition r ON r.id = c.requisition_id
		WHERE m.item_id = $1 AND m.place_id = $2 AND m.day >= $3 AND m.day <= $4
		GROUP BY m.day, m.kind, r.number, r.office, CASE WHEN m.kind = 'issued' THEN 0 ELSE m.version END
		ORDER BY m.day, CASE WHEN m.kind = 'issued' THEN 1 ELSE 0 END, first LIMIT $5`, f.Item, f.Place, f.From, f.To, limit)
}

// consumption reads what was consumed by day, from one on: handed out or carried away, less
// what came back.
func consumption(ctx context.Context, q db.Q, f StockCardFilter, from string) (u usage, err error) {
	err = q.QueryRowContext(ctx, `SELECT COALESCE(min(day), '') FROM rewards_stock_move WHERE item_id = $1 AND place_id = $2`, f.Item, f.Place).Scan(&u.began)
	if err != nil {
		return u, err
	}
	type daily struct {
		day      string
		quantity int64
	}
	days, err := db.Collect(ctx, q, func(r db.Row) (d daily, err error) {
		err = r.Scan(&d.day, &d.quantity)
		return d, err
	}, `SELECT day, CAST(sum(-quantity) AS BIGINT) FROM rewards_stock_move
		WHERE item_id = $1 AND place_id = $2 AND day >= $3 AND day <= $4 AND (kind IN ('issued', 'returned') OR (kind = 'transferred' AND quantity < 0))
		GROUP BY day ORDER BY day LIMIT $5`, f.Item, f.Place, from, f.To, maxPaper)
	u.by = make(map[string]int64, len(days))
	for _, d := range days {
		u.by[d.day] = d.quantity
	}
	return u, err
}

func slipByID(ctx context.Context, q db.Q, id uuid.UUID) (s slip, err error) {
	var signers []byte
	var voided *time.Time
	err = q.QueryRowContext(ctx, `SELECT r.id, r.number, p.name, COALESCE(t.name, ''), r.from_day, r.until_day, r.division, r.office, r.center, r.purpose,
			r.signers, r.voided_at, r.void_reason, (SELECT count(*) FROM rewards_requisition_move c WHERE c.requisition_id = r.id)
		FROM rewards_requisition r
		JOIN rewards_place p ON p.id = r.place_id
		LEFT JOIN rewards_place t ON t.id = r.to_place_id
		WHERE r.id = $1`, id).
		Scan(&s.id, &s.number, &s.place, &s.to, &s.from, &s.until, &s.division, &s.office, &s.center, &s.purpose,
			&signers, db.IntoNull(&voided), &s.whyVoid, &s.issues)
	if db.IsNoRows(err) {
		return s, ErrRequisition
	}
	if err != nil {
		return s, err
	}
	if voided != nil {
		s.voidedOn = db.Day(*voided)
	}
	return s, json.Unmarshal(signers, &s.signers)
}

func slipRows(ctx context.Context, q db.Q, id uuid.UUID) ([][]any, error) {
	return db.Collect(ctx, q, func(r db.Row) ([]any, error) {
		var number, unit, description, remarks string
		var requested, issued int64
		var available bool
		err := r.Scan(&number, &unit, &description, &requested, &available, &issued, &remarks)
		return []any{number, unit, description, requested, mark(available), mark(!available), issued, remarks}, err
	}, `SELECT stock_number, unit, description, requested, available, issued, remarks
		FROM rewards_requisition_line WHERE requisition_id = $1 ORDER BY line LIMIT $2`, id, maxPaper)
}

func placeName(ctx context.Context, q db.Q, id uuid.UUID) (name string, err error) {
	err = q.QueryRowContext(ctx, `SELECT name FROM rewards_place WHERE id = $1`, id).Scan(&name)
	if db.IsNoRows(err) {
		err = ErrStockCard
	}
	return name, err
}

// countRows lists what lies at a place, and what is offered and might.
func countRows(ctx context.Context, q db.Q, place uuid.UUID) ([][]any, error) {
	return db.Collect(ctx, q, func(r db.Row) ([]any, error) {
		var number, name, unit string
		var stock int64
		err := r.Scan(&number, &name, &unit, &stock)
		return []any{number, name, unit, stock, nil, nil, nil}, err
	}, `SELECT i.stock_number, i.name, i.unit, COALESCE(s.stock, 0)
		FROM rewards_item i LEFT JOIN rewards_stock s ON s.item_id = i.id AND s.place_id = $1
		WHERE i.active OR s.stock > 0 ORDER BY i.name, i.id LIMIT $2`, place, maxPaper)
}
