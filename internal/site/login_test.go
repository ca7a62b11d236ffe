package site_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
	"ekolek/internal/web"
)

func TestSignIn(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	juan := c.Resident(t, c.Barangays[0])
	b := c.visitor()
	b.Get("/points/?from=2026-01-01").LeadsTo("/login/?next=%2Fpoints%2F%3Ffrom%3D2026-01-01")
	b.Get("/login/?next=/points/").Is(http.StatusOK).Value(`input[name="next"]`, "/points/")
	b.Post("/login/", "username", "", "password", "").Refuses("username", "password")

	known := b.Post("/login/", "username", juan.Username, "password", "mali mali mali").Is(http.StatusUnprocessableEntity)
	known.Value("#username", juan.Username).Value("#password", "")
	unknown := b.Post("/login/", "username", "nobody", "password", "mali mali mali").Is(http.StatusUnprocessableEntity)
	if known.Text("#errors") != unknown.Text("#errors") || known.Text("#errors") == "" {
		t.Errorf("a known name reads %q, an unknown one %q", known.Text("#errors"), unknown.Text("#errors"))
	}

	b.Post("/login/", "username", "RESIDENT1", "password", testkit.Password, "next", "/points/").LeadsTo("/login/code/?next=%2Fpoints%2F") // case does not matter
	b.Get("/points/").LeadsTo("/login/?next=%2Fpoints%2F")                                                                                 // the password alone opens nothing
	page := b.Get("/login/code/?next=/points/").Is(http.StatusOK).Sound("/login/code/").Has("main", juan.Phone[len(juan.Phone)-3:]).Lacks("main", juan.Phone[3:])
	page.Value(`input[name="next"]`, "/points/")
	b.Post("/login/code/", "code", "").Refuses("code")
	code := c.Code(t, juan.Phone)
	b.Post("/login/code/", "code", code[1:]+"x", "next", "/points/").Refuses("code").Value(`input[name="next"]`, "/points/")
	b.Post("/login/code/", "code", code[:3]+" "+code[3:], "next", "/points/").LeadsTo("/points/")
	b.Get("/login/").LeadsTo("/home/")
	b.Get("/points/").Is(http.StatusOK)
}

func TestNextStaysHere(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	juan := c.Resident(t, c.Barangays[0])
	for _, next := range []string{"//evil.example/", "https://evil.example/", `/\evil.example`, "evil", "javascript:alert(1)"} {
		b := c.visitor()
		b.Get("/login/?next="+next).Value(`input[name="next"]`, "")
		b.Post("/login/", "username", juan.Username, "password", testkit.Password, "next", next).LeadsTo("/login/code/")
		b.Get("/login/code/?next="+next).Value(`input[name="next"]`, "")
		b.Post("/login/code/", "code", c.Code(t, juan.Phone), "next", next).LeadsTo("/home/")
		c.Clock.Advance(time.Hour) // of codes
	}
}

func TestWhoMayNotComeInIsToldWhy(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newTown(t, d)
		pending, rejected, suspended := c.Applicant(t, c.Barangays[0]), c.Applicant(t, c.Barangays[0]), c.Resident(t, c.Barangays[0])
		_, err := c.People.Reject(t.Context(), c.Actor(c.Admin), people.City, rejected.ID, "Address is not in the barangay")
		must(t, err)
		c.suspend(suspended)
		for _, test := range []struct {
			who  people.Resident
			told string
		}{
			{pending, "still being checked"}, {rejected, "Address is not in the barangay"}, {suspended, "suspended"},
		} {
			b := c.visitor()
			b.Post("/login/", "username", test.who.Username, "password", testkit.Password).Is(http.StatusUnprocessableEntity).Has("#errors", test.told)
			b.Get("/home/").LeadsTo("/login/?next=%2Fhome%2F")
			b.Post("/login/", "username", test.who.Username, "password", "mali mali mali").Lacks("#errors", test.told) // not to strangers
		}
	})
}

func TestSixthWrongPasswordIsLockedOut(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	juan := c.Resident(t, c.Barangays[0])
	b := c.visitor()
	for range 5 {
		b.Post("/login/", "username", juan.Username, "password", "mali mali mali").Is(http.StatusUnprocessableEntity)
	}
	a := b.Post("/login/", "username", juan.Username, "password", testkit.Password).Is(http.StatusUnprocessableEntity)
	a.Has("#errors", "30 minutes").Value("#username", juan.Username)
	c.Clock.Advance(31 * time.Minute)
	b.SignIn("/login/", juan.Username)
}

func TestSuspendedResidentIsOutAtOnce(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	juan := c.Resident(t, c.Barangays[0])
	b := c.as(juan)
	b.Get("/home/").Is(http.StatusOK)
	c.suspend(juan)
	for _, path := range []string{"/home/", "/card/", "/points/", "/points.csv"} {
		if a := b.Get(path); a.Status != http.StatusSeeOther {
			t.Errorf("%s: status %d for a suspended resident", path, a.Status)
		}
	}
}

func TestSignOutLeavesTheOtherSignIn(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	juan := c.Resident(t, c.Barangays[0])
	b := c.as(juan).SignIn("/console/login/", "admin")
	b.Post("/logout/").LeadsTo("/login/")
	b.Get("/login/").Has(".notice", "logged out")
	b.Get("/home/").LeadsTo("/login/?next=%2Fhome%2F")
	b.Get("/console/").Is(http.StatusOK)

	b.SignIn("/login/", juan.Username).Post("/console/logout/").LeadsTo("/console/login/")
	b.Get("/console/").LeadsTo("/console/login/?next=%2Fconsole%2F")
	b.Get("/home/").Is(http.StatusOK)
}

// A copy of the cookie must be worth nothing after the sign-out.
func TestSignOutEndsTheSession(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	juan := c.Resident(t, c.Barangays[0])
	for _, path := range []string{"/logout/", "/accounts/logout/"} {
		session := c.as(juan).Cookie(web.ResidentCookie)
		out := func(path string) *http.Response {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url+path, nil)
			must(t, err)
			req.AddCookie(&http.Cookie{Name: web.ResidentCookie, Value: session})
			answer, err := http.DefaultTransport.RoundTrip(req)
			must(t, err)
			must(t, answer.Body.Close())
			return answer
		}
		if got := out("/home/").StatusCode; got != http.StatusOK {
			t.Fatalf("signed in, the home page answers %d", got)
		}
		if got := out(path).Header.Get("Location"); got != "/login/" {
			t.Errorf("%s leads to %q", path, got)
		}
		if got := out("/home/").StatusCode; got != http.StatusSeeOther {
			t.Errorf("after %s the old cookie still gets %d", path, got)
		}
	}
}

// The security page lists the phone app beside the browsers, and ends it.
func TestAppsOnTheSecurityPage(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newTown(t, d)
		me := c.Resident(t, c.Barangays[0])
		_, err := c.Auth.BeginPhone(t.Context(), audit.Actor{IP: "198.51.100.7", UserAgent: "Dart/3.5 (dart:io) Android"}, me.Username, testkit.Password)
		must(t, err)
		tokens, _, err := c.Auth.FinishPhone(t.Context(), audit.Actor{IP: "198.51.100.7", UserAgent: "Dart/3.5 (dart:io) Android"}, me.ID, c.Code(t, me.Phone))
		must(t, err)
		c.Clock.Advance(time.Minute)
		b := c.as(me)
		page := b.Get("/me/security/").Is(http.StatusOK)
		end, ok := page.Find(`form[action^="/me/apps/"]`).Attr("action")
		if !ok {
			t.Fatalf("no app on the page: %s", page.Text("main"))
		}
		b.Post(end).LeadsTo("/me/security/")
		if _, there := b.Get("/me/security/").Is(http.StatusOK).Find(`form[action^="/me/apps/"]`).Attr("action"); there {
			t.Error("the app that was ended is listed")
		}
		if _, err := c.Auth.Refresh(t.Context(), audit.Actor{}, auth.ResidentSurface, tokens.Refresh); !errors.Is(err, auth.ErrTokenExpired) {
			t.Errorf("the app that was ended refreshes: %v", err)
		}
	})
}

// The page with the camera works without one: the code is typed, and next is kept.
func TestCardPageTakesATypedCode(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	juan := c.Resident(t, c.Barangays[0])
	b := c.visitor()
	a := b.Get("/login/card/?next=/points/").Is(http.StatusOK).Value(`input[name="next"]`, "/points/")
	if p := a.Header.Get("Permissions-Policy"); !strings.Contains(p, "camera=(self)") {
		t.Errorf("the camera is not allowed here: %s", p)
	}
	if a.Find("[data-card] video").Length() != 1 {
		t.Error("no picture of the camera")
	}
	b.Post("/login/card/", "card", juan.FamilyCode, "next", "/points/").Is(http.StatusOK).
		Value("#username", juan.Username).Value(`form[action="/login/"] input[name="next"]`, "/points/")
}
