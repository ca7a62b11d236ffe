package rewards

import (
	"context"
	"fmt"

	"ekolek/internal/db"
)

func countStock(ctx context.Context, q db.Q) (items, moves int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM rewards_item), (SELECT count(*) FROM rewards_stock_move)`).Scan(&items, &moves)
	return items, moves, err
}

func brokenChain(ctx context.Context, q db.Q) (string, error) {
	var item, name string
	var version, after, number, total int64
	err := q.QueryRowContext(ctx, `SELECT CAST(c.item_id AS TEXT), i.name, c.version, c.stock_after, c.number, c.total
		FROM (SELECT item_id, place_id, version, stock_after,
				row_number() OVER (PARTITION BY item_id, place_id ORDER BY version) AS number,
				CAST(sum(quantity) OVER (PARTITION BY item_id, place_id ORDER BY version) AS BIGINT) AS total
			FROM rewards_stock_move) c
		JOIN rewards_item i ON i.id = c.item_id
		WHERE c.version <> c.number OR c.stock_after <> c.total
		ORDER BY c.item_id, c.place_id, c.version LIMIT 1`).Scan(&item, &name, &version, &after, &number, &total)
	if db.IsNoRows(err) {
		return "", nil
	}
	return fmt.Sprintf("rewards_stock_move of item %s (%s), version %d: stock_after %d; move number %d makes the stock %d",
		item, name, version, after, number, total), err
}

func wrongStock(ctx context.Context, q db.Q) (string, error) {
	var item, name string
	var stock, held, version, moves, total int64
	err := q.QueryRowContext(ctx, `SELECT CAST(s.item_id AS TEXT), i.name, s.stock, s.held, s.version, COALESCE(m.moves, 0), COALESCE(m.total, 0)
		FROM rewards_stock s JOIN rewards_item i ON i.id = s.item_id
		LEFT JOIN (SELECT item_id, place_id, count(*) AS moves, CAST(sum(quantity) AS BIGINT) AS total FROM rewards_stock_move GROUP BY item_id, place_id) m
			ON m.item_id = s.item_id AND m.place_id = s.place_id
		WHERE s.stock <> COALESCE(m.total, 0) OR s.version <> COALESCE(m.moves, 0) OR s.stock < s.held
		ORDER BY s.item_id, s.place_id LIMIT 1`).Scan(&item, &name, &stock, &held, &version, &moves, &total)
	if db.IsNoRows(err) {
		return "", nil
	}
	return fmt.Sprintf("rewards_stock of item %s (%s): stock %d, held %d, version %d; its %d moves make %d", item, name, stock, held, version, moves, total), err
}

// wrongHeld compares what is set aside of the stock with the open reservations.
func wrongHeld(ctx context.Context, q db.Q) (string, error) {
	var item, place string
	var held, reserved int64
	err := q.QueryRowContext(ctx, `SELECT CAST(h.item_id AS TEXT), CAST(h.place_id AS TEXT), CAST(sum(h.held) AS BIGINT), CAST(sum(h.reserved) AS BIGINT)
		FROM (SELECT item_id, place_id, held, 0 AS reserved FROM rewards_stock
			UNION ALL SELECT item_id, place_id, 0, quantity FROM rewards_reservation WHERE state = 'open') h
		GROUP BY h.item_id, h.place_id HAVING sum(h.held) <> sum(h.reserved)
		ORDER BY h.item_id, h.place_id LIMIT 1`).Scan(&item, &place, &held, &reserved)
	if db.IsNoRows(err) {
		return "", nil
	}
	return fmt.Sprintf("rewards_stock of item %s at %s: held %d; open reservations hold %d", item, place, held, reserved), err
}

func wrongTransfer(ctx context.Context, q db.Q) (string, error) {
	var item string
	var rest int64
	err := q.QueryRowContext(ctx, `SELECT CAST(item_id AS TEXT), CAST(sum(quantity) AS BIGINT) FROM rewards_stock_move
		WHERE kind = 'transferred' GROUP BY item_id HAVING sum(quantity) <> 0 ORDER BY item_id LIMIT 1`).Scan(&item, &rest)
	if db.IsNoRows(err) {
		return "", nil
	}
	return fmt.Sprintf("rewards_stock_move of item %s: what went from place to place leaves %d", item, rest), err
}

// wrongIssue compares redemptions with what they took out of stock, and put back.
func wrongIssue(ctx context.Context, q db.Q) (string, error) {
	var id string
	var quantity, issued, returned, reversed int64
	var marked bool
	err := q.QueryRowContext(ctx, `SELECT CAST(d.id AS TEXT), d.quantity, COALESCE(m.issued, 0), COALESCE(m.returned, 0), d.returned_at IS NOT NULL,
			CASE WHEN u.id IS NULL THEN 0 ELSE u.points END
		FROM rewards_redemption d
		LEFT JOIN (SELECT redemption_id, item_id, place_id,
				CAST(-sum(CASE WHEN kind = 'issued' THEN quantity ELSE 0 END) AS BIGINT) AS issued,
				CAST(sum(CASE WHEN kind = 'returned' THEN quantity ELSE 0 END) AS BIGINT) AS returned
			FROM rewards_stock_move WHERE redemption_id IS NOT NULL GROUP BY redemption_id, item_id, place_id) m
			ON m.redemption_id = d.id AND m.item_id = d.item_id AND m.place_id = d.place_id
		LEFT JOIN ledger_transfer t ON t.source_id = d.id AND t.kind = 'redemption'
		LEFT JOIN ledger_transfer u ON u.reverses_id = t.id
		WHERE NOT d.imported AND (COALESCE(m.issued, 0) <> d.quantity OR t.id IS NULL OR t.points <> d.points OR t.account_id <> d.resident_id
			OR COALESCE(m.returned, 0) <> CASE WHEN d.returned_at IS NULL THEN 0 ELSE d.quantity END
			OR (d.returned_at IS NULL) <> (u.id IS NULL))
		ORDER BY d.id LIMIT 1`).Scan(&id, &quantity, &issued, &returned, &marked, &reversed)
	if db.IsNoRows(err) {
		return "", nil
	}
	return fmt.Sprintf("rewards_redemption %s: quantity %d, returned %v; stock moves issued %d and returned %d, the ledger gave back %d, or another amount was paid",
		id, quantity, marked, issued, returned, reversed), err
}

func wrongReceipt(ctx context.Context, q db.Q) (string, error) {
	var id string
	var points, total int64
	err := q.QueryRowContext(ctx, `SELECT CAST(c.id AS TEXT), c.points, COALESCE(d.total, 0) FROM rewards_receipt c
		LEFT JOIN (SELECT receipt_id, CAST(sum(points) AS BIGINT) AS total FROM rewards_redemption GROUP BY receipt_id) d ON d.receipt_id = c.id
		WHERE c.points <> COALESCE(d.total, 0) ORDER BY c.id LIMIT 1`).Scan(&id, &points, &total)
	if db.IsNoRows(err) {
		return "", nil
	}
	return fmt.Sprintf("rewards_receipt %s: points %d; its redemptions cost %d", id, points, total), err
}

// wrongReservation compares reservations with their holds in the ledger, both ways, and
// with the redemptions that claimed them.
func wrongReservation(ctx context.Context, q db.Q) (string, error) {
	var id, state, hold, redemption string
	err := q.QueryRowContext(ctx, `SELECT CAST(COALESCE(v.id, h.source_id) AS TEXT), COALESCE(v.state, 'missing'), COALESCE(h.state, 'missing'),
			CASE WHEN d.id IS NULL THEN 'missing' ELSE 'there' END
		FROM rewards_reservation v FULL JOIN ledger_hold h ON h.source_id = v.id
		LEFT JOIN rewards_redemption d ON d.id = v.id
		WHERE v.id IS NULL OR h.id IS NULL OR h.points <> v.points OR h.account_id <> v.resident_id
			OR h.state <> CASE v.state WHEN 'cancelled' THEN 'released' ELSE v.state END
			OR (v.state = 'claimed') <> (d.id IS NOT NULL)
			OR d.item_id <> v.item_id OR d.place_id <> v.place_id OR d.quantity <> v.quantity OR d.points <> v.points OR d.resident_id <> v.resident_id
		ORDER BY 1 LIMIT 1`).Scan(&id, &state, &hold, &redemption)
	if db.IsNoRows(err) {
		return "", nil
	}
	return fmt.Sprintf("rewards_reservation %s is %s: its hold in the ledger is %s, its redemption %s, or their amounts differ", id, state, hold, redemption), err
}
