package console

import (
	"context"
	"net/http"

	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type familiesView struct {
	web.Page
	Form      *form.Form
	Status    people.Status
	Tabs      []ui.Tab
	Barangays []ui.Option
	Rows      []people.Family
	Next      string
}

// GET /console/families/?status=&q=&barangay=&after=
func (c *Console) families(w http.ResponseWriter, r *http.Request) error {
	ctx, scope := r.Context(), web.PrincipalOf(r.Context()).Scope
	f := form.Query(r)
	filter := people.FamilyFilter{Search: f.Text("q", 100), Status: knownStatus(f.Text("status", 20)), Barangay: f.ID("barangay"), Cursor: f.Text("after", 200)}
	counts, err := c.people.FamilyCounts(ctx, scope, filter)
	if err != nil {
		return err
	}
	page, err := c.people.Families(ctx, scope, filter)
	if err != nil {
		return err
	}
	barangays, err := c.barangayOptions(ctx, scope)
	if err != nil {
		return err
	}
	v := familiesView{Page: web.NewPage(r, "console.families.title"), Form: f, Status: filter.Status, Barangays: barangays, Rows: page.Rows, Next: page.Next}
	v.Tabs = v.tabs(ctx, counts)
	return web.Render(w, r, http.StatusOK, familiesTempl(v))
}

func (v familiesView) tabs(ctx context.Context, n people.Counts) []ui.Tab {
	tab := func(status people.Status, text string, count int) ui.Tab {
		return ui.Tab{Href: v.Query("status", string(status)), Text: text, Count: count, Counted: true, Current: v.Status == status}
	}
	return []ui.Tab{
		tab("", i18n.T(ctx, "console.residents.tab.all"), n.All),
		tab(people.Pending, i18n.T(ctx, "console.residents.tab.pending"), n.Pending),
		tab(people.Approved, i18n.T(ctx, "console.residents.tab.approved"), n.Approved),
		tab(people.Rejected, i18n.T(ctx, "console.residents.tab.rejected"), n.Rejected),
	}
}

type familyView struct {
	web.Page
	Family  people.Family
	Members []people.Member
	Total   ledger.Points
}

// GET /console/families/{id}/
func (c *Console) family(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	family, members, err := c.familyOf(r)
	if err != nil {
		return err
	}
	v := familyView{Page: web.NewPage(r, "console.family_name", "Name", family.Name), Family: family}
	if len(members) > 0 { // a family of a former system may have lost its members
		summary, err := c.people.FamilySummary(ctx, members[0].ID)
		if err != nil {
			return err
		}
		v.Members, v.Total = summary.Members, summary.Total
	}
	return web.Render(w, r, http.StatusOK, familyTempl(v))
}

// familyOf is the family that the address names, within the reader's reach.
func (c *Console) familyOf(r *http.Request) (people.Family, []people.Resident, error) {
	id, err := web.PathID(r, "id")
	if err != nil {
		return people.Family{}, nil, err
	}
	return c.people.FamilyByID(r.Context(), web.PrincipalOf(r.Context()).Scope, id)
}

type editFamilyView struct {
	web.Page
	Form      *form.Form
	Family    people.Family
	Barangays []ui.Option
}

// GET /console/families/{id}/edit/
func (c *Console) editFamilyPage(w http.ResponseWriter, r *http.Request) error {
	family, _, err := c.familyOf(r)
	if err != nil {
		return err
	}
	return c.showEditFamily(w, r, family, form.Empty("family_name", family.Name, "barangay", family.BarangayID.String(), "address", family.Address, "city", family.City))
}

// POST /console/families/{id}/edit/
func (c *Console) editFamily(w http.ResponseWriter, r *http.Request) error {
	family, _, err := c.familyOf(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	in := people.FamilyEdit{Name: f.Required("family_name", 100), BarangayID: f.ID("barangay"), Address: f.Required("address", 255), City: f.Required("city", 100)}
	if f.OK() {
		_, err := c.people.EditFamily(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).Scope, family.ID, in)
		if err := f.Take(err); err != nil {
			return err
		}
	}
	if !f.OK() {
		return c.showEditFamily(w, r, family, f)
	}
	web.Flash(w, r, ui.Done, "console.saved")
	web.Redirect(w, r, familyPath(family.ID))
	return nil
}

func (c *Console) showEditFamily(w http.ResponseWriter, r *http.Request, family people.Family, f *form.Form) error {
	barangays, err := c.barangayOptions(r.Context(), web.PrincipalOf(r.Context()).Scope)
	if err != nil {
		return err
	}
	v := editFamilyView{Page: web.NewPage(r, "console.family.edit_title", "Name", family.Name), Form: f, Family: family, Barangays: barangays[1:]}
	return web.RenderForm(w, r, f, editFamilyTempl(v))
}
