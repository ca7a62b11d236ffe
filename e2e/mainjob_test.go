package e2e

import (
	"strings"
	"testing"

	"ekolek/internal/auth"
	"ekolek/internal/people"

	"github.com/google/uuid"
)

// job is what happens at the scale: two materials of 2.45 kg and 4 kg, and two pieces
// of the dearest reward that the resident can have.
type job struct {
	resident  people.Resident
	password  string
	card      string // what the camera sees
	materials [2]string
	first     string // points of the first line
	earned    string // of both
	left      string // after the reward
}

// The main job, from an empty database to balanced books: the office is set up, a
// family is approved, a card is scanned, two materials are weighed, points buy rice,
// and the resident reads all of it.
func TestMainJobFromAnEmptyDatabase(t *testing.T) {
	for _, d := range devices {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			c := newCity(t)
			admin := c.setUp(d)
			c.furnish(admin)
			nena := c.register(admin)
			c.approve(admin, nena)
			collector := c.hire(d, nena.BarangayID)
			c.play(d, collector, job{resident: nena, password: firstPassword, card: c.cardOf(nena),
				materials: [2]string{"PET", "Papel"}, first: "12.25", earned: "22.25", left: "2.25"})
			c.look(admin, "Nena", "Bigas")
		})
	}
}

// play is the job itself: the collector's part, the resident's part, and the books.
func (c *city) play(d device, collector *person, j job) {
	c.t.Helper()
	c.scan(collector, j)
	c.weigh(collector, j)
	c.redeem(collector, j)
	c.readsHome(d, j)
	c.booksBalance()
}

// setUp makes the first super administrator with the token that serve prints.
func (c *city) setUp(d device) *person {
	c.t.Helper()
	token, err := c.app.Auth.SetupToken(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	p := c.person("admin", d)
	p.open("/admin/setup/?token=" + token)
	p.fill("#full_name", "Liza Ramos")
	p.fill("#username", "liza")
	p.fill("#password", firstPassword)
	p.fill("#again", firstPassword)
	p.submit()
	p.at("/console/login/")
	p.signIn("liza", firstPassword)
	p.setUpSecond(firstPassword)
	p.at("/console/")
	p.shot("dashboard-empty")
	return p
}

// signIn fills the sign-in page that is open.
func (p *person) signIn(username, password string) {
	p.t.Helper()
	p.fill("#username", username)
	p.fill("#password", password)
	p.submit()
}

// furnish sets rates, and a reward with its stock.
func (c *city) furnish(admin *person) {
	c.t.Helper()
	for name, rate := range map[string]string{"PET": "5", "Papel": "2.5"} {
		admin.open("/console/waste-types/new/")
		admin.fill("#name", name)
		admin.fill("#rate", rate)
		admin.submit()
	}
	admin.sees("Papel")
	admin.open("/console/rewards/new/")
	admin.fill("#name", "Bigas 1 kg")
	admin.fill("#price", "10")
	admin.fill("#stock", "8")
	admin.submit()
	admin.sees("Bigas 1 kg")
}

// register enrolls a family that has come to the counter.
func (c *city) register(admin *person) people.Resident {
	c.t.Helper()
	admin.open("/console/families/new/")
	for field, text := range map[string]string{"family_name": "Dela Peña", "address": "12 Mabini St.", "first_name": "Nena",
		"last_name": "Dela Peña", "phone": "0917 555 0123", "username": "nena.delapena", "password": firstPassword} {
		admin.fill("#"+field, text)
	}
	admin.find("#barangay").MustSelect("San Antonio")
	admin.submit()
	admin.sees("Nena Dela Peña")
	r, err := c.app.People.ByUsername(c.t.Context(), c.app.DB, "nena.delapena")
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

// approve goes the office's way: the dashboard says that somebody waits.
func (c *city) approve(admin *person, r people.Resident) {
	c.t.Helper()
	admin.open("/console/")
	admin.shot("dashboard-pending")
	admin.press(`main a[href^="/console/residents/"]`)
	admin.press(`main a[href^="/console/residents/` + r.ID.String() + `/"]:not([href$="/reject/"])`)
	if admin.path() == "/console/residents/"+r.ID.String()+"/" {
		admin.press(`main a[href$="/approve/"]`)
	}
	admin.submit()
	admin.sees(r.FullName)
}

// hire makes a collector for one barangay, who must choose a password first.
func (c *city) hire(d device, barangay uuid.UUID) *person {
	c.t.Helper()
	_, err := c.app.Auth.CreateStaff(c.t.Context(), command(), auth.NewStaff{Username: "rodel", FullName: "Rodel Cruz",
		Role: auth.OperationsManager, Password: firstPassword, MustChange: true, Barangays: []uuid.UUID{barangay}})
	if err != nil {
		c.t.Fatal(err)
	}
	p := c.person("collector", d)
	p.open("/console/station")
	p.signIn("rodel", firstPassword)
	p.at("/console/password/")
	p.fill("#current_password", firstPassword)
	p.fill("#new_password", newPassword)
	p.fill("#again", newPassword)
	p.submit()
	p.at("/console/")
	return p
}

// cardOf is the signed text of a resident's card.
func (c *city) cardOf(r people.Resident) string {
	c.t.Helper()
	card, err := c.app.People.CardOf(c.t.Context(), r.ID)
	if err != nil {
		c.t.Fatal(err)
	}
	return card.QR
}

// scan holds the resident's card before the camera.
func (c *city) scan(collector *person, j job) {
	c.t.Helper()
	c.films("")
	collector.open("/console/station")
	collector.find(".scanning")
	collector.shot("scan")
	c.films(j.card)
	collector.page.MustNavigate(c.base + "/console/station")
	collector.arrives("/console/station/residents/" + j.resident.ID.String())
	collector.check()
	collector.sees(j.resident.FullName)
}

// weigh puts 2.45 kg of the first material and 4.2 kg of the second, in a crate of
// 0.2 kg, on the scale.
func (c *city) weigh(p *person, j job) {
	p.t.Helper()
	p.tap(`.mat:has([data-name="` + j.materials[0] + `"])`)
	p.shot("scale")
	p.weight("2.45")
	p.tap(`button.big[name="do"][value="add"]`)
	p.sees(j.first)
	p.tap(`.mat:has([data-name="` + j.materials[1] + `"])`)
	p.weight("4.2")
	p.fill("#tare", "0.2")
	p.sees(j.earned)
	p.shot("weigh")
	p.picture("station")
	p.press("button[data-save]")
	p.sees(j.earned)
	p.shot("receipt")
}

// weight is tapped on the pad of a phone and typed on a keyboard.
func (p *person) weight(kilos string) {
	p.t.Helper()
	if !p.device.phone {
		p.fill("#gross", kilos)
		return
	}
	for _, key := range kilos {
		p.tap(`[data-pad] [data-key="` + string(key) + `"]`)
	}
}

// redeem hands out two pieces of the reward on top of the list.
func (c *city) redeem(p *person, j job) {
	p.t.Helper()
	p.press(`main a[href*="/rewards"]`)
	p.shot("rewards")
	p.tap(`.reward:first-child [data-step="1"]`)
	p.tap(`.reward:first-child [data-step="1"]`)
	p.sees(j.left)
	p.press("button[data-next]")
	p.sees(j.left)
	if !strings.HasPrefix(j.card, "EK1.") { // an old card, which anybody can copy: the resident reads out their code
		p.fill("#code", c.liveCode(j.resident))
	}
	p.shot("confirm")
	p.press("button[data-save]")
	p.sees(j.left)
	p.shot("given")
}

// liveCode is what the resident's phone shows.
func (c *city) liveCode(r people.Resident) string {
	c.t.Helper()
	c.cardOf(r) // opening its page makes one
	live, err := c.app.People.LiveOf(c.t.Context(), r.ID)
	if err != nil {
		c.t.Fatal(err)
	}
	return live.Digits
}

// readsHome is the resident's side of it.
func (c *city) readsHome(d device, j job) {
	c.t.Helper()
	p := c.person("resident", d)
	p.open("/")
	p.shot("landing")
	p.open("/login/")
	p.shot("login")
	p.signIn(j.resident.Username, j.password)
	p.at("/login/code/")
	p.shot("code")
	p.fill("#code", c.code(j.resident.Phone))
	p.submit()
	p.at("/home/")
	p.sees(j.left)
	p.shot("home")
	p.picture("home")
	for _, page := range []struct{ path, sees string }{
		{"/points/", j.earned}, {"/rewards/", ""}, {"/rates/", j.materials[0]}, {"/card/", j.resident.FirstName},
	} {
		p.open(page.path)
		p.sees(page.sees)
		p.shot("page")
	}
}

// look opens every list of the console with something in it.
func (c *city) look(admin *person, resident, reward string) {
	c.t.Helper()
	for _, page := range []struct{ path, sees string }{
		{"/console/", ""},
		{"/console/residents/?status=approved", resident},
		{"/console/families/", ""},
		{"/console/weigh-ins/", resident},
		{"/console/rewards/", reward},
		{"/console/rewards/moves/", reward},
		{"/console/redemptions/", resident},
		{"/console/waste-types/", ""},
		{"/console/barangays/", "San Antonio"},
		{"/console/audit/", ""},
	} {
		admin.open(page.path)
		admin.sees(page.sees)
		admin.shot("look")
	}
}
