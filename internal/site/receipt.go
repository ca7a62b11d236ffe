package site

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"ekolek/internal/ledger"
	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/i18n"
)

func receiptPath(id uuid.UUID) string { return rewardsPath + "receipts/" + id.String() + "/" }

type receiptView struct {
	web.Page
	rewards.Receipt
	Back ledger.Points // of what was returned
}

// GET /rewards/receipts/{id}/ — what was handed out in one go.
func (s *Site) receipt(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.PathID(r, "id")
	if err != nil {
		return err
	}
	found, err := s.rewards.ReceiptOf(ctx, web.PrincipalOf(ctx).ID, id)
	if err != nil {
		return err
	}
	v := receiptView{Page: web.NewPage(r, "site.receipt.title", "Reference", found.Reference), Receipt: found}
	for _, d := range found.Redemptions {
		if d.ReturnedAt != nil {
			v.Back += d.Points
		}
	}
	return web.Render(w, r, http.StatusOK, receiptTempl(v))
}

func whatOf(ctx context.Context, d rewards.Redemption) string {
	return several(d.Quantity, d.Unit, i18n.Pick(ctx, d.ItemName, d.ItemNameFil))
}
