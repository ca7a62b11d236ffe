package e2e

import (
	"context"
	"fmt"
	"testing"

	"ekolek/internal/db"
	"ekolek/internal/people"
)

// settler makes an approved resident with a password and a confirmed e-mail address.
func (c *city) settler(username, phone, email string) people.Resident {
	c.t.Helper()
	ctx, a := c.t.Context(), c.app
	barangays, err := a.People.Barangays(ctx)
	if err != nil {
		c.t.Fatal(err)
	}
	_, r, err := a.People.RegisterFamily(ctx, command(), people.NewFamily{Name: "Salazar", BarangayID: barangays[0].ID, Address: "3 Mabini St.",
		Representative: people.NewResident{Username: username, FirstName: "Ben", LastName: "Salazar", Phone: phone}})
	if err == nil {
		_, err = a.People.Approve(ctx, command(), people.City, r.ID)
	}
	if err == nil {
		err = a.Auth.SetResidentPassword(ctx, command(), r.ID, firstPassword)
	}
	if err == nil {
		err = a.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return a.People.SetEmail(ctx, tx, command(), r, email) })
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

// refusedAs sends a form that comes back with an error beside a field.
func (p *person) refusedAs(field string) {
	p.t.Helper()
	p.page.MustEval(`() => document.querySelector("main form[method=post]").noValidate = true`)
	p.refused()
	p.find("#" + field + "-error")
}

// Every form of a resident's sign-in and of their security page, refused first and then
// accepted.
func TestResidentSignsIn(t *testing.T) {
	for n, d := range devices {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			c := newCity(t)
			r := c.settler("ben.salazar", fmt.Sprintf("0917 555 020%d", n), "ben@example.com")
			phone := c.person("ben", d)
			phone.open("/login/")
			phone.shot("login")
			phone.scansCard(c, r)
			phone.open("/login/")
			phone.fillsInByCard(r)
			phone.refusedAs("password")
			phone.fill("#password", firstPassword)
			phone.submit()
			phone.at("/login/code/")
			phone.shot("code")
			phone.fill("#code", "12345")
			phone.refusedAs("code")
			phone.shot("code-wrong")
			phone.fill("#code", c.code("+63917555020"+fmt.Sprint(n)))
			phone.tap("label:has(> #remember)")
			phone.submit()
			phone.at("/home/")

			phone.open("/me/")
			phone.shot("me")
			phone.press(`main a[href="/me/security/"]`)
			phone.shot("security")
			phone.press(`header form[action="/logout/"] button`)
			phone.at("/login/")
			phone.signIn("ben.salazar", firstPassword)
			phone.at("/home/") // the device is remembered
			phone.changesPassword()
			phone.changesContact(c, n)
			phone.open("/me/security/")
			phone.shot("security-after")
			phone.open("/me/logins/")
			phone.shot("logins")
		})
	}
}

// fillsInByCard finds the username with the family code, after a code that is nobody's.
func (p *person) scansCard(c *city, r people.Resident) {
	p.t.Helper()
	c.films("")
	p.open("/login/card/")
	p.find(".scanning")
	p.shot("login-scan")
	c.films(c.cardOf(r))
	p.page.MustNavigate(p.base + "/login/card/")
	if got := p.find("#username").MustProperty("value").Str(); got != r.Username {
		p.t.Errorf("the card fills in %q, want %q", got, r.Username)
	}
	c.films("")
}

func (p *person) fillsInByCard(r people.Resident) {
	p.t.Helper()
	p.tap("main details summary")
	p.fill("#card", "NOBODYSCODE1")
	p.leave(func() { p.tap(`main form[action="/login/card/"] button`) })
	p.forgive("status of 422")
	p.check()
	p.find("#card-error")
	p.shot("card-unknown")
	p.fill("#card", r.FamilyCode)
	p.press(`main form[action="/login/card/"] button`)
	if got := p.find("#username").MustProperty("value").Str(); got != r.Username {
		p.t.Errorf("the card fills in %q, want %q", got, r.Username)
	}
}

func (p *person) changesPassword() {
	p.t.Helper()
	p.open("/me/password/")
	p.shot("password")
	p.fill("#current_password", "not this one at all")
	p.fill("#new_password", newPassword)
	p.fill("#again", newPassword)
	p.refusedAs("current_password")
	p.shot("password-wrong")
	p.fill("#current_password", firstPassword)
	p.fill("#new_password", newPassword)
	p.fill("#again", newPassword)
	p.submit()
	p.at("/me/security/")
}

// changesContact takes another number, and confirms another address.
func (p *person) changesContact(c *city, n int) {
	p.t.Helper()
	for _, change := range []struct{ path, field, bad, good string }{
		{"/me/phone/", "phone", "12345", fmt.Sprintf("0917 555 030%d", n)},
		{"/me/email/", "email", "ben@", "ben.salazar@example.com"},
	} {
		p.open(change.path)
		p.shot("contact")
		p.fill("#"+change.field, change.bad)
		p.fill("#current_password", newPassword)
		p.refusedAs(change.field)
		p.fill("#"+change.field, change.good)
		p.fill("#current_password", newPassword)
		p.submit()
		p.at(change.path + "code/")
		p.shot("contact-code")
		p.fill("#code", "nonsense")
		p.refusedAs("code")
		if change.field == "email" {
			p.fill("#code", c.mailCode(change.good))
		} else {
			p.fill("#code", c.code(fmt.Sprintf("+63917555030%d", n)))
		}
		p.submit()
		p.at("/me/security/")
	}
}

// A forgotten password becomes a new one by a code in the mail; the old one is worth
// nothing any more, and a name that nobody has is answered alike.
func TestForgottenPassword(t *testing.T) {
	for _, d := range devices {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			c := newCity(t)
			c.settler("ben.salazar", "0917 555 0400", "ben@example.com")
			c.settler("nena.salazar", "0917 555 0401", "nena@example.com")
			p := c.person("ben", d)
			p.open("/login/")
			p.press(`main a[href="/forgot-password/"]`)
			p.shot("forgot")
			p.refusedAs("identifier")
			p.fill("#identifier", "nobody.at.all")
			p.submit()
			p.at("/forgot-password/verify/")
			unknown := p.text()
			p.press(`main a[href="/forgot-password/"]`)
			p.fill("#identifier", "NENA@example.com")
			p.submit()
			if known := p.text(); known != unknown {
				t.Errorf("a name that nobody has is answered\n%s\nand one that somebody has\n%s", unknown, known)
			}
			p.press(`main a[href="/forgot-password/"]`)
			p.fill("#identifier", "ben.salazar")
			p.tap(`label:has(> input[value="email"])`)
			p.submit()
			p.shot("forgot-code")
			p.fill("#code", "nonsense")
			p.refusedAs("code")
			p.fill("#code", c.mailCode("ben@example.com"))
			p.submit()
			p.at("/reset-password/")
			p.shot("reset")
			p.fill("#password", "short")
			p.fill("#again", "short")
			p.refusedAs("password")
			p.fill("#password", newPassword)
			p.fill("#again", newPassword)
			p.submit()
			p.at("/login/")
			p.shot("reset-done")
			c.text("+639175550400", "password")
			p.fill("#username", "ben.salazar")
			p.fill("#password", firstPassword)
			p.refused()
			p.signIn("ben.salazar", newPassword)
			p.at("/login/code/")
		})
	}
}
