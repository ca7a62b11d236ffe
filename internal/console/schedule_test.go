package console_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/schedule"
	"ekolek/internal/testkit"
)

// materials and crew are what the program hands to the plan, here without its other rooms.
func (o *office) materials(ctx context.Context, q db.Q) ([]schedule.Material, error) {
	types, err := o.collection.TypesIn(ctx, q)
	out := make([]schedule.Material, len(types))
	for i, t := range types {
		out[i] = schedule.Material{ID: t.ID, Name: t.Name, NameFil: t.NameFil, Class: string(t.Class)}
	}
	return out, err
}

func (o *office) crew(context.Context, db.Q) ([]schedule.Collector, error) {
	return []schedule.Collector{{ID: o.Manager.ID, Name: o.Manager.Name}}, nil
}

// lines are all that the plan has.
func (o *office) lines() []schedule.Line {
	o.t.Helper()
	page, err := o.schedule.Lines(o.t.Context(), people.City, schedule.LineFilter{Inactive: true, Past: true, Limit: 100})
	must(o.t, err)
	return page.Rows
}

// Several days at once become several lines, all or none; what overlaps is refused beside
// its field, with the other line's time.
func TestPlanALine(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		b, pet, here := o.as("manager"), o.pet(), o.Barangays[0]
		b.Get("/console/schedule/").Is(http.StatusOK).Has(".plan-week .lead", "No truck comes here yet").Lacks(".plan-week", o.Barangays[5].Name)
		b.Post("/console/schedule/new/", "start", "noon", "active", "on").Refuses("weekday")
		b.Post("/console/schedule/new/", "weekday", "1", "start", "noon", "end", "07:00").Refuses("barangay", "start", "wastes")
		fields := []string{"barangay", here.ID.String(), "weekday", "1", "weekday", "4", "start", "07:00", "end", "06:00", "wastes", pet.ID.String(), "notes", "By the gate", "active", "on"}
		b.Post("/console/schedule/new/", fields...).Refuses("end").Has("textarea[name=notes]", "By the gate")
		fields[9] = "09:00"
		b.Post("/console/schedule/new/", fields...).LeadsTo("/console/schedule/?barangay=" + here.ID.String())
		b.Get("/console/schedule/").Has(".notice", "2 days added").Has(`[data-label="Monday"]`, "7:00–9:00 AM").Has(`[data-label="Thursday"]`, "PET bottles")
		b.Get("/console/schedule/?day=4").Has(`[data-label="Thursday"]`, "7:00").Lacks(`[data-label="Monday"]`, "7:00")
		b.Get("/console/schedule/?collector="+o.Manager.ID.String()).Has(".empty", "Nothing fits")

		// Wednesday is free, but Thursday is taken: neither is made.
		b.Post("/console/schedule/new/", "barangay", here.ID.String(), "weekday", "3", "weekday", "4", "start", "08:00", "end", "10:00", "wastes", pet.ID.String(), "active", "on").
			Refuses("start").Has("#start-error", "7:00 AM").Has(`.choice:has([name=weekday][value="3"]:checked)`, "Wednesday")
		if n := len(o.lines()); n != 2 {
			t.Fatalf("%d lines", n)
		}
		far := append([]string{"barangay", o.Barangays[5].ID.String()}, fields[2:]...)
		b.Post("/console/schedule/new/", far...).Is(http.StatusForbidden)
		if got := rows(t, b.Get("/console/schedule.csv")); len(got) != 2 || got[0][1] != "Monday" || got[0][2] != "07:00" || got[0][4] != "PET bottles" {
			t.Errorf("the file holds %q", got)
		}
	})
}

// A change of a line that has begun leaves the past alone; deleting says what falls away.
func TestChangeAndDeleteALine(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	b, pet := o.as("manager"), o.pet()
	id, err := o.schedule.SaveLine(t.Context(), o.Actor(o.Admin), people.City, schedule.LineForm{Barangay: o.Barangays[0].ID, Weekday: 2, Start: 7 * 60, End: 9 * 60,
		Wastes: []uuid.UUID{pet.ID}, Active: true, ValidFrom: "2026-01-01"})
	must(t, err)
	page := "/console/schedule/lines/" + id.String() + "/"
	today := o.schedule.Today()
	b.Get(page).Is(http.StatusOK).Value("#start", "07:00").Value("#from", today).Has(`.choice:has(:checked)`, "Tuesday")
	b.Post(page, "barangay", o.Barangays[0].ID.String(), "weekday", "2", "start", "13:00", "end", "12:00", "wastes", pet.ID.String(), "from", today).Refuses("end").Value("#start", "13:00")
	b.Post(page, "barangay", o.Barangays[0].ID.String(), "weekday", "2", "start", "13:00", "end", "15:00", "wastes", pet.ID.String(), "from", today, "active", "on", "collector", o.Manager.ID.String()).
		LeadsTo("/console/schedule/?barangay=" + o.Barangays[0].ID.String())
	b.Get("/console/schedule/").Has(".plan-line", "1:00–3:00 PM").Has(".plan-line", o.Manager.Name).Lacks(".plan-line", "7:00")
	b.Get("/console/schedule/?past=on").Has(".plan-line", "7:00–9:00 AM")
	var now schedule.Line
	for _, l := range o.lines() {
		if l.ValidUntil == "" {
			now = l
		}
	}
	page = "/console/schedule/lines/" + now.ID.String() + "/"
	b.Get(page+"delete/").Has("form", "4 collections of the next 28 days fall away")
	b.Post(page + "delete/").LeadsTo("/console/schedule/?barangay=" + o.Barangays[0].ID.String())
	b.Get("/console/schedule/").Has(".plan-week .lead", "No truck comes here yet").Lacks(".plan-line", "1:00")
	o.as("analyst").Get("/console/schedule/").Is(http.StatusForbidden)
}

// What happens is shown before it does; confirmed once, it stands once, and the residents
// are told once. Taken back, the plan holds again.
func TestSuspendMoveAndAdd(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		b, pet, here := o.as("admin"), o.pet(), o.Barangays[0]
		today := o.schedule.Today()
		day := schedule.AddDays(schedule.Monday(today), 7) // a Monday to come
		for _, barangay := range o.Barangays[:2] {
			_, err := o.schedule.SaveLine(t.Context(), o.Actor(o.Admin), people.City, schedule.LineForm{Barangay: barangay.ID, Weekday: 1, Start: 7 * 60, End: 9 * 60, Wastes: []uuid.UUID{pet.ID}, Active: true})
			must(t, err)
		}
		page := "/console/schedule/exceptions/new/"
		b.Get(page).Is(http.StatusOK).Has("form", "The whole city")
		b.Post(page, "to", "all").Refuses("kind", "reason", "from")
		b.Post(page, "kind", "move", "reason", "truck", "to", "all", "from", day).Refuses("move_to")
		b.Post(page, "kind", "suspend", "reason", "typhoon", "to", "some", "from", day, "until", today).Refuses("until")
		b.Post(page, "kind", "suspend", "reason", "typhoon", "to", "some", "from", day, "note", "Signal no. 3").Refuses("barangays").Has("[name=note]", "Signal no. 3")

		suspend := []string{"request_key", "k1", "kind", "suspend", "reason", "typhoon", "to", "all", "from", day, "until", schedule.AddDays(day, 2), "tell", "on"}
		b.Post(page, append(suspend, "do", "preview")...).Is(http.StatusOK).Has("h2", "2 collections would be cancelled").Has(".dtable", here.Name).Has("form", "under the bell").
			Value(`[name=until]`, schedule.AddDays(day, 2))
		b.Post(page, append(suspend, "do", "edit")...).Is(http.StatusOK).Value("#from", day).Has(`.choice:has([value=suspend]:checked)`, "Cancel")
		for range 2 { // the second time is a nervous finger
			b.Post(page, append(suspend, "do", "confirm")...).Is(http.StatusSeeOther)
		}
		list, err := o.schedule.Exceptions(t.Context(), people.City, schedule.ExceptionFilter{})
		must(t, err)
		if len(list.Rows) != 1 {
			t.Fatalf("%d exceptions", len(list.Rows))
		}
		one := "/console/schedule/exceptions/" + list.Rows[0].ID.String() + "/"
		b.Get(one).Is(http.StatusOK).Has("main", "2 collections changed").Has(".facts", "Typhoon")
		b.Get("/console/schedule/exceptions/").Has(".dtable", "Cancelled").Has(".dtable", "Typhoon")
		b.Get("/console/schedule/exceptions/?kind=move").Has(".empty", "Nothing fits")
		o.as("manager").Get(one).Is(http.StatusOK).Lacks(`a[href$="/lift/"]`, "Take back") // some of the city is not the manager's

		b.Get(one+"lift/").Has("form", "2 collections are as the schedule says again")
		b.Post(one+"lift/", "tell", "on").LeadsTo(one)
		b.Post(one+"lift/").Is(http.StatusUnprocessableEntity).Has("#errors", "already")
		b.Get("/console/schedule/exceptions/").Has(".empty", "holds as it is")
		b.Get("/console/schedule/exceptions/?lifted=on").Has(".dtable", "Taken back")

		move := []string{"request_key", "k2", "kind", "move", "reason", "holiday", "to", "some", "barangays", here.ID.String(), "days", day, "move_to", schedule.AddDays(day, 1)}
		b.Post(page, append(move, "do", "preview")...).Has("h2", "1 collection would be moved").Has(".dtable", "Moved")
		b.Post(page, append(move, "do", "confirm")...).Is(http.StatusSeeOther)
		add := []string{"request_key", "k3", "kind", "add", "reason", "other", "to", "some", "barangays", here.ID.String(), "from", day, "start", "15:00", "end", "16:30", "wastes", pet.ID.String()}
		b.Post(page, append(add, "do", "confirm")...).Is(http.StatusSeeOther)
		pickups, err := o.schedule.Pickups(t.Context(), schedule.Query{Barangays: []uuid.UUID{here.ID}, From: day, To: schedule.AddDays(day, 1)})
		must(t, err)
		var got []string
		for _, p := range pickups {
			got = append(got, p.Day+" "+p.Start.String()+" "+string(p.State))
		}
		if want := day + " 15:00 added, " + schedule.AddDays(day, 1) + " 07:00 moved"; strings.Join(got, ", ") != want {
			t.Errorf("the plan is %q, want %q", got, want)
		}
		b.Post(page, "request_key", "k4", "kind", "suspend", "reason", "other", "to", "some", "barangays", here.ID.String(), "from", schedule.AddDays(day, 4), "do", "preview").
			Is(http.StatusOK).Has(".notice", "nothing would change")
	})
}

// Holidays are added, changed, ticked and taken off the list; by themselves they do nothing.
func TestHolidayPages(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	b := o.as("manager")
	year := o.schedule.Today()[:4]
	list := "/console/schedule/holidays/?year=" + year
	b.Get("/console/schedule/holidays/").Is(http.StatusOK).Has(".dtable", "Christmas Day")
	form := "/console/schedule/holidays/new/?year=" + year
	b.Post(form, "day", "", "name", "").Refuses("day", "name")
	b.Post(form, "day", year+"-12-28", "name", "City charter day", "name_fil", "Araw ng lungsod", "kind", "special").LeadsTo(list)
	b.Get(list).Has(".dtable", "City charter day")
	holidays, err := o.schedule.Holidays(t.Context(), parseYear(t, year))
	must(t, err)
	for _, h := range holidays {
		if h.Name != "City charter day" {
			continue
		}
		one := "/console/schedule/holidays/" + h.ID.String() + "/?year=" + year
		b.Get(one).Value("#name_fil", "Araw ng lungsod")
		b.Post(one, "day", h.Day, "name", "", "kind", "regular").Refuses("name")
		b.Post(one, "day", h.Day, "name", "City charter day", "kind", "regular").LeadsTo(list)
		b.Get("/console/schedule/holidays/"+h.ID.String()+"/delete/?year="+year).Has("form", "City charter day")
		b.Post("/console/schedule/holidays/" + h.ID.String() + "/delete/?year=" + year).LeadsTo(list)
	}
	b.Get(list).Lacks(".dtable", "City charter day")
	b.Get("/console/schedule/exceptions/new/?kind=suspend&reason=holiday&days="+year+"-12-25").Is(http.StatusOK).Has(`.choice:has([name=days]:checked)`, "Christmas Day")
}

func parseYear(t *testing.T, text string) int {
	t.Helper()
	year, err := strconv.Atoi(text)
	must(t, err)
	return year
}
