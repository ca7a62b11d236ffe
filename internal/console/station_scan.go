package console

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/collection"
	"ekolek/internal/errs"
	"ekolek/internal/people"
	"ekolek/internal/web"
	"ekolek/internal/web/i18n"
)

// GET /console/station/
func (c *Console) scan(w http.ResponseWriter, r *http.Request) error {
	ctx, who := r.Context(), web.PrincipalOf(r.Context())
	where, err := c.workplace(ctx, who)
	if err != nil {
		return err
	}
	today := i18n.Stamp(c.now())[:len(time.DateOnly)]
	newest, sum, err := c.collection.WeighIns(ctx, people.City, collection.Filter{Collector: who.ID, From: today, To: today, Limit: 1})
	if err != nil {
		return err
	}
	v := scanView{Page: web.NewPage(r, "station.title"), Where: where, Count: sum.Count, Grams: sum.Grams}
	for _, last := range newest.Rows {
		v.Last = &lastSaved{Name: last.ResidentName, Points: last.Points, Ago: c.now().Sub(last.CreatedAt)}
	}
	return web.Render(w, r, http.StatusOK, scanPage(v))
}

// workplace is where the collector works and who it is, for the head of the page.
func (c *Console) workplace(ctx context.Context, who auth.Principal) (string, error) {
	if who.Scope.All {
		return i18n.T(ctx, "station.all_barangays") + " · " + who.Name, nil
	}
	places, err := c.people.BarangaysOf(ctx, who.Scope)
	if err != nil {
		return "", err
	}
	switch len(places) {
	case 0:
		return i18n.T(ctx, "station.no_barangay"), nil
	case 1:
		return places[0].Name + " · " + who.Name, nil
	default:
		return i18n.T(ctx, "station.more_barangays", "First", places[0].Name, "More", len(places)-1) + " · " + who.Name, nil
	}
}

// findLimit is how many residents a search shows: more are a reason to type more.
const findLimit = 30

// GET /console/station/find/?q= — a scanned card, or whatever was typed.
func (c *Console) findResident(w http.ResponseWriter, r *http.Request) error {
	found, err := c.find(r.Context(), web.PrincipalOf(r.Context()).Scope, r.FormValue("q"))
	e, refused := errs.As(err)
	if err != nil && (!refused || web.WantsJSON(r)) {
		return err
	}
	if err == nil && found.one == "" && web.WantsJSON(r) {
		found.one = stationFind + "?" + url.Values{"q": {r.FormValue("q")}}.Encode()
	}
	if found.one != "" {
		return goOn(w, r, found.one)
	}
	v := findView{Page: web.NewPage(r, "station.find_title"), Typed: r.FormValue("q"), Found: found.many}
	if v.Where, err = c.workplace(r.Context(), v.Principal); err != nil {
		return err
	}
	status := http.StatusOK
	if refused {
		v.Wrong, status = e.Text, web.StatusOf(e)
	}
	return web.Render(w, r, status, findPage(v))
}

// found is where a text leads: to one resident, or to several to choose from.
type found struct {
	one  string // address
	many []people.Resident
}

// find identifies a card, a code or a username; any other text is searched for. Finding
// nobody is an error. A family code names a family, so its members are listed.
func (c *Console) find(ctx context.Context, scope people.Scope, text string) (found, error) {
	known, err := c.people.Identify(ctx, scope, text)
	if err == nil && known.By != people.ByFamilyCode {
		return found{one: weighAddress(known.Resident.ID, readIdentifiedBy(string(known.By)))}, nil
	}
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return found{}, err
	}
	many, searchErr := c.people.Find(ctx, scope, text, findLimit)
	if searchErr == nil && len(many) == 0 {
		searchErr = errs.New(errs.NotFound, "RESIDENT_NOT_FOUND", "station.nobody", "Text", clip(text, 60)).Because(err)
	}
	return found{many: many}, searchErr
}
