package console

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/collection"
	"ekolek/internal/errs"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
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

// GET /console/station/find/?q= — the residents whom a name or a family code means.
func (c *Console) searchResident(w http.ResponseWriter, r *http.Request) error {
	text := r.FormValue("q")
	many, err := c.search(r.Context(), web.PrincipalOf(r.Context()).Scope, text)
	if err != nil {
		return c.nobodyFound(w, r, text, err)
	}
	return c.showFound(w, r, http.StatusOK, findView{Typed: text, Found: many})
}

// POST /console/station/find/ — a scanned card, or whatever was typed. It is posted
// since a live code is used up by it, and no code belongs in a log of addresses.
func (c *Console) findResident(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	text := strings.TrimSpace(f.Raw("q"))
	to, err := c.find(r, text, cmp.Or(f.Text("key", 100), newRequestKey()))
	if errors.Is(err, errSeveral) {
		to, err = stationFind+"?"+url.Values{"q": {text}}.Encode(), nil
	}
	if err != nil {
		return c.nobodyFound(w, r, text, err)
	}
	return goOn(w, r, to)
}

// nobodyFound says why; a script gets the refusal alone.
func (c *Console) nobodyFound(w http.ResponseWriter, r *http.Request, text string, refusal error) error {
	e, refused := errs.As(refusal)
	if !refused || web.WantsJSON(r) {
		return refusal
	}
	return c.showFound(w, r, web.StatusOf(e), findView{Typed: text, Wrong: e.Text})
}

func (c *Console) showFound(w http.ResponseWriter, r *http.Request, status int, v findView) (err error) {
	v.Page = web.NewPage(r, "station.find_title")
	if v.Where, err = c.workplace(r.Context(), v.Principal); err != nil {
		return err
	}
	return web.Render(w, r, status, findPage(v))
}

// errSeveral says that a text means more than one resident, or may.
var errSeveral = errors.New("several residents")

// reservationCode begins what the QR code of a reservation says.
const reservationCode = "EKR."

// find tells the page to which a text leads: what is set aside, a card, a code or a
// username. Any other text is searched for, and so is a family code, which names several.
// The key names this one look, since a live code is taken once.
func (c *Console) find(r *http.Request, text, key string) (string, error) {
	ctx, scope := r.Context(), web.PrincipalOf(r.Context()).Scope
	if strings.HasPrefix(text, reservationCode) {
		return c.findReservation(r, text)
	}
	known, err := c.people.Identify(ctx, scope, text)
	switch {
	case err == nil && known.By == people.ByLive:
		return c.findLive(r, known.Resident.ID, text, key)
	case err == nil && known.By != people.ByFamilyCode:
		return c.found(r, known.Resident.ID, identifiedAs(string(known.By))).weighing(), nil
	case err != nil && errs.KindOf(err) != errs.NotFound:
		return "", err
	}
	if to, err := c.findReservation(r, text); err == nil || !errors.Is(err, rewards.ErrReservationNotFound) {
		return to, err
	}
	many, err := c.search(ctx, scope, text)
	if err == nil && len(many) > 0 {
		err = errSeveral
	}
	return "", err
}

// findLive notes that the resident is there and agrees: their live code is used up.
func (c *Console) findLive(r *http.Request, resident uuid.UUID, text, key string) (string, error) {
	who := c.found(r, resident, byLive)
	var err error
	who.Proof, err = c.prove(r, who, text, key)
	return who.weighing(), err
}

// findReservation leads to where a reservation is handed out, with it in the cart. A
// phone that was never told its place hands out where the reservation waits.
func (c *Console) findReservation(r *http.Request, text string) (string, error) {
	found, err := c.rewards.ReservationByCode(r.Context(), web.PrincipalOf(r.Context()).Scope, text)
	chosen := cart{Claims: []uuid.UUID{found.ID}}
	if web.KeptPlace(r) == "" {
		chosen.Place = found.PlaceID
	}
	return c.found(r, found.ResidentID, byReservation).giving(chosen), err
}

// search lists residents by any text; nobody is an error.
func (c *Console) search(ctx context.Context, scope people.Scope, text string) ([]people.Resident, error) {
	many, err := c.people.Find(ctx, scope, text, findLimit)
	if err == nil && len(many) == 0 {
		err = errs.New(errs.NotFound, "RESIDENT_NOT_FOUND", "station.nobody", "Text", clip(text, 60))
	}
	return many, err
}
