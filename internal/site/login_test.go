package site_test

import (
	"net/http"
	"testing"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
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

	b.Post("/login/", "username", "RESIDENT1", "password", testkit.Password, "next", "/points/").LeadsTo("/points/") // case does not matter
	b.Get("/login/").LeadsTo("/home/")
	b.Get("/points/").Is(http.StatusOK)
}

func TestNextStaysHere(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	juan := c.Resident(t, c.Barangays[0])
	for _, next := range []string{"//evil.example/", "https://evil.example/", `/\evil.example`, "evil", "javascript:alert(1)"} {
		b := c.visitor()
		b.Get("/login/?next="+next).Value(`input[name="next"]`, "")
		b.Post("/login/", "username", juan.Username, "password", testkit.Password, "next", next).LeadsTo("/home/")
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
		signedIn := c.visitor().Post("/login/", "username", juan.Username, "password", testkit.Password).Is(http.StatusSeeOther)
		res := http.Response{Header: signedIn.Header}
		out := func(path string) *http.Response {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url+path, nil)
			must(t, err)
			for _, cookie := range res.Cookies() {
				req.AddCookie(cookie)
			}
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
