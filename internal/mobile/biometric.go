package mobile

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/mobile/wire"
	"ekolek/internal/people"
	"ekolek/internal/web"
)

// deviceField is a text that registers a phone, with the reference's limit.
type deviceField struct {
	name     string
	limit    int
	required bool
	to       *string
}

func deviceFields(d *auth.NewDevice) []deviceField {
	return []deviceField{
		{"device_id", 255, true, &d.DeviceID}, {"device_name", 255, true, &d.Name}, {"device_type", 50, true, &d.Type},
		{"public_key", 4096, true, &d.PublicKey}, {"credential_id", 500, true, &d.Credential}, {"device_fingerprint", 255, true, &d.Fingerprint},
		{"device_model", 255, false, &d.Model}, {"os_version", 50, false, &d.OS}, {"app_version", 50, false, &d.App},
	}
}

// newDevice reads what registers a phone, or says what is wrong with it.
func newDevice(b body) (auth.NewDevice, error) {
	var d auth.NewDevice
	wrong := func(message string) error { return refuse(http.StatusBadRequest, "INVALID_DEVICE_DATA", message) }
	fields := deviceFields(&d)
	for _, f := range fields {
		text, ok := b.text(f.name)
		if !ok {
			return d, wrong(f.name + " must be a string")
		}
		if text == "" && f.required {
			return d, wrong("Missing required field: " + f.name)
		}
		*f.to = text
	}
	if d.Type != "ios" && d.Type != "android" {
		return d, wrong("device_type must be 'ios' or 'android'")
	}
	for _, f := range fields {
		if utf8.RuneCountInString(*f.to) > f.limit {
			return d, wrong(f.name + " too long")
		}
	}
	return d, nil
}

type registeredDevice struct {
	ID         uuid.UUID `json:"id"`
	DeviceID   string    `json:"device_id"`
	Name       string    `json:"device_name"`
	Type       string    `json:"device_type"`
	Registered wire.Time `json:"registered_at"`
	Trusted    bool      `json:"is_trusted"`
}

// POST /api/biometric/register/
func (m *Mobile) registerDevice(w http.ResponseWriter, r *http.Request) error {
	b, err := readBody(r)
	if err != nil {
		return err
	}
	in, err := newDevice(b)
	if err != nil {
		return err
	}
	d, renewed, err := m.auth.RegisterDevice(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).ID, in)
	switch {
	case errors.Is(err, auth.ErrDeviceTaken):
		return refuse(http.StatusBadRequest, "DEVICE_ALREADY_REGISTERED", "Device already registered to another account").because(err)
	case errors.Is(err, auth.ErrCredentialTaken):
		return refuse(http.StatusBadRequest, "CREDENTIAL_ALREADY_USED", "Credential ID already in use").because(err)
	case errors.Is(err, auth.ErrTooManyDevices):
		return refuse(http.StatusBadRequest, "MAX_DEVICES_REACHED", "Maximum number of devices (5) reached. Please remove a device first.").because(err)
	case err != nil:
		return err
	}
	status, message := http.StatusCreated, "Biometric device registered successfully"
	if renewed {
		status, message = http.StatusOK, "Biometric device updated successfully"
	}
	return web.JSON(w, status, struct {
		answered
		Device registeredDevice `json:"device"`
	}{answered{true, message}, registeredDevice{d.ID, d.DeviceID, d.Name, d.Type, wire.Time(d.Registered), d.Trusted}})
}

// POST /api/biometric/login/init/
func (m *Mobile) beginBiometric(w http.ResponseWriter, r *http.Request) error {
	b, err := readBody(r)
	if err != nil {
		return err
	}
	device, okDevice := b.text("device_id")
	credential, okCredential := b.text("credential_id")
	if device == "" || credential == "" || !okDevice || !okCredential {
		return refuse(http.StatusBadRequest, "MISSING_PARAMS", "device_id and credential_id are required")
	}
	challenge, who, err := m.auth.Challenge(r.Context(), device, credential)
	if errors.Is(err, auth.ErrDeviceUnknown) {
		return refuse(http.StatusNotFound, "DEVICE_NOT_FOUND", "Device not registered").because(err)
	}
	if err != nil {
		return biometricRefusal(who, err)
	}
	return web.JSON(w, http.StatusOK, struct {
		answered
		Challenge string    `json:"challenge"`
		UserID    uuid.UUID `json:"user_id"`
		ExpiresIn int       `json:"expires_in"`
	}{answered{true, "Challenge generated"}, challenge, who.ID, int(auth.ChallengeLife / time.Second)})
}

// biometricRefusal says no to a phone's key, in the reference's words.
func biometricRefusal(who people.Resident, err error) error {
	for _, known := range []struct {
		err           error
		status        int
		code, message string
	}{
		{auth.ErrDeviceUnknown, http.StatusUnauthorized, "INVALID_CREDENTIALS", "Invalid credentials"},
		{auth.ErrChallenge, http.StatusUnauthorized, "INVALID_CHALLENGE", "Invalid or expired challenge"},
		{auth.ErrDeviceFingerprint, http.StatusUnauthorized, "DEVICE_VERIFICATION_FAILED", "Device verification failed"},
		{auth.ErrDeviceSignature, http.StatusUnauthorized, "INVALID_SIGNATURE", "Invalid signature"},
		{auth.ErrDeviceKey, http.StatusUnauthorized, "DEVICE_REREGISTER", "Please log in with a code and register this device again"},
		{auth.ErrDeviceInactive, http.StatusForbidden, "DEVICE_INACTIVE", "Device has been deactivated"},
		{auth.ErrDeviceLocked, http.StatusForbidden, "DEVICE_LOCKED", "Device is locked due to too many failed attempts"},
		{auth.ErrDeviceExpired, http.StatusForbidden, "DEVICE_EXPIRED", "Device registration has expired"},
		{auth.ErrSuspended, http.StatusForbidden, "ACCOUNT_INACTIVE", "Account is inactive"},
	} {
		if errors.Is(err, known.err) {
			return refuse(known.status, known.code, known.message).because(err)
		}
	}
	switch {
	case notLetIn(err) && who.Status != people.Approved:
		return refuse(http.StatusForbidden, "ACCOUNT_NOT_APPROVED", "Account not approved").because(err)
	case notLetIn(err):
		return refuse(http.StatusForbidden, "ACCESS_REVOKED", "Account access has been revoked").because(err)
	}
	return err
}

type deviceInfo struct {
	Name     string    `json:"device_name"`
	Trusted  bool      `json:"is_trusted"`
	LastUsed wire.Time `json:"last_used"`
}

// POST /api/biometric/login/verify/
func (m *Mobile) finishBiometric(w http.ResponseWriter, r *http.Request) error {
	b, err := readBody(r)
	if err != nil {
		return err
	}
	var in auth.Answer
	missing := []string{}
	for _, f := range []struct {
		name string
		to   *string
	}{{"device_id", &in.DeviceID}, {"credential_id", &in.Credential}, {"challenge", &in.Challenge}, {"signature", &in.Signature}, {"device_fingerprint", &in.Fingerprint}} {
		if *f.to, _ = b.text(f.name); *f.to == "" {
			missing = append(missing, f.name)
		}
	}
	if len(missing) > 0 {
		return &refusal{status: http.StatusBadRequest, body: struct {
			envelope
			Missing []string `json:"missing_fields"`
		}{envelope{Message: "Missing required fields: " + strings.Join(missing, ", "), Code: "MISSING_PARAMS"}, missing}}
	}
	tokens, who, device, err := m.auth.FinishBiometric(r.Context(), web.ActorOf(r), in)
	if err != nil {
		return biometricRefusal(who, err)
	}
	return m.signedIn(w, r, "Biometric login successful", tokens, who, &deviceInfo{device.Name, device.Trusted, wire.Time(m.now())})
}

type deviceData struct {
	ID         uuid.UUID `json:"id"`
	DeviceID   string    `json:"device_id"`
	Name       string    `json:"device_name"`
	Type       string    `json:"device_type"`
	Model      string    `json:"device_model"`
	OS         string    `json:"os_version"`
	Active     bool      `json:"is_active"`
	Trusted    bool      `json:"is_trusted"`
	Locked     bool      `json:"is_locked"`
	Failures   int       `json:"failed_attempts"`
	Registered wire.Time `json:"registered_at"`
	LastUsed   wire.Time `json:"last_used_at"`
	Expires    wire.Time `json:"expires_at"`
}

// GET /api/biometric/devices/
func (m *Mobile) devices(w http.ResponseWriter, r *http.Request) error {
	all, err := m.auth.Devices(r.Context(), web.PrincipalOf(r.Context()).ID)
	if err != nil {
		return err
	}
	list, active := make([]deviceData, len(all)), 0
	for i, d := range all {
		if d.Active {
			active++
		}
		list[i] = deviceData{d.ID, d.DeviceID, d.Name, d.Type, d.Model, d.OS, d.Active, d.Trusted, d.Locked(), d.Failures,
			wire.Time(d.Registered), wire.TimeOrNull(d.LastUsed), wire.TimeOrNull(d.ExpiresAt)}
	}
	return web.JSON(w, http.StatusOK, struct {
		answered
		Devices []deviceData `json:"devices"`
		Total   int          `json:"total_devices"`
		Active  int          `json:"active_devices"`
	}{answered{true, "Devices retrieved successfully"}, list, len(list), active})
}

// DELETE /api/biometric/devices/{id}/revoke/
func (m *Mobile) revokeDevice(w http.ResponseWriter, r *http.Request) error {
	return m.changeDevice(w, r, "Device revoked successfully", func(resident, id uuid.UUID) error {
		return m.auth.RevokeDevice(r.Context(), web.ActorOf(r), resident, id)
	})
}

// POST /api/biometric/devices/{id}/trust/
func (m *Mobile) trustDevice(w http.ResponseWriter, r *http.Request) error {
	return m.changeDevice(w, r, "Device marked as trusted", func(resident, id uuid.UUID) error {
		return m.auth.TrustDevice(r.Context(), resident, id)
	})
}

func (m *Mobile) changeDevice(w http.ResponseWriter, r *http.Request, done string, change func(resident, id uuid.UUID) error) error {
	id, err := web.PathID(r, "id")
	if err != nil {
		return err
	}
	err = change(web.PrincipalOf(r.Context()).ID, id)
	if errors.Is(err, auth.ErrDeviceUnknown) {
		return refuse(http.StatusNotFound, "DEVICE_NOT_FOUND", "Device not found").because(err)
	}
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, struct {
		answered
		ID uuid.UUID `json:"device_id"`
	}{answered{true, done}, id})
}

type attemptData struct {
	ID      uuid.UUID `json:"id"`
	Success bool      `json:"success"`
	Reason  string    `json:"failure_reason"`
	Name    string    `json:"device_name"`
	Type    string    `json:"device_type"`
	IP      *string   `json:"ip_address"`
	At      wire.Time `json:"attempted_at"`
}

// GET /api/biometric/history/?limit=20&success_only=false
func (m *Mobile) biometricHistory(w http.ResponseWriter, r *http.Request) error {
	limit := 20
	if text := r.URL.Query().Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return refuse(http.StatusBadRequest, "HISTORY_ERROR", "Error retrieving login history")
		}
		limit = n
	}
	all, err := m.auth.Attempts(r.Context(), web.PrincipalOf(r.Context()).ID, strings.EqualFold(r.URL.Query().Get("success_only"), "true"), limit)
	if err != nil {
		return err
	}
	list := make([]attemptData, len(all))
	for i, a := range all {
		list[i] = attemptData{a.ID, a.Success, a.Reason, a.DeviceName, a.DeviceType, wire.OrNull(a.IP), wire.Time(a.At)}
	}
	return web.JSON(w, http.StatusOK, struct {
		answered
		Attempts []attemptData `json:"attempts"`
		Total    int           `json:"total_attempts"`
	}{answered{true, "Login history retrieved successfully"}, list, len(list)})
}
