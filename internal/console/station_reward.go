package console

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"ekolek/internal/errs"
	"ekolek/internal/ledger"
	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
)

// GET /console/station/residents/{id}/rewards/
func (c *Console) rewardsFor(w http.ResponseWriter, r *http.Request) error {
	who, err := c.stationResident(r)
	if err != nil {
		return err
	}
	items, err := c.rewards.Items(r.Context())
	if err != nil {
		return err
	}
	v := rewardsView{Page: web.NewPage(r, "station.title"), Who: who}
	v.Now, v.Later = withinReach(items, who.Balance)
	return web.Render(w, r, http.StatusOK, rewardsPage(v))
}

// withinReach parts the catalogue into what the points buy now, the dearest first, and
// what they do not, the nearest first. Hidden items are in neither.
func withinReach(items []rewards.Item, balance ledger.Points) (now, later []rewards.Item) {
	for _, i := range items {
		switch {
		case !i.Active:
		case most(i, balance) > 0:
			now = append(now, i)
		default:
			later = append(later, i)
		}
	}
	slices.SortStableFunc(now, func(a, b rewards.Item) int { return cmp.Compare(b.Price, a.Price) })
	slices.SortStableFunc(later, func(a, b rewards.Item) int { return cmp.Compare(a.Price, b.Price) })
	return now, later
}

// most is how many of an item can be handed out at once.
func most(i rewards.Item, balance ledger.Points) int64 {
	return min(int64(balance/i.Price), i.Available(), rewards.MaxQuantity)
}

// rewardEntry is what was typed on the confirming page, and what is wrong with it.
type rewardEntry struct {
	Key      string // takes points once, however often it is sent
	Quantity string
	form     *form.Form // where refusals are kept
}

func (e rewardEntry) wrong(field string) errs.Text {
	t, _ := e.form.FieldError(field)
	return t
}

// count is the quantity, 0 while it makes no sense.
func (e rewardEntry) count() int64 {
	n, err := strconv.ParseInt(e.Quantity, 10, 64)
	if err != nil || n < 0 || n > rewards.MaxQuantity {
		return 0
	}
	return n
}

// GET /console/station/residents/{id}/rewards/{item}/?quantity=
func (c *Console) confirmReward(w http.ResponseWriter, r *http.Request) error {
	who, err := c.stationResident(r)
	if err != nil {
		return err
	}
	e := rewardEntry{Key: newRequestKey(), Quantity: clip(r.FormValue("quantity"), 10), form: form.Empty()}
	if e.count() == 0 {
		e.Quantity = "1"
	}
	return c.showConfirm(w, r, http.StatusOK, who, e)
}

// POST /console/station/residents/{id}/rewards/{item}/
func (c *Console) giveReward(w http.ResponseWriter, r *http.Request) error {
	item, err := web.PathID(r, "item")
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	who, err := c.stationResident(r)
	if err != nil {
		return err
	}
	e := rewardEntry{Key: f.Text("key", 100), Quantity: f.Text("quantity", 10), form: f}
	quantity := f.Int("quantity")
	err = f.Err()
	var receipt rewards.Receipt
	if err == nil {
		receipt, err = c.rewards.Redeem(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).Scope, rewards.Request{
			RequestKey: e.Key, Resident: who.ID, Wants: []rewards.Want{{Item: item, Quantity: int64(quantity)}}, IdentifiedBy: string(who.By)})
	}
	if err != nil {
		return c.refuseReward(w, r, who, e, err)
	}
	return goOn(w, r, receiptAddress("redemptions", receipt.Redemptions[0].ID))
}

// refuseReward shows the page again with today's figures; a script gets the error alone.
// A key that took points for something else is replaced: giving again is then meant.
func (c *Console) refuseReward(w http.ResponseWriter, r *http.Request, who stationResident, e rewardEntry, refusal error) error {
	if web.WantsJSON(r) {
		return refusal
	}
	if isKeyReused(refusal) {
		refusal, e.Key = errs.New(errs.Conflict, "ALREADY_SAVED", "station.already_given"), newRequestKey()
	}
	if e.form.OK() {
		if err := e.form.Take(refusal); err != nil {
			return err
		}
	}
	return c.showConfirm(w, r, web.StatusOf(refusal), who, e)
}

func (c *Console) showConfirm(w http.ResponseWriter, r *http.Request, status int, who stationResident, e rewardEntry) error {
	id, err := web.PathID(r, "item")
	if err != nil {
		return err
	}
	item, err := c.rewards.ItemByID(r.Context(), id)
	if err != nil {
		return err
	}
	v := confirmView{Page: web.NewPage(r, "station.title"), Who: who, Item: item, Entry: e, Most: most(item, who.Balance)}
	return web.Render(w, r, status, confirmPage(v))
}

// redeemTexts are the sentences and figures that redeem.js works with.
func redeemTexts(ctx context.Context, v confirmView) templ.Attributes {
	a := submitTexts(ctx, v.Address)
	a["data-redeem"], a["data-resident"], a["data-item"] = true, v.Who.ID.String(), v.Item.ID.String()
	a["data-price"] = strconv.FormatInt(int64(v.Item.Price), 10)
	a["data-balance"] = strconv.FormatInt(int64(v.Who.Balance), 10)
	a["data-most"] = strconv.FormatInt(v.Most, 10)
	a["data-say-need-quantity"] = i18n.T(ctx, "station.need_quantity")
	a["data-say-already-saved"] = i18n.T(ctx, "station.already_given")
	return a
}

// stockText is how much of an item can be handed out.
func stockText(ctx context.Context, i rewards.Item) string {
	if i.Available() == 0 {
		return i18n.T(ctx, "station.out_of_stock")
	}
	return i18n.T(ctx, "station.stock", "Left", i.Available())
}

// cannotGive says with its numbers why not even one can be given.
func cannotGive(ctx context.Context, v confirmView) string {
	switch {
	case !v.Who.CanEarn:
		return i18n.T(ctx, v.Who.barredText(), "Name", v.Who.FullName)
	case v.Item.Available() == 0 || !v.Item.Active:
		return i18n.T(ctx, "station.cannot_give_stock", "Item", i18n.Pick(ctx, v.Item.Name, v.Item.NameFil))
	default:
		return i18n.T(ctx, "station.cannot_give_points", "Item", i18n.Pick(ctx, v.Item.Name, v.Item.NameFil),
			"Price", v.Item.Price, "Name", v.Who.FullName, "Points", v.Who.Balance)
	}
}
