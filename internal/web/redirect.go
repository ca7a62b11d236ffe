package web

import (
	"net/http"
	"net/url"
	"strings"

	"ekolek/internal/errs"
	"ekolek/internal/web/i18n"
)

// Redirect answers a POST with the page to look at next (303). The target is always
// local: anything else leads home.
func Redirect(w http.ResponseWriter, r *http.Request, to string) {
	http.Redirect(w, r, Local(to, "/"), http.StatusSeeOther)
}

// Moved is the handler of an address of the former system: it leads to ours, which asks
// for its own permission.
func Moved(to string) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		http.Redirect(w, r, to, http.StatusMovedPermanently)
		return nil
	}
}

// Local is the target when it stays on this site, else the fallback. Addresses that a
// browser may read as another host ("//x", "/\x", a control character) do not stay.
func Local(target, fallback string) string {
	if !strings.HasPrefix(target, "/") || strings.HasPrefix(target, "//") || strings.ContainsRune(target, '\\') {
		return fallback
	}
	for _, c := range target {
		if c < ' ' || c == 0x7f {
			return fallback
		}
	}
	u, err := url.Parse(target)
	if err != nil || u.Host != "" || u.Scheme != "" {
		return fallback
	}
	return target
}

// Next is where a sign-in leads: the page that was asked for, if it is local.
func Next(r *http.Request, fallback string) string {
	return Local(r.FormValue("next"), fallback)
}

// WithNext is an address on the way there: it hands on where to go in the end.
func WithNext(r *http.Request, to string) string {
	if next := Next(r, ""); next != "" {
		return to + "?" + nextParam(next)
	}
	return to
}

func nextParam(address string) string { return url.Values{"next": {address}}.Encode() }

// localPath is the path and query of an address of this site, "/" for any other.
func localPath(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Path == "" {
		return "/"
	}
	return Local(u.RequestURI(), "/")
}

// GET /language/{lang}
func (s *Server) language(w http.ResponseWriter, r *http.Request) error {
	lang, ok := i18n.Parse(r.PathValue("lang"))
	if !ok {
		return errs.New(errs.NotFound, "NO_SUCH_LANGUAGE", "web.problem.not_found")
	}
	http.SetCookie(w, i18n.Cookie(lang, !s.opts.Debug))
	Redirect(w, r, Local(r.URL.Query().Get("back"), "/"))
	return nil
}
