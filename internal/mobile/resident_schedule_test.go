package mobile_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/schedule"
)

// line puts a line on the plan of a barangay, from long ago on.
func (s *scanner) line(l schedule.Imported) uuid.UUID {
	s.t.Helper()
	l.ID, l.CreatedAt, l.UpdatedAt = db.NewID(), s.Clock.Now(), s.Clock.Now()
	if l.ValidFrom == "" {
		l.ValidFrom = "2026-01-01"
	}
	must(s.t, s.DB.InTx(s.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := schedule.Import(ctx, tx, l)
		return err
	}))
	return l.ID
}

func (s *scanner) except(f schedule.ExceptionForm) schedule.Exception {
	s.t.Helper()
	f.RequestKey, f.Reason = db.NewID().String(), schedule.ReasonTyphoon
	e, err := s.schedule.Except(s.t.Context(), s.Actor(s.Admin), people.City, f)
	must(s.t, err)
	return e
}

// at sets the clock to a time in Manila.
func (s *scanner) at(text string) {
	s.t.Helper()
	at, err := time.ParseInLocation(time.DateTime, text, db.Manila)
	must(s.t, err)
	s.Clock.Advance(at.Sub(s.Clock.Now()))
}

func aTruck(id uuid.UUID, day, start, end, wastes, notes string) string {
	return fmt.Sprintf(`{"id":%q,"day":%q,"start_time":%q,"end_time":%q,"waste_types":[%s],"notes":%q,"is_active":true}`, id, day, start, end, wastes, notes)
}

const hour schedule.Minutes = 60

func TestResidentSchedule(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		here, there := s.juan.BarangayID, s.rosa.BarangayID
		tuesday := s.line(schedule.Imported{Barangay: here, Weekday: 2, Start: 6 * hour, End: 9*hour + 30, Wastes: []uuid.UUID{s.pet}, Other: []string{"Residual ñ"}, Notes: "Early", Active: true})
		evening := s.line(schedule.Imported{Barangay: here, Weekday: 2, Start: 20 * hour, End: 24 * hour, Active: true})
		friday := s.line(schedule.Imported{Barangay: here, Weekday: 5, Start: 7 * hour, End: 8 * hour, Active: true})
		sunday := s.line(schedule.Imported{Barangay: there, Weekday: 7, Start: 7 * hour, End: 8 * hour, Active: true})
		for _, unseen := range []schedule.Imported{
			{Active: false}, {Active: true, ValidFrom: "2026-11-25"}, {Active: true, ValidUntil: "2026-11-23"},
		} {
			unseen.Barangay, unseen.Weekday, unseen.Start, unseen.End = here, 2, hour, 2*hour
			s.line(unseen)
		}
		mine := aTruck(friday, "Friday", "07:00", "08:00", "", "") + "," + aTruck(tuesday, "Tuesday", "06:00", "09:30", `"PET Bottles","Residual ñ"`, "Early") +
			"," + aTruck(evening, "Tuesday", "20:00", "23:59", "", "")
		theirs := aTruck(sunday, "Sunday", "07:00", "08:00", "", "")
		plan := func(id uuid.UUID, name, trucks string, n int) string {
			return fmt.Sprintf(`{"success":true,"message":"Garbage collection schedule retrieved successfully","barangay":{"id":%q,"name":%q},"schedules":[%s],"total_schedules":%d}`, id, name, trucks, n)
		}
		legacy := db.NewID()
		must(t, s.DB.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error { return people.AddBarangayAlias(ctx, tx, legacy, there) }))

		p := phone{scanner: s, token: s.residentToken(s.juan)}
		p.get("/api/schedule/").without("timestamp").says(http.StatusOK, plan(here, s.juan.BarangayName, mine, 3))
		for _, id := range []uuid.UUID{there, legacy} {
			p.get("/api/schedule/barangay/"+id.String()+"/").without("timestamp").says(http.StatusOK, plan(there, s.rosa.BarangayName, theirs, 1))
		}
		empty := s.Barangays[7]
		p.get("/api/schedule/barangay/"+empty.ID.String()).without("timestamp").says(http.StatusOK, plan(empty.ID, empty.Name, "", 0))
		places := []string{fmt.Sprintf(`{"barangay_id":%q,"barangay_name":%q,"schedules":[%s]}`, here, s.juan.BarangayName, mine),
			fmt.Sprintf(`{"barangay_id":%q,"barangay_name":%q,"schedules":[%s]}`, there, s.rosa.BarangayName, theirs)}
		if s.rosa.BarangayName < s.juan.BarangayName {
			places[0], places[1] = places[1], places[0]
		}
		p.get("/api/schedule/all/").without("timestamp").says(http.StatusOK, fmt.Sprintf(`{"success":true,"message":"All garbage collection schedules retrieved successfully",
			"user_barangay":%q,"barangays":[%s,%s],"total_barangays":2}`, s.juan.BarangayName, places[0], places[1]))

		p.get("/api/schedule/barangay/"+db.NewID().String()+"/").says(http.StatusNotFound, `{"success":false,"message":"Barangay not found","error_code":"BARANGAY_NOT_FOUND","schedules":[]}`)
		p.get("/api/schedule/barangay/abc/").says(http.StatusNotFound, `{"detail":"Not found."}`)
		barred := phone{scanner: s, token: s.residentToken(s.Applicant(t, s.Barangays[0]))}
		for _, path := range []string{"", "today/", "all/", "barangay/" + here.String() + "/"} {
			s.stranger().get("/api/schedule/"+path).says(http.StatusUnauthorized, `{"detail":"Authentication credentials were not provided."}`)
			barred.get("/api/schedule/"+path).refuses(http.StatusForbidden, "ACCESS_REVOKED", "Account access has been revoked")
		}
	})
}

// Today is Manila's, and as the office changed it.
func TestResidentScheduleToday(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		here := s.juan.BarangayID
		tuesday := s.line(schedule.Imported{Barangay: here, Weekday: 2, Start: 6 * hour, End: 9 * hour, Notes: "Early", Active: true})
		wednesday := s.line(schedule.Imported{Barangay: here, Weekday: 3, Start: 7 * hour, End: 8 * hour, Wastes: []uuid.UUID{s.pet}, Active: true})
		s.line(schedule.Imported{Barangay: s.rosa.BarangayID, Weekday: 2, Start: 7 * hour, End: 8 * hour, Active: true})
		p := phone{scanner: s}
		shows := func(at, day string, trucks ...string) {
			t.Helper()
			s.at(at)
			p.token = s.residentToken(s.juan)
			list := ""
			for i, one := range trucks {
				if i > 0 {
					list += ","
				}
				list += one
			}
			p.get("/api/schedule/today/").without("timestamp").says(http.StatusOK, fmt.Sprintf(`{"success":true,"message":"Today's garbage collection schedule retrieved successfully",
				"today":%q,"barangay":{"id":%q,"name":%q},"schedules":[%s],"total_schedules":%d,"has_collection_today":%v}`, day, here, s.juan.BarangayName, list, len(trucks), len(trucks) > 0))
		}
		early := aTruck(tuesday, "Tuesday", "06:00", "09:00", "", "Early")
		shows("2026-12-01 00:00:00", "Tuesday", early) // in Greenwich it is Monday
		shows("2026-12-01 23:59:59", "Tuesday", early)
		s.except(schedule.ExceptionForm{Kind: schedule.Suspend, Barangays: []uuid.UUID{here}, Days: []schedule.DayMove{{Day: "2026-12-01"}}})
		shows("2026-12-01 23:59:59", "Tuesday")
		shows("2026-12-02 00:00:00", "Wednesday", aTruck(wednesday, "Wednesday", "07:00", "08:00", `"PET Bottles"`, ""))
		s.except(schedule.ExceptionForm{Kind: schedule.Move, Barangays: []uuid.UUID{here}, Days: []schedule.DayMove{{Day: "2026-12-09", To: "2026-12-08"}}})
		start, end := 15*hour, 16*hour
		s.except(schedule.ExceptionForm{Kind: schedule.Add, Barangays: []uuid.UUID{here}, Days: []schedule.DayMove{{Day: "2026-12-10"}}, Start: &start, End: &end, Wastes: []uuid.UUID{s.pet}})
		shows("2026-12-08 05:00:00", "Tuesday", early, aTruck(wednesday, "Tuesday", "07:00", "08:00", `"PET Bottles"`, ""))
		shows("2026-12-09 05:00:00", "Wednesday")
		s.at("2026-12-10 05:00:00")
		p.token = s.residentToken(s.juan)
		added := p.get("/api/schedule/today/").is(http.StatusOK).body["schedules"].([]any)
		if len(added) != 1 || added[0].(map[string]any)["start_time"] != "15:00" || added[0].(map[string]any)["day"] != "Thursday" {
			t.Errorf("the addition: %v", added)
		}
	})
}
