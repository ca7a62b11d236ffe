package console

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"ekolek/internal/approval"
	"ekolek/internal/collection"
	"ekolek/internal/report"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type weighInsView struct {
	web.Page
	Form       *form.Form
	Resident   string // whose they are, when only one resident's are shown
	Barangays  []ui.Option
	Collectors []ui.Option
	Types      []ui.Option
	Rows       []collection.WeighIn
	Totals     collection.Totals
	Next       string
}

// GET /console/weigh-ins/?from=&to=&barangay=&collector=&type=&resident=&after=
func (c *Console) weighIns(w http.ResponseWriter, r *http.Request) error {
	ctx, scope := r.Context(), web.PrincipalOf(r.Context()).Scope
	f := form.Query(r)
	page, totals, err := c.collection.WeighIns(ctx, scope, weighInFilter(f))
	if err != nil {
		return err
	}
	v := weighInsView{Page: web.NewPage(r, "console.weigh_ins.title"), Form: f, Rows: page.Rows, Totals: totals, Next: page.Next}
	if id := f.ID("resident"); id != uuid.Nil {
		who, err := c.people.ResidentByID(ctx, scope, id)
		if err != nil {
			return err
		}
		v.Resident = who.FullName
	}
	if v.Barangays, err = c.barangayOptions(ctx, scope); err != nil {
		return err
	}
	if v.Collectors, err = c.staffOptions(ctx); err != nil {
		return err
	}
	if v.Types, err = c.typeOptions(ctx); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, weighInsTempl(v))
}

// weighInFilter reads the filters of the list from its address.
func weighInFilter(f *form.Form) collection.Filter {
	return collection.Filter{From: f.Day("from"), To: f.Day("to"), Barangay: f.ID("barangay"), Collector: f.ID("collector"),
		Type: f.ID("type"), Resident: f.ID("resident"), Cursor: f.Text("after", 200)}
}

// staffOptions are the members of staff as choices, with one for all of them.
func (c *Console) staffOptions(ctx context.Context) ([]ui.Option, error) {
	staff, err := c.auth.StaffList(ctx)
	if err != nil {
		return nil, err
	}
	options := []ui.Option{{Text: i18n.T(ctx, "console.anybody")}}
	for _, s := range staff {
		options = append(options, ui.Option{Value: s.ID.String(), Text: s.FullName})
	}
	return options, nil
}

// typeOptions are the waste types as choices, with one for all of them.
func (c *Console) typeOptions(ctx context.Context) ([]ui.Option, error) {
	types, err := c.collection.Types(ctx)
	if err != nil {
		return nil, err
	}
	options := []ui.Option{{Text: i18n.T(ctx, "console.all_types")}}
	for _, t := range types {
		options = append(options, ui.Option{Value: t.ID.String(), Text: i18n.Pick(ctx, t.Name, t.NameFil)})
	}
	return options, nil
}

// GET /console/weigh-ins.csv and .xlsx: what the list shows, all of its pages.
func (c *Console) exportWeighIns(w http.ResponseWriter, r *http.Request) error {
	f := form.Query(r)
	filter := report.WeighInFilter{From: f.Day("from"), To: f.Day("to"), Barangay: f.ID("barangay"),
		Collector: f.ID("collector"), Type: f.ID("type"), Resident: f.ID("resident")}
	return web.Export(w, r, "weigh-ins", c.now(), c.report.WeighIns(r.Context(), web.PrincipalOf(r.Context()).Scope, filter))
}

type weighInView struct {
	web.Page
	WeighIn collection.WeighIn
	Waiting []approval.Request // to take it back
}

// GET /console/weigh-ins/{id}/
func (c *Console) weighIn(w http.ResponseWriter, r *http.Request) error {
	found, err := c.weighInOf(r)
	if err != nil {
		return err
	}
	waiting, err := c.waitingFor(r.Context(), found.ID)
	if err != nil {
		return err
	}
	v := weighInView{Page: web.NewPage(r, "console.weigh_in.title", "Name", found.ResidentName), WeighIn: found, Waiting: waiting}
	return web.Render(w, r, http.StatusOK, weighInTempl(v))
}

// weighInOf is the weigh-in that the address names, within the reader's reach.
func (c *Console) weighInOf(r *http.Request) (collection.WeighIn, error) {
	id, err := web.PathID(r, "id")
	if err != nil {
		return collection.WeighIn{}, err
	}
	return c.collection.WeighInByID(r.Context(), web.PrincipalOf(r.Context()).Scope, id)
}

type voidView struct {
	web.Page
	Form    *form.Form
	WeighIn collection.WeighIn
	Waits   bool // a second person will have to agree
}

// GET /console/weigh-ins/{id}/void/
func (c *Console) voidPage(w http.ResponseWriter, r *http.Request) error {
	found, err := c.weighInOf(r)
	if err != nil {
		return err
	}
	return c.showVoid(w, r, found, form.Empty())
}

// POST /console/weigh-ins/{id}/void/
func (c *Console) void(w http.ResponseWriter, r *http.Request) error {
	found, err := c.weighInOf(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	reason, waiting := f.Reason("reason"), false
	if f.OK() {
		waits, err := c.collection.Void(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).Scope, found.ID, reason)
		if err := f.Take(err); err != nil {
			return err
		}
		waiting = waits
	}
	if !f.OK() {
		return c.showVoid(w, r, found, f)
	}
	if waiting {
		web.Flash(w, r, ui.Done, "approval.asked")
	} else {
		web.Flash(w, r, ui.Done, "console.void.done", "Points", found.Points, "Name", found.ResidentName)
	}
	web.Redirect(w, r, weighInPath(found.ID))
	return nil
}

func (c *Console) showVoid(w http.ResponseWriter, r *http.Request, found collection.WeighIn, f *form.Form) error {
	return web.RenderForm(w, r, f, voidTempl(voidView{Page: web.NewPage(r, "console.void.title"), Form: f, WeighIn: found, Waits: c.collection.NeedsSecond(found)}))
}

// weighInPath is the page of a weigh-in.
func weighInPath(id uuid.UUID) string { return "/console/weigh-ins/" + id.String() + "/" }

// identifiedText says how somebody was identified.
func identifiedText(ctx context.Context, by string) string {
	switch by {
	case "card":
		return i18n.T(ctx, "console.identified.card")
	case "code":
		return i18n.T(ctx, "console.identified.code")
	case "legacy_card":
		return i18n.T(ctx, "console.identified.legacy_card")
	case "live":
		return i18n.T(ctx, "console.identified.live")
	case "reservation":
		return i18n.T(ctx, "console.identified.reservation")
	case "import":
		return i18n.T(ctx, "console.identified.import")
	default:
		return i18n.T(ctx, "console.identified.search")
	}
}

// materials names the lines of a weigh-in: "PET bottles 6.4 kg, Glass 2 kg".
func materials(ctx context.Context, lines []collection.Line) string {
	s := ""
	for i, l := range lines {
		if i > 0 {
			s += ", "
		}
		s += i18n.Pick(ctx, l.Name, l.NameFil) + " " + i18n.Kilos(l.Grams)
	}
	return s
}
