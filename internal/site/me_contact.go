package site

import (
	"net/http"

	"ekolek/internal/auth"
	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/ui"
)

// contactKind is what a resident gives a new one of: a phone number or an e-mail address.
// Its value is the field's name and part of the addresses.
type contactKind string

const (
	newNumber  contactKind = "phone"
	newAddress contactKind = "email"
)

func (k contactKind) path() string { return "/me/" + string(k) + "/" }

func (k contactKind) channel() notify.Channel {
	if k == newAddress {
		return notify.Mail
	}
	return notify.SMS
}

type contactView struct {
	web.Page
	Form *form.Form
	Kind contactKind
	Old  string // what is on record; empty: nothing
}

// GET /me/phone/ and /me/email/
func (s *Site) contactPage(k contactKind) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error { return s.showContact(w, r, k, form.Empty()) }
}

// POST /me/phone/ and /me/email/
func (s *Site) contact(k contactKind) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := form.Read(r)
		if err != nil {
			return err
		}
		typed, password := f.Required(string(k), 255), f.RequiredSecret("current_password")
		if f.OK() {
			secret, until, err := s.auth.StartContact(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()), k.channel(), typed, password)
			if err := f.Keep(err); err != nil {
				return err
			}
			if f.OK() {
				web.KeepFlow(w, r, auth.FlowContact, secret, until)
				web.Redirect(w, r, k.path()+"code/")
				return nil
			}
		}
		return s.showContact(w, r, k, f)
	}
}

func (s *Site) showContact(w http.ResponseWriter, r *http.Request, k contactKind, f *form.Form) error {
	me := web.PrincipalOf(r.Context()).Resident
	v := contactView{Form: f, Kind: k, Old: people.LocalPhone(me.Phone)}
	if k == newAddress {
		v.Page, v.Old = web.NewPage(r, "site.contact.email_title"), me.Email
	} else {
		v.Page = web.NewPage(r, "site.contact.phone_title")
	}
	return web.RenderForm(w, r, f, contactTempl(v))
}

// GET /me/phone/code/ and /me/email/code/
func (s *Site) contactCodePage(k contactKind) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error { return s.showContactCode(w, r, k, form.Empty()) }
}

// POST /me/phone/code/ and /me/email/code/
func (s *Site) contactCode(k contactKind) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := form.Read(r)
		if err != nil {
			return err
		}
		if code := f.Required("code", 20); f.OK() {
			err := s.auth.FinishContact(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()), web.FlowSecret(r, auth.FlowContact), web.DeviceSecret(r), code)
			if err := keepCode(f, err); err != nil {
				return s.startAnew(w, r, auth.FlowContact, err, k.path())
			}
		}
		if !f.OK() {
			return s.showContactCode(w, r, k, f)
		}
		web.DropFlow(w, r, auth.FlowContact)
		web.Flash(w, r, ui.Done, k.done())
		web.Redirect(w, r, securityPath)
		return nil
	}
}

func (k contactKind) done() string {
	if k == newAddress {
		return "site.contact.email_done"
	}
	return "site.contact.phone_done"
}

// POST /me/phone/again/ and /me/email/again/
func (s *Site) contactCodeAgain(k contactKind) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := form.Read(r)
		if err != nil {
			return err
		}
		err = s.auth.SendContactCode(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()), web.FlowSecret(r, auth.FlowContact))
		if err := keepCode(f, err); err != nil {
			return s.startAnew(w, r, auth.FlowContact, err, k.path())
		}
		if !f.OK() {
			return s.showContactCode(w, r, k, f)
		}
		web.Flash(w, r, ui.Done, "site.code.sent")
		web.Redirect(w, r, k.path()+"code/")
		return nil
	}
}

func (s *Site) showContactCode(w http.ResponseWriter, r *http.Request, k contactKind, f *form.Form) error {
	wait, err := s.auth.ContactWait(r.Context(), web.PrincipalOf(r.Context()), web.FlowSecret(r, auth.FlowContact))
	if err != nil {
		return s.startAnew(w, r, auth.FlowContact, err, k.path())
	}
	v := codeView{Page: web.NewPage(r, "site.code.title"), Form: f, Wait: wait, Lead: sentTo(r.Context(), wait),
		Here: k.path() + "code/", Again: k.path() + "again/", Back: k.path()}
	return web.RenderForm(w, r, f, codeTempl(v))
}
