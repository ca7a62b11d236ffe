package site

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	"ekolek/internal/auth"
	"ekolek/internal/people"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/ui"
)

type signInView struct {
	web.Page
	Form *form.Form
	Card *form.Form // of the field that takes a card instead
	Next string
}

// GET /login/, with ?card= of a card whose holder wants to sign in
func (s *Site) signInPage(w http.ResponseWriter, r *http.Request) error {
	if web.PrincipalOf(r.Context()).SignedIn() {
		web.Redirect(w, r, web.Next(r, "/home/"))
		return nil
	}
	if card := r.URL.Query().Get("card"); card != "" {
		return s.fillIn(w, r, form.Query(r))
	}
	return s.showSignIn(w, r, form.Empty(), form.Empty())
}

// POST /login/, fields username and password as in the reference.
func (s *Site) signIn(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	in := kept(r)
	in.Username, in.Password = f.Required("username", 150), f.RequiredSecret("password")
	var out auth.SignedIn
	if f.OK() {
		out, err = s.auth.SignInResident(r.Context(), web.ActorOf(r), in)
		if err := f.Keep(err); err != nil {
			return err
		}
	}
	switch {
	case !f.OK():
		return s.showSignIn(w, r, f, form.Empty())
	case out.Token == "":
		web.KeepFlow(w, r, auth.FlowSignIn, out.Flow, out.Until)
		web.Redirect(w, r, web.WithNext(r, "/login/code/"))
		return nil
	}
	web.KeepSession(w, r, out.Token, out.Principal.ExpiresAt)
	web.Redirect(w, r, web.Next(r, "/home/"))
	return nil
}

// kept is what the browser has of earlier sign-ins.
func kept(r *http.Request) auth.SignIn {
	return auth.SignIn{Device: web.DeviceSecret(r), Flow: web.FlowSecret(r, auth.FlowSignIn), Session: web.SessionToken(r)}
}

// scanAddress is the page that reads the card with the camera.
func (v signInView) scanAddress() string {
	if v.Next == "" {
		return "/login/card/"
	}
	return "/login/card/?" + url.Values{"next": {v.Next}}.Encode()
}

// cardTexts are what the camera's page says.
func cardTexts(ctx context.Context) templ.Attributes {
	a := ui.CameraTexts(ctx)
	a["data-card"] = true
	return a
}

// GET /login/card/: the camera reads a card into the form of POST /login/card/.
func (s *Site) scanCard(w http.ResponseWriter, r *http.Request) error {
	v := signInView{Page: web.NewPage(r, "site.login.scan_title"), Form: form.Empty(), Card: form.Empty(), Next: web.Next(r, "")}
	return web.Render(w, r, http.StatusOK, scanCardTempl(v))
}

// POST /login/card/: a card or a family code fills in the username, and does no more.
func (s *Site) signInByCard(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	return s.fillIn(w, r, f)
}

// fillIn answers with the sign-in page itself: nothing has happened that a reload could
// repeat.
func (s *Site) fillIn(w http.ResponseWriter, r *http.Request, f *form.Form) error {
	username := ""
	if card := f.Required("card", 200); f.OK() {
		var err error
		username, err = s.auth.UsernameOf(r.Context(), web.ActorOf(r), card)
		if errors.Is(err, people.ErrUnknownCode) {
			f.Refuse("card", "site.login.card_unknown")
		} else if err := f.Keep(err); err != nil {
			return err
		}
	}
	if !f.OK() {
		return s.showSignIn(w, r, form.Empty(), f)
	}
	return s.showSignIn(w, r, form.Empty("username", username), form.Empty())
}

func (s *Site) showSignIn(w http.ResponseWriter, r *http.Request, f, card *form.Form) error {
	v := signInView{Page: web.NewPage(r, "site.login.title"), Form: f, Card: card, Next: web.Next(r, "")}
	if f.OK() {
		return web.RenderForm(w, r, card, signInTempl(v))
	}
	return web.RenderForm(w, r, f, signInTempl(v))
}

// POST /logout/, and GET for the reference's addresses. A staff sign-in in the same
// browser stays.
func (s *Site) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := s.auth.SignOut(r.Context(), web.ActorOf(r), auth.ResidentSurface, web.SessionToken(r)); err != nil {
		return err
	}
	web.DropSession(w, r)
	if web.WantsJSON(r) { // a script, which goes where it wants
		return web.JSON(w, http.StatusOK, map[string]any{"success": true, "message": "Logged out successfully", "redirect_url": "/login/"})
	}
	web.Flash(w, r, ui.Done, "site.logout.done")
	web.Redirect(w, r, "/login/")
	return nil
}
