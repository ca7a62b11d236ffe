package console

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"ekolek/internal/people"
	"ekolek/internal/schedule"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type exceptionsView struct {
	web.Page
	Form      *form.Form
	Barangays []ui.Option
	Kinds     []ui.Option
	Rows      []schedule.Exception
	Next      string
	Filtered  bool
}

// GET /console/schedule/exceptions/?barangay=&kind=&coming=&lifted=&after=
func (c *Console) exceptions(w http.ResponseWriter, r *http.Request) error {
	ctx, scope, f := r.Context(), web.PrincipalOf(r.Context()).Scope, form.Query(r)
	filter := schedule.ExceptionFilter{Barangay: f.ID("barangay"), Kind: schedule.Kind(f.Text("kind", 20)), Coming: f.Bool("coming"), Lifted: f.Bool("lifted"), Cursor: f.Text("after", 200)}
	page, err := c.schedule.Exceptions(ctx, scope, filter)
	if err != nil {
		return err
	}
	v := exceptionsView{Page: web.NewPage(r, "console.schedule.changes"), Form: f, Rows: page.Rows, Next: page.Next, Kinds: changeOptions(ctx),
		Filtered: r.URL.RawQuery != ""}
	if v.Barangays, err = c.barangayOptions(ctx, scope); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, exceptionsTempl(v))
}

func changeOptions(ctx context.Context) []ui.Option {
	options := []ui.Option{{Text: i18n.T(ctx, "console.all_kinds")}}
	for _, k := range schedule.Kinds() {
		options = append(options, ui.Option{Value: string(k), Text: kindWords(ctx, k)})
	}
	return options
}

type exceptionView struct {
	web.Page
	Exception schedule.Exception
	Rows      []schedule.Pickup // that it changed; none of a lifted one
	MayLift   bool              // all of its barangays are in reach
}

// GET /console/schedule/exceptions/{id}/
func (c *Console) exception(w http.ResponseWriter, r *http.Request) error {
	e, err := c.exceptionOf(r)
	if err != nil {
		return err
	}
	_, _, kind := kindLook(r.Context(), e.Kind)
	v := exceptionView{Page: web.NewPage(r, "console.schedule.exception", "Kind", kind, "Days", daysWords(r.Context(), e.Days)), Exception: e}
	if v.Rows, err = c.changedBy(r.Context(), e); err != nil {
		return err
	}
	if v.MayLift, err = c.reachesAll(r.Context(), e); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, exceptionTempl(v))
}

// reachesAll says that the reader works in every barangay of an exception, and may take it
// back.
func (c *Console) reachesAll(ctx context.Context, e schedule.Exception) (bool, error) {
	reach, err := c.people.BarangaysOf(ctx, web.PrincipalOf(ctx).Scope)
	outside := func(p schedule.Place) bool {
		return !slices.ContainsFunc(reach, func(b people.Barangay) bool { return b.ID == p.ID })
	}
	return !e.Lifted() && !slices.ContainsFunc(e.Barangays, outside), err
}

// exceptionOf is the exception that the address names, in the reader's reach.
func (c *Console) exceptionOf(r *http.Request) (schedule.Exception, error) {
	id, err := web.PathID(r, "id")
	if err != nil {
		return schedule.Exception{}, err
	}
	return c.schedule.ExceptionByID(r.Context(), web.PrincipalOf(r.Context()).Scope, id)
}

// changedBy are the pick-ups that stand as they do because of an exception.
func (c *Console) changedBy(ctx context.Context, e schedule.Exception) ([]schedule.Pickup, error) {
	if e.Lifted() || len(e.Days) == 0 {
		return nil, nil
	}
	first, last := e.Days[0].Day, e.Days[0].Day
	for _, d := range e.Days {
		first, last = min(first, d.Day, cmp.Or(d.To, d.Day)), max(last, d.Day, d.To)
	}
	q := schedule.Query{From: first, To: min(last, schedule.AddDays(first, schedule.MaxSpan-1))}
	for _, b := range e.Barangays {
		q.Barangays = append(q.Barangays, b.ID)
	}
	list, err := c.schedule.Pickups(ctx, q)
	return slices.DeleteFunc(list, func(p schedule.Pickup) bool { return p.Why == nil || p.Why.ID != e.ID }), err
}

type liftView struct {
	web.Page
	Form      *form.Form
	Exception schedule.Exception
	Effects   []string
}

// GET /console/schedule/exceptions/{id}/lift/
func (c *Console) liftPage(w http.ResponseWriter, r *http.Request) error {
	e, err := c.exceptionOf(r)
	if err != nil {
		return err
	}
	return c.showLift(w, r, e, form.Empty("tell", "on"))
}

// POST /console/schedule/exceptions/{id}/lift/
func (c *Console) lift(w http.ResponseWriter, r *http.Request) error {
	e, err := c.exceptionOf(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	if err := f.Take(c.schedule.Lift(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).Scope, e.ID, f.Bool("tell"))); err != nil {
		return err
	}
	if !f.OK() {
		return c.showLift(w, r, e, f)
	}
	web.Flash(w, r, ui.Done, "console.schedule.lift.done")
	web.Redirect(w, r, exceptionPath(e.ID))
	return nil
}

func (c *Console) showLift(w http.ResponseWriter, r *http.Request, e schedule.Exception, f *form.Form) error {
	ctx := r.Context()
	list, err := c.changedBy(ctx, e)
	if err != nil {
		return err
	}
	back := i18n.T(ctx, "console.schedule.lift.back", "Count", len(list))
	if e.Kind == schedule.Add {
		back = i18n.T(ctx, "console.schedule.lift.gone", "Count", len(list))
	}
	v := liftView{Page: web.NewPage(r, "console.schedule.lift.question"), Form: f, Exception: e, Effects: []string{back, i18n.T(ctx, "console.schedule.lift.seen")}}
	return web.RenderForm(w, r, f, liftTempl(v))
}

// daysWords writes the days of an exception, those in a row as one span: "Mon 30 Nov –
// Wed 2 Dec, Fri 4 Dec", and of a move where they go.
func daysWords(ctx context.Context, days []schedule.DayMove) string {
	var parts []string
	for i := 0; i < len(days); {
		j := i
		for j+1 < len(days) && follows(days[j], days[j+1]) {
			j++
		}
		text := spanWords(ctx, days[i].Day, days[j].Day)
		if days[i].To != "" {
			text = i18n.T(ctx, "console.schedule.to", "From", text, "To", spanWords(ctx, days[i].To, days[j].To))
		}
		parts, i = append(parts, text), j+1
	}
	return strings.Join(parts, ", ")
}

// follows says that b is the day after a, and goes to the day after a's.
func follows(a, b schedule.DayMove) bool {
	return b.Day == schedule.AddDays(a.Day, 1) && (a.To == "" || b.To == schedule.AddDays(a.To, 1))
}

func spanWords(ctx context.Context, first, last string) string {
	if first == last {
		return dayWords(ctx, first)
	}
	return dayWords(ctx, first) + " – " + dayWords(ctx, last)
}

// placesWords names barangays, the first few when there are many.
func placesWords(ctx context.Context, places []schedule.Place, most int) string {
	var names []string
	for i, p := range places {
		if i == most-1 && len(places) > most {
			return i18n.T(ctx, "console.schedule.more", "Names", strings.Join(names, ", "), "Count", len(places)-i)
		}
		names = append(names, p.Name)
	}
	return strings.Join(names, ", ")
}
