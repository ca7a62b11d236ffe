package app_test

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"ekolek/internal/auth"
	"ekolek/internal/notify"
	"ekolek/internal/people"
)

// There a form with a word for a number, or without a field, answered with a fault. Here
// every form of every page is sent empty, with each of its fields odd, and as no form at
// all, by those who may.
func TestINC30NoFormAnswersWithAFault(t *testing.T) {
	o := newOffice(t)
	r := o.settle(t, o.barangays[0].ID)
	left := o.serve(t, r)
	waiting := o.register(t, o.barangays[0].ID)
	ids := map[string]string{"residents": waiting.ID.String(), "families": waiting.FamilyID.String(), "weigh-ins": left.weighIn.String(), "redemptions": left.redemption.String()}
	server := o.app.Web().Handler()
	refused := map[int]int{}
	for _, v := range []visitor{o.hire(t, "superadmin", auth.SuperAdmin), o.signIn(t, "resident", r), {name: "nobody"}} {
		names := fieldNames(t, o, v, ids)
		for _, route := range o.app.Web().Routes() {
			method, pattern, _ := strings.Cut(route.Pattern, " ")
			if method == http.MethodGet || strings.Contains(pattern, "/logout/") || strings.Contains(pattern, "/sessions/") {
				continue
			}
			for _, at := range []string{fill(pattern, ids), fill(pattern, nil)} {
				for body, kind := range oddBodies(names) {
					request := v.ask(t, route.Surface, method, at, "text/html")
					request.Body, request.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
					request.Header.Set("Content-Type", kind)
					request.Header.Set("Sec-Fetch-Site", "same-origin")
					rec := httptest.NewRecorder()
					server.ServeHTTP(rec, request)
					refused[rec.Code]++
					if rec.Code >= http.StatusInternalServerError {
						t.Errorf("%s, %s %s with %.60q answers %d", v.name, method, at, body, rec.Code)
					}
				}
			}
		}
	}
	if refused[http.StatusUnprocessableEntity]+refused[http.StatusBadRequest] < 100 {
		t.Errorf("hardly any form was looked at: %v", refused)
	}
}

// fill puts ids into a pattern's wildcards: of the kind that stands before them, else one
// that nobody has.
func fill(pattern string, ids map[string]string) string {
	parts := strings.Split(strings.TrimSuffix(pattern, "{$}"), "/")
	for i, part := range parts {
		if strings.HasPrefix(part, "{") {
			parts[i] = "0192f0c1-0000-7000-8000-000000000000"
			if i > 0 && ids[parts[i-1]] != "" {
				parts[i] = ids[parts[i-1]]
			}
		}
	}
	return strings.Join(parts, "/")
}

// fieldNames are the names of all fields on the pages that a visitor may open.
func fieldNames(t *testing.T, o *office, v visitor, ids map[string]string) []string {
	t.Helper()
	names := map[string]bool{}
	server := o.app.Web().Handler()
	for _, route := range o.app.Web().Routes() {
		method, pattern, _ := strings.Cut(route.Pattern, " ")
		if method != http.MethodGet || route.Surface.API != nil || strings.Contains(pattern, "logout") {
			continue
		}
		rec := httptest.NewRecorder()
		server.ServeHTTP(rec, v.request(t, method, fill(pattern, ids), "text/html"))
		doc, err := goquery.NewDocumentFromReader(rec.Body)
		must(t, err)
		doc.Find("form[method=post] [name]").Each(func(_ int, s *goquery.Selection) { names[s.AttrOr("name", "")] = true })
	}
	return slices.Sorted(maps.Keys(names))
}

// oddBodies are bodies and their content types.
func oddBodies(names []string) map[string]string {
	const form, json = "application/x-www-form-urlencoded", "application/json"
	bodies := map[string]string{"": form, "{}": json, `{"a":`: json, `[1]`: json, `"x"`: json, "%zz=%": form, "\xff\x00": "multipart/form-data; boundary=x", "<a/>": "text/xml"}
	for _, odd := range []string{"kaunti", "-1", "1e999", "99999999999999999999", "\x00", "\xff", strings.Repeat("ñ", 300), "'; DROP TABLE x --"} {
		values := url.Values{}
		for _, name := range names {
			values.Set(name, odd)
		}
		bodies[values.Encode()] = form
	}
	return bodies
}

// There sessions, tokens and attempts to sign in stayed for ever.
func TestINC38WhatEndsIsForgotten(t *testing.T) {
	eachDual(t, func(t *testing.T, d *dual) {
		d = d.anew(t, "inc38")
		b := d.asBoth()
		d.onPhone(b)
		d.Clock.Advance(6 * time.Hour) // an hour has room for a few codes only
		_, _, err := d.Auth.StartReset(t.Context(), tester, d.resident.Username, notify.SMS)
		must(t, err)
		tables := []string{"auth_session", "auth_device", "auth_token", "auth_login", "auth_code", "auth_limit", "auth_flow"}
		rows := func() map[string]int {
			out := map[string]int{}
			for _, table := range tables {
				var n int
				must(t, d.DB.QueryRowContext(t.Context(), `SELECT count(*) FROM `+table).Scan(&n))
				out[table] = n
			}
			return out
		}
		if n := rows(); n["auth_session"] == 0 || n["auth_login"] == 0 || n["auth_code"] == 0 || n["auth_flow"] == 0 {
			t.Fatalf("signing in left %v", n)
		}
		d.Clock.Advance(3 * 366 * 24 * time.Hour)
		must(t, d.Auth.Purge(t.Context()))
		for table, n := range rows() {
			if n > 0 {
				t.Errorf("%s keeps %d rows for years", table, n)
			}
		}
	})
}

// There flags on old accounts kept super administrators from the notices of newcomers.
// Here the role alone says it, whatever stood in the account when it was made.
func TestINC40SuperAdministratorsHearOfNewcomers(t *testing.T) {
	eachDual(t, func(t *testing.T, d *dual) {
		d = d.anew(t, "inc40")
		boss := d.Staff(t, "boss40", auth.SuperAdmin)
		was := d.Staff(t, "analyst40", auth.SecurityAnalyst)
		_, err := d.DB.Writer().ExecContext(t.Context(), `UPDATE auth_staff SET role = 'super_admin' WHERE id = $1`, was.ID)
		must(t, err)
		deciders, err := d.Auth.StaffWith(t.Context(), d.DB, auth.ManageResidents)
		must(t, err)
		for _, want := range []auth.Principal{boss, was} {
			if !slices.ContainsFunc(deciders, func(st auth.Staff) bool { return st.ID == want.ID }) {
				t.Errorf("%s does not hear of newcomers", want.Username)
			}
		}
	})
}

// There the terms of a city, and names, were refused as an attack on the database.
func TestINC46HonestTextIsNoAttack(t *testing.T) {
	eachDual(t, func(t *testing.T, d *dual) {
		d = d.anew(t, "inc46")
		boss := d.Staff(t, "boss46", auth.SuperAdmin)
		b := d.browser().SignIn("/console/login/", boss.Username)
		legal := strings.Repeat("The city may select, insert, update or delete records from its tables; it will not drop a right -- or 1=1 of them /* except by law */. ", 3) +
			"UNION SELECT is a phrase, and so is '; DROP TABLE people_resident; --"
		b.Post("/console/terms/new/", "version", "4.6", "title_en", "Terms; SELECT * FROM users", "content_en", legal, "title_fil", "Mga tuntunin", "content_fil", legal).LeadsTo("/console/terms/")
		list, err := d.People.TermsVersions(t.Context(), "")
		must(t, err)
		if got := list.Rows[0]; got.Version != "4.6" || !strings.Contains(b.Get("/console/terms/"+got.ID.String()+"/").Text("main"), "'; DROP TABLE people_resident; --") {
			t.Errorf("the text was not kept as it was written: %+v", got)
		}
		r, err := d.People.EditResident(t.Context(), tester, people.City, d.resident.ID, people.ResidentEdit{Username: d.resident.Username, FirstName: "Shaun", LastName: "O'Brien-Jr", Phone: d.resident.Phone})
		must(t, err)
		b.Get("/console/residents/"+r.ID.String()+"/").Is(http.StatusOK).Has("main", "O'Brien-Jr")
		d.browser().Post("/login/", "username", "O'Brien -- Jr", "password", "x' OR '1'='1").Is(http.StatusUnprocessableEntity)
	})
}
