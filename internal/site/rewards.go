package site

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/collection"
	"ekolek/internal/ledger"
	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

const (
	rewardsPath = "/rewards/"
	minePath    = "/rewards/mine/"
)

// rewardRoutes are what points buy, and what a resident has reserved and received.
func (s *Site) rewardRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /rewards/", Need: auth.Anyone, Handle: s.catalogue},
		{Pattern: "GET /rewards/{id}/", Need: auth.Anyone, Handle: s.reward},
		{Pattern: "GET /rewards/reserve/{id}/", Need: auth.Resident, Handle: s.reservePage},
		{Pattern: "POST /rewards/reserve/{id}/", Need: auth.Resident, Handle: s.reserve},
		{Pattern: "GET /rewards/mine/", Need: auth.Resident, Handle: s.mine},
		{Pattern: "GET /rewards/reservations/{id}/", Need: auth.Resident, Handle: s.reservation},
		{Pattern: "GET /rewards/reservations/{id}/cancel/", Need: auth.Resident, Handle: s.cancelReservationPage},
		{Pattern: "POST /rewards/reservations/{id}/cancel/", Need: auth.Resident, Handle: s.cancelReservation},
		{Pattern: "GET /rewards/receipts/{id}/", Need: auth.Resident, Handle: s.receipt},
	}
}

type catalogueView struct {
	web.Page
	Form       *form.Form
	Have       ledger.Points
	Open       []waiting // the resident's reservations
	Categories []ui.Tab
	Can        []ui.RewardCard // what the resident can have now; all there is for those not signed in
	Later      []ui.RewardCard // what is still out of reach, the nearest first
	Gone       []ui.RewardCard // what nobody can have now
	Empty      bool            // the city gives nothing at all
}

// GET /rewards/?q=&category= — what points buy; for a resident, what theirs buy first.
func (s *Site) catalogue(w http.ResponseWriter, r *http.Request) error {
	ctx, f := r.Context(), form.Query(r)
	types, items, err := s.ratesAndRewards(ctx)
	if err != nil {
		return err
	}
	v := catalogueView{Page: web.NewPage(r, "site.rewards.title"), Form: f, Empty: len(items) == 0}
	look, err := s.looks(r, items)
	if err != nil {
		return err
	}
	who := web.PrincipalOf(ctx)
	if who.SignedIn() {
		balance, err := s.report.Balance(ctx, who.ID)
		if err != nil {
			return err
		}
		v.Have = balance.Available()
		if v.Open, err = s.openReservations(r); err != nil {
			return err
		}
	}
	v.Categories = categoryTabs(ctx, v.Page, items, f.Raw("category"))
	items = slices.DeleteFunc(items, func(i rewards.Item) bool { return !fits(i, f.Raw("category"), f.Text("q", 100)) })
	slices.SortStableFunc(items, func(a, b rewards.Item) int { return cmp.Compare(a.Price, b.Price) })
	for _, i := range items {
		card := look.card(ctx, i)
		switch {
		case i.Available() <= 0:
			v.Gone = append(v.Gone, card)
		case who.SignedIn() && i.Price > v.Have:
			v.Later = append(v.Later, outOfReach(ctx, card, i, v.Have, types))
		default:
			v.Can = append(v.Can, reservable(ctx, card, i))
		}
	}
	return web.Render(w, r, http.StatusOK, catalogueTempl(v))
}

// fits says whether an item is of a category, if one is named, and has every word of a
// search in its names, its texts or its category.
func fits(i rewards.Item, category, query string) bool {
	if category != "" && i.CategoryID.UUID.String() != category {
		return false
	}
	text := strings.ToLower(strings.Join([]string{i.Name, i.NameFil, i.Description, i.DescriptionFil, i.CategoryName}, " "))
	for word := range strings.FieldsSeq(strings.ToLower(query)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// categoryTabs are the categories that have something; none when there is nothing to choose.
func categoryTabs(ctx context.Context, p web.Page, items []rewards.Item, chosen string) []ui.Tab {
	names := map[string]string{}
	for _, i := range items {
		if i.CategoryID.Valid {
			names[i.CategoryID.UUID.String()] = i.CategoryName
		}
	}
	if len(names) < 2 {
		return nil
	}
	tabs := []ui.Tab{{Href: p.Query("category", ""), Text: i18n.T(ctx, "site.rewards.all"), Current: chosen == ""}}
	for id, name := range names {
		tabs = append(tabs, ui.Tab{Href: p.Query("category", id), Text: name, Current: chosen == id})
	}
	slices.SortFunc(tabs[1:], func(a, b ui.Tab) int { return cmp.Compare(a.Text, b.Text) })
	return tabs
}

// looks is how rewards are shown: with their pictures, and with the name of the place
// where all of them are while the city has only one.
type looks struct {
	paths map[uuid.UUID]string
	only  string // the one place; empty: several
}

func (s *Site) looks(r *http.Request, items []rewards.Item) (looks, error) {
	ids := make([]uuid.NullUUID, 0, len(items))
	for _, i := range items {
		ids = append(ids, i.ThumbnailID)
	}
	paths, err := s.pictures(r, ids...)
	if err != nil {
		return looks{}, err
	}
	places, err := s.rewards.Places(r.Context())
	if err != nil {
		return looks{}, err
	}
	places = slices.DeleteFunc(places, func(p rewards.Place) bool { return !p.Active })
	l := looks{paths: paths}
	if len(places) == 1 {
		l.only = places[0].Name
	}
	return l, nil
}

// pictures are the addresses of those that are there, found in one look. A browser that
// is told to save data gets none: the drawings are here already.
func (s *Site) pictures(r *http.Request, ids ...uuid.NullUUID) (map[uuid.UUID]string, error) {
	if r.Header.Get("Save-Data") == "on" {
		return nil, nil
	}
	var there []uuid.UUID
	for _, id := range ids {
		if id.Valid {
			there = append(there, id.UUID)
		}
	}
	return s.files.Paths(r.Context(), there...)
}

func (l looks) card(ctx context.Context, i rewards.Item) ui.RewardCard {
	return ui.RewardCard{Art: art(i.Icon, "box"), Picture: l.paths[i.ThumbnailID.UUID], Name: nameOf(ctx, i), Page: rewardPath(i.ID),
		Price: i18n.Points(i.Price), Unit: i18n.T(ctx, "site.points"), Stock: l.stock(ctx, i)}
}

func (l looks) stock(ctx context.Context, i rewards.Item) string {
	switch {
	case i.Available() <= 0:
		return i18n.T(ctx, "site.rewards.gone")
	case l.only != "":
		return i18n.T(ctx, "site.rewards.left_at", "Left", i.Available(), "Place", l.only)
	default:
		return i18n.T(ctx, "site.rewards.left", "Left", i.Available())
	}
}

// reservable gives a card its button. Who is not signed in signs in on the way.
func reservable(ctx context.Context, card ui.RewardCard, i rewards.Item) ui.RewardCard {
	card.Act, card.Href = i18n.T(ctx, "site.rewards.reserve"), reservePath(i.ID)
	card.Label = i18n.T(ctx, "site.rewards.reserve_named", "Reward", card.Name, "Points", i.Price)
	return card
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

// measured says whether a unit is a measure, without which a price says nothing. Others
// (can, bar, piece) are in the name or go without saying.
func measured(unit string) bool {
	return slices.Contains([]string{"kg", "g", "l", "ml"}, strings.ToLower(unit))
}

// nameOf is a reward as its price is meant: "Rice, 1 kg", "Sardines".
func nameOf(ctx context.Context, i rewards.Item) string {
	name := i18n.Pick(ctx, i.Name, i.NameFil)
	if measured(i.Unit) {
		name += ", " + one(i)
	}
	return name
}

// several is so many of a reward: "2 kg Rice", "2 × Sardines", "Sardines".
func several(quantity int64, unit, name string) string {
	switch {
	case measured(unit):
		return i18n.Number(quantity) + " " + unit + " " + name
	case quantity == 1:
		return name
	default:
		return i18n.Number(quantity) + " × " + name
	}
}

func rewardPath(id uuid.UUID) string  { return rewardsPath + id.String() + "/" }
func reservePath(id uuid.UUID) string { return rewardsPath + "reserve/" + id.String() + "/" }
