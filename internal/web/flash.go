package web

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"ekolek/internal/auth"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

// The flash cookies carry messages over one redirect: keys of sentences and their values,
// signed so that no other page can put words into ours. The staff's is another one: what
// the office is told is not for a resident who uses the same browser next.
const (
	flashCookie      = "ekolek_flash"
	staffFlashCookie = "ekolek_staff_flash"
)

// flashCookie is the one of the request's surface.
func (q *request) flashCookie() string {
	if q.surface.SignIns == auth.StaffSurface {
		return staffFlashCookie
	}
	return flashCookie
}

// flashLimit keeps the cookie below what browsers take.
const flashLimit = 3500

func (s *Server) setFlash(w http.ResponseWriter, r *http.Request, f ui.Flash) {
	for name, v := range f.Text.Args { // written now: types do not survive JSON
		f.Text.Args[name] = i18n.Plain(r.Context(), v)
	}
	data, err := json.Marshal(append(s.readFlashes(r), f))
	if err != nil || len(data) > flashLimit {
		s.log.ErrorContext(r.Context(), "flash not kept", "request_id", RequestID(r.Context()), "key", f.Text.Key, "error", err)
		return
	}
	value := base64.RawURLEncoding.EncodeToString(data)
	http.SetCookie(w, s.cookie(state(r.Context()).flashCookie(), value+"."+s.sign("flash", value), 600))
}

// readFlashes is what the cookie holds; nothing when it was not signed by us.
func (s *Server) readFlashes(r *http.Request) []ui.Flash {
	value, sum, _ := strings.Cut(s.held(r, state(r.Context()).flashCookie()), ".")
	if !hmac.Equal([]byte(sum), []byte(s.sign("flash", value))) {
		return nil
	}
	data, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return nil
	}
	var flashes []ui.Flash
	if err := json.Unmarshal(data, &flashes); err != nil {
		return nil
	}
	return flashes
}

func (q *request) takeFlashes(r *http.Request) []ui.Flash {
	if q.server == nil {
		return nil
	}
	q.flashed = q.server.held(r, q.flashCookie()) != ""
	return q.server.readFlashes(r)
}

// cookie is a cookie as this program sets them. seconds < 0 deletes it, 0 ends it with
// the browser.
func (s *Server) cookie(name, value string, seconds int) *http.Cookie {
	return &http.Cookie{Name: s.cookieName(name), Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: true, Secure: !s.opts.Debug, SameSite: http.SameSiteLaxMode}
}

// hostOnly has a browser take a cookie only over HTTPS, from this very host, for all of
// it: a sibling site cannot plant one.
const hostOnly = "__Host-"

// cookieName is how a cookie is called in a browser. Development, and a page's own test,
// have no HTTPS.
func (s *Server) cookieName(name string) string {
	if s == nil || s.opts.Debug {
		return name
	}
	return hostOnly + name
}

// held is what a browser holds under a name, "" for nothing.
func (s *Server) held(r *http.Request, name string) string {
	c, err := r.Cookie(s.cookieName(name))
	if err != nil {
		return ""
	}
	return c.Value
}
