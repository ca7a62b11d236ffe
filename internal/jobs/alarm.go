package jobs

import (
	"context"
	"fmt"
	"time"

	"ekolek/internal/db"
)

// StuckAfter is how long a job may be due before something is wrong: every worker is
// dead, or there is far more work than they can do.
const StuckAfter = 5 * time.Minute

// lookEvery is how often each node looks whether the queue is stuck, and so how often a
// stuck one is in the log.
const lookEvery = time.Minute

// Lag is how long the job that waits longest has been due; zero when none waits.
func (q *Queue) Lag(ctx context.Context) (time.Duration, error) { return q.lagAt(ctx, time.Now()) }

func (q *Queue) lagAt(ctx context.Context, now time.Time) (time.Duration, error) {
	since, err := oldestDue(ctx, q.db)
	if db.IsNoRows(err) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("ask how long jobs wait: %w", err)
	}
	return max(now.Sub(since), 0), nil
}

// alarm warns in the log when the queue is stuck. The warning comes from the sweeper,
// which lives on when River's workers do not.
func (q *Queue) alarm(ctx context.Context, now time.Time) error {
	lag, err := q.lagAt(ctx, now)
	if err == nil && lag > StuckAfter {
		q.log.WarnContext(ctx, "the job queue is stuck", "oldest_waits", lag.Round(time.Second))
	}
	return err
}
