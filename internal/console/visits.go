package console

import (
	"context"
	"net/http"

	"ekolek/internal/report"
	"ekolek/internal/schedule"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

const visitsPath = "/console/schedule/visits/"

type visitsView struct {
	web.Page
	Form       *form.Form
	Barangays  []ui.Option
	Collectors []ui.Option
	Rows       []schedule.Visit
	Next       string
}

// GET /console/schedule/visits/?from=&to=&barangay=&by=&state=&after=
func (c *Console) visits(w http.ResponseWriter, r *http.Request) error {
	ctx, scope := r.Context(), web.PrincipalOf(r.Context()).Scope
	f := form.Query(r)
	page, err := c.schedule.Visits(ctx, scope, visitFilter(f))
	if err != nil {
		return err
	}
	v := visitsView{Page: web.NewPage(r, "visits.title"), Form: f, Rows: page.Rows, Next: page.Next}
	if v.Barangays, err = c.barangayOptions(ctx, scope); err != nil {
		return err
	}
	if v.Collectors, err = c.staffOptions(ctx); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, visitsTempl(v))
}

func visitFilter(f *form.Form) schedule.VisitFilter {
	return schedule.VisitFilter{From: f.Day("from"), To: f.Day("to"), Barangay: f.ID("barangay"), By: f.ID("by"),
		State: schedule.VisitState(f.Text("state", 20)), Cursor: f.Text("after", 200)}
}

func visitStateOptions(ctx context.Context) []ui.Option {
	return []ui.Option{{Text: i18n.T(ctx, "visits.any")}, {Value: string(schedule.Collected), Text: i18n.T(ctx, "run.collected")},
		{Value: string(schedule.Missed), Text: i18n.T(ctx, "run.not_collected")}}
}

// GET /console/schedule/visits.csv and .xlsx: what the list shows, all of its pages.
func (c *Console) exportVisits(w http.ResponseWriter, r *http.Request) error {
	table := report.Table{
		Name: "visits.title",
		Head: []string{"visits.day", "console.barangay", "console.state", "report.col.reason", "run.note", "run.time", "console.collector", "visits.version", "report.col.id"},
		Rows: rowsOf(func(cursor string) ([]schedule.Visit, string, error) {
			filter := visitFilter(form.Query(r))
			filter.Cursor, filter.Limit = cursor, exportChunk
			page, err := c.schedule.Visits(r.Context(), web.PrincipalOf(r.Context()).Scope, filter)
			return page.Rows, page.Next, err
		}, visitCells),
	}
	return web.Export(w, r, "visits", c.now(), table)
}

func visitCells(v schedule.Visit) []any {
	state, reason := report.Word("run.collected"), report.Word("")
	if v.State == schedule.Missed {
		state, reason = report.Word("run.not_collected"), report.Word(missKey(v.Reason))
	}
	return []any{v.Day, v.BarangayName, state, reason, v.Note, v.At, v.ByName, int64(v.Version), v.ID.String()}
}
