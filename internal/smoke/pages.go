package smoke

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

func health(ctx context.Context, s *site) (string, error) { return s.wellAt(ctx, "/healthz") }

func ready(ctx context.Context, s *site) (string, error) { return s.wellAt(ctx, "/readyz") }

func (s *site) wellAt(ctx context.Context, path string) (string, error) {
	a, err := s.get(ctx, path)
	if err != nil {
		return "", err
	}
	return took(a), a.status(http.StatusOK)
}

func took(a answer) string { return fmt.Sprintf("%d ms", a.took.Milliseconds()) }

func landing(ctx context.Context, s *site) (string, error) {
	return pageWith("/", "E-KOLEK")(ctx, s)
}

// pageWith expects a page of ours that shows some words.
func pageWith(path, words string) func(context.Context, *site) (string, error) {
	return func(ctx context.Context, s *site) (string, error) {
		a, err := s.get(ctx, path)
		if err != nil {
			return "", err
		}
		if err := a.status(http.StatusOK); err != nil {
			return "", err
		}
		switch {
		case !a.html() || !strings.Contains(a.body, words) || !strings.Contains(a.body, `<main id="main"`):
			return "", fmt.Errorf("%s shows something else", path)
		case a.took > brisk:
			return "", fmt.Errorf("%s takes %s", path, took(a))
		}
		return took(a), nil
	}
}

var styleSheetLink = regexp.MustCompile(`<link rel="stylesheet" href="(/static/[^"]+)"`)

func (s *site) styleSheetPath(ctx context.Context) (string, error) {
	a, err := s.get(ctx, "/")
	if err != nil {
		return "", err
	}
	m := styleSheetLink.FindStringSubmatch(a.body)
	if m == nil {
		return "", errors.New("the landing page names no style sheet")
	}
	return m[1], nil
}

// styleSheet: pages without it are what an operator sees first when the static files do
// not match the program (INC-22).
func styleSheet(ctx context.Context, s *site) (string, error) {
	path, err := s.styleSheetPath(ctx)
	if err != nil {
		return "", err
	}
	a, err := s.get(ctx, path, "Accept-Encoding: gzip, br")
	if err != nil {
		return "", err
	}
	if err := a.status(http.StatusOK); err != nil {
		return "", err
	}
	switch {
	case !strings.HasPrefix(a.Header.Get("Content-Type"), "text/css"):
		return "", fmt.Errorf("%s is %q, which browsers refuse", path, a.Header.Get("Content-Type"))
	case !strings.Contains(a.Header.Get("Cache-Control"), "immutable"):
		return "", fmt.Errorf("%s is fetched again with every visit: Cache-Control is %q", path, a.Header.Get("Cache-Control"))
	case a.Header.Get("Content-Encoding") == "":
		return "", fmt.Errorf("%s is not compressed", path)
	}
	return fmt.Sprintf("%d KB, %s", (len(a.body)+1023)/1024, a.Header.Get("Content-Encoding")), nil
}

func oldAddress(ctx context.Context, s *site) (string, error) {
	return s.leadsTo(ctx, "/cenro/admin/login/", "/console/login/")
}

// leadsTo expects a redirect to a path of this site.
func (s *site) leadsTo(ctx context.Context, path, to string) (string, error) {
	a, err := s.get(ctx, path)
	if err != nil {
		return "", err
	}
	location, err := a.Location()
	if err != nil || a.StatusCode/100 != 3 || location.Path != to || location.Host != s.base.Host {
		return "", fmt.Errorf("%s answers %d %s, and does not lead to %s", path, a.StatusCode, a.Header.Get("Location"), to)
	}
	return "leads to " + to, nil
}

// logout: for browsers a page, for the phone apps JSON (INC-04). Nobody is signed in
// here, so nobody is signed out.
func logout(ctx context.Context, s *site) (string, error) {
	if _, err := s.leadsTo(ctx, "/logout/", "/login/"); err != nil {
		return "", err
	}
	a, err := s.get(ctx, "/logout/", "Accept: application/json", "Authorization: Bearer smoke")
	if err != nil {
		return "", err
	}
	if !a.json() {
		return "", fmt.Errorf("a phone app gets %q", a.Header.Get("Content-Type"))
	}
	return "a page for browsers, JSON for apps", nil
}

// traces are words of error pages that tell about the program's inside.
var traces = []string{"goroutine ", "panic:", ".go:", "Traceback", "SELECT ", "sql:", "DJANGO_"}

func tellsTooMuch(a answer) error {
	for _, word := range traces {
		if strings.Contains(a.body, word) {
			return fmt.Errorf("%s shows %q: an error page of the inside", a.Request.URL.Path, word)
		}
	}
	return nil
}

func unknownPage(ctx context.Context, s *site) (string, error) {
	a, err := s.get(ctx, "/no-such-page/")
	if err != nil {
		return "", err
	}
	if err := errors.Join(a.status(http.StatusNotFound), tellsTooMuch(a)); err != nil {
		return "", err
	}
	if !a.html() || !strings.Contains(a.body, `<main id="main"`) {
		return "", errors.New("it is not our page")
	}
	return "404, our page", nil
}

// oddRequests: what cannot be meant is refused without a word about the inside.
func oddRequests(ctx context.Context, s *site) (string, error) {
	for _, path := range []string{"/%00", "/%2e%2e/%2e%2e/etc/passwd", "/static/../../etc/passwd", "/points/?cursor=%ff", "/.env", "/.git/config"} {
		a, err := s.get(ctx, path)
		if err != nil {
			return "", err
		}
		if a.StatusCode >= 500 || a.StatusCode == http.StatusOK {
			return "", fmt.Errorf("%s answers %d", path, a.StatusCode)
		}
		if err := tellsTooMuch(a); err != nil {
			return "", err
		}
	}
	return "refused quietly", nil
}

// unknownHost: a name that is not the site's must not reach it, or links in mails can be
// made to lead elsewhere.
func unknownHost(ctx context.Context, s *site) (string, error) {
	if s.local() {
		return "", errLeftOut("development answers to every name")
	}
	a, err := s.get(ctx, "/login/", "Host: smoke.invalid")
	if err != nil {
		return "refused by the connection", nil
	}
	empty := a.body == "" && a.Header.Get("Location") == "" // what some proxies say to a name that they do not know
	if a.StatusCode < http.StatusBadRequest && !empty {
		return "", fmt.Errorf("asked as smoke.invalid it answers %d: see ALLOWED_HOSTS and the proxy's default server", a.StatusCode)
	}
	return fmt.Sprint(a.StatusCode), nil
}

// developers: what only development shows, and what only the office's own network may see.
func developers(ctx context.Context, s *site) (string, error) {
	if s.local() {
		return "", errLeftOut("this machine may be a developer's")
	}
	for _, path := range []string{"/dev/outbox", "/debug/pprof/", "/metrics", "/media/", "/static/"} {
		a, err := s.get(ctx, path)
		if err != nil {
			return "", err
		}
		if a.StatusCode < http.StatusBadRequest {
			return "", fmt.Errorf("%s answers %d to everybody", path, a.StatusCode)
		}
	}
	return "no outbox, profiles, metrics or listings", nil
}

func closedPages(ctx context.Context, s *site) (string, error) {
	for path, to := range map[string]string{"/home/": "/login/", "/points/": "/login/", "/console/": "/console/login/", "/console/residents/": "/console/login/"} {
		if _, err := s.leadsTo(ctx, path, to); err != nil {
			return "", err
		}
	}
	return "they lead to the sign-in", nil
}
