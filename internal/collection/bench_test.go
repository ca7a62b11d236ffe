package collection_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/collection"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

// A collectors' rush: 16 at once, three materials each, every resident another one's
// turn. `go test -bench Record ./internal/collection` prints weigh-ins a second.
func BenchmarkRecord(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkRecord(b, testkit.DB(b)) })
	b.Run("postgres", func(b *testing.B) { benchmarkRecord(b, testkit.Postgres(b)) })
}

func benchmarkRecord(b *testing.B, d *db.DB) {
	w := testkit.NewWorld(b, d)
	book := collection.New(d, w.Notify, w.Clock.Now)
	var materials []uuid.UUID
	for i := range 20 {
		id, err := book.SaveType(b.Context(), w.Actor(w.Admin), collection.TypeForm{Name: fmt.Sprint("material ", i), Class: collection.Recyclable, Active: true, Rate: ledger.Rate(100 * i)})
		if err != nil {
			b.Fatal(err)
		}
		materials = append(materials, id)
	}
	var residents []people.Resident
	for i := range 32 {
		residents = append(residents, w.Resident(b, w.Barangays[i%27]))
	}
	var n atomic.Int64
	b.SetParallelism(8)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := int(n.Add(1))
			e := collection.Entry{RequestKey: fmt.Sprint(i), Resident: residents[i%32].ID, IdentifiedBy: "card", Lines: []collection.EntryLine{
				{Type: materials[i%20], Gross: 2_450, Tare: 50}, {Type: materials[(i+7)%20], Gross: 900}, {Type: materials[(i+13)%20], Gross: 12_000}}}
			if _, err := book.Record(b.Context(), w.Actor(w.Admin), people.City, e); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "weigh-ins/s")
}
