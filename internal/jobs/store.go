package jobs

import (
	"context"
	"time"

	"ekolek/internal/db"
)

// sweep looks for the jobs of dead workers, and for a queue that is stuck, until ctx ends.
func (q *Queue) sweep(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	looked := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := time.Now()
		if err := q.takeOver(ctx, now); err != nil && ctx.Err() == nil {
			q.log.WarnContext(ctx, "look for abandoned jobs", "error", err)
		}
		if now.Sub(looked) < lookEvery {
			continue
		}
		looked = now
		if err := q.alarm(ctx, now); err != nil && ctx.Err() == nil {
			q.log.WarnContext(ctx, "look for a stuck queue", "error", err)
		}
	}
}

// takeOver puts back the jobs whose attempt ended long ago by any clock, but which
// nobody has finished: their worker died. A job on its last attempt is left to
// River's rescue, which gives it up with a note.
func (q *Queue) takeOver(ctx context.Context, now time.Time) error {
	return q.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		for kind, timeout := range q.timeouts {
			n, err := db.Exec(ctx, tx, `UPDATE river_job SET state = 'available'
				WHERE state = 'running' AND kind = $1 AND attempted_at < $2 AND attempt < max_attempts`,
				kind, db.At(now.Add(-timeout-grace)))
			if err != nil {
				return err
			}
			if n > 0 {
				q.log.WarnContext(ctx, "took over abandoned jobs", "kind", kind, "jobs", n)
			}
		}
		return nil
	})
}
