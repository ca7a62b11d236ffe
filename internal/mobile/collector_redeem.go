package mobile

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/google/uuid"

	"ekolek/internal/errs"
	"ekolek/internal/ledger"
	"ekolek/internal/mobile/wire"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
	"ekolek/internal/web"
)

type reward struct {
	ID          uuid.UUID   `json:"id"`
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Points      wire.Points `json:"points_required"`
	Stock       int64       `json:"stock"`
	Image       string      `json:"image"` // the file's name; the app makes the address
}

// GET /mobile/api/admin/rewards/
//
// The app knows no places: it hands out what lies at the default one.
func (m *Mobile) rewardList(w http.ResponseWriter, r *http.Request) error {
	items, err := m.rewards.ItemsAt(r.Context(), uuid.Nil)
	if err != nil {
		return err
	}
	list := []reward{}
	for _, i := range items {
		if i.Active && i.Available() > 0 {
			list = append(list, reward{i.ID, i.Name, i.Description, wire.Points(i.Price), i.Available(), i.Picture})
		}
	}
	slices.SortStableFunc(list, func(a, b reward) int { return cmp.Compare(a.Points, b.Points) })
	return web.JSON(w, http.StatusOK, struct {
		Success bool     `json:"success"`
		Rewards []reward `json:"rewards"`
		Count   int      `json:"count"`
	}{true, list, len(list)})
}

// redeemed is a redemption as its answer tells it.
type redeemed struct {
	ID          uuid.UUID   `json:"id"`
	UserName    string      `json:"user_name"`
	RewardName  string      `json:"reward_name"`
	Points      wire.Points `json:"points_used"`
	At          wire.Time   `json:"timestamp"`
	ProcessedBy string      `json:"processed_by"`
}

// Refusals of redemptions.
var (
	errNoRewardID  = refuseCollector(http.StatusBadRequest, "", "Reward ID is required")
	errNoReward    = refuseCollector(http.StatusNotFound, "", "Reward not found or not available")
	errOutOfStock  = refuseCollector(http.StatusBadRequest, "", "Reward is out of stock")
	errBadQuantity = refuseCollector(http.StatusBadRequest, "", "Invalid quantity")
)

// POST /mobile/api/admin/redeem/
func (m *Mobile) redeem(w http.ResponseWriter, r *http.Request) error {
	act, err := m.readAct(r, errRedeemReach)
	if err != nil {
		return err
	}
	item, quantity, err := act.reward()
	if err != nil {
		return act.refuse(err)
	}
	receipt, err := m.rewards.Redeem(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).Scope, rewards.Request{
		RequestKey: act.key, Unkeyed: act.key == "", Resident: act.of.Resident.ID, Wants: []rewards.Want{{Item: item, Quantity: quantity}},
		IdentifiedBy: identifiedBy(act.of.By), Phone: true,
	})
	if err != nil {
		return act.refuse(m.redeemRefusal(r.Context(), item, quantity, err))
	}
	given := receipt.Redemptions[0]
	return web.JSON(w, http.StatusCreated, struct {
		Success    bool        `json:"success"`
		Redemption redeemed    `json:"redemption"`
		NewPoints  wire.Points `json:"user_new_points"`
	}{true, redeemed{given.ID, given.ResidentName, given.ItemName, wire.Points(given.Points), wire.Time(given.At), given.StaffName},
		wire.Points(receipt.Balance)})
}

// reward is what is to be handed out, and how many.
func (b body) reward() (item uuid.UUID, quantity int64, err error) {
	if b.empty("reward_id") {
		return uuid.Nil, 0, errNoRewardID
	}
	item, ok := b.uuid("reward_id")
	if !ok {
		return uuid.Nil, 0, errNoReward
	}
	if quantity, ok = b.whole("quantity", 1); !ok || quantity < 1 || quantity > rewards.MaxQuantity {
		return uuid.Nil, 0, errBadQuantity
	}
	return item, quantity, nil
}

// redeemRefusal is a refusal in the app's words. Of an empty shelf and an empty purse the
// app is told of the shelf.
func (m *Mobile) redeemRefusal(ctx context.Context, item uuid.UUID, quantity int64, err error) error {
	switch {
	case errors.Is(err, people.ErrResidentNotFound), errors.Is(err, rewards.ErrResidentNotActive):
		return errNoUser.because(err)
	case errors.Is(err, rewards.ErrItemNotFound), errors.Is(err, rewards.ErrItemNotActive):
		return errNoReward.because(err)
	case errors.Is(err, rewards.ErrOutOfStock):
		return errOutOfStock.because(err)
	case errors.Is(err, ledger.ErrInsufficientPoints):
		shelf, shelfErr := m.rewards.ItemsAt(ctx, uuid.Nil)
		if shelfErr != nil {
			return shelfErr
		}
		if slices.ContainsFunc(shelf, func(i rewards.Item) bool { return i.ID == item && i.Available() < quantity }) {
			return errOutOfStock.because(err)
		}
		return tooFewPoints(err)
	}
	return err
}

// tooFewPoints tells both amounts with two decimals, as the app has always shown them.
func tooFewPoints(err error) error {
	e, _ := errs.As(err)
	return refuseCollector(http.StatusBadRequest, "",
		"Insufficient points. Need "+fixed(e.Text.Args["Needed"])+", have "+fixed(e.Text.Args["Available"])).because(err)
}

func fixed(v any) string {
	text, _ := v.(string)
	points, err := ledger.ParsePoints(text)
	if err != nil {
		return text
	}
	return points.Fixed()
}
