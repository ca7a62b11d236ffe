package console

import (
	"context"
	"net/http"
	"slices"

	"github.com/google/uuid"

	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
)

// POST /console/station/place/ — where this phone hands out from now on.
func (c *Console) choosePlace(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	places, err := c.placesToHandOut(r.Context())
	if err != nil {
		return err
	}
	web.KeepPlace(w, r, placeFor(places, f.ID("place")).ID.String())
	web.Redirect(w, r, web.Local(f.Raw("next"), stationScan))
	return nil
}

// placesToHandOut are the places in use, the default one first.
func (c *Console) placesToHandOut(ctx context.Context) ([]rewards.Place, error) {
	places, err := c.rewards.Places(ctx)
	return slices.DeleteFunc(places, func(p rewards.Place) bool { return !p.Active }), err
}

// placeFor is the first of the wanted places that is in use, else the default one.
func placeFor(places []rewards.Place, wanted ...uuid.UUID) rewards.Place {
	for _, id := range wanted {
		if i := slices.IndexFunc(places, func(p rewards.Place) bool { return p.ID == id }); i >= 0 {
			return places[i]
		}
	}
	if len(places) == 0 {
		return rewards.Place{} // the capability knows its default
	}
	return places[0]
}
