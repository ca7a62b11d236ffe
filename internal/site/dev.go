package site

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/web"
)

// keptShown is how many messages /dev/outbox shows.
const keptShown = 100

// devRoutes exist in development only: messages are not sent there, and whoever tries the
// program out needs the codes in them.
func (s *Site) devRoutes() []web.Route {
	if s.outbox == nil {
		return nil
	}
	return []web.Route{
		{Pattern: "GET /dev/outbox/", Need: auth.Anyone, Handle: s.devOutbox},
		{Pattern: "GET /dev/outbox/{mark}/", Need: auth.Anyone, Handle: s.devMail},
	}
}

type devOutboxView struct {
	web.Page
	Rows []notify.Kept
	Now  time.Time
}

// GET /dev/outbox/ — the newest on top.
func (s *Site) devOutbox(w http.ResponseWriter, r *http.Request) error {
	kept, err := s.outbox(keptShown)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return web.Render(w, r, http.StatusOK, devOutboxTempl(devOutboxView{Page: web.NewPage(r, "dev.title"), Rows: kept, Now: s.now()}))
}

var errMailGone = errs.New(errs.NotFound, "MAIL_GONE", "dev.mail_gone")

// GET /dev/outbox/{mark}/ — a mail's HTML as it is, in a page that may do nothing: no
// script, no form, no request.
func (s *Site) devMail(w http.ResponseWriter, r *http.Request) error {
	kept, err := s.outbox(keptShown)
	if err != nil {
		return err
	}
	for _, k := range kept {
		if k.HTML != "" && markOf(k) == r.PathValue("mark") {
			h := w.Header()
			h.Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
			h.Set("Content-Type", "text/html; charset=utf-8")
			h.Set("Cache-Control", "no-store")
			_, _ = w.Write([]byte(k.HTML)) // the reader has gone: nobody is left to tell
			return nil
		}
	}
	return errMailGone
}

// markOf names a message in an address; they have no number of their own.
func markOf(k notify.Kept) string {
	sum := sha256.Sum256([]byte(k.At.String() + "\x00" + k.To + "\x00" + k.Text))
	return hex.EncodeToString(sum[:8])
}
