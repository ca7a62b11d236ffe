package site_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/collection"
	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/schedule"
	"ekolek/internal/testkit"
)

// line plans a weekly pick-up on the weekday of a day, from 7:00 to 9:00.
func (c *town) line(b people.Barangay, day string, what collection.WasteType) uuid.UUID {
	c.t.Helper()
	id, err := c.schedule.SaveLine(c.t.Context(), c.Actor(c.Admin), people.City, schedule.LineForm{Barangay: b.ID,
		Weekday: (int(schedule.WeekdayOf(day))+6)%7 + 1, Start: 7 * 60, End: 9 * 60, Wastes: []uuid.UUID{what.ID}, Notes: "Clean, please.", NotesFil: "Malinis sana.", Active: true})
	must(c.t, err)
	return id
}

// at turns the clock to a time of a day in Manila.
func (c *town) at(day string, hour, minute int) {
	c.t.Helper()
	t, err := time.ParseInLocation(time.DateOnly, day, db.Manila)
	must(c.t, err)
	c.Clock.Advance(t.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute).Sub(c.Clock.Now()))
}

func TestScheduleByBarangay(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	here, there := c.Barangays[0], c.Barangays[1]
	today := c.schedule.Today()
	c.line(here, schedule.AddDays(today, 3), c.pet())

	v := c.visitor()
	a := v.Get("/schedule/").Is(http.StatusOK).Sound("/schedule/").Has("main", here.Name)
	if n := a.Find(".truck-places a").Length(); n != len(c.Barangays) {
		t.Errorf("%d barangays to choose from, want %d", n, len(c.Barangays))
	}
	v.Get("/schedule/?barangay=nowhere").Is(http.StatusNotFound).Has("[role=alert]", "no such barangay").Has(".truck-places", there.Name)

	a = v.Get("/schedule/?barangay=" + here.PSGC).Is(http.StatusOK).Sound("/schedule/?barangay=")
	a.Has("main", "Next truck in "+here.Name).Has(".moves", "PET bottles").Has(".moves", "Clean, please.").Has(".week .next", "PET bottles").Lacks("main", "Remind me")
	if n := a.Find(".week > li").Length(); n != 7 {
		t.Errorf("the strip has %d days", n)
	}
	if href := a.Find("#calendar .btn-primary").AttrOr("href", ""); href != "webcal://ekolek.test/calendar/"+here.PSGC+".ics" {
		t.Errorf("the calendar is at %q", href)
	}
	v.Get("/schedule/?barangay="+there.PSGC).Is(http.StatusOK).Has("main", "No collection is planned")
	v.Get("/?barangay="+here.PSGC).Is(http.StatusOK).Has("#next-truck", "Next truck in "+here.Name)
	v.Lang = "fil"
	v.Get("/schedule/?barangay="+here.PSGC).Has(".moves", "Boteng PET").Has(".moves", "Malinis sana.").Has("h1", "Kailan darating")

	juan := c.Resident(t, here)
	c.as(juan).Get("/schedule/").Is(http.StatusOK).Has("main", "Next truck in "+here.Name).Has("#calendar", "Remind me")
	c.as(juan).Get("/home/").Has("main", "Next truck in "+here.Name).Has(".bottom-nav", "Truck")
}

// Today is Manila's, and a pick-up is shown until it ends.
func TestScheduleShowsUntilTheEnd(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	here := c.Barangays[0]
	day := schedule.AddDays(c.schedule.Today(), 2)
	c.line(here, day, c.pet())
	for _, test := range []struct {
		day          string
		hour, minute int
		want         string
	}{
		{schedule.AddDays(day, -1), 0, 0, "Tomorrow, 7:00 AM"},
		{schedule.AddDays(day, -1), 23, 59, "Tomorrow, 7:00 AM"},
		{day, 0, 0, "Today, 7:00 AM"}, // 16:00 of the day before in UTC
		{day, 7, 0, "Today, until 9:00 AM"},
		{day, 8, 59, "Today, until 9:00 AM"},
		{day, 9, 0, "7:00 AM to 9:00 AM"}, // the week after
	} {
		c.at(test.day, test.hour, test.minute)
		a := c.visitor().Get("/schedule/?barangay="+here.PSGC).Has("section[aria-labelledby=truck-h]", test.want)
		if soon := a.Text("section[aria-labelledby=truck-h] time"); test.hour == 9 && strings.Contains(soon, "Today") {
			t.Errorf("at %d:%02d: %q", test.hour, test.minute, soon)
		}
		if a.Find(".week .today").Length() != 1 {
			t.Error("no day of the strip is today")
		}
	}
}

func TestScheduleTellsChangesInWords(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	here := c.Barangays[0]
	today, pet := c.schedule.Today(), c.pet()
	off, moved, to, came := schedule.AddDays(today, 2), schedule.AddDays(today, 3), schedule.AddDays(today, 5), schedule.AddDays(today, 1)
	c.line(here, off, pet)
	c.line(here, moved, pet)
	marked := c.line(here, came, pet)
	except := func(key string, f schedule.ExceptionForm) {
		t.Helper()
		f.RequestKey, f.Barangays = key, []uuid.UUID{here.ID}
		_, err := c.schedule.Except(t.Context(), c.Actor(c.Admin), people.City, f)
		must(t, err)
	}
	except("a", schedule.ExceptionForm{Kind: schedule.Suspend, Reason: schedule.ReasonTyphoon, Note: "Stay inside.", Days: []schedule.DayMove{{Day: off}}})
	except("b", schedule.ExceptionForm{Kind: schedule.Move, Reason: schedule.ReasonTruck, Days: []schedule.DayMove{{Day: moved, To: to}}})
	juan := c.as(c.Resident(t, here))
	for _, page := range []string{"/home/", "/schedule/"} {
		a := juan.Get(page).Has(".notice-sun", "No collection on").Has(".notice-sun", "typhoon").Has(".notice-sun", "Stay inside.").Has("main", "is moved to")
		if n := a.Find(".notice-sun").Length(); n != 2 {
			t.Errorf("%s tells of %d changes, want 2", page, n)
		}
		a.Has(".week .off", "Cancelled").Has(".week-key", "Cancelled")
	}
	juan.Get("/schedule/").Has(".moves", "Cancelled: typhoon").Has(".moves", "Moved from").Has(".moves", "Moved to").Has(".month .off", "Cancelled")

	c.at(came, 8, 10)
	_, err := c.schedule.Mark(t.Context(), c.Actor(c.Admin), people.City, schedule.MarkForm{RequestKey: "m", Source: marked, Original: came, State: schedule.Missed, Reason: schedule.MissRoad})
	must(t, err)
	juan.Get("/schedule/").Has("section[aria-labelledby=truck-h]", "Not collected: the road was closed")
	c.at(came, 9, 0)
	juan.Get("/schedule/").Has("section[aria-labelledby=past-h]", "Not collected: the road was closed").Lacks("section[aria-labelledby=truck-h] .chip", "Not collected")
}

func TestMonthsTurn(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	here := c.Barangays[0]
	c.line(here, c.schedule.Today(), c.pet())
	b := c.visitor()
	next := "/schedule/?barangay=" + here.PSGC
	seen := map[string]bool{}
	for range 20 {
		a := b.Get(next).Is(http.StatusOK)
		seen[a.Text("#month-h")] = true
		next = a.Find("#month a[aria-label='Month after']").AttrOr("href", "")
		if next == "" {
			break
		}
	}
	if next != "" || len(seen) != 13 {
		t.Errorf("%d months ahead are shown, and on to %q", len(seen), next)
	}
	for _, bad := range []string{"x", "0001-01", "9999-12", "2026-13"} {
		b.Get("/schedule/?barangay="+here.PSGC+"&month="+bad).Is(http.StatusOK).Has("#month-h", c.Clock.Now().In(db.Manila).Format("January 2006"))
	}
}
