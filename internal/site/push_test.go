package site_test

import (
	"net/http"
	"strings"
	"testing"

	"ekolek/internal/db"
	"ekolek/internal/notify"
	"ekolek/internal/testkit"
)

func TestPushPage(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newTown(t, d)
		me, other := c.Resident(t, c.Barangays[0]), c.Resident(t, c.Barangays[0])
		b := c.as(me)
		b.Get("/me/").Has(`a[href="/me/push/"]`, "Messages on this phone")
		b.Get("/me/push/").Is(http.StatusOK).Sound("/me/push/").Has("noscript", "JavaScript").Has("main", "No phone shows")
		b.Post("/me/push/try/").LeadsTo("/me/push/")

		device := testkit.NewPushService(t, c.Clock.Now).Device().Browser
		say := func(endpoint string) map[string]any {
			return map[string]any{"endpoint": endpoint, "expirationTime": nil, "keys": map[string]string{"p256dh": device.P256dh, "auth": device.Auth}}
		}
		const here = "https://fcm.googleapis.com/fcm/send/abc"
		for _, bad := range []any{say("https://127.0.0.1/x"), say("http://fcm.googleapis.com/x"), "nothing", 7, nil, map[string]any{}, strings.Repeat("x", 9<<10)} {
			if status := b.PostJSON("/me/push/", bad).Status; status < 400 || status >= 500 {
				t.Errorf("%v: %d", bad, status)
			}
		}
		for range 2 {
			b.PostJSON("/me/push/", say(here)).Is(http.StatusOK)
		}
		page := b.Get("/me/push/").Is(http.StatusOK).Sound("/me/push/").Has("[data-push-mark]", "this one")
		if n := page.Find("[data-push-mark]").Length(); n != 1 {
			t.Errorf("%d phones", n)
		}
		b.Post("/me/push/try/").LeadsTo("/me/push/")
		waiting, err := c.Notify.Outbox(t.Context(), notify.Filter{Channel: notify.Push, Recipient: me.ID})
		if err != nil || len(waiting.Rows) != 1 || waiting.Rows[0].Kind != "push.try" {
			t.Errorf("%+v, %v", waiting.Rows, err)
		}
		action, _ := page.Find(`form[action$="/end/"]`).Attr("action")
		c.as(other).Post(action).Is(http.StatusNotFound)
		b.Post(action).LeadsTo("/me/push/")
		b.Get("/me/push/").Has("main", "No phone shows")
		b.PostJSON("/me/push/", say(here)).Is(http.StatusOK)
		b.PostJSON("/me/push/end/", say(here)).Is(http.StatusOK)
		if all, err := c.Notify.Devices(t.Context(), notify.Bell{Audience: notify.Resident, ID: me.ID}); err != nil || len(all) != 0 {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

// The worker has the whole site as its scope, a policy of its own, and an address that
// does not change with its content.
func TestPushWorker(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	got := c.visitor().Get("/sw.js").Is(http.StatusOK)
	for name, want := range map[string]string{"Content-Type": "text/javascript", "Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; connect-src 'self'"} {
		if value := got.Header.Get(name); !strings.HasPrefix(value, want) {
			t.Errorf("%s: %q", name, value)
		}
	}
	if body := strings.TrimSpace(c.visitor().Get("/push/key.json").Is(http.StatusOK).Body); !strings.HasPrefix(body, `{"key":"B`) || len(body) != len(`{"key":""}`)+87 {
		t.Errorf("%s", body)
	}
}
