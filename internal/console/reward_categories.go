package console

import (
	"context"
	"net/http"

	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type categoriesView struct {
	web.Page
	Form       *form.Form
	Categories []rewards.Category
}

// GET /console/rewards/categories/
func (c *Console) categories(w http.ResponseWriter, r *http.Request) error {
	return c.showCategories(w, r, form.Empty("active", "on"))
}

// POST /console/rewards/categories/ adds one, or changes the one that id names.
func (c *Console) saveCategory(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	in := rewards.CategoryForm{ID: f.ID("id"), Name: f.Required("name", 100), Description: f.Text("description", 1000), Active: f.Bool("active")}
	if f.OK() {
		_, err := c.rewards.SaveCategory(r.Context(), web.ActorOf(r), in)
		if err := f.Take(err); err != nil {
			return err
		}
	}
	if !f.OK() {
		return c.showCategories(w, r, f)
	}
	web.Flash(w, r, ui.Done, "console.saved")
	web.Redirect(w, r, "/console/rewards/categories/")
	return nil
}

func (c *Console) showCategories(w http.ResponseWriter, r *http.Request, f *form.Form) error {
	list, err := c.rewards.Categories(r.Context())
	if err != nil {
		return err
	}
	v := categoriesView{Page: web.NewPage(r, "console.categories.title"), Form: f, Categories: list}
	if id := r.URL.Query().Get("edit"); id != "" && !f.Wrong() {
		for _, c := range list {
			if c.ID.String() == id {
				v.Form = form.Empty("id", id, "name", c.Name, "description", c.Description, "active", ticked(c.Active))
			}
		}
	}
	return web.RenderForm(w, r, f, categoriesTempl(v))
}

// categoryOptions are the categories as choices, after one for none or all of them.
func (c *Console) categoryOptions(ctx context.Context, first string) ([]ui.Option, error) {
	list, err := c.rewards.Categories(ctx)
	if err != nil {
		return nil, err
	}
	options := []ui.Option{{Text: i18n.T(ctx, first)}}
	for _, c := range list {
		options = append(options, ui.Option{Value: c.ID.String(), Text: c.Name})
	}
	return options, nil
}
