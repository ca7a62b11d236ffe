package mobile

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/mobile/wire"
	"ekolek/internal/people"
	"ekolek/internal/web"
)

// scannedUser is a resident as the scanner app shows them.
type scannedUser struct {
	ID             uuid.UUID   `json:"id"`
	Name           string      `json:"name"`
	Username       string      `json:"username"`
	Points         wire.Points `json:"current_points"`
	FamilyCode     string      `json:"family_code"`
	FamilyName     string      `json:"family_name"`
	Barangay       *string     `json:"barangay"`
	Phone          string      `json:"phone"`
	Representative bool        `json:"is_family_representative"`
}

// GET /mobile/api/admin/scan-user/?user_id=
func (m *Mobile) scanUser(w http.ResponseWriter, r *http.Request) error {
	text := r.URL.Query().Get("user_id")
	if text == "" {
		return refuseCollector(http.StatusBadRequest, "", "User ID is required")
	}
	return m.showUser(w, r, text)
}

// GET /mobile/api/admin/user/{id}/
func (m *Mobile) user(w http.ResponseWriter, r *http.Request) error {
	return m.showUser(w, r, r.PathValue("id"))
}

func (m *Mobile) showUser(w http.ResponseWriter, r *http.Request, text string) error {
	ctx := r.Context()
	found, err := m.identify(ctx, web.PrincipalOf(ctx), text, errUserReach)
	if err != nil {
		return err
	}
	of := found.Resident
	balance, err := m.report.Balance(ctx, of.ID)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, struct {
		Success bool        `json:"success"`
		User    scannedUser `json:"user"`
	}{true, scannedUser{ID: of.ID, Name: of.FullName, Username: of.Username, Points: wire.Points(balance.Posted), FamilyCode: of.FamilyCode,
		FamilyName: of.FamilyName, Barangay: wire.OrNull(of.BarangayName), Phone: of.Phone, Representative: of.Representative}})
}

// Refusals of residents whom a collector may not serve.
var (
	errNoUser      = refuseCollector(http.StatusNotFound, "", "User not found or not approved")
	errUserReach   = refuseCollector(http.StatusForbidden, "", "You do not have permission to access users from this barangay")
	errWeighReach  = refuseCollector(http.StatusForbidden, "", "You do not have permission to process transactions for users from this barangay")
	errRedeemReach = refuseCollector(http.StatusForbidden, "", "You do not have permission to process redemptions for users from this barangay")
)

// identify tells which resident a scanned text stands for: an id, as on the former
// system's cards, a signed card, a live code, a typed code, a username or a family code. Whoever may not
// earn is not told from nobody; outside answers for residents of other barangays. A
// refused one is told too: what is refused now may have been done before.
func (m *Mobile) identify(ctx context.Context, p auth.Principal, text string, outside *refusal) (people.Identified, error) {
	found, err := m.people.Identify(ctx, people.City, text)
	switch {
	case errors.Is(err, people.ErrUnknownCode):
		return found, errNoUser.because(err)
	case err != nil:
		return found, err
	case !people.CanAccess(found.Resident):
		return found, errNoUser
	}
	err = m.people.Reaches(ctx, p.Scope, found.Resident.BarangayID)
	if errors.Is(err, people.ErrOutside) {
		err = outside.because(err)
	}
	return found, err
}

// identifiedBy is how the books name the way to a resident.
func identifiedBy(by people.By) string {
	switch by {
	case people.ByLive, people.ByCard, people.ByCode, people.ByLegacyCard:
		return string(by)
	default:
		return "search"
	}
}
