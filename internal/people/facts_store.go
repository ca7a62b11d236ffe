package people

import (
	"context"

	"ekolek/internal/db"
)

func facts(ctx context.Context, q db.Q) (f Facts, err error) {
	err = q.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM people_family), (SELECT max(created_at) FROM people_card_key WHERE retired_at IS NULL),
		EXISTS (SELECT 1 FROM people_card_key WHERE private_key LIKE 'p:%')`).
		Scan(&f.Families, db.IntoNull(&f.CardKeyMade), &f.KeyReadable)
	return f, err
}
