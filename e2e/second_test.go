package e2e

import (
	"strings"
	"testing"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/testkit"
)

// setUpSecond takes a super administrator, who may do nothing else yet, through the set-up
// of a second step, and gives their phone and their recovery codes.
func (p *person) setUpSecond(password string) (*testkit.Authenticator, []string) {
	p.t.Helper()
	p.at("/console/second-factor/set-up/")
	p.shot("second-why")
	p.fill("#password", password)
	p.submit()
	return p.scanSecond()
}

// scanSecond goes on from the page that shows the key.
func (p *person) scanSecond() (*testkit.Authenticator, []string) {
	p.t.Helper()
	p.at("/console/second-factor/confirm/")
	p.shot("second-scan")
	phone := testkit.NewAuthenticator(p.t, p.find("#key").MustText(), time.Now)
	p.fill("#code", "nonsense")
	p.refused()
	p.shot("second-scan-wrong")
	p.find("#code-error")
	p.fill("#code", phone.Code(0))
	p.submit()
	p.shot("second-recovery")
	codes := strings.Fields(p.find("#recovery").MustText())
	if len(codes) != 10 {
		p.t.Fatalf("the page shows the recovery codes %q", codes)
	}
	p.press(`main a.btn-primary`)
	return phone, codes
}

// Every form of the second step: a member of staff sets it up, logs in with the phone
// and without it, makes new codes, moves to another phone, turns it off; a colleague's is
// reset.
func TestSecondStep(t *testing.T) {
	for _, d := range []device{devices[0], devices[2]} {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			c := newCity(t)
			admin := c.setUp(d)
			ben, err := c.app.Auth.CreateStaff(t.Context(), command(), auth.NewStaff{Username: "ben", FullName: "Ben Santos",
				Role: auth.SecurityAnalyst, Email: "ben@city.test", Password: firstPassword})
			if err != nil {
				t.Fatal(err)
			}
			p := c.person("ben", d)
			p.open("/console/login/")
			p.signIn("ben", firstPassword)
			p.open("/console/account/")
			p.shot("account-off")
			p.press(`main a[href="/console/second-factor/set-up/"]`)
			phone, codes := p.setUpSecond(firstPassword)
			p.open("/console/account/")
			p.shot("account-on")

			page := "/console/staff/" + ben.ID.String() + "/"
			admin.open(page)
			admin.shot("colleague")
			admin.press(`main a[href$="/sign-out/"]`)
			admin.submit()
			admin.at(page)
			p.open("/console/account/")
			p.at("/console/login/")
			p.signIn("ben", firstPassword)
			p.at("/console/login/code/")
			p.shot("code")
			p.fill("#code", "000000")
			p.refused()
			p.shot("code-wrong")
			p.fill("#code", phone.Code(30*time.Second)) // the present one was used to turn it on
			p.submit()
			p.at("/console/account/") // where they wanted to go

			p.open("/cenro/admin/logout/")
			p.signIn("ben", firstPassword)
			p.press(`main a[href="/console/login/code/?with=recovery"]`)
			p.shot("code-recovery")
			p.fill("#code", codes[0])
			p.submit()
			p.at("/console/")

			p.open("/console/account/")
			p.press(`main a[href="/console/second-factor/codes/"]`)
			p.shot("codes-new")
			p.prove(firstPassword, codes[1])
			codes = strings.Fields(p.find("#recovery").MustText())
			p.press(`main a.btn-primary`)

			p.open("/console/second-factor/set-up/")
			p.shot("second-move")
			p.prove(firstPassword, codes[0])
			_, codes = p.scanSecond()

			admin.press(`main a[href$="/second-factor/"]`)
			admin.shot("reset")
			admin.open("/console/account/")
			// Colours fade from one theme to the other; they are looked at when they have arrived.
			admin.page.MustEval(`() => {
				document.documentElement.dataset.theme = "ekolek-dark";
				return Promise.all(document.getAnimations().map((a) => a.finished)).then(() => true);
			}`)
			admin.check()
			admin.shot("account-dark")

			p.open("/console/second-factor/off/")
			p.shot("second-off")
			p.fill("#password", firstPassword)
			p.fill("#code", "wrong code")
			p.refused()
			p.find("#code-error")
			p.prove(firstPassword, codes[0])
			p.at("/console/account/")
			p.shot("account-off-again")
		})
	}
}

// prove types password and code, and sends them.
func (p *person) prove(password, code string) {
	p.t.Helper()
	p.fill("#password", password)
	p.fill("#code", code)
	p.submit()
}
