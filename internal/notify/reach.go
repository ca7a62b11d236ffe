package notify

import (
	"context"
	"fmt"
	"math"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// SubscribedAmong are those of some residents whom a push message would reach.
func (s *Service) SubscribedAmong(ctx context.Context, q db.Q, residents []uuid.UUID) (map[uuid.UUID]bool, error) {
	found, err := subscribed(ctx, q, Resident, residents)
	if err != nil {
		return nil, fmt.Errorf("look for browsers with push messages: %w", err)
	}
	return found, nil
}

// TextsLeft is about how many more text messages of one part the city pays for today, what
// waits to be sent counted as sent; campaigns are kept to the same. None when no text
// message is sent at all.
func (s *Service) TextsLeft(ctx context.Context, q db.Q) (int, error) {
	switch {
	case s.opts.SMSOff:
		return 0, nil
	case s.opts.Cost == 0 || s.opts.CityCap <= 0:
		return math.MaxInt32, nil
	}
	day := db.Day(s.now())
	today, err := spent(ctx, q, day, day)
	if err != nil {
		return 0, fmt.Errorf("text messages left: %w", err)
	}
	waiting, err := waitingTexts(ctx, q)
	if err != nil {
		return 0, fmt.Errorf("text messages left: %w", err)
	}
	return max(0, (s.dayBudget()-today)/s.opts.Cost-waiting), nil
}
