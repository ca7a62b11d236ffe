package smoke

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// renewBefore is when a certificate should have been renewed: programs that do it by
// themselves start 30 days before its end.
const renewBefore = 14 * 24 * time.Hour

func certificate(ctx context.Context, s *site) (string, error) {
	if s.base.Scheme != "https" {
		return "", s.withoutTLS()
	}
	a, err := s.get(ctx, "/healthz") // the client has verified the chain and the name
	if err != nil {
		return "", err
	}
	left := a.TLS.PeerCertificates[0].NotAfter.Sub(s.o.Now())
	if left < renewBefore {
		return "", fmt.Errorf("the certificate ends in %d days, and nothing has renewed it", int(left.Hours()/24))
	}
	return fmt.Sprintf("%s, good for %d days", tls.VersionName(a.TLS.Version), int(left.Hours()/24)), nil
}

func (s *site) withoutTLS() error {
	if s.local() {
		return errLeftOut("no HTTPS on this machine")
	}
	return errors.New("the address has no https")
}

// plain is the address of a path without TLS.
func (s *site) plain(path string) (string, error) {
	switch {
	case s.base.Scheme != "https":
		return "", s.withoutTLS()
	case s.base.Port() != "" && s.base.Port() != "443", s.o.Connect != "" && s.o.ConnectHTTP == "":
		return "", errLeftOut("it is not known where plain HTTP answers")
	}
	return "http://" + s.base.Hostname() + path, nil
}

func redirected(ctx context.Context, s *site) (string, error) {
	address, err := s.plain("/rates/?a=b")
	if err != nil {
		return "", err
	}
	a, err := s.ask(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", fmt.Errorf("nothing answers plain HTTP, which a browser may try first: %w", err)
	}
	if err := a.status(http.StatusMovedPermanently, http.StatusPermanentRedirect); err != nil {
		return "", err
	}
	if to := a.Header.Get("Location"); to != s.base.String()+"/rates/?a=b" {
		return "", fmt.Errorf("it leads to %q, not to the same page with https", to)
	}
	return fmt.Sprint(a.StatusCode), nil
}

// plainAPI: a phone app that speaks plain HTTP has to notice; a redirect would hide that
// its token has been readable on the way.
func plainAPI(ctx context.Context, s *site) (string, error) {
	address, err := s.plain("/api/current_points/")
	if err != nil {
		return "", err
	}
	a, err := s.ask(ctx, http.MethodGet, address, nil, "Authorization: Bearer smoke")
	if err != nil {
		return "nothing answers", nil // closed is closed
	}
	if a.StatusCode < http.StatusBadRequest {
		return "", fmt.Errorf("it answers %d instead of refusing", a.StatusCode)
	}
	return fmt.Sprint(a.StatusCode), nil
}

// clock compares the site's time with this machine's. The header counts whole seconds.
func clock(ctx context.Context, s *site) (string, error) {
	asked := s.o.Now()
	a, err := s.get(ctx, "/healthz")
	if err != nil {
		return "", err
	}
	there, err := http.ParseTime(a.Header.Get("Date"))
	if err != nil {
		return "", errors.New("the answer has no date")
	}
	off := there.Sub(asked.Add(a.took / 2)).Round(time.Second)
	if off.Abs() > 5*time.Second {
		return "", fmt.Errorf("it is off by %s against this machine: does it keep time by NTP, do you?", off)
	}
	return fmt.Sprintf("off by %s", off), nil
}

// onceHeaders are what every answer carries, once, and what its value must have.
var onceHeaders = []struct{ name, has string }{
	{"Content-Security-Policy", "frame-ancestors 'none'"},
	{"X-Content-Type-Options", "nosniff"},
	{"X-Frame-Options", "DENY"},
	{"Referrer-Policy", "strict-origin"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Permissions-Policy", "geolocation=()"},
	{"Strict-Transport-Security", "max-age=31536000"},
}

// headers looks at one answer of each kind, so that a web server in between that drops,
// doubles or adds some is found.
func headers(ctx context.Context, s *site) (string, error) {
	sheet, err := s.styleSheetPath(ctx)
	if err != nil {
		return "", err
	}
	wrong := map[string][]string{} // what, and where
	paths := []string{"/", "/login/", "/console/login/", "/api/current_points/", "/api/openapi.json", "/no-such-page/", "/healthz", sheet}
	for _, path := range paths {
		a, err := s.get(ctx, path)
		if err != nil {
			return "", err
		}
		for _, what := range s.headersOf(a) {
			wrong[what] = append(wrong[what], path)
		}
	}
	var lines []string
	for _, what := range slices.Sorted(maps.Keys(wrong)) {
		at := strings.Join(wrong[what], " ")
		if len(wrong[what]) == len(paths) {
			at = "everywhere"
		}
		lines = append(lines, what+" ("+at+")")
	}
	if len(lines) > 0 {
		return "", errors.New(strings.Join(lines, "; "))
	}
	return fmt.Sprintf("on %d kinds of answers", len(paths)), nil
}

func (s *site) headersOf(a answer) []string {
	var wrong []string
	for _, want := range onceHeaders {
		values := a.Header.Values(want.name)
		switch {
		case want.name == "Strict-Transport-Security" && s.base.Scheme != "https":
		case len(values) == 0:
			wrong = append(wrong, want.name+" is missing")
		case len(values) > 1:
			wrong = append(wrong, want.name+" is sent twice, which browsers read each in their own way")
		case !strings.Contains(values[0], want.has):
			wrong = append(wrong, want.name+" is "+values[0])
		}
	}
	if strings.Contains(a.Header.Get("Content-Security-Policy"), "'unsafe-inline'") && !s.local() {
		wrong = append(wrong, "Content-Security-Policy allows inline scripts")
	}
	if server := a.Header.Get("Server"); strings.ContainsAny(server, "0123456789") {
		wrong = append(wrong, "Server tells a version: "+server)
	}
	if by := a.Header.Get("X-Powered-By"); by != "" {
		wrong = append(wrong, "X-Powered-By tells "+by)
	}
	return wrong
}

func cookies(_ context.Context, s *site) (string, error) {
	if len(s.cookies) == 0 {
		return "none set", nil
	}
	for _, c := range s.cookies {
		switch {
		case !c.Secure && s.base.Scheme == "https":
			return "", fmt.Errorf("%s of %s is not Secure", c.Name, c.at)
		case !c.HttpOnly:
			return "", fmt.Errorf("%s of %s is readable by scripts", c.Name, c.at)
		case c.SameSite != http.SameSiteLaxMode && c.SameSite != http.SameSiteStrictMode:
			return "", fmt.Errorf("%s of %s has no SameSite", c.Name, c.at)
		case c.Domain != "":
			return "", fmt.Errorf("%s of %s is given to all of %s", c.Name, c.at, c.Domain)
		}
	}
	return fmt.Sprintf("%d seen", len(s.cookies)), nil
}
