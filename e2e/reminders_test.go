package e2e

import (
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/collection"
	"ekolek/internal/people"
	"ekolek/internal/schedule"
)

// A resident asks for reminders by text message at eight, and has one sent for trial.
func TestResidentChoosesReminders(t *testing.T) {
	d := devices[0]
	c := newCity(t)
	ben := c.settler("ben.salazar", "0917 555 0480", "ben@example.com")
	pet, err := c.app.Collection.SaveType(t.Context(), command(), collection.TypeForm{Name: "PET", NameFil: "Boteng plastik", Class: collection.Recyclable, Rate: 5_00, Active: true})
	c.must(err)
	day := schedule.WeekdayOf(schedule.AddDays(c.app.Schedule.Today(), 1))
	_, err = c.app.Schedule.SaveLine(t.Context(), command(), people.City, schedule.LineForm{Barangay: ben.BarangayID, Weekday: (int(day)+6)%7 + 1,
		Start: 7 * 60, End: 9 * 60, Wastes: []uuid.UUID{pet}, Active: true})
	c.must(err)
	p := c.person("ben", d)
	p.open("/me/reminders/")
	p.signIn("ben.salazar", firstPassword)
	p.fill("#code", c.code("+639175550480"))
	p.submit()
	p.sees("7:00 AM")
	p.shot("reminders")
	p.tap(`label:has(input[name="way"][value="sms"])`)
	p.find("#hour").MustSelect("8:00 PM")
	p.press(`form[action="/me/reminders/"] button.btn-primary`)
	p.find(`input[name="way"][value="sms"]:checked`)
	p.shot("reminders-saved")
	p.press(`form[action="/me/reminders/try/"] button`)
	c.text("+639175550480", "E-KOLEK")
	p.open("/notices/")
	p.sees("Darating ang trak")
	p.shot("reminders-notice")
	r, err := c.app.Schedule.ReminderOf(t.Context(), ben.FamilyID)
	if c.must(err); r.Hour != 20 || r.Way != schedule.WaySMS || r.Resident != ben.ID {
		t.Errorf("chosen %+v", r)
	}
}
