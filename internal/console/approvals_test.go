package console_test

import (
	"net/http"
	"testing"
	"time"

	"ekolek/internal/approval"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

// waiting is the path of the one request that waits.
func (o *office) waiting() string {
	o.t.Helper()
	page, err := o.Approval.Requests(o.t.Context(), approval.Reach{Unit: approval.Points, Scope: people.City}, approval.Filter{State: approval.Waiting})
	must(o.t, err)
	if len(page.Rows) != 1 {
		o.t.Fatalf("%d requests wait", len(page.Rows))
	}
	return "/console/approvals/points/" + page.Rows[0].ID.String() + "/"
}

func (o *office) balance(r people.Resident) ledger.Points {
	o.t.Helper()
	b, err := ledger.BalanceOf(o.t.Context(), o.DB, r.ID)
	must(o.t, err)
	return b.Posted
}

func TestCorrectPointsInNumbers(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		r := o.Resident(t, o.Barangays[0])
		o.Give(t, r, 100_00)
		b := o.as("manager")
		path := "/console/residents/" + r.ID.String() + "/points/"
		b.Get("/console/residents/"+r.ID.String()+"/").Is(http.StatusOK).Has(`a[href="`+path+`"]`, "Correct points")
		b.Get(path).Is(http.StatusOK).Has("main", "The balance is 100 points")
		b.Post(path, "way", "give", "points", "", "reason", "short").Refuses("points", "reason")
		b.Post(path, "way", "take", "points", "100.01", "reason", "the scale was wrong").Refuses("points").Value("#points", "100.01")
		asked := b.Post(path, "way", "take", "points", "40.5", "reason", "the scale was wrong").Is(http.StatusOK).Has(".facts", "59.5")
		if o.balance(r) != 100_00 {
			t.Error("it was done before it was confirmed")
		}
		key := asked.Find(`input[name="key"]`).AttrOr("value", "")
		for range 2 { // a double tap
			b.Post(path, "way", "take", "points", "40.5", "reason", "the scale was wrong", "key", key, "sure", "yes").LeadsTo("/console/residents/" + r.ID.String() + "/")
		}
		if o.balance(r) != 59_50 {
			t.Errorf("balance %s", o.balance(r))
		}
		b.Get("/console/residents/"+r.ID.String()+"/").Has("main", "Correction")
	})
}

func TestASecondPersonDecides(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		r := o.Resident(t, o.Barangays[0])
		path, home := "/console/residents/"+r.ID.String()+"/points/", "/console/residents/"+r.ID.String()+"/"
		manager, admin := o.as("manager"), o.as("admin")
		ask := func(points string) {
			key := manager.Post(path, "way", "give", "points", points, "reason", "a whole truck was missed").Is(http.StatusOK).Has(".notice", "second member of staff").Find(`input[name="key"]`).AttrOr("value", "")
			manager.Post(path, "way", "give", "points", points, "reason", "a whole truck was missed", "key", key, "sure", "yes").LeadsTo(home)
		}
		ask("1000")
		manager.Get(home).Has(".notice", "Waits for a second person")
		one := o.waiting()
		manager.Get("/console/").Has(".todo", "act on points waits")
		manager.Get(one).Is(http.StatusOK).Has("main", "it becomes 1000").Has("main", "Somebody else has to decide").Lacks("main", "Refuse")
		manager.Post(one+"agree/").Is(http.StatusUnprocessableEntity).Has("#errors", "You asked for this yourself")
		manager.Post(one + "withdraw/").LeadsTo("/console/approvals/points/")
		ask("2000")
		one = o.waiting()
		admin.Get("/console/approvals/points/").Is(http.StatusOK).Has("td", "+2,000 points")
		admin.Post(one+"refuse/", "reason", "").Refuses("reason")
		admin.Post(one+"refuse/", "reason", "The sheet says otherwise.").LeadsTo("/console/approvals/points/")
		admin.Post(one+"agree/").Is(http.StatusUnprocessableEntity).Has("#errors", "already decided")
		ask("1500")
		admin.Post(o.waiting() + "agree/").LeadsTo("/console/approvals/points/")
		if o.balance(r) != 1_500_00 {
			t.Errorf("balance %s", o.balance(r))
		}
		admin.Get("/console/approvals/points/").Has(".empty", "Nothing waits")
		admin.Get("/console/approvals/points/?state=all").Has("tbody tr:nth-child(3)", "Taken back")
		o.as("content").Get("/console/approvals/points/").Is(http.StatusForbidden)
		o.as("content").Get("/console/approvals/stock/").Is(http.StatusOK)
	})
}

func TestBigWeighInIsTakenBackByTwo(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	r, pet := o.Resident(t, o.Barangays[0]), o.pet()
	o.Clock.Advance(time.Minute)
	must(t, o.collection.SetRate(t.Context(), o.Actor(o.Admin), pet.ID, 200_00, o.Clock.Now()))
	w := o.weigh(r, pet, "k") // 6.4 kg, 1,280 points
	path := "/console/weigh-ins/" + w.ID.String() + "/"
	manager := o.as("manager")
	manager.Get(path+"void/").Has(".notice", "second member of staff")
	manager.Post(path+"void/", "reason", "weighed for another family").LeadsTo(path)
	manager.Get(path).Has(".notice", "Waits for a second person").Lacks("main", "Take back")
	o.as("admin").Post(o.waiting() + "agree/").LeadsTo("/console/approvals/points/")
	manager.Get(path).Has(".notice", "weighed for another family")
	if o.balance(r) != 0 {
		t.Errorf("balance %s", o.balance(r))
	}
}

func TestPINAtTheCounter(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	r := o.Resident(t, o.Barangays[0])
	b := o.as("manager")
	path := "/console/residents/" + r.ID.String() + "/pin/"
	b.Get(path).Is(http.StatusOK).Has("main", "turn the screen")
	b.Post(path, "pin", "", "again", "").Refuses("pin", "again")
	b.Post(path, "pin", "123456", "again", "123456").Refuses("pin").Value("#pin", "")
	b.Post(path, "pin", "739154", "again", "739154").LeadsTo("/console/residents/" + r.ID.String() + "/")
	b.Get(path).Has("main", "There is a PIN since")
}
