package ledger

import (
	"context"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

func selectOpenings(ctx context.Context, q db.Q, accounts []uuid.UUID) (map[uuid.UUID]Points, error) {
	openings := make(map[uuid.UUID]Points, len(accounts))
	if len(accounts) == 0 {
		return openings, nil
	}
	type opening struct {
		account uuid.UUID
		points  Points
	}
	var where db.Where
	kind := where.Bind("kind = ?", string(KindImport))
	list := where.IDs(accounts)
	found, err := db.Collect(ctx, q, func(r db.Row) (o opening, err error) {
		err = r.Scan(&o.account, &o.points)
		return o, err
	}, `SELECT credit_account, points FROM ledger_transfer WHERE `+kind+` AND source_id = credit_account AND source_id IN `+list, where.Args()...)
	for _, o := range found {
		openings[o.account] = o.points
	}
	return openings, err
}
