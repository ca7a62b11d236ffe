package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// FlowSecondSetUp is the setting up of a second factor, from the password to the first
// code.
const FlowSecondSetUp Flow = "second_set_up"

// secondSetUpLife is how long a new key waits for its first code.
const secondSetUpLife = 15 * time.Minute

// Proof is what somebody who is signed in types again before something that matters.
type Proof struct {
	Password string
	Code     string // of the second factor, when there is one
}

// SecondKey is a new key on its way into an authenticator app.
type SecondKey struct {
	URI   string // for the QR code
	Typed string // for typing, in groups of four
}

// secondSetUp is what the flow holds.
type secondSetUp struct{ Key string }

// BeginSecond makes a new key for somebody's authenticator app and gives the secret of
// the flow that holds it. The factor that they have goes on until the new one is proved.
func (s *Service) BeginSecond(ctx context.Context, actor audit.Actor, p Principal, proof Proof) (flow string, until time.Time, err error) {
	err = s.prove(ctx, actor, p, proof, func(ctx context.Context, tx *db.Tx, _ Staff) error {
		secret, f, err := s.openFlow(ctx, tx, FlowSecondSetUp, p.ID, secondSetUp{newTOTPKey()}, secondSetUpLife)
		flow, until = secret, f.expiresAt
		return err
	})
	return flow, until, err
}

// NewSecond is the key that a set-up waits to be proved: ErrFlowOver without one.
func (s *Service) NewSecond(ctx context.Context, p Principal, flow string) (SecondKey, error) {
	data, _, err := s.secondSetUpOf(ctx, s.db, p, flow)
	if err != nil {
		return SecondKey{}, err
	}
	var typed []string
	for at := 0; at < len(data.Key); at += 4 {
		typed = append(typed, data.Key[at:at+4])
	}
	return SecondKey{URI: totpURI(s.cfg.Issuer, p.Username, data.Key), Typed: strings.Join(typed, " ")}, nil
}

func (s *Service) secondSetUpOf(ctx context.Context, q db.Q, p Principal, secret string) (secondSetUp, flow, error) {
	var data secondSetUp
	f, err := s.findFlow(ctx, q, FlowSecondSetUp, secret, &data)
	if err == nil && f.subject != p.ID {
		err = ErrFlowOver
	}
	return data, f, err
}

// ConfirmSecond turns the new key on with its first code. The session goes on under a
// new token, the person's others end, and the recovery codes are given this once.
func (s *Service) ConfirmSecond(ctx context.Context, actor audit.Actor, p Principal, secret, code string) (token string, recovery []string, err error) {
	data, f, err := s.secondSetUpOf(ctx, s.db, p, secret)
	if err != nil {
		return "", nil, err
	}
	step, ok := totpStep(data.Key, plainCode(code), s.now())
	if !ok {
		return "", nil, errs.NewField("code", "error.auth.second_first_wrong")
	}
	st, err := s.staffByID(ctx, s.db, p.ID)
	if err != nil {
		return "", nil, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if err := endFlow(ctx, tx, f.id); err != nil {
			return err
		}
		if err := deleteSecondFlows(ctx, tx, p.ID); err != nil { // somebody else's set-up must not replace this one
			return err
		}
		if err := s.putSecond(ctx, tx, p.ID, data.Key, step, s.now()); err != nil {
			return err
		}
		if recovery, err = s.newRecoveryCodes(ctx, tx, p.ID); err != nil {
			return err
		}
		if token, err = s.renewSession(ctx, tx, p); err != nil {
			return err
		}
		if err := s.tellStaff(ctx, tx, st, secondOnMail()); err != nil {
			return err
		}
		return s.recordStaff(ctx, tx, actor, st, "staff.second_on", nil)
	})
	if err != nil {
		return "", nil, fmt.Errorf("turn on second factor of %s: %w", p.ID, err)
	}
	return token, recovery, nil
}

// renewSession ends the person's other sessions and gives this one another token.
func (s *Service) renewSession(ctx context.Context, tx *db.Tx, p Principal) (token string, err error) {
	if err := deleteSessionsOf(ctx, tx, p.Surface, p.ID, p.SessionID); err != nil {
		return "", err
	}
	token = newToken()
	return token, rotateSession(ctx, tx, p.SessionID, hashToken(token))
}

// NewRecoveryCodes makes the old recovery codes void and gives new ones, this once.
func (s *Service) NewRecoveryCodes(ctx context.Context, actor audit.Actor, p Principal, proof Proof) (codes []string, err error) {
	err = s.prove(ctx, actor, p, proof, func(ctx context.Context, tx *db.Tx, st Staff) error {
		second, err := secondOf(ctx, tx, p.ID)
		if err == nil && !second.On {
			err = ErrSecondOff
		}
		if err != nil {
			return err
		}
		if codes, err = s.newRecoveryCodes(ctx, tx, p.ID); err != nil {
			return err
		}
		return s.recordStaff(ctx, tx, actor, st, "staff.second_codes", nil)
	})
	return codes, err
}

// TurnOffSecond ends somebody's own second factor: ErrSecondStays where it is required.
func (s *Service) TurnOffSecond(ctx context.Context, actor audit.Actor, p Principal, proof Proof) error {
	if s.needsSecond(p.Role) {
		return ErrSecondStays
	}
	return s.prove(ctx, actor, p, proof, func(ctx context.Context, tx *db.Tx, st Staff) error {
		if err := s.dropSecond(ctx, tx, st.ID); err != nil {
			return err
		}
		if err := s.tellStaff(ctx, tx, st, secondOffMail()); err != nil {
			return err
		}
		return s.recordStaff(ctx, tx, actor, st, "staff.second_off", nil)
	})
}

// ResetSecond ends a colleague's second factor, whose phone and recovery codes are lost,
// and their sessions. Nobody resets their own: that takes a code.
func (s *Service) ResetSecond(ctx context.Context, actor audit.Actor, id uuid.UUID, reason string) error {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return errs.NewField("reason", "form.required")
	}
	if actor.Kind == audit.Staff && actor.ID == id {
		return ErrSecondOwn
	}
	_, err := s.changeStaff(ctx, actor, id, "staff.second_reset", func(ctx context.Context, tx *db.Tx, st Staff) (map[string]any, error) {
		if err := s.dropSecond(ctx, tx, id); err != nil {
			return nil, err
		}
		if err := deleteSessionsOf(ctx, tx, StaffSurface, id, uuid.Nil); err != nil {
			return nil, err
		}
		if err := bumpEpoch(ctx, tx, id, s.now()); err != nil { // their phones' tokens
			return nil, err
		}
		return map[string]any{"reason": reason}, s.tellStaff(ctx, tx, st, secondResetMail(actor, reason))
	})
	return err
}

// dropSecond ends a factor with everything that hangs on it.
func (s *Service) dropSecond(ctx context.Context, tx *db.Tx, id uuid.UUID) error {
	if err := deleteSecond(ctx, tx, id); err != nil {
		return err
	}
	if err := deleteSecondFlows(ctx, tx, id); err != nil {
		return err
	}
	return clearCount(ctx, tx, s.codeAttempt(id, "").account)
}

// prove asks for the password once more, and for a code where there is a second factor,
// and then acts, in the transaction that consumes the code. What is wrong is told at its
// field.
func (s *Service) prove(ctx context.Context, actor audit.Actor, p Principal, proof Proof, act func(context.Context, *db.Tx, Staff) error) error {
	st, err := s.staffByID(ctx, s.db, p.ID)
	if err != nil {
		return err
	}
	a := s.attemptOf(StaffSurface, p.Username, actor.IP)
	if _, _, err := s.authenticate(ctx, actor, a, StaffSurface, p.Username, proof.Password); err != nil {
		if errors.Is(err, ErrBadCredentials) {
			return errs.NewField("password", "error.auth.password_wrong")
		}
		return err
	}
	if err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return succeed(ctx, tx, a) }); err != nil {
		return err
	}
	second, err := secondOf(ctx, s.db, p.ID)
	if err != nil {
		return err
	}
	run := func(ctx context.Context, tx *db.Tx) error { return act(ctx, tx, st) }
	if !second.On {
		return s.db.InTx(ctx, run)
	}
	err = s.withCode(ctx, actor, st, proof.Code, run)
	if errors.Is(err, ErrSecondWrong) {
		return errs.NewField("code", "error.auth.second_wrong")
	}
	return err
}
