package notify

import (
	"context"
	"fmt"
	"time"

	"ekolek/internal/db"
)

// Count is how many messages of one channel have come to one status.
type Count struct {
	Channel Channel
	Status  Status
	N       int64
}

// DayCounts tells of the messages of the last day.
func (s *Service) DayCounts(ctx context.Context) ([]Count, error) {
	out, err := countDay(ctx, s.db, s.now().Add(-24*time.Hour))
	if err != nil {
		return nil, fmt.Errorf("count messages: %w", err)
	}
	return out, nil
}

// SpentToday is what text messages have cost since midnight, and the most they may; in
// centavos, 0 for no limit.
func (s *Service) SpentToday(ctx context.Context) (spentSoFar, most int, err error) {
	day := db.Day(s.now())
	if spentSoFar, err = spent(ctx, s.db, day, day); err != nil {
		return 0, 0, fmt.Errorf("spent on text messages: %w", err)
	}
	return spentSoFar, s.opts.CityCap, nil
}
