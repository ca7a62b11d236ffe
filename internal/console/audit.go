package console

import (
	"context"
	"net/http"

	"ekolek/internal/audit"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type auditView struct {
	web.Page
	Form    *form.Form
	Actors  []ui.Option
	Actions []ui.Option
	Rows    []audit.Entry
	Next    string
}

// GET /console/audit/?actor=&action=&target=&from=&to=&after=
func (c *Console) auditTrail(w http.ResponseWriter, r *http.Request) error {
	ctx, f := r.Context(), form.Query(r)
	page, err := c.report.Trail(ctx, auditFilter(f))
	if err != nil {
		return err
	}
	v := auditView{Page: web.NewPage(r, "console.audit.title"), Form: f, Rows: page.Rows, Next: page.Next}
	if v.Actors, err = c.staffOptions(ctx); err != nil {
		return err
	}
	if v.Actions, err = c.actionOptions(ctx); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, auditTempl(v))
}

// auditFilter reads the filters of the trail from its address.
func auditFilter(f *form.Form) audit.Filter {
	return audit.Filter{Actor: f.ID("actor"), Action: f.Text("action", 60), Target: f.ID("target"),
		From: f.Day("from"), To: f.Day("to"), Cursor: f.Text("after", 200)}
}

// actionOptions are the acts that the trail holds.
func (c *Console) actionOptions(ctx context.Context) ([]ui.Option, error) {
	actions, err := c.report.TrailActions(ctx)
	if err != nil {
		return nil, err
	}
	options := []ui.Option{{Text: i18n.T(ctx, "console.audit.all_actions")}}
	for _, a := range actions {
		options = append(options, ui.Option{Value: a, Text: actionText(ctx, a)})
	}
	return options, nil
}

// GET /console/audit.csv and .xlsx
func (c *Console) exportAudit(w http.ResponseWriter, r *http.Request) error {
	return web.Export(w, r, "audit", c.now(), c.report.TrailTable(r.Context(), auditFilter(form.Query(r))))
}

// actionText is an act in words; one of a former system stands as it was kept.
func actionText(ctx context.Context, action string) string {
	if key := audit.ActionKey(action); key != "" {
		return i18n.T(ctx, key)
	}
	return action
}
