package e2e

import (
	"strings"
	"testing"
)

// Every form of corrections, second persons and proofs: a collector corrects points, a
// little at once and much only when the office agrees; the resident shows a live code,
// which renews itself, and sets a PIN.
func TestTwoPersonsAndProofs(t *testing.T) {
	for _, d := range []device{devices[0], devices[2]} {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			c := newCity(t)
			admin := c.setUp(d)
			nena := c.register(admin)
			c.approve(admin, nena)
			manager := c.hire(d, nena.BarangayID)
			page := "/console/residents/" + nena.ID.String() + "/"

			manager.open(page)
			manager.press(`main a[href$="/points/"]`)
			manager.shot("correct")
			manager.fill("#points", "a sack")
			manager.fill("#reason", "short")
			manager.refused()
			manager.shot("correct-wrong")
			manager.correct("250.5")
			manager.sees("250.5")
			manager.shot("correct-sure")
			manager.submit()
			manager.at(page)

			for _, then := range []string{"refuse", "agree"} {
				manager.open(page + "points/")
				manager.correct("1500")
				manager.shot("correct-waits")
				manager.submit()
				manager.at(page)
				manager.shot("resident-waits")
				manager.press(`.notice a[href^="/console/approvals/points/"]`)
				manager.shot("own")
				admin.open("/console/")
				admin.shot("dashboard")
				admin.press(`.todo a[href="/console/approvals/points/"]`)
				admin.shot("waiting")
				admin.press(`tbody a`)
				admin.shot("decide")
				if then == "agree" {
					admin.submit()
				} else {
					admin.leave(func() { admin.tap(`main button[formaction$="/refuse/"]`) })
					admin.forgive("status of 422")
					admin.shot("refuse-without-reason")
					admin.fill("#reason", "The sheet of Monday says otherwise.")
					admin.press(`main button[formaction$="/refuse/"]`)
				}
				admin.at("/console/approvals/points/")
				admin.open("/console/approvals/points/?state=all")
				admin.shot("all")
			}

			manager.open(page + "pin/")
			manager.fill("#pin", "123456")
			manager.fill("#again", "123456")
			manager.refused()
			manager.shot("counter-pin")
			manager.fill("#pin", "739154")
			manager.fill("#again", "739154")
			manager.submit()
			manager.at(page)

			p := c.person("resident", d)
			p.open("/login/")
			p.signIn(nena.Username, firstPassword)
			p.fill("#code", c.code(nena.Phone))
			p.submit()
			p.sees("1,750.5")
			p.open("/card/")
			p.shot("card")
			c.renews(p)
			p.open("/me/security/")
			p.press(`main a[href="/me/pin/"]`)
			p.fill("#current_password", firstPassword)
			p.fill("#pin", "111111")
			p.fill("#again", "111111")
			p.refused()
			p.shot("pin-easy")
			p.fill("#current_password", firstPassword)
			p.fill("#pin", "284670")
			p.fill("#again", "284670")
			p.submit()
			p.at("/me/security/")
			p.open("/me/pin/")
			p.shot("pin")
			p.press(`main form[action="/me/pin/remove/"] button`)
			p.at("/me/security/")
			c.booksBalance()
		})
	}
}

// correct fills the first step of a correction, and goes on to the second.
func (p *person) correct(points string) {
	p.t.Helper()
	p.tap(`label:has(input[name="way"][value="give"])`)
	p.fill("#points", points)
	p.fill("#reason", "A sack was left out on Monday.")
	p.submit()
}

// renews holds that the page fetches the next live code by itself: it is told that the
// one it shows is over.
func (c *city) renews(p *person) {
	c.t.Helper()
	digits := strings.TrimSpace(p.find("[data-digits]").MustText())
	if len(digits) != 7 {
		c.t.Errorf("the live code reads %q", digits)
	}
	p.page.MustEval(`() => {
		document.querySelector("[data-digits]").textContent = "old";
		document.dispatchEvent(new Event("visibilitychange"));
	}`)
	if err := p.until(`() => /^\d{3} \d{3}$/.test(document.querySelector("[data-digits]").textContent.trim())`); err != nil {
		c.t.Errorf("the live code is not renewed: %v", err)
	}
}
