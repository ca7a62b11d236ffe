package rewards

import (
	"context"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
)

// addStock puts goods to what lies of an item at a place, and fills in the move's place
// in the chain. It is false when there is no such item or no such place.
func addStock(ctx context.Context, tx *db.Tx, m *Move) (bool, error) {
	err := tx.QueryRowContext(ctx, `INSERT INTO rewards_stock (item_id, place_id, stock, version)
		SELECT i.id, p.id, $1, 1 FROM rewards_item i, rewards_place p WHERE i.id = $2 AND p.id = $3
		ON CONFLICT (item_id, place_id) DO UPDATE SET stock = rewards_stock.stock + excluded.stock, version = rewards_stock.version + 1
		RETURNING stock, version`, m.Quantity, m.ItemID, m.PlaceID).Scan(&m.StockAfter, &m.Version)
	if db.IsNoRows(err) {
		return false, nil
	}
	return err == nil, err
}

// takeStock takes goods when what is there allows it; held of them were set aside for
// this.
func takeStock(ctx context.Context, tx *db.Tx, m *Move, held int64) (bool, error) {
	err := tx.QueryRowContext(ctx, `UPDATE rewards_stock SET stock = stock - $1, held = held - $2, version = version + 1
		WHERE item_id = $3 AND place_id = $4 AND stock - held >= $5 AND held >= $6 RETURNING stock, version`,
		-m.Quantity, held, m.ItemID, m.PlaceID, -m.Quantity-held, held).Scan(&m.StockAfter, &m.Version)
	if db.IsNoRows(err) {
		return false, nil
	}
	return err == nil, err
}

// holdStock sets goods aside (quantity > 0) or gives them free (quantity < 0).
func holdStock(ctx context.Context, tx *db.Tx, item, place uuid.UUID, quantity int64) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE rewards_stock SET held = held + $1
		WHERE item_id = $2 AND place_id = $3 AND stock - held >= $4 AND held >= $5`,
		quantity, item, place, max(quantity, 0), max(-quantity, 0))
	return n == 1, err
}

func insertMove(ctx context.Context, tx *db.Tx, actor audit.Actor, m Move) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO rewards_stock_move
		(id, item_id, place_id, version, kind, quantity, stock_after, reason, document_no, redemption_id, actor_id, actor_name, created_at, day)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		m.ID, m.ItemID, m.PlaceID, m.Version, string(m.Kind), m.Quantity, m.StockAfter, m.Reason, m.DocumentNo, m.RedemptionID,
		db.NullID(actor.ID), m.ActorName, db.At(m.At), db.Day(m.At))
	return err
}

func listMoves(ctx context.Context, q db.Q, f MoveFilter, after db.Cursor, limit int) ([]Move, error) {
	var where db.Where
	if f.Item != uuid.Nil {
		where.And("m.item_id = ?", f.Item)
	}
	if f.Place != uuid.Nil {
		where.And("m.place_id = ?", f.Place)
	}
	if f.Kind != "" {
		where.And("m.kind = ?", string(f.Kind))
	}
	if f.From != "" {
		where.And("m.day >= ?", f.From)
	}
	if f.To != "" {
		where.And("m.day <= ?", f.To)
	}
	where.And("(m.created_at, m.id) < (?, ?)", db.At(after.At), after.ID)
	query := `SELECT m.id, m.item_id, i.name, m.place_id, p.name, m.version, m.kind, m.quantity, m.stock_after, m.reason, m.document_no, m.redemption_id, m.actor_name, m.created_at
		FROM rewards_stock_move m JOIN rewards_item i ON i.id = m.item_id JOIN rewards_place p ON p.id = m.place_id
		WHERE ` + where.String() + ` ORDER BY m.created_at DESC, m.id DESC ` + where.Bind("LIMIT ?", limit)
	return db.Collect(ctx, q, func(r db.Row) (m Move, err error) {
		err = r.Scan(&m.ID, &m.ItemID, &m.ItemName, &m.PlaceID, &m.PlaceName, &m.Version, &m.Kind, &m.Quantity, &m.StockAfter,
			&m.Reason, &m.DocumentNo, &m.RedemptionID, &m.ActorName, db.Into(&m.At))
		return m, err
	}, query, where.Args()...)
}

func itemName(ctx context.Context, q db.Q, id uuid.UUID) (name string, err error) {
	err = q.QueryRowContext(ctx, `SELECT name FROM rewards_item WHERE id = $1`, id).Scan(&name)
	if db.IsNoRows(err) {
		err = ErrItemNotFound
	}
	return name, err
}

// leftAt is what can be had of an item at a place.
func leftAt(ctx context.Context, q db.Q, item, place uuid.UUID) (left int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT stock - held FROM rewards_stock WHERE item_id = $1 AND place_id = $2`, item, place).Scan(&left)
	if db.IsNoRows(err) {
		return 0, nil
	}
	return left, err
}

// stockAt is what lies of an item at a place.
func stockAt(ctx context.Context, q db.Q, item, place uuid.UUID) (stock int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT stock FROM rewards_stock WHERE item_id = $1 AND place_id = $2`, item, place).Scan(&stock)
	if db.IsNoRows(err) {
		return 0, nil
	}
	return stock, err
}

// lockStock reads what lies of an item at a place and keeps it from changing until the
// transaction ends.
func lockStock(ctx context.Context, tx *db.Tx, item, place uuid.UUID) (stock int64, err error) {
	err = tx.QueryRowContext(ctx, `UPDATE rewards_stock SET stock = stock WHERE item_id = $1 AND place_id = $2 RETURNING stock`, item, place).Scan(&stock)
	if db.IsNoRows(err) {
		return 0, nil
	}
	return stock, err
}
