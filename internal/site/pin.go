package site

import (
	"net/http"

	"ekolek/internal/people"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/ui"
)

type pinView struct {
	web.Page
	Form *form.Form
	PIN  people.PIN
}

// GET /me/pin/
func (s *Site) pinPage(w http.ResponseWriter, r *http.Request) error {
	return s.showPIN(w, r, form.Empty())
}

// POST /me/pin/
func (s *Site) setPIN(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	ctx, p := r.Context(), web.PrincipalOf(r.Context())
	password, pin, again := f.RequiredSecret("current_password"), f.RequiredSecret("pin"), f.RequiredSecret("again")
	if f.OK() {
		err := s.auth.Confirm(ctx, web.ActorOf(r), p, password)
		if err == nil {
			err = s.people.SetPIN(ctx, web.ActorOf(r), p.ID, pin, again)
		}
		if err := f.Take(err); err != nil {
			return err
		}
	}
	if !f.OK() {
		return s.showPIN(w, r, f)
	}
	web.Flash(w, r, ui.Done, "pin.done")
	web.Redirect(w, r, securityPath)
	return nil
}

// POST /me/pin/remove/
func (s *Site) removePIN(w http.ResponseWriter, r *http.Request) error {
	if err := s.people.RemovePIN(r.Context(), web.ActorOf(r), people.City, web.PrincipalOf(r.Context()).ID); err != nil {
		return err
	}
	web.Flash(w, r, ui.Done, "pin.removed")
	web.Redirect(w, r, securityPath)
	return nil
}

func (s *Site) showPIN(w http.ResponseWriter, r *http.Request, f *form.Form) error {
	pin, err := s.people.PINOf(r.Context(), web.PrincipalOf(r.Context()).ID)
	if err != nil {
		return err
	}
	return web.RenderForm(w, r, f, pinTempl(pinView{Page: web.NewPage(r, "pin.title"), Form: f, PIN: pin}))
}
