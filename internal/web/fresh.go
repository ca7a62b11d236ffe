package web

import (
	"net/http"

	"ekolek/internal/db"
)

// freshCookie says that its browser has done something a moment ago: until it ends, its
// pages are read where that is sure to be. It ends by itself, and holds nothing.
const freshCookie = "ekolek_fresh"

// fresh has somebody's own acts shown to them, although pages may be read on a replica
// that is a little behind. The cookie goes out with the answer to the act, whatever that
// is: it may have been done even if the answer says that nobody knows.
func (s *Server) fresh(w http.ResponseWriter, r *http.Request) *http.Request {
	if s.opts.FreshFor == 0 {
		return r
	}
	if acts := r.Method != http.MethodGet && r.Method != http.MethodHead; acts {
		http.SetCookie(w, s.cookie(freshCookie, "1", max(1, int((s.opts.FreshFor.Seconds()+0.999)))))
	} else if _, err := r.Cookie(s.cookieName(freshCookie)); err != nil {
		return r
	}
	return r.WithContext(db.Fresh(r.Context()))
}
