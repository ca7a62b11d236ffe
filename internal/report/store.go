package report

import (
	"context"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
)

func pending(ctx context.Context, q db.Q, scope people.Scope) (p Pending, err error) {
	var where db.Where
	where.And("r.status = 'pending'")
	scope.Narrow(&where, "f.barangay_id")
	err = q.QueryRowContext(ctx, `SELECT count(*), min(r.created_at)
		FROM people_resident r JOIN people_family f ON f.id = r.family_id WHERE `+where.String(), where.Args()...).Scan(&p.Count, db.IntoNull(&p.Oldest))
	return p, err
}

func lowStock(ctx context.Context, q db.Q, limit int) ([]LowItem, error) {
	return db.Collect(ctx, q, func(r db.Row) (i LowItem, err error) {
		err = r.Scan(&i.ID, &i.Name, &i.NameFil, &i.Unit, &i.Icon, &i.Left, &i.ReorderPoint)
		return i, err
	}, `SELECT i.id, i.name, i.name_fil, i.unit, i.icon, CAST(COALESCE(sum(s.stock - s.held), 0) AS BIGINT) AS available, i.reorder_point
		FROM rewards_item i LEFT JOIN rewards_stock s ON s.item_id = i.id
		WHERE i.active AND i.reorder_point > 0
		GROUP BY i.id, i.name, i.name_fil, i.unit, i.icon, i.reorder_point
		HAVING COALESCE(sum(s.stock - s.held), 0) <= i.reorder_point ORDER BY available, i.name, i.id LIMIT $1`, limit)
}

// weighed is the condition of weigh-ins w that count, in a span of days.
func weighed(scope people.Scope, days span) *db.Where {
	var where db.Where
	where.And("w.day >= ? AND w.day <= ? AND w.voided_at IS NULL", days.from, days.to)
	scope.Narrow(&where, "w.barangay_id")
	return &where
}

func sums(ctx context.Context, q db.Q, scope people.Scope, days span) (s Sums, err error) {
	where := weighed(scope, days)
	err = q.QueryRowContext(ctx, `SELECT count(*), count(DISTINCT w.family_id), CAST(COALESCE(sum(w.grams), 0) AS BIGINT)
		FROM collection_weigh_in w WHERE `+where.String(), where.Args()...).Scan(&s.WeighIns, &s.Families, &s.Grams)
	if err != nil {
		return s, err
	}
	var redeemed db.Where
	redeemed.And("d.day >= ? AND d.day <= ? AND d.returned_at IS NULL", days.from, days.to)
	scope.Narrow(&redeemed, "d.barangay_id")
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM rewards_redemption d WHERE `+redeemed.String(), redeemed.Args()...).Scan(&s.Redemptions)
	if err != nil {
		return s, err
	}
	byDay, err := pointsByDay(ctx, q, scope, days)
	for _, p := range byDay {
		s.Earned += p.earned
		s.Redeemed += p.redeemed
	}
	return s, err
}

func gramsByDay(ctx context.Context, q db.Q, scope people.Scope, days span) (map[string]ledger.Grams, error) {
	where := weighed(scope, days)
	rows, err := q.QueryContext(ctx, `SELECT w.day, CAST(sum(w.grams) AS BIGINT) FROM collection_weigh_in w WHERE `+where.String()+` GROUP BY w.day`, where.Args()...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]ledger.Grams{}
	for rows.Next() {
		var day string
		var grams ledger.Grams
		if err := rows.Scan(&day, &grams); err != nil {
			return nil, err
		}
		out[day] = grams
	}
	return out, rows.Err()
}

// dayPoints are a day's points; what a reversal took back counts against its side.
type dayPoints struct{ earned, redeemed ledger.Points }

// earnedAndRedeemed sums transfers t. Opening balances of an import are neither.
const earnedAndRedeemed = `
	CAST(COALESCE(sum(CASE WHEN t.kind IN ('redemption', 'import') OR (t.kind = 'reversal' AND t.credit_account = t.account_id) THEN 0
		WHEN t.credit_account = t.account_id THEN t.points ELSE -t.points END), 0) AS BIGINT),
	CAST(COALESCE(sum(CASE WHEN t.kind = 'redemption' THEN t.points
		WHEN t.kind = 'reversal' AND t.credit_account = t.account_id THEN -t.points ELSE 0 END), 0) AS BIGINT)`

func pointsByDay(ctx context.Context, q db.Q, scope people.Scope, days span) (map[string]dayPoints, error) {
	var where db.Where
	where.And("t.day >= ? AND t.day <= ?", days.from, days.to)
	from := "ledger_transfer t"
	if !scope.All {
		from += " JOIN people_resident r ON r.id = t.account_id JOIN people_family f ON f.id = r.family_id"
		scope.Narrow(&where, "f.barangay_id")
	}
	rows, err := q.QueryContext(ctx, `SELECT t.day, `+earnedAndRedeemed+` FROM `+from+` WHERE `+where.String()+` GROUP BY t.day`, where.Args()...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]dayPoints{}
	for rows.Next() {
		var day string
		var p dayPoints
		if err := rows.Scan(&day, &p.earned, &p.redeemed); err != nil {
			return nil, err
		}
		out[day] = p
	}
	return out, rows.Err()
}

func materials(ctx context.Context, q db.Q, scope people.Scope, days span, limit int) ([]Material, error) {
	where := weighed(scope, days)
	query := `SELECT t.id, t.name, t.name_fil, t.icon, CAST(sum(l.grams) AS BIGINT) AS total
		FROM collection_weigh_in w
		JOIN collection_weigh_in_line l ON l.weigh_in_id = w.id
		JOIN collection_waste_type t ON t.id = l.waste_type_id
		WHERE ` + where.String() + ` GROUP BY t.id, t.name, t.name_fil, t.icon ORDER BY total DESC, t.name ` + where.Bind("LIMIT ?", limit)
	return db.Collect(ctx, q, func(r db.Row) (m Material, err error) {
		err = r.Scan(&m.ID, &m.Name, &m.NameFil, &m.Icon, &m.Grams)
		return m, err
	}, query, where.Args()...)
}

// barangays are in order of kilos for each person; those whose population is not known
// come last.
func barangays(ctx context.Context, q db.Q, scope people.Scope, days span, limit int) ([]BarangayKilos, error) {
	where := weighed(scope, days)
	query := `SELECT b.id, b.name, b.population, CAST(sum(w.grams) AS BIGINT) AS total,
			CASE WHEN b.population > 0 THEN CAST(sum(w.grams) AS BIGINT) * 1000 / b.population ELSE 0 END AS per_thousand
		FROM collection_weigh_in w JOIN people_barangay b ON b.id = w.barangay_id
		WHERE ` + where.String() + ` GROUP BY b.id, b.name, b.population ORDER BY per_thousand DESC, total DESC, b.name ` + where.Bind("LIMIT ?", limit)
	return db.Collect(ctx, q, func(r db.Row) (b BarangayKilos, err error) {
		err = r.Scan(&b.ID, &b.Name, &b.Population, &b.Grams, &b.PerThousand)
		return b, err
	}, query, where.Args()...)
}

// recycled is what one waste type weighed since the beginning.
type recycled struct {
	typeID    uuid.UUID
	grams     ledger.Grams
	factor    bool  // WARM has one
	avoidedMg int64 // milligrams of CO2e a kilogram
}

func recycledByType(ctx context.Context, q db.Q) ([]recycled, error) {
	return db.Collect(ctx, q, func(r db.Row) (x recycled, err error) {
		err = r.Scan(&x.typeID, &x.grams, &x.factor, &x.avoidedMg)
		return x, err
	}, `SELECT t.id, CAST(sum(l.grams) AS BIGINT), t.factor <> '', t.avoided_mg
		FROM collection_weigh_in_line l
		JOIN collection_weigh_in w ON w.id = l.weigh_in_id
		JOIN collection_waste_type t ON t.id = l.waste_type_id
		WHERE w.voided_at IS NULL GROUP BY t.id, t.factor, t.avoided_mg`)
}

func cityCounts(ctx context.Context, q db.Q) (c CityTotals, err error) {
	err = q.QueryRowContext(ctx, `SELECT
		(SELECT count(*) FROM people_family WHERE status = 'approved'),
		(SELECT count(*) FROM people_resident WHERE status = 'approved'),
		(SELECT count(*) FROM collection_weigh_in WHERE voided_at IS NULL),
		(SELECT CAST(COALESCE(sum(grams), 0) AS BIGINT) FROM collection_weigh_in WHERE voided_at IS NULL),
		(SELECT count(*) FROM rewards_redemption WHERE returned_at IS NULL),
		(SELECT CAST(COALESCE(sum(points), 0) AS BIGINT) FROM collection_weigh_in WHERE voided_at IS NULL),
		(SELECT CAST(COALESCE(sum(points), 0) AS BIGINT) FROM rewards_redemption WHERE returned_at IS NULL)`).
		Scan(&c.Families, &c.Residents, &c.WeighIns, &c.Grams, &c.Redemptions, &c.Earned, &c.Redeemed)
	return c, err
}

func mostGiven(ctx context.Context, q db.Q, limit int) ([]Given, error) {
	return db.Collect(ctx, q, func(r db.Row) (g Given, err error) {
		err = r.Scan(&g.Name, &g.NameFil, &g.Unit, &g.Icon, &g.Quantity)
		return g, err
	}, `SELECT i.name, i.name_fil, i.unit, i.icon, CAST(sum(d.quantity) AS BIGINT) AS total
		FROM rewards_redemption d JOIN rewards_item i ON i.id = d.item_id
		WHERE d.returned_at IS NULL GROUP BY i.id, i.name, i.name_fil, i.unit, i.icon ORDER BY total DESC, i.name LIMIT $1`, limit)
}
