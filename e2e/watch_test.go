package e2e

import (
	"context"
	"slices"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/people"
)

// tell puts a message into the outbox, and a notice under the bell.
func (c *city) tell(kind string, to notify.Recipient, link string) {
	c.t.Helper()
	err := c.app.DB.InTx(c.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		text := errs.T("auth.new_registration", "Name", "Maria Santos", "Family", "Santos", "Barangay", "Landayan")
		_, err := c.app.Notify.Add(ctx, tx, notify.Message{Kind: kind, To: to, SMS: &text, Notice: &notify.Notice{Type: "new_registration", Text: text, Link: link}})
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// colleague is the id of the member of staff with a username.
func (c *city) colleague(username string) uuid.UUID {
	c.t.Helper()
	list, err := c.app.Auth.StaffList(c.t.Context())
	i := slices.IndexFunc(list, func(st auth.Staff) bool { return st.Username == username })
	if err != nil || i < 0 {
		c.t.Fatalf("there is no %s: %v", username, err)
	}
	return list[i].ID
}

// watched is a city with one message of each fate: sent, refused, and on its way.
func watched(t *testing.T) (c *city, nena people.Resident) {
	t.Helper()
	c = newCity(t)
	staff, err := c.app.Auth.CreateStaff(t.Context(), command(), auth.NewStaff{Username: "ben", FullName: "Ben Santos", Role: auth.SecurityAnalyst, Password: firstPassword})
	if err != nil {
		t.Fatal(err)
	}
	barangays, err := c.app.People.Barangays(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, nena, err = c.app.Auth.EnrollFamily(t.Context(), command(), people.City, people.NewFamily{Name: "Dela Peña", BarangayID: barangays[0].ID, Address: "12 Mabini St.",
		Representative: people.NewResident{Username: "nena", FirstName: "Nena", LastName: "Dela Peña", Phone: "09175550123"}}, auth.Enrollment{Password: firstPassword})
	if err != nil {
		t.Fatal(err)
	}
	c.decide("nena", "")
	to := notify.Recipient{Audience: notify.Resident, ID: nena.ID, Name: nena.FullName, Phone: "+12125550199"}
	c.tell("resident.rejected", to, "/points/")
	to.Phone = busyNumber
	c.tell("resident.referral", to, "")
	c.tell("staff.new_registration", notify.Recipient{Audience: notify.Staff, ID: staff.ID, Name: staff.FullName}, "/console/jobs/")
	c.tell("staff.new_registration", notify.Recipient{Audience: notify.Staff, ID: staff.ID, Name: staff.FullName}, "")
	c.text(nena.Phone, "E-KOLEK")
	c.fate(notify.Failed, "resident.rejected")
	c.fate(notify.Queued, "resident.referral")
	return c, nena
}

// fate waits until a message has been tried.
func (c *city) fate(status notify.Status, kind string) notify.Entry {
	c.t.Helper()
	var found notify.Entry
	c.awaits(kind+" "+string(status), func() string {
		page, err := c.app.Notify.Outbox(c.t.Context(), notify.Filter{Kind: kind, Status: status})
		if err != nil {
			c.t.Fatal(err)
		}
		for _, m := range page.Rows {
			if m.Reason != notify.NoReason {
				found = m
				return m.Kind
			}
		}
		return ""
	})
	return found
}

// The office reads what was told and what the program works on; every form of it.
func TestOfficeWatchesMessagesAndJobs(t *testing.T) {
	for _, d := range devices {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			c, nena := watched(t)
			p := c.person("watch", d)
			p.open("/console/login/")
			p.signIn("ben", firstPassword)
			p.at("/console/")
			p.shot("dashboard")
			p.press(`main a[href="/console/messages/?status=failed"]`)
			p.shot("messages-failed")
			p.press(`main th a`)
			p.shot("message-failed")
			p.confirm(`a[data-dialog][href$="/resend/"]`, "message-resend")
			p.shot("message-again")

			p.open("/console/messages/")
			p.shot("messages")
			p.find("#channel").MustSelect(map[string]string{"en": "E-mail", "fil": "E-mail"}[d.lang])
			p.press(`main form[method="get"] button`)
			p.shot("messages-none")
			p.page.MustEval(`() => document.querySelector("form[method=post] #address").form.noValidate = true`)
			p.fill("#address", "0917")
			p.leave(func() { p.tap(`main form[action="/console/messages/find/"] button`) })
			p.forgive("status of 422")
			p.check()
			p.find("#address-error")
			p.shot("messages-find-refused")
			p.fill("#address", nena.Phone)
			p.press(`main form[action="/console/messages/find/"] button`)
			p.sees(nena.FullName)
			p.shot("messages-found")

			waiting := c.fate(notify.Queued, "resident.referral")
			p.open("/console/messages/" + waiting.ID.String() + "/")
			p.shot("message-waiting")
			p.confirm(`a[data-dialog][href$="/cancel/"]`, "message-cancel")
			p.open("/console/messages/" + waiting.ID.String() + "/resend/")
			p.shot("message-resend-page")
			p.submit()

			p.watchesJobs(c)
			p.readsNotices("/console/notices/", "/console/jobs/", func() {
				c.tell("staff.new_registration", notify.Recipient{Audience: notify.Staff, ID: c.colleague("ben")}, "")
			})
		})
	}
}

// watchesJobs opens the queue, and takes the job of the busy number out and in again.
func (p *person) watchesJobs(c *city) {
	p.t.Helper()
	p.open("/console/jobs/")
	p.shot("jobs")
	p.find("#kind").MustSelect(map[string]string{"en": "Send a message", "fil": "Magpadala ng mensahe"}[p.device.lang])
	p.press(`main form[method="get"] button`)
	p.press(`main nav a[href*="state=retryable"]`)
	p.shot("jobs-retryable")
	p.press(`main th a`)
	p.shot("job")
	p.confirm(`a[data-dialog][href$="/cancel/"]`, "job-cancel")
	p.shot("job-cancelled")
	p.confirm(`a[data-dialog][href$="/retry/"]`, "job-retry")
	p.press(`main a[href^="/console/messages/"]`)
	p.shot("job-message")
}

// readsNotices opens a notice that leads somewhere, then marks one and all, and sees a
// new one come while the page stands open.
func (p *person) readsNotices(bell, leads string, more func()) {
	p.t.Helper()
	p.press(`header a[href="` + bell + `"]`)
	p.shot("notices")
	p.press(`main .told form .what`)
	p.at(leads)
	p.open(bell)
	p.press(`main .told form .tap`)
	p.at(bell)
	if all := `main form[action="` + bell + `read/"]`; p.page.MustHas(all) {
		p.press(all + ` button`)
	}
	p.shot("notices-read")
	if p.page.MustHas(".told .fresh") {
		p.t.Error("a notice is still new")
	}
	more() // and the open page hears of it
	p.find(".told .fresh")
	p.find("header .dot-count")
	p.check()
	p.press(`main .tabs-line a[href$="new=1"]`)
	p.press(`main .told form .tap`)
	p.shot("notices-none-new")
}

// confirm opens the act's form over the page, checks it, and sends it.
func (p *person) confirm(link, name string) {
	p.t.Helper()
	p.tap(link)
	p.find("dialog[open] form")
	p.shot(name)
	p.check()
	p.press(`dialog[open] button[type="submit"]`)
}

// A resident reads what they were told.
func TestResidentReadsNotices(t *testing.T) {
	for _, d := range devices {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			c, nena := watched(t)
			p := c.person("notices", d)
			p.open("/login/")
			p.signIn(nena.Username, firstPassword)
			p.fill("#code", c.code(nena.Phone))
			p.submit()
			p.at("/home/")
			p.shot("home")
			p.readsNotices("/notices/", "/points/", func() {
				c.tell("resident.rejected", notify.Recipient{Audience: notify.Resident, ID: nena.ID}, "")
			})
		})
	}
}

// In development the codes lie at /dev/outbox, on a phone, too; in production nothing does.
func TestDevelopmentShowsItsMessages(t *testing.T) {
	c := startCity(t, true)
	c.tell("resident.received", notify.Recipient{Audience: notify.Resident, ID: uuid.New(), Name: "Nena", Phone: "+639175550123"}, "")
	c.awaits("/dev/outbox", func() string {
		kept, err := notify.DevOutbox(c.app.OutboxDir(), 1)
		if err != nil || len(kept) == 0 {
			return ""
		}
		return kept[0].Text
	})
	for _, d := range devices {
		p := c.person("outbox", d)
		p.open("/dev/outbox")
		p.sees("+639175550123")
		p.shot("outbox")
	}
}
