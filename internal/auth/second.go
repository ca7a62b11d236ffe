package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// Second is how somebody's second factor stands: the codes of an authenticator app on
// their phone, and recovery codes for the day when it is lost.
type Second struct {
	On       bool
	Since    time.Time
	Left     int  // recovery codes that were not used yet
	Required bool // it cannot be turned off, only moved to another phone
}

// recoveryCodes is how many there are. Each is 50 random bits.
const (
	recoveryCodes   = 10
	recoveryCodeLen = 10
)

// maxSecondFailures is how many wrong codes in a row end the app's codes, until a
// recovery code is used or a super administrator resets the factor: who has the password
// could else go on guessing, five codes every half hour, for months.
const maxSecondFailures = 30

// Refusals of second factors.
var (
	ErrSecondWrong  = errs.New(errs.Invalid, "SECOND_WRONG", "error.auth.second_wrong")         // not this one, or used already
	ErrSecondSpent  = errs.New(errs.Forbidden, "SECOND_SPENT", "error.auth.second_spent")       // too many wrong ones
	ErrSecondNeeded = errs.New(errs.Unauthenticated, "SECOND_NEEDED", "error.auth.second_with") // in the app: type it after the password
	ErrSecondUnset  = errs.New(errs.Forbidden, "SECOND_UNSET", "error.auth.second_unset")       // in the app: set it up in the console first
	ErrSecondOff    = errs.New(errs.Conflict, "SECOND_OFF", "error.auth.second_off")            // there is none
	ErrSecondOwn    = errs.New(errs.Conflict, "OWN_ACCOUNT", "error.auth.second_own")
	ErrSecondStays  = errs.New(errs.Conflict, "SECOND_REQUIRED", "error.auth.second_required")
)

// SecondOf tells how the second factor of a member of staff stands.
func (s *Service) SecondOf(ctx context.Context, id uuid.UUID, role Role) (Second, error) {
	second, err := secondOf(ctx, s.db, id)
	second.Required = s.needsSecond(role)
	return second, err
}

// needsSecond says who must have a second factor.
func (s *Service) needsSecond(r Role) bool { return s.cfg.Production && r == SuperAdmin }

// withCode judges a code of a second factor and, when it is right, consumes it and does
// what it opens, in one transaction. A try is counted, and stays counted, before the code
// is looked at. Errors: ErrSecondWrong, ErrSecondSpent, ErrLocked, and those of open.
func (s *Service) withCode(ctx context.Context, actor audit.Actor, st Staff, typed string, open func(context.Context, *db.Tx) error) error {
	leave, err := s.gate.enter(ctx, actor.IP)
	if err != nil {
		return err
	}
	defer leave()
	a := s.codeAttempt(st.ID, actor.IP)
	last, err := s.begin(ctx, actor, a, st.ID)
	if err != nil {
		return err
	}
	c, err := s.lookAt(ctx, st.ID, typed)
	if err == nil {
		err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			if err := s.useCode(ctx, tx, st, c); err != nil {
				return err
			}
			if err := succeed(ctx, tx, a); err != nil {
				return err
			}
			return open(ctx, tx)
		})
	}
	if errors.Is(err, ErrSecondWrong) || errors.Is(err, ErrSecondSpent) {
		return errors.Join(err, s.refuseCode(ctx, actor, st, last))
	}
	return err
}

func (s *Service) codeAttempt(id uuid.UUID, ip string) attempt {
	a := attempt{surface: StaffSurface, account: s.lockKey("second", id.String())}
	if network := NetworkOf(ip); network != "" {
		a.address = s.lockKey("address", network)
	}
	return a
}

// secondCode is a code that may be right: one of the app that fits, or something that
// looks like a recovery code.
type secondCode struct {
	step     int64
	recovery string // its hash; empty: a code of the app
}

// lookAt counts a try and tells what was typed. Six digits are the app's.
func (s *Service) lookAt(ctx context.Context, id uuid.UUID, typed string) (secondCode, error) {
	var key string
	var failures int
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		key, failures, err = s.countSecondTry(ctx, tx, id)
		return err
	})
	if err != nil {
		return secondCode{}, err
	}
	code := plainCode(typed)
	switch {
	case !sixDigits(code):
		return secondCode{recovery: s.recoveryHash(id, code)}, nil
	case failures > maxSecondFailures:
		return secondCode{}, ErrSecondSpent
	}
	step, ok := totpStep(key, code, s.now())
	if !ok {
		return secondCode{}, ErrSecondWrong
	}
	return secondCode{step: step}, nil
}

// useCode consumes a code: of many at the same time one is right. The person is told of
// a recovery code, which they may not have used themselves.
func (s *Service) useCode(ctx context.Context, tx *db.Tx, st Staff, c secondCode) error {
	if c.recovery == "" {
		return useStep(ctx, tx, st.ID, c.step)
	}
	if err := useRecovery(ctx, tx, st.ID, c.recovery, s.now()); err != nil {
		return err
	}
	second, err := secondOf(ctx, tx, st.ID)
	if err != nil {
		return err
	}
	return s.tellStaff(ctx, tx, st, recoveryUsedMail(second.Left))
}

// refuseCode notes a wrong code in the audit trail. The last one locks, and the person
// is told: whoever guesses has their password.
func (s *Service) refuseCode(ctx context.Context, actor audit.Actor, st Staff, last bool) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if !last {
			return s.recordStaff(ctx, tx, actor, st, "staff.second_failed", nil)
		}
		if err := s.tellStaff(ctx, tx, st, lockedMail(s.now().Add(lockFor), true)); err != nil {
			return err
		}
		if err := s.tellLockedStaff(ctx, tx, st); err != nil {
			return err
		}
		return s.recordStaff(ctx, tx, actor, st, "auth.lock", map[string]any{"second_factor": true})
	})
}

// plainCode is a code as it is compared: without the spaces and hyphens that it is shown
// with, in capitals, and with what looks like a letter taken for it.
func plainCode(typed string) string {
	code := strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(strings.TrimSpace(typed)))
	if sixDigits(code) {
		return code
	}
	return strings.NewReplacer("0", "O", "1", "I", "8", "B").Replace(code) // base32 has none of these figures
}

func sixDigits(s string) bool {
	return len(s) == totpDigits && strings.Trim(s, "0123456789") == ""
}

// recoveryHash is what is kept of a recovery code: keyed, for 50 bits could be guessed
// by whoever has a copy of the database.
func (s *Service) recoveryHash(id uuid.UUID, code string) string {
	return s.vault.Hash("recovery", id.String()+"|"+code)
}

// newRecoveryCodes makes codes that replace whatever codes somebody had.
func (s *Service) newRecoveryCodes(ctx context.Context, tx *db.Tx, id uuid.UUID) ([]string, error) {
	codes := make([]string, recoveryCodes)
	hashes := make([]string, recoveryCodes)
	for i := range codes {
		code := rand.Text()[:recoveryCodeLen]
		codes[i], hashes[i] = code[:5]+"-"+code[5:], s.recoveryHash(id, code)
	}
	if err := putRecoveryCodes(ctx, tx, id, hashes, s.now()); err != nil {
		return nil, fmt.Errorf("make recovery codes: %w", err)
	}
	return codes, nil
}
