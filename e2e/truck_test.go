package e2e

import (
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/collection"
	"ekolek/internal/people"
	"ekolek/internal/schedule"
)

// Whoever has no account chooses a barangay on the first page, sees what a typhoon
// cancelled, turns the month, and opens how the calendar is added.
func TestVisitorSeesWhenTheTruckComes(t *testing.T) {
	c := newCity(t)
	here := c.truckBeforeATyphoon()
	for _, d := range devices {
		t.Run(d.String(), func(t *testing.T) {
			says := map[string]string{"en": "No collection on", "fil": "Walang koleksyon sa"}[d.lang]
			p := c.person("visitor", d)
			p.t = t
			p.open("/")
			p.page.MustElement("#barangay").MustSelect(here.Name)
			p.press("#next-truck form button")
			p.sees(says)
			p.shot("truck-landing")
			p.press(`#next-truck a[href="/schedule/?barangay=` + here.PSGC + `"]`)
			p.at("/schedule/")
			p.sees(says)
			p.find(".week .off")
			p.shot("truck")
			before := p.find("#month-h").MustText()
			p.press("#month h2 ~ a")
			if after := p.find("#month-h").MustText(); after == before {
				t.Errorf("the month stays %q", after)
			}
			p.tap("#calendar summary")
			p.find("#calendar-address")
			p.check()
			p.shot("truck-month")
		})
	}
}

// truckBeforeATyphoon plans two collections, of which the nearer one is cancelled.
func (c *city) truckBeforeATyphoon() people.Barangay {
	c.t.Helper()
	ctx, a := c.t.Context(), c.app
	all, err := a.People.Barangays(ctx)
	c.must(err)
	here := all[4]
	pet, err := a.Collection.SaveType(ctx, command(), collection.TypeForm{Name: "PET bottles", NameFil: "Boteng PET", Class: collection.Recyclable, Icon: "art-pet", Rate: 500, Active: true})
	c.must(err)
	today := a.Schedule.Today()
	for _, n := range []int{2, 4} {
		weekday := (int(schedule.WeekdayOf(schedule.AddDays(today, n)))+6)%7 + 1
		_, err := a.Schedule.SaveLine(ctx, command(), people.City, schedule.LineForm{Barangay: here.ID, Weekday: weekday, Start: 7 * 60, End: 9 * 60, Wastes: []uuid.UUID{pet}, Active: true})
		c.must(err)
	}
	_, err = a.Schedule.Except(ctx, command(), people.City, schedule.ExceptionForm{RequestKey: "typhoon", Kind: schedule.Suspend, Reason: schedule.ReasonTyphoon,
		Barangays: []uuid.UUID{here.ID}, Days: []schedule.DayMove{{Day: schedule.AddDays(today, 2)}}})
	c.must(err)
	return here
}
