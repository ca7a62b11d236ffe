package rewards_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
	"ekolek/internal/testkit"
)

// slip is a request for a slip about the days from Monday to Sunday, under a new key.
func (w *world) slip() rewards.RequisitionForm {
	w.keys++
	return rewards.RequisitionForm{RequestKey: fmt.Sprint("slip-", w.keys), Place: rewards.DefaultPlace, From: "2026-11-23", Until: "2026-11-29",
		Office: "City ENRO", Purpose: "Rewards for residents", Signers: rewards.Signers{Requested: rewards.Signer{Name: "Ana Reyes", Designation: "Clerk"}}}
}

func (w *world) makeSlip(t *testing.T, f rewards.RequisitionForm) rewards.Requisition {
	t.Helper()
	got, err := w.store.MakeRequisition(t.Context(), amihan, f)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func (w *world) place(t *testing.T, name string) uuid.UUID {
	t.Helper()
	id, err := w.store.SavePlace(t.Context(), amihan, rewards.PlaceForm{Name: name, Active: true})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// A slip sums up by item what residents were handed and no other slip covers; numbers count
// through the year without a gap, whatever was refused in between.
func TestRequisitionCoversWhatWasIssuedOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rice, soap := w.item(t, "Rice", 5_000, 100), w.item(t, "Bath soap", 1_000, 100)
		w.award(t, w.juan, 1_000_000)
		w.award(t, w.maria, 1_000_000)
		for _, r := range []rewards.Request{w.request(w.juan, rice, 2), w.request(w.maria, rice, 3), w.request(w.juan, soap, 1)} {
			w.redeem(t, r)
		}
		if day, err := w.store.UncoveredSince(t.Context(), rewards.DefaultPlace); day != "2026-11-23" || err != nil {
			t.Errorf("without a slip since %q, %v", day, err)
		}
		preview, err := w.store.Uncovered(t.Context(), rewards.DefaultPlace, "2026-11-23", "2026-11-29")
		if err != nil {
			t.Fatal(err)
		}
		form := w.slip()
		first := w.makeSlip(t, form)
		if first.Number != "RIS-2026-11-0001" || first.Signers.Requested.Name != "Ana Reyes" || first.PlaceName == "" || first.ToName != "" || first.StaffName != amihan.Name {
			t.Errorf("%+v", first)
		}
		if len(first.Lines) != 2 || first.Lines[0].Description != "Bath soap" || first.Lines[0].Issued != 1 || first.Lines[1].Issued != 5 || first.Lines[1].Requested != 5 || !first.Lines[1].Available {
			t.Errorf("lines: %+v", first.Lines)
		}
		if !slices.Equal(preview, first.Lines) {
			t.Errorf("the preview said %+v, the slip %+v", preview, first.Lines)
		}

		again := w.makeSlip(t, form)
		if again.ID != first.ID {
			t.Errorf("the same key made another slip: %+v", again)
		}
		form.Purpose = "Another"
		_, err = w.store.MakeRequisition(t.Context(), amihan, form)
		wantError(t, "the key with another body", err, db.ErrKeyReused)
		_, err = w.store.MakeRequisition(t.Context(), amihan, w.slip())
		wantError(t, "nothing left", err, rewards.ErrNothingIssued)

		w.redeem(t, w.request(w.juan, rice, 1)) // later on the same day
		w.now = w.now.AddDate(0, 1, 10)
		second := w.makeSlip(t, w.slip())
		if second.Number != "RIS-2027-01-0001" || len(second.Lines) != 1 || second.Lines[0].Issued != 1 {
			t.Errorf("%+v", second)
		}
		if day, err := w.store.UncoveredSince(t.Context(), rewards.DefaultPlace); day != "" || err != nil {
			t.Errorf("without a slip since %q, %v", day, err)
		}
		page, err := w.store.Requisitions(t.Context(), rewards.RequisitionFilter{Limit: 1})
		if err != nil || len(page.Rows) != 1 || page.Rows[0].ID != second.ID || page.Next == "" {
			t.Errorf("list: %+v, %v", page, err)
		}
		w.books(t)
	})
}

// A slip that is void keeps its number and lets go of what it covered.
func TestVoidRequisition(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rice := w.item(t, "Rice", 5_000, 100)
		w.award(t, w.juan, 1_000_000)
		w.redeem(t, w.request(w.juan, rice, 2))
		first := w.makeSlip(t, w.slip())
		if err := w.store.VoidRequisition(t.Context(), berto, first.ID, " "); field(err, "reason") == "" {
			t.Errorf("without a reason: %v", err)
		}
		if err := w.store.VoidRequisition(t.Context(), berto, first.ID, "wrong office"); err != nil {
			t.Fatal(err)
		}
		wantError(t, "twice", w.store.VoidRequisition(t.Context(), berto, first.ID, "wrong office"), rewards.ErrRequisitionStands)
		wantError(t, "none", w.store.VoidRequisition(t.Context(), berto, db.NewID(), "wrong office"), rewards.ErrRequisitionNotFound)
		got, err := w.store.RequisitionByID(t.Context(), first.ID)
		if err != nil || got.VoidedAt == nil || got.VoidedBy != berto.Name || got.VoidReason != "wrong office" || len(got.Lines) != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		if second := w.makeSlip(t, w.slip()); second.Number != "RIS-2026-11-0002" || second.Lines[0].Issued != 2 {
			t.Errorf("%+v", second)
		}
	})
}

// A slip to another place carries the goods under its number, and tells what was not there.
func TestRequisitionCarriesGoods(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rice, soap := w.item(t, "Rice", 5_000, 10), w.item(t, "Soap", 1_000, 4)
		gym := w.place(t, "Covered court")
		f := w.slip()
		f.To, f.From, f.Until = gym, "", ""
		f.Lines = []rewards.RequisitionLine{{Item: soap, Requested: 5, Issued: 3, Remarks: "rest next week"}, {Item: rice, Requested: 10, Issued: 10}}
		got := w.makeSlip(t, f)
		if got.ToName != "Covered court" || len(got.Lines) != 2 || got.Lines[0].Available || got.Lines[0].Issued != 3 || got.Lines[0].Remarks != "rest next week" || !got.Lines[1].Available {
			t.Errorf("%+v", got)
		}
		at, err := w.store.ItemsAt(t.Context(), gym)
		if err != nil || at[0].Stock != 10 || at[1].Stock != 3 {
			t.Errorf("at the court: %+v, %v", at, err)
		}
		moves, err := w.store.Moves(t.Context(), rewards.MoveFilter{Item: rice, Kind: rewards.Transferred})
		if err != nil || len(moves.Rows) != 2 || moves.Rows[0].DocumentNo != got.Number || moves.Rows[1].DocumentNo != got.Number {
			t.Errorf("stock book: %+v, %v", moves.Rows, err)
		}
		wantError(t, "void", w.store.VoidRequisition(t.Context(), amihan, got.ID, "no"), rewards.ErrRequisitionStands)

		before := w.rows(t, "rewards_requisition")
		f = w.slip()
		f.To, f.Lines = gym, []rewards.RequisitionLine{{Item: soap, Requested: 2, Issued: 2}}
		_, err = w.store.MakeRequisition(t.Context(), amihan, f)
		wantError(t, "more than there is", err, rewards.ErrStockTooLow)
		f.To = rewards.DefaultPlace
		if _, err := w.store.MakeRequisition(t.Context(), amihan, f); field(err, "to") == "" {
			t.Errorf("to where it is: %v", err)
		}
		f.To, f.Lines[0].Issued = gym, 3
		if _, err := w.store.MakeRequisition(t.Context(), amihan, f); field(err, f.Lines[0].IssuedField()) == "" {
			t.Errorf("more than was asked for: %v", err)
		}
		f.Lines = nil
		if _, err := w.store.MakeRequisition(t.Context(), amihan, f); field(err, "lines") == "" {
			t.Errorf("no lines: %v", err)
		}
		if after := w.rows(t, "rewards_requisition"); after != before {
			t.Errorf("%d slips were left by refusals", after-before)
		}
		w.books(t)
	})
}

func TestRequisitionRefusesDays(t *testing.T) {
	w := newWorld(t, testkit.DB(t))
	for name, days := range map[string][2]string{"from": {"", "2026-11-29"}, "until": {"2026-11-23", "2026-11-22"}} {
		f := w.slip()
		f.From, f.Until = days[0], days[1]
		if _, err := w.store.MakeRequisition(t.Context(), amihan, f); field(err, name) == "" {
			t.Errorf("%v: %v", days, err)
		}
	}
	f := w.slip()
	f.Until = "2027-11-24"
	if _, err := w.store.MakeRequisition(t.Context(), amihan, f); field(err, "until") == "" {
		t.Errorf("367 days: %v", err)
	}
}

// Many at once make slips while rewards are handed out: each issue stands on one slip, and
// the numbers have no gap.
func TestRequisitionsRace(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rice := w.item(t, "Rice", 100, 1_000)
		w.award(t, w.juan, 1_000_000)
		const handed, makers = 24, 12
		var requests []rewards.Request
		var forms []rewards.RequisitionForm
		for range handed {
			requests = append(requests, w.request(w.juan, rice, 1))
		}
		for range makers {
			forms = append(forms, w.slip())
		}
		w.redeem(t, w.request(w.juan, rice, 1))
		var accepted atomic.Int64
		var wg sync.WaitGroup
		for _, r := range requests {
			wg.Go(func() {
				if _, err := w.store.Redeem(t.Context(), amihan, people.City, r); err != nil {
					t.Log(err) // a busy server may refuse
					return
				}
				accepted.Add(1)
			})
		}
		for _, f := range forms {
			wg.Go(func() { _, _ = w.store.MakeRequisition(t.Context(), amihan, f) }) // as well
		}
		wg.Wait()
		if left, err := w.store.Uncovered(t.Context(), rewards.DefaultPlace, "2026-11-23", "2026-11-29"); err != nil {
			t.Fatal(err)
		} else if len(left) > 0 {
			w.makeSlip(t, w.slip())
		}
		page, err := w.store.Requisitions(t.Context(), rewards.RequisitionFilter{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		var issued int64
		var numbers []string
		for _, r := range page.Rows {
			full, err := w.store.RequisitionByID(t.Context(), r.ID)
			if err != nil {
				t.Fatal(err)
			}
			issued += full.Lines[0].Issued
			numbers = append(numbers, r.Number)
		}
		slices.Sort(numbers)
		if issued != 1_000-w.stock(t, rice) || issued != accepted.Load()+1 {
			t.Errorf("%d on slips, %d left the stock, %d were accepted", issued, 1_000-w.stock(t, rice), accepted.Load()+1)
		}
		for i, n := range numbers {
			if want := fmt.Sprintf("RIS-2026-11-%04d", i+1); n != want {
				t.Errorf("number %d is %s", i+1, n)
			}
		}
	})
}
