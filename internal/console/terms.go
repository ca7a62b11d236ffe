package console

import (
	"context"
	"errors"
	"net/http"

	"ekolek/internal/auth"
	"ekolek/internal/people"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

// termsRoutes are the versions of what people accept when they register.
func (c *Console) termsRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /console/terms/", Need: auth.ManageSettings, Handle: c.terms},
		{Pattern: "GET /console/terms/new/", Need: auth.ManageSettings, Handle: c.newTermsPage},
		{Pattern: "POST /console/terms/new/", Need: auth.ManageSettings, Handle: c.newTerms, Body: 1 << 20},
		{Pattern: "GET /console/terms/{id}/", Need: auth.ManageSettings, Handle: c.termsText},
		{Pattern: "GET /console/terms/{id}/paper/", Need: auth.ManageSettings, Handle: c.paperPage},
		{Pattern: "POST /console/terms/{id}/paper/", Need: auth.ManageSettings, Handle: c.attachPaper, Body: paperBody},
		{Pattern: "GET /console/terms/{id}/activate/", Need: auth.ManageSettings, Handle: c.activatePage},
		{Pattern: "POST /console/terms/{id}/activate/", Need: auth.ManageSettings, Handle: c.activate},
	}
}

func termsPath(t people.Terms) string { return "/console/terms/" + t.ID.String() + "/" }

type termsListView struct {
	web.Page
	Rows []people.TermsRow
	Next string
}

// GET /console/terms/
func (c *Console) terms(w http.ResponseWriter, r *http.Request) error {
	page, err := c.people.TermsVersions(r.Context(), r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, termsListTempl(termsListView{Page: web.NewPage(r, "terms.title"), Rows: page.Rows, Next: page.Next}))
}

type newTermsView struct {
	web.Page
	Form *form.Form
}

// GET /console/terms/new/ begins with the texts in force.
func (c *Console) newTermsPage(w http.ResponseWriter, r *http.Request) error {
	active, err := c.people.ActiveTerms(r.Context())
	if err != nil {
		return err
	}
	f := form.Empty()
	for language, t := range active {
		f = f.With("title_"+language, t.Title).With("content_"+language, t.Content)
	}
	return showNewTerms(w, r, f)
}

// POST /console/terms/new/
func (c *Console) newTerms(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	in := people.NewTerms{Version: f.Text("version", 50), Activate: f.Bool("activate"), Title: map[string]string{}, Content: map[string]string{}}
	for _, language := range []string{people.English, people.Tagalog} {
		in.Title[language], in.Content[language] = f.Text("title_"+language, 255), f.Raw("content_"+language)
	}
	if f.OK() {
		_, err := c.people.WriteTerms(r.Context(), web.ActorOf(r), in)
		if err := f.Take(err); err != nil {
			return err
		}
	}
	if !f.OK() {
		return showNewTerms(w, r, f)
	}
	web.Flash(w, r, ui.Done, "terms.written", "Version", in.Version)
	web.Redirect(w, r, "/console/terms/")
	return nil
}

func showNewTerms(w http.ResponseWriter, r *http.Request, f *form.Form) error {
	return web.RenderForm(w, r, f, newTermsTempl(newTermsView{Page: web.NewPage(r, "terms.new"), Form: f}))
}

type termsTextView struct {
	web.Page
	Terms people.Terms
	Twin  *people.Terms // the same version in the other language; nil: there is none
}

// GET /console/terms/{id}/
func (c *Console) termsText(w http.ResponseWriter, r *http.Request) error {
	v, err := c.termsOf(r)
	if err != nil {
		return err
	}
	v.Page = web.NewPage(r, "terms.of", "Version", v.Terms.Version)
	return web.Render(w, r, http.StatusOK, termsTextTempl(v))
}

// termsOf is the text that the address names, with its twin.
func (c *Console) termsOf(r *http.Request) (termsTextView, error) {
	id, err := web.PathID(r, "id")
	if err != nil {
		return termsTextView{}, err
	}
	v := termsTextView{}
	if v.Terms, err = c.people.TermsByID(r.Context(), id); err != nil {
		return termsTextView{}, err
	}
	twin, err := c.people.Twin(r.Context(), v.Terms)
	switch {
	case err == nil:
		v.Twin = &twin
	case !errors.Is(err, people.ErrTermsNotFound):
		return termsTextView{}, err
	}
	return v, nil
}

type activateView struct {
	termsTextView
	Effects []string
}

// GET /console/terms/{id}/activate/
func (c *Console) activatePage(w http.ResponseWriter, r *http.Request) error {
	text, err := c.termsOf(r)
	if err != nil {
		return err
	}
	text.Page = web.NewPage(r, "terms.activate_title", "Version", text.Terms.Version)
	effects, err := c.activationEffects(r.Context(), text)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, activateTempl(activateView{text, effects}))
}

// activationEffects say what bringing a version into force will do.
func (c *Console) activationEffects(ctx context.Context, v termsTextView) ([]string, error) {
	active, err := c.people.ActiveTerms(ctx)
	if err != nil {
		return nil, err
	}
	effects := []string{i18n.T(ctx, "terms.effect_new", "Version", v.Terms.Version)}
	if old, ok := active[v.Terms.Language]; ok {
		effects = append(effects, i18n.T(ctx, "terms.effect_old", "Version", old.Version))
	}
	if v.Twin == nil {
		effects = append(effects, i18n.T(ctx, "terms.effect_alone", "Language", languageText(ctx, v.Terms.Language)))
	}
	return append(effects, i18n.T(ctx, "terms.effect_drafts")), nil
}

// POST /console/terms/{id}/activate/
func (c *Console) activate(w http.ResponseWriter, r *http.Request) error {
	v, err := c.termsOf(r)
	if err != nil {
		return err
	}
	if _, err := c.people.ActivateTerms(r.Context(), web.ActorOf(r), v.Terms.ID); err != nil {
		return err
	}
	web.Flash(w, r, ui.Done, "terms.activated", "Version", v.Terms.Version)
	web.Redirect(w, r, "/console/terms/")
	return nil
}

func languageText(ctx context.Context, language string) string {
	if language == people.Tagalog {
		return i18n.T(ctx, "terms.tagalog")
	}
	return i18n.T(ctx, "terms.english")
}
