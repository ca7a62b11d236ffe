package e2e

import (
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/collection"
	"ekolek/internal/people"
	"ekolek/internal/schedule"
)

// The office plans the trucks and cancels them for a typhoon: every form is opened, refused
// once, and sent; the resident hears of it once, and nothing of it is left when it is taken
// back.
func TestOfficePlansAndSuspends(t *testing.T) {
	d := devices[0]
	c := newCity(t)
	admin := c.setUp(d)
	nena := c.register(admin)
	c.approve(admin, nena)
	_, err := c.app.Collection.SaveType(t.Context(), c.staff(), collection.TypeForm{Name: "PET", NameFil: "Boteng plastik", Class: collection.Recyclable, Rate: 5_00, Active: true})
	c.must(err)
	admin.plansTrucks(nena)
	day := schedule.AddDays(schedule.Monday(c.app.Schedule.Today()), 7)
	admin.suspends(c, nena, day)
	admin.tendsHolidays(day)
	admin.takesBackSuspension(c)
	admin.deletesLine()
}

// plansTrucks makes the lines of two days at once, and meets an overlap.
func (p *person) plansTrucks(r people.Resident) {
	p.t.Helper()
	p.open("/console/schedule/new/")
	p.unchecked()
	p.refused()
	p.find("#weekday-error")
	p.shot("line-refused")
	fill := func() {
		p.page.MustEval(`id => { document.querySelector("#barangay").value = id }`, r.BarangayID.String())
		p.tap(`[name=weekday][value="1"]`)
		p.tap(`[name=weekday][value="4"]`)
		p.tap(`[name=wastes]`)
		p.page.MustEval(`() => { document.querySelector("#start").value = "07:00"; document.querySelector("#end").value = "09:00" }`)
	}
	fill()
	p.submit()
	p.at("/console/schedule/")
	p.find(".plan-line a")
	p.shot("schedule")
	p.open("/console/schedule/new/")
	fill()
	p.refused()
	p.find("#start-error")
	p.open("/console/schedule/")
	p.shot("schedule-city")
}

// suspends cancels a week of the whole city: the form, what it would do, and the act.
func (p *person) suspends(c *city, r people.Resident, day string) {
	p.t.Helper()
	p.open("/console/schedule/exceptions/new/")
	p.leave(func() { p.tap(`button[value="preview"]`) })
	p.forgive("status of 422")
	p.check()
	p.find("#kind-error")
	p.shot("change-refused")
	p.tap(`label:has([value="suspend"])`)
	p.tap(`label:has([value="typhoon"])`)
	p.page.MustEval(`day => { document.querySelector("#from").value = day }`, day)
	p.fill("#note", "Signal no. 3")
	p.press(`button[value="preview"]`)
	p.find(".dtable")
	p.shot("change-preview")
	p.press(`button[value="edit"]`)
	p.press(`button[value="preview"]`)
	p.press(`button[value="confirm"]`)
	p.find(".chip-clay")
	p.shot("suspended")
	list, err := c.app.Schedule.Pickups(p.t.Context(), schedule.Query{Barangays: []uuid.UUID{r.BarangayID}, From: day, To: day})
	if err != nil || len(list) != 1 || list[0].State != schedule.Suspended || list[0].Why.Campaign == uuid.Nil {
		p.t.Fatalf("suspended: %+v, %v", list, err)
	}
}

func (p *person) tendsHolidays(day string) {
	p.t.Helper()
	p.open("/console/schedule/holidays/new/")
	p.unchecked()
	p.refused()
	p.find("#name-error")
	p.shot("holiday-refused")
	p.page.MustEval(`day => { document.querySelector("#day").value = day }`, day)
	p.fill("#name", "City charter day")
	p.submit()
	p.sees("City charter day")
	p.shot("holidays")
	p.tap(`[name=days][value="` + day + `"]`)
	p.press(".bulk button")
	p.find(`[name=days]:checked`)
	p.open("/console/schedule/holidays/?year=" + day[:4])
	row := `tr:has([name=days][value="` + day + `"]) `
	p.confirm(row+`a:not([href*="delete"])`, "holiday")
	p.confirm(row+`a[href*="delete"]`, "holiday-delete")
}

func (p *person) takesBackSuspension(c *city) {
	p.t.Helper()
	p.open("/console/schedule/exceptions/")
	p.shot("changes")
	p.press(".dtable .lead a")
	p.confirm(`main a[href$="/lift/"]`, "change-lift")
	p.open("/console/schedule/exceptions/?lifted=on")
	p.shot("changes-lifted")
	page, err := c.app.Schedule.Exceptions(p.t.Context(), people.City, schedule.ExceptionFilter{Lifted: true})
	if err != nil || len(page.Rows) != 1 || !page.Rows[0].Lifted() {
		p.t.Fatalf("taken back: %+v, %v", page.Rows, err)
	}
}

func (p *person) deletesLine() {
	p.t.Helper()
	p.open("/console/schedule/")
	p.press(".plan-line a")
	p.shot("line")
	p.submit()
	p.press(".plan-line a")
	p.confirm(`main a[href$="/delete/"]`, "line-delete")
	p.at("/console/schedule/")
}
