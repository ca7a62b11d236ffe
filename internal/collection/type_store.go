package collection

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
)

// inForce is the rate of waste type t that applies at the moment ?.
const inForce = `r.waste_type_id = t.id AND r.effective_from =
	(SELECT max(x.effective_from) FROM collection_rate x WHERE x.waste_type_id = t.id AND x.effective_from <= ?)`

func listTypes(ctx context.Context, q db.Q, at time.Time) ([]WasteType, error) {
	return selectTypes(ctx, q, at, &db.Where{})
}

// typesAt gives those of the waste types that had a rate at a moment, with that rate.
func typesAt(ctx context.Context, q db.Q, at time.Time, ids []uuid.UUID) (map[uuid.UUID]WasteType, error) {
	byID := make(map[uuid.UUID]WasteType, len(ids))
	if len(ids) == 0 {
		return byID, nil
	}
	var where db.Where
	marks := make([]string, len(ids))
	for i, id := range ids {
		marks[i] = where.Bind("?", id)
	}
	where.And("t.id IN (" + strings.Join(marks, ", ") + ")")
	types, err := selectTypes(ctx, q, at, &where)
	for _, t := range types {
		byID[t.ID] = t
	}
	return byID, err
}

func selectTypes(ctx context.Context, q db.Q, at time.Time, where *db.Where) ([]WasteType, error) {
	return db.Collect(ctx, q, scanType, `SELECT t.id, t.name, t.name_fil, t.class, t.factor, t.icon, t.position, t.active, r.rate, r.effective_from
		FROM collection_waste_type t JOIN collection_rate r ON `+where.Bind(inForce, db.At(at))+`
		WHERE `+where.String()+` ORDER BY t.position, t.name, t.id`, where.Args()...)
}

func scanType(r db.Row) (t WasteType, err error) {
	err = r.Scan(&t.ID, &t.Name, &t.NameFil, &t.Class, &t.Factor, &t.Icon, &t.Position, &t.Active, &t.Rate, db.Into(&t.RateSince))
	return t, err
}

// insertType is false when the name is taken.
func insertType(ctx context.Context, tx *db.Tx, id uuid.UUID, f TypeForm, at time.Time) (bool, error) {
	factor, _ := FactorOf(f.Factor) // the zero factor avoids nothing
	n, err := db.Exec(ctx, tx, `INSERT INTO collection_waste_type
		(id, name, name_key, name_fil, class, factor, avoided_mg, icon, position, active, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (name_key) DO NOTHING`,
		id, f.Name, fold(f.Name), f.NameFil, string(f.Class), f.Factor, factor.AvoidedMg, f.Icon, f.Position, f.Active, db.At(at), db.At(at))
	return n == 1, err
}

func updateType(ctx context.Context, tx *db.Tx, f TypeForm, at time.Time) (int64, error) {
	factor, _ := FactorOf(f.Factor) // the zero factor avoids nothing
	return db.Exec(ctx, tx, `UPDATE collection_waste_type SET name = $2, name_key = $3, name_fil = $4, class = $5, factor = $6,
		avoided_mg = $7, icon = $8, position = $9, active = $10, updated_at = $11 WHERE id = $1`,
		f.ID, f.Name, fold(f.Name), f.NameFil, string(f.Class), f.Factor, factor.AvoidedMg, f.Icon, f.Position, f.Active, db.At(at))
}

func typeNameTaken(ctx context.Context, q db.Q, key string, but uuid.UUID) (taken bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM collection_waste_type WHERE name_key = $1 AND id <> $2)`, key, but).Scan(&taken)
	return taken, err
}

// insertRate is false when the type already has a rate from that moment on.
func insertRate(ctx context.Context, tx *db.Tx, typeID uuid.UUID, rate ledger.Rate, from time.Time, by uuid.UUID, at time.Time) (bool, error) {
	n, err := db.Exec(ctx, tx, `INSERT INTO collection_rate (id, waste_type_id, rate, effective_from, created_by, created_at)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (waste_type_id, effective_from) DO NOTHING`,
		db.NewID(), typeID, int64(rate), db.At(from), db.NullID(by), db.At(at))
	return n == 1, err
}

func listRates(ctx context.Context, q db.Q, typeID uuid.UUID, limit int) ([]Rate, error) {
	return db.Collect(ctx, q, func(r db.Row) (x Rate, err error) {
		err = r.Scan(&x.ID, &x.Rate, db.Into(&x.From), &x.CreatedBy, db.Into(&x.CreatedAt))
		return x, err
	}, `SELECT id, rate, effective_from, created_by, created_at FROM collection_rate
		WHERE waste_type_id = $1 ORDER BY effective_from DESC LIMIT $2`, typeID, limit)
}
