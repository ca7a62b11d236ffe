package console

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"ekolek/internal/ledger"
	"ekolek/internal/report"
	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type redemptionsView struct {
	web.Page
	Form      *form.Form
	Barangays []ui.Option
	Staff     []ui.Option
	Items     []ui.Option
	Places    []ui.Option // empty: there is only one
	States    []ui.Option
	Rows      []rewards.Redemption
	Totals    rewards.Totals
	Next      string
}

// GET /console/redemptions/?from=&to=&state=&barangay=&staff=&item=&place=&resident=&after=
func (c *Console) redemptions(w http.ResponseWriter, r *http.Request) error {
	ctx, scope := r.Context(), web.PrincipalOf(r.Context()).Scope
	f := form.Query(r)
	page, totals, err := c.rewards.Redemptions(ctx, scope, rewards.RedemptionFilter{From: f.Day("from"), To: f.Day("to"), State: f.Text("state", 20),
		Barangay: f.ID("barangay"), Staff: f.ID("staff"), Item: f.ID("item"), Place: f.ID("place"), Resident: f.ID("resident"), Cursor: f.Text("after", 200)})
	if err != nil {
		return err
	}
	v := redemptionsView{Page: web.NewPage(r, "console.redemptions.title"), Form: f, Rows: page.Rows, Totals: totals, Next: page.Next, States: redemptionStates(ctx)}
	if v.Barangays, err = c.barangayOptions(ctx, scope); err != nil {
		return err
	}
	if v.Staff, err = c.staffOptions(ctx); err != nil {
		return err
	}
	if v.Items, err = c.itemOptions(ctx); err != nil {
		return err
	}
	if v.Places, err = c.placeOptions(ctx); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, redemptionsTempl(v))
}

func redemptionStates(ctx context.Context) []ui.Option {
	return []ui.Option{
		{Text: i18n.T(ctx, "console.redemptions.any_state")},
		{Value: "given", Text: i18n.T(ctx, "console.redemptions.given")},
		{Value: "returned", Text: i18n.T(ctx, "console.redemptions.returned")},
	}
}

// GET /console/redemptions.csv and .xlsx: what the list shows, all of its pages.
func (c *Console) exportRedemptions(w http.ResponseWriter, r *http.Request) error {
	f := form.Query(r)
	filter := report.RedemptionFilter{From: f.Day("from"), To: f.Day("to"), State: f.Text("state", 20), Barangay: f.ID("barangay"),
		Staff: f.ID("staff"), Item: f.ID("item"), Place: f.ID("place"), Resident: f.ID("resident")}
	return web.Export(w, r, "redemptions", c.now(), c.report.Redemptions(r.Context(), web.PrincipalOf(r.Context()).Scope, filter))
}

type redemptionView struct {
	web.Page
	Redemption rewards.Redemption
	Receipt    rewards.Receipt // without ID: brought over from the former system
}

// redemptionPath is the page of a redemption.
func redemptionPath(id uuid.UUID) string { return "/console/redemptions/" + id.String() + "/" }

// redemptionOf is the redemption that the address names, within the reader's reach.
func (c *Console) redemptionOf(r *http.Request) (rewards.Redemption, error) {
	id, err := web.PathID(r, "id")
	if err != nil {
		return rewards.Redemption{}, err
	}
	return c.rewards.RedemptionByID(r.Context(), web.PrincipalOf(r.Context()).Scope, id)
}

// GET /console/redemptions/{id}/
func (c *Console) redemption(w http.ResponseWriter, r *http.Request) error {
	found, err := c.redemptionOf(r)
	if err != nil {
		return err
	}
	v := redemptionView{Page: web.NewPage(r, "console.redemption.title", "Name", found.ResidentName), Redemption: found}
	if found.ReceiptID.Valid {
		if v.Receipt, err = c.rewards.ReceiptByID(r.Context(), web.PrincipalOf(r.Context()).Scope, found.ReceiptID.UUID); err != nil {
			return err
		}
	}
	return web.Render(w, r, http.StatusOK, redemptionTempl(v))
}

// lines are what was handed out at once.
func (v redemptionView) lines() []rewards.Redemption {
	if len(v.Receipt.Redemptions) == 0 {
		return []rewards.Redemption{v.Redemption}
	}
	return v.Receipt.Redemptions
}

// total is what all of it cost and still costs.
func (v redemptionView) total() (sum ledger.Points) {
	for _, d := range v.lines() {
		if d.ReturnedAt == nil {
			sum += d.Points
		}
	}
	return sum
}

// returnable is false for what was returned, and for what a former system handed out: its
// points and goods are not in these books.
func (v redemptionView) returnable() bool {
	return v.Redemption.ReturnedAt == nil && !v.Redemption.Imported
}

// proofText says how a resident proved to be there.
func proofText(ctx context.Context, by string) string {
	switch by {
	case "live":
		return i18n.T(ctx, "console.proof.live")
	case "pin":
		return i18n.T(ctx, "console.proof.pin")
	case "sms":
		return i18n.T(ctx, "console.proof.sms")
	default:
		return i18n.T(ctx, "console.proof.none")
	}
}

type returnView struct {
	web.Page
	Form       *form.Form
	Redemption rewards.Redemption
}

// GET /console/redemptions/{id}/return/
func (c *Console) returnPage(w http.ResponseWriter, r *http.Request) error {
	found, err := c.redemptionOf(r)
	if err != nil {
		return err
	}
	return c.showReturn(w, r, found, form.Empty())
}

// POST /console/redemptions/{id}/return/
func (c *Console) returnRedemption(w http.ResponseWriter, r *http.Request) error {
	found, err := c.redemptionOf(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	in := rewards.Returning{Redemption: found.ID, Reason: f.Reason("reason")}
	var out rewards.Outcome
	if f.OK() {
		out, err = c.rewards.Return(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).Scope, in)
		if err := f.Take(err); err != nil {
			return err
		}
	}
	if !f.OK() {
		return c.showReturn(w, r, found, f)
	}
	if out.Waiting {
		web.Flash(w, r, ui.Warning, "console.return.waits")
	} else {
		web.Flash(w, r, ui.Done, "console.return.done", "Points", found.Points, "Name", found.ResidentName)
	}
	web.Redirect(w, r, redemptionPath(found.ID))
	return nil
}

func (c *Console) showReturn(w http.ResponseWriter, r *http.Request, found rewards.Redemption, f *form.Form) error {
	return web.RenderForm(w, r, f, returnTempl(returnView{Page: web.NewPage(r, "console.return.title"), Form: f, Redemption: found}))
}
