package rewards

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

func selectItems(ctx context.Context, q db.Q, ids []uuid.UUID) (map[uuid.UUID]Item, error) {
	items := make(map[uuid.UUID]Item, len(ids))
	if len(ids) == 0 {
		return items, nil
	}
	found, err := listItems(ctx, q, itemFilter{ids: ids})
	for _, i := range found {
		items[i.ID] = i
	}
	return items, err
}

// insertPriorItem adds a reward without stock: that comes by its opening move.
func insertPriorItem(ctx context.Context, tx *db.Tx, i Item, created, at time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO rewards_item
		(id, category_id, name, description, price, icon, picture, active, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		i.ID, i.CategoryID, i.Name, i.Description, int64(i.Price), i.Icon, i.Picture, i.Active, db.At(created), db.At(at))
	return err
}

func insertPriorMoves(ctx context.Context, tx *db.Tx, batch []PriorMove) (int, error) {
	var values db.Where
	rows := make([]string, len(batch))
	for i, m := range batch {
		rows[i] = values.Bind("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			m.ID, m.ItemID, m.Action, m.Quantity, m.Before, m.After, m.ActorID, m.ResidentID, m.RedemptionID, m.Note, db.At(m.At))
	}
	n, err := db.Exec(ctx, tx, `INSERT INTO rewards_prior_move
		(id, item_id, action, quantity, stock_before, stock_after, actor_id, resident_id, redemption_id, note, created_at)
		VALUES `+strings.Join(rows, ", ")+` ON CONFLICT (id) DO NOTHING`, values.Args()...)
	return int(n), err
}

func insertPriorRedemptions(ctx context.Context, tx *db.Tx, batch []PriorRedemption) (int, error) {
	var values db.Where
	rows := make([]string, len(batch))
	for i, r := range batch {
		rows[i] = values.Bind("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'import', ?, TRUE, ?, ?)",
			r.ID, r.ResidentID, r.FamilyID, r.BarangayID, DefaultPlace, r.ItemID, r.Quantity, int64(r.Price), int64(r.Points),
			r.StaffID, r.StaffName, r.Note, db.At(r.At), db.Day(r.At))
	}
	n, err := db.Exec(ctx, tx, `INSERT INTO rewards_redemption
		(id, resident_id, family_id, barangay_id, place_id, item_id, quantity, price, points,
		staff_id, staff_name, identified, note, imported, created_at, day)
		VALUES `+strings.Join(rows, ", ")+` ON CONFLICT (id) DO NOTHING`, values.Args()...)
	return int(n), err
}

// listPictureless are items that had a picture in a former system and have none here.
func listPictureless(ctx context.Context, q db.Q, after uuid.UUID, limit int) ([]Item, error) {
	return db.Collect(ctx, q, func(r db.Row) (i Item, err error) { return i, r.Scan(&i.ID, &i.Name, &i.Picture) },
		`SELECT id, name, picture FROM rewards_item WHERE picture <> '' AND picture_id IS NULL AND id > $1 ORDER BY id LIMIT $2`, after, limit)
}
