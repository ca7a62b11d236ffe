package site_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/schedule"
	"ekolek/internal/testkit"
)

// fetch asks as a phone's calendar does: no cookie, no page around it.
func (c *town) fetch(path string, header ...string) (*http.Response, string) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, c.url+path, nil)
	must(c.t, err)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	must(c.t, err)
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	must(c.t, err)
	return answer, string(body)
}

func TestCalendarIsServedToPhones(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newTown(t, d)
		pet := c.pet()
		here := c.Barangays[3]
		today := c.schedule.Today()
		weekday := (int(schedule.WeekdayOf(today))+6)%7 + 1
		_, err := c.schedule.SaveLine(t.Context(), c.Actor(c.Admin), people.City, schedule.LineForm{Barangay: here.ID, Weekday: weekday,
			Start: 23*60 + 30, End: 24 * 60, Wastes: []uuid.UUID{pet.ID}, Active: true})
		must(t, err)
		path := "/calendar/" + here.PSGC

		first, body := c.fetch(path + ".ics")
		if first.StatusCode != http.StatusOK || first.Header.Get("Content-Type") != "text/calendar; charset=utf-8" || !strings.Contains(body, "PET bottles") {
			t.Errorf("%d %q\n%s", first.StatusCode, first.Header, body)
		}
		if got := first.Header.Get("Cache-Control"); !strings.HasPrefix(got, "public") || len(first.Header["Set-Cookie"]) != 0 {
			t.Errorf("kept as %q, cookies %q", got, first.Header["Set-Cookie"])
		}
		for _, ask := range [][]string{{"If-None-Match", first.Header.Get("ETag")}, {"If-Modified-Since", first.Header.Get("Last-Modified")}} {
			if again, body := c.fetch(path+".ics", ask...); again.StatusCode != http.StatusNotModified || body != "" {
				t.Errorf("%s: %d with %d octets", ask, again.StatusCode, len(body))
			}
		}
		if _, fil := c.fetch(path + ".ics?lang=fil&type=recyclable"); !strings.Contains(fil, "Boteng PET") || !strings.Contains(strings.ReplaceAll(fil, "\r\n ", ""), "SOURCE;VALUE=URI:https://ekolek.test"+path+".ics?lang=fil&type=recyclable") {
			t.Errorf("in Tagalog:\n%s", fil)
		}
		if _, other := c.fetch(path + ".ics?type=special"); strings.Contains(other, "VEVENT") {
			t.Errorf("of another class:\n%s", other)
		}

		c.Clock.Advance(time.Minute)
		_, err = c.schedule.Except(t.Context(), c.Actor(c.Admin), people.City, schedule.ExceptionForm{RequestKey: "a typhoon", Kind: schedule.Suspend, Reason: schedule.ReasonTyphoon,
			Barangays: []uuid.UUID{here.ID}, Days: []schedule.DayMove{{Day: schedule.AddDays(today, 7)}}})
		must(t, err)
		changed, body := c.fetch(path+".ics", "If-None-Match", first.Header.Get("ETag"))
		if changed.StatusCode != http.StatusOK || !strings.Contains(body, "EXDATE") {
			t.Errorf("after the typhoon %d\n%s", changed.StatusCode, body)
		}

		answer, body := c.fetch(path + ".json")
		var twin struct {
			Barangay struct{ PSGC, Name string }
			Pickups  []struct {
				Day, Start, End, State, Reason string
				Wastes                         []struct{ Class string }
			}
		}
		must(t, json.Unmarshal([]byte(body), &twin))
		if answer.StatusCode != http.StatusOK || twin.Barangay.Name != here.Name || len(twin.Pickups) != 9 {
			t.Fatalf("%d\n%s", answer.StatusCode, body)
		}
		if p := twin.Pickups[1]; p.State != "suspended" || p.Reason != "typhoon" || p.Start != "23:30" || p.End != "24:00" || p.Wastes[0].Class != "recyclable" {
			t.Errorf("a week from now: %+v", p)
		}

		for _, bad := range []string{"/calendar/0000000000.ics", path, path + ".xml", path + ".ics?type=gold", "/calendar/.ics", path + ".ics.json"} {
			if answer, _ := c.fetch(bad); answer.StatusCode != http.StatusNotFound {
				t.Errorf("%s: %d", bad, answer.StatusCode)
			}
		}
	})
}
