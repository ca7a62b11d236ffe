package schedule

import (
	"context"
	"time"

	"ekolek/internal/db"
)

// maxHolidays is more than any office edits in a lifetime.
const maxHolidays = 2000

func listHolidays(ctx context.Context, q db.Q) ([]edited, error) {
	return db.Collect(ctx, q, func(r db.Row) (e edited, err error) {
		err = r.Scan(&e.ID, &e.Day, &e.Name, &e.NameFil, &e.Kind, &e.deleted)
		return e, err
	}, `SELECT id, day, name, name_fil, kind, deleted FROM schedule_holiday ORDER BY day DESC, id LIMIT $1`, maxHolidays)
}

func upsertHoliday(ctx context.Context, tx *db.Tx, e edited, at time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO schedule_holiday (id, day, name, name_fil, kind, deleted, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO UPDATE SET day = excluded.day, name = excluded.name, name_fil = excluded.name_fil, kind = excluded.kind,
			deleted = excluded.deleted, updated_at = excluded.updated_at`,
		e.ID, e.Day, e.Name, e.NameFil, string(e.Kind), e.deleted, db.At(at))
	return err
}
