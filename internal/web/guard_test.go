package web

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

func TestHeadersOnEveryAnswer(t *testing.T) {
	for _, mode := range []struct {
		name   string
		change func(*Options)
		lines  []string
		hsts   bool
	}{
		{"development", nil, nil, false},
		{"production", production, viaProxy, true},
	} {
		w := newWorld(t, mode.change)
		for _, target := range []string{"/", "/home/", "/fail/400/", "/fail/422/", "/fail/500/", "/panic/", "/nothing/", "/static/app.css", "/static/none", "/healthz", "/language/fil", "/console/", "/console/none"} {
			t.Run(mode.name+" "+target, func(t *testing.T) {
				res := w.ask(t, "GET", https+target, "", mode.lines...)
				checkHeaders(t, res.Header, mode.name == "production")
				if got := res.Header.Get("Strict-Transport-Security"); (got != "") != mode.hsts || mode.hsts && got != "max-age=31536000; includeSubDomains; preload" {
					t.Errorf("HSTS %q", got)
				}
			})
		}
	}
}

func checkHeaders(t *testing.T, h http.Header, strict bool) {
	t.Helper()
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
		"Referrer-Policy": "strict-origin-when-cross-origin", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin"} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	csp := h.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'self'", "object-src 'none'", "base-uri 'self'", "form-action 'self'", "frame-ancestors 'none'"} {
		if !strings.Contains(csp, part) {
			t.Errorf("CSP lacks %s: %s", part, csp)
		}
	}
	if strict == strings.Contains(csp, "unsafe") {
		t.Errorf("CSP: %s", csp)
	}
	if !strings.Contains(h.Get("Permissions-Policy"), "camera=()") {
		t.Errorf("Permissions-Policy: %s", h.Get("Permissions-Policy"))
	}
}

func TestOnlyTheScanPageHasTheCamera(t *testing.T) {
	for name, change := range map[string]func(*Options){"development": nil, "production": production} {
		res := newWorld(t, change).ask(t, "GET", https+"/scan/", "", viaProxy...)
		csp, perms := res.Header.Get("Content-Security-Policy"), res.Header.Get("Permissions-Policy")
		if !strings.Contains(csp, "'wasm-unsafe-eval'") || !strings.Contains(perms, "camera=(self)") {
			t.Errorf("%s: %s / %s", name, csp, perms)
		}
		if strings.Contains(csp, "'unsafe-eval'") || name == "production" && strings.Contains(csp, "unsafe-inline") {
			t.Errorf("%s allows too much: %s", name, csp)
		}
	}
}

func TestHosts(t *testing.T) {
	w := newWorld(t, production)
	for host, status := range map[string]int{
		"ekolek.example": 200, "EKOLEK.example:443": 200, "ekolek.example.": 200, "san-pedro.example": 200, "www.san-pedro.example": 200,
		"evil.example": 400, "ekolek.example.evil.example": 400, "xsan-pedro.example": 400, "[::1]:8000": 400,
	} {
		if res := w.ask(t, "GET", "http://"+host+"/scan/", "", viaProxy...); res.StatusCode != status {
			t.Errorf("%s: %d, want %d", host, res.StatusCode, status)
		}
	}
	v6 := newWorld(t, func(o *Options) { o.Hosts = []string{"[::1]"} })
	if res := v6.ask(t, "GET", "http://[::1]:8000/scan/", ""); res.StatusCode != 200 {
		t.Errorf("IPv6: %d", res.StatusCode)
	}
}

func TestHTTPS(t *testing.T) {
	w := newWorld(t, production)
	for name, c := range map[string]struct {
		target string
		lines  []string
		status int
	}{
		"plain":                       {"/scan/?a=1", nil, 308},
		"at the proxy":                {"/scan/", viaProxy, 200},
		"plain at the proxy":          {"/scan/", []string{"Peer: 10.1.2.3:1", "X-Forwarded-Proto: http"}, 308},
		"a stranger says https":       {"/scan/", []string{"Peer: 198.51.100.1:1", "X-Forwarded-Proto: https"}, 308},
		"the nearest proxy counts":    {"/scan/", []string{"Peer: 10.1.2.3:1", "X-Forwarded-Proto: https, http"}, 308},
		"health asks by plain HTTP":   {"/healthz", nil, 200},
		"static redirects like pages": {"/static/app.css", nil, 308},
	} {
		res := w.ask(t, "GET", https+c.target, "", c.lines...)
		if res.StatusCode != c.status {
			t.Errorf("%s: %d, want %d", name, res.StatusCode, c.status)
		}
		if c.status == 308 && res.Header.Get("Location") != "https://ekolek.example"+c.target {
			t.Errorf("%s: %s", name, res.Header.Get("Location"))
		}
	}
}

func TestClientAddress(t *testing.T) {
	s := newWorld(t, func(o *Options) {
		o.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	}).Server
	for name, c := range map[string]struct {
		peer      string
		forwarded []string
		want      string
	}{
		"direct":                        {"203.0.113.7:1", nil, "203.0.113.7"},
		"a stranger's header":           {"203.0.113.7:1", []string{"1.2.3.4"}, "203.0.113.7"},
		"behind one proxy":              {"10.0.0.1:1", []string{"203.0.113.7"}, "203.0.113.7"},
		"behind two, and a lie":         {"10.0.0.1:1", []string{"1.2.3.4, 203.0.113.7, 10.9.9.9"}, "203.0.113.7"},
		"two headers":                   {"10.0.0.1:1", []string{"1.2.3.4", "203.0.113.7"}, "203.0.113.7"},
		"nonsense stops the walk":       {"10.0.0.1:1", []string{"203.0.113.7, what"}, "10.0.0.1"},
		"nothing but proxies":           {"10.0.0.1:1", []string{"10.0.0.2"}, "10.0.0.2"},
		"IPv4 in IPv6":                  {"[::ffff:10.0.0.1]:1", []string{"::ffff:203.0.113.7"}, "203.0.113.7"},
		"IPv6 proxy":                    {"[fd00::1]:1", []string{"2001:db8::5"}, "2001:db8::5"},
		"a socket that is no IP at all": {"@", nil, "invalid IP"},
	} {
		r := &http.Request{RemoteAddr: c.peer, Header: http.Header{"X-Forwarded-For": c.forwarded}}
		if got, _ := s.clientOf(r); got.String() != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestCrossOrigin(t *testing.T) {
	w := newWorld(t, production)
	for name, c := range map[string]struct {
		lines []string
		want  int
	}{
		"same origin":              {[]string{"Sec-Fetch-Site: same-origin"}, 303},
		"typed address":            {[]string{"Sec-Fetch-Site: none"}, 303},
		"another site":             {[]string{"Sec-Fetch-Site: cross-site", "Origin: https://evil.example"}, 403},
		"a sibling site":           {[]string{"Sec-Fetch-Site: same-site", "Origin: https://x.ekolek.example"}, 403},
		"old browser, same origin": {[]string{"Origin: http://ekolek.example"}, 303},
		"old browser, another":     {[]string{"Origin: https://evil.example"}, 403},
		"null origin":              {[]string{"Origin: null"}, 403},
		"trusted origin":           {[]string{"Sec-Fetch-Site: cross-site", "Origin: https://forms.example"}, 303},
		"no browser":               {nil, 303},
		"bearer token":             {[]string{"Origin: https://evil.example", "Authorization: Bearer x"}, 303},
	} {
		res := w.ask(t, "POST", https+"/send/", "to=/", append(c.lines, viaProxy...)...)
		if res.StatusCode != c.want {
			t.Errorf("%s: %d, want %d", name, res.StatusCode, c.want)
		}
		get := w.ask(t, "GET", https+"/scan/", "", append(c.lines, viaProxy...)...)
		if get.StatusCode != 200 {
			t.Errorf("%s: reading is refused: %d", name, get.StatusCode)
		}
	}
}
