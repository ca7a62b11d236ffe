package console

import (
	"net/http"

	"ekolek/internal/errs"
	"ekolek/internal/people"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/ui"
)

// paperBody is more than a paper may have, so that one that is too large is refused beside
// its field and not by a page of its own.
const paperBody = 24 << 20

type paperView struct {
	web.Page
	Terms people.Terms
	Form  *form.Form
}

// GET /console/terms/{id}/paper/
func (c *Console) paperPage(w http.ResponseWriter, r *http.Request) error {
	v, err := c.termsOf(r)
	if err != nil {
		return err
	}
	return showPaper(w, r, v.Terms, form.Empty(), http.StatusOK)
}

// POST /console/terms/{id}/paper/
func (c *Console) attachPaper(w http.ResponseWriter, r *http.Request) error {
	v, err := c.termsOf(r)
	if err != nil {
		return err
	}
	draft, err := c.files.Draft()
	if err != nil {
		return refusePaper(w, r, v.Terms, err)
	}
	defer func() { _ = draft.Close() }() // the sweep takes what cannot be removed now
	_, name, err := form.ReadFile(r, "file", draft)
	if err == nil {
		_, err = c.people.AttachPaper(r.Context(), web.ActorOf(r), v.Terms.ID, name, draft)
	}
	if err != nil {
		return refusePaper(w, r, v.Terms, err)
	}
	web.Flash(w, r, ui.Done, "terms.paper_done")
	web.Redirect(w, r, termsPath(v.Terms))
	return nil
}

// refusePaper shows the form again with what a person can mend, or wait for; every other
// error it returns.
func refusePaper(w http.ResponseWriter, r *http.Request, t people.Terms, err error) error {
	f := form.Empty()
	e, ok := errs.As(err)
	switch {
	case !ok:
		return err
	case e.Kind == errs.Unavailable, e.Kind == errs.Full:
		f.Refuse("file", e.Text.Key)
		web.Note(r, err)
	default:
		if err := f.Take(err); err != nil {
			return err
		}
	}
	return showPaper(w, r, t, f, web.StatusOf(err))
}

func showPaper(w http.ResponseWriter, r *http.Request, t people.Terms, f *form.Form, status int) error {
	page := web.NewPage(r, "terms.paper_title", "Version", t.Version, "Language", languageText(r.Context(), t.Language))
	return web.Render(w, r, status, paperTempl(paperView{Page: page, Terms: t, Form: f}))
}
