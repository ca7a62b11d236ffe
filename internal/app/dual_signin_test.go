package app_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"ekolek/internal/app"
	"ekolek/internal/auth"
	"ekolek/internal/config"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

// dual is the whole program, and somebody who uses it as a resident and as staff in one
// browser, as the office's own people do. Time stands still until a case moves it.
type dual struct {
	*testkit.World
	t        *testing.T
	app      *app.App
	url      string
	resident people.Resident
	staff    auth.Principal
}

// eachDual runs a test over the whole program on both engines.
func eachDual(t *testing.T, f func(t *testing.T, d *dual)) {
	t.Helper()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			settings := []string{"DJANGO_DEBUG=True", "DATA_DIR=" + t.TempDir(), "LOG_DIR=" + t.TempDir()}
			if engine == "postgres" {
				settings = append(settings, "DATABASE_URL="+testkit.PostgresURL(t))
			}
			f(t, newDual(t, settings))
		})
	}
}

func newDual(t *testing.T, settings []string) *dual {
	t.Helper()
	return newDualAt(t, settings, testkit.NewClock(), io.Discard)
}

// newDualTelling is newDual with the console's log.
func newDualTelling(t *testing.T, settings []string, console io.Writer) *dual {
	t.Helper()
	return newDualAt(t, settings, testkit.NewClock(), console)
}

func newDualAt(t *testing.T, settings []string, clock *testkit.Clock, console io.Writer) *dual {
	t.Helper()
	cfg, err := config.Load(settings, "")
	must(t, err)
	a, err := app.NewAt(t.Context(), cfg, console, clock.Now)
	must(t, err)
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	_, err = a.Migrate(t.Context())
	must(t, err)
	w := &testkit.World{DB: a.DB, Vault: a.Vault, Clock: clock, Notify: a.Notify, People: a.People, Auth: a.Auth}
	w.Barangays, err = a.People.Barangays(t.Context())
	must(t, err)
	server := httptest.NewServer(a.Web().Handler())
	t.Cleanup(server.Close)
	return &dual{World: w, t: t, app: a, url: server.URL}
}

// anew gives a case people of its own, hours after the one before.
func (d *dual) anew(t *testing.T, name string) *dual {
	t.Helper()
	d.Clock.Advance(6 * time.Hour)
	c := *d
	c.t = t
	c.resident = d.Resident(t, d.Barangays[0])
	c.staff = d.Staff(t, strings.ReplaceAll(strings.ToLower(name), " ", "."), auth.OperationsManager, d.Barangays[0])
	return &c
}

// The pages at which a sign-in shows.
const (
	residentHome = "/home/"
	staffHome    = "/console/account/"
)

// wants checks who is signed in in a browser.
func (d *dual) wants(b *testkit.Browser, resident, staff bool) {
	d.t.Helper()
	for page, want := range map[string]bool{residentHome: resident, staffHome: staff} {
		if got := b.Get(page).Status == http.StatusOK; got != want {
			d.t.Errorf("%s opens: %v, want %v", page, got, want)
		}
	}
}

// browser is a browser in which nobody has signed in.
func (d *dual) browser() *testkit.Browser { return d.World.Browser(d.t, d.url) }

func (d *dual) asResident(b *testkit.Browser) *testkit.Browser {
	return b.SignIn("/login/", d.resident.Username)
}

func (d *dual) asStaff(b *testkit.Browser) *testkit.Browser {
	return b.SignIn("/console/login/", d.staff.Username)
}

// asBoth signs in at both doors of one browser.
func (d *dual) asBoth() *testkit.Browser {
	d.t.Helper()
	b := d.asStaff(d.asResident(d.browser()))
	d.wants(b, true, true)
	return b
}

// newResidentPassword is chosen after the old one was forgotten.
const newResidentPassword = "sampung mangga sa puno"

// enterWith signs in as the resident with a password and the code that is sent.
func (d *dual) enterWith(b *testkit.Browser, password string) {
	d.t.Helper()
	d.Clock.Advance(2 * time.Minute) // between two codes to one number
	next := b.Post("/login/", "username", d.resident.Username, "password", password).Is(http.StatusSeeOther).Header.Get("Location")
	if strings.HasPrefix(next, "/login/code/") {
		b.Post(next, "code", d.CodeFor(d.t, d.resident.Username)).Is(http.StatusSeeOther)
	}
}

// resetPassword is the resident's forgotten password, from a browser.
func (d *dual) resetPassword(b *testkit.Browser) {
	d.t.Helper()
	d.Clock.Advance(2 * time.Minute) // between two codes to one number
	b.Post("/forgot-password/", "identifier", d.resident.Username, "otp_method", "sms").LeadsTo("/forgot-password/verify/")
	d.SendResets(d.t)
	b.Post("/forgot-password/verify/", "code", d.CodeFor(d.t, d.resident.Username)).LeadsTo("/reset-password/")
	b.Post("/reset-password/", "password", newResidentPassword, "again", newResidentPassword).LeadsTo("/login/")
}

// phone is the residents' app: what it sends, and the browser's cookies with it, as a web
// view shares them.
type phone struct {
	d       *dual
	browser *testkit.Browser
	access  string
	refresh string
}

// onPhone signs the resident in to the app.
func (d *dual) onPhone(b *testkit.Browser) *phone {
	d.t.Helper()
	p := &phone{d: d, browser: b}
	d.Clock.Advance(2 * time.Minute) // between two codes to one number
	p.ask(http.MethodPost, "/api/login/", map[string]string{"username": d.resident.Username, "password": testkit.Password}, nil)
	var pair struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	status := p.ask(http.MethodPost, "/api/login/verify-otp/", map[string]string{"user_id": d.resident.ID.String(), "otp": d.CodeFor(d.t, d.resident.Username)}, &pair)
	if status != http.StatusOK || pair.Access == "" {
		d.t.Fatalf("the app does not sign in: %d", status)
	}
	p.access, p.refresh = pair.Access, pair.Refresh
	return p
}

// ask sends what the app sends, from another site as the browser would say.
func (p *phone) ask(method, path string, body, into any) int {
	p.d.t.Helper()
	data, err := json.Marshal(body)
	must(p.d.t, err)
	r, err := http.NewRequestWithContext(p.d.t.Context(), method, p.d.url+path, bytes.NewReader(data))
	must(p.d.t, err)
	r.Header.Set("Content-Type", "application/json")
	if p.access != "" {
		r.Header.Set("Authorization", "Bearer "+p.access)
		r.Header.Set("Origin", "capacitor://localhost")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	}
	for _, name := range []string{"ekolek_session", "ekolek_staff"} {
		if value := p.browser.Cookie(name); value != "" {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	must(p.d.t, err)
	defer func() { _ = res.Body.Close() }() // read to its end below
	answer, err := io.ReadAll(res.Body)
	must(p.d.t, err)
	if into != nil && res.StatusCode == http.StatusOK {
		must(p.d.t, json.Unmarshal(answer, into))
	}
	return res.StatusCode
}

// in says whether the app is signed in.
func (p *phone) in() bool {
	return p.ask(http.MethodGet, "/api/validate-token/", nil, nil) == http.StatusOK
}

// The eighteen cases of the reference's guide to two sign-ins in one browser, which its
// operators walked through by hand before each release; and the wrong door.
func TestDualSignIn(t *testing.T) {
	cases := []struct {
		name string
		run  func(d *dual)
	}{
		{"resident logs out and staff stays", func(d *dual) {
			b := d.asBoth()
			b.Post("/logout/").LeadsTo("/login/")
			d.wants(b, false, true)
		}},
		{"staff logs out and resident stays", func(d *dual) {
			b := d.asBoth()
			b.Post("/console/logout/").LeadsTo("/console/login/")
			d.wants(b, true, false)
		}},
		{"resident first then staff", func(d *dual) {
			b := d.asResident(d.browser())
			d.wants(b, true, false)
			d.wants(d.asStaff(b), true, true)
		}},
		{"staff first then resident", func(d *dual) {
			b := d.asStaff(d.browser())
			d.wants(b, false, true)
			d.wants(d.asResident(b), true, true)
		}},
		{"both log out resident first", func(d *dual) {
			b := d.asBoth()
			b.Post("/logout/")
			b.Post("/console/logout/")
			d.wants(b, false, false)
		}},
		{"both log out staff first", func(d *dual) {
			b := d.asBoth()
			b.Post("/console/logout/")
			b.Post("/logout/")
			d.wants(b, false, false)
		}},
		{"password reset while the resident is in", func(d *dual) {
			b := d.asResident(d.browser())
			d.resetPassword(b)
			d.wants(b, false, false)
			d.enterWith(b, newResidentPassword)
			d.wants(b, true, false)
		}},
		{"password reset while staff is in", func(d *dual) {
			b := d.asStaff(d.browser())
			d.resetPassword(b)
			d.wants(b, false, true)
		}},
		{"password reset while both are in", func(d *dual) {
			b := d.asBoth()
			d.resetPassword(b)
			d.wants(b, false, true)
		}},
		{"another browser", func(d *dual) {
			here, there := d.asBoth(), d.asBoth()
			here.Post("/logout/")
			here.Post("/console/logout/")
			d.wants(here, false, false)
			d.wants(there, true, true)
		}},
		{"another profile of the browser", func(d *dual) {
			work, home := d.asStaff(d.browser()), d.asResident(d.browser())
			d.wants(work, false, true)
			d.wants(home, true, false)
			work.Post("/console/logout/")
			d.wants(home, true, false)
		}},
		{"staff's time runs out", func(d *dual) {
			b := d.asBoth()
			d.Clock.Advance(31 * time.Minute)
			d.wants(b, true, false)
			d.wants(d.asStaff(b), true, true)
		}},
		{"the resident's time runs out", func(d *dual) {
			b := d.asResident(d.browser())
			d.Clock.Advance(31 * 24 * time.Hour)
			d.wants(d.asStaff(b), false, true)
		}},
		{"a cookie is deleted", func(d *dual) {
			b := d.asBoth().Cookies(map[string]string{"ekolek_session": ""})
			d.wants(b, false, true)
			b = d.asBoth().Cookies(map[string]string{"ekolek_staff": ""})
			d.wants(b, true, false)
		}},
		{"a cookie is damaged", func(d *dual) {
			for _, value := range []string{"x", strings.Repeat("A", 43), strings.Repeat("%", 4000)} {
				b := d.asBoth().Cookies(map[string]string{"ekolek_session": value})
				d.wants(b, false, true)
				b.Get("/").Is(http.StatusOK)
				b = d.asBoth().Cookies(map[string]string{"ekolek_staff": value})
				d.wants(b, true, false)
				b.Get("/console/login/").Is(http.StatusOK)
			}
		}},
		{"the browser is closed and opened again", func(d *dual) {
			d.wants(d.asBoth().Restarted(), true, true)
		}},
		{"a phone beside the browser", func(d *dual) {
			b := d.asBoth()
			p := d.onPhone(b)
			b.Post("/logout/")
			b.Post("/console/logout/")
			if !p.in() {
				d.t.Error("logging out in the browser logs the phone out")
			}
			d.enterWith(b, testkit.Password)
			d.asStaff(b)
			if status := p.ask(http.MethodPost, "/api/logout/", map[string]string{"refresh_token": p.refresh}, nil); status != http.StatusOK {
				d.t.Errorf("the phone logs out with %d", status)
			}
			if status := p.ask(http.MethodPost, "/api/refresh-token/", map[string]string{"refresh_token": p.refresh}, nil); status != http.StatusUnauthorized {
				d.t.Errorf("the phone's token is refreshed after logging out: %d", status)
			}
			d.wants(b, true, true)
		}},
		{"the wrong door", func(d *dual) {
			b := d.asBoth()
			b.Post("/console/login/", "username", d.resident.Username, "password", testkit.Password).Is(http.StatusUnprocessableEntity)
			b.Post("/login/", "username", d.staff.Username, "password", testkit.Password).Is(http.StatusUnprocessableEntity)
			d.wants(b, true, true)
		}},
		{"both log out at the same moment", func(d *dual) {
			b := d.asBoth()
			var wg sync.WaitGroup
			for range 4 {
				for _, door := range []string{"/logout/", "/console/logout/"} {
					wg.Go(func() {
						if got := b.Post(door).Status; got != http.StatusSeeOther {
							d.t.Errorf("%s answers %d", door, got)
						}
					})
				}
			}
			wg.Wait()
			d.wants(b, false, false)
		}},
	}
	eachDual(t, func(t *testing.T, d *dual) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) { c.run(d.anew(t, c.name)) })
		}
	})
}
