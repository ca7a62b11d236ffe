package e2e

import (
	"testing"

	"ekolek/internal/people"
)

// A family registers by itself, another of the household joins it, the office decides:
// every form of the way, refused first and then accepted.
func TestRegistration(t *testing.T) {
	for _, d := range devices {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			c := newCity(t)
			ana := c.person("ana", d)
			ana.open("/")
			if d.phone {
				ana.press(`main .lg\:hidden a[href="/register/"]`)
			} else {
				ana.press(`main .lg\:flex a[href="/register/"]`)
			}
			ana.at("/register/")
			ana.shot("choice")
			ana.press(`main a[href="/register/family/"]`)
			ana.who("Ana", "ana.reyes", "0917 555 0101", "ana@example.com")
			ana.lives()
			c.proves(ana, "+639175550101", "ana@example.com")
			ana.at("/register/status/")
			ana.shot("status-pending")
			family := c.decide("ana.reyes", "")
			c.text("+639175550101", map[string]string{"en": "APPROVED", "fil": "APRUBADO"}[d.lang])
			ana.open("/register/status/")
			ana.shot("status-approved")

			ben := c.person("ben", d)
			ben.open("/register/member/")
			ben.who("Ben", "ben.reyes", "0917 555 0102", "")
			ben.joins(family.FamilyCode)
			c.proves(ben, "+639175550102", "")
			ben.at("/register/status/")
			c.decide("ben.reyes", "We could not find you at this address")
			ben.open("/register/status/")
			ben.sees("We could not find you")
			ben.shot("status-rejected")
			ben.press(`main a.btn-primary`)
			ben.at("/register/")
			ben.shot("choice-after")
		})
	}
}

// The office writes new terms, reads them, and brings them into force: whoever registers
// at that moment is asked again.
func TestTermsOfTheOffice(t *testing.T) {
	for _, d := range []device{devices[0], devices[2]} {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			c := newCity(t)
			admin := c.setUp(d)
			ana := c.person("ana", d)
			ana.open("/register/family/")
			ana.who("Ana", "ana.reyes", "0917 555 0101", "ana@example.com")
			ana.lives()

			admin.open("/console/terms/")
			admin.shot("terms")
			admin.open("/console/terms/new/")
			admin.page.MustEval(`() => document.querySelector("main form").noValidate = true`)
			admin.refused()
			admin.shot("terms-refused")
			admin.find("#version-error")
			admin.fill("#version", "2.0")
			admin.submit()
			admin.at("/console/terms/")
			admin.press(`main .dtable tbody tr:first-child a`)
			admin.shot("terms-text")
			admin.open(admin.path() + "activate/")
			admin.shot("terms-activate")
			admin.submit()
			admin.at("/console/terms/")
			admin.shot("terms-2")

			ana.fill("#phone_code", c.code("+639175550101"))
			ana.fill("#email_code", c.mailCode("ana@example.com"))
			ana.tap("#consent")
			ana.refused()
			ana.find("#consent-error")
			ana.sees("2.0")
			ana.shot("terms-changed")
			ana.tap("#consent")
			ana.submit()
			ana.at("/register/status/")
		})
	}
}

// who fills in the first page, without a name at first.
func (p *person) who(first, username, phone, email string) {
	p.t.Helper()
	p.shot("who")
	p.page.MustEval(`() => document.querySelector("main form").noValidate = true`)
	p.fill("#last_name", "Reyes")
	p.fill("#username", username)
	p.fill("#phone", phone)
	if email != "" {
		p.fill("#email", email)
	}
	p.fill("#password", "1234")
	p.refused()
	p.shot("who-refused")
	p.find("#first_name-error")
	p.find("#password-error")
	p.fill("#first_name", first)
	p.fill("#password", firstPassword)
	p.tap("[data-reveal]")
	if kind := p.find("#password").MustProperty("type").Str(); kind != "text" {
		p.t.Errorf("the password is still hidden: %s", kind)
	}
	p.shot("who-filled")
	p.submit()
}

// lives fills in where a family lives.
func (p *person) lives() {
	p.t.Helper()
	p.at("/register/family/where/")
	p.shot("where")
	p.page.MustEval(`() => document.querySelector("main form").noValidate = true`)
	p.refused()
	p.shot("where-refused")
	p.find("#barangay-error")
	p.find("#barangay").MustSelect("Landayan")
	p.fill("#address", "12 Mabini St.")
	p.open("/register/family/where/") // the line was lost: only this page is typed again
	p.find("#barangay").MustSelect("Landayan")
	p.fill("#address", "12 Mabini St.")
	p.submit()
	p.at("/register/family/verify/")
}

// joins types a family's code, a wrong one first.
func (p *person) joins(code string) {
	p.t.Helper()
	p.at("/register/member/where/")
	p.fill("#family_code", "WRONGCODE234")
	p.refused()
	p.shot("join-refused")
	p.fill("#family_code", code)
	p.submit()
	p.sees("R•••")
	p.shot("join-found")
	p.submit()
	p.at("/register/member/verify/")
}

// proves fills in the last page with the codes that came.
func (c *city) proves(p *person, phone, email string) {
	c.t.Helper()
	p.shot("verify")
	p.page.MustEval(`() => document.querySelector("main form").noValidate = true`)
	p.fill("#phone_code", "000000")
	p.refused()
	p.shot("verify-refused")
	p.find("#consent-error")
	if button := p.find(`button[value="sms"]`); !button.MustProperty("disabled").Bool() {
		p.t.Error("another code can be asked for at once")
	}
	p.fill("#phone_code", c.code(phone))
	if email != "" {
		p.fill("#email_code", c.mailCode(email))
	}
	p.tap("#consent")
	p.submit()
}

// decide approves somebody, or with a reason rejects them.
func (c *city) decide(username, reason string) people.Resident {
	c.t.Helper()
	ctx := c.t.Context()
	who, err := c.app.People.ByUsername(ctx, c.app.DB, username)
	if err != nil {
		c.t.Fatal(err)
	}
	if reason == "" {
		_, err = c.app.People.Approve(ctx, command(), people.City, who.ID)
	} else {
		_, err = c.app.People.Reject(ctx, command(), people.City, who.ID, reason)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return who
}
