package site

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"ekolek/internal/collection"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/report"
	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

// figuresFor is how long the city's figures are shown before they are summed again.
const figuresFor = 2 * time.Minute

type landingView struct {
	web.Page
	City     string
	Now      time.Time
	Equation *equation // nil while the city has no rates or no rewards yet
	Rates    []ui.RateRow
	Stats    []ui.Stat
	Source   string // of the climate figure; empty when there is none

	Barangays []people.Barangay // to choose from
	Chosen    string            // the name of one in addresses; empty: none yet
	Truck     *truck            // when it comes there; nil: none chosen
}

// equation is what one material buys: so many kilos are so many points are one reward.
type equation struct {
	Material, MaterialArt string
	Kilos                 ledger.Grams
	Points                ledger.Points
	Reward, RewardArt     string
	Quantity              string // "1 kg"
}

// GET /, with ?barangay=0403425001 for when the truck comes there
func (s *Site) landing(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	totals, err := s.cityTotals(ctx)
	if err != nil {
		return err
	}
	types, items, err := s.ratesAndRewards(ctx)
	if err != nil {
		return err
	}
	v := landingView{Page: web.NewPage(r, ""), City: s.city, Now: s.now(), Equation: newEquation(ctx, types, items),
		Rates: rateRows(ctx, types, items), Stats: cityStats(ctx, totals)}
	if totals.AvoidedGrams > 0 {
		v.Source = totals.Source
	}
	if v.Barangays, err = s.openBarangays(ctx); err != nil {
		return err
	}
	if b, found := chosenBarangay(r, v.Barangays); found {
		comes, err := s.truckOf(ctx, b.ID, b.Name)
		if err != nil {
			return err
		}
		v.Chosen, v.Truck = placeName(b), &comes
	}
	return web.Render(w, r, http.StatusOK, landingTempl(v))
}

// cityTotals are the city's figures, summed at most once in figuresFor on all nodes.
func (s *Site) cityTotals(ctx context.Context) (report.CityTotals, error) {
	const key = "site/city-totals/1"
	var totals report.CityTotals
	if data, found, err := s.cache.Get(ctx, key); err == nil && found && json.Unmarshal(data, &totals) == nil {
		return totals, nil
	}
	totals, err := s.report.CityTotals(ctx)
	if err != nil {
		return report.CityTotals{}, err
	}
	data, err := json.Marshal(totals)
	if err != nil {
		return report.CityTotals{}, err
	}
	_ = s.cache.Set(ctx, key, data, figuresFor) // a cache that fails costs time, not the page
	return totals, nil
}

// ratesAndRewards are the active waste types, best paid first, and the active rewards.
func (s *Site) ratesAndRewards(ctx context.Context) ([]collection.WasteType, []rewards.Item, error) {
	types, err := s.collection.PublicTypes(ctx)
	if err != nil {
		return nil, nil, err
	}
	types = slices.DeleteFunc(types, func(t collection.WasteType) bool { return !t.Active || t.Rate == 0 })
	slices.SortStableFunc(types, func(a, b collection.WasteType) int { return cmp.Compare(b.Rate, a.Rate) })
	items, err := s.rewards.PublicItems(ctx)
	if err != nil {
		return nil, nil, err
	}
	items = slices.DeleteFunc(items, func(i rewards.Item) bool { return !i.Active })
	return types, items, nil
}

// staple is the reward in which points are told: rice, else the cheapest there is.
func staple(items []rewards.Item) (rewards.Item, bool) {
	best := slices.IndexFunc(items, func(i rewards.Item) bool { return i.Icon == "art-rice" })
	if best < 0 {
		for n, i := range items {
			if best < 0 || i.Price < items[best].Price {
				best = n
			}
		}
	}
	if best < 0 {
		return rewards.Item{}, false
	}
	return items[best], true
}

// gramsFor is the weight that pays for a price, rounded up to what a scale shows.
func gramsFor(price ledger.Points, rate ledger.Rate) ledger.Grams {
	const step = 10
	grams := (int64(price)*1000 + int64(rate) - 1) / int64(rate)
	return ledger.Grams((grams + step - 1) / step * step)
}

// newEquation takes PET bottles, which every household has, else the best paid material.
func newEquation(ctx context.Context, types []collection.WasteType, items []rewards.Item) *equation {
	item, ok := staple(items)
	if !ok || len(types) == 0 {
		return nil
	}
	t := types[max(0, slices.IndexFunc(types, func(t collection.WasteType) bool { return t.Icon == "art-pet" }))]
	return &equation{Material: i18n.Pick(ctx, t.Name, t.NameFil), MaterialArt: art(t.Icon, "box"), Kilos: gramsFor(item.Price, t.Rate),
		Points: item.Price, Reward: i18n.Pick(ctx, item.Name, item.NameFil), RewardArt: art(item.Icon, "rice"), Quantity: one(item)}
}

// one is one of a reward: "1 kg", "1" of what has no unit.
func one(i rewards.Item) string { return strings.TrimSpace("1 " + i.Unit) }

// rateRows are what a kilo pays, told in the staple reward.
func rateRows(ctx context.Context, types []collection.WasteType, items []rewards.Item) []ui.RateRow {
	item, told := staple(items)
	rows := make([]ui.RateRow, 0, len(types))
	for _, t := range types {
		row := ui.RateRow{Art: art(t.Icon, "box"), Name: i18n.Pick(ctx, t.Name, t.NameFil), Rate: i18n.Rate(t.Rate)}
		if told {
			row.Text = i18n.T(ctx, "site.rates.buys", "Kilos", gramsFor(item.Price, t.Rate), "Quantity", one(item), "Reward", i18n.Pick(ctx, item.Name, item.NameFil))
		}
		rows = append(rows, row)
	}
	return rows
}

func cityStats(ctx context.Context, t report.CityTotals) []ui.Stat {
	stats := []ui.Stat{{Number: i18n.Number(int64(t.Grams) / 1000), Unit: "kg", Text: i18n.T(ctx, "site.city.collected")}}
	if len(t.Given) > 0 {
		g := t.Given[0]
		stats = append(stats, ui.Stat{Number: i18n.Number(g.Quantity), Unit: g.Unit, Text: i18n.T(ctx, "site.city.given", "Reward", i18n.Pick(ctx, g.Name, g.NameFil))})
	}
	stats = append(stats, ui.Stat{Number: i18n.Number(t.Families), Text: i18n.T(ctx, "site.city.families")})
	if t.AvoidedGrams > 0 {
		stats = append(stats, ui.Stat{Number: i18n.Number(int64(t.AvoidedGrams) / 1000), Unit: "kg", Text: i18n.T(ctx, "site.city.avoided")})
	}
	return stats
}

// art is a drawing's name as ui.Art takes it; the fallback when there is none.
func art(icon, fallback string) string {
	if name := strings.TrimPrefix(icon, "art-"); name != "" {
		return name
	}
	return fallback
}
