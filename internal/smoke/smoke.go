// Package smoke looks at a running site from outside, as the first hour after a
// deployment asks for: is it reached safely, do the pages and the phone apps' addresses
// answer, does it refuse what it must refuse. It knows addresses and headers, nothing of
// the program's inside, and it changes nothing.
package smoke

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Options say which site, and how it is reached.
type Options struct {
	URL         string         // where people find it: https://ekolek.example.gov.ph
	Roots       *x509.CertPool // who may have signed its certificate; nil: the machine's own
	Connect     string         // "host:port" to ask instead of the one in URL, before DNS leads there
	ConnectHTTP string         // the same for plain HTTP; empty with Connect: that is left out
	Sign        *SignIn        // nil: nobody signs in
	Now         func() time.Time
}

// SignIn is an account to try. It leaves a line in the account's history, and a session
// that is ended again.
type SignIn struct {
	User, Password string
	Staff          bool
}

// Result is one check. A check that has nothing to look at is left out: neither OK nor
// a failure.
type Result struct {
	Name    string `json:"name"`
	OK      bool   `json:"ok"`
	LeftOut bool   `json:"left_out,omitempty"`
	Why     string `json:"why"`
}

// Failed tells whether something has to be mended.
func (r Result) Failed() bool { return !r.OK && !r.LeftOut }

// The longest that one answer may take, the largest that is read of it, and the longest
// that people wait for a page gladly.
const (
	patience = 10 * time.Second
	maxRead  = 4 << 20
	brisk    = 2 * time.Second
)

// errLeftOut wraps why a check has nothing to look at.
type errLeftOut string

func (e errLeftOut) Error() string { return string(e) }

// site is what the checks ask.
type site struct {
	o       Options
	base    *url.URL
	client  *http.Client
	cookies []seenCookie // every Set-Cookie of every answer
}

// seenCookie is a cookie and the page that set it.
type seenCookie struct {
	*http.Cookie
	at string
}

// check is one line of the list: it gives words for what it found, or what is wrong.
type check struct {
	name string
	look func(ctx context.Context, s *site) (string, error)
}

// Run makes every check and tells what came of each. The error is for a site that cannot
// be asked at all.
func Run(ctx context.Context, o Options) ([]Result, error) {
	s, err := open(o)
	if err != nil {
		return nil, err
	}
	if _, err := s.get(ctx, "/healthz"); err != nil {
		return nil, fmt.Errorf("%s cannot be asked: %w", s.base.Redacted(), err)
	}
	var results []Result
	for _, c := range checks() {
		words, err := c.look(ctx, s)
		if ctx.Err() != nil {
			return results, ctx.Err()
		}
		r := Result{Name: c.name, OK: err == nil, Why: words}
		if err != nil {
			r.Why = err.Error()
			r.LeftOut = errors.As(err, new(errLeftOut))
		}
		results = append(results, r)
	}
	return results, nil
}

func checks() []check {
	return []check{
		{"certificate", certificate},
		{"plain HTTP leads to HTTPS", redirected},
		{"plain HTTP is no way into the API", plainAPI},
		{"health", health},
		{"ready", ready},
		{"clock", clock},
		{"landing page", landing},
		{"style sheet", styleSheet},
		{"residents sign in", pageWith("/login/", `name="password"`)},
		{"staff signs in", pageWith("/console/login/", `name="password"`)},
		{"old address of the office", oldAddress},
		{"logout", logout},
		{"API answers", api},
		{"API refuses strangers", apiRefuses},
		{"API keeps to its methods", apiMethods},
		{"API is closed to other sites", foreignOrigin},
		{"unknown page", unknownPage},
		{"odd requests", oddRequests},
		{"unknown host", unknownHost},
		{"nothing for developers", developers},
		{"pages of others stay closed", closedPages},
		{"headers", headers},
		{"sign-in", signIn},
		{"cookies", cookies}, // last: it looks at what all others got
	}
}

func open(o Options) (*site, error) {
	u, err := url.Parse(o.URL)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || strings.Trim(u.Path, "/") != "" {
		return nil, errors.New("give the address of the site, such as https://ekolek.example.gov.ph")
	}
	u.Path = ""
	if o.Now == nil {
		o.Now = time.Now
	}
	dialer := net.Dialer{Timeout: patience}
	transport := &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: patience,
		DisableCompression:  true, // the checks ask for what they want to see
		ForceAttemptHTTP2:   true,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			_, port, _ := net.SplitHostPort(addr) // net/http always gives both
			switch {
			case o.ConnectHTTP != "" && port == "80" && u.Scheme == "https":
				addr = o.ConnectHTTP
			case o.Connect != "":
				addr = o.Connect
			}
			return dialer.DialContext(ctx, network, addr)
		},
	}
	client := &http.Client{Transport: transport, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &site{o: o, base: u, client: client}, nil
}

// local says that the site is on this machine and without TLS, as in development.
func (s *site) local() bool {
	ip, err := netip.ParseAddr(s.base.Hostname())
	return s.base.Scheme == "http" && (s.base.Hostname() == "localhost" || err == nil && ip.IsLoopback())
}

// answer is a response, read to its end.
type answer struct {
	*http.Response
	body string
	took time.Duration
}

func (a answer) html() bool { return strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") }
func (a answer) json() bool {
	return strings.HasPrefix(a.Header.Get("Content-Type"), "application/json")
}

func (a answer) status(want ...int) error {
	for _, w := range want {
		if a.StatusCode == w {
			return nil
		}
	}
	return fmt.Errorf("%s answers %d, not %s", a.Request.URL.Path, a.StatusCode, strings.Trim(fmt.Sprint(want), "[]"))
}

// get asks for a path of the site, with headers as "Name: value".
func (s *site) get(ctx context.Context, path string, header ...string) (answer, error) {
	return s.ask(ctx, http.MethodGet, s.base.String()+path, nil, header...)
}

func (s *site) ask(ctx context.Context, method, address string, body io.Reader, header ...string) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("User-Agent", "ekolek-smoke")
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		if r.Header.Set(name, value); name == "Host" {
			r.Host = value
		}
	}
	started := time.Now() // how long it took, not what time it is
	res, err := s.client.Do(r)
	if err != nil {
		return answer{}, errors.Unwrap(err) // without the address, which the line has already
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxRead))
	if err != nil {
		return answer{}, err
	}
	for _, c := range res.Cookies() {
		s.cookies = append(s.cookies, seenCookie{c, r.URL.Path})
	}
	return answer{res, string(text), time.Since(started)}, nil
}
