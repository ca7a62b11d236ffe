package rewards

import (
	"context"
	"database/sql"
	"time"

	"github.com/google/uuid"

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
	at         bool          // count the stock of one place only
	place      uuid.UUID     // with at; uuid.Nil: the default
	ids        []uuid.UUID   // nil: all
}

const itemColumns = `i.id, i.category_id, COALESCE(c.name, ''), i.name, i.name_fil, i.description, i.description_fil, i.price, i.unit,
	COALESCE(i.unit_cost, 0), i.stock_number, COALESCE(s.stock, 0), COALESCE(s.held, 0), i.reorder_point, i.icon, i.picture, i.picture_id, i.thumbnail_id, i.active`

func scanItem(r db.Row) (i Item, err error) {
	err = r.Scan(&i.ID, &i.CategoryID, &i.CategoryName, &i.Name, &i.NameFil, &i.Description, &i.DescriptionFil, &i.Price, &i.Unit,
		&i.UnitCost, &i.StockNumber, &i.Stock, &i.Held, &i.ReorderPoint, &i.Icon, &i.Picture, &i.PictureID, &i.ThumbnailID, &i.Active)
	return i, err
}

func listItems(ctx context.Context, q db.Q, f itemFilter) ([]Item, error) {
	var where db.Where
	stock := "TRUE"
	if f.at {
		stock = "place_id = (SELECT id FROM rewards_place WHERE is_default)"
		if f.place != uuid.Nil {
			stock = where.Bind("place_id = ?", f.place)
		}
	}
	order := "i.name, i.id"
	if f.low {
		where.And("i.active AND i.reorder_point > 0 AND COALESCE(s.stock - s.held, 0) <= i.reorder_point")
		order = "COALESCE(s.stock - s.held, 0), i.name, i.id"
	}
	if f.affordable {
		where.And("i.active AND s.stock - s.held > 0 AND i.price <= ?", int64(f.upTo))
		order = "i.price DESC, i.name, i.id"
	}
	limit := db.MaxLimit
	if f.ids != nil {
		where.And("i.id IN " + where.IDs(f.ids))
		limit = len(f.ids)
	}
	query := `SELECT ` + itemColumns + ` FROM rewards_item i LEFT JOIN rewards_category c ON c.id = i.category_id
		LEFT JOIN (SELECT item_id, CAST(sum(stock) AS BIGINT) AS stock, CAST(sum(held) AS BIGINT) AS held
			FROM rewards_stock WHERE ` + stock + ` GROUP BY item_id) s ON s.item_id = i.id
		WHERE ` + where.String() + " ORDER BY " + order + where.Bind(" LIMIT ?", limit)
	return db.Collect(ctx, q, scanItem, query, where.Args()...)
}

func itemByID(ctx context.Context, q db.Q, id uuid.UUID) (Item, error) {
	found, err := listItems(ctx, q, itemFilter{ids: []uuid.UUID{id}})
	if err == nil && len(found) == 0 {
		err = ErrItemNotFound
	}
	if err != nil {
		return Item{}, err
	}
	return found[0], nil
}

func insertItem(ctx context.Context, tx *db.Tx, id uuid.UUID, f ItemForm, at time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO rewards_item
		(id, category_id, name, name_fil, description, description_fil, price, unit, unit_cost, stock_number, reorder_point, icon, picture, active, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		id, db.NullID(f.Category), f.Name, f.NameFil, f.Description, f.DescriptionFil, int64(f.Price), f.Unit, known(f.UnitCost), f.StockNumber,
		f.ReorderPoint, f.Icon, f.Picture, f.Active, db.At(at), db.At(at))
	return err
}

func updateItem(ctx context.Context, tx *db.Tx, f ItemForm, at time.Time) (int64, error) {
	return db.Exec(ctx, tx, `UPDATE rewards_item SET category_id = $2, name = $3, name_fil = $4, description = $5, description_fil = $6, price = $7, unit = $8,
		unit_cost = $9, stock_number = $10, reorder_point = $11, icon = $12, picture = $13, active = $14, updated_at = $15 WHERE id = $1`,
		f.ID, db.NullID(f.Category), f.Name, f.NameFil, f.Description, f.DescriptionFil, int64(f.Price), f.Unit, known(f.UnitCost), f.StockNumber,
		f.ReorderPoint, f.Icon, f.Picture, f.Active, db.At(at))
}

// known is an amount as an argument; NULL for 0.
func known(centavos int64) sql.NullInt64 {
	return sql.NullInt64{Int64: centavos, Valid: centavos != 0}
}

// replacePicture gives an item its picture and tells which files it had before. The row is
// locked first: of two pictures at the same time the later one deletes the earlier.
func replacePicture(ctx context.Context, tx *db.Tx, item, thumbnail, picture uuid.UUID, at time.Time) (name string, former []uuid.UUID, err error) {
	var had [2]uuid.NullUUID
	err = tx.QueryRowContext(ctx, `UPDATE rewards_item SET updated_at = $2 WHERE id = $1 RETURNING name, thumbnail_id, picture_id`, item, db.At(at)).
		Scan(&name, &had[0], &had[1])
	if db.IsNoRows(err) {
		err = ErrItemNotFound
	}
	if err != nil {
		return "", nil, err
	}
	for _, id := range had {
		if id.Valid {
			former = append(former, id.UUID)
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE rewards_item SET thumbnail_id = $2, picture_id = $3 WHERE id = $1`, item, thumbnail, picture)
	return name, former, err
}
