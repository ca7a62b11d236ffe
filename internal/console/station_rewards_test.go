package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
	"ekolek/internal/testkit"
)

// shelf is the address of what a resident can have.
func (w *stationWorld) shelf(of people.Resident, by string) string {
	return "/console/station/residents/" + of.ID.String() + "/rewards/?" + w.way(of, by).Encode()
}

// giving is the address that hands out: pairs of item and quantity.
func (w *stationWorld) giving(of people.Resident, by string, cart ...string) string {
	v := w.way(of, by)
	for i := 0; i < len(cart); i += 2 {
		v.Add(cart[i], cart[i+1])
	}
	return "/console/station/residents/" + of.ID.String() + "/rewards/give/?" + v.Encode()
}

func want(i rewards.Item) string { return "q-" + i.ID.String() }

// stock is what lies at the default place.
func (w *stationWorld) stock(i rewards.Item) int64 {
	w.t.Helper()
	left, err := w.rewards.ItemByID(w.t.Context(), i.ID)
	must(w.t, err)
	return left.Stock
}

// Several things in one go, without a script: the shelf, what it costs, the receipt.
func TestStationSeveralRewards(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newStationWorld(t, d)
		w.get(w.shelf(w.nena, "card")).is(http.StatusOK).has(".empty", "0 points do not reach")
		w.get(w.giving(w.nena, "card", want(w.rice), "1")).is(http.StatusOK).has(".notice-clay", "costs 50 points; Nena Magsalin has 0")

		w.save(w.nena, "k1", w.metal.ID.String(), "12", "") // 120 points
		a := w.get(w.shelf(w.nena, "card")).is(http.StatusOK)
		a.has(".reward", "Rice, 1 kg 50 points 3 left")
		a.has(".reward-row", "380 points short")
		a.value(`[name="`+want(w.rice)+`"]`, "0")

		form := a.form("form.shelf")
		w.get(w.giving(w.nena, "card")+"&"+form.Encode()).is(http.StatusUnprocessableEntity).has("[role=alert]", "Choose at least one")
		form.Set(want(w.rice), "two")
		a = w.get(w.giving(w.nena, "card") + "&" + form.Encode()).is(http.StatusUnprocessableEntity)
		a.has("[role=alert]", "whole number")
		a.value(`[name="`+want(w.rice)+`"]`, "two")

		page := w.giving(w.nena, "card", want(w.rice), "1", want(w.soap), "2")
		a = w.get(page).is(http.StatusOK)
		a.has(".receipt", "Rice, 1 kg 1 × 50 50")
		a.has(".receipt", "Soap 2 × 15 30")
		a.has(".sums", "120")
		a.has("[data-rest]", "40")
		if a.Find("[data-proof]:not([hidden])").Length() > 0 {
			t.Error("a valid card and 80 points need a code")
		}
		form = a.form("form[data-redeem]")
		a = w.post(page, form).is(http.StatusSeeOther)
		again := w.post(page, form).is(http.StatusSeeOther)
		if a.location != again.location {
			t.Errorf("two receipts: %s, %s", a.location, again.location)
		}
		a = w.get(a.location).is(http.StatusOK)
		a.has(".earned b", "−80 points")
		a.has(".receipt", "Soap 2 × 15 30")
		a.has(".receipt tfoot", "80")
		a.has(".receipt-facts", "Reference")
		a.has(".notice", "New balance: 40 points")
		if got := w.points(w.nena); got != 4000 || w.stock(w.rice) != 2 || w.stock(w.soap) != 6 {
			t.Errorf("balance %s and stock %d, %d, want 40, 2 and 6", got, w.stock(w.rice), w.stock(w.soap))
		}

		other := w.giving(w.nena, "card", want(w.soap), "1")
		a = w.post(other, form).is(http.StatusConflict)
		a.has("[data-problem]", "saved before")
		if key := a.Find("input[name=key]").AttrOr("value", ""); key == form.Get("key") || key == "" {
			t.Errorf("the page goes on with key %q", key)
		}
	})
}

// More people than rice: who comes late is told so in numbers, and nothing is taken.
func TestStationRewardsRefuse(t *testing.T) {
	w := newStationWorld(t, testkit.DB(t))
	w.save(w.nena, "k1", w.metal.ID.String(), "100", "") // 1,000 points
	too := w.giving(w.nena, "card", want(w.rice), "4", want(w.soap), "1")
	a := w.get(too).is(http.StatusOK)
	a.has(".receipt", "Only 3 left here")
	if a.Find("[data-save]").Length() > 0 {
		t.Error("what is not there can be given")
	}
	w.post(too, url.Values{"key": {"r1"}}).is(http.StatusConflict)
	w.post(w.giving(w.nena, "card", want(w.rice), "1", "q-"+db.NewID().String(), "1"), url.Values{"key": {"r2"}}).is(http.StatusNotFound)
	w.post(w.giving(w.nena, "card"), url.Values{"key": {"r3"}}).is(http.StatusUnprocessableEntity)
	w.post(w.giving(w.nena, "card", want(w.rice), "1"), url.Values{}).is(http.StatusUnprocessableEntity)
	w.post(w.giving(w.lito, "card", want(w.rice), "1"), url.Values{"key": {"r4"}}).is(http.StatusForbidden)
	w.post(w.giving(w.sol, "card", want(w.rice), "1"), url.Values{"key": {"r5"}}).is(http.StatusConflict)
	if w.points(w.nena) != 100_000 || w.stock(w.rice) != 3 || w.stock(w.soap) != 8 {
		t.Errorf("a refusal took something: %s points, %d bags, %d soaps", w.points(w.nena), w.stock(w.rice), w.stock(w.soap))
	}
}

// Nobody writes "by their card" into an address by hand, and an address is good for the
// resident and the member of staff that it was made for.
func TestStationIdentifiedIsSigned(t *testing.T) {
	w := newStationWorld(t, testkit.DB(t))
	w.save(w.nena, "k1", w.metal.ID.String(), "12", "")
	signed := w.way(w.nena, "card").Get("by")
	other := w.way(w.sol, "card").Get("by")
	for name, by := range map[string]string{"by hand": "card", "of another": other, "another way": "live" + strings.TrimPrefix(signed, "card"), "nothing": ""} {
		t.Run(name, func(t *testing.T) {
			a := w.get("/console/station/residents/" + w.nena.ID.String() + "/?" + url.Values{"by": {by}}.Encode()).is(http.StatusOK)
			a.has(".who", "Found by search")
			page := "/console/station/residents/" + w.nena.ID.String() + "/rewards/give/?" + url.Values{"by": {by}, want(w.rice): {"1"}}.Encode()
			w.get(page).is(http.StatusOK).has("[data-proof]:not([hidden])", "Nena agrees")
			w.post(page, url.Values{"key": {name}}).is(http.StatusConflict)
		})
	}
	if got := w.points(w.nena); got != 12_000 {
		t.Errorf("balance %s", got)
	}
}
