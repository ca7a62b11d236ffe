// Package jobs runs work after the act that asked for it: messages, reports,
// clean-ups. A job is written in the act's own transaction, so it exists exactly when
// the act does; it runs at least once, on any node, and again after a failure, later
// each time. River keeps the queue; nothing outside of this package knows that.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"ekolek/internal/db"
	"ekolek/internal/telemetry"
)

// Args are a job's parameters, kept as JSON. Kind names the work and never changes
// once jobs of it may be waiting. Args may also have these methods:
//
//	Timeout() time.Duration  when one attempt has another limit than Config.Timeout
//	Lane() string            for a queue of its own, see [Queue.Lane]
//	Urgent() bool            true goes before false
//	Last() bool              true goes after all others, however many there are
type Args interface{ Kind() string }

// Config bounds the work. The zero value is ready.
type Config struct {
	Workers int           // jobs at the same time on this node; 0: 8
	Timeout time.Duration // one attempt, then its context ends; 0: 15 seconds
	Poll    time.Duration // how soon a waiting job is seen; 0: one second
}

// grace is how long after its timeout a running job is thought to be abandoned by a
// dead worker; sweepEvery is how often somebody looks.
const (
	grace      = 5 * time.Second
	sweepEvery = 3 * time.Second
)

// Queue takes jobs, and after Start it works them. Register and Every come before
// Start and before the first Enqueue; they are not safe beside them.
type Queue struct {
	db       *db.DB
	cfg      Config
	log      *slog.Logger
	workers  *river.Workers
	runner   runner
	timeouts map[string]time.Duration                          // kind → how long one attempt may run
	periodic map[string]func(context.Context, time.Time) error // name → work of Every

	worked worked
	traces *telemetry.Traces // nil: none

	mu      sync.Mutex
	stop    context.CancelFunc // ends the sweeper; nil: not started
	sweeper sync.WaitGroup
}

// Open makes a queue on a migrated database. It works nothing before Start.
func Open(d *db.DB, cfg Config, log *slog.Logger) (*Queue, error) {
	if cfg.Workers <= 0 {
		cfg.Workers = 8
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 15 * time.Second
	}
	if cfg.Poll <= 0 {
		cfg.Poll = time.Second
	}
	q := &Queue{
		db: d, cfg: cfg, log: log, workers: river.NewWorkers(),
		timeouts: map[string]time.Duration{}, periodic: map[string]func(context.Context, time.Time) error{},
	}
	var err error
	if q.runner, err = newRunner(d, q.riverConfig()); err != nil {
		return nil, fmt.Errorf("open job queue: %w", err)
	}
	Register(q, q.tick)
	return q, nil
}

func (q *Queue) riverConfig() *river.Config {
	return &river.Config{
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: q.cfg.Workers}},
		Workers:           q.workers,
		Logger:            slog.New(quiet{q.log.Handler()}),
		JobTimeout:        q.cfg.Timeout,
		FetchPollInterval: q.cfg.Poll,
		FetchCooldown:     min(q.cfg.Poll, 50*time.Millisecond),
		// Our sweep takes over the jobs of dead workers much sooner; River's rescue
		// remains for jobs that have no attempt left.
		RescueStuckJobsAfter: q.cfg.Timeout + time.Minute,
		// Both engines behave alike, and no connection is held for listening.
		PollOnly: true,
	}
}

// Lane opens a queue of its own on this node: as many workers do the jobs whose Args
// name it, and no others. With one worker they run one by one, and a node that is
// killed leaves at most one of them half done. It comes before Start.
func (q *Queue) Lane(name string, workers int) {
	if err := q.runner.lane(name, river.QueueConfig{MaxWorkers: workers, FetchCooldown: laneCooldown}); err != nil {
		panic("jobs: lane " + name + ": " + err.Error()) // twice, or a name that is none
	}
}

// laneCooldown is between the fetches of a lane. A lane of one worker fetches for each
// job, so this bounds how fast it gets on.
const laneCooldown = 5 * time.Millisecond

// Register says how jobs of one kind are done. work runs at least once per job, so a
// repeat must do no harm; an error brings it back later, ErrGiveUp never.
func Register[T Args](q *Queue, work func(ctx context.Context, args T) error) {
	var args T
	timeout := q.cfg.Timeout
	if t, ok := any(args).(interface{ Timeout() time.Duration }); ok {
		timeout = t.Timeout()
	}
	q.timeouts[args.Kind()] = timeout
	river.AddWorker(q.workers, &worker[T]{work: work, timeout: timeout, queue: q})
}

// errPanicked stands for work that did not return; River catches the panic and keeps it.
var errPanicked = errors.New("the work panicked")

// ErrGiveUp marks an error that no repeat can mend: wrap it and the job is not tried again.
var ErrGiveUp = errors.New("not to be tried again")

// Enqueue writes a job in the caller's transaction; after the commit it runs as soon
// as a worker is free, after a rollback never.
func (q *Queue) Enqueue(ctx context.Context, tx *db.Tx, args Args) error {
	return q.EnqueueAt(ctx, tx, args, time.Time{})
}

// EnqueueAt is Enqueue for a job that runs not before a moment.
func (q *Queue) EnqueueAt(ctx context.Context, tx *db.Tx, args Args, at time.Time) error {
	opts := &river.InsertOpts{ScheduledAt: at, Metadata: originOf(ctx)}
	if l, ok := args.(interface{ Lane() string }); ok {
		opts.Queue = l.Lane()
	}
	if u, ok := args.(interface{ Urgent() bool }); ok {
		opts.Priority = 2 // 1 goes first
		if u.Urgent() {
			opts.Priority = 1
		}
	}
	if l, ok := args.(interface{ Last() bool }); ok && l.Last() {
		opts.Priority = 3
	}
	if err := q.runner.insert(ctx, tx, args, opts); err != nil {
		return fmt.Errorf("enqueue %s: %w", args.Kind(), err)
	}
	return nil
}

// Start works the queue until Stop. The end of ctx does not stop it: work under way
// is drained, not cut off.
func (q *Queue) Start(ctx context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stop != nil {
		return errors.New("start job queue: it runs already")
	}
	ctx = context.WithoutCancel(ctx)
	if err := q.runner.start(ctx); err != nil {
		return fmt.Errorf("start job queue: %w", err)
	}
	ctx, q.stop = context.WithCancel(ctx)
	q.sweeper.Go(func() { q.sweep(ctx) })
	return nil
}

// Working says that the queue was started and not stopped.
func (q *Queue) Working() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.stop != nil
}

// Stop takes no new job and waits for those under way. When ctx ends first, their
// contexts are cancelled; they will run again.
func (q *Queue) Stop(ctx context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stop == nil {
		return nil
	}
	q.stop()
	q.stop = nil
	q.sweeper.Wait()
	if err := q.runner.stop(ctx); err != nil {
		return fmt.Errorf("stop job queue: %w", err)
	}
	return nil
}

// worker is what River runs for one kind.
type worker[T Args] struct {
	river.WorkerDefaults[T]
	work    func(context.Context, T) error
	timeout time.Duration
	queue   *Queue
}

// Timeout is how long one attempt may run.
func (w *worker[T]) Timeout(*river.Job[T]) time.Duration { return w.timeout }

// Work runs one attempt.
func (w *worker[T]) Work(ctx context.Context, job *river.Job[T]) error {
	started := time.Now()
	ctx = withOrigin(ctx, job.Metadata, job.ID)
	err := errPanicked // until the work returns
	ctx, span := w.queue.traces.Begin(ctx, telemetry.Consumer, "job "+job.Kind, slog.Int("attempt", job.Attempt))
	defer func() {
		span.End(err)
		w.queue.tell(ctx, job.Kind, time.Since(started), err)
	}()
	err = w.work(ctx, job.Args)
	if errors.Is(err, ErrGiveUp) {
		return river.JobCancel(err)
	}
	return err
}
