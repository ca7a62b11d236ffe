package auth

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/people"
)

// Refusals for want of a number that a code could go to: there is none, or, in accounts
// of the former system, something that is none.
var (
	ErrNoPhone       = errs.New(errs.Conflict, "NO_PHONE", "error.auth.no_phone")
	ErrPhoneUnusable = errs.New(errs.Conflict, "PHONE_UNUSABLE", "error.auth.no_phone")
)

// BeginPhone is the first step of signing in on a phone app: the password, as on the
// web, and a code to the resident's own number. With a refusal of the right password's
// holder it still tells who that is. Refusals: those of signing in, of sending codes, and
// ErrNoPhone and ErrPhoneUnusable.
func (s *Service) BeginPhone(ctx context.Context, actor audit.Actor, username, password string) (people.Resident, error) {
	var refused error
	who, err := s.passed(ctx, actor, s.attemptOf(ResidentSurface, username, actor.IP), func(account) string { return password },
		func(ctx context.Context, tx *db.Tx, who account) (err error) {
			refused, err = s.sendPhoneCode(ctx, tx, actor, who.resident, WayCode)
			return err
		})
	if err == nil {
		err = refused
	}
	return who.resident, err
}

// BeginPhoneByCard is BeginPhone for a scanned card, a username or a family code. None
// of them is secret, so this is asking for a code and nothing more: it goes to the owner,
// and leaves the last of the hour to them. Error also: people.ErrUnknownCode.
func (s *Service) BeginPhoneByCard(ctx context.Context, actor audit.Actor, text string) (people.Identified, error) {
	found, err := s.people.Recognize(ctx, text)
	if err != nil {
		return people.Identified{}, err
	}
	var refused error
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		refused, err = s.sendPhoneCode(ctx, tx, actor, found.Resident, WayCard)
		return err
	})
	if err != nil {
		return people.Identified{}, fmt.Errorf("begin sign-in on a phone by card: %w", err)
	}
	return found, refused
}

// sendPhoneCode sends the code, or says why not. What a refusal has written stays: its
// transaction also tells that the password was right.
func (s *Service) sendPhoneCode(ctx context.Context, tx *db.Tx, actor audit.Actor, r people.Resident, way Way) (refused, err error) {
	login := Login{Surface: ResidentSurface, Subject: r.ID, Typed: r.Username, Way: way, Reason: CodePending}
	if refused = residentRefusal(r); refused != nil {
		login.Reason = reasonOf(refused)
		return refused, s.recordLogin(ctx, tx, actor, login)
	}
	c, refused, err := s.phoneCode(ctx, tx, r)
	if err != nil || refused != nil {
		return refused, err
	}
	c.open = way == WayCard
	if _, err = s.sendCode(ctx, tx, actor, c); errs.KindOf(err) != errs.Internal {
		return err, nil
	}
	if err != nil {
		return nil, err
	}
	return nil, s.recordLogin(ctx, tx, actor, login)
}

// phoneCode is the code by which a resident signs in on a phone app, which sends it by
// text message and no other way. The app keeps nothing between its two steps but the
// account. refused is ErrNoPhone or ErrPhoneUnusable.
func (s *Service) phoneCode(ctx context.Context, q db.Q, r people.Resident) (c codeOf, refused, err error) {
	reach, err := s.people.ReachOf(ctx, q, r)
	switch {
	case err != nil:
		return codeOf{}, nil, err
	case r.Phone == "":
		return codeOf{}, ErrNoPhone, nil
	case reach.Phone == "":
		return codeOf{}, ErrPhoneUnusable, nil
	}
	return codeOf{purpose: ForSignIn, channel: notify.SMS, to: recipientOf(r, reach), session: "app|" + r.ID.String(), subject: r.ID}, nil, nil
}

// FinishPhone takes the code and opens the phone's tokens. The same code again, from the
// same phone within a minute, gives the same tokens: an answer may be lost on the way.
// Errors: people.ErrResidentNotFound, ErrNoPhone, those of codes, and for the right code
// of somebody who may not come in ErrPending, ErrRejected, ErrSuspended.
func (s *Service) FinishPhone(ctx context.Context, actor audit.Actor, id uuid.UUID, code string) (Tokens, people.Resident, error) {
	r, err := s.people.ByID(ctx, s.db, id)
	if err != nil {
		return Tokens{}, people.Resident{}, err
	}
	c, refused, err := s.phoneCode(ctx, s.db, r)
	if err == nil {
		err = refused
	}
	if err != nil {
		return Tokens{}, r, err
	}
	answer, _, err := s.takeCodeOrRepeat(ctx, actor, c, code, func(ctx context.Context, tx *db.Tx) (uuid.UUID, error) {
		return s.openPhone(ctx, tx, actor, r, WayCode)
	})
	if errors.Is(err, ErrCodeWrong) {
		return Tokens{}, r, errors.Join(err, s.notePhoneCode(ctx, actor, r.ID))
	}
	if err != nil {
		return Tokens{}, r, err
	}
	row, err := s.tokenByID(ctx, s.db, answer)
	if errors.Is(err, errNoToken) {
		return Tokens{}, r, ErrCodeWrong
	}
	if err != nil {
		return Tokens{}, r, err
	}
	t, err := s.pairOf(row)
	return t, r, err
}

// notePhoneCode keeps in the history that a wrong code was given.
func (s *Service) notePhoneCode(ctx context.Context, actor audit.Actor, resident uuid.UUID) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := setPhoneLogin(ctx, tx, actor, resident, s.now().Add(-s.cfg.CodeLife), false, CodeWrong)
		return err
	})
}

// openPhone opens the tokens of somebody who has proved who they are, and notes it.
func (s *Service) openPhone(ctx context.Context, tx *db.Tx, actor audit.Actor, r people.Resident, way Way) (uuid.UUID, error) {
	h, err := s.holderOf(ctx, tx, ResidentSurface, r.ID)
	if err != nil {
		return uuid.Nil, err
	}
	id, _, err := s.openTokens(ctx, tx, actor, h)
	if err != nil {
		return uuid.Nil, err
	}
	if err := people.MarkLogin(ctx, tx, r.ID, s.now()); err != nil {
		return uuid.Nil, err
	}
	if way == WayCode {
		if found, err := setPhoneLogin(ctx, tx, actor, r.ID, s.now().Add(-s.cfg.CodeLife), true, ""); err != nil || found {
			return id, err
		}
	}
	return id, s.recordLogin(ctx, tx, actor, Login{Surface: ResidentSurface, Subject: r.ID, Typed: r.Username, Success: true, Way: way})
}
