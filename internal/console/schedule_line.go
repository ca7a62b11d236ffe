package console

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"ekolek/internal/people"
	"ekolek/internal/schedule"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type lineView struct {
	web.Page
	Form      *form.Form
	Line      schedule.Line // zero on the page that adds some
	Begun     bool          // a change leaves the days before it as they were
	Barangays []ui.Option
	Crew      []ui.Option
	Materials []schedule.Material
	Days      []int       // that are chosen
	Wastes    []uuid.UUID // that are chosen
}

func (v lineView) isNew() bool { return v.Line.ID == uuid.Nil }

// GET /console/schedule/new/?barangay=
func (c *Console) newLinePage(w http.ResponseWriter, r *http.Request) error {
	return c.showLine(w, r, lineView{Form: form.Empty("active", "on", "barangay", form.Query(r).Text("barangay", 50), "valid_from", c.schedule.Today())})
}

// POST /console/schedule/new/ makes a line for each day that is ticked, all or none.
func (c *Console) addLines(w http.ResponseWriter, r *http.Request) error {
	v, in, err := readLine(r)
	if err != nil {
		return err
	}
	if len(v.Days) == 0 {
		v.Form.Refuse("weekday", "console.schedule.no_day")
	}
	if v.Form.OK() {
		err := c.schedule.AddLines(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).Scope, in, v.Days)
		if err := v.Form.Take(err); err != nil {
			return err
		}
	}
	if !v.Form.OK() {
		return c.showLine(w, r, v)
	}
	web.Flash(w, r, ui.Done, "console.schedule.added", "Count", len(v.Days))
	web.Redirect(w, r, planPath+"?barangay="+in.Barangay.String())
	return nil
}

// GET /console/schedule/lines/{id}/
func (c *Console) linePage(w http.ResponseWriter, r *http.Request) error {
	l, err := c.lineOf(r)
	if err != nil {
		return err
	}
	v := lineView{Line: l, Days: []int{weekdayNumber(l.Weekday)}, Form: form.Empty("barangay", l.Barangay.String(), "start", l.Start.String(), "end", l.End.String(),
		"collector", idOrNone(l.Collector), "notes", l.Notes, "notes_fil", l.NotesFil, "valid_from", l.ValidFrom, "valid_until", l.ValidUntil, "active", ticked(l.Active))}
	for _, m := range l.Wastes {
		v.Wastes = append(v.Wastes, m.ID)
	}
	return c.showLine(w, r, v)
}

// POST /console/schedule/lines/{id}/
func (c *Console) saveLine(w http.ResponseWriter, r *http.Request) error {
	l, err := c.lineOf(r)
	if err != nil {
		return err
	}
	v, in, err := readLine(r)
	if err != nil {
		return err
	}
	v.Line, in.ID = l, l.ID
	if len(v.Days) == 1 {
		in.Weekday = v.Days[0]
	}
	if in.ValidFrom == "" {
		in.ValidFrom = l.ValidFrom
	}
	if v.Form.OK() {
		_, err := c.schedule.SaveLine(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).Scope, in)
		if err := v.Form.Take(err); err != nil {
			return err
		}
	}
	if !v.Form.OK() {
		return c.showLine(w, r, v)
	}
	web.Flash(w, r, ui.Done, "console.saved")
	web.Redirect(w, r, planPath+"?barangay="+in.Barangay.String())
	return nil
}

// readLine reads the form of a line. What a time field cannot be is refused by the plan.
func readLine(r *http.Request) (lineView, schedule.LineForm, error) {
	f, err := form.Read(r)
	if err != nil {
		return lineView{}, schedule.LineForm{}, err
	}
	in := schedule.LineForm{Barangay: f.ID("barangay"), Start: minutes(f, "start"), End: minutes(f, "end"), Wastes: f.IDs("wastes"),
		Notes: f.Note("notes", schedule.MaxNote), NotesFil: f.Note("notes_fil", schedule.MaxNote), Active: f.Bool("active"),
		ValidFrom: f.Day("valid_from"), ValidUntil: f.Day("valid_until"), Collector: f.ID("collector"), From: f.Day("from")}
	return lineView{Form: f, Days: f.Ints("weekday"), Wastes: in.Wastes}, in, nil
}

// minutes reads a time of day; schedule.NoTime when it is none, which the plan refuses.
func minutes(f *form.Form, name string) schedule.Minutes {
	m, err := schedule.ParseMinutes(f.Text(name, 8))
	if err != nil {
		return schedule.NoTime
	}
	return m
}

func (c *Console) showLine(w http.ResponseWriter, r *http.Request, v lineView) (err error) {
	ctx, today := r.Context(), c.schedule.Today()
	if v.isNew() {
		v.Page = web.NewPage(r, "console.schedule.add")
	} else {
		v.Page = web.NewPage(r, "console.schedule.line", "Name", v.Line.BarangayName, "Day", i18n.T(ctx, weekdayKey(v.Line.Weekday)), "Hours", hours(v.Line.Start, v.Line.End))
		if v.Begun = v.Line.ValidFrom < today; v.Begun && !v.Form.Has("from") {
			v.Form.With("from", today)
		}
	}
	barangays, err := c.people.BarangaysOf(ctx, web.PrincipalOf(ctx).Scope)
	if err != nil {
		return err
	}
	v.Barangays = barangaysToPlan(ctx, barangays, v.Line.Barangay)
	if v.Crew, err = c.crewOptions(ctx, "console.schedule.whoever"); err != nil {
		return err
	}
	if v.Materials, err = c.schedule.Materials(ctx); err != nil {
		return err
	}
	return web.RenderForm(w, r, v.Form, lineTempl(v))
}

// lineOf is the line that the address names, in the reader's reach.
func (c *Console) lineOf(r *http.Request) (schedule.Line, error) {
	id, err := web.PathID(r, "id")
	if err != nil {
		return schedule.Line{}, err
	}
	return c.schedule.LineByID(r.Context(), web.PrincipalOf(r.Context()).Scope, id)
}

// barangaysToPlan are the barangays to which a truck can be sent, as choices of a form.
func barangaysToPlan(ctx context.Context, list []people.Barangay, also uuid.UUID) []ui.Option {
	options := []ui.Option{{Text: i18n.T(ctx, "console.enroll.choose_barangay")}}
	for _, b := range list {
		if b.Active || b.ID == also {
			options = append(options, ui.Option{Value: b.ID.String(), Text: b.Name})
		}
	}
	return options
}

// idOrNone is an identifier as a select carries it.
func idOrNone(id uuid.UUID) string {
	if id == uuid.Nil {
		return ""
	}
	return id.String()
}

func among[T comparable](list []T, one T) bool { return slices.Contains(list, one) }

type deleteLineView struct {
	web.Page
	Form    *form.Form
	Line    schedule.Line
	Effects []string
}

// GET /console/schedule/lines/{id}/delete/
func (c *Console) deleteLinePage(w http.ResponseWriter, r *http.Request) error {
	return c.showDeleteLine(w, r, form.Empty())
}

// POST /console/schedule/lines/{id}/delete/
func (c *Console) deleteLine(w http.ResponseWriter, r *http.Request) error {
	l, err := c.lineOf(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	if err := f.Take(c.schedule.DeleteLine(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).Scope, l.ID)); err != nil {
		return err
	}
	if !f.OK() {
		return c.showDeleteLine(w, r, f)
	}
	web.Flash(w, r, ui.Done, "console.schedule.deleted", "Name", l.BarangayName)
	web.Redirect(w, r, planPath+"?barangay="+l.Barangay.String())
	return nil
}

// deleteAhead is for how many days ahead the page counts what falls away.
const deleteAhead = 28

func (c *Console) showDeleteLine(w http.ResponseWriter, r *http.Request, f *form.Form) error {
	l, err := c.lineOf(r)
	if err != nil {
		return err
	}
	ctx, today := r.Context(), c.schedule.Today()
	list, err := c.schedule.Pickups(ctx, schedule.Query{Barangays: []uuid.UUID{l.Barangay}, From: today, To: schedule.AddDays(today, deleteAhead-1)})
	if err != nil {
		return err
	}
	fall := 0
	for _, p := range list {
		if p.Source == l.ID && p.Comes() && p.Visit == nil {
			fall++
		}
	}
	kept := i18n.T(ctx, "console.schedule.delete.past")
	if l.ValidFrom >= today {
		kept = i18n.T(ctx, "console.schedule.delete.unbegun")
	}
	v := deleteLineView{Page: web.NewPage(r, "console.schedule.delete.question"), Form: f, Line: l, Effects: []string{
		i18n.T(ctx, "console.schedule.delete.fall", "Count", fall, "Days", strconv.Itoa(deleteAhead)), kept, i18n.T(ctx, "console.schedule.delete.untold")}}
	return web.RenderForm(w, r, f, deleteLineTempl(v))
}
