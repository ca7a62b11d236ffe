package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// crossOrigin refuses unsafe requests that another site's page makes. Requests with a
// bearer token bring no cookie's authority (identify sees to it) and pass.
//
// A browser says where a request comes from, by Sec-Fetch-Site or by Origin, and
// http.CrossOriginProtection believes whoever says nothing: a program. In production a
// request that says nothing but brings a cookie of ours must show where it comes from in
// the Referer, as old browsers do; a program that holds a cookie writes an Origin.
//
// acts says that this request changes something, whatever its method.
func (s *Server) crossOrigin(r *http.Request, acts bool) error {
	if hasBearer(r) {
		return nil
	}
	if acts { // the check below exempts a GET
		posted := *r
		posted.Method = http.MethodPost
		r = &posted
	}
	if err := s.cross.Check(r); err != nil {
		return errCrossOrigin.Because(err)
	}
	silent := r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == ""
	if s.opts.Debug || !silent || r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions {
		return nil
	}
	if referer := r.Header.Get("Referer"); referer != "" {
		return s.fromHere(r, referer)
	}
	if acts {
		return nil // an address that somebody typed into an old browser; it signs out, no more
	}
	if slices.ContainsFunc(r.Cookies(), func(c *http.Cookie) bool { return isOurs(c.Name) }) {
		return errCrossOrigin.Because(errors.New("a cookie, and neither Sec-Fetch-Site nor Origin nor Referer"))
	}
	return nil
}

// fromHere wants a Referer of this site, or of one that may post here.
func (s *Server) fromHere(r *http.Request, referer string) error {
	u, err := url.Parse(referer)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return errCrossOrigin.Because(errors.New("a Referer that is no page over HTTPS"))
	}
	if !strings.EqualFold(u.Host, r.Host) && !slices.Contains(s.opts.Origins, "https://"+strings.ToLower(u.Host)) {
		return errCrossOrigin.Because(errors.New("a Referer of another site"))
	}
	return nil
}

func hasBearer(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ")
}
