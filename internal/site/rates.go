package site

import (
	"context"
	"net/http"
	"slices"

	"ekolek/internal/collection"
	"ekolek/internal/ledger"
	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/i18n"
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

type catalogueView struct {
	web.Page
	Can   []ui.RewardCard // what the resident can have now; all of it for those not signed in
	Later []ui.RewardCard // what is still out of reach, the nearest first
}

// GET /rewards/ — what points buy; for a resident, what theirs buy first. It is handed
// out at the Station.
func (s *Site) catalogue(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	types, items, err := s.ratesAndRewards(ctx)
	if err != nil {
		return err
	}
	slices.SortStableFunc(items, func(a, b rewards.Item) int { return int(a.Price - b.Price) })
	v := catalogueView{Page: web.NewPage(r, "site.rewards.title")}
	who := web.PrincipalOf(ctx)
	var have ledger.Points
	if who.SignedIn() {
		balance, err := s.report.Balance(ctx, who.ID)
		if err != nil {
			return err
		}
		have = balance.Available()
	}
	for _, i := range items {
		card := rewardCard(ctx, i)
		if who.SignedIn() && i.Price > have {
			v.Later = append(v.Later, outOfReach(ctx, card, i, have, types))
			continue
		}
		v.Can = append(v.Can, card)
	}
	return web.Render(w, r, http.StatusOK, catalogueTempl(v))
}

func rewardCard(ctx context.Context, i rewards.Item) ui.RewardCard {
	stock := i18n.T(ctx, "site.rewards.left", "Left", i.Available())
	if i.Available() <= 0 {
		stock = i18n.T(ctx, "site.rewards.gone")
	}
	return ui.RewardCard{Art: art(i.Icon, "box"), Name: i18n.Pick(ctx, i.Name, i.NameFil), Price: i18n.Points(i.Price), Unit: i18n.T(ctx, "site.points"), Stock: stock}
}

// outOfReach says how far a reward is, in points and in kilos of what households have most.
func outOfReach(ctx context.Context, card ui.RewardCard, i rewards.Item, have ledger.Points, types []collection.WasteType) ui.RewardCard {
	card.Have, card.Need = int64(have), int64(i.Price)
	card.Reach = i18n.T(ctx, "site.rewards.reach", "Have", have, "Need", i.Price)
	card.More = i18n.T(ctx, "site.rewards.more", "Points", i.Price-have)
	if len(types) > 0 {
		t := types[max(0, slices.IndexFunc(types, func(t collection.WasteType) bool { return t.Icon == "art-pet" }))]
		card.More = i18n.T(ctx, "site.rewards.more_kilos", "Points", i.Price-have, "Kilos", gramsFor(i.Price-have, t.Rate), "Material", i18n.Pick(ctx, t.Name, t.NameFil))
	}
	return card
}
