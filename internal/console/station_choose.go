package console

import (
	"context"
	"net/http"
	"strconv"

	"ekolek/internal/errs"
	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/i18n"
	"github.com/a-h/templ"
)

// GET /console/station/residents/{id}/rewards/
func (c *Console) chooseRewards(w http.ResponseWriter, r *http.Request) error {
	t, err := c.counter(r)
	if err != nil {
		return err
	}
	return c.showShelf(w, r, http.StatusOK, t, errs.Text{})
}

// showShelf shows what there is, what was chosen, and why that cannot be given.
func (c *Console) showShelf(w http.ResponseWriter, r *http.Request, status int, t counter, problem errs.Text) error {
	v := shelfView{Page: web.NewPage(r, "station.title"), counter: t, Problem: problem}
	v.Now, v.Later = t.shelf()
	v.Here, v.Elsewhere = t.reservations()
	return web.Render(w, r, status, shelfPage(v))
}

// chooseTexts are the figures that choose.js reckons with.
func chooseTexts(ctx context.Context, v shelfView) templ.Attributes {
	return templ.Attributes{
		"data-choose":   true,
		"data-resident": v.Who.ID.String(),
		"data-balance":  strconv.FormatInt(int64(v.Who.Balance), 10),
	}
}

// stockText is how much of an item can be handed out.
func stockText(ctx context.Context, i rewards.Item) string {
	if i.Available() <= 0 {
		return i18n.T(ctx, "station.out_of_stock")
	}
	return i18n.T(ctx, "station.stock", "Left", i.Available())
}
