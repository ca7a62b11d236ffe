package app_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

// What happened to the operators of the reference, and must not happen here. The numbers
// are those of its history.

func TestINC01LoggingOutAsOneLeavesTheOther(t *testing.T) {
	eachDual(t, func(t *testing.T, d *dual) {
		d = d.anew(t, "inc01")
		for _, door := range []struct {
			path            string
			resident, staff bool
		}{
			{"/logout/", false, true}, {"/accounts/logout/", false, true}, {"/console/logout/", true, false}, {"/cenro/admin/logout/", true, false},
		} {
			b := d.asBoth()
			if door.path == "/console/logout/" {
				b.Post(door.path).Is(http.StatusSeeOther)
			} else {
				b.Get(door.path).Is(http.StatusSeeOther)
			}
			d.wants(b, door.resident, door.staff)
		}
	})
}

func TestINC02ResettingAPasswordLeavesOtherPeopleSignedIn(t *testing.T) {
	eachDual(t, func(t *testing.T, d *dual) {
		d = d.anew(t, "inc02")
		b := d.asBoth()
		neighbour := *d
		neighbour.resident = d.Resident(t, d.Barangays[0])
		n := neighbour.asResident(neighbour.browser())
		d.resetPassword(b)
		d.wants(b, false, true)
		neighbour.wants(n, true, false)
	})
}

func TestINC03AStaffSessionThatEndsLeavesTheResident(t *testing.T) {
	eachDual(t, func(t *testing.T, d *dual) {
		d = d.anew(t, "inc03")
		b := d.asBoth()
		d.Clock.Advance(31 * time.Minute)
		b.Get("/console/residents/").LeadsTo("/console/login/?next=%2Fconsole%2Fresidents%2F")
		d.wants(b, true, false)
	})
}

// There the web's address reached the app's view, which left the web's session alive.
func TestINC04LoggingOutEndsTheSession(t *testing.T) {
	eachDual(t, func(t *testing.T, d *dual) {
		d = d.anew(t, "inc04")
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			for _, accept := range []string{"text/html", "application/json"} {
				b := d.asResident(d.browser())
				token := b.Cookie("ekolek_session")
				r, err := http.NewRequestWithContext(t.Context(), method, d.url+"/logout/", nil)
				must(t, err)
				r.Header.Set("Accept", accept)
				r.AddCookie(&http.Cookie{Name: "ekolek_session", Value: token})
				res, err := http.DefaultTransport.RoundTrip(r)
				must(t, err)
				must(t, res.Body.Close())
				want := map[string]int{"text/html": http.StatusSeeOther, "application/json": http.StatusOK}[accept]
				if res.StatusCode != want {
					t.Errorf("%s for %s answers %d, want %d", method, accept, res.StatusCode, want)
				}
				d.wants(d.browser().Cookies(map[string]string{"ekolek_session": token}), false, false)
			}
		}
		p := d.onPhone(d.browser())
		if status := p.ask(http.MethodPost, "/logout/", map[string]string{"refresh_token": p.refresh}, nil); status != http.StatusOK {
			t.Errorf("the app logs out at the web's address with %d", status)
		}
		if status := p.ask(http.MethodPost, "/api/refresh-token/", map[string]string{"refresh_token": p.refresh}, nil); status != http.StatusUnauthorized {
			t.Errorf("its token is refreshed afterwards: %d", status)
		}
	})
}

// There a resident's home asked the database again for each member of the family.
func TestINC05HomeAsksNoMoreForALargeFamily(t *testing.T) {
	o := newOffice(t)
	w := &testkit.World{DB: o.app.DB, Vault: o.app.Vault, Clock: testkit.NewClock(), People: o.app.People, Auth: o.app.Auth}
	r := w.Resident(t, o.barangays[0])
	v := o.signIn(t, "resident", r)
	handler := o.app.Web().Handler()
	statements := func() int64 {
		request := v.request(t, http.MethodGet, "/home/", "text/html")
		ctx, n := db.CountQueries(request.Context())
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, request.WithContext(ctx))
		if rec.Code != http.StatusOK {
			t.Fatalf("home answers %d", rec.Code)
		}
		return n.Load()
	}
	statements() // fills the caches
	few := statements()
	for range 12 {
		w.Member(t, r)
	}
	if many := statements(); many > few || few > 18 { // when the truck comes takes four of them
		t.Errorf("%d statements for a family of one, %d for thirteen", few, many)
	}
}

// There pages broke when a resident had no family. Here nobody can be without one.
func TestINC06NobodyIsWithoutAFamily(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		r := w.Resident(t, w.Barangays[0])
		for name, value := range map[string]any{"none": nil, "one that is not there": db.NewID()} {
			if _, err := d.Writer().ExecContext(t.Context(), `UPDATE people_resident SET family_id = $2 WHERE id = $1`, r.ID, value); err == nil {
				t.Errorf("a resident has %s as their family", name)
			}
		}
	})
}

// There a phone that sent the browser's cookie along was refused as a forgery.
func TestINC44PhonesMaySendCookies(t *testing.T) {
	eachDual(t, func(t *testing.T, d *dual) {
		d = d.anew(t, "inc44")
		b := d.asBoth()
		p := d.onPhone(b)
		if status := p.ask(http.MethodPost, "/api/update_points/", map[string]any{}, nil); status == http.StatusForbidden {
			t.Error("a phone with cookies is refused")
		}
		if !p.in() {
			t.Error("a phone with cookies is not signed in")
		}
		p.access = "eyJhbGciOiJIUzI1NiJ9.e30.x"
		if p.in() {
			t.Error("a phone without a good token is who its cookies say")
		}
	})
}

// There a sign-in broke because its session could not hold an id.
func TestINC45SessionsHoldIds(t *testing.T) {
	eachDual(t, func(t *testing.T, d *dual) {
		d = d.anew(t, "inc45")
		b := d.asBoth()
		b.Get(residentHome).Is(http.StatusOK).Has("main", d.resident.FirstName)
		b.Get(staffHome).Is(http.StatusOK).Has("body", d.staff.Name)
	})
}

// There residents read on their sign-in page what the office had been told.
func TestINC55MessagesStayOnTheirSide(t *testing.T) {
	eachDual(t, func(t *testing.T, d *dual) {
		d = d.anew(t, "inc55")
		b := d.asBoth()
		b.Post("/console/logout/").LeadsTo("/console/login/")
		if n := b.Get("/login/").Find(".notice").Length() + b.Get("/home/").Find(".notice-leaf").Length(); n != 0 {
			t.Errorf("a resident reads %d messages of the office", n)
		}
		b.Get("/console/login/").Has(".notice", "logged out")
		b.Post("/logout/").LeadsTo("/login/")
		if text := b.Get("/console/login/").Text(".notice"); strings.Contains(text, "logged out") {
			t.Errorf("staff reads a resident's message: %q", text)
		}
		b.Get("/login/").Has(".notice", "logged out")
	})
}
