package console_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/schedule"
	"ekolek/internal/testkit"
)

// at sets the clock to a time in Manila.
func (o *office) at(text string) {
	o.t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", text, db.Manila)
	must(o.t, err)
	o.Clock.Advance(at.Sub(o.Clock.Now()))
}

// comes plans a pick-up of two hours each week; collector may be uuid.Nil.
func (o *office) comes(b people.Barangay, weekday int, start schedule.Minutes, collector uuid.UUID) uuid.UUID {
	o.t.Helper()
	types, err := o.collection.Types(o.t.Context())
	must(o.t, err)
	if len(types) == 0 {
		types = append(types, o.pet())
	}
	id, err := o.schedule.SaveLine(o.t.Context(), o.Actor(o.Admin), people.City, schedule.LineForm{Barangay: b.ID, Weekday: weekday, Start: start, End: start + 120,
		Wastes: []uuid.UUID{types[0].ID}, Notes: "Bags at the corner.", Active: true, ValidFrom: "2026-01-01", Collector: collector})
	must(o.t, err)
	return id
}

func stopPath(source uuid.UUID, day string) string {
	return "/console/run/" + source.String() + "/" + day + "/"
}

// One collector's Tuesday: what is theirs, marked by one tap, corrected, and seen by the office.
func TestACollectorsRun(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		o.at("2026-12-01 09:15")
		here, far := o.Barangays[0], o.Barangays[9]
		o.Staff(t, "other", auth.OperationsManager, here)
		early, late := o.comes(here, 2, 7*60, uuid.Nil), o.comes(here, 2, 13*60, o.Manager.ID)
		lent := o.comes(far, 2, 10*60, o.Manager.ID)
		b := o.as("manager")

		page := b.Get("/console/run/").Is(http.StatusOK)
		page.Has("#run-progress", "0 of 3 marked").Has(".run-stops", far.Name).Has(".run-stops", "Bags at the corner.").Has("#stop-"+early.String()+"-2026-12-01", "Not marked yet")
		var order []string
		for _, s := range page.Find("[data-stop]").EachIter() {
			order = append(order, strings.Split(s.AttrOr("data-stop", ""), "/")[3])
		}
		if want := []string{early.String(), lent.String(), late.String()}; !slices.Equal(order, want) {
			t.Errorf("the run is %v, want %v", order, want)
		}
		b.Get("/console/run/?day=2026-12-02").Has("main", "No collection on this day").Lacks("main", "Today")
		b.Get("/console/run/?day=2026-12-08").Has(".run-stops", "It can be marked on its day").Lacks("main", "0 of 0")
		b.Get("/console/run/?day=2026-11-17").Has(".run-stops", "Too long ago")
		b.Get("/console/run/?day=nonsense").Has("#run-progress", "0 of 3")

		// One tap, and the same again.
		key := page.Find("#stop-"+early.String()+"-2026-12-01 [name=key]").AttrOr("value", "")
		tap := []string{"key", key, "state", "collected", "at", "2026-12-01T08:40"}
		back := "/console/run/?day=2026-12-01#stop-" + early.String() + "-2026-12-01"
		b.Post(stopPath(early, "2026-12-01"), tap...).LeadsTo(back)
		b.Post(stopPath(early, "2026-12-01"), tap...).LeadsTo(back)
		b.Get("/console/run/").Has("#run-progress", "1 of 3").Has("#stop-"+early.String()+"-2026-12-01", "8:40 AM")
		again := b.Post(stopPath(early, "2026-12-01"), with(tap, "note", "Twice")...).Is(http.StatusConflict).Has("main", "saved with other words")
		if now := again.Find("[name=key]").AttrOr("value", ""); now == key || now == "" {
			t.Errorf("a key that was used stays: %q", now)
		}

		// Not collected wants a reason, and a time that has come.
		b.Get(stopPath(late, "2026-12-01")+"?state=missed").Has("form", "Why not?")
		b.Post(stopPath(late, "2026-12-01"), "key", "a", "state", "missed", "note", "Flood").Is(http.StatusUnprocessableEntity).Has("[data-error-for=reason]", "Fill this in").Value("#note", "Flood")
		b.Post(stopPath(late, "2026-12-01"), "key", "a", "state", "missed", "reason", "road", "time", "16:00").Has("[data-error-for=time]", "not come yet")
		b.Post(stopPath(late, "2026-12-01"), "key", "a", "time", "9 am").Has("[data-error-for=time]", "07:30")
		b.Post(stopPath(late, "2026-12-01"), "key", "a", "state", "missed", "reason", "road", "time", "09:05", "note", "Flood").Is(http.StatusSeeOther)
		b.Get("/console/run/").Has("#stop-"+late.String()+"-2026-12-01", "The road was closed").Has("#stop-"+late.String()+"-2026-12-01", "9:05 AM")

		// Corrected on the same day, and no later.
		b.Get(stopPath(late, "2026-12-01")).Value("#time", "09:05").Value("#note", "Flood")
		b.Post(stopPath(late, "2026-12-01"), "key", "b", "state", "collected", "reason", "road", "time", "09:10").Is(http.StatusSeeOther)
		o.at("2026-12-02 00:10")
		b = o.as("manager")
		b.Get(stopPath(late, "2026-12-01")).Has("main", "on the same day only").Lacks("main", "Save")
		b.Post(stopPath(late, "2026-12-01"), "key", "c", "state", "missed", "reason", "road").Is(http.StatusConflict).Has("main", "on the same day only")

		// Only those whose it is.
		b.Get(stopPath(lent, "2026-12-01")).Is(http.StatusOK).Value("#time", "10:00")
		o.as("other").Get(stopPath(lent, "2026-12-01")).Is(http.StatusForbidden)
		o.as("other").Post(stopPath(lent, "2026-12-01"), "key", "a", "state", "collected").Is(http.StatusForbidden)
		o.as("content").Get("/console/run/").Is(http.StatusForbidden)
		b.Get(stopPath(early, "2026-12-02")).Is(http.StatusNotFound)
		b.Get(stopPath(early, "nonsense")).Is(http.StatusNotFound)

		list := b.Get("/console/schedule/visits/").Is(http.StatusOK).Has(".dtable", here.Name).Has(".dtable", "corrected once").Lacks(".dtable", "road was closed")
		if n := list.Find(".dtable tbody tr").Length(); n != 2 {
			t.Errorf("%d visits", n)
		}
		b.Get("/console/schedule/visits/?state=missed").Has(".empty", "Nothing marked here")
		b.Get("/console/schedule/visits/?from=2026-12-02").Has(".empty", "Nothing marked here")
		if rows := o.csv(b.Get("/console/schedule/visits.csv?by=" + o.Manager.ID.String()).Is(http.StatusOK).Body); len(rows) != 3 || rows[1][0] != "2026-12-01" || rows[1][1] != here.Name {
			t.Errorf("the file says %q", rows)
		}
	})
}

// What the office changed is told, and what does not come cannot be marked.
func TestARunTellsOfChanges(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	o.at("2026-12-01 09:15")
	b, here := o.as("manager"), o.Barangays[0]
	line := o.comes(here, 2, 7*60, uuid.Nil)
	except := func(f schedule.ExceptionForm) {
		t.Helper()
		f.Barangays = []uuid.UUID{here.ID}
		_, err := o.schedule.Except(t.Context(), o.Actor(o.Admin), people.City, f)
		must(t, err)
	}
	except(schedule.ExceptionForm{RequestKey: "a", Kind: schedule.Suspend, Reason: schedule.ReasonTyphoon, Note: "Signal no. 3", Days: []schedule.DayMove{{Day: "2026-12-01"}}})
	except(schedule.ExceptionForm{RequestKey: "b", Kind: schedule.Move, Reason: schedule.ReasonHoliday, Days: []schedule.DayMove{{Day: "2026-12-08", To: "2026-12-09"}}})
	card := "#stop-" + line.String() + "-2026-12-01"
	b.Get("/console/run/").Has(card, "Cancelled").Has(card, "Typhoon").Has(card, "Signal no. 3").Lacks(card, "Not collected").Has("#run-progress", "0 of 0")
	b.Get(stopPath(line, "2026-12-01")).Has("main", "nothing to mark").Lacks("main", "Save")
	b.Post(stopPath(line, "2026-12-01"), "key", "a", "state", "collected").Is(http.StatusConflict).Has("main", "nothing to mark")
	b.Lang = "fil"
	b.Get("/console/run/?day=2026-12-09").Has("main", "Inilipat dito").Has("main", "Martes, 8 Disyembre")
	b.Get("/console/run/?day=2026-12-08").Has("main", "Walang koleksyon sa araw na ito")
}
