package rewards

import (
	"context"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

const selectPlace = `SELECT id, name, active, is_default FROM rewards_place `

func scanPlace(r db.Row) (p Place, err error) {
	err = r.Scan(&p.ID, &p.Name, &p.Active, &p.Default)
	return p, err
}

func listPlaces(ctx context.Context, q db.Q) ([]Place, error) {
	return db.Collect(ctx, q, scanPlace, selectPlace+`ORDER BY is_default DESC, name_key LIMIT $1`, db.MaxLimit)
}

// placeByID finds a place; uuid.Nil is the default.
func placeByID(ctx context.Context, q db.Q, id uuid.UUID) (Place, error) {
	p, err := scanPlace(q.QueryRowContext(ctx, selectPlace+`WHERE id = $1 OR ($2 AND is_default)`, id, id == uuid.Nil))
	if db.IsNoRows(err) {
		err = ErrPlaceNotFound
	}
	return p, err
}

func insertPlace(ctx context.Context, tx *db.Tx, id uuid.UUID, f PlaceForm, at time.Time) (bool, error) {
	n, err := db.Exec(ctx, tx, `INSERT INTO rewards_place (id, name, name_key, active, is_default, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name_key) DO NOTHING`,
		id, f.Name, fold(f.Name), f.Active, f.Default, db.At(at), db.At(at))
	return n == 1, err
}

// updatePlace leaves the default place the default until another one is, and does not
// close it: then it is false.
func updatePlace(ctx context.Context, tx *db.Tx, f PlaceForm, at time.Time) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE rewards_place SET name = $2, name_key = $3, active = $4, is_default = is_default OR $5, updated_at = $6
		WHERE id = $1 AND ($7 OR NOT is_default)`, f.ID, f.Name, fold(f.Name), f.Active, f.Default, db.At(at), f.Active)
	return n == 1, err
}

func clearDefault(ctx context.Context, tx *db.Tx, but uuid.UUID, at time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE rewards_place SET is_default = FALSE, updated_at = $2 WHERE is_default AND id <> $1`, but, db.At(at))
	return err
}

func placeNameTaken(ctx context.Context, q db.Q, key string, but uuid.UUID) (taken bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM rewards_place WHERE name_key = $1 AND id <> $2)`, key, but).Scan(&taken)
	return taken, err
}

func stockOf(ctx context.Context, q db.Q, item uuid.UUID) ([]PlaceStock, error) {
	return db.Collect(ctx, q, func(r db.Row) (s PlaceStock, err error) {
		err = r.Scan(&s.Place.ID, &s.Place.Name, &s.Place.Active, &s.Place.Default, &s.Stock, &s.Held)
		return s, err
	}, `SELECT p.id, p.name, p.active, p.is_default, COALESCE(s.stock, 0), COALESCE(s.held, 0)
		FROM rewards_place p LEFT JOIN rewards_stock s ON s.place_id = p.id AND s.item_id = $1
		WHERE p.active OR s.stock > 0 ORDER BY p.is_default DESC, p.name_key LIMIT $2`, item, db.MaxLimit)
}
