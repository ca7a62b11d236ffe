package web

import (
	"net/http"
	"strings"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/errs"
	"ekolek/internal/web/i18n"
)

// KeepSession puts the token of a fresh sign-in into this surface's cookie. until is the
// session's own end; zero ends the cookie with the browser.
func KeepSession(w http.ResponseWriter, r *http.Request, token string, until time.Time) {
	q := state(r.Context())
	c := q.server.cookie(q.surface.Cookie, token, 0)
	if !until.IsZero() {
		c.MaxAge = max(1, int(until.Sub(q.server.now()).Seconds()))
	}
	http.SetCookie(w, c)
}

// DropSession removes this surface's cookie; the other sign-in stays. Pages that the
// browser has kept go too: the phone may be handed on.
func DropSession(w http.ResponseWriter, r *http.Request) {
	q := state(r.Context())
	w.Header().Set("Clear-Site-Data", `"cache"`)
	http.SetCookie(w, q.server.cookie(q.surface.Cookie, "", -1))
}

// SessionToken is the token that this surface's cookie holds, "" without one.
func SessionToken(r *http.Request) string {
	q := state(r.Context())
	if q.surface.Cookie == "" {
		return ""
	}
	return q.server.held(r, q.surface.Cookie)
}

// KeepFlow puts the secret of something that takes several pages into a cookie of its
// own, until its end.
func KeepFlow(w http.ResponseWriter, r *http.Request, kind auth.Flow, secret string, until time.Time) {
	s := state(r.Context()).server
	http.SetCookie(w, s.cookie(flowCookie(kind), secret, max(1, int(until.Sub(s.now()).Seconds()))))
}

// DropFlow removes the cookie of something that is finished.
func DropFlow(w http.ResponseWriter, r *http.Request, kind auth.Flow) {
	http.SetCookie(w, state(r.Context()).server.cookie(flowCookie(kind), "", -1))
}

// FlowSecret is the secret that the browser holds of a kind of flow, "" without one.
func FlowSecret(r *http.Request, kind auth.Flow) string {
	return state(r.Context()).server.held(r, flowCookie(kind))
}

func flowCookie(kind auth.Flow) string { return "ekolek_" + string(kind) }

// deviceCookie remembers a browser, for as many residents as share it.
const deviceCookie = "ekolek_device"

// KeepDevice puts the secret of a remembered browser into its cookie, until its end.
func KeepDevice(w http.ResponseWriter, r *http.Request, secret string, until time.Time) {
	s := state(r.Context()).server
	http.SetCookie(w, s.cookie(deviceCookie, secret, max(1, int(until.Sub(s.now()).Seconds()))))
}

// DeviceSecret is the secret of a remembered browser, "" of one that is not.
func DeviceSecret(r *http.Request) string {
	return state(r.Context()).server.held(r, deviceCookie)
}

// placeCookie remembers where the Station on this device hands out.
const placeCookie = "ekolek_place"

// placeKeptFor is how long it does.
const placeKeptFor = 365 * 24 * time.Hour

// KeepPlace remembers a place on this device.
func KeepPlace(w http.ResponseWriter, r *http.Request, place string) {
	http.SetCookie(w, state(r.Context()).server.cookie(placeCookie, place, int(placeKeptFor.Seconds())))
}

// KeptPlace is the place that this device remembers, "" for none.
func KeptPlace(r *http.Request) string {
	return state(r.Context()).server.held(r, placeCookie)
}

// isOurs says whether a cookie tells us something about who asks: any of ours but the
// language.
func isOurs(cookie string) bool {
	return strings.HasPrefix(strings.TrimPrefix(cookie, hostOnly), "ekolek_") && cookie != i18n.CookieName
}

// identify finds out who asks. A session that is over is nobody, not an error, and so is
// the cookie of a request with a bearer token: that one was not asked for its origin.
func (s *Server) identify(r *http.Request, q *request) (err error) {
	if q.surface.API != nil {
		q.principal, err = q.surface.API.Identify(r)
		return err
	}
	token := SessionToken(r)
	if token == "" || q.surface.SignIns == "" || hasBearer(r) {
		return nil
	}
	p, err := s.opts.PrincipalOf(r.Context(), q.surface.SignIns, token)
	switch errs.KindOf(err) {
	case errs.Unauthenticated, errs.NotFound:
		return nil
	}
	if err != nil {
		return err
	}
	q.principal = p
	return nil
}

// SignedIn are all who are signed in in this browser, residents and staff: for addresses
// that belong to neither alone.
func SignedIn(r *http.Request) ([]auth.Principal, error) {
	s := state(r.Context()).server
	var all []auth.Principal
	for cookie, surface := range map[string]auth.Surface{ResidentCookie: auth.ResidentSurface, StaffCookie: auth.StaffSurface} {
		c, err := r.Cookie(cookie)
		if err != nil {
			continue
		}
		p, err := s.opts.PrincipalOf(r.Context(), surface, c.Value)
		switch kind := errs.KindOf(err); {
		case err == nil:
			all = append(all, p)
		case kind != errs.Unauthenticated && kind != errs.NotFound:
			return nil, err
		}
	}
	return all, nil
}

// language is the reader's: the cookie, then the person's own choice, then the browser's.
func (q *request) language(r *http.Request) i18n.Lang {
	if lang, ok := i18n.Chosen(r); ok {
		return lang
	}
	if lang, ok := i18n.Parse(q.principal.Language); ok {
		return lang
	}
	return i18n.Accepted(r)
}

// refuse answers a request whose principal lacks the route's permission: the sign-in page
// for nobody, the page of what is due for staff of whom something is, 403 for the rest.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, q *request) error {
	p := q.principal
	switch {
	case q.surface.API != nil:
		return errForbidden // whoever is nobody did not come this far
	case !p.SignedIn() && (q.surface.JSON || WantsJSON(r) || q.surface.SignIn == ""):
		return errSignIn
	case !p.SignedIn():
		Redirect(w, r, withNext(q.surface.SignIn, r))
		return nil
	case p.Surface == auth.StaffSurface && p.MustChangePassword && q.surface.Password != "" && !WantsJSON(r):
		Redirect(w, r, q.surface.Password)
		return nil
	case p.Surface == auth.StaffSurface && p.MustSetUpSecond && q.surface.Second != "" && !WantsJSON(r):
		Redirect(w, r, q.surface.Second)
		return nil
	default:
		return errForbidden
	}
}

// withNext adds where to go after signing in; only a page can be gone back to.
func withNext(signIn string, r *http.Request) string {
	if r.Method != http.MethodGet || r.URL.Path == "/" {
		return signIn
	}
	return signIn + "?" + nextParam(r.URL.RequestURI())
}

// WantsJSON tells whether a script asks rather than a page.
func WantsJSON(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "application/json") || wantsEvents(r)
}
