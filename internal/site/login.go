package site

import (
	"net/http"

	"ekolek/internal/auth"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/ui"
)

type signInView struct {
	web.Page
	Form *form.Form
	Next string
}

// GET /login/
func (s *Site) signInPage(w http.ResponseWriter, r *http.Request) error {
	if web.PrincipalOf(r.Context()).SignedIn() {
		web.Redirect(w, r, web.Next(r, "/home/"))
		return nil
	}
	return s.showSignIn(w, r, form.Empty())
}

// POST /login/, fields username and password as in the reference.
func (s *Site) signIn(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	username, password := f.Required("username", 150), f.RequiredSecret("password")
	var token string
	var p auth.Principal
	if f.OK() {
		token, p, err = s.auth.SignInResident(r.Context(), web.ActorOf(r), username, password)
		if err := f.Keep(err); err != nil {
			return err
		}
	}
	if !f.OK() {
		return s.showSignIn(w, r, f)
	}
	web.KeepSession(w, r, token, p.ExpiresAt)
	web.Redirect(w, r, web.Next(r, "/home/"))
	return nil
}

func (s *Site) showSignIn(w http.ResponseWriter, r *http.Request, f *form.Form) error {
	v := signInView{Page: web.NewPage(r, "site.login.title"), Form: f, Next: web.Next(r, "")}
	return web.RenderForm(w, r, f, signInTempl(v))
}

// POST /logout/, and GET for the reference's addresses. A staff sign-in in the same
// browser stays.
func (s *Site) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := s.auth.SignOut(r.Context(), web.ActorOf(r), auth.ResidentSurface, web.SessionToken(r)); err != nil {
		return err
	}
	web.DropSession(w, r)
	web.Flash(w, r, ui.Done, "site.logout.done")
	web.Redirect(w, r, "/login/")
	return nil
}
