package site

import (
	"net/http"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/people"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type whereView struct {
	web.Page
	Kind      kind
	Form      *form.Form
	Barangays []ui.Option
	Found     string // the family whose code was typed, so far that its own people know it
	Barangay  string // where it lives
	Code      string // its code
}

// GET /register/family/where/ and /register/member/where/
func (s *Site) wherePage(w http.ResponseWriter, r *http.Request, d auth.Registration) error {
	return s.showWhere(w, r, d, whereForm(d, s.city))
}

func whereForm(d auth.Registration, city string) *form.Form {
	h := d.Household
	if h.City == "" {
		h.City = city
	}
	f := form.Empty("family_name", h.Name, "address", h.Address, "city", h.City, "family_code", d.FamilyCode)
	if h.Name == "" {
		f = f.With("family_name", d.Who.LastName)
	}
	if id := h.BarangayID; id != uuid.Nil {
		f = f.With("barangay", id.String())
	}
	return f
}

// POST to the same addresses.
func (s *Site) where(w http.ResponseWriter, r *http.Request, d auth.Registration) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	secret, actor := web.FlowSecret(r, auth.FlowRegistration), web.ActorOf(r)
	done := true
	if d.Family {
		in := people.NewFamily{Name: f.Text("family_name", 100), BarangayID: f.ID("barangay"), Address: f.Text("address", 255), City: f.Text("city", 100)}
		if f.OK() {
			err = s.auth.RegisterWhere(r.Context(), actor, secret, in)
		}
	} else {
		code := f.Text("family_code", 40)
		done = code != "" && code == f.Text("sure", 40)
		if f.OK() {
			err = s.auth.RegisterFamilyCode(r.Context(), actor, secret, code, done)
		}
	}
	if err := f.Take(err); err != nil {
		return err
	}
	switch k := kind(d.Family); {
	case !f.OK():
		return s.showWhere(w, r, d, f)
	case done:
		web.Redirect(w, r, k.verify())
	default:
		web.Redirect(w, r, k.where()+"#found")
	}
	return nil
}

func (s *Site) showWhere(w http.ResponseWriter, r *http.Request, d auth.Registration, f *form.Form) error {
	v := whereView{Kind: kind(d.Family), Form: f}
	if d.Family {
		list, err := s.people.Barangays(r.Context())
		if err != nil {
			return err
		}
		v.Barangays = []ui.Option{{Text: i18n.T(r.Context(), "site.register.choose_barangay")}}
		for _, b := range list {
			if b.Active {
				v.Barangays = append(v.Barangays, ui.Option{Value: b.ID.String(), Text: b.Name})
			}
		}
	} else if d.FamilyCode != "" && !f.Wrong() {
		family, err := s.people.FamilyToJoin(r.Context(), d.FamilyCode)
		if err := f.Take(err); err != nil {
			return err
		}
		if f.OK() {
			v.Found, v.Barangay, v.Code = initials(family.Name), family.BarangayName, family.Code
		}
	}
	v.Page = web.NewPage(r, titleOf(v.Kind))
	return web.RenderForm(w, r, f, whereTempl(v))
}

// initials shows a name to those who know it: "D••• C•••".
func initials(name string) string {
	words := strings.Fields(name)
	for i, w := range words {
		for _, first := range w {
			words[i] = string(first) + "•••"
			break
		}
	}
	return strings.Join(words, " ")
}
