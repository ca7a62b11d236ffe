package site_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"ekolek/internal/notify"
	"ekolek/internal/site"
	"ekolek/internal/testkit"
	"ekolek/internal/web"
)

func TestDevOutbox(t *testing.T) {
	w := testkit.NewEmptyWorld(t, testkit.DB(t))
	var kept []notify.Kept
	s := site.New(site.Deps{Auth: w.Auth, Notify: w.Notify, People: w.People, Now: w.Clock.Now, Outbox: func(n int) ([]notify.Kept, error) { return kept[:min(n, len(kept))], nil }})
	b := testkit.NewBrowser(t, w.Serve(t, func(srv *web.Server) { srv.Mount(s.Surface(), s.Routes()) }))
	for _, lang := range []string{"en", "fil"} {
		b.Lang = lang
		b.Get("/dev/outbox/").Is(http.StatusOK).Sound("empty " + lang)
	}
	b.Lang = "en"
	at := w.Clock.Now()
	kept = []notify.Kept{
		{To: "maria@example.com", Subject: "Your <code>", Text: "It is 491827.\nKeep it.", HTML: `<p>It is <b>491827</b>.</p><script>alert(1)</script>`, At: at},
		{To: "+639171234567", Text: "E-KOLEK sign-in code: 204816.", At: at.Add(-time.Minute)},
		{To: "maria@example.com", Subject: "Old", Text: "Old", HTML: "<p>Old</p>", At: at.Add(-time.Hour)},
	}
	a := b.Get("/dev/outbox").Is(http.StatusOK).Sound("full").Has("article", "It is 491827.").Has("article", "Your <code>").Has("main", "204816")
	if n := a.Find("article").Length(); n != 3 {
		t.Errorf("%d messages", n)
	}
	first, _ := a.Find("article").First().Find("a").Attr("href")
	if got := a.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("codes may be kept: %q", got)
	}
	m := b.Get(first).Is(http.StatusOK)
	if csp := m.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "sandbox; default-src 'none'") || m.Body != kept[0].HTML {
		t.Errorf("the mail is %q under %q", m.Body, csp)
	}
	b.Get("/dev/outbox/0000000000000000/").Is(http.StatusNotFound)
}

// Production has no such page at all.
func TestDevOutboxIsDevelopmentsAlone(t *testing.T) {
	for _, r := range site.New(site.Deps{}).Routes() {
		if strings.Contains(r.Pattern, "/dev/") {
			t.Errorf("%s is there without an outbox", r.Pattern)
		}
	}
	c := newTown(t, testkit.DB(t))
	c.visitor().Get("/dev/outbox/").Is(http.StatusNotFound)
}
