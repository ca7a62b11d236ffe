package console

import (
	"net/http"

	"ekolek/internal/errs"
	"ekolek/internal/people"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/ui"
)

type residentPasswordView struct {
	web.Page
	Form     *form.Form
	Resident people.Resident
}

// GET /console/residents/{id}/password/ — for a resident at the counter, who types it.
func (c *Console) residentPasswordPage(w http.ResponseWriter, r *http.Request) error {
	who, err := c.residentWhoSignsIn(r)
	if err != nil {
		return err
	}
	return showResidentPassword(w, r, who, form.Empty())
}

// POST /console/residents/{id}/password/
func (c *Console) setResidentPassword(w http.ResponseWriter, r *http.Request) error {
	who, err := c.residentWhoSignsIn(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	password, again := f.Secret("password"), f.Secret("again")
	if password != again {
		f.Refuse("again", "console.password.mismatch")
	}
	if f.OK() {
		if err := f.Take(c.auth.SetResidentPassword(r.Context(), web.ActorOf(r), who.ID, password)); err != nil {
			return err
		}
	}
	if !f.OK() {
		return showResidentPassword(w, r, who, f)
	}
	web.Flash(w, r, ui.Done, "resident.password.done", "Name", who.FullName)
	web.Redirect(w, r, residentPath(who.ID))
	return nil
}

// residentWhoSignsIn is residentOf for those who are approved: nobody else could use a
// password.
func (c *Console) residentWhoSignsIn(r *http.Request) (people.Resident, error) {
	who, err := c.residentOf(r)
	if err == nil && who.State() != people.Approved {
		err = errs.New(errs.Conflict, "NOT_APPROVED", "resident.password.not_approved")
	}
	return who, err
}

func showResidentPassword(w http.ResponseWriter, r *http.Request, who people.Resident, f *form.Form) error {
	v := residentPasswordView{Page: web.NewPage(r, "resident.password.question", "Name", who.FullName), Form: f, Resident: who}
	return web.RenderForm(w, r, f, residentPasswordTempl(v))
}
