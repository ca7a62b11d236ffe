package app_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/errs"
	"ekolek/internal/people"
	"ekolek/internal/web"
)

var wildcard = regexp.MustCompile(`\{[^}]*\}`)

// Every route of the program × everybody who may come: a route lets in exactly those
// whose sign-in has the permission that its table names. The handlers are replaced by
// probes, so that a sign-out among them ends nobody's visit.
func TestEveryRouteLetsInWhomItsTableNames(t *testing.T) {
	o := newOffice(t)
	probes := probe(t, o)
	server := probes.Handler()
	for _, v := range visitors(t, o) {
		t.Run(v.name, func(t *testing.T) {
			for _, route := range probes.Routes() {
				method, path, _ := strings.Cut(wildcard.ReplaceAllString(route.Pattern, uuid.NewString()), " ")
				rec := httptest.NewRecorder()
				server.ServeHTTP(rec, v.request(t, method, path, "application/json"))
				let := rec.Code != http.StatusUnauthorized && rec.Code != http.StatusForbidden
				if want := principal(t, o, v, route.Surface).May(route.Need); let != want {
					t.Errorf("%s (%s): let in = %v with status %d, want %v", route.Pattern, route.Need, let, rec.Code, want)
				}
			}
		})
	}
}

// Whoever is not signed in changes nothing but their own sign-in.
func TestUnsafeRoutesForAnyone(t *testing.T) {
	known := map[string]bool{
		"POST /login/": true, "POST /logout/": true,
		"POST /console/login/": true, "POST /console/logout/": true, "POST /admin/setup/": true,
	}
	for _, route := range newOffice(t).app.Web().Routes() {
		if route.Need == auth.Anyone && !strings.HasPrefix(route.Pattern, "GET ") && !known[route.Pattern] {
			t.Errorf("%s is open to anyone", route.Pattern)
		}
	}
}

// An operations manager of one barangay finds nothing of another: not by its address,
// and not in a list.
func TestStaffOfAnotherBarangay(t *testing.T) {
	o := newOffice(t)
	r := o.settle(t, o.barangays[0].ID)
	left := o.serve(t, r)
	waiting := o.register(t, o.barangays[0].ID)
	outsider := o.hire(t, "outsider", auth.OperationsManager, o.barangays[1].ID)
	unassigned := o.hire(t, "unassigned", auth.OperationsManager)
	here := o.hire(t, "here", auth.OperationsManager, o.barangays[0].ID)
	who := principal(t, o, outsider, &web.Surface{SignIns: auth.StaffSurface})
	server := o.app.Web().Handler()
	get := func(v visitor, method, path string) (int, string) {
		rec := httptest.NewRecorder()
		server.ServeHTTP(rec, v.request(t, method, path, "text/html"))
		body, err := io.ReadAll(rec.Body)
		must(t, err)
		return rec.Code, string(body)
	}
	ids := map[string]uuid.UUID{"residents": r.ID, "families": r.FamilyID, "weigh-ins": left.weighIn, "redemptions": left.redemption}
	reached := 0
	for _, route := range o.app.Web().Routes() {
		if route.Surface.SignIns != auth.StaffSurface || !who.May(route.Need) || strings.Contains(route.Pattern, "/logout/") {
			continue
		}
		method, pattern, _ := strings.Cut(route.Pattern, " ")
		of, path := address(pattern, ids, left.item)
		for _, v := range []visitor{outsider, unassigned} {
			status, body := get(v, method, path)
			switch {
			case strings.Contains(body, "Pagsanjan"), strings.Contains(body, waiting.ReferralCode):
				t.Errorf("%s sees a resident of another barangay at %s %s", v.name, method, path)
			case of != "" && status != http.StatusNotFound && status != http.StatusForbidden:
				t.Errorf("%s reaches the %s of another barangay at %s %s: status %d", v.name, of, method, path, status)
			}
		}
		if status, body := get(here, method, path); method == http.MethodGet && status == http.StatusOK && strings.Contains(body, "Pagsanjan") {
			reached++
		}
	}
	if reached < 5 {
		t.Errorf("the barangay's own manager sees the resident on %d pages only: the test looks in the wrong places", reached)
	}
}

// address fills a pattern's ids with those of the other barangay, and tells of what.
func address(pattern string, ids map[string]uuid.UUID, item uuid.UUID) (of, path string) {
	path = strings.ReplaceAll(pattern, "{item}", item.String())
	for kind, id := range ids {
		if strings.Contains(path, "/"+kind+"/{id}") {
			return kind, strings.ReplaceAll(path, "{id}", id.String())
		}
	}
	return "", strings.ReplaceAll(path, "{id}", uuid.NewString())
}

// visitors are everybody who may stand at the door.
func visitors(t *testing.T, o *office) []visitor {
	t.Helper()
	here := o.barangays[0].ID
	suspended := o.settle(t, here)
	out := []visitor{
		{name: "nobody"},
		{name: "a made-up token", token: "AAAAAAAAAAAAAAAAAAAAAAAAAA"},
		o.signIn(t, "resident", o.settle(t, here)),
		o.signIn(t, "suspended", suspended),
		o.hire(t, "superadmin", auth.SuperAdmin),
		o.hire(t, "manager", auth.OperationsManager, here),
		o.hire(t, "content", auth.ContentRewardsManager),
		o.hire(t, "analyst", auth.SecurityAnalyst),
		o.hire(t, "newcomer", auth.OperationsManager, here), // must change the password
		o.hire(t, "elsewhere", auth.OperationsManager, o.barangays[1].ID),
	}
	_, err := o.app.People.Suspend(t.Context(), tester, people.City, suspended.ID, "test")
	must(t, err)
	return out
}

// principal is who a visitor is to a surface: nobody, when they signed in to the other.
func principal(t *testing.T, o *office, v visitor, s *web.Surface) auth.Principal {
	t.Helper()
	if v.surface == "" || v.surface != s.SignIns {
		return auth.Principal{}
	}
	p, err := o.app.Auth.PrincipalOf(t.Context(), v.surface, v.token)
	if errors.Is(err, auth.ErrNoSession) || errs.KindOf(err) == errs.Unauthenticated {
		return auth.Principal{}
	}
	must(t, err)
	return p
}

// probe mounts the program's own tables with handlers that only say that they ran.
func probe(t *testing.T, o *office) *web.Server {
	t.Helper()
	s := web.New(web.Options{Debug: true, Hosts: []string{"*"}, SecretKey: []byte("test"), Log: slog.New(slog.DiscardHandler),
		Now: time.Now, PrincipalOf: o.app.Auth.PrincipalOf})
	own := map[string]bool{}
	for _, route := range s.Routes() {
		own[route.Pattern] = true
	}
	for _, route := range o.app.Web().Routes() {
		if own[route.Pattern] {
			continue // of web itself, in every server
		}
		route.Handle = func(w http.ResponseWriter, _ *http.Request) error {
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
		s.Mount(route.Surface, []web.Route{route.Route})
	}
	if len(s.Routes()) < 20 {
		t.Fatalf("the program has only %d routes", len(s.Routes()))
	}
	return s
}
