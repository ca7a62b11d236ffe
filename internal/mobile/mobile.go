// Package mobile is the JSON contract of the two phone apps: the residents' under /api/
// and the collectors' under /mobile/. The apps were made for the system before this one
// and cannot be changed, so paths, keys, types and codes are that system's; where they
// were wrong, docs/mobile-api.md lists the change. There is no rule of the city in here:
// a handler decodes, makes one call and encodes.
package mobile

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/collection"
	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/report"
	"ekolek/internal/rewards"
	"ekolek/internal/schedule"
	"ekolek/internal/web"
)

// Mobile is both surfaces. Make it with New.
type Mobile struct {
	auth       *auth.Service
	people     *people.Service
	notify     *notify.Service
	collection *collection.Service
	rewards    *rewards.Service
	schedule   *schedule.Service
	report     *report.Service
	cross      func(http.Handler) http.Handler
	now        func() time.Time

	description func() []byte // of both APIs, as JSON
}

// Deps are the capabilities that the apps reach.
type Deps struct {
	Auth       *auth.Service
	People     *people.Service
	Notify     *notify.Service
	Collection *collection.Service
	Rewards    *rewards.Service
	Schedule   *schedule.Service
	Report     *report.Service
	Origins    []string // CORS_ALLOWED_ORIGINS; "*" alone for any
	Now        func() time.Time
}

// New makes the surfaces; mount them with Residents and Collectors and their routes. It
// panics on an origin that is none: the configuration has been checked before.
func New(d Deps) *Mobile {
	m := &Mobile{auth: d.Auth, people: d.People, notify: d.Notify, collection: d.Collection, rewards: d.Rewards, schedule: d.Schedule, report: d.Report,
		cross: crossOrigins(d.Origins), now: d.Now}
	m.description = sync.OnceValue(func() []byte { return document(slices.Concat(m.ResidentRoutes(), m.CollectorRoutes()), described()) })
	return m
}

// Residents is the surface of the residents' app.
func (m *Mobile) Residents() *web.Surface {
	return &web.Surface{Prefix: "/api/", JSON: true, API: &web.API{Identify: m.resident, Fail: failResident, Options: describe, Around: m.around}}
}

// Collectors is the surface of the scanner app.
func (m *Mobile) Collectors() *web.Surface {
	return &web.Surface{Prefix: "/mobile/", JSON: true, API: &web.API{Identify: m.collector, Fail: failCollector, Options: describe, Around: m.around, MethodFirst: true}}
}

// resident is who holds the request's token on the residents' routes.
func (m *Mobile) resident(r *http.Request) (auth.Principal, error) {
	token, err := tokenOf(r)
	if err != nil {
		return auth.Principal{}, err
	}
	return m.auth.ResidentOfToken(r.Context(), token)
}

// collector is who holds the request's token on the collectors' routes: a resident too,
// since residents may ask there for their notices. Whoever has something to set right in
// the console first must sign in again, and is told then.
func (m *Mobile) collector(r *http.Request) (auth.Principal, error) {
	header := r.Header.Get("Authorization")
	token, ok := strings.CutPrefix(header, "Bearer ")
	switch {
	case header == "":
		return auth.Principal{}, auth.ErrNoToken
	case !ok:
		return auth.Principal{}, auth.ErrTokenHeader
	}
	token = strings.TrimSpace(token)
	p, err := m.auth.StaffOfToken(r.Context(), token)
	if errors.Is(err, auth.ErrTokenForeign) && isNotices(r) {
		p, err = m.auth.ResidentOfToken(r.Context(), token)
	}
	if err == nil && (p.MustChangePassword || p.MustSetUpSecond) {
		err = auth.ErrTokenExpired
	}
	return p, err
}

// isNotices says whether residents may ask here.
func isNotices(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/mobile/api/notifications/")
}

func tokenOf(r *http.Request) (string, error) {
	token, ok := web.Bearer(r)
	switch {
	case !ok:
		return "", auth.ErrTokenHeader
	case token == "":
		return "", auth.ErrNoToken
	}
	return token, nil
}
