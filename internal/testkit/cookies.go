package testkit

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
)

// Cookies changes what the browser holds: a value of nothing deletes.
func (b *Browser) Cookies(values map[string]string) *Browser {
	b.t.Helper()
	u, err := url.Parse(b.url)
	must(b.t, err)
	for name, value := range values {
		c := &http.Cookie{Name: name, Value: value, Path: "/"}
		if value == "" {
			c.MaxAge = -1
		}
		b.client.Jar.SetCookies(u, []*http.Cookie{c})
	}
	return b
}

// Restarted is the browser after it was closed and opened again: cookies that end with it
// are gone.
func (b *Browser) Restarted() *Browser {
	b.t.Helper()
	jar, err := cookiejar.New(nil)
	must(b.t, err)
	u, err := url.Parse(b.url)
	must(b.t, err)
	for _, c := range b.client.Jar.Cookies(u) {
		if _, ok := b.lasting.Load(c.Name); ok {
			jar.SetCookies(u, []*http.Cookie{{Name: c.Name, Value: c.Value, Path: "/"}})
		}
	}
	next := *b
	next.client = &http.Client{Jar: jar, CheckRedirect: b.client.CheckRedirect}
	return &next
}

// note remembers which cookies outlive the browser.
func (b *Browser) note(cookies []*http.Cookie) {
	for _, c := range cookies {
		if c.MaxAge > 0 || !c.Expires.IsZero() {
			b.lasting.Store(c.Name, true)
		} else {
			b.lasting.Delete(c.Name)
		}
	}
}
