package auth

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/people"
)

// Challenge is what a phone has to sign. A new one replaces the one before it. Errors:
// ErrDeviceUnknown, the refusals of devices and those of residentRefusal.
func (s *Service) Challenge(ctx context.Context, deviceID, credential string) (challenge string, r people.Resident, err error) {
	d, err := s.deviceFor(ctx, deviceID, credential)
	if err != nil {
		return "", r, err
	}
	if r, err = s.mayUse(ctx, d); err != nil {
		return "", r, err
	}
	challenge = newToken()
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return setChallenge(ctx, tx, d.ID, s.challengeHash(challenge), s.now().Add(ChallengeLife))
	})
	if err != nil {
		return "", r, fmt.Errorf("challenge device %s: %w", d.ID, err)
	}
	return challenge, r, nil
}

// Answer is what a phone gives back.
type Answer struct{ DeviceID, Credential, Challenge, Signature, Fingerprint string }

// FinishBiometric judges a phone's answer and opens its tokens. The challenge is used up
// by whoever sends it, right or wrong. Errors: those of Challenge, and ErrChallenge,
// ErrDeviceFingerprint, ErrDeviceSignature, ErrDeviceKey.
func (s *Service) FinishBiometric(ctx context.Context, actor audit.Actor, in Answer) (Tokens, people.Resident, Device, error) {
	d, err := s.deviceFor(ctx, in.DeviceID, in.Credential)
	if err != nil {
		return Tokens{}, people.Resident{}, Device{}, err
	}
	r, err := s.mayUse(ctx, d)
	if err != nil {
		return Tokens{}, r, d, err
	}
	var refused error
	var token uuid.UUID
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		token, refused = uuid.Nil, nil
		taken, err := takeChallenge(ctx, tx, d.ID, s.challengeHash(in.Challenge), s.now())
		if err != nil {
			return err
		}
		if refused = s.judgeAnswer(d, in, taken); refused != nil {
			return s.failDevice(ctx, tx, actor, d, refused)
		}
		if err := useDevice(ctx, tx, d.ID, actor.IP, s.now()); err != nil {
			return err
		}
		if err := s.recordAttempt(ctx, tx, actor, d, ""); err != nil {
			return err
		}
		token, err = s.openPhone(ctx, tx, actor, r, WayBiometric)
		return err
	})
	if err != nil {
		return Tokens{}, r, d, fmt.Errorf("sign in by device %s: %w", d.ID, err)
	}
	if refused != nil {
		return Tokens{}, r, d, refused
	}
	row, err := s.tokenByID(ctx, s.db, token)
	if err != nil {
		return Tokens{}, r, d, err
	}
	t, err := s.pairOf(row)
	return t, r, d, err
}

// judgeAnswer says what is wrong with a phone's answer, in the reference's order.
func (s *Service) judgeAnswer(d Device, in Answer, taken bool) error {
	if !taken {
		return ErrChallenge
	}
	if !hmac.Equal([]byte(d.fingerprint), []byte(s.fingerprintHash(in.Fingerprint))) {
		return ErrDeviceFingerprint
	}
	ok, err := verifyBiometric(d.PublicKey, in.Challenge, in.Signature)
	switch {
	case err != nil:
		return ErrDeviceKey
	case !ok:
		return ErrDeviceSignature
	}
	return nil
}

// failDevice counts a failure; the fifth ends the phone. A key that we cannot read is
// nobody's fault and no guess.
func (s *Service) failDevice(ctx context.Context, tx *db.Tx, actor audit.Actor, d Device, refused error) error {
	if !errors.Is(refused, ErrDeviceKey) {
		if err := countDeviceFailure(ctx, tx, d.ID); err != nil {
			return err
		}
	}
	if err := s.recordLogin(ctx, tx, actor, Login{Surface: ResidentSurface, Subject: d.Resident, Reason: BadCredentials, Way: WayBiometric}); err != nil {
		return err
	}
	return s.recordAttempt(ctx, tx, actor, d, reasonOfDevice(refused))
}

// reasonOfDevice is a refusal in the words of the reference's history.
func reasonOfDevice(refused error) string {
	switch {
	case errors.Is(refused, ErrChallenge):
		return "Invalid or expired challenge"
	case errors.Is(refused, ErrDeviceFingerprint):
		return "Device fingerprint mismatch"
	case errors.Is(refused, ErrDeviceKey):
		return "Unusable public key"
	default:
		return "Invalid signature"
	}
}

// mayUse says whether a phone, and its resident, may sign in.
func (s *Service) mayUse(ctx context.Context, d Device) (people.Resident, error) {
	switch {
	case !d.Active:
		return people.Resident{}, ErrDeviceInactive
	case d.Locked():
		return people.Resident{}, ErrDeviceLocked
	case d.ExpiresAt != nil && !s.now().Before(*d.ExpiresAt):
		return people.Resident{}, ErrDeviceExpired
	}
	r, err := s.people.ByID(ctx, s.db, d.Resident)
	if err != nil {
		return r, err
	}
	return r, residentRefusal(r)
}

// deviceFor finds a phone by both of its names.
func (s *Service) deviceFor(ctx context.Context, deviceID, credential string) (Device, error) {
	d, err := deviceByName(ctx, s.db, deviceID)
	if err == nil && d.Credential != credential {
		err = ErrDeviceUnknown
	}
	return d, err
}

// Attempt is one sign-in by a phone's key.
type Attempt struct {
	ID         uuid.UUID
	Success    bool
	Reason     string // why not, in the reference's words
	DeviceName string
	DeviceType string
	IP         string
	At         time.Time
}

// Attempts lists a resident's newest.
func (s *Service) Attempts(ctx context.Context, resident uuid.UUID, successOnly bool, limit int) ([]Attempt, error) {
	all, err := attemptsOf(ctx, s.db, resident, successOnly, max(0, min(limit, 100)))
	if err != nil {
		return nil, fmt.Errorf("attempts of %s: %w", resident, err)
	}
	return all, nil
}

func (s *Service) recordAttempt(ctx context.Context, tx *db.Tx, actor audit.Actor, d Device, reason string) error {
	return insertAttempt(ctx, tx, d, reason, actor, s.now())
}
