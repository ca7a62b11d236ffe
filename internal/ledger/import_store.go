package ledger

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// idList binds ids for an IN.
func idList(where *db.Where, ids []uuid.UUID) string {
	marks := make([]string, len(ids))
	for i, id := range ids {
		marks[i] = where.Bind("?", id)
	}
	return "(" + strings.Join(marks, ", ") + ")"
}

func selectKnownPrior(ctx context.Context, q db.Q, ids []uuid.UUID) (map[uuid.UUID]bool, error) {
	known := make(map[uuid.UUID]bool, len(ids))
	if len(ids) == 0 {
		return known, nil
	}
	var where db.Where
	list := idList(&where, ids)
	found, err := db.Collect(ctx, q, func(r db.Row) (id uuid.UUID, err error) {
		err = r.Scan(&id)
		return id, err
	}, `SELECT id FROM ledger_prior_entry WHERE id IN `+list, where.Args()...)
	for _, id := range found {
		known[id] = true
	}
	return known, err
}

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
	list := idList(&where, accounts)
	found, err := db.Collect(ctx, q, func(r db.Row) (o opening, err error) {
		err = r.Scan(&o.account, &o.points)
		return o, err
	}, `SELECT credit_account, points FROM ledger_transfer WHERE `+kind+` AND source_id = credit_account AND source_id IN `+list, where.Args()...)
	for _, o := range found {
		openings[o.account] = o.points
	}
	return openings, err
}
