package check

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/config"
	"ekolek/internal/web"
)

// Answer is one answer of the handler, and the question.
type Answer struct {
	Kind    string // what was asked: one of the kinds below
	Pattern string // of the route; "" of an address that is none
	API     bool   // the route is for programs
	Camera  bool   // the page scans
	Anyone  bool   // nobody needs to be signed in
	Method  string
	Path    string
	Secure  bool // asked as over HTTPS
	Status  int
	Header  http.Header
	Body    string
}

// The kinds of questions.
const (
	asked       = "asked"        // as its route wants
	plain       = "plain"        // over HTTP
	crossSite   = "cross-site"   // from another site's page
	wrongMethod = "wrong method" // which the address does not have
	unknown     = "unknown"      // an address that is none
	strange     = "strange host"
	named       = "named host" // one of ALLOWED_HOSTS
	broken      = "broken"     // a body or an address that cannot be read
	foreign     = "foreign"    // a script of another origin asks, with credentials
	forged      = "forged"     // a token that nobody signed
	inner       = "inner"      // what is only for development, or for nobody
)

// String tells which answer it is.
func (a Answer) String() string {
	scheme := "https"
	if !a.Secure {
		scheme = "http"
	}
	return fmt.Sprintf("%s %s %s (%s, %d)", a.Method, scheme, a.Path, a.Kind, a.Status)
}

// html says that the answer is a page.
func (a Answer) html() bool { return strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") }

// strangeHost and strangeOrigin are nobody's: RFC 2606 keeps them free.
const (
	strangeHost   = "strange.invalid"
	strangeOrigin = "https://strange.invalid"
)

var wildcard = regexp.MustCompile(`\{[^}]*\}`)

// walker sends requests to a handler in this process. They come as through the trusted
// proxy, each from another address of the range for documents (RFC 3849), so that no
// limit on one address is spent and nobody real is counted.
type walker struct {
	handler http.Handler
	host    string
	peer    string              // address of the proxy; "" without one
	visitor func(*http.Request) // adds who asks
	n       uint32
	answers []Answer
}

func newWalker(h http.Handler, c config.Config, v func(*http.Request)) *walker {
	w := &walker{handler: h, host: "localhost", visitor: v}
	if u, err := url.Parse(c.SiteURL); err == nil && u.Host != "" {
		w.host = u.Host
	}
	if len(c.TrustedProxies) > 0 {
		w.peer = c.TrustedProxies[0].Addr().String()
	}
	return w
}

// question is what is sent.
type question struct {
	kind, pattern  string
	api, anyone    bool
	camera         bool
	method, target string
	insecure       bool
	host           string // "" for the site's
	body           string
	header         map[string]string
}

func (w *walker) ask(q question) Answer {
	w.n++
	a := netip.MustParseAddr("2001:db8::1").As16()
	a[4], a[5], a[6], a[7] = byte(w.n>>24), byte(w.n>>16), byte(w.n>>8), byte(w.n)
	client := netip.AddrFrom16(a).String()
	r := httptest.NewRequestWithContext(context.Background(), q.method, "/", strings.NewReader(q.body))
	path, query, _ := strings.Cut(q.target, "?")
	r.URL = &url.URL{Path: path, RawQuery: query}
	if unescaped, err := url.PathUnescape(path); err == nil && unescaped != path {
		r.URL.Path, r.URL.RawPath = unescaped, path
	}
	r.RequestURI, r.Host = q.target, w.host
	if q.host != "" {
		r.Host = q.host
	}
	r.Header.Set("User-Agent", "ekolek-check")
	r.Header.Set("Accept", "text/html,*/*")
	if w.peer == "" {
		r.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(client), 4711).String()
		if !q.insecure {
			r.TLS = &tls.ConnectionState{Version: tls.VersionTLS13, HandshakeComplete: true}
		}
	} else {
		proto := "https"
		if q.insecure {
			proto = "http"
		}
		r.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(w.peer), 4711).String()
		r.Header.Set("X-Forwarded-For", client)
		r.Header.Set("X-Forwarded-Proto", proto)
	}
	for name, value := range q.header {
		r.Header.Set(name, value)
	}
	w.visitor(r)
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	res := rec.Result()
	body, _ := io.ReadAll(io.LimitReader(res.Body, 1<<20)) // a recorder's body has no errors
	return Answer{
		Kind: q.kind, Pattern: q.pattern, API: q.api, Camera: q.camera, Anyone: q.anyone, Method: q.method, Path: q.target, Secure: !q.insecure,
		Status: res.StatusCode, Header: res.Header, Body: string(body),
	}
}

func (w *walker) add(q question) { w.answers = append(w.answers, w.ask(q)) }

// Walk asks every route what a stranger may ask without changing anything: pages as they
// are, acts from another site's page or with a body that cannot be read.
func Walk(h http.Handler, routes []web.Mounted, c config.Config) []Answer {
	w := newWalker(h, c, func(*http.Request) {})
	seen := map[string]bool{}
	for _, rt := range routes {
		method, path, _ := strings.Cut(wildcard.ReplaceAllString(rt.Pattern, uuid.Nil.String()), " ")
		q := question{kind: asked, pattern: rt.Pattern, api: rt.Surface.API != nil, camera: rt.Camera, anyone: rt.Need == auth.Anyone, method: method, target: path}
		w.route(q)
		if !seen[path] {
			seen[path] = true
			w.address(q)
		}
	}
	w.elsewhere(routes, c)
	return w.answers
}

// route asks one route.
func (w *walker) route(q question) {
	switch {
	case q.method == http.MethodGet:
		w.add(q)
		q.kind, q.header = foreign, map[string]string{"Origin": strangeOrigin}
		w.add(q)
	case q.api:
		// Nobody's token is brought and the body cannot be read, so that nothing happens.
		q.kind, q.body, q.header = broken, `{"`, map[string]string{"Content-Type": "application/json"}
		w.add(q)
	default:
		for _, h := range []map[string]string{
			{"Origin": strangeOrigin, "Sec-Fetch-Site": "cross-site"},
			{"Origin": strangeOrigin},
			{"Origin": "null"},
			{"Sec-Fetch-Site": "same-site"},
		} {
			q.kind, q.header = crossSite, h
			w.add(q)
		}
	}
	if q.api && !q.anyone {
		q.kind, q.body, q.header = forged, "{}", map[string]string{"Authorization": "Bearer " + unsigned, "Content-Type": "application/json"}
		w.add(q)
	}
}

// unsigned is a token with the algorithm "none" (RFC 8725, 2.1), good until 2100.
const unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJ0b2tlbl90eXBlIjoiYWNjZXNzIiwiZXhwIjo0MTAyNDQ0ODAwLCJpYXQiOjAsImp0aSI6IjAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwIiwidXNlcl9pZCI6IjAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMCJ9."

// address asks one address what does not depend on the route's method.
func (w *walker) address(q question) {
	plainly := q
	plainly.kind, plainly.insecure = plain, true
	if q.method != http.MethodGet {
		plainly.header = map[string]string{"Origin": strangeOrigin, "Sec-Fetch-Site": "cross-site"}
	}
	w.add(plainly)
	other := q
	other.kind, other.method = wrongMethod, "PROPFIND"
	w.add(other)
	if q.api {
		other.kind, other.method = foreign, http.MethodOptions
		other.header = map[string]string{"Origin": strangeOrigin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
		w.add(other)
	}
}

// devAddresses are what a careless set-up lets strangers see.
var devAddresses = []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/vars", "/dev/outbox/", "/dev/", "/metrics", "/debug/requests"}

// elsewhere asks addresses that are no routes, and hosts.
func (w *walker) elsewhere(routes []web.Mounted, c config.Config) {
	prefixes := []string{"/"}
	for _, rt := range routes {
		if p := rt.Surface.Prefix; p != "" && !slices.Contains(prefixes, p) {
			prefixes = append(prefixes, p)
		}
	}
	for _, p := range prefixes {
		w.add(question{kind: unknown, method: http.MethodGet, target: strings.TrimSuffix(p, "/") + "/ekolek-check-no-such-address/"})
		w.add(question{kind: broken, method: http.MethodGet, target: strings.TrimSuffix(p, "/") + "/%00"})
	}
	for _, target := range []string{"/%ff%fe", "/static/../ekolek.sqlite3", "/static/%2e%2e/%2e%2e/etc/passwd", "/?after=%00", "/language/%00"} {
		w.add(question{kind: broken, method: http.MethodGet, target: target})
	}
	for _, target := range devAddresses {
		w.add(question{kind: inner, method: http.MethodGet, target: target})
	}
	w.add(question{kind: strange, method: http.MethodGet, target: "/", host: strangeHost})
	for _, host := range c.AllowedHosts {
		if host = strings.TrimPrefix(host, "."); host != "*" {
			w.add(question{kind: named, method: http.MethodGet, target: "/", host: host})
		}
	}
}

// behind is the kind of questions of somebody who is signed in.
const behind = "signed in"

// WalkInside opens every page of a site whose visitors are known by any token. The site
// is a rehearsal: pages may keep that they were seen.
func WalkInside(site *web.Server, c config.Config) []Answer {
	cookies := map[string]bool{}
	for _, rt := range site.Routes() {
		if name := rt.Surface.Cookie; name != "" {
			cookies[name], cookies["__Host-"+name] = true, true
		}
	}
	w := newWalker(site.Handler(), c, func(r *http.Request) {
		for name := range cookies {
			r.AddCookie(&http.Cookie{Name: name, Value: strings.Repeat("A", 43)}) //nolint:gosec // sent, not set
		}
	})
	for _, rt := range site.Routes() {
		method, path, _ := strings.Cut(wildcard.ReplaceAllString(rt.Pattern, uuid.Nil.String()), " ")
		if method == http.MethodGet && rt.Surface.API == nil {
			w.add(question{kind: behind, pattern: rt.Pattern, camera: rt.Camera, anyone: rt.Need == auth.Anyone, method: method, target: path})
		}
	}
	return w.answers
}
