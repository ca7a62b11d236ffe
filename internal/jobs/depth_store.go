package jobs

import (
	"context"
	"fmt"

	"ekolek/internal/db"
)

// Depth is how many jobs stand in one lane in one state.
type Depth struct {
	Lane  string // "default" for jobs without one
	State State
	Jobs  int64
}

// Depths counts what is not done yet, and what was given up, by lane.
func (q *Queue) Depths(ctx context.Context) ([]Depth, error) {
	out, err := db.Collect(ctx, q.db, func(r db.Row) (d Depth, err error) {
		var state string
		err = r.Scan(&d.Lane, &state, &d.Jobs)
		d.State = stateOf(state)
		return d, err
	}, `SELECT queue, state, count(*) FROM river_job WHERE state <> 'completed' GROUP BY queue, state ORDER BY queue, state`)
	if err != nil {
		return nil, fmt.Errorf("count jobs by lane: %w", err)
	}
	return out, nil
}
