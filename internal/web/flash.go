package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

// flashCookie carries messages over one redirect: keys of sentences and their values,
// signed so that no other page can put words into ours.
const flashCookie = "ekolek_flash"

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
	http.SetCookie(w, s.cookie(flashCookie, value+"."+s.sign(value), 600))
}

// readFlashes is what the cookie holds; nothing when it was not signed by us.
func (s *Server) readFlashes(r *http.Request) []ui.Flash {
	c, err := r.Cookie(flashCookie)
	if err != nil {
		return nil
	}
	value, sum, _ := strings.Cut(c.Value, ".")
	if !hmac.Equal([]byte(sum), []byte(s.sign(value))) {
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

func (s *Server) sign(value string) string {
	mac := hmac.New(sha256.New, s.opts.SecretKey)
	mac.Write([]byte("flash\x00" + value))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (q *request) takeFlashes(r *http.Request) []ui.Flash {
	if q.server == nil {
		return nil
	}
	_, err := r.Cookie(flashCookie)
	q.flashed = err == nil
	return q.server.readFlashes(r)
}

// cookie is a cookie as this program sets them. seconds < 0 deletes it, 0 ends it with
// the browser.
func (s *Server) cookie(name, value string, seconds int) *http.Cookie {
	return &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: true, Secure: !s.opts.Debug, SameSite: http.SameSiteLaxMode}
}
