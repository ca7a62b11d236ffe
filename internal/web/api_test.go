package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"ekolek/internal/auth"
)

// apiWorld is a world with an API beside its pages. Tokens are the names of signedIn.
func apiWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, production)
	surface := &Surface{Prefix: "/api/", JSON: true, API: &API{
		Identify: func(r *http.Request) (auth.Principal, error) {
			token, ok := Bearer(r)
			switch {
			case !ok:
				return auth.Principal{}, auth.ErrTokenHeader
			case token == "":
				return auth.Principal{}, auth.ErrNoToken
			}
			p, ok := signedIn[token]
			if !ok {
				return auth.Principal{}, auth.ErrTokenInvalid
			}
			return p, nil
		},
		Fail: func(w http.ResponseWriter, r *http.Request, err error) {
			w.WriteHeader(StatusOf(err))
			fmt.Fprintf(w, "api: %d", StatusOf(err))
		},
		Options: func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "described") },
		Around: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-Around", "api")
				next.ServeHTTP(w, r)
			})
		},
	}}
	who := func(w http.ResponseWriter, r *http.Request) error {
		_, err := fmt.Fprint(w, "name: "+PrincipalOf(r.Context()).Name)
		return err
	}
	optional := func(w http.ResponseWriter, r *http.Request) error {
		if err := Identify(r); err != nil && r.Header.Get("Authorization") != "" {
			return err
		}
		return who(w, r)
	}
	w.Mount(surface, []Route{
		{Pattern: "GET /api/points/", Need: auth.Resident, Handle: who},
		{Pattern: "GET /api/why/", Need: auth.TokenHolder, Handle: who},
		{Pattern: "POST /api/login/", Need: auth.Anyone, Handle: who},
		{Pattern: "POST /api/bye/", Need: auth.Anyone, Handle: optional},
		{Pattern: "GET /api/staff/", Need: auth.UseStation, Handle: who},
	})
	first := *surface.API
	first.MethodFirst = true
	w.Mount(&Surface{Prefix: "/api/first/", JSON: true, API: &first}, []Route{{Pattern: "GET /api/first/points/", Need: auth.Resident, Handle: who}})
	w.Mount(siteSurface(), []Route{{Pattern: "POST /bye/", Need: auth.Anyone, Handle: show("site"), Twin: "/api/bye/"}})
	return w
}

func TestAPIRoutes(t *testing.T) {
	w := apiWorld(t)
	const token = "Authorization: Bearer "
	for name, c := range map[string]struct {
		method, path string
		lines        []string
		status       int
		body         string
	}{
		"with a token":                       {"GET", "/api/points/", []string{token + "resident"}, 200, "name: Nena"},
		"without its slash":                  {"GET", "/api/points", []string{token + "resident"}, 200, "name: Nena"},
		"a cookie is nobody":                 {"GET", "/api/points/", []string{"Cookie: " + ResidentCookie + "=resident"}, 401, "api: 401"},
		"a cookie and a token":               {"GET", "/api/points/", []string{"Cookie: " + ResidentCookie + "=admin", token + "resident"}, 200, "name: Nena"},
		"a worthless token":                  {"GET", "/api/points/", []string{token + "x"}, 401, "api: 401"},
		"another's token":                    {"GET", "/api/staff/", []string{token + "resident"}, 403, "api: 403"},
		"staff with a permission":            {"GET", "/api/staff/", []string{token + "admin"}, 200, "name: Amihan"},
		"barred, where only the token":       {"GET", "/api/why/", []string{token + "barred"}, 200, "name: Bayani"},
		"barred, where access":               {"GET", "/api/points/", []string{token + "barred"}, 403, "api: 403"},
		"anyone's route asks for no token":   {"POST", "/api/login/", []string{token + "x"}, 200, "name:"},
		"anyone's route, from another site":  {"POST", "/api/login/", []string{"Origin: https://evil.example", "Sec-Fetch-Site: cross-site"}, 200, "name:"},
		"an optional token":                  {"POST", "/api/bye/", []string{token + "resident"}, 200, "name: Nena"},
		"an optional token that is bad":      {"POST", "/api/bye/", []string{token + "x"}, 401, "api: 401"},
		"an unknown address":                 {"GET", "/api/none/", []string{token + "x"}, 404, "api: 404"},
		"a wrong method":                     {"DELETE", "/api/points/", []string{token + "resident"}, 405, "api: 405"},
		"a wrong method without a token":     {"DELETE", "/api/points/", nil, 401, "api: 401"},
		"a wrong method without access":      {"DELETE", "/api/points/", []string{token + "barred"}, 403, "api: 403"},
		"a wrong method of anyone's route":   {"GET", "/api/login/", nil, 405, "api: 405"},
		"a wrong method that is told first":  {"DELETE", "/api/first/points/", nil, 405, "api: 405"},
		"a right one there without a token":  {"GET", "/api/first/points/", nil, 401, "api: 401"},
		"HEAD":                               {"HEAD", "/api/points/", []string{token + "resident"}, 405, ""},
		"HEAD without a token":               {"HEAD", "/api/points/", nil, 401, ""},
		"OPTIONS":                            {"OPTIONS", "/api/login", nil, 200, "described"},
		"OPTIONS without a token":            {"OPTIONS", "/api/points/", nil, 401, "api: 401"},
		"a page's address, from a program":   {"POST", "/bye/", []string{token + "resident"}, 200, "name: Nena"},
		"a page's address, from a browser":   {"POST", "/bye/", []string{"Content-Type: application/x-www-form-urlencoded"}, 200, ""},
		"a page's address, JSON, no token":   {"POST", "/bye/", []string{"Content-Type: application/json; charset=utf-8"}, 200, "name:"},
		"a page's address, from a bad token": {"POST", "/bye/", []string{token + "x"}, 401, "api: 401"},
	} {
		t.Run(name, func(t *testing.T) {
			res := w.ask(t, c.method, https+c.path, "", append(c.lines, viaProxy...)...)
			_, body := read(t, res)
			if res.StatusCode != c.status || c.body != "" && c.method != http.MethodHead && strings.TrimSpace(body) != c.body {
				t.Errorf("%d %q, want %d %q", res.StatusCode, body, c.status, c.body)
			}
			if around := res.Header.Get("X-Around"); (around != "") != strings.HasPrefix(c.path, "/api/") {
				t.Errorf("X-Around %q", around)
			}
			if strings.HasPrefix(c.path, "/api/") && res.StatusCode < 404 && res.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("may be cached: %q", res.Header.Get("Cache-Control"))
			}
		})
	}
}

func TestAPITellsItsMethods(t *testing.T) {
	w := apiWorld(t)
	for path, want := range map[string]string{"/api/points/": "GET, OPTIONS", "/api/login/": "OPTIONS, POST"} {
		for _, method := range []string{"HEAD", "OPTIONS", "PATCH"} {
			res := w.ask(t, method, https+path, "", append([]string{"Authorization: Bearer resident"}, viaProxy...)...)
			if got := res.Header.Get("Allow"); got != want {
				t.Errorf("%s %s: Allow %q, want %q", method, path, got, want)
			}
		}
	}
}

func TestBearer(t *testing.T) {
	for header, want := range map[string]struct {
		token string
		ok    bool
	}{"": {"", true}, "Token x": {"", true}, "bearer x": {"", true}, "Bearer x": {"x", true}, "Bearer": {"", false}, "Bearer a b": {"", false}} {
		r, _ := http.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", header)
		if token, ok := Bearer(r); token != want.token || ok != want.ok {
			t.Errorf("%q: %q %v", header, token, ok)
		}
	}
}
