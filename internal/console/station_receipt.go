package console

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"ekolek/internal/collection"
	"ekolek/internal/people"
	"ekolek/internal/web"
	"ekolek/internal/web/i18n"
)

// receiptAddress is where a saved weigh-in ("weigh-ins"), or what was handed out
// ("receipts"), is shown.
func receiptAddress(kind string, id uuid.UUID) string {
	return stationScan + kind + "/" + id.String() + "/"
}

// GET /console/station/receipts/{id}/
func (c *Console) rewardsReceipt(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id")
	if err != nil {
		return err
	}
	ctx, scope := r.Context(), web.PrincipalOf(r.Context()).Scope
	given, err := c.rewards.ReceiptByID(ctx, scope, id)
	if err != nil {
		return err
	}
	balance, err := c.balance(ctx, given.ResidentID)
	if err != nil {
		return err
	}
	v := givenView{Page: web.NewPage(r, "station.given"), Receipt: given, Balance: balance,
		More: c.foundBefore(r, given.ResidentID, given.Identified, given.StaffID, given.At).rewards(cart{})}
	return web.Render(w, r, http.StatusOK, givenPage(v))
}

// GET /console/station/weigh-ins/{id}/
func (c *Console) weighInReceipt(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id")
	if err != nil {
		return err
	}
	ctx, who := r.Context(), web.PrincipalOf(r.Context())
	weighed, err := c.collection.WeighInByID(ctx, who.Scope, id)
	if err != nil {
		return err
	}
	balance, err := c.balance(ctx, weighed.ResidentID)
	if err != nil {
		return err
	}
	v := receiptView{Page: web.NewPage(r, "station.saved"), WeighIn: weighed, Balance: balance,
		More: c.foundBefore(r, weighed.ResidentID, weighed.Identified, weighed.CollectorID.UUID, weighed.CreatedAt).rewards(cart{})}
	return web.Render(w, r, http.StatusOK, receiptPage(v))
}

// agreedText says how the resident agreed.
func agreedText(proof string) string {
	switch people.By(proof) {
	case people.ByLive:
		return "station.proved_live"
	case people.ByPIN:
		return "station.proved_pin"
	default:
		return "station.proved_sms"
	}
}

// lineName is a line's material in the reader's language.
func lineName(ctx context.Context, l collection.Line) string {
	return i18n.Pick(ctx, l.Name, l.NameFil)
}
