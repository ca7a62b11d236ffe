package console

import (
	"net/http"

	"ekolek/internal/auth"
	"ekolek/internal/errs"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/ui"
)

type signInView struct {
	web.Page
	Form *form.Form
	Next string
}

// GET /console/login/
func (c *Console) signInPage(w http.ResponseWriter, r *http.Request) error {
	if p := web.PrincipalOf(r.Context()); p.SignedIn() {
		web.Redirect(w, r, web.Next(r, "/console/"))
		return nil
	}
	return c.showSignIn(w, r, form.Empty())
}

// POST /console/login/
func (c *Console) signIn(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	username, password := f.Required("username", 150), f.RequiredSecret("password")
	var in auth.StaffSignIn
	if f.OK() {
		in, err = c.auth.SignInStaff(r.Context(), web.ActorOf(r), username, password)
		if err := f.Keep(err); err != nil {
			return err
		}
	}
	switch {
	case !f.OK():
		return c.showSignIn(w, r, f)
	case in.Flow != "":
		web.KeepFlow(w, r, auth.FlowStaffCode, in.Flow, in.Until)
		web.Redirect(w, r, web.WithNext(r, "/console/login/code/"))
		return nil
	}
	return c.enter(w, r, in)
}

// enter gives the browser its new session and ends the one that it came with.
func (c *Console) enter(w http.ResponseWriter, r *http.Request, in auth.StaffSignIn) error {
	if old := web.SessionToken(r); old != "" {
		if err := c.auth.SignOut(r.Context(), web.ActorOf(r), auth.StaffSurface, old); err != nil {
			return err
		}
	}
	web.KeepSession(w, r, in.Token, in.Principal.ExpiresAt)
	web.Redirect(w, r, web.Next(r, "/console/"))
	return nil
}

func (c *Console) showSignIn(w http.ResponseWriter, r *http.Request, f *form.Form) error {
	v := signInView{Page: web.NewPage(r, "console.login.title"), Form: f, Next: web.Next(r, "")}
	return web.RenderForm(w, r, f, signInTempl(v))
}

// POST /console/logout/ and GET /cenro/admin/logout/, the reference's address. A
// resident's sign-in in the same browser stays.
func (c *Console) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := c.auth.SignOut(r.Context(), web.ActorOf(r), auth.StaffSurface, web.SessionToken(r)); err != nil {
		return err
	}
	web.DropSession(w, r)
	web.Flash(w, r, ui.Done, "console.logout.done")
	web.Redirect(w, r, "/console/login/")
	return nil
}

type passwordView struct {
	web.Page
	Form *form.Form
	Due  bool // somebody else knows the present one
}

// GET /console/password/
func (c *Console) passwordPage(w http.ResponseWriter, r *http.Request) error {
	return c.showPassword(w, r, form.Empty())
}

// POST /console/password/
func (c *Console) changePassword(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	current, fresh, again := f.RequiredSecret("current_password"), f.RequiredSecret("new_password"), f.Secret("again")
	if fresh != again {
		f.Refuse("again", "console.password.mismatch")
	}
	if f.OK() {
		p := web.PrincipalOf(r.Context())
		token, err := c.auth.ChangePassword(r.Context(), web.ActorOf(r), p, current, fresh)
		if err := f.Take(err); err != nil {
			return err
		}
		if f.OK() {
			web.KeepSession(w, r, token, p.ExpiresAt)
		}
	}
	if !f.OK() {
		return c.showPassword(w, r, f)
	}
	web.Flash(w, r, ui.Done, "console.password.done")
	web.Redirect(w, r, "/console/")
	return nil
}

func (c *Console) showPassword(w http.ResponseWriter, r *http.Request, f *form.Form) error {
	v := passwordView{Page: web.NewPage(r, "console.password.title"), Form: f, Due: web.PrincipalOf(r.Context()).MustChangePassword}
	return web.RenderForm(w, r, f, passwordTempl(v))
}

type setupView struct {
	web.Page
	Form *form.Form
}

// GET /admin/setup/ — there while no staff exists; the token is asked for in the form.
func (c *Console) setupPage(w http.ResponseWriter, r *http.Request) error {
	if err := c.setupIsOpen(r); err != nil {
		return err
	}
	return c.showSetup(w, r, form.Empty("token", r.URL.Query().Get("token")))
}

// POST /admin/setup/
func (c *Console) setup(w http.ResponseWriter, r *http.Request) error {
	if err := c.setupIsOpen(r); err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	token, password, again := f.Required("token", 100), f.Secret("password"), f.Secret("again")
	if password != again {
		f.Refuse("again", "console.password.mismatch")
	}
	in := auth.NewStaff{Username: f.Required("username", 150), FullName: f.Required("full_name", 100), Email: f.Text("email", 254), Password: password}
	if f.OK() {
		_, err := c.auth.Setup(r.Context(), web.ActorOf(r), token, in)
		if err := f.Keep(err); err != nil {
			return err
		}
	}
	if !f.OK() {
		return c.showSetup(w, r, f)
	}
	web.Flash(w, r, ui.Done, "console.setup.done")
	web.Redirect(w, r, "/console/login/")
	return nil
}

// setupIsOpen hides the page once anybody can sign in.
func (c *Console) setupIsOpen(r *http.Request) error {
	n, err := c.auth.StaffCount(r.Context())
	if err == nil && n > 0 {
		err = errs.New(errs.NotFound, "SETUP_CLOSED", "web.problem.not_found")
	}
	return err
}

func (c *Console) showSetup(w http.ResponseWriter, r *http.Request, f *form.Form) error {
	return web.RenderForm(w, r, f, setupTempl(setupView{Page: web.NewPage(r, "console.setup.title"), Form: f}))
}
