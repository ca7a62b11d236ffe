package console

import (
	"context"
	"crypto/rand"
	"net/http"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/web"
)

// Addresses of the Station, the pages that a collector uses all day.
const (
	stationScan = "/console/station/"
	stationFind = "/console/station/find/"
)

// stationRoutes are: who is it, weigh, receipt; what can they have, give it, receipt.
// The scan page alone may use the camera.
func (c *Console) stationRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /console/station/", Need: auth.UseStation, Handle: c.scan, Camera: true},
		{Pattern: "GET /console/station/find/", Need: auth.UseStation, Handle: c.findResident},
		{Pattern: "GET /console/station/residents/{id}/", Need: auth.UseStation, Handle: c.weigh},
		{Pattern: "POST /console/station/residents/{id}/", Need: auth.UseStation, Handle: c.recordWeighIn},
		{Pattern: "GET /console/station/weigh-ins/{id}/", Need: auth.UseStation, Handle: c.weighInReceipt},
		{Pattern: "GET /console/station/residents/{id}/rewards/", Need: auth.Redeem, Handle: c.rewardsFor},
		{Pattern: "GET /console/station/residents/{id}/rewards/{item}/", Need: auth.Redeem, Handle: c.confirmReward},
		{Pattern: "POST /console/station/residents/{id}/rewards/{item}/", Need: auth.Redeem, Handle: c.giveReward},
		{Pattern: "GET /console/station/redemptions/{id}/", Need: auth.Redeem, Handle: c.redemptionReceipt},
	}
}

// identifiedBy is how a collector found out whose points these are; it is kept with what
// they save.
type identifiedBy string

const (
	byCard       identifiedBy = "card"        // the signed QR
	byCode       identifiedBy = "code"        // its typed twin
	byLegacyCard identifiedBy = "legacy_card" // a card of the former system, which anybody can copy
	bySearch     identifiedBy = "search"      // a name, a username or a family code
)

// readIdentifiedBy takes anything unknown as the weakest way.
func readIdentifiedBy(s string) identifiedBy {
	switch by := identifiedBy(s); by {
	case byCard, byCode, byLegacyCard:
		return by
	default:
		return bySearch
	}
}

func (b identifiedBy) text() string {
	switch b {
	case byCard:
		return "station.by_card"
	case byCode:
		return "station.by_code"
	case byLegacyCard:
		return "station.by_legacy_card"
	default:
		return "station.by_search"
	}
}

func (b identifiedBy) icon() string {
	switch b {
	case byCard, byCode:
		return "shield-check"
	case byLegacyCard:
		return "id-card"
	default:
		return "search"
	}
}

// stationResident is whose points these are, on every page after the scan.
type stationResident struct {
	people.Resident
	By      identifiedBy
	Balance ledger.Points // that can be spent
	CanEarn bool          // and redeem
	CanSee  bool          // the collector may open the resident's page
}

// stationResident reads the resident of the address, within the collector's barangays.
func (c *Console) stationResident(r *http.Request) (stationResident, error) {
	id, err := web.PathID(r, "id")
	if err != nil {
		return stationResident{}, err
	}
	ctx, who := r.Context(), web.PrincipalOf(r.Context())
	resident, err := c.people.ResidentByID(ctx, who.Scope, id)
	if err != nil {
		return stationResident{}, err
	}
	balance, err := c.balance(ctx, id)
	return stationResident{Resident: resident, By: readIdentifiedBy(r.FormValue("by")), Balance: balance,
		CanEarn: people.CanAccess(resident), CanSee: who.May(auth.ManageResidents)}, err
}

func (s stationResident) weighing() string { return weighAddress(s.ID, s.By) }

func (s stationResident) rewards() string { return rewardsAddress(s.ID, s.By) }

func (s stationResident) reward(item uuid.UUID) string {
	return stationScan + "residents/" + s.ID.String() + "/rewards/" + item.String() + "/?by=" + string(s.By)
}

func weighAddress(id uuid.UUID, by identifiedBy) string {
	return stationScan + "residents/" + id.String() + "/?by=" + string(by)
}

func rewardsAddress(id uuid.UUID, by identifiedBy) string {
	return stationScan + "residents/" + id.String() + "/rewards/?by=" + string(by)
}

// balance is what a resident may spend.
func (c *Console) balance(ctx context.Context, resident uuid.UUID) (ledger.Points, error) {
	b, err := c.report.Balance(ctx, resident)
	return b.Available(), err
}

// barredText says why the resident may not earn or redeem.
func (s stationResident) barredText() string {
	switch s.State() {
	case people.Suspended:
		return "station.not_active_suspended"
	case people.Rejected:
		return "station.not_active_rejected"
	default:
		return "station.not_active_pending" // they, or their family
	}
}

// barredState is the word for a resident who may not earn or redeem; empty for the others.
func barredState(r people.Resident) string {
	switch {
	case people.CanAccess(r):
		return ""
	case r.State() == people.Suspended:
		return "station.suspended"
	case r.State() == people.Rejected:
		return "station.rejected"
	default:
		return "station.pending"
	}
}

// goOn leads to the next page: a script is told the address.
func goOn(w http.ResponseWriter, r *http.Request, to string) error {
	if web.WantsJSON(r) {
		return web.JSON(w, http.StatusOK, map[string]string{"location": to})
	}
	web.Redirect(w, r, to)
	return nil
}

// newRequestKey names one submission; the same name pays once.
func newRequestKey() string { return rand.Text() }

// isKeyReused says that a key came again with other figures: the page in hand had been
// saved before, and was changed after going back to it.
func isKeyReused(err error) bool {
	e, ok := errs.As(err)
	return ok && e.Code == "REQUEST_KEY_REUSED"
}

// clip cuts what was sent to a length that is worth reading.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}
