package web

import (
	"strings"
	"testing"

	"ekolek/internal/auth"
)

func TestCrossOrigin(t *testing.T) {
	const cookie = "Cookie: __Host-" + ResidentCookie + "=resident"
	for name, c := range map[string]struct {
		lines            []string
		want, withCookie int // in production
	}{
		"same origin":                 {[]string{"Sec-Fetch-Site: same-origin"}, 303, 303},
		"typed address":               {[]string{"Sec-Fetch-Site: none"}, 303, 303},
		"another site":                {[]string{"Sec-Fetch-Site: cross-site", "Origin: https://evil.example"}, 403, 403},
		"a sibling site":              {[]string{"Sec-Fetch-Site: same-site", "Origin: https://x.ekolek.example"}, 403, 403},
		"old browser, same origin":    {[]string{"Origin: http://ekolek.example"}, 303, 303},
		"old browser, another":        {[]string{"Origin: https://evil.example"}, 403, 403},
		"null origin":                 {[]string{"Origin: null"}, 403, 403},
		"trusted origin":              {[]string{"Sec-Fetch-Site: cross-site", "Origin: https://forms.example"}, 303, 303},
		"no browser":                  {nil, 303, 403},
		"older browser, our page":     {[]string{"Referer: https://ekolek.example/form/"}, 303, 303},
		"older browser, trusted page": {[]string{"Referer: https://forms.example/form/"}, 303, 303},
		"older browser, other page":   {[]string{"Referer: https://evil.example/ekolek.example/"}, 403, 403},
		"older browser, our port":     {[]string{"Referer: https://ekolek.example:8443/"}, 403, 403},
		"a page over plain HTTP":      {[]string{"Referer: http://ekolek.example/"}, 403, 403},
		"a Referer that is none":      {[]string{"Referer: about:client"}, 403, 403},
		"a lie in the Referer":        {[]string{"Referer: https://ekolek.example/", "Origin: https://evil.example"}, 403, 403},
		"a language, and no browser":  {[]string{"Cookie: ekolek_lang=fil"}, 303, 403},
		"bearer token":                {[]string{"Origin: https://evil.example", "Authorization: Bearer x"}, 303, 303},
	} {
		for _, unsafe := range []string{"POST", "PUT", "PATCH", "DELETE"} {
			w := newWorld(t, production)
			w.Mount(siteSurface(), []Route{{Pattern: "PUT /send/", Need: auth.Anyone, Handle: send}, {Pattern: "PATCH /send/", Need: auth.Anyone, Handle: send}, {Pattern: "DELETE /send/", Need: auth.Anyone, Handle: send}})
			lines := append(append([]string{}, c.lines...), viaProxy...)
			if res := w.ask(t, unsafe, https+"/send/", "to=/", lines...); res.StatusCode != c.want {
				t.Errorf("%s %s: %d, want %d", unsafe, name, res.StatusCode, c.want)
			}
			if res := w.ask(t, unsafe, https+"/send/", "to=/", append(lines, cookie)...); res.StatusCode != c.withCookie {
				t.Errorf("%s %s with a cookie: %d, want %d", unsafe, name, res.StatusCode, c.withCookie)
			}
			if get := w.ask(t, "GET", https+"/scan/", "", lines...); get.StatusCode != 200 {
				t.Errorf("%s: reading is refused: %d", name, get.StatusCode)
			}
		}
	}
}

// A token is asked for no origin, so the cookie beside it counts for nothing.
func TestATokenSwitchesCookiesOff(t *testing.T) {
	w := newWorld(t, production)
	lines := append([]string{"Cookie: __Host-" + ResidentCookie + "=resident"}, viaProxy...)
	if res := w.ask(t, "GET", https+"/home/", "", lines...); res.StatusCode != 200 {
		t.Fatalf("with the cookie: %d", res.StatusCode)
	}
	res := w.ask(t, "GET", https+"/home/", "", append(lines, "Authorization: Bearer x")...)
	if res.StatusCode != 303 || !strings.HasPrefix(res.Header.Get("Location"), "/login/") {
		t.Errorf("with a token beside it: %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
}

// The former system's address for signing out acts on a GET: another site's link does not.
func TestAGetThatActsIsAskedWhereItComesFrom(t *testing.T) {
	w := newWorld(t, production)
	w.Mount(siteSurface(), []Route{{Pattern: "GET /leave/", Need: auth.Anyone, Acts: true, Handle: show("web.menu")}})
	for line, want := range map[string]int{"Sec-Fetch-Site: none": 200, "Sec-Fetch-Site: same-origin": 200, "Sec-Fetch-Site: cross-site": 403, "Sec-Fetch-Site: same-site": 403,
		"Referer: https://evil.example/": 403, "Referer: https://ekolek.example/home/": 200, "X-Nothing: at all": 200} {
		if res := w.ask(t, "GET", https+"/leave/", "", append(viaProxy, line, "Cookie: __Host-"+ResidentCookie+"=resident")...); res.StatusCode != want {
			t.Errorf("%s: %d, want %d", line, res.StatusCode, want)
		}
	}
}
