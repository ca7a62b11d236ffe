package mobile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/mobile/wire"
	"ekolek/internal/web"
)

// GET /mobile/api/admin/health/
func (m *Mobile) health(w http.ResponseWriter, _ *http.Request) error {
	return web.JSON(w, http.StatusOK, struct {
		Status         string    `json:"status"`
		Message        string    `json:"message"`
		Timestamp      wire.Time `json:"timestamp"`
		Authentication string    `json:"authentication"`
	}{"ok", "Ekoscan API is running", wire.Time(m.now()), "JWT"})
}

// * /mobile/api/admin/debug-token/
func (m *Mobile) debugToken(w http.ResponseWriter, _ *http.Request) error {
	return web.JSON(w, http.StatusGone, struct {
		Deprecated bool   `json:"deprecated"`
		Message    string `json:"message"`
		Suggestion string `json:"suggestion"`
	}{true, "This endpoint is deprecated. JWT authentication is now used.", "Use /ekoscan/api/admin/refresh-token/ to refresh JWT tokens"})
}

// tokenPair is how both apps get their tokens.
type tokenPair struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Type    string `json:"token_type"`
	Expires int    `json:"expires_in"` // seconds
}

func pairOf(t auth.Tokens) tokenPair {
	return tokenPair{t.Access, t.Refresh, "Bearer", int(t.Life / time.Second)}
}

// signInPermissions are the flags that the sign-in tells; the profile tells four others.
type signInPermissions struct {
	Residents bool `json:"can_manage_users"`
	Settings  bool `json:"can_manage_controls"`
	Points    bool `json:"can_manage_points"`
	Rewards   bool `json:"can_manage_rewards"`
}

type adminInfo struct {
	ID          uuid.UUID         `json:"id"`
	Username    string            `json:"username"`
	Email       *string           `json:"email"`
	Role        auth.Role         `json:"role"`
	FullName    string            `json:"full_name"`
	Permissions signInPermissions `json:"permissions"`
}

// POST /mobile/api/admin/login/
func (m *Mobile) collectorLogin(w http.ResponseWriter, r *http.Request) error {
	username, password, err := readSignIn(r)
	if err != nil {
		return err
	}
	st, tokens, err := m.auth.SignInCollector(r.Context(), web.ActorOf(r), username, password)
	if err != nil {
		return m.signInRefusal(r.Context(), username, err)
	}
	return web.JSON(w, http.StatusOK, struct {
		Success bool   `json:"success"`
		Message string `json:"message"`
		tokenPair
		Admin adminInfo `json:"admin_info"`
	}{true, "Login successful", pairOf(tokens), adminInfo{st.ID, st.Username, wire.OrNull(st.Email), st.Role, st.FullName, signInPermissions{
		st.Role.May(auth.ManageResidents), st.Role.May(auth.ManageSettings), st.Role.May(auth.ManagePoints), st.Role.May(auth.ManageRewards)}}})
}

// signInMistake is how the sign-in tells a client's own mistake. The app may show the
// second text, so the key stays; it is one of ours and never an error's.
type signInMistake struct {
	Success bool   `json:"success"`
	Error   string `json:"error"`
	Debug   string `json:"debug"`
}

func mistake(status int, message, debug string) *refusal {
	return &refusal{status: status, body: signInMistake{Error: message, Debug: debug}}
}

// Refusals of the sign-in.
var (
	errSignInEmpty   = mistake(http.StatusBadRequest, "Request body is empty. Please send JSON data with username and password.", "Empty request body")
	errSignInJSON    = mistake(http.StatusBadRequest, "Invalid JSON data. Please check your request format.", "JSON decode error")
	errSignInForm    = mistake(http.StatusBadRequest, "Invalid request format. Please send JSON data, not form data.", "Request body was already read. Use Content-Type: application/json")
	errSignInAddress = mistake(http.StatusTooManyRequests, "Too many login attempts. Please try again later.", "Rate limit exceeded")
	errSignInWrong   = refuseCollector(http.StatusUnauthorized, "", "Invalid credentials")
	errSignInLocked  = refuseCollector(http.StatusLocked, "", "Account has been locked due to multiple failed login attempts. Please try again in 30 minutes.")
	errSignInRole    = refuseCollector(http.StatusForbidden, "", "Access denied. Only super admins and operations managers can use this app.")
	errSignInChange  = refuseCollector(http.StatusForbidden, "", "Password must be changed before using the mobile app. Please login via web admin panel first.")
)

// readSignIn reads a sign-in, which comes as JSON alone. Nothing is trimmed.
func readSignIn(r *http.Request) (username, password string, err error) {
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media == "multipart/form-data" {
		return "", "", errSignInForm
	}
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return "", "", fmt.Errorf("read sign-in: %w", err)
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return "", "", errSignInEmpty
	}
	b, err := parseBody(data)
	if err != nil {
		return "", "", errSignInJSON.because(err)
	}
	web.Inspect(r, b)
	var missing []string
	username, _ = b.text("username")
	password, _ = b.text("password")
	if username == "" {
		missing = append(missing, "username")
	}
	if password == "" {
		missing = append(missing, "password")
	}
	if len(missing) > 0 {
		return "", "", mistake(http.StatusBadRequest, "Username and password are required", "Missing fields: "+strings.Join(missing, ", "))
	}
	return username, password, nil
}

// signInRefusal tells the app why nobody was signed in. How many tries are left is told
// for every name, also for one that nobody has: nothing shows who works here.
func (m *Mobile) signInRefusal(ctx context.Context, username string, cause error) error {
	switch {
	case errors.Is(cause, auth.ErrBadCredentials), errors.Is(cause, auth.ErrLocked):
		left, until, err := m.auth.StaffTries(ctx, username)
		if err != nil {
			return err
		}
		return triesRefusal(cause, left, until)
	case errors.Is(cause, auth.ErrPending), errors.Is(cause, auth.ErrSuspended):
		return errSignInWrong.because(cause)
	case errors.Is(cause, auth.ErrNotCollector):
		return errSignInRole.because(cause)
	case errors.Is(cause, auth.ErrPasswordDue):
		return errSignInChange.because(cause)
	case errors.Is(cause, auth.ErrSecondWrong):
		_, code, message := plain(ctx, cause)
		return refuseCollector(http.StatusUnauthorized, code, message).because(cause)
	}
	return cause
}

// triesRefusal is the answer to a wrong password, and to any while the account or the
// address is locked.
func triesRefusal(cause error, left int, until time.Time) error {
	refused := errors.Is(cause, auth.ErrLocked) // before the password was looked at
	switch {
	case refused && until.IsZero():
		return errSignInAddress.because(cause)
	case refused:
		return refuseCollector(http.StatusLocked, "", "Account is locked until "+until.UTC().Format("2006-01-02 15:04")).because(cause)
	case left == 0:
		return errSignInLocked.because(cause)
	default:
		return refuseCollector(http.StatusUnauthorized, "", fmt.Sprintf("Invalid credentials. %d attempts remaining before account lockout.", left)).because(cause)
	}
}

// POST /mobile/api/admin/refresh-token/
func (m *Mobile) collectorRefresh(w http.ResponseWriter, r *http.Request) error {
	b, err := readBody(r)
	if err != nil {
		return err
	}
	if b.empty("refresh_token") {
		return refuseCollector(http.StatusBadRequest, "", "Refresh token is required")
	}
	token, _ := b.text("refresh_token")
	tokens, err := m.auth.Refresh(r.Context(), web.ActorOf(r), auth.StaffSurface, token)
	if refusedToken(err) {
		return refuseCollector(http.StatusUnauthorized, "", "Invalid or expired refresh token").because(err)
	}
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, struct {
		Success bool   `json:"success"`
		Message string `json:"message"`
		tokenPair
	}{true, "Token refreshed successfully", pairOf(tokens)})
}

// refusedToken says whether a refresh token is worth nothing, or its holder may not come in.
func refusedToken(err error) bool {
	return tokenAnswer(err) != nil || errors.Is(err, auth.ErrPending) || errors.Is(err, auth.ErrSuspended)
}

// POST /mobile/api/admin/logout/
//
// A token that was ended before, or was never ours, is logged out already.
func (m *Mobile) collectorLogout(w http.ResponseWriter, r *http.Request) error {
	b, err := readBody(r)
	if err != nil {
		return err
	}
	if token, ok := b.text("refresh_token"); ok && token != "" {
		if err := m.auth.EndTokens(r.Context(), web.ActorOf(r), auth.StaffSurface, uuid.Nil, token); err != nil && !refusedToken(err) {
			return err
		}
	}
	return web.JSON(w, http.StatusOK, struct {
		Success bool   `json:"success"`
		Message string `json:"message"`
	}{true, "Logged out successfully"})
}
