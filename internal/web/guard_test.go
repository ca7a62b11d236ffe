package web

import (
	"math/rand/v2"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"ekolek/internal/web/observatory"
)

// Every kind of answer has every header: each status, a file, a download, a redirect, an
// answer in JSON, and what never reached a route.
func TestHeadersOnEveryAnswer(t *testing.T) {
	targets := []string{"GET /", "GET /home/", "GET /fail/400/", "GET /fail/401/", "GET /fail/403/", "GET /fail/409/", "GET /fail/413/", "GET /fail/422/", "GET /fail/429/",
		"GET /fail/500/", "GET /fail/503/", "GET /panic/", "GET /nothing/", "GET /static/app.css", "GET /static/mark.svg", "GET /static/none", "GET /healthz", "GET /language/fil",
		"GET /console/", "GET /console/none", "GET /scan/", "GET /file.csv", "GET //double", "POST /", "POST /send/", "POST /login/", "POST /logout/", "POST /static/app.css", "POST /csp-report",
		"TRACE /", "BREW /", "OPTIONS /", "HEAD /"}
	for _, mode := range []struct {
		name   string
		change func(*Options)
		lines  []string
	}{
		{"development", nil, nil},
		{"production", production, viaProxy},
	} {
		w := newWorld(t, mode.change)
		for _, target := range targets {
			for _, accept := range []string{"text/html", "application/json"} {
				t.Run(mode.name+" "+target+" "+accept, func(t *testing.T) {
					method, path, _ := strings.Cut(target, " ")
					lines := append([]string{"Accept: " + accept, "Sec-Fetch-Site: same-origin"}, mode.lines...)
					res := w.ask(t, method, https+path, "", lines...)
					if mode.name == "production" {
						strictly(t, res, path == "/scan/")
					} else {
						permissively(t, res, path == "/scan/")
					}
				})
			}
		}
	}
}

// What is refused before any route carries them too.
func TestHeadersOnWhatTheGuardRefuses(t *testing.T) {
	w := newWorld(t, production)
	strictly(t, w.ask(t, "GET", "http://evil.example/", "", viaProxy...), false)
	for _, c := range []struct {
		target string
		status int
	}{{"/scan/", 308}, {"/csp-report", 403}} {
		res := w.ask(t, "GET", https+c.target, "")
		if res.StatusCode != c.status || res.Header.Get("Strict-Transport-Security") != "" { // it means nothing over HTTP
			t.Errorf("%s: %d, %v", c.target, res.StatusCode, res.Header)
		}
		res.Header.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload")
		strictly(t, res, false)
	}
}

// strictly holds an answer of production against the judges.
func strictly(t *testing.T, res *http.Response, scans bool) {
	t.Helper()
	page := strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") && strings.Contains(res.Header.Get("Content-Security-Policy"), "script-src")
	a := observatory.Answer{Header: res.Header, Cookies: res.Cookies(), Compiles: scans && page}
	nonce := nonceOf(res.Header.Get("Content-Security-Policy"))
	if page {
		doc, _ := read(t, res)
		a.Scripts, a.WithIntegrity = doc.Find("script").Length(), doc.Find(`script[integrity^="sha384-"]`).Length()
		if nonced := doc.Find(`script[src][nonce="` + nonce + `"]`).Length(); nonce == "" || nonced != a.Scripts {
			t.Errorf("%d of %d scripts have the nonce %q", nonced, a.Scripts, nonce)
		}
		if doc.Find("style, [style], [onclick], [onload], [onerror]").Length() > 0 {
			t.Error("something stands inline")
		}
	}
	if points, missing := observatory.Score(a); points < observatory.Best || len(missing) > 0 {
		t.Errorf("%d points, %q", points, missing)
	}
}

// permissively is the same for development: no HTTPS, and tools may put in what they like.
func permissively(t *testing.T, res *http.Response, scans bool) {
	t.Helper()
	if res.Header.Get("Strict-Transport-Security") != "" {
		t.Error("development asks for HTTPS")
	}
	csp := res.Header.Get("Content-Security-Policy")
	if strings.Contains(csp, "script-src") {
		if !strings.Contains(csp, "script-src 'self' 'unsafe-inline'") || strings.Contains(csp, "nonce") || strings.Contains(csp, "'unsafe-eval'") {
			t.Errorf("policy of development: %s", csp)
		}
	}
	scans = scans && strings.Contains(csp, "script-src")
	res.Header.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload")
	res.Header.Set("Content-Security-Policy", closedPolicy)
	for _, c := range res.Cookies() {
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure {
			t.Errorf("cookie %v", c)
		}
	}
	if points, missing := observatory.Score(observatory.Answer{Header: res.Header, Compiles: scans}); points < observatory.Best || len(missing) > 0 {
		t.Errorf("%d points, %q", points, missing)
	}
}

func nonceOf(policy string) string {
	_, rest, _ := strings.Cut(policy, "'nonce-")
	nonce, _, _ := strings.Cut(rest, "'")
	return nonce
}

// A nonce is of one answer.
func TestNoncesAreNeverUsedTwice(t *testing.T) {
	w := newWorld(t, production)
	seen := map[string]bool{}
	for range 1000 {
		nonce := nonceOf(w.ask(t, "GET", https+"/", "", viaProxy...).Header.Get("Content-Security-Policy"))
		if len(nonce) < 22 || seen[nonce] {
			t.Fatalf("nonce %q, seen before: %v", nonce, seen[nonce])
		}
		seen[nonce] = true
	}
}

func TestPagesAreKeptByNobodyElse(t *testing.T) {
	w := newWorld(t, nil)
	for _, c := range []struct{ target, cookie, want string }{
		{"GET /", "", "private, no-cache"},
		{"GET /", "ekolek_lang=fil", "private, no-cache"},
		{"GET /", "ekolek_registration=secret", "no-store"},
		{"GET /home/", ResidentCookie + "=resident", "no-store"},
		{"GET /nothing/", "", "no-store"},
		{"GET /static/app.css", "", "public, max-age=3600"},
	} {
		method, path, _ := strings.Cut(c.target, " ")
		if got := w.ask(t, method, path, "", "Cookie: "+c.cookie).Header.Get("Cache-Control"); got != c.want {
			t.Errorf("%s with %q: %q, want %q", c.target, c.cookie, got, c.want)
		}
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
		"a stranger says https":       {"/scan/", []string{"Peer: 198.51.100.1:1", "X-Forwarded-Proto: https"}, 403}, // a redirect would lead here again
		"the nearest proxy counts":    {"/scan/", []string{"Peer: 10.1.2.3:1", "X-Forwarded-Proto: https, http"}, 308},
		"health asks by plain HTTP":   {"/healthz", nil, 200},
		"so do its neighbours":        {"/readyz", nil, 200},
		"static redirects like pages": {"/static/app.css", nil, 308},
		"a program is refused":        {"/scan/", []string{"Authorization: Bearer x"}, 403},
		"a program's addresses too":   {"/csp-report", nil, 403},
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

// Ten thousand sets of headers that strangers make up: the client is never an address that
// stands left of one that no trusted proxy has.
func TestNobodyWritesTheirOwnAddress(t *testing.T) {
	s := newWorld(t, func(o *Options) { o.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} }).Server
	random := rand.New(rand.NewPCG(1, 2))
	parts := []string{"1.2.3.4", " 1.2.3.4 ", "10.0.0.9", "::ffff:1.2.3.4", "fe80::1%eth0", "[::1]:80", "1.2.3.4:80", "unknown", "", ",", "_hidden", "for=1.2.3.4", strings.Repeat("1", 64<<10), "\x00", "127.0.0.1", "999.1.1.1"}
	const nearest = "203.0.113.7" // as the trusted proxy wrote it
	for range 10_000 {
		var lines []string
		for range random.IntN(4) {
			var line []string
			for range random.IntN(4) {
				line = append(line, parts[random.IntN(len(parts))])
			}
			lines = append(lines, strings.Join(line, ","))
		}
		stranger := &http.Request{RemoteAddr: "198.51.100.5:1", Header: http.Header{"X-Forwarded-For": lines, "X-Forwarded-Proto": {"https"}}}
		if got, secure := s.clientOf(stranger); got.String() != "198.51.100.5" || secure {
			t.Fatalf("a stranger is %s, secure %v, by %.200q", got, secure, lines)
		}
		proxied := &http.Request{RemoteAddr: "10.0.0.1:1", Header: http.Header{"X-Forwarded-For": append(lines, nearest)}}
		if got, _ := s.clientOf(proxied); got.String() != nearest {
			t.Fatalf("behind the proxy %s, by %.200q", got, lines)
		}
	}
}
