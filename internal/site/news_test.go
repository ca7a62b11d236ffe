package site_test

import (
	"net/http"
	"strings"
	"testing"

	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

func TestNewsAreSwitched(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newTown(t, d)
		me := c.Resident(t, c.Barangays[0])
		b := c.as(me)
		wants := func(want bool) {
			t.Helper()
			if r, err := c.People.ByID(t.Context(), c.DB, me.ID); err != nil || r.News != want {
				t.Errorf("wants news: %v, %v", r.News, err)
			}
		}
		b.Get("/me/").Has(`a[href="/me/news/"]`, "News from the city")
		b.Get("/me/news/").Is(http.StatusOK).Sound("/me/news/").Has("input[name=news][checked]", "")
		b.Post("/me/news/").LeadsTo("/me/")
		wants(false)
		if b.Get("/me/news/").Find("input[name=news][checked]").Length() != 0 {
			t.Error("the box is still ticked")
		}
		b.Post("/me/news/", "news", "on").LeadsTo("/me/")
		wants(true)

		// From a mail: looking changes nothing, one POST without a sign-in does (RFC 8058).
		path := c.Notify.StopPath(me.ID)
		c.visitor().Get(path).Is(http.StatusOK).Sound(path).Has("form", "Stop news")
		wants(true)
		for range 2 {
			c.visitor().Post(path, "List-Unsubscribe", "One-Click").Is(http.StatusOK).Has("main", "No more news")
			wants(false)
		}
		for _, bad := range []string{"/news/stop/x/", strings.Replace(path, "/news/stop/", "/news/stop/AAAA", 1)} {
			c.visitor().Get(bad).Is(http.StatusNotFound)
			c.visitor().Post(bad).Is(http.StatusNotFound)
		}
		var n int
		if err := c.DB.QueryRowContext(t.Context(), "SELECT count(*) FROM audit_event WHERE action = 'resident.news'").Scan(&n); err != nil || n != 3 {
			t.Errorf("%d lines in the trail, %v", n, err)
		}
	})
}
