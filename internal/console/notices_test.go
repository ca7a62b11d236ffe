package console_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/testkit"
)

// notice puts a notice under the bell of a member of staff.
func (o *office) notice(p auth.Principal, link string) {
	o.t.Helper()
	must(o.t, o.DB.InTx(o.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := o.Notify.Add(ctx, tx, notify.Message{Kind: "test", To: notify.Recipient{Audience: notify.Staff, ID: p.ID, Name: p.Name},
			Notice: &notify.Notice{Type: "new_registration", Link: link,
				Text: errs.T("auth.new_registration", "Name", "Maria Santos", "Family", "Santos", "Barangay", "Landayan")}})
		return err
	}))
}

func TestStaffReadTheirNotices(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		resident := "/console/residents/" + o.Applicant(t, o.Barangays[0]).ID.String() + "/"
		o.notice(o.Manager, resident)
		o.notice(o.Manager, "")
		b := o.as("manager")
		a := b.Get("/console/").Is(http.StatusOK)
		if got := a.Find(`.console-bar a[href="/console/notices/"]`).AttrOr("aria-label", ""); got != "Notices, 2 new" {
			t.Errorf("the bell says %q", got)
		}
		a = b.Get("/console/notices/").Is(http.StatusOK).Has(".told", "Maria Santos").Has(".told", "Landayan")
		b.Post(a.Find(".told form:has(.what)").AttrOr("action", "")).LeadsTo(resident)
		b.Get(resident).Is(http.StatusOK)
		b.Post("/console/notices/read/").LeadsTo("/console/notices/")
		if got := b.Get("/console/").Find(`.console-bar a[href="/console/notices/"]`).AttrOr("aria-label", ""); got != "Notices" {
			t.Errorf("the bell says %q", got)
		}
		o.as("admin").Get("/console/notices/").Is(http.StatusOK).Has(".empty", "No notices yet")
	})
}

// A page of the former console that still stands open asks by script.
func TestNoticesForOldConsolePages(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		const api = "/cenro/api/notifications/"
		o := newOffice(t, d)
		o.notice(o.Admin, "")
		for range 11 {
			o.notice(o.Manager, "/console/residents/")
		}
		o.Clock.Advance(2 * time.Hour)
		b := o.as("manager")
		is := func(got testkit.Answer, want string) {
			t.Helper()
			if got.Body != want+"\n" {
				t.Errorf("%s", got.Body)
			}
		}
		is(b.Get(api+"unread-count/").Is(http.StatusOK), `{"count":11}`)
		var page struct {
			Notifications []map[string]any `json:"notifications"`
		}
		must(t, json.Unmarshal([]byte(b.Get(api+"list/").Is(http.StatusOK).Body), &page))
		if len(page.Notifications) != 10 {
			t.Fatalf("%d notices", len(page.Notifications))
		}
		first := page.Notifications[0]
		id := first["id"].(string)
		want := map[string]any{"id": id, "type": "new_registration", "type_display": "New User Registration",
			"message": first["message"], "link_url": "/console/residents/", "is_read": false,
			"created_at": testkit.Start.UTC().Format("2006-01-02 03:04 PM"), "time_ago": "2 hours ago"}
		if diff := cmp.Diff(want, first); diff != "" {
			t.Error(diff)
		}
		is(b.Post(api+"mark-read/"+id+"/").Is(http.StatusOK), `{"success":true,"message":"Notification marked as read"}`)
		is(b.Get(api+"unread-count/"), `{"count":10}`)
		is(b.Post(api+"mark-read/"+uuid.NewString()+"/").Is(http.StatusNotFound), `{"error":"Notification not found"}`)
		is(o.as("admin").Post(api+"mark-read/"+id+"/").Is(http.StatusNotFound), `{"error":"Notification not found"}`)
		is(b.Post(api+"mark-all-read/").Is(http.StatusOK), `{"success":true,"message":"10 notifications marked as read","count":10}`)
		is(b.Get(api+"unread-count/"), `{"count":0}`)
		is(b.Post(api+"mark-all-read/"), `{"success":true,"message":"0 notifications marked as read","count":0}`)
	})
}
