package schedule_test

import (
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/people"
	"ekolek/internal/schedule"
	"ekolek/internal/testkit"
)

// BenchmarkPickups reads the longest span of a whole city, and the next pick-up of one
// barangay, with a hundred acts of the office in force.
func BenchmarkPickups(b *testing.B) {
	w := newWorld(b, testkit.DB(b))
	for i, place := range w.Barangays {
		for day := 1; day <= 7; day += 2 {
			w.line(b, place.ID, 1+(day+i)%7, "07:00", "09:00")
		}
	}
	for i := range 100 {
		day := schedule.AddDays("2026-12-01", i)
		_, err := w.s.Except(b.Context(), w.office, people.City, schedule.ExceptionForm{RequestKey: day, Kind: schedule.Suspend, Reason: schedule.ReasonTyphoon,
			Barangays: []uuid.UUID{w.Barangays[i%27].ID, w.Barangays[(i+1)%27].ID}, Days: days(day)})
		must(b, err)
	}
	b.Run("city", func(b *testing.B) {
		for b.Loop() {
			_, err := w.s.Pickups(b.Context(), schedule.Query{From: "2026-12-01", To: "2027-01-31"})
			must(b, err)
		}
	})
	b.Run("next", func(b *testing.B) {
		for b.Loop() {
			_, err := w.s.Next(b.Context(), w.here)
			must(b, err)
		}
	})
}
