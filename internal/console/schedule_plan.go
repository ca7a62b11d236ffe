package console

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"ekolek/internal/people"
	"ekolek/internal/report"
	"ekolek/internal/schedule"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type planView struct {
	web.Page
	Form       *form.Form
	Barangays  []ui.Option
	Days       []ui.Option
	Collectors []ui.Option
	Rows       []planRow
	Next       string
	Now        string // today
}

// planRow is the week of one barangay.
type planRow struct {
	Barangay uuid.UUID
	Name     string
	Days     [8][]schedule.Line // 1 Monday … 7 Sunday
}

// planLimit is how many lines a page shows: the whole plan of a city of ours.
const planLimit = 200

// GET /console/schedule/?barangay=&day=&collector=&inactive=&past=&after=
func (c *Console) plan(w http.ResponseWriter, r *http.Request) error {
	ctx, scope, f := r.Context(), web.PrincipalOf(r.Context()).Scope, form.Query(r)
	filter := lineFilter(f)
	page, err := c.schedule.Lines(ctx, scope, filter)
	if err != nil {
		return err
	}
	v := planView{Page: web.NewPage(r, "console.schedule.title"), Form: f, Days: dayOptions(ctx), Next: page.Next, Now: c.schedule.Today()}
	barangays, err := c.people.BarangaysOf(ctx, scope)
	if err != nil {
		return err
	}
	v.Barangays = barangayChoices(ctx, barangays)
	if v.Collectors, err = c.crewOptions(ctx, "console.anybody"); err != nil {
		return err
	}
	v.Rows = planRows(page.Rows)
	if page.Next == "" && filter.Cursor == "" && filter.Weekday == 0 && filter.Collector == uuid.Nil {
		v.Rows = withUnplanned(v.Rows, barangays, filter.Barangay)
	}
	return web.Render(w, r, http.StatusOK, planTempl(v))
}

// lineFilter reads the filters of the plan from its address. The whole plan fits a page.
func lineFilter(f *form.Form) schedule.LineFilter {
	day, _ := strconv.Atoi(f.Text("day", 1)) // what is none is every day
	return schedule.LineFilter{Barangay: f.ID("barangay"), Weekday: day, Collector: f.ID("collector"), Inactive: f.Bool("inactive"),
		Past: f.Bool("past"), Cursor: f.Text("after", 200), Limit: planLimit}
}

// planRows lays lines, which come by barangay, into weeks.
func planRows(lines []schedule.Line) (rows []planRow) {
	for _, l := range lines {
		if len(rows) == 0 || rows[len(rows)-1].Barangay != l.Barangay {
			rows = append(rows, planRow{Barangay: l.Barangay, Name: l.BarangayName})
		}
		week, day := &rows[len(rows)-1], weekdayNumber(l.Weekday)
		week.Days[day] = append(week.Days[day], l)
	}
	return rows
}

// withUnplanned adds the barangays to which no truck comes: the office must see them.
func withUnplanned(rows []planRow, barangays []people.Barangay, only uuid.UUID) []planRow {
	var all []planRow
	for _, b := range barangays {
		i := slices.IndexFunc(rows, func(r planRow) bool { return r.Barangay == b.ID })
		switch {
		case i >= 0:
			all = append(all, rows[i])
		case b.Active && (only == uuid.Nil || only == b.ID):
			all = append(all, planRow{Barangay: b.ID, Name: b.Name})
		}
	}
	return all
}

// planned is how many lines a row has.
func (r planRow) planned() (n int) {
	for _, lines := range r.Days {
		n += len(lines)
	}
	return n
}

// lineNote is what is special about a line: that it is off, begins later, or ends.
func lineNote(ctx context.Context, l schedule.Line, today string) string {
	switch {
	case l.ValidUntil != "" && l.ValidUntil < today:
		return i18n.T(ctx, "console.schedule.ended", "Day", i18n.CivilDate(ctx, l.ValidUntil))
	case !l.Active:
		return i18n.T(ctx, "console.schedule.off")
	case l.ValidFrom > today:
		return i18n.T(ctx, "console.schedule.begins", "Day", i18n.CivilDate(ctx, l.ValidFrom))
	case l.ValidUntil != "":
		return i18n.T(ctx, "console.schedule.ends", "Day", i18n.CivilDate(ctx, l.ValidUntil))
	}
	return ""
}

// GET /console/schedule.csv and .xlsx: what the plan shows, all of its pages.
func (c *Console) exportPlan(w http.ResponseWriter, r *http.Request) error {
	ctx, scope, filter := r.Context(), web.PrincipalOf(r.Context()).Scope, lineFilter(form.Query(r))
	table := report.Table{
		Name: "console.schedule.title",
		Head: []string{"console.barangay", "console.schedule.day", "console.schedule.start", "console.schedule.end", "console.schedule.wastes", "console.schedule.collector",
			"console.schedule.valid_from", "console.schedule.valid_until", "console.state", "console.schedule.notes", "console.schedule.notes_fil", "report.col.id"},
		Rows: rowsOf(func(cursor string) ([]schedule.Line, string, error) {
			filter.Cursor, filter.Limit = cursor, exportChunk
			page, err := c.schedule.Lines(ctx, scope, filter)
			return page.Rows, page.Next, err
		}, func(l schedule.Line) []any {
			return []any{l.BarangayName, report.Word(weekdayKey(l.Weekday)), l.Start.String(), l.End.String(), loads(ctx, l.Wastes, l.Other), l.CollectorName,
				dayCell(l.ValidFrom), dayCell(l.ValidUntil), report.Word(activeKey(l.Active)), l.Notes, l.NotesFil, l.ID.String()}
		}),
	}
	return web.Export(w, r, "schedule", c.now(), table)
}

// dayCell is a day in a file; none is an empty cell.
func dayCell(day string) any {
	if day == "" {
		return nil
	}
	return report.Day(day)
}

func activeKey(active bool) string {
	if active {
		return "console.active"
	}
	return "console.inactive"
}

// barangayChoices are barangays as choices of a filter, with one for all of them.
func barangayChoices(ctx context.Context, list []people.Barangay) []ui.Option {
	options := []ui.Option{{Text: i18n.T(ctx, "console.all_barangays", "Count", len(list))}}
	for _, b := range list {
		options = append(options, ui.Option{Value: b.ID.String(), Text: b.Name})
	}
	return options
}

// dayOptions are the days of the week as choices, with one for all of them.
func dayOptions(ctx context.Context) []ui.Option {
	options := []ui.Option{{Text: i18n.T(ctx, "console.schedule.every_day")}}
	for _, d := range week() {
		options = append(options, ui.Option{Value: strconv.Itoa(weekdayNumber(d)), Text: i18n.T(ctx, weekdayKey(d))})
	}
	return options
}

// crewOptions are the collectors as choices; none is what a key says.
func (c *Console) crewOptions(ctx context.Context, none string) ([]ui.Option, error) {
	crew, err := c.schedule.Crew(ctx)
	if err != nil {
		return nil, err
	}
	options := []ui.Option{{Text: i18n.T(ctx, none)}}
	for _, one := range crew {
		options = append(options, ui.Option{Value: one.ID.String(), Text: one.Name})
	}
	return options, nil
}
