package collection

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"ekolek/internal/approval"
	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
)

// Void takes a weigh-in back: its points are reversed, and it stays in every list,
// marked, with the reason. waiting says that it paid so much that a second person must
// agree first. Errors: fields, when the reason is missing; ErrWeighInNotFound outside of
// the scope; ErrAlreadyVoided; ErrVoidImported, since a former system paid it;
// ErrVoidSpent when the resident has spent the points, which tells how many are missing;
// approval.ErrAlreadyAsked.
func (s *Service) Void(ctx context.Context, actor audit.Actor, scope people.Scope, id uuid.UUID, reason string) (waiting bool, err error) {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return false, errs.NewField("reason", "error.collection.void_reason_missing")
	}
	if utf8.RuneCountInString(reason) > 500 {
		return false, errs.NewField("reason", "error.collection.too_long", "Max", 500)
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		w, err := toVoid(ctx, tx, scope, id) // its points never change
		if err != nil {
			return err
		}
		if waiting = s.NeedsSecond(w); waiting {
			return s.askVoid(ctx, tx, actor, w, reason)
		}
		return s.void(ctx, tx, actor, w, reason, nil)
	})
	if err != nil {
		return false, fmt.Errorf("void weigh-in %s: %w", id, err)
	}
	return waiting, nil
}

// NeedsSecond says whether taking a weigh-in back waits for a second person.
func (s *Service) NeedsSecond(w WeighIn) bool { return s.secondFrom > 0 && w.Points >= s.secondFrom }

// toVoid finds a weigh-in that may be taken back.
func toVoid(ctx context.Context, q db.Q, scope people.Scope, id uuid.UUID) (WeighIn, error) {
	w, err := weighInByID(ctx, q, scope, id)
	switch {
	case db.IsNoRows(err):
		return WeighIn{}, ErrWeighInNotFound
	case err != nil:
		return WeighIn{}, err
	case w.Imported:
		return WeighIn{}, ErrVoidImported
	case w.Voided():
		return WeighIn{}, ErrAlreadyVoided
	}
	return w, nil
}

// void marks first: of several at once, the row lets one go on.
func (s *Service) void(ctx context.Context, tx *db.Tx, actor audit.Actor, w WeighIn, reason string, more map[string]any) error {
	at := s.now()
	marked, err := markVoid(ctx, tx, actor, w.ID, reason, at)
	if err == nil && !marked {
		err = ErrAlreadyVoided
	}
	if err != nil {
		return err
	}
	if err := takeBack(ctx, tx, w, ledger.Reversal{Reason: reason, Actor: actor, At: at}); err != nil {
		return err
	}
	details := map[string]any{"reason": reason, "grams": int64(w.Grams), "points": int64(w.Points)}
	maps.Copy(details, more)
	return audit.Record(ctx, tx, actor, at, audit.Event{Action: "weigh_in.void", TargetKind: "weigh_in", TargetID: w.ID, TargetName: w.ResidentName, Details: details})
}

// askVoid puts a void before a second person. What cannot be done anyway is refused at once.
func (s *Service) askVoid(ctx context.Context, tx *db.Tx, actor audit.Actor, w WeighIn, reason string) error {
	b, err := ledger.BalanceOf(ctx, tx, w.ResidentID)
	if err != nil {
		return err
	}
	if b.Available() < w.Points {
		return spent(w.Points, b.Available(), nil)
	}
	_, err = s.approval.Ask(ctx, tx, actor, approval.Asking{
		Kind: approval.VoidWeighIn, TargetKind: "weigh_in", TargetID: w.ID, TargetName: w.ResidentName,
		Amount: -int64(w.Points), Unit: approval.Points, Barangay: w.BarangayID, Reason: reason,
		Says: []errs.Text{errs.T("collection.void.says", "Name", w.ResidentName, "Points", w.Points.String(), "Weight", w.Grams.Kilos(),
			"Day", db.Day(w.CollectedAt), "Before", b.Posted.String(), "After", (b.Posted - w.Points).String())},
	})
	return err
}

// voidAgreed carries a void out that a second person agreed to.
func (s *Service) voidAgreed(ctx context.Context, tx *db.Tx, actor audit.Actor, req approval.Request) error {
	w, err := toVoid(ctx, tx, people.City, req.TargetID)
	if err != nil {
		return err
	}
	return s.void(ctx, tx, actor, w, req.Reason, map[string]any{"asked_by": req.AskedByName, "request": req.ID})
}

// takeBack reverses the payment of a weigh-in that paid anything.
func takeBack(ctx context.Context, tx *db.Tx, w WeighIn, r ledger.Reversal) (err error) {
	if w.Points == 0 {
		return nil
	}
	if r.Transfer, err = transferOf(ctx, tx, w.ID); err != nil {
		return err
	}
	_, err = ledger.Reverse(ctx, tx, r)
	if errors.Is(err, ledger.ErrInsufficientPoints) {
		b, balanceErr := ledger.BalanceOf(ctx, tx, w.ResidentID)
		return errors.Join(spent(w.Points, b.Available(), err), balanceErr)
	}
	return err
}

// spent is ErrVoidSpent with its numbers.
func spent(points, available ledger.Points, cause error) error {
	refusal := *ErrVoidSpent
	refusal.Text = errs.T(refusal.Text.Key, "Points", points.String(), "Available", available.String(), "Missing", (points - available).String())
	return refusal.Because(cause)
}
