package smoke_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ekolek/internal/app"
	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/config"
	"ekolek/internal/smoke"
)

const host = "ekolek.sanpedro.ph"

// program is a whole program in production, as the checks find it, with a super
// administrator.
func program(t *testing.T) http.Handler {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data") // the program makes it, for itself alone
	cfg, err := config.Load([]string{
		"DJANGO_SECRET_KEY=test-Yw3vLw_8sKx2mTn5pYb7cHd4fGj6aEu1iOo0RTzQfVbX9kP", "FIELD_ENCRYPTION_KEY=testing-Jf7gLw_8sKx2mTn5pYb7cHd4fG7",
		"DATABASE_URL=sqlite://" + filepath.Join(dir, "ekolek.sqlite3"), "DATA_DIR=" + dir, "LOG_DIR=-", "TRUSTED_PROXIES=192.0.2.1",
		"ALLOWED_HOSTS=" + host, "SITE_URL=https://" + host, "CSRF_TRUSTED_ORIGINS=https://" + host,
		"EMAIL_HOST_USER=cenro@sanpedro.ph", "EMAIL_HOST_PASSWORD=test-abcdefgh", "SMS_API_TOKEN=test-9f3c0a71be52",
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), cfg, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := a.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err = a.Auth.CreateStaff(t.Context(), audit.Command("test"), auth.NewStaff{Username: "ana.reyes", FullName: "Ana Reyes", Role: auth.SuperAdmin, Password: "mangga-sa-bakod-7"})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context(), "127.0.0.1:0"); err != nil { // it takes work from now on
		t.Fatal(err)
	}
	return a.Web().Handler()
}

// serve shows handlers under the site's name, by HTTPS with a certificate for so many
// days and by plain HTTP.
func serve(t *testing.T, secure, plain http.Handler, days int) smoke.Options {
	t.Helper()
	certificate, roots := certificateFor(t, days)
	https := httptest.NewUnstartedServer(secure)
	https.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	https.StartTLS()
	t.Cleanup(https.Close)
	o := smoke.Options{URL: "https://" + host, Roots: roots, Connect: https.Listener.Addr().String()}
	if plain != nil {
		http := httptest.NewServer(plain)
		t.Cleanup(http.Close)
		o.ConnectHTTP = http.Listener.Addr().String()
	}
	return o
}

func certificateFor(t *testing.T, days int) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 0, days), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

func failed(results []smoke.Result) (names []string) {
	for _, r := range results {
		if r.Failed() {
			names = append(names, r.Name)
		}
	}
	return names
}

// A whole site passes every check, and none is left out for want of something to ask.
func TestAWholeSite(t *testing.T) {
	h := program(t)
	o := serve(t, h, h, 90)
	o.Sign = &smoke.SignIn{User: "ana.reyes", Password: "mangga-sa-bakod-7", Staff: true}
	results, err := smoke.Run(t.Context(), o)
	if err != nil || len(results) < 20 {
		t.Fatalf("%d results, %v", len(results), err)
	}
	for _, r := range results {
		t.Logf("%v %-35s %s", r.OK, r.Name, r.Why)
		if !r.OK {
			t.Errorf("%s: %s", r.Name, r.Why)
		}
	}
}

// Each thing that goes wrong at a deployment is found, by the check that is meant for it
// and by no other.
func TestEachFaultIsFound(t *testing.T) {
	h := program(t)
	tests := []struct {
		fault string
		want  []string
		spoil func(w http.ResponseWriter, r *http.Request) // nil when something else is wrong
		plain http.Handler
		days  int
		late  time.Duration
		sign  *smoke.SignIn
	}{
		{fault: "certificate not renewed", want: []string{"certificate"}, days: 9},
		{fault: "no redirect", want: []string{"plain HTTP leads to HTTPS", "plain HTTP is no way into the API"}, plain: answering(200, "hello")},
		{fault: "everything redirected", want: []string{"plain HTTP is no way into the API"}, plain: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://"+r.Host+r.RequestURI, http.StatusMovedPermanently)
		})},
		{fault: "redirect to the front page", want: []string{"plain HTTP leads to HTTPS", "plain HTTP is no way into the API"}, plain: http.RedirectHandler("https://"+host+"/", http.StatusMovedPermanently)},
		{fault: "database away", want: []string{"health", "ready"}, spoil: on("/healthz /readyz", answering(503, "{}"))},
		{fault: "clock", want: []string{"clock"}, late: time.Minute},
		{fault: "another page", want: []string{"landing page"}, spoil: inBody("/", `<main id="main"`, "<p>Welcome to nginx!</p><main")},
		{fault: "no style sheet", want: []string{"style sheet", "headers"}, spoil: inBody("/", "stylesheet", "alternate")},
		{fault: "style sheet is text", want: []string{"style sheet"}, spoil: on(".css", setting("Content-Type", "text/plain"))},
		{fault: "style sheet gone", want: []string{"style sheet"}, spoil: on(".css", answering(404, ""))},
		{fault: "style sheet not kept", want: []string{"style sheet"}, spoil: on(".css", setting("Cache-Control", "no-cache"))},
		{fault: "style sheet not compressed", want: []string{"style sheet"}, spoil: on(".css", func(w http.ResponseWriter, r *http.Request) { r.Header.Del("Accept-Encoding") })},
		{fault: "residents", want: []string{"residents sign in"}, spoil: on("/login/", answering(500, "goroutine 1"))},
		{fault: "staff", want: []string{"staff signs in"}, spoil: on("/console/login/", answering(502, ""))},
		{fault: "old address", want: []string{"old address of the office"}, spoil: on("/cenro/", answering(404, ""))},
		{fault: "logout", want: []string{"logout"}, spoil: on("/logout/", answering(200, "bye"))},
		{fault: "no API", want: []string{"API answers", "API refuses strangers", "API keeps to its methods"}, spoil: on("/api/", answering(404, "<html>"))},
		{fault: "API open", want: []string{"API refuses strangers"}, spoil: on("/api/current_points/", answering(200, "{}"))},
		{fault: "any method", want: []string{"API keeps to its methods"}, spoil: on("/api/login/", answering(200, "{}"))},
		{fault: "CORS", want: []string{"API is closed to other sites"}, spoil: on("/api/", setting("Access-Control-Allow-Origin", "*"))},
		{fault: "soft 404", want: []string{"unknown page"}, spoil: on("/no-such-page/", answering(200, "hello"))},
		{fault: "traceback", want: []string{"odd requests"}, spoil: on("/points/?cursor", answering(404, "panic: index out of range main.go:12"))},
		{fault: "secrets served", want: []string{"odd requests"}, spoil: on("/.env", answering(200, "DJANGO_SECRET_KEY=x"))},
		{fault: "any host", want: []string{"unknown host"}, spoil: func(_ http.ResponseWriter, r *http.Request) { r.Host = host }},
		{fault: "metrics in public", want: []string{"nothing for developers"}, spoil: on("/metrics", answering(200, "up 1"))},
		{fault: "home open", want: []string{"pages of others stay closed"}, spoil: on("/home/", answering(200, "hello"))},
		{fault: "version told", want: []string{"headers"}, spoil: on("/", setting("Server", "nginx/1.22.1"))},
		{fault: "header twice", want: []string{"headers"}, spoil: on("/", func(w http.ResponseWriter, _ *http.Request) { w.Header().Add("X-Frame-Options", "SAMEORIGIN") })},
		{fault: "header dropped", want: []string{"headers"}, spoil: on(".css", func(w http.ResponseWriter, _ *http.Request) { w.Header().Del("Strict-Transport-Security") })},
		{fault: "inline scripts", want: []string{"headers"}, spoil: on("/login/", setting("Content-Security-Policy", "script-src 'unsafe-inline'; frame-ancestors 'none'"))},
		{fault: "cookie", want: []string{"cookies"}, spoil: on("/login/", setting("Set-Cookie", "a=b; HttpOnly; SameSite=Lax"))},
		{fault: "wrong password", want: []string{"sign-in"}, sign: &smoke.SignIn{User: "ana.reyes", Password: "guess", Staff: true}},
	}
	for _, test := range tests {
		t.Run(test.fault, func(t *testing.T) {
			t.Parallel()
			secure, plain, days := h, test.plain, test.days
			if test.spoil != nil {
				secure = spoiled(h, test.spoil)
			}
			if plain == nil {
				plain = h
			}
			if days == 0 {
				days = 90
			}
			o := serve(t, secure, plain, days)
			o.Now = func() time.Time { return time.Now().Add(test.late) }
			o.Sign = test.sign
			results, err := smoke.Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if got := failed(results); !slices.Equal(got, test.want) {
				t.Errorf("failed %q, want %q", got, test.want)
				for _, r := range results {
					if r.Failed() {
						t.Log(r.Name, r.Why)
					}
				}
			}
		})
	}
}

func TestWhatCannotBeAsked(t *testing.T) {
	h := answering(200, "")
	o := serve(t, http.HandlerFunc(h), nil, 90)
	stranger := o
	stranger.Roots = x509.NewCertPool()
	nobody := o
	nobody.Connect = "127.0.0.1:1"
	for words, o := range map[string]smoke.Options{
		"certificate": stranger, "refused": nobody, "give the address": {URL: "ekolek.sanpedro.ph"}, "give the address ": {URL: "https://x/y"},
	} {
		if _, err := smoke.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), strings.TrimSpace(words)) {
			t.Errorf("%s: %v", words, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := smoke.Run(ended, o); err == nil {
		t.Error("it goes on when it is told to stop")
	}
}

// answering is a handler that stands before another and leaves nothing for it.
func answering(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		fmt.Fprint(w, text)
	}
}

func setting(name, value string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.Header().Set(name, value) }
}

// on applies a fault to addresses that begin with one of the words, or end with ".css".
func on(words string, fault http.HandlerFunc) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, word := range strings.Fields(words) {
			if strings.HasPrefix(r.URL.RequestURI(), word) || word[0] == '.' && strings.HasSuffix(r.URL.Path, word) {
				fault(w, r)
				return
			}
		}
	}
}

// inBody is a fault in what a page says.
func inBody(path, old, other string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == path {
			if s, ok := w.(*spoiler); ok {
				s.replace = strings.NewReplacer(old, other)
			}
		}
	}
}

// spoiled puts a fault on a handler's answers: it may change the request beforehand, the
// headers and the body afterwards, or answer itself.
func spoiled(h http.Handler, fault func(http.ResponseWriter, *http.Request)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kept := httptest.NewRecorder()
		asked := r.Clone(r.Context())
		fault(httptest.NewRecorder(), asked) // what it does to the request
		h.ServeHTTP(kept, asked)
		s := &spoiler{header: kept.Header(), status: kept.Code, body: kept.Body.Bytes()}
		fault(s, r)
		for name, values := range s.header {
			w.Header()[name] = values
		}
		w.Header().Del("Content-Length")
		w.WriteHeader(s.status)
		if s.replace != nil {
			s.body = []byte(s.replace.Replace(string(s.body)))
		}
		_, _ = w.Write(s.body) // the client tells
	})
}

type spoiler struct {
	header  http.Header
	status  int
	body    []byte
	replace *strings.Replacer
}

func (s *spoiler) Header() http.Header    { return s.header }
func (s *spoiler) WriteHeader(status int) { s.status, s.body = status, nil }
func (s *spoiler) Write(p []byte) (int, error) {
	s.body = append(s.body, p...)
	return len(p), nil
}
