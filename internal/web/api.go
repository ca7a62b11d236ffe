package web

import (
	"net/http"
	"slices"
	"strings"

	"ekolek/internal/auth"
)

// Identify tells an API's handler for auth.Anyone who asks after all: it may be nobody.
// From then on PrincipalOf and ActorOf know it.
func Identify(r *http.Request) error {
	q := state(r.Context())
	return q.server.identify(r, q)
}

// Bearer is the request's token. ok is false for a header of another shape: more or less
// than one value after the scheme. No header, or another scheme, is "" and true.
func Bearer(r *http.Request) (token string, ok bool) {
	parts := strings.Fields(r.Header.Get("Authorization"))
	switch {
	case len(parts) == 0 || parts[0] != "Bearer":
		return "", true
	case len(parts) == 2:
		return parts[1], true
	default:
		return "", false
	}
}

// methods are those that an API's address answers, as a framework for APIs lists them:
// OPTIONS among them, HEAD not.
func (s *Server) methods(r *http.Request) []string {
	found := []string{http.MethodOptions}
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if _, ok := s.mountedFor(r, m); ok {
			found = append(found, m)
		}
	}
	slices.Sort(found)
	return found
}

// mountedFor is the route that would answer the same address with another method.
func (s *Server) mountedFor(r *http.Request, method string) (Mounted, bool) {
	other := *r
	other.Method = method
	_, pattern := s.mux.Handler(&other)
	m, ok := s.mounted[pattern]
	return m, ok
}

// wrongMethod answers a method that an address does not have. An API tells its methods
// only to whoever may use the address, unless it says MethodFirst.
func (s *Server) wrongMethod(w http.ResponseWriter, r *http.Request, q *request) {
	methods := s.methods(r)
	for _, m := range methods {
		if mounted, ok := s.mountedFor(r, m); ok && mounted.Surface.API != nil {
			q.surface = mounted.Surface
			if q.surface.API.MethodFirst {
				mounted.Need = auth.Anyone
			}
			mounted.Handle = func(w http.ResponseWriter, r *http.Request) error {
				w.Header().Set("Allow", strings.Join(methods, ", "))
				if r.Method == http.MethodOptions {
					q.surface.API.Options(w, r)
					return nil
				}
				return statusError(http.StatusMethodNotAllowed)
			}
			if err := s.answer(w, r, q, mounted.Route); err != nil {
				s.fail(w, r, err)
			}
			return
		}
	}
	s.fail(w, r, statusError(http.StatusMethodNotAllowed))
}

// fromProgram says whether a program asks where pages are: it brings a token, or JSON.
func fromProgram(r *http.Request) bool {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return r.Header.Get("Authorization") != "" || strings.TrimSpace(kind) == "application/json"
}

// at is the same request for another address.
func at(r *http.Request, path string) *http.Request {
	moved := r.Clone(r.Context())
	moved.URL.Path, moved.URL.RawPath = path, ""
	return moved
}
