package console

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type placesView struct {
	web.Page
	Form   *form.Form
	Places []rewards.Place
}

// GET /console/rewards/places/?edit=
func (c *Console) places(w http.ResponseWriter, r *http.Request) error {
	list, err := c.rewards.Places(r.Context())
	if err != nil {
		return err
	}
	f := form.Empty("active", "on")
	for _, p := range list {
		if p.ID.String() == r.URL.Query().Get("edit") {
			f = form.Empty("id", p.ID.String(), "name", p.Name, "active", ticked(p.Active), "default", ticked(p.Default))
		}
	}
	return showPlaces(w, r, list, f)
}

// POST /console/rewards/places/ adds one, or changes the one that id names.
func (c *Console) savePlace(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	in := rewards.PlaceForm{ID: f.ID("id"), Name: f.Required("name", 100), Active: f.Bool("active"), Default: f.Bool("default")}
	if f.OK() {
		_, err := c.rewards.SavePlace(r.Context(), web.ActorOf(r), in)
		if err := f.Take(err); err != nil {
			return err
		}
	}
	if !f.OK() {
		list, err := c.rewards.Places(r.Context())
		if err != nil {
			return err
		}
		return showPlaces(w, r, list, f)
	}
	web.Flash(w, r, ui.Done, "console.saved")
	web.Redirect(w, r, "/console/rewards/places/")
	return nil
}

func showPlaces(w http.ResponseWriter, r *http.Request, list []rewards.Place, f *form.Form) error {
	return web.RenderForm(w, r, f, placesTempl(placesView{Page: web.NewPage(r, "console.places.title"), Form: f, Places: list}))
}

// placeOf is the place that id names, the default one when it is nil.
func (c *Console) placeOf(ctx context.Context, id uuid.UUID) (rewards.Place, error) {
	list, err := c.rewards.Places(ctx)
	if err != nil {
		return rewards.Place{}, err
	}
	for _, p := range list {
		if p.ID == id || id == uuid.Nil && p.Default {
			return p, nil
		}
	}
	return rewards.Place{}, rewards.ErrPlaceNotFound
}

// placeOptions are the places as choices, the default one first. None when there is
// nothing to choose.
func (c *Console) placeOptions(ctx context.Context) ([]ui.Option, error) {
	list, err := c.rewards.Places(ctx)
	if err != nil || len(list) < 2 {
		return nil, err
	}
	options := make([]ui.Option, 0, len(list))
	for _, p := range list {
		text := p.Name
		if !p.Active {
			text = i18n.T(ctx, "console.place.closed_name", "Name", p.Name)
		}
		options = append(options, ui.Option{Value: p.ID.String(), Text: text})
	}
	return options, nil
}

// withAll puts the choice of all before others, under the value that means it.
func withAll(options []ui.Option, value, text string) []ui.Option {
	if len(options) == 0 {
		return nil
	}
	return append([]ui.Option{{Value: value, Text: text}}, options...)
}
