package site_test

import (
	"net/http"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/schedule"
	"ekolek/internal/testkit"
)

func TestRemindersAreChosen(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newTown(t, d)
		head := c.Resident(t, c.Barangays[0])
		member := c.Member(t, head)
		const path = "/me/reminders/"
		b := c.as(head)
		b.Get("/me/").Has(`a[href="/me/reminders/"]`, "Reminders")
		a := b.Get(path).Is(http.StatusOK).Sound(path).Has("main", "No pick-up is planned").Has("main", "come to you").Has("select[name=hour] option[selected]", "6:00 PM")
		if a.Find(`form[action="/me/reminders/try/"]`).Length() != 0 {
			t.Error("something to try without a pick-up")
		}
		b.Post(path+"try/").Is(http.StatusUnprocessableEntity).Sound(path).Has("main", "nothing to remind you of")

		tomorrow := schedule.WeekdayOf(schedule.AddDays(c.schedule.Today(), 1))
		_, err := c.schedule.SaveLine(t.Context(), c.Actor(c.Admin), people.City, schedule.LineForm{Barangay: c.Barangays[0].ID, Weekday: (int(tomorrow)+6)%7 + 1,
			Start: 7 * 60, End: 9 * 60, Wastes: []uuid.UUID{c.pet().ID}, Active: true})
		must(t, err)
		b.Get(path).Has("main", "Next pick-up in your barangay").Has("main", "7:00 AM")

		// Refused beside the field, what was chosen kept.
		b.Post(path, "way", "email", "hour", "19").Is(http.StatusUnprocessableEntity).Sound(path).Has(".field-error", "no e-mail address").
			Has("select[name=hour] option[selected]", "7:00 PM").Has("input[name=way][checked][value=email]", "")
		b.Post(path, "way", "sms", "hour", "4").Is(http.StatusUnprocessableEntity).Has(".field-error", "Choose an hour")
		b.Post(path, "way", "fax", "hour", "x").Is(http.StatusUnprocessableEntity)

		// Another of the family takes it over, and both pages say so.
		of := c.as(member)
		of.Get(path).Has("main", head.FullName+" in your family gets the reminders")
		of.Post(path, "way", "sms", "hour", "20").LeadsTo(path)
		of.Get(path).Has("[role=status]", "Saved").Has("main", "come to you").Has("select[name=hour] option[selected]", "8:00 PM")
		b.Get(path).Has("main", member.FullName+" in your family gets the reminders")

		of.Post(path + "try/").LeadsTo(path)
		of.Get("/notices/").Has("main", "The truck comes on").Has("main", "PET bottles")
		if texts := c.Told(t, member.Phone); texts[len(texts)-1].Kind != "schedule.remind" {
			t.Errorf("told %v", texts)
		}
		of.Post(path+"try/").Is(http.StatusUnprocessableEntity).Sound(path).Has("main", "ten minutes")

		of.Lang = "fil"
		of.Get(path).Is(http.StatusOK).Sound(path).Has("h1", "Mga paalala")
		of.Post(path, "way", "none", "hour", "20").LeadsTo(path)
		of.Get(path).Has("input[name=way][checked][value=none]", "")
		c.visitor().Get(path).LeadsTo("/login/?next=%2Fme%2Freminders%2F")
	})
}
