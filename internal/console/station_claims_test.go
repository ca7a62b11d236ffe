package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
	"ekolek/internal/testkit"
)

// reserves sets something aside for a resident.
func (w *stationWorld) reserves(of people.Resident, i rewards.Item, n int64, place uuid.UUID) rewards.Reservation {
	w.t.Helper()
	actor := audit.Actor{Kind: audit.Resident, ID: of.ID, Name: of.FullName}
	r, err := w.rewards.Reserve(w.t.Context(), actor, rewards.Reserving{RequestKey: db.NewID().String(), Resident: of.ID, Item: i.ID, Place: place, Quantity: n})
	must(w.t, err)
	return r
}

// What a resident reserved stands on top, and its code leads straight to handing it out.
func TestStationClaims(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newStationWorld(t, d)
		w.save(w.nena, "k1", w.metal.ID.String(), "12", "") // 120 points
		rice := w.reserves(w.nena, w.rice, 1, uuid.Nil)
		soap := w.reserves(w.nena, w.soap, 1, uuid.Nil)

		w.get(w.weighing(w.nena)).is(http.StatusOK).has(".tabs-line", "2 things are set aside")
		a := w.get(w.shelf(w.nena, "card")).is(http.StatusOK)
		a.has(".claims", "Rice, 1 kg 50 points held")
		if a.Find(".claims :checked").Length() > 0 {
			t.Error("something is ticked that nobody asked for")
		}
		for _, text := range []string{rice.QR(), rice.TypedCode(), strings.ToLower(rice.Code)} {
			a = w.find(text).is(http.StatusSeeOther)
			if !strings.Contains(a.location, "by=reservation") || !strings.Contains(a.location, "claim="+rice.ID.String()) {
				t.Errorf("%s leads to %s", text, a.location)
			}
		}
		page := a.location
		a = w.get(page).is(http.StatusOK)
		a.has(".receipt", "Rice, 1 kg 1 × 50 · set aside 50")
		a.has("[data-rest]", "55") // of 120, 50 for this and 15 for the soap
		a.has(".notice", "1 more thing is set aside")
		back := a.Find(".act a").AttrOr("href", "")
		if w.get(back).is(http.StatusOK).Find(`.claims :checked`).AttrOr("value", "") != rice.ID.String() {
			t.Error("going back loses the tick")
		}
		form := a.form("form[data-redeem]")
		first := w.post(page, form).is(http.StatusSeeOther)
		if again := w.post(page, form).is(http.StatusSeeOther); again.location != first.location {
			t.Errorf("two receipts: %s, %s", first.location, again.location)
		}
		w.get(first.location).is(http.StatusOK).has(".earned b", "−50 points")

		// The code shown again leads to nothing to give; the other one goes with something from the shelf.
		w.get(w.find(rice.QR()).is(http.StatusSeeOther).location).is(http.StatusOK).has(".receipt", "No longer set aside")
		w.post(page, url.Values{"key": {"another"}}).is(http.StatusConflict)
		both := w.giving(w.nena, "card", "claim", soap.ID.String(), want(w.soap), "1")
		w.get(both).is(http.StatusOK).has("[data-rest]", "40")
		w.post(both, url.Values{"key": {"both"}}).is(http.StatusSeeOther)
		if got := w.points(w.nena); got != 4000 || w.stock(w.rice) != 2 || w.stock(w.soap) != 6 {
			t.Errorf("balance %s and stock %d, %d, want 40, 2 and 6", got, w.stock(w.rice), w.stock(w.soap))
		}
		report, err := rewards.VerifyStock(t.Context(), d)
		if err != nil || !report.OK() {
			t.Errorf("the books: %+v, %v", report, err)
		}
	})
}

// An old card, or a name, is not enough: the resident agrees by live code or PIN.
func TestStationProof(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newStationWorld(t, d)
		w.save(w.nena, "k1", w.metal.ID.String(), "100", "") // 1,000 points
		page := w.giving(w.nena, "legacy_card", want(w.rice), "1")
		a := w.get(page).is(http.StatusOK)
		a.has("[data-proof]:not([hidden])", "Nena agrees")
		form := a.form("form[data-redeem]")
		a = w.post(page, form).is(http.StatusConflict)
		if a.text("#code-error") == "" {
			t.Error("nothing said beside the code")
		}
		form.Set("code", "12345")
		a = w.post(page, form).is(http.StatusUnprocessableEntity)
		a.value("#code", "(none)")
		if strings.Contains(a.body, "12345") {
			t.Error("the code is shown again")
		}
		live, err := w.people.LiveOf(t.Context(), w.nena.ID)
		must(t, err)
		form.Set("code", live.Digits)
		first := w.post(page, form).is(http.StatusSeeOther)
		w.get(first.location).is(http.StatusOK).has(".receipt-facts", "by live code")
		for _, code := range []string{live.Digits, ""} { // the answer was lost, and so is the code after a reload
			form.Set("code", code)
			if again := w.post(page, form).is(http.StatusSeeOther); again.location != first.location {
				t.Errorf("two receipts: %s, %s", first.location, again.location)
			}
		}
		form.Set("code", live.Digits)
		form.Set("key", "another")
		w.post(page, form).is(http.StatusConflict) // each code is taken once
		if got := w.points(w.nena); got != 95_000 {
			t.Errorf("balance %s, want 950", got)
		}
		dear := w.giving(w.nena, "card", want(w.oil), "1", want(w.rice), "1") // above the setting
		w.get(dear).is(http.StatusOK).has("[data-proof]:not([hidden])", "Nena agrees")
		w.post(dear, url.Values{"key": {"dear"}}).is(http.StatusConflict)
	})
}

// A code that was right is not asked for again when the shelf was empty; a scanned live
// code identifies and proves.
func TestStationLiveCode(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newStationWorld(t, d)
		w.save(w.nena, "k1", w.metal.ID.String(), "200", "") // 2,000 points
		live, err := w.people.LiveOf(t.Context(), w.nena.ID)
		must(t, err)
		key := url.Values{"q": {live.QR}, "key": {"look"}}
		a := w.post("/console/station/find/", key).is(http.StatusSeeOther)
		if again := w.post("/console/station/find/", key).is(http.StatusSeeOther); again.location != a.location || !strings.Contains(a.location, "&proof=") {
			t.Errorf("leads to %s, then to %s", a.location, again.location)
		}
		w.find(live.QR).is(http.StatusConflict) // a photograph of it
		a = w.get(a.location).is(http.StatusOK)
		a.has(".who", "Live code")

		shelf := w.get(a.Find(`.tabs-line a[href*="rewards"]`).AttrOr("href", "")).is(http.StatusOK)
		form := shelf.form("form.shelf")
		form.Set(want(w.oil), "2")
		page := strings.SplitAfter(w.giving(w.nena, "card"), "?")[0] + form.Encode()
		a = w.get(page).is(http.StatusOK)
		a.has(".notice-leaf", "agreed with their live code")
		form = a.form("form[data-redeem]")
		first := w.post(page, form).is(http.StatusSeeOther)
		w.get(first.location).is(http.StatusOK).has(".receipt-facts", "by live code")
		form.Set("key", "another")
		a = w.post(page, form).is(http.StatusConflict) // it is good once
		a.has("[data-proof]:not([hidden])", "Nena agrees")
		if a.Find("input[name=proof]").Length() > 0 {
			t.Error("the page goes on with a proof that is used up")
		}
		if got := w.points(w.nena); got != 100_000 {
			t.Errorf("balance %s, want 1000", got)
		}
	})
}

// A phone remembers where it hands out; what lies elsewhere is not given here.
func TestStationPlaces(t *testing.T) {
	w := newStationWorld(t, testkit.DB(t))
	if w.get(w.shelf(w.nena, "card")).Find(".places").Length() > 0 {
		t.Error("one place, and it can be chosen")
	}
	hall, err := w.rewards.SavePlace(t.Context(), program, rewards.PlaceForm{Name: "San Antonio hall", Active: true})
	must(t, err)
	w.save(w.nena, "k1", w.metal.ID.String(), "100", "") // 1,000 points
	must(t, w.rewards.Transfer(t.Context(), program, rewards.Transfer{Item: w.soap.ID, To: hall, From: w.defaultPlace(), Quantity: 5, Reason: "For Saturday", RequestKey: "t"}))
	here := w.reserves(w.nena, w.soap, 1, hall)

	a := w.get(w.shelf(w.nena, "card")).is(http.StatusOK)
	a.has(".claim-elsewhere", "Set aside at San Antonio hall")
	a.has(".reward:not([data-in-cart])", "left")
	if !strings.Contains(w.find(here.QR()).location, "place="+hall.String()) {
		t.Error("a phone without a place does not go to where the reservation waits")
	}
	a = w.post("/console/station/place/", url.Values{"place": {hall.String()}, "next": {w.shelf(w.nena, "card")}}).is(http.StatusSeeOther)
	if a.location != w.shelf(w.nena, "card") {
		t.Errorf("leads to %s", a.location)
	}
	w.place = hall.String()
	a = w.get(w.shelf(w.nena, "card")).is(http.StatusOK)
	a.has(".places summary", "San Antonio hall")
	a.has(".claims", "Soap")
	a.has(".reward-row", "Out of stock") // rice lies elsewhere
	page := w.giving(w.nena, "card", "place", hall.String(), want(w.soap), "1", "claim", here.ID.String())
	w.get(w.post(page, url.Values{"key": {"k"}}).is(http.StatusSeeOther).location).has(".receipt-facts", "San Antonio hall")
	elsewhere := w.reserves(w.nena, w.rice, 1, w.defaultPlace())
	w.post(w.giving(w.nena, "card", "place", hall.String(), "claim", elsewhere.ID.String()), url.Values{"key": {"e"}}).is(http.StatusConflict)
	w.post("/console/station/place/", url.Values{"place": {"none"}, "next": {"https://elsewhere.example/"}}).is(http.StatusSeeOther)
}
