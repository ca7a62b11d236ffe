package approval

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// maxReason bounds what somebody writes, in characters.
const maxReason = 500

// Ask puts an act before a second person, in the asker's transaction. Errors:
// ErrAlreadyAsked, when one of that kind waits for the target already; the reason's field.
func (s *Service) Ask(ctx context.Context, tx *db.Tx, actor audit.Actor, a Asking) (Request, error) {
	if _, ok := s.handlers[a.Kind]; !ok || actor.Kind != audit.Staff || actor.ID == uuid.Nil {
		return Request{}, fmt.Errorf("ask for %s: no handler, or no member of staff", a.Kind)
	}
	reason, err := cleanReason(a.Reason, true)
	if err != nil {
		return Request{}, err
	}
	details, err := json.Marshal(a.Details)
	if err != nil {
		return Request{}, fmt.Errorf("ask for %s: %w", a.Kind, err)
	}
	r := Request{
		ID: db.NewID(), Kind: a.Kind, TargetKind: a.TargetKind, TargetID: a.TargetID, TargetName: a.TargetName, Amount: a.Amount, Unit: a.Unit,
		Barangay: a.Barangay, Reason: reason, Says: a.Says, Details: details, State: Waiting,
		AskedBy: actor.ID, AskedByName: actor.Name, AskedAt: s.now(),
	}
	fresh, err := insertRequest(ctx, tx, r)
	if err == nil && !fresh {
		err = ErrAlreadyAsked
	}
	if err == nil {
		err = s.record(ctx, tx, actor, r, "approval.ask", r.Reason)
	}
	if err != nil {
		return Request{}, fmt.Errorf("ask for %s of %s: %w", a.Kind, a.TargetID, err)
	}
	return r, nil
}

// Agree carries a waiting act out. Errors: ErrNotFound out of reach; ErrOwnRequest;
// ErrDecided; whatever the act itself refuses, and then the request waits on.
func (s *Service) Agree(ctx context.Context, actor audit.Actor, reach Reach, id uuid.UUID, reason string) (Request, error) {
	return s.decide(ctx, actor, reach, decision{id: id, to: Agreed, action: "approval.agree", reason: reason})
}

// Refuse ends a waiting act undone, with a reason. Errors: as Agree, and the reason's field.
func (s *Service) Refuse(ctx context.Context, actor audit.Actor, reach Reach, id uuid.UUID, reason string) (Request, error) {
	return s.decide(ctx, actor, reach, decision{id: id, to: Refused, action: "approval.refuse", reason: reason})
}

// Withdraw takes one's own request back. Errors: ErrNotFound, ErrNotYours, ErrDecided.
func (s *Service) Withdraw(ctx context.Context, actor audit.Actor, reach Reach, id uuid.UUID, reason string) (Request, error) {
	return s.decide(ctx, actor, reach, decision{id: id, to: Withdrawn, action: "approval.withdraw", reason: reason})
}

type decision struct {
	id     uuid.UUID
	to     State
	action string
	reason string
}

func (s *Service) decide(ctx context.Context, actor audit.Actor, reach Reach, d decision) (r Request, err error) {
	if actor.Kind != audit.Staff || actor.ID == uuid.Nil {
		return Request{}, errors.New("decide a request: not a member of staff")
	}
	if d.reason, err = cleanReason(d.reason, d.to == Refused); err != nil {
		return Request{}, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		// The row's state decides who was first; only that one goes on.
		if r, err = closeRequest(ctx, tx, actor, reach, d, s.now()); db.IsNoRows(err) {
			return whyNotClosed(ctx, tx, actor, reach, d)
		}
		if err != nil {
			return err
		}
		return s.follow(ctx, tx, actor, r, d)
	})
	if err != nil {
		return Request{}, fmt.Errorf("%s %s: %w", d.action, d.id, err)
	}
	return r, nil
}

// follow is what a decision causes.
func (s *Service) follow(ctx context.Context, tx *db.Tx, actor audit.Actor, r Request, d decision) error {
	if d.to == Agreed {
		carryOut, ok := s.handlers[r.Kind]
		if !ok {
			return fmt.Errorf("nobody carries out %s", r.Kind)
		}
		if err := carryOut(ctx, tx, actor, r); err != nil {
			return err
		}
	}
	if err := s.record(ctx, tx, actor, r, d.action, d.reason); err != nil {
		return err
	}
	if s.tell == nil || d.to == Withdrawn {
		return nil
	}
	return s.tell(ctx, tx, r)
}

// whyNotClosed tells why a request is not this person's to close.
func whyNotClosed(ctx context.Context, q db.Q, actor audit.Actor, reach Reach, d decision) error {
	r, err := requestByID(ctx, q, reach, d.id)
	switch {
	case err != nil:
		return err
	case r.State != Waiting:
		return ErrDecided
	case d.to == Withdrawn:
		return ErrNotYours
	case r.AskedBy == actor.ID:
		return ErrOwnRequest
	}
	return ErrDecided // it was closed and asked anew in between
}

// record names the act's own target, so that its trail shows the request too.
func (s *Service) record(ctx context.Context, tx *db.Tx, actor audit.Actor, r Request, action, reason string) error {
	return audit.Record(ctx, tx, actor, s.now(), audit.Event{
		Action: action, TargetKind: r.TargetKind, TargetID: r.TargetID, TargetName: r.TargetName,
		Details: map[string]any{"request": r.ID, "kind": r.Kind, "amount": r.Amount, "unit": r.Unit, "reason": reason, "asked_by": r.AskedByName},
	})
}

func cleanReason(reason string, required bool) (string, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" && required {
		return "", errs.NewField("reason", "error.approval.reason_missing")
	}
	if utf8.RuneCountInString(reason) > maxReason {
		return "", errs.NewField("reason", "error.approval.reason_long", "Max", maxReason)
	}
	return reason, nil
}
