package site

import (
	"context"
	"errors"
	"net/http"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/errs"
	"ekolek/internal/people"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

// registerRoutes are the three pages of a registration, for a new family and for joining
// one, and what comes after it.
func (s *Site) registerRoutes() []web.Route {
	routes := []web.Route{
		{Pattern: "GET /register/", Need: auth.Anyone, Handle: s.registerChoice},
		{Pattern: "GET /register/status/", Need: auth.Anyone, Handle: s.registerStatus},
		{Pattern: "POST /register/over/", Need: auth.Anyone, Handle: s.registerOver},
		{Pattern: "GET /terms/", Need: auth.Anyone, Handle: s.terms},
	}
	for _, k := range []kind{newFamily, newMember} {
		routes = append(routes,
			web.Route{Pattern: "GET " + k.path(), Need: auth.Anyone, Handle: s.whoPage(k)},
			web.Route{Pattern: "POST " + k.path(), Need: auth.Anyone, Handle: s.who(k), Door: auth.RegistrationDoor},
			web.Route{Pattern: "GET " + k.where(), Need: auth.Anyone, Handle: s.draft(k, s.wherePage)},
			web.Route{Pattern: "POST " + k.where(), Need: auth.Anyone, Handle: s.draft(k, s.where), Door: auth.RegistrationDoor},
			web.Route{Pattern: "GET " + k.verify(), Need: auth.Anyone, Handle: s.draft(k, s.verifyPage)},
			web.Route{Pattern: "POST " + k.verify(), Need: auth.Anyone, Handle: s.draft(k, s.verify), Door: auth.RegistrationDoor})
	}
	for old, to := range map[string]string{
		"/accounts/register/":         "/register/",
		"/accounts/register/family/":  newFamily.path(),
		"/accounts/register/member/":  newMember.path(),
		"/privacy-policy/":            "/terms/",
		"/terms-of-service/":          "/terms/",
		"/accounts/privacy-policy/":   "/terms/",
		"/accounts/terms-of-service/": "/terms/",
	} {
		routes = append(routes, web.Route{Pattern: "GET " + old, Need: auth.Anyone, Handle: web.Moved(to)})
	}
	return routes
}

// kind is what somebody registers for: true for a new family, false to join one.
type kind bool

const (
	newFamily kind = true
	newMember kind = false
)

func (k kind) path() string {
	if k {
		return "/register/family/"
	}
	return "/register/member/"
}

func (k kind) where() string  { return k.path() + "where/" }
func (k kind) verify() string { return k.path() + "verify/" }

// next is the page on which a draft goes on.
func next(d auth.Registration) string {
	if d.Placed {
		return kind(d.Family).verify()
	}
	return kind(d.Family).where()
}

// steps are the three pages, as far as they can be gone to.
func steps(ctx context.Context, k kind, current int) []ui.Step {
	out := []ui.Step{{Text: i18n.T(ctx, "site.register.step_who")}, {Text: i18n.T(ctx, "site.register.step_where")}, {Text: i18n.T(ctx, "site.register.step_verify")}}
	for i, href := range []string{k.path(), k.where(), k.verify()} {
		if i+1 < current {
			out[i].Href = href
		}
	}
	return out
}

type choiceView struct {
	web.Page
	Draft      *auth.Registration // to go on with; nil: none
	Next       string             // where it goes on
	Registered bool               // one was finished on this device
	Points     people.Referral
}

// GET /register/
func (s *Site) registerChoice(w http.ResponseWriter, r *http.Request) error {
	v := choiceView{Page: web.NewPage(r, "site.register.title")}
	secret := web.FlowSecret(r, auth.FlowRegistration)
	d, err := s.auth.Registration(r.Context(), secret)
	switch {
	case err == nil:
		v.Draft, v.Next = &d, next(d)
	case !errors.Is(err, auth.ErrFlowOver):
		return err
	default:
		if _, err := s.auth.Registered(r.Context(), secret); err != nil && !errors.Is(err, auth.ErrFlowOver) {
			return err
		} else if err == nil {
			v.Registered = true
		}
	}
	return web.Render(w, r, http.StatusOK, choiceTempl(v))
}

// POST /register/over/ forgets what was typed on this device.
func (s *Site) registerOver(w http.ResponseWriter, r *http.Request) error {
	if err := s.auth.DropRegistration(r.Context(), web.FlowSecret(r, auth.FlowRegistration)); err != nil {
		return err
	}
	web.DropFlow(w, r, auth.FlowRegistration)
	web.Redirect(w, r, "/register/")
	return nil
}

type whoView struct {
	web.Page
	Kind        kind
	Form        *form.Form
	HasPassword bool // one is kept: the field may stay empty
}

// GET /register/family/ and /register/member/, with what was typed before.
func (s *Site) whoPage(k kind) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		d, err := s.auth.Registration(r.Context(), web.FlowSecret(r, auth.FlowRegistration))
		if err != nil && !errors.Is(err, auth.ErrFlowOver) {
			return err
		}
		return s.showWho(w, r, k, d, whoForm(d))
	}
}

func whoForm(d auth.Registration) *form.Form {
	return form.Empty("first_name", d.Who.FirstName, "last_name", d.Who.LastName, "birth_date", d.Who.BirthDate, "gender", d.Who.Gender,
		"username", d.Who.Username, "phone", people.LocalPhone(d.Who.Phone), "email", d.Who.Email)
}

// POST to the same addresses.
func (s *Site) who(k kind) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := form.Read(r)
		if err != nil {
			return err
		}
		in := people.NewResident{FirstName: f.Text("first_name", 50), LastName: f.Text("last_name", 50), Username: f.Text("username", 100),
			Phone: f.Text("phone", 30), Email: f.Text("email", 255), BirthDate: f.Day("birth_date"), Gender: f.Text("gender", 10),
			Language: string(i18n.From(r.Context()))}
		password, secret := f.Secret("password"), web.FlowSecret(r, auth.FlowRegistration)
		if f.OK() {
			secret, err = s.auth.RegisterWho(r.Context(), web.ActorOf(r), secret, bool(k), in, password)
			if err := f.Take(err); err != nil {
				return err
			}
		}
		if !f.OK() {
			d, err := s.auth.Registration(r.Context(), secret)
			if err != nil && !errors.Is(err, auth.ErrFlowOver) {
				return err
			}
			return s.showWho(w, r, k, d, f)
		}
		web.KeepFlow(w, r, auth.FlowRegistration, secret, s.now().Add(auth.DraftLife))
		web.Redirect(w, r, k.where())
		return nil
	}
}

func (s *Site) showWho(w http.ResponseWriter, r *http.Request, k kind, d auth.Registration, f *form.Form) error {
	v := whoView{Page: web.NewPage(r, titleOf(k)), Kind: k, Form: f, HasPassword: d.HasPassword}
	return web.RenderForm(w, r, f, whoTempl(v))
}

// showWhoOf shows the first page of a draft.
func (s *Site) showWhoOf(w http.ResponseWriter, r *http.Request, d auth.Registration, f *form.Form) error {
	return s.showWho(w, r, kind(d.Family), d, f)
}

func titleOf(k kind) string {
	if k {
		return "site.register.family"
	}
	return "site.register.member"
}

// draft is a handler of the second or third page: it has the draft, and sends whoever has
// none, or one of the other kind, where theirs goes on.
func (s *Site) draft(k kind, handle func(http.ResponseWriter, *http.Request, auth.Registration) error) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		d, err := s.auth.Registration(r.Context(), web.FlowSecret(r, auth.FlowRegistration))
		if errors.Is(err, auth.ErrFlowOver) {
			return s.noDraft(w, r, k)
		}
		if err != nil {
			return err
		}
		if kind(d.Family) != k {
			web.Redirect(w, r, next(d))
			return nil
		}
		return handle(w, r, d)
	}
}

// noDraft leads to how a finished registration stands, or to a new one.
func (s *Site) noDraft(w http.ResponseWriter, r *http.Request, k kind) error {
	_, err := s.auth.Registered(r.Context(), web.FlowSecret(r, auth.FlowRegistration))
	switch {
	case err == nil:
		web.Redirect(w, r, "/register/status/")
	case !errors.Is(err, auth.ErrFlowOver):
		return err
	default:
		web.Flash(w, r, ui.Warning, "site.register.over")
		web.Redirect(w, r, k.path())
	}
	return nil
}

// wait is how many seconds are left until a moment, for a button that counts them.
func wait(until, now time.Time) int { return max(0, int(until.Sub(now).Seconds()+0.999)) }

// fieldsOf tells which fields an error refuses.
func fieldsOf(err error) errs.Fields {
	if e, ok := errs.As(err); ok {
		return e.Fields
	}
	return nil
}
