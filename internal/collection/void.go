package collection

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
)

// Void takes a weigh-in back: its points are reversed, and it stays in every list,
// marked, with the reason. Errors: fields, when the reason is missing;
// ErrWeighInNotFound outside of the scope; ErrAlreadyVoided; ErrVoidImported, since a
// former system paid it; ErrVoidSpent when the resident has spent the points, which
// tells how many are missing.
func (s *Service) Void(ctx context.Context, actor audit.Actor, scope people.Scope, id uuid.UUID, reason string) error {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return errs.NewField("reason", "error.collection.void_reason_missing")
	}
	if utf8.RuneCountInString(reason) > 500 {
		return errs.NewField("reason", "error.collection.too_long", "Max", 500)
	}
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return s.void(ctx, tx, actor, scope, id, reason)
	})
	if err != nil {
		return fmt.Errorf("void weigh-in %s: %w", id, err)
	}
	return nil
}

func (s *Service) void(ctx context.Context, tx *db.Tx, actor audit.Actor, scope people.Scope, id uuid.UUID, reason string) error {
	at := s.now()
	marked, err := markVoid(ctx, tx, actor, scope, id, reason, at)
	if err != nil {
		return err
	}
	w, err := weighInByID(ctx, tx, scope, id)
	if db.IsNoRows(err) {
		return ErrWeighInNotFound
	}
	if err != nil {
		return err
	}
	switch {
	case w.Imported:
		return ErrVoidImported
	case !marked:
		return ErrAlreadyVoided
	}
	if err := takeBack(ctx, tx, w, ledger.Reversal{Reason: reason, Actor: actor, At: at}); err != nil {
		return err
	}
	return audit.Record(ctx, tx, actor, at, audit.Event{Action: "weigh_in.void", TargetKind: "weigh_in", TargetID: id, TargetName: w.ResidentName,
		Details: map[string]any{"reason": reason, "grams": int64(w.Grams), "points": int64(w.Points)}})
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
