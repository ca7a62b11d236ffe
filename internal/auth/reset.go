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
	"ekolek/internal/notify"
	"ekolek/internal/people"
)

// FlowReset is a forgotten password on its way to a new one.
const FlowReset Flow = "reset"

const (
	resetLife    = 30 * time.Minute
	resetsAnHour = 30 // of a network
)

// resetting is what a reset holds. Nothing in it says whether anybody was found: that
// stands in the flow's row, where the job has put it.
type resetting struct {
	Typed    string         `json:"typed"`
	Channel  notify.Channel `json:"channel"`
	IP       string         `json:"ip"`
	SentAt   time.Time      `json:"sent_at"`
	Verified bool           `json:"verified"`
}

// resetArgs is the job that finds out who forgot their password, and sends the code.
type resetArgs struct {
	Flow uuid.UUID `json:"flow"`
}

// Kind names the work.
func (resetArgs) Kind() string { return "auth.reset" }

// Urgent goes first: somebody waits.
func (resetArgs) Urgent() bool { return true }

// StartReset begins a reset for a username, e-mail address or phone number. Nothing is
// looked up here: the answer and its time are the same whether anybody has it. The secret
// is for the flow's cookie. Error: ErrCodeLimit.
func (s *Service) StartReset(ctx context.Context, actor audit.Actor, typed string, channel notify.Channel) (secret string, until time.Time, err error) {
	data := resetting{Typed: strings.TrimSpace(typed), Channel: channel, IP: actor.IP, SentAt: s.now()}
	var refused error
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if refused, err = s.countAct(ctx, tx, "reset", actor.IP, resetLimit, codeLimitIn); err != nil || refused != nil {
			return err
		}
		var f flow
		if secret, f, err = s.openFlow(ctx, tx, FlowReset, uuid.Nil, data, resetLife); err != nil {
			return err
		}
		until = f.expiresAt
		return s.later(ctx, tx, resetArgs{Flow: f.id})
	})
	if err != nil {
		return "", time.Time{}, fmt.Errorf("start reset: %w", err)
	}
	return secret, until, refused
}

func (s *Service) sendReset(ctx context.Context, args resetArgs) error {
	return s.SendReset(ctx, args.Flow)
}

// SendReset is the job of a reset, by its flow's id. Whoever is found, and may have a
// code, gets one; what stands in the way is nobody's business on the page.
func (s *Service) SendReset(ctx context.Context, id uuid.UUID) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		var data resetting
		f, err := s.flowByID(ctx, tx, FlowReset, id, &data)
		if err != nil || data.Verified {
			return err
		}
		r, err := s.forgetful(ctx, tx, data.Typed)
		if err != nil {
			return err
		}
		reach, err := s.people.ReachOf(ctx, tx, r)
		if err != nil || data.Channel == notify.SMS && reach.Phone == "" || data.Channel == notify.Mail && reach.Email == "" {
			return err
		}
		f.subject = r.ID
		if err := setFlowSubject(ctx, tx, f.id, r.ID); err != nil {
			return err
		}
		_, err = s.sendCode(ctx, tx, audit.Actor{Kind: audit.Nobody, IP: data.IP}, resetCode(f, data, r, reach))
		return err
	})
	if errs.KindOf(err) != errs.Internal {
		return nil // unknown, over, or too many: the same silence
	}
	return err
}

// forgetful finds whose password was forgotten: somebody who may come in, or waits to.
func (s *Service) forgetful(ctx context.Context, q db.Q, typed string) (people.Resident, error) {
	r, err := s.people.ByUsername(ctx, q, typed)
	if errors.Is(err, people.ErrResidentNotFound) {
		r, err = s.people.ByContact(ctx, q, typed)
	}
	if err == nil && (r.Status == people.Rejected || !r.Active) {
		return people.Resident{}, people.ErrResidentNotFound
	}
	return r, err
}

func resetCode(f flow, data resetting, r people.Resident, reach people.Reach) codeOf {
	return codeOf{purpose: ForReset, channel: data.Channel, to: recipientOf(r, reach), session: f.id.String(), subject: r.ID, open: true}
}

// ResetWait tells about a reset that waits for its code. Error: ErrFlowOver.
func (s *Service) ResetWait(ctx context.Context, secret string) (CodeWait, error) {
	var data resetting
	if _, err := s.findFlow(ctx, s.db, FlowReset, secret, &data); err != nil {
		return CodeWait{}, err
	}
	out := CodeWait{Channel: data.Channel, Other: notify.Mail, AgainIn: max(0, data.SentAt.Add(s.cfg.CodeAgain).Sub(s.now()))}
	if data.Channel == notify.Mail {
		out.Other = notify.SMS
	}
	return out, nil
}

// SendResetCode asks for another code; channel "" keeps the way. The wait is the flow's
// own, so it tells nothing. Errors: ErrFlowOver, ErrCodeTooSoon.
func (s *Service) SendResetCode(ctx context.Context, secret string, channel notify.Channel) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		var data resetting
		f, err := s.findFlow(ctx, tx, FlowReset, secret, &data)
		if err != nil {
			return err
		}
		now := s.now()
		if wait := data.SentAt.Add(s.cfg.CodeAgain).Sub(now); wait > 0 {
			return inSeconds(ErrCodeTooSoon, wait)
		}
		data.SentAt = now
		if channel != "" {
			data.Channel = channel
		}
		if err := s.keepFlow(ctx, tx, f, data); err != nil {
			return err
		}
		return s.later(ctx, tx, resetArgs{Flow: f.id})
	})
	if err != nil {
		return fmt.Errorf("send reset code: %w", err)
	}
	return nil
}

// VerifyReset judges the code of a reset. What it answers depends on the flow alone, and
// not on whether anybody was found, or may have another code. Errors: ErrCodeWrong,
// ErrCodeTries, ErrFlowOver.
func (s *Service) VerifyReset(ctx context.Context, actor audit.Actor, secret, code string) error {
	var data resetting
	f, err := s.findFlow(ctx, s.db, FlowReset, secret, &data)
	if err != nil {
		return err
	}
	if cleanCode(code) == "" {
		return ErrCodeWrong
	}
	if err := s.countResetTry(ctx, f.id); err != nil {
		return err
	}
	if f.subject == uuid.Nil {
		return ErrCodeWrong
	}
	r, err := s.people.ByID(ctx, s.db, f.subject)
	if err != nil {
		return err
	}
	reach, err := s.people.ReachOf(ctx, s.db, r)
	if err != nil {
		return err
	}
	err = s.takeCode(ctx, actor, resetCode(f, data, r, reach), code, func(ctx context.Context, tx *db.Tx) error {
		data.Verified = true
		return s.keepFlow(ctx, tx, f, data)
	})
	if errors.Is(err, ErrCodeTries) || errors.Is(err, ErrCodesOff) {
		return ErrCodeWrong
	}
	return err
}

// countResetTry lets a flow guess as often as a code may be guessed at.
func (s *Service) countResetTry(ctx context.Context, id uuid.UUID) error {
	var tries tally
	now := s.now()
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		tries, err = countUp(ctx, tx, s.vault.Hash("code-reset", id.String()), s.codeLimit(), now)
		return err
	})
	if err != nil {
		return fmt.Errorf("count try: %w", err)
	}
	if s.codeLimit().over(tries) {
		return inMinutes(ErrCodeTries, tries.until.Sub(now))
	}
	return nil
}

// ResetVerified says whether a reset has come as far as the new password: nil or
// ErrFlowOver.
func (s *Service) ResetVerified(ctx context.Context, secret string) error {
	_, err := s.verifiedReset(ctx, s.db, secret)
	return err
}

func (s *Service) verifiedReset(ctx context.Context, q db.Q, secret string) (flow, error) {
	var data resetting
	f, err := s.findFlow(ctx, q, FlowReset, secret, &data)
	if err == nil && (!data.Verified || f.subject == uuid.Nil) {
		err = ErrFlowOver
	}
	return f, err
}

// FinishReset sets the new password of a reset whose code was right. Every sign-in of the
// resident ends: sessions, remembered browsers, the phone apps' tokens. They are told.
func (s *Service) FinishReset(ctx context.Context, actor audit.Actor, secret, password string) error {
	f, err := s.verifiedReset(ctx, s.db, secret)
	if err != nil {
		return err
	}
	r, err := s.people.ByID(ctx, s.db, f.subject)
	if err != nil {
		return err
	}
	if err := CheckPassword("password", password, r.Username, r.FullName, r.Email); err != nil {
		return err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	actor.Kind, actor.ID, actor.Name = audit.Resident, r.ID, r.FullName
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := endFlow(ctx, tx, f.id); err != nil {
			return err
		}
		return s.replacePassword(ctx, tx, actor, newPassword{surface: ResidentSurface, subject: r.ID, name: r.FullName, username: r.Username, hash: hash})
	})
	if err != nil {
		return fmt.Errorf("finish reset: %w", err)
	}
	return nil
}
