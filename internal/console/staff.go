package console

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/people"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

// staffRoutes are the pages about the office's own people.
func (c *Console) staffRoutes() []web.Route {
	routes := []web.Route{
		{Pattern: "GET /console/staff/", Need: auth.ManageStaff, Handle: c.staffList},
		{Pattern: "GET /console/staff/new/", Need: auth.ManageStaff, Handle: c.hirePage},
		{Pattern: "POST /console/staff/new/", Need: auth.ManageStaff, Handle: c.hire},
		{Pattern: "GET /console/staff/{id}/", Need: auth.ManageStaff, Handle: c.staffMember},
		{Pattern: "GET /console/staff/{id}/edit/", Need: auth.ManageStaff, Handle: c.editStaffPage},
		{Pattern: "POST /console/staff/{id}/edit/", Need: auth.ManageStaff, Handle: c.editStaff},
	}
	for _, act := range staffActs {
		path := "/console/staff/{id}/" + act.name + "/"
		routes = append(routes,
			web.Route{Pattern: "GET " + path, Need: auth.ManageStaff, Handle: c.staffActPage(act)},
			web.Route{Pattern: "POST " + path, Need: auth.ManageStaff, Handle: c.staffAct(act)})
	}
	return routes
}

// staffPath is the page of a member of staff.
func staffPath(id uuid.UUID) string { return "/console/staff/" + id.String() + "/" }

type staffListView struct {
	web.Page
	Rows      []auth.Staff
	Barangays map[uuid.UUID][]string // names, of those who are assigned to any
}

// GET /console/staff/
func (c *Console) staffList(w http.ResponseWriter, r *http.Request) error {
	rows, err := c.auth.StaffList(r.Context())
	if err != nil {
		return err
	}
	barangays, err := c.people.Assignments(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, staffListTempl(staffListView{Page: web.NewPage(r, "staff.title"), Rows: rows, Barangays: barangays}))
}

type staffMemberView struct {
	web.Page
	Staff     auth.Staff
	Second    auth.Second
	Locked    time.Time // until when; zero: it is not
	Sessions  []auth.Session
	Barangays []string
}

// own is true on the page of whoever reads it.
func (v staffMemberView) own() bool { return v.Principal.ID == v.Staff.ID }

// GET /console/staff/{id}/
func (c *Console) staffMember(w http.ResponseWriter, r *http.Request) error {
	st, err := c.staffOf(r)
	if err != nil {
		return err
	}
	assigned, err := c.people.BarangaysOf(r.Context(), people.Scope{Staff: st.ID})
	if err != nil {
		return err
	}
	v := staffMemberView{Page: web.NewPage(r, "staff.member", "Name", st.FullName), Staff: st}
	if v.Second, err = c.auth.SecondOf(r.Context(), st.ID, st.Role); err != nil {
		return err
	}
	if v.Locked, err = c.auth.StaffLockedUntil(r.Context(), st); err != nil {
		return err
	}
	if v.Sessions, err = c.auth.Sessions(r.Context(), auth.StaffSurface, st.ID, v.Principal.SessionID); err != nil {
		return err
	}
	for _, b := range assigned {
		v.Barangays = append(v.Barangays, b.Name)
	}
	return web.Render(w, r, http.StatusOK, staffMemberTempl(v))
}

// staffOf is the member of staff that the address names.
func (c *Console) staffOf(r *http.Request) (auth.Staff, error) {
	id, err := web.PathID(r, "id")
	if err != nil {
		return auth.Staff{}, err
	}
	return c.auth.StaffByID(r.Context(), id)
}

type staffFormView struct {
	web.Page
	Form      *form.Form
	Staff     auth.Staff // zero on the page that adds somebody
	Barangays []people.Barangay
	Chosen    []uuid.UUID // of the barangays
}

// isNew is true on the page that adds somebody.
func (v staffFormView) isNew() bool { return v.Staff.ID == uuid.Nil }

// back is where the form is left without saving.
func (v staffFormView) back() string {
	if v.isNew() {
		return "/console/staff/"
	}
	return staffPath(v.Staff.ID)
}

// GET /console/staff/new/
func (c *Console) hirePage(w http.ResponseWriter, r *http.Request) error {
	barangays, err := c.people.Barangays(r.Context())
	if err != nil {
		return err
	}
	return showStaffForm(w, r, staffFormView{Form: form.Empty(), Barangays: barangays})
}

// POST /console/staff/new/ answers with the temporary password, on that page alone.
func (c *Console) hire(w http.ResponseWriter, r *http.Request) error {
	f, v, err := c.readStaffForm(r)
	if err != nil {
		return err
	}
	in := auth.NewStaff{FullName: f.Text("full_name", 150), Username: f.Text("username", 100), Email: f.Text("email", 254),
		Role: auth.Role(f.Text("role", 40)), Barangays: v.Chosen}
	if !f.OK() {
		return showStaffForm(w, r, v)
	}
	st, temporary, err := c.auth.HireStaff(r.Context(), web.ActorOf(r), in)
	if err := f.Take(err); err != nil {
		return err
	}
	if !f.OK() {
		return showStaffForm(w, r, v)
	}
	return showTemporary(w, r, st, temporary)
}

// GET /console/staff/{id}/edit/
func (c *Console) editStaffPage(w http.ResponseWriter, r *http.Request) error {
	st, err := c.staffOf(r)
	if err != nil {
		return err
	}
	v := staffFormView{Staff: st, Form: form.Empty("full_name", st.FullName, "email", st.Email, "role", string(st.Role))}
	if v.Barangays, err = c.people.Barangays(r.Context()); err != nil {
		return err
	}
	assigned, err := c.people.BarangaysOf(r.Context(), people.Scope{Staff: st.ID})
	if err != nil {
		return err
	}
	for _, b := range assigned {
		v.Chosen = append(v.Chosen, b.ID)
	}
	return showStaffForm(w, r, v)
}

// POST /console/staff/{id}/edit/
func (c *Console) editStaff(w http.ResponseWriter, r *http.Request) error {
	st, err := c.staffOf(r)
	if err != nil {
		return err
	}
	f, v, err := c.readStaffForm(r)
	if err != nil {
		return err
	}
	v.Staff = st
	in := auth.StaffEdit{FullName: f.Text("full_name", 150), Email: f.Text("email", 254), Role: auth.Role(f.Text("role", 40)), Barangays: v.Chosen}
	if f.OK() {
		_, err := c.auth.EditStaff(r.Context(), web.ActorOf(r), st.ID, in)
		if err := f.Take(err); err != nil {
			return err
		}
	}
	if !f.OK() {
		return showStaffForm(w, r, v)
	}
	web.Flash(w, r, ui.Done, "console.saved")
	web.Redirect(w, r, staffPath(st.ID))
	return nil
}

// readStaffForm reads what was sent, the barangays with it: those that the city has.
func (c *Console) readStaffForm(r *http.Request) (*form.Form, staffFormView, error) {
	f, err := form.Read(r)
	if err != nil {
		return nil, staffFormView{}, err
	}
	v := staffFormView{Form: f, Chosen: f.IDs("barangays")}
	if v.Barangays, err = c.people.Barangays(r.Context()); err != nil {
		return nil, staffFormView{}, err
	}
	for _, id := range v.Chosen {
		if !slices.ContainsFunc(v.Barangays, func(b people.Barangay) bool { return b.ID == id }) {
			f.Refuse("barangays", "form.choose")
		}
	}
	return f, v, nil
}

func showStaffForm(w http.ResponseWriter, r *http.Request, v staffFormView) error {
	if v.isNew() {
		v.Page = web.NewPage(r, "staff.new")
	} else {
		v.Page = web.NewPage(r, "staff.edit", "Name", v.Staff.FullName)
	}
	v.Barangays = slices.DeleteFunc(v.Barangays, func(b people.Barangay) bool { return !b.Active && !slices.Contains(v.Chosen, b.ID) })
	return web.RenderForm(w, r, v.Form, staffFormTempl(v))
}

type temporaryView struct {
	web.Page
	Staff    auth.Staff
	Password string
}

// showTemporary is the only page that ever shows a temporary password. It is the answer
// to the form itself: a redirect would have to carry the password in a cookie.
func showTemporary(w http.ResponseWriter, r *http.Request, st auth.Staff, password string) error {
	v := temporaryView{Page: web.NewPage(r, "staff.temporary.title", "Name", st.FullName), Staff: st, Password: password}
	return web.Render(w, r, http.StatusOK, temporaryTempl(v))
}

// staffAct is something that a super administrator decides about a member of staff, on a
// page of its own. One that makes a temporary password returns it.
type staffAct struct {
	name   string // in the address
	reason bool   // asks for one
	danger bool
	apply  func(c *Console, r *http.Request, id uuid.UUID, reason string) (temporary string, err error)
}

// staffActs are all of them; each has a GET that asks and a POST that does.
var staffActs = []staffAct{
	{name: "suspend", reason: true, danger: true, apply: func(c *Console, r *http.Request, id uuid.UUID, reason string) (string, error) {
		_, err := c.auth.SuspendStaff(r.Context(), web.ActorOf(r), id, reason)
		return "", err
	}},
	{name: "reactivate", apply: func(c *Console, r *http.Request, id uuid.UUID, _ string) (string, error) {
		_, err := c.auth.ReactivateStaff(r.Context(), web.ActorOf(r), id)
		return "", err
	}},
	{name: "unlock", apply: func(c *Console, r *http.Request, id uuid.UUID, _ string) (string, error) {
		_, err := c.auth.UnlockStaff(r.Context(), web.ActorOf(r), id)
		return "", err
	}},
	{name: "second-factor", reason: true, danger: true, apply: func(c *Console, r *http.Request, id uuid.UUID, reason string) (string, error) {
		return "", c.auth.ResetSecond(r.Context(), web.ActorOf(r), id, reason)
	}},
	{name: "sign-out", danger: true, apply: func(c *Console, r *http.Request, id uuid.UUID, _ string) (string, error) {
		_, err := c.auth.EndSessions(r.Context(), web.ActorOf(r), auth.StaffSurface, id, web.PrincipalOf(r.Context()).SessionID)
		return "", err
	}},
	{name: "password", danger: true, apply: func(c *Console, r *http.Request, id uuid.UUID, _ string) (string, error) {
		return c.auth.ResetStaffPassword(r.Context(), web.ActorOf(r), id)
	}},
}

// words are what an act's page says. Done is empty when the act has an answer page.
func (a staffAct) words(ctx context.Context, name string) actWords {
	switch a.name {
	case "suspend":
		return actWords{Question: i18n.T(ctx, "staff.suspend.question", "Name", name), Button: i18n.T(ctx, "staff.suspend"), Done: "staff.suspend.done",
			Effects: []string{i18n.T(ctx, "staff.suspend.effect"), i18n.T(ctx, "staff.suspend.effect_kept")}}
	case "reactivate":
		return actWords{Question: i18n.T(ctx, "staff.reactivate.question", "Name", name), Button: i18n.T(ctx, "staff.reactivate"), Done: "staff.reactivate.done",
			Effects: []string{i18n.T(ctx, "staff.reactivate.effect")}}
	case "unlock":
		return actWords{Question: i18n.T(ctx, "staff.unlock.question", "Name", name), Button: i18n.T(ctx, "staff.unlock"), Done: "staff.unlock.done",
			Effects: []string{i18n.T(ctx, "staff.unlock.effect")}}
	case "second-factor":
		return actWords{Question: i18n.T(ctx, "staff.second.question", "Name", name), Button: i18n.T(ctx, "staff.second.act"), Done: "staff.second.done",
			Effects: []string{i18n.T(ctx, "staff.second.effect"), i18n.T(ctx, "staff.second.effect_told")}}
	case "sign-out":
		return actWords{Question: i18n.T(ctx, "staff.sign_out.question", "Name", name), Button: i18n.T(ctx, "staff.sign_out"), Done: "staff.sign_out.done",
			Effects: []string{i18n.T(ctx, "staff.sign_out.effect")}}
	default:
		return actWords{Question: i18n.T(ctx, "staff.password.question", "Name", name), Button: i18n.T(ctx, "staff.password.act"),
			Effects: []string{i18n.T(ctx, "staff.password.effect"), i18n.T(ctx, "staff.password.effect_once")}}
	}
}

type staffActView struct {
	web.Page
	Form  *form.Form
	Act   staffAct
	Words actWords
	Staff auth.Staff
}

// GET /console/staff/{id}/suspend/, …/reactivate/, …/unlock/, …/second-factor/, …/sign-out/, …/password/
func (c *Console) staffActPage(a staffAct) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		st, err := c.staffOf(r)
		if err != nil {
			return err
		}
		return showStaffAct(w, r, a, st, form.Empty())
	}
}

// POST to the same addresses.
func (c *Console) staffAct(a staffAct) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		st, err := c.staffOf(r)
		if err != nil {
			return err
		}
		f, err := form.Read(r)
		if err != nil {
			return err
		}
		var reason, temporary string
		if a.reason {
			reason = f.Reason("reason")
		}
		if f.OK() {
			temporary, err = a.apply(c, r, st.ID, reason)
			if err := f.Take(err); err != nil {
				return err
			}
		}
		switch {
		case !f.OK():
			return showStaffAct(w, r, a, st, f)
		case temporary != "":
			return showTemporary(w, r, st, temporary)
		}
		web.Flash(w, r, ui.Done, a.words(r.Context(), st.FullName).Done, "Name", st.FullName)
		web.Redirect(w, r, staffPath(st.ID))
		return nil
	}
}

func showStaffAct(w http.ResponseWriter, r *http.Request, a staffAct, st auth.Staff, f *form.Form) error {
	v := staffActView{Form: f, Act: a, Staff: st, Words: a.words(r.Context(), st.FullName)}
	v.Page = web.NewPage(r, "console.act.title", "Act", v.Words.Button, "Name", st.FullName)
	return web.RenderForm(w, r, f, staffActTempl(v))
}

// roleText is what somebody was hired to do.
func roleText(ctx context.Context, role auth.Role) string {
	switch role {
	case auth.SuperAdmin:
		return i18n.T(ctx, "staff.role.super_admin")
	case auth.OperationsManager:
		return i18n.T(ctx, "staff.role.operations_manager")
	case auth.ContentRewardsManager:
		return i18n.T(ctx, "staff.role.content_rewards_manager")
	default:
		return i18n.T(ctx, "staff.role.security_analyst")
	}
}

// roleDuty is what a role may do, for whoever chooses one.
func roleDuty(ctx context.Context, role auth.Role) string {
	switch role {
	case auth.SuperAdmin:
		return i18n.T(ctx, "staff.duty.super_admin")
	case auth.OperationsManager:
		return i18n.T(ctx, "staff.duty.operations_manager")
	case auth.ContentRewardsManager:
		return i18n.T(ctx, "staff.duty.content_rewards_manager")
	default:
		return i18n.T(ctx, "staff.duty.security_analyst")
	}
}

// staffStatusText is an account's state in a word.
func staffStatusText(ctx context.Context, s auth.StaffStatus) string {
	switch s {
	case auth.StaffApproved:
		return i18n.T(ctx, "staff.state.active")
	case auth.StaffPending:
		return i18n.T(ctx, "console.state.pending")
	case auth.StaffRejected:
		return i18n.T(ctx, "console.state.rejected")
	case auth.StaffDeleted:
		return i18n.T(ctx, "staff.state.deleted")
	default:
		return i18n.T(ctx, "console.state.suspended")
	}
}

// staffStatusTone is the colour that goes with the word.
func staffStatusTone(s auth.StaffStatus) string {
	switch s {
	case auth.StaffApproved:
		return "leaf"
	case auth.StaffPending:
		return "sun"
	default:
		return "clay"
	}
}

// reach is where somebody works: the whole city, some barangays, or none at all.
func reach(ctx context.Context, role auth.Role, barangays []string) string {
	const shown = 3
	switch {
	case !role.Assigned():
		return i18n.T(ctx, "staff.reach.city")
	case len(barangays) == 0:
		return i18n.T(ctx, "staff.reach.none")
	case len(barangays) > shown:
		return i18n.T(ctx, "staff.reach.more", "Names", strings.Join(barangays[:shown-1], ", "), "Count", len(barangays)-shown+1)
	default:
		return strings.Join(barangays, ", ")
	}
}
