package console

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"ekolek/internal/collection"
	"ekolek/internal/web"
	"ekolek/internal/web/i18n"
)

// receiptAddress is where a saved weigh-in ("weigh-ins") or redemption ("redemptions") is
// shown.
func receiptAddress(kind string, id uuid.UUID) string {
	return stationScan + kind + "/" + id.String() + "/"
}

// GET /console/station/redemptions/{id}/
func (c *Console) redemptionReceipt(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id")
	if err != nil {
		return err
	}
	ctx, scope := r.Context(), web.PrincipalOf(r.Context()).Scope
	given, err := c.rewards.RedemptionByID(ctx, scope, id)
	if err != nil {
		return err
	}
	balance, err := c.balance(ctx, given.ResidentID)
	if err != nil {
		return err
	}
	v := givenView{Page: web.NewPage(r, "station.given"), Given: given, Balance: balance}
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
	v := receiptView{Page: web.NewPage(r, "station.saved"), WeighIn: weighed, Balance: balance}
	return web.Render(w, r, http.StatusOK, receiptPage(v))
}

// lineName is a line's material in the reader's language.
func lineName(ctx context.Context, l collection.Line) string {
	return i18n.Pick(ctx, l.Name, l.NameFil)
}
