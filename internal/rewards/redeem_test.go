package rewards_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
)

func TestRedeemTakesPointsAndStock(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rice := w.item(t, "Rice", 5_000, 10)
		w.award(t, w.juan, 12_050)
		got := w.redeem(t, w.request(w.juan, rice, 2))
		if got.Points != 10_000 || got.Balance != 2_050 || got.Redemptions[0].Price != 5_000 || got.Replayed {
			t.Errorf("receipt: %+v", got)
		}
		if got.ResidentName == "" || got.FamilyCode == "" || got.BarangayName != w.here.Name || got.Redemptions[0].ItemName != "Rice" || got.StaffName != amihan.Name {
			t.Errorf("receipt lacks names: %+v", got)
		}
		if w.balance(t, w.juan) != 2_050 || w.stock(t, rice) != 8 {
			t.Errorf("balance %s, stock %d", w.balance(t, w.juan), w.stock(t, rice))
		}
		moves, err := w.store.Moves(t.Context(), rewards.MoveFilter{Item: rice, Kind: rewards.Issued})
		if err != nil || len(moves.Rows) != 1 || moves.Rows[0].Quantity != -2 || moves.Rows[0].StockAfter != 8 || moves.Rows[0].RedemptionID.UUID != got.Redemptions[0].ID || moves.Rows[0].DocumentNo != got.Reference {
			t.Errorf("stock book: %+v, %v", moves.Rows, err)
		}
		trail, err := audit.List(t.Context(), w.db, audit.Filter{Target: got.Redemptions[0].ID})
		if err != nil || len(trail.Rows) != 1 || trail.Rows[0].Action != "reward.redeem" {
			t.Errorf("trail: %+v, %v", trail.Rows, err)
		}
		w.books(t)
	})
}

func TestRedeemRefusesWithNumbersAndWithoutATrace(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rice, hidden := w.item(t, "Rice", 5_000, 3), w.item(t, "Old", 100, 3)
		if _, err := w.store.SaveItem(t.Context(), amihan, rewards.ItemForm{ID: hidden, Name: "Old", Price: 100}); err != nil {
			t.Fatal(err)
		}
		w.award(t, w.juan, 100_000)
		w.award(t, w.maria, 4_950)
		if _, err := w.people.Suspend(t.Context(), amihan, people.City, w.resident(t, "pedro", w.here).ID, "test"); err != nil {
			t.Fatal(err)
		}
		here := w.assign(t, berto, w.here)
		before := w.rows(t, "audit_event")
		do := func(scope people.Scope, r rewards.Request) error {
			_, err := w.store.Redeem(t.Context(), berto, scope, r)
			return err
		}
		err := do(people.City, w.request(w.juan, rice, 4))
		wantError(t, "more than the stock", err, rewards.ErrOutOfStock)
		if e, _ := errs.As(err); e.Text.Args["Left"] != int64(3) || e.Text.Args["Needed"] != int64(4) {
			t.Errorf("the message says %v", e.Text.Args)
		}
		err = do(people.City, w.request(w.maria, rice, 1))
		wantError(t, "more than the points", err, ledger.ErrInsufficientPoints)
		if e, _ := errs.As(err); e.Text.Args["Needed"] != "50" || e.Text.Args["Available"] != "49.5" {
			t.Errorf("the message says %v", e.Text.Args)
		}
		wantError(t, "another barangay's resident", do(here, w.request(w.maria, rice, 1)), people.ErrResidentNotFound)
		wantError(t, "nobody", do(people.City, w.request(people.Resident{ID: db.NewID()}, rice, 1)), people.ErrResidentNotFound)
		wantError(t, "no such reward", do(people.City, w.request(w.juan, db.NewID(), 1)), rewards.ErrItemNotFound)
		wantError(t, "a hidden reward", do(people.City, w.request(w.juan, hidden, 1)), rewards.ErrItemNotActive)
		for _, quantity := range []int64{0, -1, rewards.MaxQuantity + 1} {
			if err := do(people.City, w.request(w.juan, rice, quantity)); field(err, "quantity") == "" {
				t.Errorf("quantity %d: %v", quantity, err)
			}
		}
		if err := do(people.City, rewards.Request{Resident: w.juan.ID, Wants: []rewards.Want{{Item: rice, Quantity: 1}}}); field(err, "request_key") == "" {
			t.Errorf("without a key: %v", err)
		}
		if w.rows(t, "rewards_redemption") != 0 || w.rows(t, "audit_event") != before || w.stock(t, rice) != 3 || w.balance(t, w.juan) != 100_000 {
			t.Error("a refusal left a trace")
		}
		w.books(t)
	})
}

func TestRedeemOnlyForResidentsWhoMay(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rice := w.item(t, "Rice", 5_000, 3)
		w.award(t, w.juan, 100_000)
		if _, err := w.people.Suspend(t.Context(), amihan, people.City, w.juan.ID, "lost card"); err != nil {
			t.Fatal(err)
		}
		_, err := w.store.Redeem(t.Context(), amihan, people.City, w.request(w.juan, rice, 1))
		wantError(t, "a suspended resident", err, rewards.ErrResidentNotActive)
		if _, err := w.store.Redeem(t.Context(), audit.Command("job"), people.City, w.request(w.maria, rice, 1)); err == nil {
			t.Error("a redemption without staff was booked")
		}
	})
}

func TestSameKeySameReceipt(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rice := w.item(t, "Rice", 5_000, 10)
		w.award(t, w.juan, 100_000)
		r := w.request(w.juan, rice, 1)
		first := w.redeem(t, r)
		w.redeem(t, w.request(w.juan, rice, 1))
		// Hidden and dearer since, but the answer was given.
		if _, err := w.store.SaveItem(t.Context(), amihan, rewards.ItemForm{ID: rice, Name: "Rice", NameFil: "Rice", Unit: "kg", Icon: "art-rice", Price: 9_000}); err != nil {
			t.Fatal(err)
		}
		again := w.redeem(t, r)
		if !again.Replayed {
			t.Error("the repeat was not recognised")
		}
		again.Replayed = false
		if diff := cmp.Diff(first, again, cmpopts.EquateApproxTime(time.Microsecond)); diff != "" {
			t.Errorf("another receipt:\n%s", diff)
		}
		other := r
		other.Wants = []rewards.Want{{Item: rice, Quantity: 2}}
		_, err := w.store.Redeem(t.Context(), amihan, people.City, other)
		wantError(t, "another body under the key", err, db.ErrKeyReused)
		if w.stock(t, rice) != 8 || w.balance(t, w.juan) != 90_000 {
			t.Errorf("stock %d, balance %s", w.stock(t, rice), w.balance(t, w.juan))
		}
	})
}

// rush redeems all requests at once and counts those that succeeded; every other one
// must be refused with one of the wanted errors.
func (w *world) rush(t *testing.T, requests []rewards.Request, refusals ...error) (done int) {
	t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, r := range requests {
		wg.Go(func() {
			_, err := w.store.Redeem(t.Context(), amihan, people.City, r)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				done++
				return
			}
			for _, want := range refusals {
				if errors.Is(err, want) {
					return
				}
			}
			t.Errorf("refused for another reason: %v", err)
		})
	}
	wg.Wait()
	return done
}

func TestSixtyFourAtOnceForFive(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rice := w.item(t, "Rice", 5_000, 5)
		w.award(t, w.juan, 25_000)
		requests := make([]rewards.Request, 64)
		for i := range requests {
			requests[i] = w.request(w.juan, rice, 1)
		}
		done := w.rush(t, requests, ledger.ErrInsufficientPoints, rewards.ErrOutOfStock)
		if done != 5 || w.stock(t, rice) != 0 || w.balance(t, w.juan) != 0 || w.rows(t, "rewards_redemption") != 5 {
			t.Errorf("%d succeeded; stock %d, balance %s", done, w.stock(t, rice), w.balance(t, w.juan))
		}
		w.books(t)
	})
}

func TestTwoResidentsOneItemLeft(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for range 8 {
			rice := w.item(t, "Rice", 5_000, 1)
			w.award(t, w.juan, 5_000)
			w.award(t, w.maria, 5_000)
			before := w.balance(t, w.juan) + w.balance(t, w.maria)
			done := w.rush(t, []rewards.Request{w.request(w.juan, rice, 1), w.request(w.maria, rice, 1)}, rewards.ErrOutOfStock)
			after := w.balance(t, w.juan) + w.balance(t, w.maria)
			if done != 1 || w.stock(t, rice) != 0 || before-after != 5_000 {
				t.Errorf("%d got the last one; stock %d, paid %s", done, w.stock(t, rice), before-after)
			}
		}
		w.books(t)
	})
}

func TestOneKeySentAtOnceTakesOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rice := w.item(t, "Rice", 5_000, 10)
		w.award(t, w.juan, 50_000)
		r := w.request(w.juan, rice, 1)
		requests := make([]rewards.Request, 64)
		for i := range requests {
			requests[i] = r
		}
		if done := w.rush(t, requests); done != 64 {
			t.Errorf("%d of 64 repeats were answered", done)
		}
		if w.stock(t, rice) != 9 || w.balance(t, w.juan) != 45_000 || w.rows(t, "rewards_redemption") != 1 {
			t.Errorf("stock %d, balance %s", w.stock(t, rice), w.balance(t, w.juan))
		}
		w.books(t)
	})
}

func TestRedemptionsFilterAndPage(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rice, soap := w.item(t, "Rice", 5_000, 50), w.item(t, "Soap", 2_000, 50)
		w.award(t, w.juan, 100_000)
		w.award(t, w.maria, 100_000)
		w.redeem(t, w.request(w.juan, rice, 1))
		w.redeem(t, w.request(w.juan, soap, 3))
		w.now = monday.AddDate(0, 0, 1)
		w.redeem(t, w.request(w.maria, rice, 2))
		if _, err := w.store.Redeem(t.Context(), berto, people.City, w.request(w.juan, soap, 1)); err != nil {
			t.Fatal(err)
		}
		here := w.assign(t, berto, w.here)
		for name, c := range map[string]struct {
			scope  people.Scope
			filter rewards.RedemptionFilter
			want   rewards.Totals
		}{
			"everything":        {people.City, rewards.RedemptionFilter{}, rewards.Totals{Count: 4, Quantity: 7, Points: 23_000}},
			"assigned barangay": {here, rewards.RedemptionFilter{}, rewards.Totals{Count: 3, Quantity: 5, Points: 13_000}},
			"no barangay":       {people.Scope{}, rewards.RedemptionFilter{}, rewards.Totals{}},
			"a day":             {people.City, rewards.RedemptionFilter{From: "2026-11-24", To: "2026-11-24"}, rewards.Totals{Count: 2, Quantity: 3, Points: 12_000}},
			"an item":           {people.City, rewards.RedemptionFilter{Item: soap}, rewards.Totals{Count: 2, Quantity: 4, Points: 8_000}},
			"a resident":        {people.City, rewards.RedemptionFilter{Resident: w.maria.ID}, rewards.Totals{Count: 1, Quantity: 2, Points: 10_000}},
			"staff":             {people.City, rewards.RedemptionFilter{Staff: berto.ID}, rewards.Totals{Count: 1, Quantity: 1, Points: 2_000}},
			"a barangay":        {people.City, rewards.RedemptionFilter{Barangay: w.there.ID}, rewards.Totals{Count: 1, Quantity: 2, Points: 10_000}},
		} {
			seen := map[uuid.UUID]bool{}
			c.filter.Limit = 2
			for {
				page, totals, err := w.store.Redemptions(t.Context(), c.scope, c.filter)
				if err != nil || totals != c.want {
					t.Errorf("%s: %+v, %v; want %+v", name, totals, err, c.want)
				}
				for _, r := range page.Rows {
					seen[r.ID] = true
				}
				if c.filter.Cursor = page.Next; c.filter.Cursor == "" {
					break
				}
			}
			if int64(len(seen)) != c.want.Count {
				t.Errorf("%s: paging showed %d", name, len(seen))
			}
		}
	})
}
