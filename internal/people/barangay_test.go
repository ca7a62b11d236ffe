package people_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

func TestPSGCIsLoadedOnceAndEditsStay(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		if len(w.Barangays) != 27 || w.Barangays[0].Name != "Bagong Silang" || w.Barangays[0].PSGC != "0403425001" || w.Barangays[0].Population != 5736 {
			t.Errorf("%d barangays, the first is %+v", len(w.Barangays), w.Barangays[0])
		}
		edit := people.BarangayEdit{ID: w.Barangays[8].ID, Name: "Nueva (Poblacion)", PSGC: w.Barangays[8].PSGC, Population: 5000}
		if _, err := w.People.SaveBarangay(ctx, w.Actor(w.Admin), edit); err != nil {
			t.Fatal(err)
		}
		if n, err := w.People.LoadPSGC(ctx); n != 0 || err != nil {
			t.Errorf("loaded %d again, %v", n, err)
		}
		all, err := w.People.Barangays(ctx)
		if err != nil || len(all) != 27 {
			t.Fatalf("%d barangays, %v", len(all), err)
		}
		for _, b := range all {
			if b.ID == edit.ID && (b.Name != edit.Name || b.Population != 5000 || b.Active) {
				t.Errorf("the edit is gone: %+v", b)
			}
		}
	})
}

func TestSaveBarangay(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		office := w.Actor(w.Admin)
		b, err := w.People.SaveBarangay(ctx, office, people.BarangayEdit{Name: " New  Town ", Active: true})
		if err != nil || b.Name != "New Town" || b.ID == uuid.Nil {
			t.Fatalf("added %+v, %v", b, err)
		}
		cases := map[string]struct {
			edit people.BarangayEdit
			want map[string]string
		}{
			"no name":        {people.BarangayEdit{}, map[string]string{"name": "form.required"}},
			"name taken":     {people.BarangayEdit{Name: "SANTO NINO"}, map[string]string{"name": "error.people.barangay_taken"}},
			"renamed to one": {people.BarangayEdit{ID: b.ID, Name: "cuyab"}, map[string]string{"name": "error.people.barangay_taken"}},
			"code taken":     {people.BarangayEdit{Name: "Y", PSGC: "0403425001"}, map[string]string{"name": "error.people.barangay_taken"}},
			"code":           {people.BarangayEdit{Name: "Y", PSGC: "04034"}, map[string]string{"psgc": "error.people.psgc_invalid"}},
			"population":     {people.BarangayEdit{Name: "Y", Population: -1}, map[string]string{"population": "error.people.population_invalid"}},
		}
		for name, c := range cases {
			_, err := w.People.SaveBarangay(ctx, office, c.edit)
			if diff := cmp.Diff(c.want, fieldsOf(t, err)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		_, err = w.People.SaveBarangay(ctx, office, people.BarangayEdit{ID: uuid.New(), Name: "Z"})
		wantErr(t, "one that is not there", err, people.ErrBarangayNotFound)
	})
}

func TestAssign(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		got, err := w.People.BarangaysOf(ctx, w.Manager.Scope)
		if err != nil || len(got) != 2 || got[0].ID != w.Barangays[0].ID || got[1].ID != w.Barangays[1].ID {
			t.Errorf("assigned %v, %v", got, err)
		}
		if all, err := w.People.BarangaysOf(ctx, w.Admin.Scope); err != nil || len(all) != 27 {
			t.Errorf("the city has %d, %v", len(all), err)
		}
		if none, err := w.People.BarangaysOf(ctx, people.Scope{}); err != nil || len(none) != 0 {
			t.Errorf("the zero scope has %d, %v", len(none), err)
		}
		names, err := w.People.Assignments(ctx)
		want := map[uuid.UUID][]string{w.Manager.ID: {w.Barangays[0].Name, w.Barangays[1].Name}}
		if diff := cmp.Diff(want, names); err != nil || diff != "" {
			t.Errorf("assignments: %v\n%s", err, diff)
		}
	})
}
