package site

import (
	"net/http"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/people"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/ui"
)

// meRoutes are what a resident sees and does about themselves and their sign-ins.
func (s *Site) meRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /me/", Need: auth.Resident, Handle: s.me},
		{Pattern: "GET /me/security/", Need: auth.Resident, Handle: s.security},
		{Pattern: "GET /me/logins/", Need: auth.Resident, Handle: s.logins},
		{Pattern: "POST /me/sessions/end/", Need: auth.Resident, Handle: s.endOtherSessions},
		{Pattern: "POST /me/sessions/{id}/end/", Need: auth.Resident, Handle: s.endSession},
		{Pattern: "POST /me/apps/{id}/end/", Need: auth.Resident, Handle: s.endApp},
		{Pattern: "POST /me/browsers/{id}/forget/", Need: auth.Resident, Handle: s.forgetBrowser},
		{Pattern: "POST /me/phones/{id}/end/", Need: auth.Resident, Handle: s.endPhone},
		{Pattern: "GET /me/password/", Need: auth.Resident, Handle: s.passwordPage},
		{Pattern: "POST /me/password/", Need: auth.Resident, Handle: s.changePassword, Door: auth.PasswordDoor},

		{Pattern: "GET /me/pin/", Need: auth.Resident, Handle: s.pinPage},
		{Pattern: "POST /me/pin/", Need: auth.Resident, Handle: s.setPIN, Door: auth.PasswordDoor},
		{Pattern: "POST /me/pin/remove/", Need: auth.Resident, Handle: s.removePIN},

		{Pattern: "GET /me/phone/", Need: auth.Resident, Handle: s.contactPage(newNumber)},
		{Pattern: "POST /me/phone/", Need: auth.Resident, Handle: s.contact(newNumber), Door: auth.PasswordDoor},
		{Pattern: "GET /me/phone/code/", Need: auth.Resident, Handle: s.contactCodePage(newNumber)},
		{Pattern: "POST /me/phone/code/", Need: auth.Resident, Handle: s.contactCode(newNumber), Door: auth.CodeDoor},
		{Pattern: "POST /me/phone/again/", Need: auth.Resident, Handle: s.contactCodeAgain(newNumber), Door: auth.CodeDoor},
		{Pattern: "GET /me/email/", Need: auth.Resident, Handle: s.contactPage(newAddress)},
		{Pattern: "POST /me/email/", Need: auth.Resident, Handle: s.contact(newAddress), Door: auth.PasswordDoor},
		{Pattern: "GET /me/email/code/", Need: auth.Resident, Handle: s.contactCodePage(newAddress)},
		{Pattern: "POST /me/email/code/", Need: auth.Resident, Handle: s.contactCode(newAddress), Door: auth.CodeDoor},
		{Pattern: "POST /me/email/again/", Need: auth.Resident, Handle: s.contactCodeAgain(newAddress), Door: auth.CodeDoor},
	}
}

const securityPath = "/me/security/"

type meView struct {
	web.Page
	Me people.Resident
}

// GET /me/
func (s *Site) me(w http.ResponseWriter, r *http.Request) error {
	v := meView{Page: web.NewPage(r, "site.me.title"), Me: web.PrincipalOf(r.Context()).Resident}
	return web.Render(w, r, http.StatusOK, meTempl(v))
}

// loginsShown is how many of the last attempts to sign in the security page shows.
const loginsShown = 5

type securityView struct {
	web.Page
	Me       people.Resident
	Sessions []auth.Session
	Apps     []auth.App
	Browsers []auth.Browser
	Phones   []auth.Device
	PIN      people.PIN
	Logins   []auth.Login
}

// GET /me/security/
func (s *Site) security(w http.ResponseWriter, r *http.Request) (err error) {
	ctx, p := r.Context(), web.PrincipalOf(r.Context())
	v := securityView{Page: web.NewPage(r, "site.security.title"), Me: p.Resident}
	if v.Sessions, err = s.auth.Sessions(ctx, auth.ResidentSurface, p.ID, p.SessionID); err != nil {
		return err
	}
	if v.Apps, err = s.auth.Apps(ctx, auth.ResidentSurface, p.ID); err != nil {
		return err
	}
	if v.Browsers, err = s.auth.Browsers(ctx, p.ID, web.DeviceSecret(r)); err != nil {
		return err
	}
	if v.Phones, err = s.auth.Devices(ctx, p.ID); err != nil {
		return err
	}
	if v.PIN, err = s.people.PINOf(ctx, p.ID); err != nil {
		return err
	}
	logins, err := s.auth.Logins(ctx, p.ID, "", loginsShown)
	if err != nil {
		return err
	}
	v.Logins = logins.Rows
	return web.Render(w, r, http.StatusOK, securityTempl(v))
}

type loginsView struct {
	web.Page
	Rows []auth.Login
	Next string
}

// GET /me/logins/
func (s *Site) logins(w http.ResponseWriter, r *http.Request) error {
	page, err := s.auth.Logins(r.Context(), web.PrincipalOf(r.Context()).ID, r.URL.Query().Get("after"), 0)
	if err != nil {
		return err
	}
	v := loginsView{Page: web.NewPage(r, "site.logins.title"), Rows: page.Rows, Next: page.Next}
	return web.Render(w, r, http.StatusOK, loginsTempl(v))
}

// POST /me/sessions/end/
func (s *Site) endOtherSessions(w http.ResponseWriter, r *http.Request) error {
	p := web.PrincipalOf(r.Context())
	n, err := s.auth.EndSessions(r.Context(), web.ActorOf(r), auth.ResidentSurface, p.ID, p.SessionID)
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Done, "account.sessions.ended", "Count", n)
	web.Redirect(w, r, securityPath)
	return nil
}

// POST /me/sessions/{id}/end/
func (s *Site) endSession(w http.ResponseWriter, r *http.Request) error {
	p := web.PrincipalOf(r.Context())
	return s.ended(w, r, "site.security.session_ended", func(id uuid.UUID) error {
		return s.auth.EndSession(r.Context(), web.ActorOf(r), auth.ResidentSurface, p.ID, id)
	})
}

// POST /me/apps/{id}/end/
func (s *Site) endApp(w http.ResponseWriter, r *http.Request) error {
	p := web.PrincipalOf(r.Context())
	return s.ended(w, r, "site.security.session_ended", func(id uuid.UUID) error {
		return s.auth.EndApp(r.Context(), web.ActorOf(r), auth.ResidentSurface, p.ID, id)
	})
}

// POST /me/browsers/{id}/forget/
func (s *Site) forgetBrowser(w http.ResponseWriter, r *http.Request) error {
	p := web.PrincipalOf(r.Context())
	return s.ended(w, r, "site.security.browser_forgotten", func(id uuid.UUID) error {
		return s.auth.ForgetBrowser(r.Context(), web.ActorOf(r), p.ID, id)
	})
}

// POST /me/phones/{id}/end/
func (s *Site) endPhone(w http.ResponseWriter, r *http.Request) error {
	p := web.PrincipalOf(r.Context())
	return s.ended(w, r, "site.security.phone_ended", func(id uuid.UUID) error {
		return s.auth.RevokeDevice(r.Context(), web.ActorOf(r), p.ID, id)
	})
}

// ended ends what the address names, and goes back with a word about it.
func (s *Site) ended(w http.ResponseWriter, r *http.Request, done string, end func(id uuid.UUID) error) error {
	id, err := web.PathID(r, "id")
	if err != nil {
		return err
	}
	if err := end(id); err != nil {
		return err
	}
	web.Flash(w, r, ui.Done, done)
	web.Redirect(w, r, securityPath)
	return nil
}

type passwordView struct {
	web.Page
	Form     *form.Form
	Username string // for the browser's keeper of passwords
}

// GET /me/password/
func (s *Site) passwordPage(w http.ResponseWriter, r *http.Request) error {
	return s.showPassword(w, r, form.Empty())
}

// POST /me/password/
func (s *Site) changePassword(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	p := web.PrincipalOf(r.Context())
	current, fresh := f.RequiredSecret("current_password"), twice(f, "new_password")
	if f.OK() {
		token, err := s.auth.ChangePassword(r.Context(), web.ActorOf(r), p, current, fresh)
		if err := f.Take(err); err != nil {
			return err
		}
		if f.OK() {
			web.KeepSession(w, r, token, p.ExpiresAt)
			web.Flash(w, r, ui.Done, "site.password.done")
			web.Redirect(w, r, securityPath)
			return nil
		}
	}
	return s.showPassword(w, r, f)
}

func (s *Site) showPassword(w http.ResponseWriter, r *http.Request, f *form.Form) error {
	v := passwordView{Page: web.NewPage(r, "site.password.title"), Form: f, Username: web.PrincipalOf(r.Context()).Username}
	return web.RenderForm(w, r, f, passwordTempl(v))
}
