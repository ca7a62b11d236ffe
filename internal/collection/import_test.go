package collection_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/collection"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

// TestImportWeighIns brings more rows than one statement takes, twice.
func TestImportWeighIns(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		resident := w.Resident(t, w.Barangays[0])
		kind, from := db.NewID(), w.Clock.Now().Add(-1000*time.Hour)
		batch := make([]collection.PriorWeighIn, 450)
		ids := make([]uuid.UUID, len(batch))
		for i := range batch {
			ids[i] = db.NewID()
			batch[i] = collection.PriorWeighIn{
				ID: ids[i], Key: ids[i].String(), ResidentID: resident.ID, FamilyID: resident.FamilyID, BarangayID: resident.BarangayID,
				At: from.Add(time.Duration(i) * time.Hour), TypeID: kind, Grams: 2000, Rate: 500, Points: 1000,
			}
		}
		bring := func() (typed bool, n int) {
			err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
				form := collection.TypeForm{Name: "Lumang bote", Class: collection.Recyclable, Rate: 500, Active: true}
				if typed, err = collection.ImportType(ctx, tx, collection.PriorType{ID: kind, Form: form, From: from, At: w.Clock.Now()}); err != nil {
					return err
				}
				n, err = collection.ImportWeighIns(ctx, tx, batch)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return typed, n
		}
		if typed, n := bring(); !typed || n != len(batch) {
			t.Errorf("the first time: type %v, %d weigh-ins, want %d", typed, n, len(batch))
		}
		if typed, n := bring(); typed || n != 0 {
			t.Errorf("the second time: type %v, %d weigh-ins, want none", typed, n)
		}
		service := collection.New(d, w.Notify, w.Clock.Now)
		_, totals, err := service.WeighIns(t.Context(), people.City, collection.Filter{Type: kind})
		if err != nil || totals.Count != 450 || totals.Grams != 900_000 || totals.Points != 450_000 {
			t.Errorf("totals %+v (%v)", totals, err)
		}
		rates, err := service.RateHistory(t.Context(), kind)
		if err != nil || len(rates) != 1 || rates[0].Rate != 500 || !rates[0].From.Equal(from) {
			t.Errorf("rates %+v (%v), want one from the oldest weigh-in on", rates, err)
		}
		known, err := collection.KnownWeighIns(t.Context(), d, append(ids[:3:3], db.NewID()))
		if err != nil || len(known) != 3 {
			t.Errorf("%d are known, want 3 (%v)", len(known), err)
		}
		if b, err := ledger.BalanceOf(t.Context(), d, resident.ID); err != nil || b.Posted != 0 {
			t.Errorf("the import paid %s points (%v)", b.Posted, err)
		}
	})
}
