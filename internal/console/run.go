package console

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"ekolek/internal/auth"
	"ekolek/internal/errs"
	"ekolek/internal/schedule"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
)

// runPath is a collector's day: the pick-ups that are theirs, in the order of the clock.
const runPath = "/console/run/"

// runRoutes are a collector's run, and what was marked of it.
func (c *Console) runRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /console/run/", Need: auth.UseStation, Handle: c.run},
		{Pattern: "GET /console/run/{source}/{original}/", Need: auth.UseStation, Handle: c.runStop},
		{Pattern: "POST /console/run/{source}/{original}/", Need: auth.UseStation, Handle: c.markStop},
		{Pattern: "GET /console/schedule/visits/", Need: auth.ManageSchedules, Handle: c.visits},
		{Pattern: "GET /console/schedule/visits.csv", Need: auth.ManageSchedules, Handle: c.exportVisits},
		{Pattern: "GET /console/schedule/visits.xlsx", Need: auth.ManageSchedules, Handle: c.exportVisits},
	}
}

// runView is one day of a collector.
type runView struct {
	web.Page
	Day, Today string
	Stops      []runStop
	Now        time.Time // for the clock of phones
}

// due are the pick-ups that come.
func (v runView) due() (n int) {
	for _, s := range v.Stops {
		if s.Comes() {
			n++
		}
	}
	return n
}

// marked are those of them that somebody has marked.
func (v runView) marked() (n int) {
	for _, s := range v.Stops {
		if s.Comes() && s.Visit != nil {
			n++
		}
	}
	return n
}

// runStop is a pick-up on a run.
type runStop struct {
	schedule.Pickup
	Key  string // of a mark
	Open bool   // it may be marked, or corrected, now
	Late bool   // its time is over and nobody has marked it
}

func (c *Console) runStopOf(p schedule.Pickup) runStop {
	return runStop{Pickup: p, Key: newRequestKey(), Open: c.schedule.Open(p), Late: p.Comes() && p.Visit == nil && p.EndsAt().Before(c.now())}
}

// path is where the pick-up is marked; id names it on the page of its day.
func (s runStop) path() string { return runPath + s.Source.String() + "/" + s.Original + "/" }
func (s runStop) id() string   { return "stop-" + s.Source.String() + "-" + s.Original }

// GET /console/run/?day=
func (c *Console) run(w http.ResponseWriter, r *http.Request) error {
	today := c.schedule.Today()
	day := r.URL.Query().Get("day")
	if !schedule.IsDay(day) {
		day = today
	}
	found, err := c.schedule.Run(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).Scope, day)
	if err != nil {
		return err
	}
	v := runView{Page: web.NewPage(r, "run.title"), Day: day, Today: today, Now: c.now()}
	for _, p := range found {
		v.Stops = append(v.Stops, c.runStopOf(p))
	}
	return web.Render(w, r, http.StatusOK, runTempl(v))
}

// runStopView is the form of one pick-up: what became of it, when and why.
type runStopView struct {
	web.Page
	Stop runStop
	Form *form.Form
	Now  time.Time // for the clock of phones
}

// GET /console/run/{source}/{original}/?state=
func (c *Console) runStop(w http.ResponseWriter, r *http.Request) error {
	p, err := c.pickupOf(r)
	if err != nil {
		return err
	}
	f := form.Empty("key", newRequestKey(), "state", r.URL.Query().Get("state"))
	switch {
	case p.Visit != nil:
		f.With("state", cmp.Or(f.Raw("state"), string(p.Visit.State))).With("reason", string(p.Visit.Reason)).
			With("note", p.Visit.Note).With("time", clockTime(p.Visit.At))
	case p.Day < c.schedule.Today():
		f.With("time", p.Start.String()) // now would be another day
	}
	return c.showStop(w, r, http.StatusOK, p, f)
}

// pickupOf reads the pick-up of the address, when it is one of this member of staff's.
func (c *Console) pickupOf(r *http.Request) (schedule.Pickup, error) {
	source, err := web.PathID(r, "source")
	if err != nil {
		return schedule.Pickup{}, err
	}
	ctx, who := r.Context(), web.PrincipalOf(r.Context())
	p, err := c.schedule.PickupByKey(ctx, source, r.PathValue("original"))
	if err == nil && p.Collector != who.ID {
		err = c.people.Reaches(ctx, who.Scope, p.Barangay)
	}
	return p, err
}

// POST /console/run/{source}/{original}/
func (c *Console) markStop(w http.ResponseWriter, r *http.Request) error {
	p, err := c.pickupOf(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	mark := readMark(f, p)
	if err = f.Err(); err == nil {
		_, err = c.schedule.Mark(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).Scope, mark)
	}
	if err != nil {
		return c.refuseMark(w, r, p, f, err)
	}
	return goOn(w, r, runPath+"?day="+p.Day+"#"+runStop{Pickup: p}.id())
}

// readMark reads the form. The hidden field "at" is the moment of the tap, by a phone
// that has no signal yet; "time" is a time of the pick-up's day that somebody typed.
func readMark(f *form.Form, p schedule.Pickup) schedule.MarkForm {
	m := schedule.MarkForm{RequestKey: f.Text("key", 100), Source: p.Source, Original: p.Original,
		State: schedule.VisitState(f.Text("state", 20)), Note: f.Text("note", schedule.MaxNote), At: f.Moment("at")}
	if m.State == schedule.Missed {
		m.Reason = schedule.MissReason(f.Text("reason", 20))
	}
	if typed := f.Text("time", 8); typed != "" {
		at, err := schedule.ParseMinutes(typed)
		if err != nil {
			f.Refuse("time", "error.schedule.time")
		}
		m.At = p.StartsAt().Add(time.Duration(at-p.Start) * time.Minute)
	}
	return m
}

// refuseMark shows the form with what is wrong with it; a script keeps its page and gets
// the refusal alone.
func (c *Console) refuseMark(w http.ResponseWriter, r *http.Request, p schedule.Pickup, f *form.Form, refusal error) error {
	if web.WantsJSON(r) {
		return refusal
	}
	if isKeyReused(refusal) {
		refusal = errs.New(errs.Conflict, "ALREADY_SAVED", "run.already")
		f.With("key", newRequestKey())
	}
	if f.OK() {
		if err := f.Take(refusal); err != nil {
			return err
		}
		f.Rename("at", "time")
	}
	return c.showStop(w, r, web.StatusOf(refusal), p, f)
}

func (c *Console) showStop(w http.ResponseWriter, r *http.Request, status int, p schedule.Pickup, f *form.Form) error {
	v := runStopView{Page: web.NewPage(r, "run.stop_title", "Barangay", p.BarangayName), Stop: c.runStopOf(p), Form: f, Now: c.now()}
	return web.Render(w, r, status, runStopTempl(v))
}

// back is the day of the pick-up.
func (v runStopView) back() string { return runPath + "?day=" + v.Stop.Day }

func (v runStopView) wrong(field string) errs.Text {
	t, _ := v.Form.FieldError(field)
	return t
}

func (v runStopView) refused(field string) bool { return v.wrong(field).Key != "" }

// markTexts are what the page's script says and goes by. The phone's own clock may be
// wrong; ours tells by how much.
func markTexts(ctx context.Context, address string, now time.Time) templ.Attributes {
	a := submitTexts(ctx, address)
	a["data-mark"], a["data-now"] = true, now.UTC().Format(time.RFC3339)
	return says(ctx, a, map[string]string{"say-already-saved": "run.already", "say-saved": "run.saved"})
}

func missWords(ctx context.Context, m schedule.MissReason) string { return i18n.T(ctx, missKey(m)) }

// missKey is the catalogue key of why nothing was collected.
func missKey(m schedule.MissReason) string {
	switch m {
	case schedule.MissTruck:
		return "run.miss.truck"
	case schedule.MissRoad:
		return "run.miss.road"
	case schedule.MissWeather:
		return "run.miss.weather"
	case schedule.MissNothing:
		return "run.miss.nothing"
	default:
		return "run.miss.other"
	}
}

// visitLook is what a mark says, its colour and its sign.
func visitLook(ctx context.Context, v schedule.Visit) (tone, icon, text string) {
	if v.State == schedule.Collected {
		return "leaf", "check", i18n.T(ctx, "run.collected")
	}
	return "clay", "x", i18n.T(ctx, "run.missed_why", "Why", missWords(ctx, v.Reason))
}

// runDay writes a day of the plan: "Saturday, 28 November".
func runDay(ctx context.Context, day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return i18n.Day(ctx, t)
}

// clockTime is a moment as a field of times holds it: 07:30 in Manila.
func clockTime(t time.Time) string { return i18n.Stamp(t)[len("2006-01-02T"):][:len("15:04")] }
