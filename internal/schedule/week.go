package schedule

import (
	"context"
	"fmt"

	"github.com/google/uuid"
)

// Week is the weekly plan as it holds today, of some barangays or of every one, in no
// order. What the office changed on single days is not in it: see Pickups.
func (s *Service) Week(ctx context.Context, barangays ...uuid.UUID) ([]Line, error) {
	today := s.Today()
	lines, err := planOf(ctx, s.shown, barangays, today, today)
	if err == nil {
		err = s.name(ctx, s.shown, lines, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("weekly plan: %w", err)
	}
	return lines, nil
}
