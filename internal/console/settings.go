package console

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/collection"
	"ekolek/internal/people"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type wasteTypesView struct {
	web.Page
	Types []collection.WasteType
}

// GET /console/waste-types/
func (c *Console) wasteTypes(w http.ResponseWriter, r *http.Request) error {
	types, err := c.collection.Types(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, wasteTypesTempl(wasteTypesView{Page: web.NewPage(r, "console.waste_types.title"), Types: types}))
}

type wasteTypeView struct {
	web.Page
	Form  *form.Form
	Rate  *form.Form // the second form: a new rate
	Type  collection.WasteType
	Rates []collection.Rate
	Now   time.Time
}

// isNew is true on the page that makes a type.
func (v wasteTypeView) isNew() bool { return v.Type.ID == uuid.Nil }

// wasteTypeOf is the type that the address names; a zero one at …/new/.
func (c *Console) wasteTypeOf(r *http.Request) (collection.WasteType, error) {
	if r.PathValue("id") == "" {
		return collection.WasteType{Active: true, Class: collection.Recyclable}, nil
	}
	id, err := web.PathID(r, "id")
	if err != nil {
		return collection.WasteType{}, err
	}
	return c.collection.TypeByID(r.Context(), id)
}

// GET /console/waste-types/new/ and /console/waste-types/{id}/
func (c *Console) wasteTypePage(w http.ResponseWriter, r *http.Request) error {
	t, err := c.wasteTypeOf(r)
	if err != nil {
		return err
	}
	f := form.Empty("name", t.Name, "name_fil", t.NameFil, "class", string(t.Class), "factor", t.Factor, "icon", t.Icon,
		"position", strconv.Itoa(t.Position), "active", ticked(t.Active))
	return c.showWasteType(w, r, t, f, form.Empty())
}

// POST to the same addresses.
func (c *Console) saveWasteType(w http.ResponseWriter, r *http.Request) error {
	t, err := c.wasteTypeOf(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	in := collection.TypeForm{ID: t.ID, Name: f.Required("name", 100), NameFil: f.Text("name_fil", 100), Class: collection.Class(f.Text("class", 20)),
		Factor: f.Text("factor", 60), Icon: f.Text("icon", 30), Position: f.Int("position"), Active: f.Bool("active")}
	if t.ID == uuid.Nil {
		in.Rate = f.Rate("rate")
	}
	if f.OK() {
		_, err := c.collection.SaveType(r.Context(), web.ActorOf(r), in)
		if err := f.Take(err); err != nil {
			return err
		}
	}
	if !f.OK() {
		return c.showWasteType(w, r, t, f, form.Empty())
	}
	web.Flash(w, r, ui.Done, "console.saved")
	web.Redirect(w, r, "/console/waste-types/")
	return nil
}

// POST /console/waste-types/{id}/rate/
func (c *Console) setRate(w http.ResponseWriter, r *http.Request) error {
	t, err := c.wasteTypeOf(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	rate, from := f.Rate("rate"), f.Moment("from")
	if f.OK() {
		if err := f.Take(c.collection.SetRate(r.Context(), web.ActorOf(r), t.ID, rate, from)); err != nil {
			return err
		}
	}
	if !f.OK() {
		filled := form.Empty("name", t.Name, "name_fil", t.NameFil, "class", string(t.Class), "factor", t.Factor, "icon", t.Icon,
			"position", strconv.Itoa(t.Position), "active", ticked(t.Active))
		return c.showWasteType(w, r, t, filled, f)
	}
	web.Flash(w, r, ui.Done, "console.rate.done", "Type", t.Name, "Rate", rate)
	web.Redirect(w, r, "/console/waste-types/"+t.ID.String()+"/")
	return nil
}

func (c *Console) showWasteType(w http.ResponseWriter, r *http.Request, t collection.WasteType, f, rate *form.Form) error {
	v := wasteTypeView{Form: f, Rate: rate, Type: t, Now: c.now()}
	if v.isNew() {
		v.Page = web.NewPage(r, "console.waste_type.new")
	} else {
		v.Page = web.NewPage(r, "console.waste_type.edit", "Name", t.Name)
		rates, err := c.collection.RateHistory(r.Context(), t.ID)
		if err != nil {
			return err
		}
		v.Rates = rates
	}
	status := http.StatusOK
	if f.Wrong() || rate.Wrong() {
		status = http.StatusUnprocessableEntity
	}
	return web.Render(w, r, status, wasteTypeTempl(v))
}

// classText names an RA 9003 class.
func classText(ctx context.Context, c collection.Class) string {
	switch c {
	case collection.Biodegradable:
		return i18n.T(ctx, "console.class.biodegradable")
	case collection.Recyclable:
		return i18n.T(ctx, "console.class.recyclable")
	case collection.Residual:
		return i18n.T(ctx, "console.class.residual")
	default:
		return i18n.T(ctx, "console.class.special")
	}
}

func classOptions(ctx context.Context) []ui.Option {
	var options []ui.Option
	for _, c := range collection.Classes() {
		options = append(options, ui.Option{Value: string(c), Text: classText(ctx, c)})
	}
	return options
}

func factorOptions(ctx context.Context) []ui.Option {
	options := []ui.Option{{Text: i18n.T(ctx, "console.factor.none")}}
	for _, f := range collection.Factors() {
		options = append(options, ui.Option{Value: f.Material, Text: f.Material})
	}
	return options
}

// wasteArts and rewardArts are the drawings of the sprite.
func wasteArts(ctx context.Context) []ui.Option {
	return []ui.Option{
		{Text: i18n.T(ctx, "console.art.none")},
		{Value: "art-pet", Text: i18n.T(ctx, "console.art.pet")},
		{Value: "art-paper", Text: i18n.T(ctx, "console.art.paper")},
		{Value: "art-box", Text: i18n.T(ctx, "console.art.box")},
		{Value: "art-glass", Text: i18n.T(ctx, "console.art.glass")},
		{Value: "art-metal", Text: i18n.T(ctx, "console.art.metal")},
		{Value: "art-can", Text: i18n.T(ctx, "console.art.can")},
	}
}

// ticked is the value of a box that is ticked, or not.
func ticked(on bool) string {
	if on {
		return "on"
	}
	return ""
}

type barangaysView struct {
	web.Page
	Barangays []people.Barangay
}

// GET /console/barangays/
func (c *Console) barangays(w http.ResponseWriter, r *http.Request) error {
	list, err := c.people.Barangays(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, barangaysTempl(barangaysView{Page: web.NewPage(r, "console.barangays.title"), Barangays: list}))
}

type barangayView struct {
	web.Page
	Form *form.Form
}

// barangayOf is the barangay that the address names; a zero one at …/new/.
func (c *Console) barangayOf(r *http.Request) (people.Barangay, error) {
	if r.PathValue("id") == "" {
		return people.Barangay{Active: true}, nil
	}
	id, err := web.PathID(r, "id")
	if err != nil {
		return people.Barangay{}, err
	}
	list, err := c.people.Barangays(r.Context())
	if err != nil {
		return people.Barangay{}, err
	}
	for _, b := range list {
		if b.ID == id {
			return b, nil
		}
	}
	return people.Barangay{}, people.ErrBarangayNotFound
}

// GET /console/barangays/new/ and /console/barangays/{id}/
func (c *Console) barangayPage(w http.ResponseWriter, r *http.Request) error {
	b, err := c.barangayOf(r)
	if err != nil {
		return err
	}
	return c.showBarangay(w, r, b, form.Empty("name", b.Name, "psgc", b.PSGC, "population", strconv.Itoa(b.Population), "active", ticked(b.Active)))
}

// POST to the same addresses.
func (c *Console) saveBarangay(w http.ResponseWriter, r *http.Request) error {
	b, err := c.barangayOf(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	in := people.BarangayEdit{ID: b.ID, Name: f.Required("name", 100), PSGC: f.Text("psgc", 10), Population: f.Int("population"), Active: f.Bool("active")}
	if f.OK() {
		_, err := c.people.SaveBarangay(r.Context(), web.ActorOf(r), in)
		if err := f.Take(err); err != nil {
			return err
		}
	}
	if !f.OK() {
		return c.showBarangay(w, r, b, f)
	}
	web.Flash(w, r, ui.Done, "console.saved")
	web.Redirect(w, r, "/console/barangays/")
	return nil
}

func (c *Console) showBarangay(w http.ResponseWriter, r *http.Request, b people.Barangay, f *form.Form) error {
	v := barangayView{Form: f}
	if b.ID == uuid.Nil {
		v.Page = web.NewPage(r, "console.barangay.new")
	} else {
		v.Page = web.NewPage(r, "console.barangay.edit", "Name", b.Name)
	}
	return web.RenderForm(w, r, f, barangayTempl(v))
}
