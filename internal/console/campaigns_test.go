package console_test

import (
	"net/http"
	"testing"
	"time"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/notify"
	"ekolek/internal/rewards"
	"ekolek/internal/testkit"
)

// tellAll does the steps of every campaign that runs, as the queue's worker does.
func (o *office) tellAll() {
	o.t.Helper()
	must(o.t, o.Queue.Start(o.t.Context()))
	defer func() { must(o.t, o.Queue.Stop(o.t.Context())) }()
	for end := time.Now().Add(30 * time.Second); o.countOf("SELECT count(*) FROM notify_campaign WHERE state = 'running'") > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			o.t.Fatal("the campaigns do not end")
		}
	}
}

func (o *office) countOf(query string) (n int) {
	o.t.Helper()
	must(o.t, o.DB.QueryRowContext(o.t.Context(), query).Scan(&n))
	return n
}

func TestARewardIsAnnounced(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		juan, no := o.Resident(t, o.Barangays[0]), o.Resident(t, o.Barangays[0])
		must(t, o.People.SetNews(t.Context(), audit.Command("test"), no.ID, false))
		item, err := o.rewards.SaveItem(t.Context(), o.Actor(o.Admin), rewards.ItemForm{Name: "Rice", NameFil: "Bigas", Price: 60_00, Unit: "kg", Active: true, Stock: 5})
		must(t, err)
		b := o.as("content")
		b.Get("/console/campaigns/").Is(http.StatusOK).Has(".empty", "No bulk notices yet")
		path := "/console/rewards/" + item.String() + "/announce/"
		a := b.Get(path).Is(http.StatusOK).Has("form", "This reaches 1 resident").Has("form", "1 want no news").Has("main", "New reward: Rice for 60 points.").Has("main", "Bagong gantimpala: Bigas sa 60 puntos.")
		key := a.Find(`input[name=request_key]`).AttrOr("value", "")
		b.Post(path, "do", "count", "to", "some", "barangays", o.Barangays[3].ID.String()).Is(http.StatusOK).Has("form", "This reaches 0 residents")
		b.Post(path, "do", "send", "request_key", key, "to", "some").Refuses("barangays")
		page := b.Post(path, "request_key", key, "mail", "on", "sms", "on").Is(http.StatusSeeOther).Header.Get("Location")
		b.Post(path, "request_key", key, "mail", "on", "sms", "on").LeadsTo(page) // a double tap
		b.Get(page).Is(http.StatusOK).Has("#progress[data-live]", "0 of 2 residents").Has(".notice", "on its way")
		b.Get(path).Has(".notice", "was announced")
		b.Post(path, "request_key", "another").Is(http.StatusUnprocessableEntity).Has("form", "is being sent already")

		o.tellAll()
		b.Get(page).Is(http.StatusOK).Has("#progress", "2 of 2 residents").Has("#progress", "Done").Has(".dtable", juan.FullName).Has(".dtable", "Not seen yet").Has(".dtable", "Want no news")
		must(t, o.Notify.SendWaiting(t.Context()))
		b.Get(page+"?outcome=unwanted").Has(".dtable", no.FullName).Lacks(".dtable", juan.FullName)
		b.Get("/console/campaigns/").Has(".dtable", "Rice").Has(".dtable", "1 of 2")
		if n := o.countOf("SELECT count(*) FROM audit_event WHERE action = 'campaign.start'"); n != 1 {
			t.Errorf("%d lines in the trail", n)
		}
	})
}

func TestACampaignIsStopped(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	o.Resident(t, o.Barangays[0])
	c := o.campaign()
	b := o.as("content")
	path := "/console/campaigns/" + c.ID.String() + "/"
	b.Get(path+"stop/").Is(http.StatusOK).Has("form", "1 more resident is told nothing")
	b.Post(path + "stop/").LeadsTo(path)
	b.Get(path).Is(http.StatusOK).Has("#progress", "Stopped").Lacks("main", "Stop it")
	b.Post(path+"stop/").Is(http.StatusUnprocessableEntity).Has("form", "nothing left to stop")
	b.Get("/console/campaigns/" + o.Admin.ID.String() + "/").Is(http.StatusNotFound)
}

// campaign begins one about nothing of ours.
func (o *office) campaign() notify.Campaign {
	o.t.Helper()
	script := notify.Script{Notice: "Rice is here", Subject: "Rice", Lines: []string{"Come."}, SMS: "Rice is here"}
	c, err := o.Notify.StartCampaign(o.t.Context(), o.Actor(o.Admin), notify.Draft{RequestKey: "k", Kind: "test", Title: "Rice is here", Mail: true, SMS: true,
		Scripts: notify.Scripts{En: script, Fil: script}})
	must(o.t, err)
	return c
}
