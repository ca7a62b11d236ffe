package console_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

func TestStationFind(t *testing.T) {
	w := newStationWorld(t, testkit.DB(t))
	card, err := w.people.CardOf(t.Context(), w.nena.ID)
	must(t, err)
	home := "/console/station/residents/" + w.nena.ID.String() + "/?by="
	leads := func(a answer, to string) bool { return strings.HasPrefix(a.location, to+".") } // the signature
	for name, c := range map[string]struct{ text, location string }{
		"signed card":   {card.QR, home + "card"},
		"typed code":    {card.Code, home + "code"},
		"lower case":    {strings.ToLower(card.Code), home + "code"},
		"old card":      {w.nena.ID.String(), home + "legacy_card"},
		"username":      {"NENA", home + "search"},
		"not approved":  {w.ben.ID.String(), "/console/station/residents/" + w.ben.ID.String() + "/?by=legacy_card"},
		"with a space ": {" " + card.Code + " ", home + "code"},
	} {
		t.Run(name, func(t *testing.T) {
			a := w.find(c.text).is(http.StatusSeeOther)
			if !leads(a, c.location) {
				t.Errorf("leads to %s, want %s", a.location, c.location)
			}
		})
	}
	t.Run("name", func(t *testing.T) {
		a := w.get("/console/station/find/?q=magsa").is(http.StatusOK)
		a.has(".found", "Nena Magsalin")
		a.value("#q", "magsa")
	})
	t.Run("family code lists the members", func(t *testing.T) {
		a := w.find(w.nena.FamilyCode).is(http.StatusSeeOther)
		w.get(a.location).is(http.StatusOK).has(".found", "Magsalin family")
	})
	t.Run("suspended is marked", func(t *testing.T) {
		w.get("/console/station/find/?q=domingo").is(http.StatusOK).has(".found .chip-clay", "Suspended")
	})
	t.Run("nobody", func(t *testing.T) {
		w.get("/console/station/find/?q="+url.QueryEscape("<b>zzz")).is(http.StatusNotFound).has("#q-error", "<b>zzz")
		a := w.find("<b>zzz").is(http.StatusNotFound)
		a.has("#q-error", "<b>zzz")
		a.value("#q", "<b>zzz")
	})
	t.Run("other barangay", func(t *testing.T) {
		a := w.find(w.lito.ID.String()).is(http.StatusForbidden)
		if strings.Contains(a.body, "Lito") {
			t.Error("a name of another barangay is told")
		}
		w.get("/console/station/find/?q=panganib").is(http.StatusNotFound)
	})
	t.Run("script", func(t *testing.T) {
		look := func(text string) answer {
			return w.send(http.MethodPost, "/console/station/find/", url.Values{"q": {text}}, "application/json")
		}
		a := look(card.QR).is(http.StatusOK)
		if got, _ := a.json()["location"].(string); !strings.HasPrefix(got, home+"card.") {
			t.Errorf("location %v", got)
		}
		a = look("magsalin").is(http.StatusOK)
		if got := a.json()["location"]; got != "/console/station/find/?q=magsalin" {
			t.Errorf("location %v", got)
		}
		a = look("nobody so named").is(http.StatusNotFound)
		if a.json()["code"] != "RESIDENT_NOT_FOUND" || a.json()["message"] == "" {
			t.Errorf("answer %s", a.body)
		}
	})
}

func TestStationScanPage(t *testing.T) {
	w := newStationWorld(t, testkit.DB(t))
	a := w.get("/console/station/").is(http.StatusOK)
	a.has(".station-bar", "San Antonio · Rodel Bagsic")
	a.has(".station-day", "0 kg")
	w.save(w.nena, "key-1", w.pet.ID.String(), "6.4", "")
	a = w.get("/console/station/").is(http.StatusOK)
	a.has(".station-day", "6.4 kg")
	a.has(".station-day", "Last: Nena Magsalin")
	a.has(".station-day", "+32")
	w.lang = "fil"
	w.get("/console/station/").is(http.StatusOK).has("h1", "I-scan ang card")
}

// Without JavaScript lines are added and removed by the server, and nothing typed is lost.
func TestStationWeighWithoutScript(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newStationWorld(t, d)
		page := w.weighing(w.nena)
		a := w.get(page).is(http.StatusOK)
		a.has(".who", "Nena Magsalin")
		a.has(".who", "Valid card · San Antonio")
		a.has(".mats", "PET bottles 5 / kg")
		if strings.Contains(a.text(".mats"), "Glass") {
			t.Error("an inactive material can be chosen")
		}

		form := a.form("form[data-weigh]")
		form.Set("type", w.pet.ID.String())
		form.Set("gross", "6,75")
		form.Set("tare", "0.35")
		form.Set("note", "wet sacks")
		form.Set("do", "add")
		a = w.post(page, form).is(http.StatusOK)
		a.has(".line-in:first-child", "PET bottles 6.4 kg 32")
		a.value("#gross", "")
		a.value("#note", "wet sacks")

		form = a.form("form[data-weigh]")
		form.Set("type", w.metal.ID.String())
		form.Set("gross", "2.45")
		form.Set("do", "add")
		a = w.post(page, form).is(http.StatusOK)
		a.has("[data-total-points]", "56.5")
		a.has("[data-total-kilos]", "8.85")

		form = a.form("form[data-weigh]")
		form.Set("remove", "1")
		a = w.post(page, form).is(http.StatusOK)
		a.has("[data-total-points]", "24.5")

		form = a.form("form[data-weigh]")
		form.Set("type", w.pet.ID.String())
		form.Set("gross", "1")
		form.Set("do", "save") // what is still being typed counts
		a = w.post(page, form).is(http.StatusSeeOther)
		a = w.get(a.location).is(http.StatusOK)
		a.has(".earned b", "+29.5 points")
		a.has(".receipt", "Scrap metal 2.45 kg × 10 24.5")
		a.has(".receipt", "wet sacks")
		a.has(".notice", "New balance: 29.5 points")
		if got := w.points(w.nena); got != 2950 {
			t.Errorf("balance %s", got)
		}
	})
}

func TestStationWeighRefuses(t *testing.T) {
	w := newStationWorld(t, testkit.DB(t))
	page := w.weighing(w.nena)
	for name, c := range map[string]struct{ material, gross, tare, field, words string }{
		"no material":       {"", "2", "", "#type-error", "Choose the material."},
		"no weight":         {w.pet.ID.String(), "", "", "#gross-error", "Type the weight."},
		"zero":              {w.pet.ID.String(), "0", "", "#gross-error", "Type the weight."},
		"words":             {w.pet.ID.String(), "two", "", "#gross-error", "as 2.45"},
		"too heavy":         {w.pet.ID.String(), "1000.001", "", "#gross-error", "At most 1,000 kg"},
		"container heavier": {w.pet.ID.String(), "2", "2", "#tare-error", "Check both"},
		"container words":   {w.pet.ID.String(), "2", "x", "#tare-error", "as 0.35"},
	} {
		for _, do := range []string{"add", "save"} {
			t.Run(name+"/"+do, func(t *testing.T) {
				a := w.post(page, url.Values{"key": {"k"}, "type": {c.material}, "gross": {c.gross}, "tare": {c.tare}, "note": {"kept"}, "do": {do}})
				a.is(http.StatusUnprocessableEntity).has(c.field, c.words)
				a.value("#gross", c.gross)
				a.value("#tare", c.tare)
				a.value("#note", "kept")
				a.value("input[name=key]", "k")
			})
		}
	}
	t.Run("inactive material", func(t *testing.T) {
		a := w.post(page, url.Values{"key": {"k"}, "line_type": {w.glass.ID.String()}, "line_gross": {"2"}, "line_tare": {""}, "do": {"save"}})
		a.is(http.StatusUnprocessableEntity)
		if a.text(".line-in:first-child .field-error") == "" {
			t.Error("nothing said beside the line")
		}
		a.value("input[name=line_gross]", "2")
	})
	t.Run("nothing at all", func(t *testing.T) {
		w.post(page, url.Values{"key": {"k"}, "do": {"save"}}).is(http.StatusUnprocessableEntity).has("#type-error", "Choose")
	})
	t.Run("script", func(t *testing.T) {
		a := w.send(http.MethodPost, page, url.Values{"key": {"k"}, "line_type": {w.pet.ID.String(), w.glass.ID.String()}, "line_gross": {"1", "2"}, "line_tare": {"", ""}, "do": {"save"}}, "application/json")
		a.is(http.StatusUnprocessableEntity)
		fields, _ := a.json()["fields"].(map[string]any)
		if fields["lines.2.type"] == nil || len(fields) != 1 {
			t.Errorf("answer %s", a.body)
		}
	})
	if got := w.points(w.nena); got != 0 {
		t.Errorf("refused weigh-ins paid %s", got)
	}
}

func TestStationBarredResidents(t *testing.T) {
	w := newStationWorld(t, testkit.DB(t))
	for name, c := range map[string]struct {
		who   people.Resident
		words string
	}{
		"waits for approval": {w.ben, "Ben Salazar is not approved yet"},
		"suspended":          {w.sol, "Sol Domingo is suspended"},
	} {
		t.Run(name, func(t *testing.T) {
			a := w.get(w.weighing(c.who)).is(http.StatusOK)
			a.has(".notice-clay", c.words)
			if a.Find("form[data-weigh]").Length() > 0 {
				t.Error("there is something to weigh with")
			}
			w.get("/console/station/residents/"+c.who.ID.String()+"/rewards/").is(http.StatusOK).has(".notice-clay", c.words)
			a = w.post(w.weighing(c.who), url.Values{"key": {"k"}, "type": {w.pet.ID.String()}, "gross": {"1"}, "do": {"save"}})
			a.is(http.StatusConflict)
			if got := w.points(c.who); got != 0 {
				t.Errorf("paid %s", got)
			}
		})
	}
	t.Run("other barangay", func(t *testing.T) {
		w.get(w.weighing(w.lito)).is(http.StatusForbidden)
		w.post(w.weighing(w.lito), url.Values{"key": {"k"}, "type": {w.pet.ID.String()}, "gross": {"1"}, "do": {"save"}}).is(http.StatusForbidden)
	})
}

// A double tap, the back button and a reload send the same key again: paid once.
func TestStationKeyPaysOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newStationWorld(t, d)
		form := url.Values{"key": {"one-visit"}, "type": {w.pet.ID.String()}, "gross": {"2"}, "do": {"save"}}
		first := w.post(w.weighing(w.nena), form).is(http.StatusSeeOther)
		second := w.post(w.weighing(w.nena), form).is(http.StatusSeeOther)
		if first.location != second.location {
			t.Errorf("two receipts: %s, %s", first.location, second.location)
		}
		if got := w.points(w.nena); got != 1000 {
			t.Errorf("balance %s, want 10", got)
		}
		form.Set("gross", "3")
		a := w.post(w.weighing(w.nena), form).is(http.StatusConflict)
		a.has("[data-problem]", "saved before")
		a.has("[data-lines]", "3 kg")
		key := a.Find("input[name=key]").AttrOr("value", "")
		if key == "one-visit" || key == "" {
			t.Errorf("the page goes on with key %q", key)
		}
		a = w.send(http.MethodPost, w.weighing(w.nena), form, "application/json").is(http.StatusConflict)
		if a.json()["code"] != "REQUEST_KEY_REUSED" {
			t.Errorf("answer %s", a.body)
		}
		if got := w.points(w.nena); got != 1000 {
			t.Errorf("balance %s, want 10", got)
		}
	})
}

// find types or scans a text.
func (w *stationWorld) find(text string) answer {
	return w.post("/console/station/find/", url.Values{"q": {text}})
}

// way is how an address says that the collector found a resident.
func (w *stationWorld) way(of people.Resident, by string) url.Values {
	w.t.Helper()
	card, _ := w.people.CardOf(w.t.Context(), of.ID) // who waits for approval has none
	text := map[string]string{"card": card.QR, "legacy_card": of.ID.String(), "search": of.Username}[by]
	at, err := url.Parse(w.find(text).location)
	must(w.t, err)
	return at.Query()
}

// weighing is the address of the scale of a resident whose card was scanned.
func (w *stationWorld) weighing(r people.Resident) string {
	return "/console/station/residents/" + r.ID.String() + "/?" + w.way(r, "card").Encode()
}

// save records one line as the page's script does.
func (w *stationWorld) save(r people.Resident, key, material, gross, tare string) {
	w.t.Helper()
	form := url.Values{"key": {key}, "line_type": {material}, "line_gross": {gross}, "line_tare": {tare}, "do": {"save"}}
	w.send(http.MethodPost, w.weighing(r), form, "application/json").is(http.StatusOK)
}

// form reads the fields of a form as a browser would send them, without its buttons.
func (a answer) form(selector string) url.Values {
	a.t.Helper()
	values := url.Values{}
	f := a.Find(selector)
	if f.Length() != 1 {
		a.t.Fatalf("%d of %s", f.Length(), selector)
	}
	for _, n := range f.Find("input").EachIter() {
		if t := n.AttrOr("type", ""); t == "radio" && n.AttrOr("checked", "no") == "no" || n.Closest("template").Length() > 0 {
			continue
		}
		values.Add(n.AttrOr("name", ""), n.AttrOr("value", ""))
	}
	return values
}

func (a answer) json() map[string]any {
	a.t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		a.t.Fatalf("%v: %s", err, a.body)
	}
	return v
}
