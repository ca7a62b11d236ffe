package site_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

// tell puts a notice under a resident's bell. Any text of the catalogues will do.
func (c *town) tell(r people.Resident, link string) {
	c.t.Helper()
	must(c.t, c.DB.InTx(c.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := c.Notify.Add(ctx, tx, notify.Message{Kind: "test", To: notify.Recipient{Audience: notify.Resident, ID: r.ID, Name: r.FullName},
			Notice: &notify.Notice{Type: "waste", Text: errs.T("notify.reason.too_late"), Link: link}})
		return err
	}))
	c.Clock.Advance(time.Second)
}

func TestNotices(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newTown(t, d)
		me, other := c.Resident(t, c.Barangays[0]), c.Resident(t, c.Barangays[0])
		must(t, c.DB.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.ExecContext(ctx, "DELETE FROM notify_notice")
			return err
		}))
		b := c.as(me)
		b.Get("/notices/").Is(http.StatusOK).Has(".empty", "No notices yet").Lacks("main", "Mark all")
		if got := b.Get("/home/").Find(`a[href="/notices/"]`).AttrOr("aria-label", ""); got != "Notices" {
			t.Errorf("the bell says %q", got)
		}
		c.tell(me, "/points/")
		c.tell(me, "")
		c.tell(me, "https://evil.example/")
		c.tell(other, "")

		a := b.Get("/home/").Is(http.StatusOK).Has(".told", "Its time ran out")
		if got := a.Find(`.app-bar a[href="/notices/"]`).AttrOr("aria-label", ""); got != "Notices, 3 new" {
			t.Errorf("the bell says %q", got)
		}
		a = b.Get("/notices/").Is(http.StatusOK)
		if n := a.Find(".told .fresh").Length(); n != 3 || a.Find(`.told a[href*="evil"]`).Length() != 0 {
			t.Errorf("%d fresh notices", n)
		}
		leads := a.Find(".told form:has(.what)").AttrOr("action", "")
		if a.Find(".told form:has(.what)").Length() != 1 {
			t.Fatal("one notice leads somewhere on this site")
		}
		b.Post(leads).LeadsTo("/points/")
		a = b.Get("/notices/")
		if a.Find(`.told a[href="/points/"]`).Length() != 1 || a.Find(".told .fresh").Length() != 2 {
			t.Error("the opened notice is not a plain link now")
		}
		b.Post(a.Find(".told .fresh form").First().AttrOr("action", "")).LeadsTo("/notices/")
		b.Post("/notices/read/").LeadsTo("/notices/")
		a = b.Get("/notices/").Has(".notice", "All notices are marked as read").Lacks("main h1 + form", "Mark all")
		if n := a.Find(".told .fresh").Length(); n != 0 {
			t.Errorf("%d fresh notices are left", n)
		}
		b.Lang = "fil"
		b.Get("/notices/").Has(".told", "Lumipas ang oras nito")

		// The notices of others are not there.
		page, err := c.Notify.Notices(t.Context(), notify.Bell{Audience: notify.Resident, ID: other.ID}, notify.NoticeFilter{Unviewed: true})
		if err != nil || len(page.Rows) != 1 {
			t.Fatalf("%v, %v", page, err)
		}
		b.Post("/notices/" + page.Rows[0].ID.String() + "/").Is(http.StatusNotFound)
		b.Post("/notices/" + uuid.NewString() + "/").Is(http.StatusNotFound)
		c.visitor().Get("/notices/").LeadsTo("/login/?next=%2Fnotices%2F")
	})
}

func TestNoticesArePaged(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	me := c.Resident(t, c.Barangays[0])
	for i := range 120 {
		c.tell(me, fmt.Sprintf("/points/?n=%d", i))
	}
	b := c.as(me)
	if got := b.Get("/home/").Text(".dot-count"); got != "99+" {
		t.Errorf("the bell shows %q", got)
	}
	path, seen := "/notices/", 0
	for path != "" {
		a := b.Get(path).Is(http.StatusOK)
		seen += a.Find(".told > li").Length()
		path = a.Find(`nav[aria-label="Pages"] a:contains("Older")`).AttrOr("href", "")
	}
	if seen < 120 {
		t.Errorf("saw %d notices", seen)
	}
	b.Get("/notices/?after=nonsense").Is(http.StatusUnprocessableEntity)
}

// An old page that still stands open asks by script.
func TestNoticesForOldPages(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newTown(t, d)
		me := c.Resident(t, c.Barangays[0])
		b := c.as(me)
		b.Post("/accounts/api/notifications/mark-viewed/").Is(http.StatusOK)
		c.tell(me, "")
		c.tell(me, "")
		for range 2 {
			if got := b.Get("/accounts/api/notifications/unread-count/").Is(http.StatusOK).Text("body"); got != `{"success":true,"unread_count":2}` {
				t.Errorf("%s", got)
			}
		}
		if got := b.Post("/accounts/api/notifications/mark-viewed/").Is(http.StatusOK).Text("body"); got != `{"success":true,"message":"2 notifications marked as viewed","updated_count":2}` {
			t.Errorf("%s", got)
		}
		if got := b.Get("/accounts/api/notifications/unread-count/").Text("body"); got != `{"success":true,"unread_count":0}` {
			t.Errorf("%s", got)
		}
	})
}

// The page puts notices under their days in Manila, shows what is new alone, and marks one
// without opening it and without leaving that view.
func TestNoticesByDayAndWhatIsNew(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newTown(t, d)
		me := c.Resident(t, c.Barangays[0])
		b := c.as(me)
		b.Post("/notices/read/").LeadsTo("/notices/")
		midnight := time.Date(2027, 3, 1, 0, 0, 0, 0, db.Manila)
		c.Clock.Advance(midnight.Add(-10 * time.Second).Sub(c.Clock.Now()))
		c.tell(me, "/points/")
		c.Clock.Advance(midnight.Sub(c.Clock.Now()))
		c.tell(me, "/rates/")
		c.tell(me, "")
		b = c.as(me) // the first sign-in is over by now
		a := b.Get("/notices/").Is(http.StatusOK).Sound("/notices/")
		heads := a.Find("main h2").Map(func(_ int, h *goquery.Selection) string { return strings.TrimSpace(h.Text()) })
		if len(heads) < 3 || heads[0] != "Today" || heads[1] != "Yesterday" {
			t.Fatalf("headings %q", heads)
		}
		if n := a.Find("main section:has(h2:contains('Today')) .told > li").Length(); n != 2 {
			t.Errorf("%d notices of today, want 2", n)
		}
		a = b.Get("/notices/?new=1").Is(http.StatusOK).Has(".tabs-line [aria-current]", "3")
		if n := a.Find(".told > li").Length(); n != 3 {
			t.Errorf("%d notices are new, want 3", n)
		}
		tick := a.Find(`.told li:has(.what:not(p)) form[action$="/read/"]`).First()
		if tick.Find(`input[name="new"]`).Length() != 1 {
			t.Error("the tick forgets the view")
		}
		b.Post(tick.AttrOr("action", ""), "new", "1").LeadsTo("/notices/?new=1")
		b.Get("/notices/?new=1").Has(".tabs-line [aria-current]", "2")
		b.Post("/notices/" + uuid.NewString() + "/read/").Is(http.StatusNotFound)
		b.Post("/notices/read/", "new", "1").LeadsTo("/notices/?new=1")
		b.Get("/notices/?new=1").Has(".empty", "Nothing new")
		b.Lang = "fil"
		b.Get("/notices/").Has("main h2", "Ngayong araw").Has("main h2", "Kahapon")
	})
}
