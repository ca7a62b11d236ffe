package collection

import (
	"context"
	"strings"

	"ekolek/internal/db"
)

func insertPriorWeighIns(ctx context.Context, tx *db.Tx, batch []PriorWeighIn) (int, error) {
	var values db.Where
	rows := make([]string, len(batch))
	for i, w := range batch {
		rows[i] = values.Bind("(?, ?, '', ?, ?, ?, ?, ?, 'import', ?, ?, ?, TRUE, ?, ?, ?)",
			w.ID, w.Key, w.ResidentID, w.FamilyID, w.BarangayID, w.CollectorID, w.CollectorName,
			int64(w.Grams), int64(w.Points), w.Note, db.At(w.At), db.At(w.At), db.Day(w.At))
	}
	n, err := db.Exec(ctx, tx, `INSERT INTO collection_weigh_in
		(id, request_key, request_hash, resident_id, family_id, barangay_id, collector_id, collector_name, identified,
		grams, points, note, imported, collected_at, created_at, day)
		VALUES `+strings.Join(rows, ", ")+` ON CONFLICT DO NOTHING`, values.Args()...)
	return int(n), err
}

func insertPriorLines(ctx context.Context, tx *db.Tx, batch []PriorWeighIn) error {
	var values db.Where
	rows := make([]string, len(batch))
	for i, w := range batch {
		rows[i] = values.Bind("(?, 1, ?, ?, 0, ?, ?, ?)",
			w.ID, w.TypeID, int64(w.Grams), int64(w.Grams), int64(w.Rate), int64(w.Points))
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO collection_weigh_in_line
		(weigh_in_id, line, waste_type_id, gross_grams, tare_grams, grams, rate, points)
		VALUES `+strings.Join(rows, ", ")+` ON CONFLICT DO NOTHING`, values.Args()...)
	return err
}
