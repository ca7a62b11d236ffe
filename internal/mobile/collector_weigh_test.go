package mobile_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/people"
)

func TestWasteTypes(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		a := s.as("manager").get("/mobile/api/admin/waste-types/").is(http.StatusOK)
		for _, row := range a.body["waste_types"].([]any) {
			if _, err := uuid.Parse(fmt.Sprint(row.(map[string]any)["id"])); err != nil {
				t.Error(err)
			}
			delete(row.(map[string]any), "id")
		}
		a.says(http.StatusOK, `{"success":true,"waste_types":[{"name":"Glass","points_per_kg":1.25},{"name":"PET Bottles","points_per_kg":5.0}],"count":2}`)
	})
}

// weighing is a weigh-in's body.
func (s *scanner) weighing(of people.Resident, kilos string) string {
	return fmt.Sprintf(`{"user_id":%q,"waste_type_id":%q,"weight_kg":%s}`, of.ID, s.pet, kilos)
}

func (s *scanner) moment() string {
	return s.Clock.Now().UTC().Format("2006-01-02T15:04:05.000000+00:00")
}

func TestWeighIn(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		manager := s.as("manager")
		manager.weigh(s.weighing(s.juan, "2.5")).says(http.StatusCreated, fmt.Sprintf(`{"success":true,"transaction":{"id":1,"user_name":%q,"waste_type":"PET Bottles",
			"weight_kg":2.5,"points_earned":12.5,"timestamp":%q,"processed_by":"Staff manager"},"user_new_points":12.5}`, s.juan.FullName, s.moment()))
		manager.weigh(s.weighing(s.juan, `"2"`)).says(http.StatusCreated, fmt.Sprintf(`{"success":true,"transaction":{"id":2,"user_name":%q,"waste_type":"PET Bottles",
			"weight_kg":2.0,"points_earned":10.0,"timestamp":%q,"processed_by":"Staff manager"},"user_new_points":22.5}`, s.juan.FullName, s.moment()))
		form := fmt.Sprintf("user_id=%s&waste_type_id=%s&weight_kg=3", s.juan.ID, s.pet)
		manager.with("Content-Type: application/x-www-form-urlencoded").weigh(form).is(http.StatusCreated)
		s.as("admin").weigh(s.weighing(s.rosa, "1")).is(http.StatusCreated)
		card, err := s.People.CardOf(t.Context(), s.juan.ID)
		must(t, err)
		manager.weigh(fmt.Sprintf(`{"user_id":%q,"waste_type_id":%q,"weight_kg":4}`, card.QR, s.pet)).is(http.StatusCreated)
		if s.balance(s.juan) != 5_750 || s.balance(s.rosa) != 500 {
			t.Errorf("balances %s and %s", s.balance(s.juan), s.balance(s.rosa))
		}
		recent, err := s.collection.Recent(t.Context(), people.City, 10)
		must(t, err)
		found := map[string]int{}
		for _, w := range recent {
			found[w.Identified]++
		}
		if found["card"] != 1 || found["legacy_card"] != 4 { // a bare id is what an old card holds
			t.Errorf("identified by %v", found)
		}
	})
}

func TestWeighInRefuses(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		applicant := s.Applicant(t, s.Barangays[0])
		nobody := failure("User not found or not approved")
		required, weight := failure("Waste type and weight are required"), failure("Invalid weight value")
		noType := failureCode("Waste type not found or not available", "WASTE_TYPE_NOT_FOUND")
		malformed := failureCode("Malformed request", "INVALID_REQUEST")
		of := func(rest string) string { return fmt.Sprintf(`{"user_id":%q%s}`, s.juan.ID, rest) }
		typed := func(kind, kilos string) string {
			return of(fmt.Sprintf(`,"waste_type_id":%s,"weight_kg":%s`, kind, kilos))
		}
		pet := fmt.Sprintf("%q", s.pet)
		manager := s.as("manager")
		for name, c := range map[string]struct {
			body   string
			status int
			answer string
		}{
			"nothing":              {"", 400, failure("User ID is required")},
			"no resident":          {`{}`, 400, failure("User ID is required")},
			"null for a resident":  {`{"user_id":null}`, 400, failure("User ID is required")},
			"nobody":               {fmt.Sprintf(`{"user_id":%q}`, db.NewID()), 404, nobody},
			"no id at all":         {`{"user_id":"x"}`, 404, nobody},
			"a list of residents":  {`{"user_id":["x"]}`, 404, nobody},
			"an applicant":         {s.weighing(applicant, "1"), 404, nobody},
			"another barangay's":   {s.weighing(s.rosa, "1"), 403, failure("You do not have permission to process transactions for users from this barangay")},
			"no type":              {of(`,"weight_kg":1`), 400, required},
			"no weight":            {of(fmt.Sprintf(`,"waste_type_id":%q`, s.pet)), 400, required},
			"a weight of nothing":  {typed(pet, "0"), 400, required},
			"0.0":                  {typed(pet, "0.0"), 400, required},
			"-0e5":                 {typed(pet, "-0e5"), 400, required},
			"false":                {typed(pet, "false"), 400, required},
			"an empty weight":      {typed(pet, `""`), 400, required},
			"a text of nothing":    {typed(pet, `"0"`), 400, weight},
			"less than nothing":    {typed(pet, "-1"), 400, weight},
			"less than a gram":     {typed(pet, "0.0004"), 400, weight},
			"words":                {typed(pet, `"abc"`), 400, weight},
			"NaN":                  {typed(pet, `"NaN"`), 400, weight},
			"Infinity":             {typed(pet, `"Infinity"`), 400, weight},
			"-Infinity":            {typed(pet, `"-Infinity"`), 400, weight},
			"true":                 {typed(pet, "true"), 400, weight},
			"a list":               {typed(pet, "[1]"), 400, weight},
			"an object":            {typed(pet, `{"a":1}`), 400, weight},
			"huge":                 {typed(pet, "1000000000000.0"), 400, weight},
			"huger":                {typed(pet, "1e999999999"), 400, weight},
			"ten tons and a gram":  {typed(pet, "10000.001"), 400, weight},
			"a long text":          {typed(pet, `"`+strings.Repeat("1", 1000)+`"`), 400, weight},
			"an unknown type":      {typed(fmt.Sprintf("%q", db.NewID()), "1"), 404, noType},
			"no type's id":         {typed(`"x"`, "1"), 404, noType},
			"a number for a type":  {typed("7", "1"), 404, noType},
			"a hidden type":        {typed(fmt.Sprintf("%q", s.hidden), "1"), 404, noType},
			"broken":               {"{bad", 400, malformed},
			"a list for a body":    {"[]", 400, malformed},
			"a zero byte":          {`{"user_id":"\u0000"}`, 400, malformed},
			"two bodies":           {s.weighing(s.juan, "1") + s.weighing(s.juan, "1"), 400, malformed},
			"something deep in it": {`{"user_id":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`, 400, malformed},
		} {
			t.Run(name, func(t *testing.T) {
				a := manager.weigh(c.body)
				a.t = t
				a.says(c.status, c.answer)
			})
		}
		if s.rows("collection_weigh_in") != 0 || s.rows("db_request_key") != 0 || s.balance(s.juan) != 0 {
			t.Error("a refusal left a trace")
		}
	})
}
