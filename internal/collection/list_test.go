package collection_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"ekolek/internal/collection"
	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

func newSQLite(t *testing.T) *db.DB { return testkit.DB(t) }

// imported brings over one weigh-in of Juan's and gives its id.
func (w *world) imported(t *testing.T) uuid.UUID {
	t.Helper()
	old := collection.PriorWeighIn{ID: db.NewID(), Key: "1", ResidentID: w.juan.ID, FamilyID: w.juan.FamilyID, BarangayID: w.here.ID,
		At: monday.AddDate(-1, 0, 0), TypeID: w.pet, Grams: 3_000, Rate: 500, Points: 1_500}
	for run, want := range []int{1, 0} { // a second run changes nothing
		err := w.db.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			n, err := collection.ImportWeighIns(ctx, tx, []collection.PriorWeighIn{old})
			if n != want {
				t.Errorf("run %d brought %d", run+1, n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return old.ID
}

func TestWeighInsFilter(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		mixed := w.entry(w.juan, w.pet, 1_000, 0)
		mixed.Lines = append(mixed.Lines, collection.EntryLine{Type: w.newspap, Gross: 4_000})
		w.record(t, mixed)
		w.now = monday.AddDate(0, 0, 1)
		w.record(t, w.entry(w.maria, w.newspap, 2_000, 0))
		if _, err := w.book.Record(t.Context(), berto, people.City, w.entry(w.juan, w.pet, 500, 0)); err != nil {
			t.Fatal(err)
		}
		w.imported(t)
		here := w.assign(t, berto, w.here)
		for name, c := range map[string]struct {
			scope  people.Scope
			filter collection.Filter
			want   collection.Totals
		}{
			"everything":         {people.City, collection.Filter{}, collection.Totals{Count: 4, Grams: 10_500, Points: 3_450}},
			"assigned barangay":  {here, collection.Filter{}, collection.Totals{Count: 3, Grams: 8_500, Points: 3_050}},
			"no barangay":        {people.Scope{}, collection.Filter{}, collection.Totals{}},
			"one day":            {people.City, collection.Filter{From: "2026-11-23", To: "2026-11-23"}, collection.Totals{Count: 1, Grams: 5_000, Points: 1_300}},
			"a barangay":         {people.City, collection.Filter{Barangay: w.there.ID}, collection.Totals{Count: 1, Grams: 2_000, Points: 400}},
			"a collector":        {people.City, collection.Filter{Collector: berto.ID}, collection.Totals{Count: 1, Grams: 500, Points: 250}},
			"a resident":         {people.City, collection.Filter{Resident: w.maria.ID}, collection.Totals{Count: 1, Grams: 2_000, Points: 400}},
			"a material alone":   {people.City, collection.Filter{Type: w.newspap}, collection.Totals{Count: 2, Grams: 6_000, Points: 1_200}},
			"material and scope": {here, collection.Filter{Type: w.newspap}, collection.Totals{Count: 1, Grams: 4_000, Points: 800}},
		} {
			page, totals, err := w.book.WeighIns(t.Context(), c.scope, c.filter)
			if err != nil || totals != c.want || int64(len(page.Rows)) != c.want.Count {
				t.Errorf("%s: %d rows, %+v, %v; want %+v", name, len(page.Rows), totals, err, c.want)
			}
		}
	})
}

func TestWeighInsPageWithTheirLines(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for i := range 7 {
			w.now = monday.Add(time.Duration(i/3) * time.Minute) // some at the same moment
			w.record(t, w.entry(w.juan, w.pet, 1_000, 0))
		}
		seen := map[uuid.UUID]bool{}
		f := collection.Filter{Limit: 3}
		for {
			page, totals, err := w.book.WeighIns(t.Context(), people.City, f)
			if err != nil || totals.Count != 7 {
				t.Fatal(totals, err)
			}
			for _, row := range page.Rows {
				if seen[row.ID] || len(row.Lines) != 1 || row.Lines[0].Name != "PET bottles" {
					t.Errorf("repeated, or with wrong lines: %+v", row)
				}
				seen[row.ID] = true
			}
			if f.Cursor = page.Next; f.Cursor == "" {
				break
			}
		}
		if len(seen) != 7 {
			t.Errorf("paging showed %d of 7", len(seen))
		}
		_, _, err := w.book.WeighIns(t.Context(), people.City, collection.Filter{Cursor: "?"})
		wantError(t, "a broken cursor", err, db.ErrCursor)
	})
}

func TestWeighInByIDStaysInScope(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		got := w.record(t, w.entry(w.maria, w.pet, 1_000, 0))
		_, err := w.book.WeighInByID(t.Context(), w.assign(t, berto, w.here), got.ID)
		wantError(t, "another barangay's", err, collection.ErrWeighInNotFound)
		if errors.Is(err, sql.ErrNoRows) {
			t.Error("the database's words reached the caller")
		}
	})
}

func TestToday(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.record(t, w.entry(w.juan, w.pet, 1_000, 0))
		w.now = time.Date(2026, 11, 23, 15, 59, 0, 0, time.UTC) // a minute before midnight in Manila
		w.record(t, w.entry(w.juan, w.pet, 2_000, 0))
		if got, err := w.book.Today(t.Context(), amihan.ID); err != nil || got.Count != 2 || got.Grams != 3_000 {
			t.Errorf("before midnight: %+v, %v", got, err)
		}
		w.now = w.now.Add(time.Minute)
		if got, err := w.book.Today(t.Context(), amihan.ID); err != nil || got.Count != 0 {
			t.Errorf("after midnight: %+v, %v", got, err)
		}
	})
}

func TestImportType(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for name, want := range map[string]bool{"Glass": true, "pet BOTTLES": false} {
			err := w.db.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				fresh, err := collection.ImportType(ctx, tx, collection.PriorType{ID: db.NewID(), From: w.now, At: w.now,
					Form: collection.TypeForm{Name: name, Class: collection.Recyclable, Active: true, Rate: 300}})
				if fresh != want {
					t.Errorf("%s: brought over %v", name, fresh)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
		if types, err := w.book.Types(t.Context()); err != nil || len(types) != 3 {
			t.Errorf("%d types, %v", len(types), err)
		}
	})
}

func TestRecent(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		void := w.record(t, w.entry(w.juan, w.pet, 1_000, 0))
		if err := w.void(t, amihan, people.City, void.ID, "wrong person"); err != nil {
			t.Fatal(err)
		}
		for i, r := range []people.Resident{w.juan, w.maria, w.juan} {
			w.now = monday.Add(time.Duration(i) * time.Minute)
			w.record(t, w.entry(r, w.pet, 1_000, 0))
		}
		for name, c := range map[string]struct {
			scope people.Scope
			limit int
			want  []string
		}{
			"everybody's":      {people.City, 10, []string{w.juan.FullName, w.maria.FullName, w.juan.FullName}},
			"two":              {people.City, 2, []string{w.juan.FullName, w.maria.FullName}},
			"of a barangay":    {w.assign(t, berto, w.here), 10, []string{w.juan.FullName, w.juan.FullName}},
			"none is in reach": {people.Scope{}, 10, nil},
		} {
			got, err := w.book.Recent(t.Context(), c.scope, c.limit)
			var names []string
			for _, g := range got {
				names = append(names, g.ResidentName)
				if len(g.Lines) != 1 || g.Lines[0].Name != "PET bottles" {
					t.Errorf("%s: lines %+v", name, g.Lines)
				}
			}
			if diff := cmp.Diff(c.want, names); err != nil || diff != "" {
				t.Errorf("%s: %v\n%s", name, err, diff)
			}
		}
	})
}
