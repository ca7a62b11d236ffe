package report

import (
	"context"
	"math"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
)

func listMovements(ctx context.Context, q db.Q, resident uuid.UUID, f StatementFilter, limit int) ([]Movement, error) {
	var where db.Where
	if f.Before == 0 {
		f.Before = math.MaxInt64
	}
	where.And("t.account_id = ? AND t.account_version < ?", resident, f.Before)
	if f.From != "" {
		where.And("t.day >= ?", f.From)
	}
	if f.To != "" {
		where.And("t.day <= ?", f.To)
	}
	query := `SELECT t.id, t.account_version, t.created_at, t.kind, t.source_id,
			CASE WHEN t.credit_account = t.account_id THEN t.points ELSE -t.points END, t.balance_after, t.reason,
			COALESCE(w.grams, 0), COALESCE(i.name, ''), COALESCE(i.name_fil, ''), COALESCE(d.quantity, 0),
			u.id IS NOT NULL, COALESCE(o.kind, '')
		FROM ledger_transfer t
		LEFT JOIN ledger_transfer o ON o.id = t.reverses_id
		LEFT JOIN ledger_transfer u ON u.reverses_id = t.id
		LEFT JOIN collection_weigh_in w ON w.id = COALESCE(o.source_id, t.source_id)
		LEFT JOIN rewards_redemption d ON d.id = COALESCE(o.source_id, t.source_id)
		LEFT JOIN rewards_item i ON i.id = d.item_id
		WHERE ` + where.String() + ` ORDER BY t.account_version DESC ` + where.Bind("LIMIT ?", limit)
	return db.Collect(ctx, q, scanMovement, query, where.Args()...)
}

func scanMovement(r db.Row) (m Movement, err error) {
	err = r.Scan(&m.ID, &m.Version, db.Into(&m.At), &m.Kind, &m.Source, &m.Points, &m.BalanceAfter, &m.Reason,
		&m.Grams, &m.Item.En, &m.Item.Fil, &m.Quantity, &m.Undone, &m.Undoes)
	return m, err
}

// loadMaterials fills the materials of the weigh-ins among the movements with one query.
func loadMaterials(ctx context.Context, q db.Q, rows []Movement) error {
	at := map[uuid.UUID]*Movement{}
	var ids db.Where
	var marks []string
	for i := range rows {
		if rows[i].Kind == ledger.KindWeighIn {
			at[rows[i].Source] = &rows[i]
			marks = append(marks, ids.Bind("?", rows[i].Source))
		}
	}
	if len(marks) == 0 {
		return nil
	}
	type material struct {
		weighIn uuid.UUID
		Names
	}
	found, err := db.Collect(ctx, q, func(r db.Row) (m material, err error) {
		err = r.Scan(&m.weighIn, &m.En, &m.Fil)
		return m, err
	}, `SELECT l.weigh_in_id, t.name, t.name_fil FROM collection_weigh_in_line l JOIN collection_waste_type t ON t.id = l.waste_type_id
		WHERE l.weigh_in_id IN (`+strings.Join(marks, ", ")+`) ORDER BY l.weigh_in_id, l.line`, ids.Args()...)
	for _, m := range found {
		at[m.weighIn].Materials = append(at[m.weighIn].Materials, m.Names)
	}
	return err
}
