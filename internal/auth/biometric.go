package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
)

// Bounds of phones that sign in by a fingerprint or a face, those of the reference.
const (
	maxDevices        = 5 // active ones of a resident
	maxDeviceFailures = 5 // then the phone is locked out until it registers again
	ChallengeLife     = 5 * time.Minute
	attemptsKept      = 180 * 24 * time.Hour
)

// Device is a resident's phone. Its private key stands behind a fingerprint or a face; we
// hold the public one and verify what it signs.
type Device struct {
	ID          uuid.UUID
	Resident    uuid.UUID
	DeviceID    string // the app's own name of it, unique among all residents
	Credential  string // the app's name of the key, unique likewise
	Name        string
	Type        string // ios, android
	Model       string
	OS          string
	App         string
	PublicKey   string // SPKI or JWK; other texts are kept, and cannot sign in
	Active      bool
	Trusted     bool
	Failures    int
	Registered  time.Time
	LastUsed    *time.Time
	ExpiresAt   *time.Time
	fingerprint string // keyed hash
}

// Locked says whether it failed too often.
func (d Device) Locked() bool { return d.Failures >= maxDeviceFailures }

// NewDevice is a phone that a resident registers.
type NewDevice struct {
	DeviceID, Credential, Name, Type, Model, OS, App, PublicKey, Fingerprint string
}

// Refusals of phones.
var (
	ErrDeviceTaken       = errs.New(errs.Conflict, "DEVICE_ALREADY_REGISTERED", "error.auth.device_taken")
	ErrCredentialTaken   = errs.New(errs.Conflict, "CREDENTIAL_ALREADY_USED", "error.auth.device_taken")
	ErrTooManyDevices    = errs.New(errs.Conflict, "MAX_DEVICES_REACHED", "error.auth.too_many_devices")
	ErrDeviceUnknown     = errs.New(errs.NotFound, "DEVICE_NOT_FOUND", "error.auth.device_unknown")
	ErrDeviceInactive    = errs.New(errs.Forbidden, "DEVICE_INACTIVE", "error.auth.device_inactive")
	ErrDeviceLocked      = errs.New(errs.Forbidden, "DEVICE_LOCKED", "error.auth.device_inactive")
	ErrDeviceExpired     = errs.New(errs.Forbidden, "DEVICE_EXPIRED", "error.auth.device_inactive")
	ErrChallenge         = errs.New(errs.Unauthenticated, "INVALID_CHALLENGE", "error.auth.device_failed")
	ErrDeviceFingerprint = errs.New(errs.Unauthenticated, "DEVICE_VERIFICATION_FAILED", "error.auth.device_failed")
	ErrDeviceSignature   = errs.New(errs.Unauthenticated, "INVALID_SIGNATURE", "error.auth.device_failed")
	ErrDeviceKey         = errs.New(errs.Unauthenticated, "DEVICE_REREGISTER", "error.auth.device_reregister") // its key is of no kind that we can verify
)

// RegisterDevice keeps a resident's phone, or renews the one with the same device id.
// Errors: ErrDeviceTaken, ErrCredentialTaken, ErrTooManyDevices.
func (s *Service) RegisterDevice(ctx context.Context, actor audit.Actor, resident uuid.UUID, in NewDevice) (d Device, renewed bool, err error) {
	now := s.now()
	var refused error
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		d, renewed, refused = Device{
			ID: db.NewID(), Resident: resident, DeviceID: in.DeviceID, Credential: in.Credential, Name: in.Name, Type: in.Type, Model: in.Model,
			OS: in.OS, App: in.App, PublicKey: in.PublicKey, Active: true, Registered: now, fingerprint: s.fingerprintHash(in.Fingerprint),
		}, false, nil
		there, err := deviceByName(ctx, tx, in.DeviceID)
		switch {
		case err == nil && there.Resident != resident:
			refused = ErrDeviceTaken
			return nil
		case err == nil:
			d.ID, d.Registered, d.Trusted, d.Type, renewed = there.ID, there.Registered, there.Trusted, there.Type, true
		case !errors.Is(err, ErrDeviceUnknown):
			return err
		}
		if !renewed || !there.Active {
			if err := lockPassword(ctx, tx, resident); err != nil { // phones are counted one after the other
				return err
			}
			n, err := countDevices(ctx, tx, resident)
			if err != nil {
				return err
			}
			if n >= maxDevices {
				refused = ErrTooManyDevices
				return nil
			}
		}
		saved, err := saveDevice(ctx, tx, d, actor.IP)
		if err != nil {
			return err
		}
		if !saved {
			refused = ErrCredentialTaken
			return nil
		}
		return s.tellDevice(ctx, tx, actor, d, renewed)
	})
	if err != nil {
		return Device{}, false, fmt.Errorf("register device of %s: %w", resident, err)
	}
	return d, renewed, refused
}

// tellDevice tells the owner: somebody with their phone in hand could have added another.
func (s *Service) tellDevice(ctx context.Context, tx *db.Tx, actor audit.Actor, d Device, renewed bool) error {
	to, err := s.recipient(ctx, tx, ResidentSurface, d.Resident)
	if err != nil {
		return err
	}
	if _, err := s.notify.Add(ctx, tx, notify.Message{Kind: "auth.device", To: to,
		Notice: &notify.Notice{Type: "other", Text: errs.T("notice.auth.device", "Device", d.Name)}}); err != nil {
		return err
	}
	return audit.Record(ctx, tx, actor, s.now(), audit.Event{Action: "resident.device_add", TargetKind: "resident", TargetID: d.Resident,
		TargetName: to.Name, Details: map[string]any{"type": d.Type, "renewed": renewed}})
}

// Devices lists a resident's phones: those never used first, then the last used.
func (s *Service) Devices(ctx context.Context, resident uuid.UUID) ([]Device, error) {
	all, err := devicesOf(ctx, s.db, resident)
	if err != nil {
		return nil, fmt.Errorf("devices of %s: %w", resident, err)
	}
	return all, nil
}

// RevokeDevice ends a resident's phone, TrustDevice marks it. Error: ErrDeviceUnknown.
func (s *Service) RevokeDevice(ctx context.Context, actor audit.Actor, resident, id uuid.UUID) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := deactivateDevice(ctx, tx, resident, id); err != nil {
			return err
		}
		return audit.Record(ctx, tx, actor, s.now(), audit.Event{Action: "resident.device_end", TargetKind: "resident", TargetID: resident, TargetName: actor.Name})
	})
}

// TrustDevice marks a phone as trusted, which only its list shows. Error: ErrDeviceUnknown.
func (s *Service) TrustDevice(ctx context.Context, resident, id uuid.UUID) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return trustDevice(ctx, tx, resident, id) })
}

func (s *Service) challengeHash(text string) string   { return s.vault.Hash("challenge", text) }
func (s *Service) fingerprintHash(text string) string { return s.vault.Hash("fingerprint", text) }

// ImportDevice brings a phone of the former system over; Fingerprint is as it stood
// there. One that is here already, or whose names are taken, stays as it is.
func (s *Service) ImportDevice(ctx context.Context, tx *db.Tx, d Device, fingerprint string) (inserted bool, err error) {
	d.fingerprint = s.fingerprintHash(fingerprint)
	if inserted, err = insertDevice(ctx, tx, d, ""); err != nil {
		return false, fmt.Errorf("import device %s: %w", d.ID, err)
	}
	return inserted, nil
}

// ImportAttempt brings an attempt over, for the history. One that is here already stays.
func (s *Service) ImportAttempt(ctx context.Context, tx *db.Tx, a Attempt, device, resident uuid.UUID, userAgent string) (inserted bool, err error) {
	inserted, err = importAttempt(ctx, tx, a, device, resident, userAgent)
	if err != nil {
		return false, fmt.Errorf("import attempt %s: %w", a.ID, err)
	}
	return inserted, nil
}
