package mobile

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/errs"
	"ekolek/internal/people"
	"ekolek/internal/web"
)

// codeSent is the answer to the first step of a sign-in.
type codeSent struct {
	Success bool      `json:"success"`
	Sent    bool      `json:"otp_sent"`
	UserID  uuid.UUID `json:"user_id"`
	Via     string    `json:"via,omitempty"`
}

// POST /api/login/
func (m *Mobile) login(w http.ResponseWriter, r *http.Request) error {
	b, err := readBody(r)
	if err != nil {
		return err
	}
	username, okName := b.text("username")
	password, okPassword := b.text("password")
	username = strings.TrimSpace(username)
	switch {
	case !okName || !okPassword:
		return refuse(http.StatusBadRequest, "INVALID_FORMAT", "Invalid credentials format")
	case username == "":
		return refuse(http.StatusBadRequest, "MISSING_USERNAME", "Username is required")
	case password == "":
		return refuse(http.StatusBadRequest, "MISSING_PASSWORD", "Password is required")
	case utf8.RuneCountInString(password) < 6:
		return refuse(http.StatusBadRequest, "INVALID_FORMAT", "Invalid credentials format")
	}
	who, err := m.auth.BeginPhone(r.Context(), web.ActorOf(r), username, password)
	if err != nil {
		return loginRefusal(who, err)
	}
	return web.JSON(w, http.StatusOK, codeSent{Success: true, Sent: true, UserID: who.ID})
}

// loginRefusal says no after the password was looked at. A suspended resident hears what
// everybody with a wrong password hears.
func loginRefusal(who people.Resident, err error) error {
	switch {
	case errors.Is(err, auth.ErrBadCredentials), errors.Is(err, auth.ErrSuspended):
		return refuse(http.StatusUnauthorized, "INVALID_CREDENTIALS", "Invalid username or password").because(err)
	case errors.Is(err, auth.ErrLocked):
		return refuse(http.StatusTooManyRequests, "TOO_MANY_ATTEMPTS", "Too many failed attempts. Please try again later.").because(err)
	case notLetIn(err) && who.Status != people.Approved:
		return (&refusal{status: http.StatusForbidden, body: struct {
			envelope
			Status people.Status `json:"user_status"`
		}{envelope{Message: "Account not approved", Code: "ACCOUNT_NOT_APPROVED"}, who.Status}}).because(err)
	case notLetIn(err):
		return refuse(http.StatusForbidden, "FAMILY_NOT_APPROVED", "Account or family not approved").because(err)
	}
	return sendRefusal(err)
}

// notLetIn says whether it is the account, or its family, that keeps somebody out.
func notLetIn(err error) bool {
	return errors.Is(err, auth.ErrPending) || errors.Is(err, auth.ErrRejected)
}

// sendRefusal says that no code was sent. The caps tell when to try again.
func sendRefusal(err error) error {
	if errors.Is(err, auth.ErrNoPhone) {
		return refuse(http.StatusInternalServerError, "NO_PHONE", "No phone number on record").because(err)
	}
	known, ok := errs.As(err)
	switch {
	case errors.Is(err, auth.ErrPhoneUnusable):
		return refuse(http.StatusInternalServerError, "OTP_SEND_FAILED", "Failed to send OTP").because(err)
	case ok && known.Kind == errs.TooMany:
		return refuse(http.StatusTooManyRequests, "OTP_SEND_FAILED", "Too many codes were sent. Please try again later.").because(err)
	case errors.Is(err, auth.ErrCodesOff):
		return refuse(http.StatusForbidden, "OTP_SEND_FAILED", "No more codes are sent to this account. Please contact the CENRO office.").because(err)
	case ok:
		return err
	}
	return refuse(http.StatusInternalServerError, "OTP_SEND_FAILED", "Failed to send OTP").because(err)
}

// scanned is what a QR code may hold.
var scanned = regexp.MustCompile(`^[a-zA-Z0-9\-_@.]+$`)

// POST /api/qr-login/
func (m *Mobile) qrLogin(w http.ResponseWriter, r *http.Request) error {
	b, err := readBody(r)
	if err != nil {
		return err
	}
	text, ok := b.text("qr_code")
	text = strings.TrimSpace(text)
	switch {
	case !ok:
		return refuse(http.StatusBadRequest, "INVALID_QR_FORMAT", "Invalid QR code format")
	case text == "":
		return refuse(http.StatusBadRequest, "MISSING_QR_CODE", "QR code is required")
	case len(text) < 3 || len(text) > 200:
		return refuse(http.StatusBadRequest, "INVALID_QR_FORMAT", "Invalid QR code format")
	case !scanned.MatchString(text):
		return refuse(http.StatusBadRequest, "INVALID_QR_CHARACTERS", "Invalid QR code characters")
	}
	found, err := m.auth.BeginPhoneByCard(r.Context(), web.ActorOf(r), text)
	if err != nil {
		return qrRefusal(found.Resident, err)
	}
	return web.JSON(w, http.StatusOK, codeSent{Success: true, Sent: true, UserID: found.Resident.ID, Via: via(found.By)})
}

// qrRefusal says no after a card was read. Who is suspended is nobody, as in the reference.
func qrRefusal(who people.Resident, err error) error {
	switch {
	case who.ID == uuid.Nil && errs.KindOf(err) != errs.Internal, errors.Is(err, auth.ErrSuspended):
		return refuse(http.StatusNotFound, "USER_NOT_FOUND", "User not found").because(err)
	case notLetIn(err) && who.Status != people.Approved:
		return refuse(http.StatusForbidden, "ACCOUNT_NOT_APPROVED", "Account not approved ("+string(who.Status)+")").because(err)
	case notLetIn(err):
		return refuse(http.StatusForbidden, "FAMILY_NOT_APPROVED", "Family not approved").because(err)
	}
	return sendRefusal(err)
}

// via tells how somebody was found, in the reference's three words.
func via(by people.By) string {
	switch by {
	case people.ByUsername:
		return "username"
	case people.ByFamilyCode:
		return "family_code"
	default:
		return "user_id"
	}
}

// POST /api/login/verify-otp/
func (m *Mobile) verifyOTP(w http.ResponseWriter, r *http.Request) error {
	b, err := readBody(r)
	if err != nil {
		return err
	}
	user, okUser := b.text("user_id")
	code, okCode := b.code("otp")
	if user == "" || code == "" || !okUser || !okCode {
		return refuse(http.StatusBadRequest, "MISSING_PARAMS", "user_id and otp required")
	}
	id, err := uuid.Parse(user)
	if err != nil {
		return refuse(http.StatusNotFound, "USER_NOT_FOUND", "User not found").because(err)
	}
	tokens, who, err := m.auth.FinishPhone(r.Context(), web.ActorOf(r), id, code)
	if err != nil {
		return verifyRefusal(who, err)
	}
	return m.signedIn(w, r, "Login successful", tokens, who, nil)
}

// verifyRefusal says no to a code; whatever is wrong with it sounds the same.
func verifyRefusal(who people.Resident, err error) error {
	switch {
	case errors.Is(err, people.ErrResidentNotFound):
		return refuse(http.StatusNotFound, "USER_NOT_FOUND", "User not found").because(err)
	case errors.Is(err, auth.ErrNoPhone):
		return sendRefusal(err)
	case errors.Is(err, auth.ErrSuspended):
		return refuse(http.StatusForbidden, "ACCOUNT_INACTIVE", "Account deactivated").because(err)
	case notLetIn(err):
		return loginRefusal(who, err)
	case errs.KindOf(err) != errs.Internal:
		return refuse(http.StatusBadRequest, "OTP_VERIFY_FAILED", "OTP verification failed").because(err)
	}
	return err
}
