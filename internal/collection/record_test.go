package collection_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/collection"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
)

func TestRecordPaysEveryLine(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		e := w.entry(w.juan, w.pet, 2_500, 51) // 2.449 kg × 5 = 12.245 → 12.25 (half up)
		e.Lines = append(e.Lines, collection.EntryLine{Type: w.newspap, Gross: 3_000})
		e.Note = "  wet  "
		got := w.record(t, e)
		if got.Points != 1_225+600 || got.Grams != 5_449 || got.Balance != 1_825 || got.Replayed {
			t.Errorf("receipt: %s points for %d g, balance %s", got.Points, got.Grams, got.Balance)
		}
		if b := w.balance(t, w.juan); b != 1_825 {
			t.Errorf("balance %s", b)
		}
		if got.ResidentName == "" || got.FamilyCode == "" || got.BarangayName != w.here.Name || got.CollectorName != amihan.Name || got.Note != "wet" {
			t.Errorf("receipt lacks names: %+v", got.WeighIn)
		}
		stored, err := w.book.WeighInByID(t.Context(), people.City, got.ID)
		if diff := cmp.Diff(got.WeighIn, stored, cmpopts.EquateApproxTime(time.Microsecond)); err != nil || diff != "" {
			t.Errorf("the receipt is not what was stored: %v\n%s", err, diff)
		}
		trail, err := audit.List(t.Context(), w.db, audit.Filter{Target: got.ID})
		if err != nil || len(trail.Rows) != 1 || trail.Rows[0].Action != "weigh_in.record" {
			t.Errorf("trail: %+v, %v", trail.Rows, err)
		}
	})
}

func TestRecordRefusesBadEntriesWithoutATrace(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		hidden := w.wasteType(t, "Hidden", 100)
		if _, err := w.book.SaveType(t.Context(), amihan, collection.TypeForm{ID: hidden, Name: "Hidden", Class: collection.Residual}); err != nil {
			t.Fatal(err)
		}
		before := w.rows(t, "audit_event")
		for name, c := range map[string]struct {
			change func(*collection.Entry)
			field  string
		}{
			"no key":            {func(e *collection.Entry) { e.RequestKey = "" }, "request_key"},
			"no resident":       {func(e *collection.Entry) { e.Resident = uuid.Nil }, "resident"},
			"no line":           {func(e *collection.Entry) { e.Lines = nil }, "lines"},
			"21 lines":          {func(e *collection.Entry) { e.Lines = make([]collection.EntryLine, 21) }, "lines"},
			"nothing":           {func(e *collection.Entry) { e.Lines[0].Gross = 0 }, "lines.1.gross"},
			"below nothing":     {func(e *collection.Entry) { e.Lines[0].Gross = -5 }, "lines.1.gross"},
			"a gram too much":   {func(e *collection.Entry) { e.Lines[0].Gross = 10_000_001 }, "lines.1.gross"},
			"only tare":         {func(e *collection.Entry) { e.Lines[0].Tare = e.Lines[0].Gross }, "lines.1.tare"},
			"tare below zero":   {func(e *collection.Entry) { e.Lines[0].Tare = -1 }, "lines.1.tare"},
			"unknown material":  {func(e *collection.Entry) { e.Lines[0].Type = db.NewID() }, "lines.1.type"},
			"hidden material":   {func(e *collection.Entry) { e.Lines[0].Type = hidden }, "lines.1.type"},
			"from the future":   {func(e *collection.Entry) { e.At = monday.Add(6 * time.Minute) }, "at"},
			"eight days old":    {func(e *collection.Entry) { e.At = monday.AddDate(0, 0, -8) }, "at"},
			"before any rate":   {func(e *collection.Entry) { e.At = monday.Add(-time.Hour) }, "lines.1.type"},
			"a note as a novel": {func(e *collection.Entry) { e.Note = fmt.Sprintf("%0501d", 0) }, "note"},
		} {
			e := w.entry(w.juan, w.pet, 1_000, 0)
			c.change(&e)
			_, err := w.book.Record(t.Context(), amihan, people.City, e)
			if field(err, c.field) == "" {
				t.Errorf("%s: %v; want a message at %s", name, err, c.field)
			}
		}
		if w.rows(t, "collection_weigh_in") != 0 || w.rows(t, "collection_weigh_in_line") != 0 || w.rows(t, "ledger_transfer") != 0 || w.rows(t, "audit_event") != before {
			t.Error("a refused entry left a trace")
		}
	})
}

func TestRecordBounds(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		if got := w.record(t, w.entry(w.juan, w.pet, 1, 0)); got.Points != 1 { // 0.005 → 0.01, half up
			t.Errorf("one gram pays %s", got.Points)
		}
		if got := w.record(t, w.entry(w.juan, w.pet, 10_000_000, 0)); got.Points != 5_000_000 {
			t.Errorf("ten tons pay %s", got.Points)
		}
		late := w.entry(w.juan, w.pet, 1_000, 0)
		late.At = monday
		w.now = monday.AddDate(0, 0, 7)
		if got := w.record(t, late); !got.CollectedAt.Equal(monday) || !got.CreatedAt.Equal(w.now) {
			t.Errorf("a late one was collected at %s, created at %s", got.CollectedAt, got.CreatedAt)
		}
		ahead := w.entry(w.juan, w.pet, 1_000, 0)
		ahead.At = w.now.Add(2 * time.Minute)
		if got := w.record(t, ahead); !got.CollectedAt.Equal(w.now) {
			t.Errorf("a phone two minutes ahead wrote %s", got.CollectedAt)
		}
	})
}

func TestRecordOfMaterialThatPaysNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		residual := w.wasteType(t, "Residual", 0)
		first := w.entry(w.juan, residual, 4_000, 0)
		got := w.record(t, first)
		if got.Points != 0 || got.Balance != 0 || w.rows(t, "ledger_transfer") != 0 {
			t.Errorf("paid %s, balance %s", got.Points, got.Balance)
		}
		if again := w.record(t, first); !again.Replayed || again.ID != got.ID {
			t.Error("its repeat was not recognised")
		}
		if err := w.void(t, amihan, people.City, got.ID, "wrong person"); err != nil {
			t.Error(err)
		}
	})
}

func TestRecordOnlyForResidentsWhoMayEarn(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		pending, _ := w.pending(t)
		_, err := w.book.Record(t.Context(), amihan, people.City, w.entry(pending, w.pet, 1_000, 0))
		wantError(t, "a pending resident", err, collection.ErrResidentNotActive)
		if _, err := w.people.Suspend(t.Context(), amihan, people.City, w.juan.ID, "lost card"); err != nil {
			t.Fatal(err)
		}
		_, err = w.book.Record(t.Context(), amihan, people.City, w.entry(w.juan, w.pet, 1_000, 0))
		wantError(t, "a suspended resident", err, collection.ErrResidentNotActive)
		_, err = w.book.Record(t.Context(), amihan, people.City, w.entry(people.Resident{ID: db.NewID()}, w.pet, 1_000, 0))
		wantError(t, "nobody", err, people.ErrResidentNotFound)
		if w.rows(t, "collection_weigh_in") != 0 {
			t.Error("something was booked")
		}
		if _, err := w.book.Record(t.Context(), audit.Command("job"), people.City, w.entry(w.maria, w.pet, 1, 0)); err == nil {
			t.Error("a weigh-in without a collector was booked")
		}
	})
}

func (w *world) pending(t *testing.T) (people.Resident, error) {
	t.Helper()
	_, r, err := w.people.RegisterFamily(t.Context(), amihan, people.NewFamily{Name: "New", BarangayID: w.here.ID, Address: "2 Mabini St.",
		Representative: people.NewResident{Username: "pedro", FirstName: "Pedro", LastName: "New", Phone: "09170000003"}})
	if err != nil {
		t.Fatal(err)
	}
	return r, err
}

func TestRecordStaysInTheAssignedBarangays(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		none := people.Scope{Staff: berto.ID}
		_, err := w.book.Record(t.Context(), berto, none, w.entry(w.juan, w.pet, 1_000, 0))
		wantError(t, "no barangay assigned", err, people.ErrResidentNotFound)
		scope := w.assign(t, berto, w.here)
		if _, err := w.book.Record(t.Context(), berto, scope, w.entry(w.juan, w.pet, 1_000, 0)); err != nil {
			t.Error(err)
		}
		_, err = w.book.Record(t.Context(), berto, scope, w.entry(w.maria, w.pet, 1_000, 0))
		wantError(t, "a resident of another barangay", err, people.ErrResidentNotFound)
		elsewhere := w.entry(w.juan, w.pet, 1_000, 0)
		elsewhere.Place = w.there.ID
		_, err = w.book.Record(t.Context(), berto, scope, elsewhere)
		wantError(t, "a place in another barangay", err, collection.ErrPlaceNotInReach)
		got, err := w.book.Record(t.Context(), amihan, people.City, elsewhere)
		if err != nil || got.BarangayID != w.there.ID || got.BarangayName != w.there.Name {
			t.Errorf("the place of the whole city's staff: %+v, %v", got.BarangayName, err)
		}
	})
}

func TestSameKeySameReceipt(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		e := w.entry(w.juan, w.pet, 2_000, 0)
		e.At = monday
		first := w.record(t, e)
		w.record(t, w.entry(w.juan, w.pet, 3_000, 0))
		again := w.record(t, e)
		if !again.Replayed || again.Balance != first.Balance {
			t.Errorf("the repeat tells balance %s, replayed %v; first %s", again.Balance, again.Replayed, first.Balance)
		}
		if diff := cmp.Diff(first.WeighIn, again.WeighIn, cmpopts.EquateApproxTime(time.Microsecond)); diff != "" {
			t.Errorf("another receipt:\n%s", diff)
		}
		other := e
		other.Lines = []collection.EntryLine{{Type: w.pet, Gross: 2_001}}
		_, err := w.book.Record(t.Context(), amihan, people.City, other)
		wantError(t, "another body under the key", err, db.ErrKeyReused)
		if got, err := w.book.Record(t.Context(), berto, people.City, e); err != nil || got.Replayed {
			t.Errorf("another collector's same key: %v, replayed %v", err, got.Replayed)
		}
		// The answer was lost, and the phone asks again when it would be refused today.
		w.now = monday.AddDate(0, 0, 30)
		if late := w.record(t, e); late.ID != first.ID {
			t.Error("a late repeat got another receipt")
		}
	})
}

func TestOneKeySentAtOncePaysOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		e := w.entry(w.juan, w.pet, 2_000, 0)
		receipts := make([]collection.Receipt, 64)
		var wg sync.WaitGroup
		for i := range receipts {
			wg.Go(func() {
				var err error
				if receipts[i], err = w.book.Record(t.Context(), amihan, people.City, e); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		fresh := 0
		for _, r := range receipts {
			if !r.Replayed {
				fresh++
			}
			if r.ID != receipts[0].ID || r.Balance != 1_000 || len(r.Lines) != 1 {
				t.Errorf("another receipt: %+v", r)
			}
		}
		if fresh != 1 || w.balance(t, w.juan) != 1_000 || w.rows(t, "ledger_transfer") != 1 {
			t.Errorf("%d payments, balance %s", fresh, w.balance(t, w.juan))
		}
	})
}

func TestNoWeighInIsLostAmongMany(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const n = 200
		entries := make([]collection.Entry, n)
		var want ledger.Points
		for i := range entries {
			entries[i] = w.entry(w.juan, w.pet, ledger.Grams(i+1)*10, 0)
			want += ledger.Points((i + 1) * 5)
		}
		var wg sync.WaitGroup
		for _, e := range entries {
			wg.Go(func() {
				if _, err := w.book.Record(t.Context(), amihan, people.City, e); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if w.rows(t, "collection_weigh_in") != n || w.rows(t, "collection_weigh_in_line") != n || w.rows(t, "ledger_transfer") != n {
			t.Errorf("%d weigh-ins, %d transfers", w.rows(t, "collection_weigh_in"), w.rows(t, "ledger_transfer"))
		}
		if got := w.balance(t, w.juan); got != want {
			t.Errorf("balance %s, want %s", got, want)
		}
		today, err := w.book.Today(t.Context(), amihan.ID)
		if err != nil || today.Count != n || today.Points != want {
			t.Errorf("today: %+v, %v", today, err)
		}
	})
}
