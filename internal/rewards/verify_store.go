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

func wrongIssue(ctx context.Context, q db.Q) (string, error) {
	var id string
	var quantity, issued int64
	err := q.QueryRowContext(ctx, `SELECT CAST(d.id AS TEXT), d.quantity, COALESCE(m.issued, 0)
		FROM rewards_redemption d
		LEFT JOIN (SELECT redemption_id, item_id, CAST(-sum(quantity) AS BIGINT) AS issued FROM rewards_stock_move
			WHERE kind = 'issued' GROUP BY redemption_id, item_id) m ON m.redemption_id = d.id AND m.item_id = d.item_id
		WHERE NOT d.imported AND COALESCE(m.issued, 0) <> d.quantity
		ORDER BY d.id LIMIT 1`).Scan(&id, &quantity, &issued)
	if db.IsNoRows(err) {
		return "", nil
	}
	return fmt.Sprintf("rewards_redemption %s: quantity %d; stock moves issued %d", id, quantity, issued), err
}
