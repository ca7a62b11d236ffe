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

// DropSession removes this surface's cookie; the other sign-in stays.
func DropSession(w http.ResponseWriter, r *http.Request) {
	q := state(r.Context())
	http.SetCookie(w, q.server.cookie(q.surface.Cookie, "", -1))
}

// SessionToken is the token that this surface's cookie holds, "" without one.
func SessionToken(r *http.Request) string {
	q := state(r.Context())
	if q.surface.Cookie == "" {
		return ""
	}
	c, err := r.Cookie(q.surface.Cookie)
	if err != nil {
		return ""
	}
	return c.Value
}

// identify finds out who asks. A session that is over is nobody, not an error.
func (s *Server) identify(r *http.Request, q *request) error {
	token := SessionToken(r)
	if token == "" || q.surface.SignIns == "" {
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
// for nobody, the password page for staff who must change theirs, 403 for the rest.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, q *request) error {
	p := q.principal
	switch {
	case !p.SignedIn() && (q.surface.JSON || WantsJSON(r) || q.surface.SignIn == ""):
		return errSignIn
	case !p.SignedIn():
		Redirect(w, r, withNext(q.surface.SignIn, r))
		return nil
	case p.Surface == auth.StaffSurface && p.MustChangePassword && q.surface.Password != "" && !WantsJSON(r):
		Redirect(w, r, q.surface.Password)
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
	return strings.Contains(r.Header.Get("Accept"), "application/json")
}
