package people

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
)

// PINDigits is the length of a PIN.
const PINDigits = 6

// pinRest is how long a PIN that was set at a counter proves nothing to the member of
// staff there: they saw it being typed, or could have typed it themselves.
const pinRest = 24 * time.Hour

// PIN is what is known of a resident's PIN.
type PIN struct {
	Set   bool
	SetAt time.Time
}

// Refusals of PINs.
var (
	ErrPINTooNew = errs.New(errs.Conflict, "PIN_TOO_NEW", "error.people.pin_too_new")
	ErrNoPIN     = errs.New(errs.NotFound, "NO_PIN", "error.people.no_pin")
)

// PINOf tells whether a resident has a PIN.
func (s *Service) PINOf(ctx context.Context, resident uuid.UUID) (PIN, error) {
	p, err := pinOf(ctx, s.db, resident)
	if errors.Is(err, ErrNoPIN) {
		return PIN{}, nil
	}
	if err != nil {
		return PIN{}, fmt.Errorf("PIN of %s: %w", resident, err)
	}
	return PIN{Set: true, SetAt: p.setAt}, nil
}

// SetPIN sets a resident's own PIN, or another one. Errors: the fields pin and again.
func (s *Service) SetPIN(ctx context.Context, actor audit.Actor, resident uuid.UUID, pin, again string) error {
	return s.setPIN(ctx, actor, City, resident, pin, again, uuid.Nil)
}

// SetPINAtCounter sets the PIN of a resident who types it at a member of staff's device.
// To that member of staff it proves nothing for a day; the resident is told. Errors: as
// SetPIN, ErrResidentNotFound, ErrOutside.
func (s *Service) SetPINAtCounter(ctx context.Context, actor audit.Actor, scope Scope, resident uuid.UUID, pin, again string) error {
	return s.setPIN(ctx, actor, scope, resident, pin, again, actor.ID)
}

func (s *Service) setPIN(ctx context.Context, actor audit.Actor, scope Scope, resident uuid.UUID, pin, again string, staff uuid.UUID) error {
	pin, again = cleanProof(pin), cleanProof(again)
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.residentInReach(ctx, tx, scope, resident)
		if err != nil {
			return err
		}
		if err := checkPIN(pin, again, r.BirthDate); err != nil {
			return err
		}
		now := s.now()
		if err := putPIN(ctx, tx, pinRow{resident: resident, hash: s.pinHash(resident, pin), staff: db.NullID(staff), setAt: now}); err != nil {
			return fmt.Errorf("set PIN of %s: %w", resident, err)
		}
		if err := s.tellPIN(ctx, tx, r, staff != uuid.Nil); err != nil {
			return err
		}
		return audit.Record(ctx, tx, actor, now, audit.Event{Action: "resident.pin_set", TargetKind: "resident", TargetID: r.ID, TargetName: r.FullName,
			Details: map[string]any{"at_counter": staff != uuid.Nil}})
	})
}

// RemovePIN ends a resident's PIN. Error: ErrNoPIN.
func (s *Service) RemovePIN(ctx context.Context, actor audit.Actor, scope Scope, resident uuid.UUID) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.residentInReach(ctx, tx, scope, resident)
		if err != nil {
			return err
		}
		if err := deletePIN(ctx, tx, resident); err != nil {
			return fmt.Errorf("remove PIN of %s: %w", resident, err)
		}
		return audit.Record(ctx, tx, actor, s.now(), audit.Event{Action: "resident.pin_remove", TargetKind: "resident", TargetID: r.ID, TargetName: r.FullName})
	})
}

// checkPIN refuses what is no PIN, and the first ones that somebody would guess.
func checkPIN(pin, again, birth string) error {
	var f errs.Fields
	switch {
	case len(pin) != PINDigits:
		f.Add("pin", "error.people.pin_digits", "Count", PINDigits)
	case easyPIN(pin, birth):
		f.Add("pin", "error.people.pin_easy")
	case pin != again:
		f.Add("again", "error.people.pin_again")
	}
	return f.Err()
}

// easyPIN finds figures that repeat or count up or down, and the resident's birth date.
func easyPIN(pin, birth string) bool {
	if strings.Count(pin, pin[:1]) == len(pin) || strings.Repeat(pin[:2], 3) == pin || strings.Repeat(pin[:3], 2) == pin ||
		strings.Contains("0123456789012345", pin) || strings.Contains("9876543210987654", pin) {
		return true
	}
	day, err := time.Parse(time.DateOnly, birth)
	if err != nil {
		return false
	}
	for _, layout := range []string{"010206", "020106", "060102", "012006", "200601"} {
		if pin == day.Format(layout) {
			return true
		}
	}
	return false
}

// matchPIN compares what was typed with the resident's PIN. Errors: ErrProofWrong, ErrPINTooNew.
func (s *Service) matchPIN(ctx context.Context, resident, staff uuid.UUID, typed string) error {
	p, err := pinOf(ctx, s.db, resident)
	if err != nil && !errors.Is(err, ErrNoPIN) {
		return err
	}
	if !hmac.Equal([]byte(p.hash), []byte(s.pinHash(resident, typed))) {
		return ErrProofWrong
	}
	if p.staff.UUID == staff && s.now().Sub(p.setAt) < pinRest {
		return ErrPINTooNew
	}
	return nil
}

func (s *Service) pinHash(resident uuid.UUID, pin string) string {
	return s.vault.Hash("pin", resident.String()+"\x00"+pin)
}

// tellPIN tells a resident that there is a PIN now; by text message too when it was set
// at a counter.
func (s *Service) tellPIN(ctx context.Context, tx *db.Tx, r Resident, counter bool) error {
	m := notify.Message{Kind: "resident.pin_set", To: Recipient(r),
		Notice: &notify.Notice{Type: "other", Text: errs.T("people.pin.notice"), Link: "/me/"}}
	if counter {
		text := errs.T("people.pin.sms", "First", r.FirstName)
		m.SMS = &text
	}
	return s.tell(ctx, tx, m)
}

// pinRow is a PIN as it is kept.
type pinRow struct {
	resident uuid.UUID
	hash     string
	staff    uuid.NullUUID
	setAt    time.Time
}
