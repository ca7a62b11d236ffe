package console

import (
	"context"
	"crypto/rand"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/i18n"
)

// Addresses of the Station, the pages that a collector uses all day.
const (
	stationScan  = "/console/station/"
	stationFind  = "/console/station/find/"
	stationPlace = "/console/station/place/"
)

// stationRoutes are: who is it, weigh, receipt; what can they have, give it, receipt.
// The scan page alone may use the camera.
func (c *Console) stationRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /console/station/", Need: auth.UseStation, Handle: c.scan, Camera: true},
		{Pattern: "GET /console/station/find/", Need: auth.UseStation, Handle: c.searchResident},
		{Pattern: "POST /console/station/find/", Need: auth.UseStation, Handle: c.findResident},
		{Pattern: "POST /console/station/place/", Need: auth.Redeem, Handle: c.choosePlace},
		{Pattern: "GET /console/station/residents/{id}/", Need: auth.UseStation, Handle: c.weigh},
		{Pattern: "POST /console/station/residents/{id}/", Need: auth.UseStation, Handle: c.recordWeighIn},
		{Pattern: "GET /console/station/weigh-ins/{id}/", Need: auth.UseStation, Handle: c.weighInReceipt},
		{Pattern: "GET /console/station/residents/{id}/rewards/", Need: auth.Redeem, Handle: c.chooseRewards},
		{Pattern: "GET /console/station/residents/{id}/rewards/give/", Need: auth.Redeem, Handle: c.confirmRewards},
		{Pattern: "POST /console/station/residents/{id}/rewards/give/", Need: auth.Redeem, Handle: c.giveRewards},
		{Pattern: "GET /console/station/receipts/{id}/", Need: auth.Redeem, Handle: c.rewardsReceipt},
	}
}

// identifiedBy is how a collector found out whose points these are; it is kept with what
// they save, and decides whether the resident has to agree as well.
type identifiedBy string

const (
	byLive        identifiedBy = "live"        // the live code on their phone
	byCard        identifiedBy = "card"        // the signed QR
	byCode        identifiedBy = "code"        // its typed twin
	byReservation identifiedBy = "reservation" // the code of what is set aside for them
	byLegacyCard  identifiedBy = "legacy_card" // a card of the former system, which anybody can copy
	bySearch      identifiedBy = "search"      // a name, a username or a family code
)

// identified says in an address how a resident was found. It is signed, for this member
// of staff and this day: nobody writes "by their card" into an address by hand.
func (c *Console) identified(r *http.Request, resident uuid.UUID, by identifiedBy) string {
	return string(by) + "." + web.Sign(r, "identified", wayText(r, resident, by, c.now()))
}

// readIdentified takes anything that is not signed as the weakest way. Yesterday's is
// taken too: somebody stands there at midnight.
func (c *Console) readIdentified(r *http.Request, resident uuid.UUID) identifiedBy {
	by, signature, _ := strings.Cut(r.FormValue("by"), ".")
	for _, day := range []time.Time{c.now(), c.now().AddDate(0, 0, -1)} {
		if web.IsSigned(r, "identified", wayText(r, resident, identifiedBy(by), day), signature) {
			return identifiedBy(by)
		}
	}
	return bySearch
}

func wayText(r *http.Request, resident uuid.UUID, by identifiedBy, day time.Time) string {
	return strings.Join([]string{web.PrincipalOf(r.Context()).ID.String(), resident.String(), string(by), i18n.DayStamp(day)}, " ")
}

// identifiedAs is how the book of people, or an earlier receipt, names a way.
func identifiedAs(by string) identifiedBy {
	switch b := identifiedBy(by); b {
	case byLive, byCard, byCode, byReservation, byLegacyCard:
		return b
	default:
		return bySearch
	}
}

func (b identifiedBy) text() string {
	switch b {
	case byLive:
		return "station.by_live"
	case byReservation:
		return "station.by_reservation"
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
	case byLive, byCard, byCode:
		return "shield-check"
	case byReservation:
		return "ticket"
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
	by      string        // the same, signed, for their next address
	Proof   uuid.UUID     // that they agree, when their live code was scanned; Nil: none
	Balance ledger.Points // that can be spent
	Open    []rewards.Reservation
	CanEarn bool // and redeem
	CanSee  bool // the collector may open the resident's page
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
	if err != nil {
		return stationResident{}, err
	}
	waiting, err := c.rewards.Reservations(ctx, who.Scope, rewards.ReservationFilter{Resident: id, State: rewards.Open})
	by := c.readIdentified(r, id)
	return stationResident{Resident: resident, By: by, by: c.identified(r, id, by), Proof: parseID(r.FormValue("proof")), Balance: balance,
		Open: waiting.Rows, CanEarn: people.CanAccess(resident), CanSee: who.May(auth.ManageResidents)}, err
}

// way is how the resident was identified, as the address of each of their pages tells it.
func (s stationResident) way() url.Values {
	v := url.Values{"by": {s.by}}
	if s.Proof != uuid.Nil {
		v.Set("proof", s.Proof.String())
	}
	return v
}

func (s stationResident) weighing() string { return residentAddress(s.ID, "", s.way()) }

func (s stationResident) rewards(c cart) string {
	return residentAddress(s.ID, "rewards/", s.way(), c.values())
}

func (s stationResident) giving(c cart) string {
	return residentAddress(s.ID, "rewards/give/", s.way(), c.values())
}

// residentAddress is one of a resident's pages at the Station.
func residentAddress(id uuid.UUID, page string, queries ...url.Values) string {
	all := url.Values{}
	for _, q := range queries {
		maps.Copy(all, q)
	}
	return stationScan + "residents/" + id.String() + "/" + page + "?" + all.Encode()
}

// found is somebody whose pages are about to be opened.
func (c *Console) found(r *http.Request, resident uuid.UUID, by identifiedBy) stationResident {
	return stationResident{Resident: people.Resident{ID: resident}, By: by, by: c.identified(r, resident, by)}
}

// stillHere is how long somebody whose receipt is shown counts as standing there.
const stillHere = time.Hour

// foundBefore is who stood before this member of staff when a receipt was made; soon
// after, that is how they were found. To others, and later, the receipt says nothing.
func (c *Console) foundBefore(r *http.Request, resident uuid.UUID, by string, staff uuid.UUID, at time.Time) stationResident {
	if staff != web.PrincipalOf(r.Context()).ID || c.now().Sub(at) > stillHere {
		by = string(bySearch)
	}
	return c.found(r, resident, identifiedAs(by))
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
