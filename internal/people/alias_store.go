package people

import (
	"context"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

func insertAlias(ctx context.Context, tx *db.Tx, legacy, barangay uuid.UUID) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO people_barangay_alias (legacy_id, barangay_id) VALUES ($1, $2)
		ON CONFLICT (legacy_id) DO NOTHING`, legacy, barangay)
	return err
}

func listAliases(ctx context.Context, q db.Q) (map[uuid.UUID]uuid.UUID, error) {
	type alias struct{ legacy, barangay uuid.UUID }
	rows, err := db.Collect(ctx, q, func(r db.Row) (a alias, err error) {
		err = r.Scan(&a.legacy, &a.barangay)
		return a, err
	}, `SELECT legacy_id, barangay_id FROM people_barangay_alias ORDER BY legacy_id LIMIT 1000`)
	aliases := make(map[uuid.UUID]uuid.UUID, len(rows))
	for _, a := range rows {
		aliases[a.legacy] = a.barangay
	}
	return aliases, err
}

func barangayKnownAs(ctx context.Context, q db.Q, id uuid.UUID) (Barangay, error) {
	b, err := scanBarangay(q.QueryRowContext(ctx, `SELECT `+barangayColumns+` FROM people_barangay b
		WHERE b.id IN ($1, (SELECT a.barangay_id FROM people_barangay_alias a WHERE a.legacy_id = $1))`, id))
	if db.IsNoRows(err) {
		err = ErrBarangayNotFound
	}
	return b, err
}
