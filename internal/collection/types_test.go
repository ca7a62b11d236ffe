package collection_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"ekolek/internal/collection"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
)

func TestFactors(t *testing.T) {
	all := collection.Factors()
	if len(all) != 32 { // 36 materials, four of them without a published factor
		t.Errorf("%d factors", len(all))
	}
	for material, want := range map[string]int64{"PET": 1_164_200, "Aluminum Cans": 10_083_600, "Branches": -531_900, "Food Waste": 675_800} {
		if f, ok := collection.FactorOf(material); !ok || f.AvoidedMg != want {
			t.Errorf("%s avoids %d mg a kilogram, want %d", material, f.AvoidedMg, want)
		}
	}
	if _, ok := collection.FactorOf("PVC"); ok {
		t.Error("PVC has no published factor")
	}
}

func TestSaveType(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		form := collection.TypeForm{Name: " Tin  cans ", NameFil: "Lata", Class: collection.Recyclable, Factor: "Steel Cans", Icon: "art-can", Position: -1, Active: true, Rate: 825}
		id, err := w.book.SaveType(t.Context(), amihan, form)
		if err != nil {
			t.Fatal(err)
		}
		types, err := w.book.Types(t.Context())
		want := collection.WasteType{ID: id, Name: "Tin  cans", NameFil: "Lata", Class: collection.Recyclable, Factor: "Steel Cans", Icon: "art-can", Position: -1, Active: true, Rate: 825, RateSince: monday}
		if diff := cmp.Diff(want, types[0]); err != nil || len(types) != 3 || diff != "" {
			t.Errorf("%d types, %v\n%s", len(types), err, diff)
		}
		_, err = w.book.SaveType(t.Context(), amihan, collection.TypeForm{Name: "TIN CANS", Class: collection.Recyclable})
		wantError(t, "the same name again", err, collection.ErrTypeExists)
		_, err = w.book.SaveType(t.Context(), amihan, collection.TypeForm{ID: w.pet, Name: "tin cans", Class: collection.Recyclable})
		wantError(t, "renamed to a name in use", err, collection.ErrTypeExists)
		_, err = w.book.SaveType(t.Context(), amihan, collection.TypeForm{ID: db.NewID(), Name: "Ghost", Class: collection.Residual})
		wantError(t, "a type that is not there", err, collection.ErrTypeNotFound)
		form.ID, form.Active, form.Rate = id, false, 1
		if _, err := w.book.SaveType(t.Context(), amihan, form); err != nil {
			t.Error(err)
		}
		if got, err := w.book.TypeByID(t.Context(), id); err != nil || got.Active || got.Rate != 825 {
			t.Errorf("after editing: %+v, %v; a rate changes by SetRate alone", got, err)
		}
	})
}

func TestSaveTypeTellsWhatIsWrong(t *testing.T) {
	w := newWorld(t, newSQLite(t))
	good := collection.TypeForm{Name: "Glass", Class: collection.Recyclable}
	for name, c := range map[string]struct {
		change func(*collection.TypeForm)
		field  string
	}{
		"no name":         {func(f *collection.TypeForm) { f.Name = "  " }, "name"},
		"a long name":     {func(f *collection.TypeForm) { f.Name = strings.Repeat("ñ", 101) }, "name"},
		"a strange class": {func(f *collection.TypeForm) { f.Class = "radioactive" }, "class"},
		"unknown factor":  {func(f *collection.TypeForm) { f.Factor = "PVC" }, "factor"},
		"rate below zero": {func(f *collection.TypeForm) { f.Rate = -1 }, "rate"},
		"rate too high":   {func(f *collection.TypeForm) { f.Rate = collection.MaxRate + 1 }, "rate"},
	} {
		f := good
		c.change(&f)
		if _, err := w.book.SaveType(t.Context(), amihan, f); field(err, c.field) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if w.rows(t, "collection_waste_type") != 2 {
		t.Error("a refused form left a type")
	}
}

func TestRatesApplyFromTheirMomentOn(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		before := w.record(t, w.entry(w.juan, w.pet, 1_000, 0))
		tomorrow := monday.AddDate(0, 0, 1)
		if err := w.book.SetRate(ctx, amihan, w.pet, 700, tomorrow); err != nil {
			t.Fatal(err)
		}
		wantError(t, "two rates from one moment", w.book.SetRate(ctx, amihan, w.pet, 701, tomorrow), collection.ErrRateExists)
		wantError(t, "a type that is not there", w.book.SetRate(ctx, amihan, db.NewID(), 1, time.Time{}), collection.ErrTypeNotFound)
		for name, from := range map[string]time.Time{"yesterday": monday.AddDate(0, 0, -1), "in two years": monday.AddDate(2, 0, 0)} {
			if err := w.book.SetRate(ctx, amihan, w.pet, 1, from); field(err, "from") == "" {
				t.Errorf("a rate from %s: %v", name, err)
			}
		}
		if today := w.record(t, w.entry(w.juan, w.pet, 1_000, 0)); today.Points != 500 {
			t.Errorf("today a kilo pays %s", today.Points)
		}
		w.now = tomorrow.Add(time.Hour)
		if got := w.record(t, w.entry(w.juan, w.pet, 1_000, 0)); got.Points != 700 || got.Lines[0].Rate != 700 {
			t.Errorf("tomorrow a kilo pays %s", got.Points)
		}
		late := w.entry(w.juan, w.pet, 1_000, 0)
		late.At = monday.Add(2 * time.Hour)
		if got := w.record(t, late); got.Points != 500 {
			t.Errorf("a kilo of yesterday, sent today, pays %s", got.Points)
		}
		kept, err := w.book.WeighInByID(ctx, people.City, before.ID)
		if err != nil || kept.Points != 500 || kept.Lines[0].Rate != 500 {
			t.Errorf("the first weigh-in now says %s, %v", kept.Points, err)
		}
		history, err := w.book.RateHistory(ctx, w.pet)
		if err != nil || len(history) != 2 || history[0].Rate != 700 || !history[0].From.Equal(tomorrow) || history[1].Rate != 500 {
			t.Errorf("history: %+v, %v", history, err)
		}
		if _, err := w.book.RateHistory(ctx, uuid.New()); err == nil {
			t.Error("a type that is not there has a history")
		}
	})
}

func TestRateOfTheRunningMinuteIsNow(t *testing.T) {
	w := newWorld(t, newSQLite(t))
	w.now = monday.Add(30 * time.Second)
	if err := w.book.SetRate(t.Context(), amihan, w.pet, ledger.Rate(600), monday); err != nil {
		t.Fatal(err)
	}
	if got, err := w.book.TypeByID(t.Context(), w.pet); err != nil || got.Rate != 600 || !got.RateSince.Equal(w.now) {
		t.Errorf("%+v, %v", got, err)
	}
}
