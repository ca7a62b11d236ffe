package report_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/collection"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/report"
	"ekolek/internal/rewards"
	"ekolek/internal/testkit"
)

// world is a small city with two materials and one reward.
type world struct {
	*testkit.World
	book       *collection.Service
	store      *rewards.Service
	report     *report.Service
	juan, ines people.Resident // of Barangays[0], of Barangays[2]
	pet, glass uuid.UUID       // 5 points a kilogram and avoids 1.1642 kg of CO2e; 1 point and no factor
	rice       uuid.UUID       // 50 points
	keys       int
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{World: testkit.NewWorld(t, d)}
	w.book, w.store = collection.New(d, w.Notify, w.Clock.Now), rewards.New(d, w.Notify, w.Clock.Now)
	w.report = report.New(d, w.People, w.Clock.Now)
	w.juan, w.ines = w.Resident(t, w.Barangays[0]), w.Resident(t, w.Barangays[2])
	w.pet = w.material(t, collection.TypeForm{Name: "PET bottles", NameFil: "Bote ng PET", Class: collection.Recyclable, Factor: "PET", Active: true, Rate: 500})
	w.glass = w.material(t, collection.TypeForm{Name: "=Glass", NameFil: "Bubog", Class: collection.Recyclable, Active: true, Rate: 100})
	var err error
	w.rice, err = w.store.SaveItem(t.Context(), w.Actor(w.Admin), rewards.ItemForm{Name: "Rice", NameFil: "Bigas", Unit: "kg", Price: 5_000, Stock: 12, ReorderPoint: 10, Active: true})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func eachWorld(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, d *db.DB) { f(t, newWorld(t, d)) })
}

func (w *world) material(t *testing.T, f collection.TypeForm) uuid.UUID {
	t.Helper()
	id, err := w.book.SaveType(t.Context(), w.Actor(w.Admin), f)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (w *world) weigh(t *testing.T, r people.Resident, material uuid.UUID, grams ledger.Grams) collection.Receipt {
	t.Helper()
	w.keys++
	got, err := w.book.Record(t.Context(), w.Actor(w.Admin), people.City, collection.Entry{RequestKey: fmt.Sprint(w.keys), Resident: r.ID, IdentifiedBy: "card",
		Note: "+1 sack", Lines: []collection.EntryLine{{Type: material, Gross: grams + 100, Tare: 100}}})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func (w *world) redeem(t *testing.T, r people.Resident, quantity int64) rewards.Receipt {
	t.Helper()
	w.keys++
	got, err := w.store.Redeem(t.Context(), w.Actor(w.Admin), people.City, rewards.Request{RequestKey: fmt.Sprint(w.keys), Resident: r.ID, Wants: []rewards.Want{{Item: w.rice, Quantity: quantity}}, IdentifiedBy: "search", Phone: true})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func (w *world) void(t *testing.T, id uuid.UUID) {
	t.Helper()
	if _, err := w.book.Void(t.Context(), w.Actor(w.Admin), people.City, id, "wrong card"); err != nil {
		t.Fatal(err)
	}
}

// day is so many days after the world's first one, as a day column has it.
func (w *world) day(back int) string {
	return w.Clock.Now().In(db.Manila).AddDate(0, 0, -back).Format(time.DateOnly)
}

func openSQLite(t *testing.T) *db.DB { t.Helper(); return testkit.DB(t) }

const aDay = 24 * time.Hour
