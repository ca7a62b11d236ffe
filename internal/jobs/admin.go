package jobs

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// State is where a job stands, as people see it.
type State string

// The states.
const (
	Waiting   State = "waiting"   // for a worker, or for its hour
	Running   State = "running"   // on a node, now
	Retryable State = "retryable" // failed, and will be tried again
	GivenUp   State = "discarded" // failed as often as it may
	Cancelled State = "cancelled" // by a person, or because no repeat can mend it
	Done      State = "completed"
)

// States lists them in the order in which a page shows them.
func States() []State { return []State{Waiting, Running, Retryable, GivenUp, Cancelled, Done} }

// Errors of the acts here.
var (
	ErrNotFound      = errs.New(errs.NotFound, "JOB_NOT_FOUND", "error.jobs.not_found")
	ErrNotRetried    = errs.New(errs.Conflict, "JOB_NOT_RETRIED", "error.jobs.not_retried")
	ErrNotCancelled  = errs.New(errs.Conflict, "JOB_NOT_CANCELLED", "error.jobs.not_cancelled")
	errStateNotKnown = errs.New(errs.Invalid, "BAD_JOB_STATE", "error.jobs.state_not_known")
)

// Job is one piece of work, as the office sees it.
type Job struct {
	ID          int64
	Kind        string // "notify.deliver"
	Periodic    string // the name given to Every, "" for any other job
	State       State
	Attempt     int // how often it was begun
	MaxAttempts int
	Args        string // JSON; identifiers only, never what a message says
	CreatedAt   time.Time
	DueAt       time.Time // not begun before
	Later       bool      // it waits for its hour, not for a worker
	StartedAt   *time.Time
	EndedAt     *time.Time
	Failures    []Failure // the newest first; a list holds only that one
}

// MayRetry says whether Retry would do something.
func (j Job) MayRetry() bool {
	return j.State == Retryable || j.State == GivenUp || j.State == Cancelled
}

// MayCancel says whether Cancel would do something.
func (j Job) MayCancel() bool { return j.State == Waiting || j.State == Retryable }

// Failure is how one attempt ended.
type Failure struct {
	At      time.Time
	Attempt int
	Text    string
}

// Filter narrows the list; a zero field does not.
type Filter struct {
	State  State
	Kind   string
	Cursor string
	Limit  int
}

// Kinds names what this program's jobs may be, in order.
func (q *Queue) Kinds() []string { return slices.Sorted(maps.Keys(q.timeouts)) }

// List gives one page of jobs, the newest first. Finished ones are kept for a day,
// those given up for a week. Errors: db.ErrCursor, and one for a state that is none.
func (q *Queue) List(ctx context.Context, f Filter) (db.Page[Job], error) {
	if f.State != "" && !slices.Contains(States(), f.State) {
		return db.Page[Job]{}, errStateNotKnown
	}
	before, err := parseCursor(f.Cursor)
	if err != nil {
		return db.Page[Job]{}, err
	}
	limit := db.Limit(f.Limit)
	rows, err := q.list(ctx, f, before, limit+1)
	if err != nil {
		return db.Page[Job]{}, fmt.Errorf("list jobs: %w", err)
	}
	if len(rows) <= limit {
		return db.Page[Job]{Rows: rows}, nil
	}
	rows = rows[:limit]
	return db.Page[Job]{Rows: rows, Next: strconv.FormatInt(rows[limit-1].ID, 10)}, nil
}

// parseCursor is the number of the last job seen; jobs count upwards.
func parseCursor(s string) (int64, error) {
	if s == "" {
		return 1<<63 - 1, nil
	}
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id <= 0 {
		return 0, db.ErrCursor
	}
	return id, nil
}

// Counts tells how many jobs of a kind, "" for all, stand in each state.
func (q *Queue) Counts(ctx context.Context, kind string) (map[State]int64, error) {
	n, err := q.countStates(ctx, kind)
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	return n, nil
}

// Find gives one job with all its failures. Error: ErrNotFound, also once it is swept away.
func (q *Queue) Find(ctx context.Context, id int64) (Job, error) {
	j, err := q.find(ctx, q.db, id)
	if db.IsNoRows(err) {
		err = ErrNotFound
	}
	if err != nil {
		return Job{}, fmt.Errorf("job %d: %w", id, err)
	}
	return j, nil
}

// Retry lets a job that failed or was cancelled run now, with one attempt more when it
// has none left. Errors: ErrNotFound; ErrNotRetried when it runs, waits or is done.
func (q *Queue) Retry(ctx context.Context, actor audit.Actor, id int64) error {
	return q.act(ctx, actor, id, "job.retry", retry, ErrNotRetried)
}

// Cancel takes a waiting job out of the queue; Retry brings it back. Errors:
// ErrNotFound; ErrNotCancelled when it runs already or has ended.
func (q *Queue) Cancel(ctx context.Context, actor audit.Actor, id int64) error {
	return q.act(ctx, actor, id, "job.cancel", cancel, ErrNotCancelled)
}

// act is one conditional change of a job by a person, with its line in the trail.
func (q *Queue) act(ctx context.Context, actor audit.Actor, id int64, action string,
	change func(context.Context, *db.Tx, int64, time.Time) (bool, error), refusal error) error {
	at := time.Now() // the queue lives by River's clock
	err := q.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		changed, err := change(ctx, tx, id, at)
		if err != nil {
			return err
		}
		j, err := q.find(ctx, tx, id)
		if db.IsNoRows(err) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		if !changed {
			return refusal
		}
		return audit.Record(ctx, tx, actor, at, audit.Event{Action: action, TargetKind: "job", TargetName: j.name(),
			Details: map[string]any{"job": j.ID, "attempt": j.Attempt}})
	})
	if err != nil {
		return fmt.Errorf("%s %d: %w", action, id, err)
	}
	return nil
}

func (j Job) name() string {
	if j.Periodic != "" {
		return j.Periodic
	}
	return j.Kind
}
