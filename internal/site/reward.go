package site

import (
	"net/http"
	"slices"

	"ekolek/internal/ledger"
	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type rewardView struct {
	web.Page
	Item   rewards.Item
	Name   string
	About  string
	Small  string // addresses of its picture; empty: the drawing
	Large  string
	Places []rewards.PlaceStock
	Have   ledger.Points
	More   ui.RewardCard // how far it is, while it is out of reach
}

// GET /rewards/{id}/ — one reward: what it is, where it is, what it leaves.
func (s *Site) reward(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	item, places, err := s.offered(r)
	if err != nil {
		return err
	}
	paths, err := s.pictures(r, item.PictureID, item.ThumbnailID)
	if err != nil {
		return err
	}
	name := nameOf(ctx, item)
	v := rewardView{Page: web.NewPage(r, "site.rewards.title"), Item: item, Name: name, About: i18n.Pick(ctx, item.Description, item.DescriptionFil),
		Small: paths[item.ThumbnailID.UUID], Large: paths[item.PictureID.UUID], Places: places}
	v.Title = name
	if who := web.PrincipalOf(ctx); who.SignedIn() {
		balance, err := s.report.Balance(ctx, who.ID)
		if err != nil {
			return err
		}
		v.Have = balance.Available()
		if v.Have < item.Price {
			types, _, err := s.ratesAndRewards(ctx)
			if err != nil {
				return err
			}
			v.More = outOfReach(ctx, ui.RewardCard{}, item, v.Have, types)
		}
	}
	return web.Render(w, r, http.StatusOK, rewardTempl(v))
}

// offered is the item of the address with the places that are open. One that the office
// has hidden is not there for residents.
func (s *Site) offered(r *http.Request) (rewards.Item, []rewards.PlaceStock, error) {
	id, err := web.PathID(r, "id")
	if err != nil {
		return rewards.Item{}, nil, err
	}
	item, err := s.rewards.ItemByID(r.Context(), id)
	if err != nil {
		return rewards.Item{}, nil, err
	}
	if !item.Active {
		return rewards.Item{}, nil, rewards.ErrItemNotFound
	}
	places, err := s.rewards.StockOf(r.Context(), id)
	if err != nil {
		return rewards.Item{}, nil, err
	}
	return item, slices.DeleteFunc(places, func(p rewards.PlaceStock) bool { return !p.Place.Active }), nil
}
