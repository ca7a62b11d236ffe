package app_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/web"
)

// openWithoutDoor are routes that change something for anybody and look at no credential.
var openWithoutDoor = map[string]bool{
	"POST /logout/": true, "POST /console/logout/": true, "POST /api/logout/": true, "POST /mobile/api/admin/logout/": true,
	"POST /register/over/":                true, // forgets one's own draft
	"POST /csp-report":                    true,
	"POST /news/stop/{token}/":            true, // 128 bits or more of signature, nothing to guess at
	"POST /mobile/api/admin/debug-token/": true, "PUT /mobile/api/admin/debug-token/": true,
	"PATCH /mobile/api/admin/debug-token/": true, "DELETE /mobile/api/admin/debug-token/": true, // gone
}

// credentialsOfSomebody are routes that ask somebody who is signed in for a secret again.
var credentialsOfSomebody = []string{
	"POST /me/password/", "POST /me/phone/", "POST /me/phone/code/", "POST /me/email/", "POST /me/email/code/",
	"POST /console/password/", "POST /console/second-factor/off/", "POST /console/second-factor/codes/",
	"POST /console/second-factor/confirm/", "POST /console/second-factor/set-up/",
}

// Every route that looks at a credential has a door, and a new one without fails here:
// whatever changes something for anybody is one unless it is named above.
func TestEveryCredentialHasADoor(t *testing.T) {
	doors, used := map[string]auth.Door{}, map[auth.Door]bool{}
	for _, route := range newOffice(t).app.Web().Routes() {
		doors[route.Pattern] = route.Door
		used[route.Door] = true
		open := route.Need == auth.Anyone && !strings.HasPrefix(route.Pattern, "GET ")
		switch {
		case route.Door != "" && auth.DoorLimit(route.Door) == 0:
			t.Errorf("%s has a door that nobody knows: %s", route.Pattern, route.Door)
		case open && (route.Door == "") != openWithoutDoor[route.Pattern]:
			t.Errorf("%s: door %q, named as one without: %v", route.Pattern, route.Door, openWithoutDoor[route.Pattern])
		}
	}
	for _, pattern := range credentialsOfSomebody {
		if doors[pattern] == "" {
			t.Errorf("%s has no door", pattern)
		}
	}
	for _, d := range auth.Doors() {
		if !used[d] {
			t.Errorf("no route has the %s door", d)
		}
	}
}

// Two hundred wrong tries at once at every credential's route: the handler, which would
// look at the secret, runs no more often than the door's limit; the others are told when
// to come again.
func TestWrongTriesAreCountedBeforeTheyAreLookedAt(t *testing.T) {
	o := newOffice(t)
	var looked atomic.Int32
	s := web.New(web.Options{Debug: true, Hosts: []string{"*"}, SecretKey: []byte("test"), Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Now: time.Now, PrincipalOf: o.app.Auth.PrincipalOf, Knock: o.app.Auth.Knock})
	tried := map[auth.Door]bool{}
	var routes []web.Mounted
	for _, route := range o.app.Web().Routes() {
		if route.Door == "" || tried[route.Door] && route.Need != auth.Anyone {
			continue
		}
		tried[route.Door] = true
		route.Need = auth.Anyone
		route.Handle = func(http.ResponseWriter, *http.Request) error {
			looked.Add(1)
			return auth.ErrBadCredentials
		}
		s.Mount(route.Surface, []web.Route{route.Route})
		routes = append(routes, route)
	}
	server := s.Handler()
	for n, route := range routes {
		looked.Store(0)
		var refused atomic.Int32
		tries := auth.DoorLimit(route.Door) + 20
		var all sync.WaitGroup
		for range tries {
			all.Go(func() {
				method, path, _ := strings.Cut(wildcard.ReplaceAllString(route.Pattern, "x"), " ")
				r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(""))
				r.RemoteAddr = fmt.Sprintf("203.0.113.%d:1", n+1)
				r.Header.Set("Accept", "application/json")
				rec := httptest.NewRecorder()
				server.ServeHTTP(rec, r)
				if rec.Code == http.StatusTooManyRequests && rec.Header().Get("Retry-After") != "" {
					refused.Add(1)
				}
			})
		}
		all.Wait()
		if int(looked.Load()) != auth.DoorLimit(route.Door) || refused.Load() != 20 {
			t.Errorf("%s: %d of %d were looked at, %d were told to wait; the limit is %d", route.Pattern, looked.Load(), tries, refused.Load(), auth.DoorLimit(route.Door))
		}
	}
	if len(routes) < 25 {
		t.Errorf("only %d routes have a door", len(routes))
	}
}
