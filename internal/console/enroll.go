package console

import (
	"context"
	"net/http"

	"ekolek/internal/auth"
	"ekolek/internal/people"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type enrollView struct {
	web.Page
	Form      *form.Form
	Family    people.Family // whose member is added; zero on the page for a new family
	Barangays []ui.Option
	Terms     people.Terms // that they may sign on paper
	Back      string
}

// isFamily is true on the page that registers a whole family.
func (v enrollView) isFamily() bool { return v.Family.Code == "" }

// GET /console/families/new/ — for families who come to the counter.
func (c *Console) enrollFamilyPage(w http.ResponseWriter, r *http.Request) error {
	return c.showEnrollFamily(w, r, form.Empty())
}

// POST /console/families/new/
func (c *Console) enrollFamily(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	in := people.NewFamily{Name: f.Text("family_name", 100), BarangayID: f.ID("barangay"), Address: f.Text("address", 255),
		Representative: newResident(r.Context(), f)}
	e := enrollment(f)
	if f.OK() {
		_, who, err := c.auth.EnrollFamily(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).Scope, in, e)
		if err := f.Take(err); err != nil {
			return err
		}
		if f.OK() {
			return enrolled(w, r, who)
		}
	}
	return c.showEnrollFamily(w, r, f)
}

func (c *Console) showEnrollFamily(w http.ResponseWriter, r *http.Request, f *form.Form) error {
	barangays, err := c.barangayOptions(r.Context(), web.PrincipalOf(r.Context()).Scope)
	if err != nil {
		return err
	}
	barangays[0] = ui.Option{Text: i18n.T(r.Context(), "console.enroll.choose_barangay")}
	terms, err := c.people.TermsFor(r.Context(), string(i18n.From(r.Context())))
	if err != nil {
		return err
	}
	v := enrollView{Page: web.NewPage(r, "console.enroll.family"), Form: f, Barangays: barangays, Terms: terms, Back: "/console/families/"}
	return web.RenderForm(w, r, f, enrollTempl(v))
}

// GET /console/families/{id}/members/new/
func (c *Console) enrollMemberPage(w http.ResponseWriter, r *http.Request) error {
	family, _, err := c.familyOf(r)
	if err != nil {
		return err
	}
	return c.showEnrollMember(w, r, family, form.Empty())
}

// POST /console/families/{id}/members/new/
func (c *Console) enrollMember(w http.ResponseWriter, r *http.Request) error {
	family, _, err := c.familyOf(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	in, e := newResident(r.Context(), f), enrollment(f)
	if f.OK() {
		who, err := c.auth.EnrollMember(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).Scope, family, in, e)
		if err := f.Take(err); err != nil {
			return err
		}
		if f.OK() {
			return enrolled(w, r, who)
		}
	}
	return c.showEnrollMember(w, r, family, f)
}

func (c *Console) showEnrollMember(w http.ResponseWriter, r *http.Request, family people.Family, f *form.Form) error {
	terms, err := c.people.TermsFor(r.Context(), string(i18n.From(r.Context())))
	if err != nil {
		return err
	}
	v := enrollView{Terms: terms, Page: web.NewPage(r, "console.enroll.member_of", "Name", family.Name), Form: f, Family: family, Back: familyPath(family.ID)}
	return web.RenderForm(w, r, f, enrollTempl(v))
}

// newResident reads what somebody tells about themselves.
func newResident(ctx context.Context, f *form.Form) people.NewResident {
	return people.NewResident{FirstName: f.Text("first_name", 50), LastName: f.Text("last_name", 50), Username: f.Text("username", 100),
		Phone: f.Text("phone", 30), Email: f.Text("email", 254), BirthDate: f.Day("birth_date"), Gender: f.Text("gender", 10),
		ReferralCode: f.Text("referral_code", 8), Language: string(i18n.From(ctx))}
}

// enrollment reads what comes with the person: the password, and the terms on paper.
func enrollment(f *form.Form) auth.Enrollment {
	e := auth.Enrollment{Password: f.Secret("password")}
	if f.Bool("paper") {
		e.Paper = f.ID("terms")
	}
	return e
}

// enrolled leads to the one who was registered, to be approved next.
func enrolled(w http.ResponseWriter, r *http.Request, who people.Resident) error {
	web.Flash(w, r, ui.Done, "console.enroll.done", "Name", who.FullName)
	web.Redirect(w, r, residentPath(who.ID))
	return nil
}
