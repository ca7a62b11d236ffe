package auth

import (
	"context"
	"fmt"
	"time"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/people"
)

// Cards that a network may have read into usernames: a family forgets now and then,
// whoever tries codes does it all day.
const (
	cardsRead   = 20
	cardsWithin = 15 * time.Minute
)

// UsernameOf tells whose username a card, its typed code or a family code stands for, so
// that the sign-in page can fill it in. It is no sign-in, sends nothing, and tells of
// people who may not come in as of unknown ones. Errors: people.ErrUnknownCode,
// ErrCodeLimit.
func (s *Service) UsernameOf(ctx context.Context, actor audit.Actor, text string) (string, error) {
	var refused error
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		refused, err = s.countAct(ctx, tx, "card", actor.IP, cardLimit, codeLimitIn)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read card: %w", err)
	}
	if refused != nil {
		return "", refused
	}
	found, err := s.people.Recognize(ctx, text)
	if err != nil && errs.KindOf(err) == errs.Internal {
		return "", fmt.Errorf("read card: %w", err)
	}
	if err != nil || found.By == people.ByUsername || !people.CanAccess(found.Resident) {
		return "", people.ErrUnknownCode
	}
	return found.Resident.Username, nil
}
