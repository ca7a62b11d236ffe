package rewards

import (
	"context"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
)

func listCategories(ctx context.Context, q db.Q, limit int) ([]Category, error) {
	return db.Collect(ctx, q, func(r db.Row) (c Category, err error) {
		err = r.Scan(&c.ID, &c.Name, &c.Description, &c.Active)
		return c, err
	}, `SELECT id, name, description, active FROM rewards_category ORDER BY name_key LIMIT $1`, limit)
}

// insertCategory is false when the name is taken.
func insertCategory(ctx context.Context, tx *db.Tx, id uuid.UUID, f CategoryForm, at time.Time) (bool, error) {
	n, err := db.Exec(ctx, tx, `INSERT INTO rewards_category (id, name, name_key, description, active, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name_key) DO NOTHING`,
		id, f.Name, fold(f.Name), f.Description, f.Active, db.At(at), db.At(at))
	return n == 1, err
}

func updateCategory(ctx context.Context, tx *db.Tx, f CategoryForm, at time.Time) (int64, error) {
	return db.Exec(ctx, tx, `UPDATE rewards_category SET name = $2, name_key = $3, description = $4, active = $5, updated_at = $6 WHERE id = $1`,
		f.ID, f.Name, fold(f.Name), f.Description, f.Active, db.At(at))
}

func categoryNameTaken(ctx context.Context, q db.Q, key string, but uuid.UUID) (taken bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM rewards_category WHERE name_key = $1 AND id <> $2)`, key, but).Scan(&taken)
	return taken, err
}

func categoryExists(ctx context.Context, q db.Q, id uuid.UUID) (there bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM rewards_category WHERE id = $1)`, id).Scan(&there)
	return there, err
}

// itemFilter says which items to list; the zero value lists all.
type itemFilter struct {
	low        bool
	affordable bool
	upTo       ledger.Points // with affordable: the dearest price
}

const selectItem = `SELECT i.id, i.category_id, COALESCE(c.name, ''), i.name, i.name_fil, i.description, i.price, i.unit,
	i.stock, i.held, i.reorder_point, i.icon, i.picture, i.active
	FROM rewards_item i LEFT JOIN rewards_category c ON c.id = i.category_id WHERE `

func scanItem(r db.Row) (i Item, err error) {
	err = r.Scan(&i.ID, &i.CategoryID, &i.CategoryName, &i.Name, &i.NameFil, &i.Description, &i.Price, &i.Unit,
		&i.Stock, &i.Held, &i.ReorderPoint, &i.Icon, &i.Picture, &i.Active)
	return i, err
}

func listItems(ctx context.Context, q db.Q, f itemFilter) ([]Item, error) {
	var where db.Where
	order := "i.name, i.id"
	if f.low {
		where.And("i.active AND i.reorder_point > 0 AND i.stock - i.held <= i.reorder_point")
		order = "i.stock - i.held, i.name, i.id"
	}
	if f.affordable {
		where.And("i.active AND i.stock - i.held > 0 AND i.price <= ?", int64(f.upTo))
		order = "i.price DESC, i.name, i.id"
	}
	query := selectItem + where.String() + " ORDER BY " + order + where.Bind(" LIMIT ?", db.MaxLimit)
	return db.Collect(ctx, q, scanItem, query, where.Args()...)
}

func itemByID(ctx context.Context, q db.Q, id uuid.UUID) (Item, error) {
	i, err := scanItem(q.QueryRowContext(ctx, selectItem+"i.id = $1", id))
	if db.IsNoRows(err) {
		err = ErrItemNotFound
	}
	return i, err
}

func insertItem(ctx context.Context, tx *db.Tx, id uuid.UUID, f ItemForm, at time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO rewards_item
		(id, category_id, name, name_fil, description, price, unit, reorder_point, icon, picture, active, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		id, db.NullID(f.Category), f.Name, f.NameFil, f.Description, int64(f.Price), f.Unit, f.ReorderPoint, f.Icon, f.Picture, f.Active, db.At(at), db.At(at))
	return err
}

func updateItem(ctx context.Context, tx *db.Tx, f ItemForm, at time.Time) (int64, error) {
	return db.Exec(ctx, tx, `UPDATE rewards_item SET category_id = $2, name = $3, name_fil = $4, description = $5, price = $6, unit = $7,
		reorder_point = $8, icon = $9, picture = $10, active = $11, updated_at = $12 WHERE id = $1`,
		f.ID, db.NullID(f.Category), f.Name, f.NameFil, f.Description, int64(f.Price), f.Unit, f.ReorderPoint, f.Icon, f.Picture, f.Active, db.At(at))
}

// updateStock moves an item's stock when what is there allows it, and fills in the
// move's place in the item's chain.
func updateStock(ctx context.Context, tx *db.Tx, m *Move) (bool, error) {
	err := tx.QueryRowContext(ctx, `UPDATE rewards_item SET stock = stock + $1, stock_version = stock_version + 1
		WHERE id = $2 AND stock - held >= $3 RETURNING name, stock, stock_version`,
		m.Quantity, m.ItemID, -m.Quantity).Scan(&m.ItemName, &m.StockAfter, &m.Version)
	if db.IsNoRows(err) {
		return false, nil
	}
	return err == nil, err
}

func insertMove(ctx context.Context, tx *db.Tx, actor audit.Actor, m Move) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO rewards_stock_move
		(id, item_id, version, kind, quantity, stock_after, reason, document_no, redemption_id, actor_id, actor_name, created_at, day)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		m.ID, m.ItemID, m.Version, string(m.Kind), m.Quantity, m.StockAfter, m.Reason, m.DocumentNo, m.RedemptionID,
		db.NullID(actor.ID), m.ActorName, db.At(m.At), db.Day(m.At))
	return err
}

func listMoves(ctx context.Context, q db.Q, f MoveFilter, after db.Cursor, limit int) ([]Move, error) {
	var where db.Where
	if f.Item != uuid.Nil {
		where.And("m.item_id = ?", f.Item)
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
	query := `SELECT m.id, m.item_id, i.name, m.version, m.kind, m.quantity, m.stock_after, m.reason, m.document_no, m.redemption_id, m.actor_name, m.created_at
		FROM rewards_stock_move m JOIN rewards_item i ON i.id = m.item_id
		WHERE ` + where.String() + ` ORDER BY m.created_at DESC, m.id DESC ` + where.Bind("LIMIT ?", limit)
	return db.Collect(ctx, q, func(r db.Row) (m Move, err error) {
		err = r.Scan(&m.ID, &m.ItemID, &m.ItemName, &m.Version, &m.Kind, &m.Quantity, &m.StockAfter, &m.Reason, &m.DocumentNo, &m.RedemptionID, &m.ActorName, db.Into(&m.At))
		return m, err
	}, query, where.Args()...)
}
