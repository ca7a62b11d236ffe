package auth_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

// fingerprintPhone is a phone with a key behind a fingerprint.
type fingerprintPhone struct {
	auth.NewDevice
	private ed25519.PrivateKey
}

func newFingerprintPhone(t *testing.T, name string) fingerprintPhone {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	der, err := x509.MarshalPKIXPublicKey(public)
	must(t, err)
	return fingerprintPhone{auth.NewDevice{DeviceID: "device-" + name, Credential: "credential-" + name, Name: name, Type: "android",
		Fingerprint: "print-" + name, PublicKey: base64.StdEncoding.EncodeToString(der)}, private}
}

func (p fingerprintPhone) answer(challenge string) auth.Answer {
	return auth.Answer{DeviceID: p.DeviceID, Credential: p.Credential, Challenge: challenge, Fingerprint: p.Fingerprint,
		Signature: base64.RawURLEncoding.EncodeToString(ed25519.Sign(p.private, []byte(challenge)))}
}

type biometricWorld struct {
	*testkit.World
	t        *testing.T
	resident people.Resident
	actor    audit.Actor
}

func newBiometricWorld(t *testing.T, d *db.DB) *biometricWorld {
	t.Helper()
	w := &biometricWorld{World: testkit.NewWorld(t, d), t: t}
	w.resident = w.Resident(t, w.Barangays[0])
	w.actor = audit.Actor{Kind: audit.Resident, ID: w.resident.ID, Name: w.resident.FullName, IP: "198.51.100.7"}
	return w
}

func (w *biometricWorld) register(p fingerprintPhone) auth.Device {
	w.t.Helper()
	d, _, err := w.Auth.RegisterDevice(w.t.Context(), w.actor, w.resident.ID, p.NewDevice)
	must(w.t, err)
	return d
}

func (w *biometricWorld) challenge(p fingerprintPhone) string {
	w.t.Helper()
	challenge, r, err := w.Auth.Challenge(w.t.Context(), p.DeviceID, p.Credential)
	must(w.t, err)
	if r.ID != w.resident.ID || len(challenge) != 43 {
		w.t.Errorf("challenge %q for %s", challenge, r.ID)
	}
	return challenge
}

func (w *biometricWorld) finish(a auth.Answer) (auth.Tokens, error) {
	tokens, _, _, err := w.Auth.FinishBiometric(w.t.Context(), handset, a)
	return tokens, err
}

func (w *biometricWorld) refused(a auth.Answer, want error, why string) {
	w.t.Helper()
	if _, err := w.finish(a); !errors.Is(err, want) {
		w.t.Errorf("%s: %v, want %v", why, err, want)
	}
}

func TestBiometricSignIn(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newBiometricWorld(t, d)
		p := newFingerprintPhone(t, "one")
		w.register(p)
		tokens, err := w.finish(p.answer(w.challenge(p)))
		must(t, err)
		if who, err := w.Auth.ResidentOfToken(t.Context(), tokens.Access); err != nil || who.ID != w.resident.ID {
			t.Errorf("token: %v, %v", who.ID, err)
		}

		used := p.answer(w.challenge(p))
		_, err = w.finish(used)
		must(t, err)
		w.refused(used, auth.ErrChallenge, "the same answer again")

		old := p.answer(w.challenge(p))
		newer := p.answer(w.challenge(p))
		w.refused(old, auth.ErrChallenge, "a challenge that was replaced")
		_, err = w.finish(newer)
		must(t, err)

		late := p.answer(w.challenge(p))
		w.Clock.Advance(auth.ChallengeLife)
		w.refused(late, auth.ErrChallenge, "too late")

		thief := newFingerprintPhone(t, "one") // the same names, another key
		w.refused(thief.answer(w.challenge(p)), auth.ErrDeviceSignature, "another key")
		wrong := p.answer(w.challenge(p))
		wrong.Fingerprint = "another"
		w.refused(wrong, auth.ErrDeviceFingerprint, "another fingerprint")
		w.refused(auth.Answer{DeviceID: "none", Credential: p.Credential}, auth.ErrDeviceUnknown, "an unknown device")
		w.refused(auth.Answer{DeviceID: p.DeviceID, Credential: "none"}, auth.ErrDeviceUnknown, "an unknown credential")

		attempts, err := w.Auth.Attempts(t.Context(), w.resident.ID, false, 20)
		must(t, err)
		if len(attempts) != 8 || attempts[0].Reason != "Device fingerprint mismatch" || attempts[1].Reason != "Invalid signature" || attempts[1].DeviceName != "one" {
			t.Errorf("%d attempts: %+v", len(attempts), attempts)
		}
		good, err := w.Auth.Attempts(t.Context(), w.resident.ID, true, 20)
		must(t, err)
		if len(good) != 3 {
			t.Errorf("%d successes", len(good))
		}
	})
}

func TestBiometricPhoneIsLockedOut(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newBiometricWorld(t, d)
		p := newFingerprintPhone(t, "one")
		w.register(p)
		for range 4 {
			w.refused(p.answer("no challenge"), auth.ErrChallenge, "guess")
		}
		_, err := w.finish(p.answer(w.challenge(p)))
		must(t, err) // and the count starts anew
		waiting := p.answer(w.challenge(p))
		for range 5 {
			w.refused(p.answer("no challenge"), auth.ErrChallenge, "guess")
		}
		w.refused(waiting, auth.ErrDeviceInactive, "an open challenge after the lock")
		if _, _, err := w.Auth.Challenge(t.Context(), p.DeviceID, p.Credential); !errors.Is(err, auth.ErrDeviceInactive) {
			t.Errorf("a challenge for a locked phone: %v", err)
		}
		_, renewed, err := w.Auth.RegisterDevice(t.Context(), w.actor, w.resident.ID, p.NewDevice)
		if err != nil || !renewed {
			t.Fatalf("registering again: %v, renewed %v", err, renewed)
		}
		_, err = w.finish(p.answer(w.challenge(p)))
		must(t, err)
	})
}

// Whatever ends a resident's access, or a new password, ends their phones too.
func TestBiometricAsksForAccess(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newBiometricWorld(t, d)
		p := newFingerprintPhone(t, "one")
		w.register(p)
		open := p.answer(w.challenge(p))
		_, err := w.People.Suspend(t.Context(), w.Actor(w.Admin), people.City, w.resident.ID, "test")
		must(t, err)
		w.refused(open, auth.ErrSuspended, "a suspended resident")
		if _, _, err := w.Auth.Challenge(t.Context(), p.DeviceID, p.Credential); !errors.Is(err, auth.ErrSuspended) {
			t.Errorf("challenge for a suspended resident: %v", err)
		}
		_, err = w.People.Restore(t.Context(), w.Actor(w.Admin), people.City, w.resident.ID, "test")
		must(t, err)
		_, err = w.finish(p.answer(w.challenge(p)))
		must(t, err)
		must(t, w.Auth.SetResidentPassword(t.Context(), w.Actor(w.Admin), w.resident.ID, "tatlong itlog at dalawang tuyo"))
		if _, _, err := w.Auth.Challenge(t.Context(), p.DeviceID, p.Credential); !errors.Is(err, auth.ErrDeviceInactive) {
			t.Errorf("challenge after a new password: %v", err)
		}
	})
}

func TestBiometricKeyThatCannotBeRead(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newBiometricWorld(t, d)
		p := newFingerprintPhone(t, "one")
		readable := p.PublicKey
		p.PublicKey = "PUBKEY"
		w.register(p)
		for range 6 { // nobody's fault, so nothing is locked
			w.refused(p.answer(w.challenge(p)), auth.ErrDeviceKey, "a key of no kind")
		}
		p.PublicKey = readable
		w.register(p)
		_, err := w.finish(p.answer(w.challenge(p)))
		must(t, err)
	})
}

func TestDevices(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		w := newBiometricWorld(t, d)
		stranger := w.Resident(t, w.Barangays[1])
		var phones []fingerprintPhone
		var ids []uuid.UUID
		for i := range 5 {
			p := newFingerprintPhone(t, fmt.Sprint(i))
			phones = append(phones, p)
			ids = append(ids, w.register(p).ID)
			w.Clock.Advance(time.Second)
		}
		_, err := w.finish(phones[3].answer(w.challenge(phones[3])))
		must(t, err)
		list, err := w.Auth.Devices(ctx, w.resident.ID)
		must(t, err)
		if len(list) != 5 || list[0].ID != ids[4] || list[4].ID != ids[3] {
			t.Errorf("never used first, then the last used: %+v", list)
		}
		register := func(r people.Resident, p auth.NewDevice) error {
			_, _, err := w.Auth.RegisterDevice(ctx, w.actor, r.ID, p)
			return err
		}
		sixth := newFingerprintPhone(t, "sixth")
		if err := register(w.resident, sixth.NewDevice); !errors.Is(err, auth.ErrTooManyDevices) {
			t.Errorf("a sixth: %v", err)
		}
		if err := register(stranger, phones[0].NewDevice); !errors.Is(err, auth.ErrDeviceTaken) {
			t.Errorf("another's device: %v", err)
		}
		same := sixth.NewDevice
		same.Credential = phones[0].Credential
		if err := register(stranger, same); !errors.Is(err, auth.ErrCredentialTaken) {
			t.Errorf("another's credential: %v", err)
		}
		same = phones[1].NewDevice
		same.Credential = phones[0].Credential
		if err := register(w.resident, same); !errors.Is(err, auth.ErrCredentialTaken) {
			t.Errorf("renewed with another's credential: %v", err)
		}
		for name, act := range map[string]func(resident, id uuid.UUID) error{
			"trust":  func(r, id uuid.UUID) error { return w.Auth.TrustDevice(ctx, r, id) },
			"revoke": func(r, id uuid.UUID) error { return w.Auth.RevokeDevice(ctx, w.actor, r, id) },
		} {
			if err := act(stranger.ID, ids[0]); !errors.Is(err, auth.ErrDeviceUnknown) {
				t.Errorf("%s another's: %v", name, err)
			}
			must(t, act(w.resident.ID, ids[0]))
		}
		must(t, register(w.resident, sixth.NewDevice)) // there is room again
		if err := register(w.resident, phones[0].NewDevice); !errors.Is(err, auth.ErrTooManyDevices) {
			t.Errorf("an ended one comes back as a sixth: %v", err)
		}
		if list, err = w.Auth.Devices(ctx, w.resident.ID); err != nil || len(list) != 6 {
			t.Errorf("%d devices, %v", len(list), err)
		}
		for _, d := range list {
			if d.ID == ids[0] && (d.Active || !d.Trusted) {
				t.Errorf("%+v", d)
			}
		}
	})
}

func TestBiometricRaces(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newBiometricWorld(t, d)
		const n = 16
		var registered atomic.Int64
		phones := make([]fingerprintPhone, n)
		for i := range n {
			phones[i] = newFingerprintPhone(t, fmt.Sprint(i))
		}
		together(n, func(i int) {
			_, _, err := w.Auth.RegisterDevice(t.Context(), w.actor, w.resident.ID, phones[i].NewDevice)
			if err == nil {
				registered.Add(1)
			} else if !errors.Is(err, auth.ErrTooManyDevices) {
				t.Error(err)
			}
		})
		if registered.Load() != 5 {
			t.Errorf("%d phones of one resident", registered.Load())
		}

		list, err := w.Auth.Devices(t.Context(), w.resident.ID)
		must(t, err)
		var p fingerprintPhone
		for _, one := range phones {
			if one.DeviceID == list[0].DeviceID {
				p = one
			}
		}
		answer := p.answer(w.challenge(p))
		var let atomic.Int64
		together(n, func(int) {
			if _, err := w.finish(answer); err == nil {
				let.Add(1)
			} else if !errors.Is(err, auth.ErrChallenge) && !errors.Is(err, auth.ErrDeviceInactive) {
				t.Error(err)
			}
		})
		if let.Load() != 1 {
			t.Errorf("one challenge let in %d", let.Load())
		}
	})
}

// beginBiometric is a phone whose answer is ready, for TestFlowsInThreeProcesses.
func beginBiometric(t *testing.T, w *testkit.World) flowJob {
	r := w.Resident(t, w.Barangays[0])
	p := newFingerprintPhone(t, "one")
	_, _, err := w.Auth.RegisterDevice(t.Context(), handset, r.ID, p.NewDevice)
	must(t, err)
	challenge, _, err := w.Auth.Challenge(t.Context(), p.DeviceID, p.Credential)
	must(t, err)
	answer, err := json.Marshal(p.answer(challenge))
	must(t, err)
	return flowJob{Secret: string(answer)}
}
