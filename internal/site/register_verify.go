package site

import (
	"errors"
	"net/http"

	"ekolek/internal/auth"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type verifyView struct {
	web.Page
	Kind      kind
	Form      *form.Form
	Phone     auth.Contact
	PhoneWait int // seconds until another code may be asked for
	Email     auth.Contact
	EmailWait int
	Terms     people.Terms
}

// GET /register/family/verify/ and /register/member/verify/
func (s *Site) verifyPage(w http.ResponseWriter, r *http.Request, d auth.Registration) error {
	if !d.Placed {
		web.Redirect(w, r, next(d))
		return nil
	}
	return s.showVerify(w, r, d, form.Empty("referral_code", d.Who.ReferralCode))
}

// POST to the same addresses: the button act says whether a code is asked for or the
// registration is finished.
func (s *Site) verify(w http.ResponseWriter, r *http.Request, d auth.Registration) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	switch f.Raw("act") {
	case "sms":
		return s.sendCode(w, r, d, f, notify.SMS)
	case "email":
		return s.sendCode(w, r, d, f, notify.Mail)
	default:
		return s.finish(w, r, d, f)
	}
}

// sendCode sends a code, with what was typed of the rest kept.
func (s *Site) sendCode(w http.ResponseWriter, r *http.Request, d auth.Registration, f *form.Form, channel notify.Channel) error {
	secret := web.FlowSecret(r, auth.FlowRegistration)
	if err := s.auth.KeepReferral(r.Context(), secret, f.Text("referral_code", 20)); err != nil {
		return err
	}
	if err := f.Take(s.auth.SendRegistrationCode(r.Context(), web.ActorOf(r), secret, channel)); err != nil {
		return err
	}
	if !f.OK() {
		return s.showVerify(w, r, d, f)
	}
	if channel == notify.SMS {
		web.Flash(w, r, ui.Done, "site.register.sent_sms")
	} else {
		web.Flash(w, r, ui.Done, "site.register.sent_email")
	}
	web.Redirect(w, r, kind(d.Family).verify())
	return nil
}

// finish registers. What was taken meanwhile is told on the page where its field stands.
func (s *Site) finish(w http.ResponseWriter, r *http.Request, d auth.Registration, f *form.Form) error {
	in := auth.Finish{PhoneCode: f.Text("phone_code", 20), EmailCode: f.Text("email_code", 20), ReferralCode: f.Text("referral_code", 20),
		Terms: f.ID("terms"), Agreed: f.Bool("consent")}
	secret := web.FlowSecret(r, auth.FlowRegistration)
	_, err := s.auth.Register(r.Context(), web.ActorOf(r), secret, in)
	switch {
	case err == nil:
		web.KeepFlow(w, r, auth.FlowRegistration, secret, s.now().Add(auth.StatusLife))
		web.Redirect(w, r, "/register/status/")
		return nil
	case errors.Is(err, auth.ErrFlowOver): // the second tap of two
		return s.noDraft(w, r, kind(d.Family))
	case errors.Is(err, auth.ErrNotPlaced):
		web.Redirect(w, r, next(d))
		return nil
	}
	now, gone := s.auth.Registration(r.Context(), secret) // a code may have been taken
	if gone != nil {
		return errors.Join(err, gone)
	}
	show := s.showVerify
	switch refused := fieldsOf(err); {
	case refuses(refused, whoFields):
		show, f = s.showWhoOf, whoForm(now)
	case refuses(refused, whereFields):
		show, f = s.showWhere, whereForm(now, s.city)
	}
	if err := f.Take(err); err != nil {
		return err
	}
	return show(w, r, now, f)
}

// The fields of the first two pages, of which the last one may find something taken.
var (
	whoFields   = []string{"first_name", "last_name", "birth_date", "gender", "username", "phone", "email"}
	whereFields = []string{"family_name", "barangay", "address", "city", "family_code"}
)

func refuses(refused errs.Fields, fields []string) bool {
	for _, field := range fields {
		if _, ok := refused[field]; ok {
			return true
		}
	}
	return false
}

func (s *Site) showVerify(w http.ResponseWriter, r *http.Request, d auth.Registration, f *form.Form) error {
	terms, err := s.people.TermsFor(r.Context(), string(i18n.From(r.Context())))
	if err != nil {
		return err
	}
	if _, refused := f.FieldError("consent"); refused {
		f.With("consent", "") // perhaps to another text than the one shown now
	}
	now := s.now()
	v := verifyView{Page: web.NewPage(r, titleOf(kind(d.Family))), Kind: kind(d.Family), Form: f, Terms: terms,
		Phone: d.Phone, PhoneWait: wait(d.Phone.AgainAt, now), Email: d.Email, EmailWait: wait(d.Email.AgainAt, now)}
	return web.RenderForm(w, r, f, verifyTempl(v))
}
