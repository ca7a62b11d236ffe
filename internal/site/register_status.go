package site

import (
	"errors"
	"net/http"

	"ekolek/internal/auth"
	"ekolek/internal/people"
	"ekolek/internal/web"
)

type statusView struct {
	web.Page
	Known  bool // one was finished on this device
	Who    people.Resident
	Reason string // of a rejection
}

// GET /register/status/ — how a registration stands that was finished on this device.
func (s *Site) registerStatus(w http.ResponseWriter, r *http.Request) error {
	secret := web.FlowSecret(r, auth.FlowRegistration)
	who, err := s.auth.Registered(r.Context(), secret)
	if errors.Is(err, auth.ErrFlowOver) {
		if d, err := s.auth.Registration(r.Context(), secret); err == nil {
			web.Redirect(w, r, next(d))
			return nil
		} else if !errors.Is(err, auth.ErrFlowOver) {
			return err
		}
		return web.Render(w, r, http.StatusOK, statusTempl(statusView{Page: web.NewPage(r, "site.register.status")}))
	}
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, statusTempl(statusView{Page: web.NewPage(r, "site.register.status"), Known: true, Who: who, Reason: who.StatusReason}))
}

type termsView struct {
	web.Page
	Terms people.Terms
}

// GET /terms/ — what people agree to, and what happens to their data.
func (s *Site) terms(w http.ResponseWriter, r *http.Request) error {
	v := termsView{Page: web.NewPage(r, "site.terms.title")}
	terms, err := s.people.TermsFor(r.Context(), string(v.Lang))
	if err != nil {
		return err
	}
	v.Terms = terms
	return web.Render(w, r, http.StatusOK, termsTempl(v))
}
