package site

import (
	"net/http"

	"ekolek/internal/web"
	"ekolek/internal/web/ui"
)

type ratesView struct {
	web.Page
	Rates []ui.RateRow
}

// GET /rates/
func (s *Site) rates(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	types, items, err := s.ratesAndRewards(ctx)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, ratesTempl(ratesView{Page: web.NewPage(r, "site.rates.title"), Rates: rateRows(ctx, types, items)}))
}
