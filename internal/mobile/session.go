package mobile

import (
	"errors"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
	"ekolek/internal/mobile/wire"
	"ekolek/internal/people"
	"ekolek/internal/web"
)

// userInfo is a resident as the app keeps them after signing in.
type userInfo struct {
	ID       uuid.UUID     `json:"id"`
	Username string        `json:"username"`
	FullName string        `json:"full_name"`
	Points   wire.Points   `json:"total_points"`
	Status   people.Status `json:"status"`
}

// familyInfo is their family likewise.
type familyInfo struct {
	ID       uuid.UUID `json:"id"`
	Name     string    `json:"family_name"`
	Code     string    `json:"family_code"`
	Barangay string    `json:"barangay"`
}

// answered is how every success begins.
type answered struct {
	Success bool   `json:"success"`
	Message string `json:"message"`
}

// signedIn answers a sign-in; device is of a phone that used its key, else nil.
func (m *Mobile) signedIn(w http.ResponseWriter, r *http.Request, message string, t auth.Tokens, who people.Resident, device *deviceInfo) error {
	family, err := m.people.FamilySummary(r.Context(), who.ID)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, struct {
		answered
		tokenPair
		User   userInfo    `json:"user_info"`
		Family familyInfo  `json:"family_info"`
		Device *deviceInfo `json:"device_info,omitempty"`
	}{answered{true, message}, pairOf(t), userOf(who, family), familyOf(family), device})
}

func userOf(who people.Resident, family people.Summary) userInfo {
	return userInfo{who.ID, who.Username, who.FullName, wire.Points(pointsOf(who.ID, family)), who.Status}
}

func familyOf(s people.Summary) familyInfo {
	return familyInfo{s.Family.ID, s.Family.Name, s.Family.Code, s.Family.BarangayName}
}

// pointsOf is a member's balance.
func pointsOf(id uuid.UUID, family people.Summary) ledger.Points {
	for _, member := range family.Members {
		if member.Resident.ID == id {
			return member.Points
		}
	}
	return 0
}

// GET /api/validate-token/
func (m *Mobile) validate(w http.ResponseWriter, r *http.Request) error {
	who := web.PrincipalOf(r.Context()).Resident
	family, err := m.people.FamilySummary(r.Context(), who.ID)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, struct {
		answered
		Type string `json:"token_type"`
		User struct {
			userInfo
			LastLogin wire.Time `json:"last_login"`
		} `json:"user_info"`
		At wire.Time `json:"timestamp"`
	}{answered{true, "JWT token is valid"}, "Bearer", struct {
		userInfo
		LastLogin wire.Time `json:"last_login"`
	}{userOf(who, family), wire.TimeOrNull(who.LastLoginAt)}, wire.Time(m.now())})
}

// POST /api/refresh-token/
func (m *Mobile) refresh(w http.ResponseWriter, r *http.Request) error {
	b, err := readBody(r)
	if err != nil {
		return err
	}
	token, ok := b.text("refresh_token")
	if token == "" && ok {
		return refuse(http.StatusBadRequest, "MISSING_REFRESH_TOKEN", "Refresh token is required")
	}
	tokens, err := m.auth.Refresh(r.Context(), web.ActorOf(r), auth.ResidentSurface, token)
	if err != nil {
		return badRefresh(err, http.StatusUnauthorized)
	}
	return web.JSON(w, http.StatusOK, struct {
		answered
		tokenPair
		At wire.Time `json:"timestamp"`
	}{answered{true, "Tokens refreshed successfully"}, pairOf(tokens), wire.Time(m.now())})
}

// badRefresh answers a refresh token that is worth nothing, for whatever reason.
func badRefresh(err error, status int) error {
	if errs.KindOf(err) == errs.Internal {
		return err
	}
	return refuse(status, "INVALID_REFRESH_TOKEN", "Invalid or expired refresh token").because(err)
}

// loggedOut is the answer to a logout.
type loggedOut struct {
	answered
	RedirectURL string `json:"redirect_url"`
	Note        string `json:"note,omitempty"`
}

const loginPage = "/accounts/login/"

// POST /api/logout/ and GET, for the app and for browsers that land here.
func (m *Mobile) logout(w http.ResponseWriter, r *http.Request) error {
	err := web.Identify(r)
	if errors.Is(err, auth.ErrNoToken) {
		return sayGoodbye(w, r, loggedOut{answered{true, "Logged out successfully (client-side)"}, loginPage, "No server-side session to clear"})
	}
	if err != nil {
		return err
	}
	b, err := readBody(r)
	if err != nil {
		return err
	}
	token, ok := b.text("refresh_token")
	if token == "" && ok {
		token = r.URL.Query().Get("refresh_token")
	}
	out := loggedOut{answered: answered{true, "Logged out successfully"}, RedirectURL: loginPage}
	if token == "" && ok {
		out.Note = "No refresh token provided for blacklisting"
		return sayGoodbye(w, r, out)
	}
	if err := m.auth.EndTokens(r.Context(), web.ActorOf(r), auth.ResidentSurface, web.PrincipalOf(r.Context()).ID, token); err != nil {
		return badRefresh(err, http.StatusBadRequest)
	}
	return sayGoodbye(w, r, out)
}

// sayGoodbye shows a browser the sign-in page.
func sayGoodbye(w http.ResponseWriter, r *http.Request, out loggedOut) error {
	if strings.Contains(r.Header.Get("Accept"), "text/html") {
		http.Redirect(w, r, loginPage, http.StatusFound)
		return nil
	}
	return web.JSON(w, http.StatusOK, out)
}
