package e2e

import (
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"github.com/go-rod/rod/lib/proto"
)

// A resident lets the phone show messages; the worker starts, and shows one that arrives.
// The push service of the browser's maker cannot be reached from here, so the page cannot
// come to its end: the browser hands the message to the worker itself.
func TestBrowserShowsPushMessages(t *testing.T) {
	c := newCity(t)
	c.behindProxy()
	c.settler("ben.salazar", "0917 555 0490", "ben@example.com")
	p := c.person("ben", devices[1])
	p.open("/me/push/")
	p.signIn("ben.salazar", firstPassword)
	p.fill("#code", c.code("+639175550490"))
	p.submit()
	p.at("/me/push/")
	c.must(proto.BrowserGrantPermissions{Origin: c.base, Permissions: []proto.BrowserPermissionType{proto.BrowserPermissionTypeNotifications},
		BrowserContextID: p.page.Browser().BrowserContextID}.Call(c.browser))
	registered := make(chan proto.ServiceWorkerRegistrationID, 10)
	go p.page.EachEvent(func(e *proto.ServiceWorkerWorkerRegistrationUpdated) {
		for _, r := range e.Registrations {
			registered <- r.RegistrationID
		}
	})()
	c.must(proto.ServiceWorkerEnable{}.Call(p.page))
	p.open("/me/push/")
	p.tap("[data-push-begin]")
	p.find(`[data-push-state="busy"]`)
	p.page.Timeout(patience).MustEval(`() => navigator.serviceWorker.ready.then(() => true)`)
	c.must(proto.ServiceWorkerDeliverPushMessage{Origin: c.base, RegistrationID: <-registered,
		Data: `{"title": "The truck comes", "text": "Tue 1 Dec, 7:00 AM", "link": "/schedule/", "tag": "reminder"}`}.Call(p.page))
	shown := p.page.Timeout(patience).MustEval(`async () => {
		const worker = await navigator.serviceWorker.getRegistration("/")
		for (;;) {
			const all = await worker.getNotifications()
			if (all.length) return all.map(n => [n.title, n.body, n.tag, n.data.link].join(" | ")).join("\n")
			await new Promise(soon => setTimeout(soon, 50))
		}
	}`).Str()
	if want := "The truck comes | Tue 1 Dec, 7:00 AM | reminder | /schedule/"; shown != want {
		t.Errorf("the phone shows %q, want %q", shown, want)
	}
	p.shot("push")
}

// behindProxy puts a proxy that ends HTTPS before the program. A worker's script is asked
// for by the browser itself, without the headers that pages add in these tests.
func (c *city) behindProxy() {
	c.t.Helper()
	program, err := url.Parse(c.base)
	c.must(err)
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(program)
		r.Out.Host = r.In.Host
		r.Out.Header.Set("X-Forwarded-Proto", "https")
	}})
	c.t.Cleanup(proxy.Close)
	c.base = proxy.URL
}
