package console_test

import (
	"context"
	"net/http"
	"testing"

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
