package mobile_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

// public asks a route without a token, with a form; nil asks for a page.
func (s *scanner) public(path string, form url.Values) (status int, body string, header http.Header) {
	s.t.Helper()
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	req, err := http.NewRequest(method, s.url+path, strings.NewReader(form.Encode()))
	must(s.t, err)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := http.DefaultClient.Do(req)
	must(s.t, err)
	defer func() { _ = res.Body.Close() }() // decoded below
	var v any
	must(s.t, json.NewDecoder(res.Body).Decode(&v))
	data, err := json.Marshal(v)
	must(s.t, err)
	return res.StatusCode, string(data), res.Header
}

func TestCheckPhoneAndEmail(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := newScanner(t, d)
		_, err := s.People.EditResident(t.Context(), s.Actor(s.Admin), people.City, s.juan.ID, people.ResidentEdit{
			Username: s.juan.Username, FirstName: s.juan.FirstName, LastName: s.juan.LastName, Phone: s.juan.Phone, Email: "juan@mail.test"})
		must(t, err)
		const taken = `{"available":false,"message":"This phone number is already registered. Please use a different number or login if you already have an account.","success":false}`
		tests := []struct {
			name, path string
			form       url.Values
			status     int
			want       string
		}{
			{"taken", "/api/check-phone/", url.Values{"phone": {"0" + s.juan.Phone[3:]}}, 200, taken},
			{"taken, typed otherwise", "/accounts/api/check-phone/", url.Values{"phone": {s.juan.Phone}}, 200, taken},
			{"free", "/api/check-phone/", url.Values{"phone": {"09179999999"}}, 200, `{"available":true,"message":"Phone number is available","success":true}`},
			{"missing", "/api/check-phone/", url.Values{}, 400, `{"error":"Phone number is required","success":false}`},
			{"by GET", "/api/check-phone/", nil, 405, `{"error":"Invalid method"}`},
			{"e-mail taken", "/api/check-email/", url.Values{"email": {"JUAN@mail.test"}}, 200, `{"available":false,"message":"This email address is already registered. Please use a different email or login if you already have an account.","success":false}`},
			{"e-mail free", "/api/check-email/", url.Values{"email": {"free@mail.test"}}, 200, `{"available":true,"message":"Email address is available","success":true}`},
			{"no e-mail address", "/api/check-email/", url.Values{"email": {"x"}}, 200, `{"available":false,"message":"Please enter a valid email address","success":false}`},
			{"e-mail missing", "/api/check-email/", url.Values{}, 400, `{"error":"Email address is required","success":false}`},
			{"e-mail by GET", "/api/check-email/", nil, 405, `{"error":"Invalid method"}`},
		}
		for _, test := range tests {
			status, body, _ := s.public(test.path, test.form)
			if status != test.status || body != test.want {
				t.Errorf("%s: %d %s, want %d %s", test.name, status, body, test.status, test.want)
			}
		}
	})
}

// Who may ask all numbers one after the other has the city's list of residents.
func TestCheckPhoneIsCapped(t *testing.T) {
	s := newScanner(t, testkit.DB(t))
	for range 60 {
		if status, body, _ := s.public("/api/check-phone/", url.Values{"phone": {"09179999999"}}); status != 200 {
			t.Fatalf("%d %s", status, body)
		}
	}
	status, body, header := s.public("/api/check-email/", url.Values{"email": {"free@mail.test"}})
	if status != 429 || body != `{"error":"Too many requests. Please try again later.","success":false}` || header.Get("Retry-After") == "" {
		t.Errorf("%d %s, Retry-After %q", status, body, header.Get("Retry-After"))
	}
}

func TestActiveTerms(t *testing.T) {
	s := newScanner(t, testkit.DB(t))
	status, body, _ := s.public("/api/terms/active/", nil)
	var got struct {
		Success bool
		Terms   map[string]map[string]any
	}
	must(t, json.Unmarshal([]byte(body), &got))
	if status != 200 || !got.Success || len(got.Terms) != 2 {
		t.Fatalf("%d %.200s", status, body)
	}
	terms, err := s.People.TermsFor(t.Context(), people.Tagalog)
	must(t, err)
	want := map[string]any{"id": terms.ID.String(), "title": terms.Title, "version": "1.0", "content": terms.Content, "file_url": nil, "updated_at": "2026-11-24T07:55:00.123456+00:00"}
	if diff := cmp.Diff(want, got.Terms["tagalog"]); diff != "" {
		t.Errorf("terms (-want +got):\n%s", diff)
	}
}
