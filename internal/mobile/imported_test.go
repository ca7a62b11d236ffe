package mobile_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/djangodb"
	"ekolek/internal/testkit"
)

// What was imported is on the phones: the plan without what cannot be followed, and the
// notices, read or unread as they were. PET bottles are the city's own by now.
func TestPhonesShowWhatWasImported(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := newScanner(t, d)
		s.at("2026-12-01 16:00:00")
		source, err := djangodb.OpenDump("../djangodb/testdata/odd.sql")
		must(t, err)
		defer source.Close()
		_, err = djangodb.Import(t.Context(), djangodb.Deps{DB: d, Vault: s.Vault, Notify: s.Notify, Now: s.Clock.Now}, source, djangodb.Options{Apply: true})
		must(t, err)
		ana, err := s.People.ByID(t.Context(), d, recordedResident(1))
		must(t, err)
		p := phone{scanner: s, token: s.residentToken(ana)}

		first, second := uuid.MustParse("0000005c-0000-4000-8000-000000000001"), uuid.MustParse("0000005c-0000-4000-8000-000000000002")
		p.get("/api/schedule/barangay/000000ba-0000-4000-8000-000000000001/").without("timestamp", "barangay").says(http.StatusOK,
			`{"success":true,"message":"Garbage collection schedule retrieved successfully","total_schedules":2,"schedules":[`+
				aTruck(first, "Monday", "06:00", "09:00", `"PET Bottles","Residual"`, "Maaga")+","+aTruck(second, "Monday", "08:30", "10:15", `"Food waste"`, "")+`]}`)
		if a := p.get("/api/schedule/all/").is(http.StatusOK); a.body["total_barangays"] != json.Number("2") || a.body["user_barangay"] != "Santo Niño" {
			t.Errorf("all: %s", a.raw)
		}
		a := p.get("/api/notifications/").is(http.StatusOK)
		if a.body["total_count"] != json.Number("3") || a.body["unread_count"] != json.Number("2") {
			t.Errorf("notices: %s", a.raw)
		}
	})
}
