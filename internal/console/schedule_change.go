package console

import (
	"context"
	"net/http"
	"slices"

	"github.com/google/uuid"

	"ekolek/internal/people"
	"ekolek/internal/schedule"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

// changeView is the page on which the office suspends, moves or adds pick-ups: a form, and
// what it would do.
type changeView struct {
	web.Page
	Form      *form.Form
	Barangays []people.Barangay
	Holidays  []schedule.Holiday // that come
	Materials []schedule.Material
	Line      schedule.Line // the only one that is meant; zero: all
	Asked     schedule.ExceptionForm
	Preview   schedule.ExceptionPreview
	Today     string
}

// What the buttons of the page ask for.
const (
	doPreview = "preview"
	doEdit    = "edit"
	doConfirm = "confirm"
)

// previewRows is how many pick-ups the page shows of those that change.
const previewRows = 40

// GET /console/schedule/exceptions/new/?kind=&reason=&from=&days=&line=&barangay=
func (c *Console) newExceptionPage(w http.ResponseWriter, r *http.Request) error {
	q := form.Query(r)
	f := form.Empty("request_key", newRequestKey(), "kind", q.Text("kind", 20), "reason", q.Text("reason", 20), "from", q.Day("from"), "line", q.Text("line", 50), "to", toEverybody)
	v := changeView{Form: f, Asked: schedule.ExceptionForm{Line: q.ID("line")}}
	for _, day := range q.Days("days") {
		v.Asked.Days = append(v.Asked.Days, schedule.DayMove{Day: day})
	}
	if id := q.ID("barangay"); id != uuid.Nil {
		f.With("to", toSome)
		v.Asked.Barangays = []uuid.UUID{id}
	}
	return c.showChange(w, r, v)
}

// POST /console/schedule/exceptions/new/ shows what would happen, and does it when it is
// confirmed.
func (c *Console) newException(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	v := changeView{Form: f}
	if err := c.changeLists(r.Context(), &v); err != nil {
		return err
	}
	v.readChange()
	switch do := f.Raw("do"); {
	case !f.OK(), do == doEdit:
		return c.showChange(w, r, v)
	case do == doConfirm:
		return c.confirmChange(w, r, v)
	default:
		return c.previewChange(w, r, v)
	}
}

// readChange makes of the form what the plan asks for.
func (v *changeView) readChange() {
	f := v.Form
	v.Asked = schedule.ExceptionForm{
		RequestKey: f.Text("request_key", 100), Kind: schedule.Kind(f.Choice("kind", texts(schedule.Kinds())...)), Reason: schedule.Reason(f.Choice("reason", texts(schedule.Reasons())...)),
		Note: f.Note("note", schedule.MaxNote), NoteFil: f.Note("note_fil", schedule.MaxNote), Line: f.ID("line"),
		Barangays: f.IDs("barangays"), Days: v.days(), Wastes: f.IDs("wastes"), Tell: f.Bool("tell"), SMS: f.Bool("sms"), Mail: f.Bool("mail"),
	}
	if f.Raw("to") != toSome {
		v.Asked.Barangays = nil
		for _, b := range v.Barangays {
			if b.Active {
				v.Asked.Barangays = append(v.Asked.Barangays, b.ID)
			}
		}
	}
	if v.Asked.Kind == schedule.Suspend || (f.Text("start", 8) == "" && f.Text("end", 8) == "") {
		return
	}
	start, end := minutes(f, "start"), minutes(f, "end")
	v.Asked.Start, v.Asked.End = &start, &end
}

// days are those from one day to another and the ticked holidays, each once. A move takes
// the first of them to its day, and the others as far.
func (v *changeView) days() (days []schedule.DayMove) {
	f := v.Form
	list := f.Days("days")
	from, until := f.Day("from"), f.Day("until")
	if until == "" {
		until = from
	}
	if from != "" && until < from {
		f.Refuse("until", "console.schedule.until_early")
	}
	for day := from; from != "" && day <= until && len(list) <= schedule.MaxDays; day = schedule.AddDays(day, 1) {
		list = append(list, day)
	}
	if slices.Sort(list); len(list) == 0 {
		f.Refuse("from", "form.required")
	}
	list = slices.Compact(list)
	to := f.Day("move_to")
	if f.Raw("kind") != string(schedule.Move) {
		to = ""
	} else if to == "" {
		f.Refuse("move_to", "form.required")
	}
	for _, day := range list {
		move := schedule.DayMove{Day: day}
		if to != "" {
			move.To = schedule.AddDays(to, int(parseDay(day).Sub(parseDay(list[0])).Hours()/24))
		}
		days = append(days, move)
	}
	return days
}

// previewChange shows what would happen, before it does.
func (c *Console) previewChange(w http.ResponseWriter, r *http.Request, v changeView) (err error) {
	asked := v.Asked
	asked.Tell, asked.Mail, asked.SMS = true, true, true
	v.Preview, err = c.schedule.PreviewException(r.Context(), web.PrincipalOf(r.Context()).Scope, asked)
	if err := v.take(err); err != nil {
		return err
	}
	if !v.Form.OK() {
		return c.showChange(w, r, v)
	}
	v.Page = web.NewPage(r, "console.schedule.change")
	if !v.Form.Has("sure") { // the first time: the usual ways
		v.Form.With("tell", "on").With("mail", "on")
	}
	return web.Render(w, r, http.StatusOK, changePreviewTempl(v))
}

func (c *Console) confirmChange(w http.ResponseWriter, r *http.Request, v changeView) error {
	made, err := c.schedule.Except(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).Scope, v.Asked)
	if err := v.take(err); err != nil {
		return err
	}
	if !v.Form.OK() {
		return c.showChange(w, r, v)
	}
	web.Flash(w, r, ui.Done, "console.schedule.change_done")
	web.Redirect(w, r, exceptionPath(made.ID))
	return nil
}

// take keeps what the plan refuses beside the fields of this page.
func (v *changeView) take(err error) error {
	err = v.Form.Take(err)
	v.Form.Rename("days", "from")
	return err
}

func (c *Console) showChange(w http.ResponseWriter, r *http.Request, v changeView) (err error) {
	v.Page = web.NewPage(r, "console.schedule.change")
	if v.Barangays == nil {
		if err := c.changeLists(r.Context(), &v); err != nil {
			return err
		}
	}
	if v.Asked.Line != uuid.Nil {
		if v.Line, err = c.schedule.LineByID(r.Context(), v.Principal.Scope, v.Asked.Line); err != nil {
			return err
		}
	}
	return web.RenderForm(w, r, v.Form, changeTempl(v))
}

// changeLists reads what there is to choose from.
func (c *Console) changeLists(ctx context.Context, v *changeView) (err error) {
	if v.Barangays, err = c.people.BarangaysOf(ctx, web.PrincipalOf(ctx).Scope); err != nil {
		return err
	}
	if v.Materials, err = c.schedule.Materials(ctx); err != nil {
		return err
	}
	v.Today = c.schedule.Today()
	v.Holidays, err = c.comingHolidays(ctx, v.Today)
	return err
}

// holidaysAhead is how far ahead the form offers holidays.
const holidaysAhead = 180

// comingHolidays are those of the months to come.
func (c *Console) comingHolidays(ctx context.Context, today string) (coming []schedule.Holiday, err error) {
	last := schedule.AddDays(today, holidaysAhead)
	for year := parseDay(today).Year(); year <= parseDay(last).Year(); year++ {
		list, err := c.schedule.Holidays(ctx, year)
		if err != nil {
			return nil, err
		}
		for _, h := range list {
			if h.Day >= today && h.Day <= last {
				coming = append(coming, h)
			}
		}
	}
	return coming, nil
}

// onDay says whether a day is among those that are asked for.
func (v changeView) onDay(day string) bool {
	return slices.ContainsFunc(v.Asked.Days, func(d schedule.DayMove) bool { return d.Day == day })
}

// holidayAsked says that a holiday is ticked.
func (v changeView) holidayAsked() bool {
	return slices.ContainsFunc(v.Holidays, func(h schedule.Holiday) bool { return v.onDay(h.Day) && v.Form.Raw("from") != h.Day })
}

// kept are the fields that the preview carries along unseen.
func (changeView) kept() []string {
	return []string{"request_key", "kind", "reason", "note", "note_fil", "line", "to", "from", "until", "move_to", "start", "end"}
}

// shown are the first of the pick-ups that change.
func (v changeView) shown() []schedule.Pickup {
	return v.Preview.Pickups[:min(len(v.Preview.Pickups), previewRows)]
}

// happens says in numbers what would become of the plan.
func (v changeView) happens(ctx context.Context) string {
	n := len(v.Preview.Pickups)
	switch v.Asked.Kind {
	case schedule.Suspend:
		return i18n.T(ctx, "console.schedule.would.suspend", "Count", n)
	case schedule.Move:
		return i18n.T(ctx, "console.schedule.would.move", "Count", n)
	default:
		return i18n.T(ctx, "console.schedule.would.add", "Count", n)
	}
}

// wrongWords is what was refused of a field, in words.
func wrongWords(ctx context.Context, f *form.Form, name string) string {
	t, ok := f.FieldError(name)
	if !ok {
		return ""
	}
	return i18n.Say(ctx, t)
}

// texts are the values of a list of choices.
func texts[T ~string](list []T) (out []string) {
	for _, one := range list {
		out = append(out, string(one))
	}
	return out
}

// kindDuty is what a kind of exception does, for whoever chooses one.
func kindDuty(ctx context.Context, k schedule.Kind) string {
	switch k {
	case schedule.Suspend:
		return i18n.T(ctx, "console.schedule.duty.suspend")
	case schedule.Move:
		return i18n.T(ctx, "console.schedule.duty.move")
	default:
		return i18n.T(ctx, "console.schedule.duty.add")
	}
}

// confirmKey names the button that does it.
func confirmKey(k schedule.Kind) string {
	switch k {
	case schedule.Suspend:
		return "console.schedule.confirm.suspend"
	case schedule.Move:
		return "console.schedule.confirm.move"
	default:
		return "console.schedule.confirm.add"
	}
}

func confirmClass(k schedule.Kind) string {
	if k == schedule.Suspend {
		return "btn-error"
	}
	return "btn-primary"
}
