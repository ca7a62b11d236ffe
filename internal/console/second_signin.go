package console

import (
	"errors"
	"net/http"
	"net/url"

	"ekolek/internal/auth"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/ui"
)

type codeView struct {
	web.Page
	Form     *form.Form
	Recovery bool // asks for a recovery code
	Next     string
}

// otherWay is the same page asking for the other sort of code.
func (v codeView) otherWay() string {
	q := url.Values{}
	if !v.Recovery {
		q.Set("with", "recovery")
	}
	if v.Next != "" {
		q.Set("next", v.Next)
	}
	if len(q) == 0 {
		return "/console/login/code/"
	}
	return "/console/login/code/?" + q.Encode()
}

// GET /console/login/code/, and ?with=recovery for those without their phone.
func (c *Console) codePage(w http.ResponseWriter, r *http.Request) error {
	err := c.auth.StaffSignInWaits(r.Context(), web.FlowSecret(r, auth.FlowStaffCode))
	if errors.Is(err, auth.ErrFlowOver) {
		return c.signInAnew(w, r)
	}
	if err != nil {
		return err
	}
	return showCode(w, r, form.Empty())
}

// POST /console/login/code/
func (c *Console) signInCode(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	code := f.RequiredSecret("code")
	var in auth.StaffSignIn
	if f.OK() {
		in, err = c.auth.FinishStaffSignIn(r.Context(), web.ActorOf(r), web.FlowSecret(r, auth.FlowStaffCode), code)
		if errors.Is(err, auth.ErrFlowOver) {
			return c.signInAnew(w, r)
		}
		if err := f.Keep(err); err != nil {
			return err
		}
	}
	if !f.OK() {
		return showCode(w, r, f)
	}
	web.DropFlow(w, r, auth.FlowStaffCode)
	return c.enter(w, r, in)
}

// signInAnew leads to the password when the sign-in that waited for a code is over.
func (c *Console) signInAnew(w http.ResponseWriter, r *http.Request) error {
	web.DropFlow(w, r, auth.FlowStaffCode)
	web.Flash(w, r, ui.Warning, "error.auth.flow_over")
	web.Redirect(w, r, web.WithNext(r, "/console/login/"))
	return nil
}

func showCode(w http.ResponseWriter, r *http.Request, f *form.Form) error {
	v := codeView{Page: web.NewPage(r, "second.login.title"), Form: f, Recovery: r.FormValue("with") == "recovery", Next: web.Next(r, "")}
	return web.RenderForm(w, r, f, codeTempl(v))
}
