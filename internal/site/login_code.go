package site

import (
	"context"
	"errors"
	"net/http"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

// codeView is a page that asks for a code.
type codeView struct {
	web.Page
	Form     *form.Form
	Wait     auth.CodeWait
	Lead     string // where the code went
	Note     string // what to do when nothing comes; empty: it may take a minute
	Here     string // address of the form
	Again    string // address that sends another code
	Back     string // where to start anew
	Next     string
	Remember bool // offers to remember the browser
}

// GET /login/code/
func (s *Site) signInCodePage(w http.ResponseWriter, r *http.Request) error {
	return s.showSignInCode(w, r, form.Empty())
}

// POST /login/code/
func (s *Site) signInCode(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	var out auth.SignedIn
	if code := f.Required("code", 20); f.OK() {
		out, err = s.auth.FinishSignIn(r.Context(), web.ActorOf(r), kept(r), code, f.Bool("remember"))
		if err := keepCode(f, err); err != nil {
			return s.startAnew(w, r, auth.FlowSignIn, err, "/login/")
		}
	}
	if !f.OK() {
		return s.showSignInCode(w, r, f)
	}
	web.DropFlow(w, r, auth.FlowSignIn)
	if out.Device != "" {
		web.KeepDevice(w, r, out.Device, out.DeviceUntil)
	}
	web.KeepSession(w, r, out.Token, out.Principal.ExpiresAt)
	web.Redirect(w, r, web.Next(r, "/home/"))
	return nil
}

// POST /login/code/again/
func (s *Site) signInCodeAgain(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	err = s.auth.SendSignInCode(r.Context(), web.ActorOf(r), web.FlowSecret(r, auth.FlowSignIn), channelOf(f))
	if err := f.Keep(err); err != nil || errors.Is(err, auth.ErrFlowOver) {
		return s.startAnew(w, r, auth.FlowSignIn, err, "/login/")
	}
	if !f.OK() {
		return s.showSignInCode(w, r, f)
	}
	web.Flash(w, r, ui.Done, "site.code.sent")
	web.Redirect(w, r, web.WithNext(r, "/login/code/"))
	return nil
}

// channelOf is the way that somebody chose; "" keeps the way.
func channelOf(f *form.Form) notify.Channel {
	switch c := notify.Channel(f.Text("channel", 10)); c {
	case notify.SMS, notify.Mail:
		return c
	default:
		return ""
	}
}

// keepCode puts what is wrong with a code beside its field, and other refusals over the
// form. A flow that is over is no refusal of the form: there is none any more.
func keepCode(f *form.Form, err error) error {
	switch {
	case errors.Is(err, auth.ErrFlowOver):
		return err
	case errors.Is(err, auth.ErrCodeWrong):
		f.Refuse("code", "error.auth.code_wrong")
		return nil
	default:
		return f.Keep(err)
	}
}

// startAnew leads to a flow's beginning when the flow is over, and hands every other
// error up.
func (s *Site) startAnew(w http.ResponseWriter, r *http.Request, kind auth.Flow, err error, start string) error {
	if !errors.Is(err, auth.ErrFlowOver) {
		return err
	}
	web.DropFlow(w, r, kind)
	web.Flash(w, r, ui.Warning, "error.auth.flow_over")
	web.Redirect(w, r, web.WithNext(r, start))
	return nil
}

func (s *Site) showSignInCode(w http.ResponseWriter, r *http.Request, f *form.Form) error {
	wait, err := s.auth.SignInWait(r.Context(), web.FlowSecret(r, auth.FlowSignIn))
	switch {
	case errs.KindOf(err) == errs.Forbidden: // suspended meanwhile
		return s.showSignIn(w, r, refused(err), form.Empty())
	case err != nil:
		return s.startAnew(w, r, auth.FlowSignIn, err, "/login/")
	}
	v := codeView{Page: web.NewPage(r, "site.code.title"), Form: f, Wait: wait, Lead: sentTo(r.Context(), wait),
		Here: "/login/code/", Again: "/login/code/again/", Back: "/login/", Next: web.Next(r, ""), Remember: true}
	return web.RenderForm(w, r, f, codeTempl(v))
}

// refused is an empty form that says why.
func refused(err error) *form.Form {
	f := form.Empty()
	_ = f.Keep(err) // the caller has looked: it is made for people
	return f
}

// sentTo says where a code went.
func sentTo(ctx context.Context, wait auth.CodeWait) string {
	if wait.Channel == notify.Mail {
		return i18n.T(ctx, "site.code.mailed", "To", wait.To)
	}
	return i18n.T(ctx, "site.code.texted", "To", wait.To)
}

// seconds are whole seconds to wait, rounded up.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
