package e2e

import (
	"testing"

	"github.com/go-rod/rod/lib/proto"
	"github.com/google/uuid"

	"ekolek/internal/collection"
	"ekolek/internal/people"
	"ekolek/internal/schedule"
)

// A collector marks the day's collections, one of them while there is no signal, and the
// office writes an announcement: looked at, changed, and sent.
func TestCollectorRunsAndOfficeAnnounces(t *testing.T) {
	c := newCity(t)
	admin := c.setUp(devices[0])
	nena := c.register(admin)
	c.approve(admin, nena)
	c.plansToday(nena)
	admin.marksWithoutSignal()
	admin.marksMissed()
	visits, err := c.app.Schedule.Visits(t.Context(), people.City, schedule.VisitFilter{})
	if err != nil || len(visits.Rows) != 2 {
		t.Fatalf("%+v, %v", visits.Rows, err)
	}
	admin.writesAnnouncement(nena)
}

// plansToday lets the truck come twice today.
func (c *city) plansToday(r people.Resident) {
	c.t.Helper()
	pet, err := c.app.Collection.SaveType(c.t.Context(), c.staff(), collection.TypeForm{Name: "PET", NameFil: "Boteng plastik", Class: collection.Recyclable, Rate: 5_00, Active: true})
	c.must(err)
	weekday := (int(schedule.WeekdayOf(c.app.Schedule.Today()))+6)%7 + 1
	for _, start := range []schedule.Minutes{0, 60} {
		_, err := c.app.Schedule.SaveLine(c.t.Context(), c.staff(), people.City, schedule.LineForm{Barangay: r.BarangayID, Weekday: weekday, Start: start, End: start + 60,
			Wastes: []uuid.UUID{pet}, Active: true})
		c.must(err)
	}
}

// marksWithoutSignal taps once while the phone is offline; the mark leaves when it is not.
func (p *person) marksWithoutSignal() {
	p.t.Helper()
	p.open("/console/run/")
	p.shot("run")
	p.offline(true)
	p.tap(`.run-stop [data-save]`)
	p.find(`.run-stop [data-status]:not(:empty)`)
	p.find(`[data-offline]:not([hidden])`)
	p.shot("run-no-signal")
	p.offline(false)
	p.find(`.run-stop .chip-leaf`)
	p.forgive("ERR_INTERNET_DISCONNECTED")
	p.check()
	p.shot("run-marked")
}

func (p *person) offline(off bool) {
	p.t.Helper()
	err := proto.NetworkEmulateNetworkConditions{Offline: off, DownloadThroughput: -1, UploadThroughput: -1}.Call(p.page)
	if err != nil {
		p.t.Fatal(err)
	}
}

// marksMissed says why nothing was collected: refused once, without a reason.
func (p *person) marksMissed() {
	p.t.Helper()
	p.press(`.run-stop .act a`)
	p.shot("run-missed")
	p.tap(`[data-save]`)
	p.find(`[data-error-for="reason"]:not([hidden])`)
	p.forgive("status of 422")
	p.check()
	p.tap(`label:has([value="road"])`)
	p.fill("#note", "Baha sa kanto")
	p.press(`[data-save]`)
	p.at("/console/run/")
	p.sees("Baha sa kanto")
	p.press(`.run-mark a`)
	p.shot("run-correct")
	p.open("/console/schedule/visits/")
	p.sees("Baha sa kanto")
	p.shot("visits")
}

// writesAnnouncement is counted while it is written, looked at, changed, and sent.
func (p *person) writesAnnouncement(r people.Resident) {
	p.t.Helper()
	p.open("/console/announcements/")
	p.leave(func() { p.tap(`main button.btn-primary[value="preview"]`) })
	p.forgive("status of 422")
	p.check()
	p.find("#notice_en-error")
	p.shot("announcement-refused")
	p.tap(`label:has([value="some"])`)
	p.tap(`label:has([value="` + r.BarangayID.String() + `"])`)
	p.tap(`label:has([name="sms"])`)
	for field, text := range map[string]string{"title": "Pista", "notice_en": "No office on Friday.", "notice_fil": "Walang opisina sa Biyernes.",
		"sms_en": "No office on Friday.", "sms_fil": "Walang opisina sa Biyernes."} {
		p.fill("#"+field, text)
	}
	if err := p.until(`() => document.querySelector("#parts-fil").textContent.startsWith("27 ")`); err != nil {
		p.t.Fatalf("the text is not counted: %v", err)
	}
	p.find(`[name="sms"]:checked`)
	p.check()
	p.shot("announcement")
	p.press(`main button.btn-primary[value="preview"]`)
	p.sees("Walang opisina sa Biyernes.")
	p.shot("announcement-sure")
	p.press(`main button[value="edit"]`)
	p.fill("#title", "Pista ng bayan")
	p.press(`main button.btn-primary[value="preview"]`)
	p.press(`main button[value="send"]`)
	p.find("#progress")
	p.sees("Pista ng bayan")
	p.shot("announcement-sent")
}
