package site

import (
	"context"
	"errors"
	"net/http"

	"ekolek/internal/auth"
	"ekolek/internal/notify"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

// resetRoutes are what somebody does who forgot their password. The addresses are those
// of the reference.
func (s *Site) resetRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /forgot-password/", Need: auth.Anyone, Handle: s.forgotPage},
		{Pattern: "POST /forgot-password/", Need: auth.Anyone, Handle: s.forgot, Door: auth.ResetDoor},
		{Pattern: "GET /forgot-password/verify/", Need: auth.Anyone, Handle: s.resetCodePage},
		{Pattern: "POST /forgot-password/verify/", Need: auth.Anyone, Handle: s.resetCode, Door: auth.ResetDoor},
		{Pattern: "POST /forgot-password/resend/", Need: auth.Anyone, Handle: s.resetCodeAgain, Door: auth.ResetDoor},
		{Pattern: "GET /reset-password/", Need: auth.Anyone, Handle: s.newPasswordPage},
		{Pattern: "POST /reset-password/", Need: auth.Anyone, Handle: s.newPassword, Door: auth.ResetDoor},

		{Pattern: "GET /accounts/forgot-password/", Need: auth.Anyone, Handle: web.Moved("/forgot-password/")},
		{Pattern: "GET /accounts/forgot-password/verify/", Need: auth.Anyone, Handle: web.Moved("/forgot-password/verify/")},
		{Pattern: "GET /accounts/reset-password/", Need: auth.Anyone, Handle: web.Moved("/reset-password/")},
	}
}

const forgotStart = "/forgot-password/"

type forgotView struct {
	web.Page
	Form *form.Form
}

// GET /forgot-password/
func (s *Site) forgotPage(w http.ResponseWriter, r *http.Request) error {
	return s.showForgot(w, r, form.Empty())
}

// POST /forgot-password/. The answer is the same, and takes the same time, whether anybody
// has that name.
func (s *Site) forgot(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	typed, way := f.Required("identifier", 255), f.Choice("otp_method", string(notify.SMS), string(notify.Mail))
	if f.OK() {
		secret, until, err := s.auth.StartReset(r.Context(), web.ActorOf(r), typed, notify.Channel(way))
		if err := f.Keep(err); err != nil {
			return err
		}
		if f.OK() {
			web.KeepFlow(w, r, auth.FlowReset, secret, until)
			web.Redirect(w, r, "/forgot-password/verify/")
			return nil
		}
	}
	return s.showForgot(w, r, f)
}

func (s *Site) showForgot(w http.ResponseWriter, r *http.Request, f *form.Form) error {
	v := forgotView{Page: web.NewPage(r, "site.forgot.title"), Form: f}
	return web.RenderForm(w, r, f, forgotTempl(v))
}

// GET /forgot-password/verify/
func (s *Site) resetCodePage(w http.ResponseWriter, r *http.Request) error {
	return s.showResetCode(w, r, form.Empty())
}

// POST /forgot-password/verify/
func (s *Site) resetCode(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	if code := f.Required("code", 20); f.OK() {
		err := s.auth.VerifyReset(r.Context(), web.ActorOf(r), web.FlowSecret(r, auth.FlowReset), code)
		if err := keepCode(f, err); err != nil {
			return s.startAnew(w, r, auth.FlowReset, err, forgotStart)
		}
	}
	if !f.OK() {
		return s.showResetCode(w, r, f)
	}
	web.Redirect(w, r, "/reset-password/")
	return nil
}

// POST /forgot-password/resend/
func (s *Site) resetCodeAgain(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	err = s.auth.SendResetCode(r.Context(), web.FlowSecret(r, auth.FlowReset), channelOf(f))
	if err := keepCode(f, err); err != nil {
		return s.startAnew(w, r, auth.FlowReset, err, forgotStart)
	}
	if !f.OK() {
		return s.showResetCode(w, r, f)
	}
	web.Flash(w, r, ui.Done, "site.code.sent")
	web.Redirect(w, r, "/forgot-password/verify/")
	return nil
}

func (s *Site) showResetCode(w http.ResponseWriter, r *http.Request, f *form.Form) error {
	wait, err := s.auth.ResetWait(r.Context(), web.FlowSecret(r, auth.FlowReset))
	if err != nil {
		return s.startAnew(w, r, auth.FlowReset, err, forgotStart)
	}
	v := codeView{Page: web.NewPage(r, "site.code.title"), Form: f, Wait: wait, Lead: mayHaveBeenSent(r.Context(), wait),
		Note: i18n.T(r.Context(), "site.forgot.nothing"), Here: "/forgot-password/verify/", Again: "/forgot-password/resend/", Back: forgotStart}
	return web.RenderForm(w, r, f, codeTempl(v))
}

// mayHaveBeenSent says where a code went, if there is an account.
func mayHaveBeenSent(ctx context.Context, wait auth.CodeWait) string {
	if wait.Channel == notify.Mail {
		return i18n.T(ctx, "site.forgot.mailed")
	}
	return i18n.T(ctx, "site.forgot.texted")
}

// GET /reset-password/
func (s *Site) newPasswordPage(w http.ResponseWriter, r *http.Request) error {
	return s.showNewPassword(w, r, form.Empty())
}

// POST /reset-password/. Every sign-in of the resident ends; that of staff in the same
// browser stays.
func (s *Site) newPassword(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	if password := twice(f, "password"); f.OK() {
		err := s.auth.FinishReset(r.Context(), web.ActorOf(r), web.FlowSecret(r, auth.FlowReset), password)
		if err := keepCode(f, err); err != nil {
			return s.startAnew(w, r, auth.FlowReset, err, forgotStart)
		}
	}
	if !f.OK() {
		return s.showNewPassword(w, r, f)
	}
	web.DropFlow(w, r, auth.FlowReset)
	web.Flash(w, r, ui.Done, "site.reset.done")
	web.Redirect(w, r, "/login/")
	return nil
}

// twice is a new password that was typed twice, the second time into the field again.
func twice(f *form.Form, name string) string {
	password, again := f.RequiredSecret(name), f.Secret("again")
	if password != "" && password != again {
		f.Refuse("again", "site.reset.mismatch")
	}
	return password
}

func (s *Site) showNewPassword(w http.ResponseWriter, r *http.Request, f *form.Form) error {
	err := s.auth.ResetVerified(r.Context(), web.FlowSecret(r, auth.FlowReset))
	if errors.Is(err, auth.ErrFlowOver) {
		return s.startAnew(w, r, auth.FlowReset, err, forgotStart)
	}
	if err != nil {
		return err
	}
	v := forgotView{Page: web.NewPage(r, "site.reset.title"), Form: f}
	return web.RenderForm(w, r, f, newPasswordTempl(v))
}
