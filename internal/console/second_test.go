package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

// enrolled sets a second step up through the pages, and gives the phone and the recovery
// codes.
func (o *office) enrolled(b *testkit.Browser) (*testkit.Authenticator, []string) {
	o.t.Helper()
	b.Post("/console/second-factor/set-up/", "password", testkit.Password).LeadsTo("/console/second-factor/confirm/")
	page := b.Get("/console/second-factor/confirm/").Is(http.StatusOK)
	if page.Find("svg.qr path").AttrOr("d", "") == "" || !strings.HasPrefix(page.Find(`main a[href^="otpauth:"]`).AttrOr("href", ""), "otpauth://totp/") {
		o.t.Error("the page has no QR code, or no link for the phone itself")
	}
	phone := testkit.NewAuthenticator(o.t, page.Text("#key"), o.Clock.Now)
	return phone, o.recoveryOf(b.Post("/console/second-factor/confirm/", "code", phone.Code(0)))
}

// recoveryOf reads the recovery codes off the one page that shows them, which nobody may
// keep.
func (o *office) recoveryOf(page testkit.Answer) []string {
	o.t.Helper()
	codes := strings.Fields(page.Is(http.StatusOK).Text("#recovery"))
	if len(codes) != 10 {
		o.t.Fatalf("the page shows the recovery codes %q", codes)
	}
	if got := page.Header.Get("Cache-Control"); !strings.Contains(got, "no-store") {
		o.t.Errorf("Cache-Control is %q", got)
	}
	return codes
}

func TestSecondStepPages(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		b := o.as("manager")
		b.Get("/console/account/").Is(http.StatusOK).Has("main", "Second step at login").Has(".chip", "Off")
		b.Get("/console/second-factor/confirm/").LeadsTo("/console/second-factor/set-up/")
		b.Get("/console/second-factor/set-up/").Is(http.StatusOK).Has(".notice", "This took too long").Lacks("main", "Code from your phone")
		b.Post("/console/second-factor/set-up/").Refuses("password")
		b.Post("/console/second-factor/set-up/", "password", "wrong").Refuses("password").Value("#password", "")
		phone, codes := o.enrolled(b)
		b.Post("/console/second-factor/confirm/", "code", phone.Code(0)).LeadsTo("/console/second-factor/set-up/") // sent again by a reload
		b.Get("/console/account/").Has("main", "10 recovery codes are left").Has(".chip", "On")
		o.as("admin").Get("/console/staff/"+o.Manager.ID.String()+"/").Has(".facts", "On since")

		n := testkit.NewBrowser(t, o.url)
		n.Get("/console/login/code/").LeadsTo("/console/login/")
		n.Post("/console/login/", "username", "manager", "password", testkit.Password, "next", "/console/weigh-ins/").
			LeadsTo("/console/login/code/?next=%2Fconsole%2Fweigh-ins%2F")
		n.Get("/console/weigh-ins/").LeadsTo("/console/login/?next=%2Fconsole%2Fweigh-ins%2F")
		page := n.Get("/console/login/code/?next=%2Fconsole%2Fweigh-ins%2F").Is(http.StatusOK)
		if page.Find("#code").AttrOr("autocomplete", "") != "one-time-code" || page.Find("#code").AttrOr("inputmode", "") != "numeric" {
			t.Error("a phone does not offer the code")
		}
		n.Post("/console/login/code/").Refuses("code")
		n.Post("/console/login/code/", "code", phone.Code(0)).Refuses("code").Value("#code", "") // used when it was turned on
		n.Get("/console/login/code/?with=recovery").Has("main", "one of your recovery codes")
		n.Post("/console/login/code/", "with", "recovery", "code", "ABCDE-ABCDE").Refuses("code").Has("label", "Recovery code")
		n.Post("/console/login/code/", "code", phone.Code(30*time.Second), "next", "/console/weigh-ins/").LeadsTo("/console/weigh-ins/")
		n.Get("/console/weigh-ins/").Is(http.StatusOK)
		n.Get("/console/login/code/").LeadsTo("/console/login/")

		b.Post("/console/second-factor/codes/", "password", testkit.Password).Refuses("code")
		fresh := o.recoveryOf(b.Post("/console/second-factor/codes/", "password", testkit.Password, "code", codes[0]))
		b.Post("/console/second-factor/off/", "password", testkit.Password, "code", codes[1]).Refuses("code")
		b.Post("/console/second-factor/off/", "password", testkit.Password, "code", strings.ToLower(fresh[0])).LeadsTo("/console/account/")
		b.Get("/console/account/").Has(".notice", "The second step is off").Has(".chip", "Off")
		b.Post("/console/second-factor/off/", "password", testkit.Password).Is(http.StatusUnprocessableEntity).Has("#errors", "not on")
	})
}

// Without a second factor a super administrator of a city in production finds one page
// whichever they ask for, and the way out.
func TestSecondStepIsDue(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		w.Auth = auth.New(d, w.Vault, w.Notify, w.People, auth.Config{SecretKey: testkit.SecretKey, Production: true}, w.Clock.Now)
		o := newOfficeOf(t, w)
		b := o.as("admin")
		for _, page := range []string{"/console/", "/console/staff/", "/console/account/", "/console/second-factor/codes/", "/console/second-factor/off/"} {
			b.Get(page).LeadsTo("/console/second-factor/set-up/")
		}
		b.Post("/console/staff/new/", "username", "x").LeadsTo("/console/second-factor/set-up/")
		b.Get("/console/second-factor/set-up/").Is(http.StatusOK).Has(".notice", "Set it up first").Has("main", "Log out")
		b.Get("/console/password/").Is(http.StatusOK)
		_, codes := o.enrolled(b)
		b.Get("/console/staff/").Is(http.StatusOK)
		b.Get("/console/account/").Lacks("main", "Turn off")
		b.Post("/console/second-factor/off/", "password", testkit.Password, "code", codes[0]).Is(http.StatusUnprocessableEntity).Has("#errors", "cannot turn")
		o.as("manager").Get("/console/").Is(http.StatusOK)
	})
}

func TestResetOfAColleaguesSecondStep(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		m := o.as("manager")
		o.enrolled(m)
		b := o.as("admin")
		page := "/console/staff/" + o.Manager.ID.String() + "/"
		b.Get(page).Has("main", "Reset second step")
		b.Get(page+"second-factor/").Is(http.StatusOK).Has("h1", "Reset the second step of Staff manager?")
		b.Post(page+"second-factor/", "reason", "short").Refuses("reason")
		b.Post(page+"second-factor/", "reason", "Her phone fell into the river").LeadsTo(page)
		b.Get(page).Has(".notice", "Staff manager is reset").Lacks("main", "Reset second step")
		m.Get("/console/").LeadsTo("/console/login/?next=%2Fconsole%2F")
		o.as("manager").Get("/console/").Is(http.StatusOK)
		o.as("manager").Post(page+"second-factor/", "reason", "Her phone fell into the river").Is(http.StatusForbidden)
		b.Get("/console/audit/?action=staff.second_reset").Has(".dtable", "Staff admin")
		own := "/console/staff/" + o.Admin.ID.String() + "/"
		o.enrolled(b)
		b.Post(own+"second-factor/", "reason", "My phone fell into the river").Is(http.StatusUnprocessableEntity).Has("#errors", "your own")
	})
}

// A new sign-in in the same browser ends the one before it.
func TestSignInReplacesTheSessionOfTheBrowser(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	b := o.as("manager")
	b.SignIn("/console/login/", "content")
	for _, p := range []auth.Principal{o.Manager, o.Content} {
		sessions, err := o.Auth.Sessions(t.Context(), auth.StaffSurface, p.ID, p.SessionID)
		must(t, err)
		if want := map[bool]int{true: 1}[p.ID == o.Content.ID]; len(sessions) != want {
			t.Errorf("%s has %d sessions, want %d", p.Username, len(sessions), want)
		}
	}
}

func TestOwnSessions(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		here, phone, cafe := o.as("manager"), o.as("manager"), o.as("manager")
		stranger := o.as("content")
		page := here.Get("/console/account/").Is(http.StatusOK)
		ends := page.Find(`form[action^="/console/account/sessions/"][action$="/end/"]`)
		if ends.Length() != 3 { // one each of the others, and all of them
			t.Fatalf("%d buttons to log out", ends.Length())
		}
		one := ends.First().AttrOr("action", "")
		stranger.Post(one).Is(http.StatusNotFound)
		here.Post(one).LeadsTo("/console/account/")
		here.Get("/console/account/").Has(".notice", "1 login has ended")
		here.Post(one).Is(http.StatusNotFound)
		if in := phone.Get("/console/").Status + cafe.Get("/console/").Status; in != http.StatusOK+http.StatusSeeOther {
			t.Error("not exactly one of the others is logged out")
		}
		here.Post("/console/account/sessions/end/").LeadsTo("/console/account/")
		phone.Get("/console/").LeadsTo("/console/login/?next=%2Fconsole%2F")
		cafe.Get("/console/").LeadsTo("/console/login/?next=%2Fconsole%2F")
		here.Get("/console/account/").Is(http.StatusOK).Lacks("main", "Log out everywhere else")
		stranger.Get("/console/").Is(http.StatusOK)
		o.as("admin").Get("/console/audit/?action=staff.end_sessions").Has(".dtable", "Staff manager")

		b := o.as("admin")
		member := "/console/staff/" + o.Manager.ID.String() + "/"
		b.Get(member).Has("main", "Log out everywhere")
		b.Get(member+"sign-out/").Is(http.StatusOK).Has("h1", "Log Staff manager out everywhere?")
		b.Post(member + "sign-out/").LeadsTo(member)
		here.Get("/console/").LeadsTo("/console/login/?next=%2Fconsole%2F")
		b.Get(member).Has("main", "Not logged in anywhere now")
		b.Get("/console/").Is(http.StatusOK)
	})
}

func TestSecondStepSpeaksTagalog(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	b := o.as("manager")
	b.Lang = "fil"
	b.Get("/console/account/").Has("h1", "Pag-login at seguridad")
	b.Get("/console/second-factor/set-up/").Has("h1", "Ikalawang hakbang sa pag-login")
	o.enrolled(b)
	for _, path := range []string{"/console/account/", "/console/second-factor/set-up/", "/console/second-factor/codes/", "/console/second-factor/off/"} {
		a := b.Get(path).Is(http.StatusOK)
		for _, word := range strings.Fields(a.Text("body")) {
			if strings.HasPrefix(word, "second.") || strings.HasPrefix(word, "account.") || strings.HasPrefix(word, "staff.") {
				t.Errorf("%s shows the key %s", path, word)
			}
		}
	}
}
