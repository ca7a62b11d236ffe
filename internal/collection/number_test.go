package collection_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"ekolek/internal/db"
)

// Weigh-ins that were booked before there were numbers get theirs in the order of their
// booking, and the next one goes on from there.
func TestOldWeighInsAreNumbered(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		var keys []string
		for i := range 5 {
			e := w.entry(w.juan, w.pet, 1_000, 0)
			w.now = monday.Add(time.Duration(10-i) * time.Minute) // the last one is the oldest
			w.record(t, e)
			keys = append([]string{e.RequestKey}, keys...)
		}
		undo := []string{"DROP INDEX collection_weigh_in_number", "ALTER TABLE collection_weigh_in DROP COLUMN number"}
		if w.db.Engine() == db.SQLite {
			undo = append([]string{"DROP TRIGGER collection_weigh_in_count"}, undo...)
		}
		migration, err := os.ReadFile("../db/migrations/0017_collection_number." + string(w.db.Engine()) + ".sql")
		if err != nil {
			t.Fatal(err)
		}
		for _, statement := range append(undo, strings.ReplaceAll(string(migration), "-- +goose", "--")) {
			if _, err := w.db.Writer().ExecContext(t.Context(), statement); err != nil {
				t.Fatalf("%s: %v", statement, err)
			}
		}
		for i, key := range keys {
			var number int
			if err := w.db.QueryRowContext(t.Context(), `SELECT number FROM collection_weigh_in WHERE request_key = $1`, key).Scan(&number); err != nil || number != i+1 {
				t.Errorf("%s has number %d, %v; want %d", key, number, err, i+1)
			}
		}
		if got := w.record(t, w.entry(w.juan, w.pet, 1_000, 0)); got.Number != 6 {
			t.Errorf("the next one has number %d", got.Number)
		}
	})
}
