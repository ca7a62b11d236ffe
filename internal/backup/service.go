package backup

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/jobs"
)

// Plan says when backups are made and how long they stay.
type Plan struct {
	Hour int           // in Manila, 0 to 23; -1: only when asked
	Keep time.Duration // from the moment on that a newer one was restored for trial
}

// ErrRunning says that a backup is being made.
var ErrRunning = errs.New(errs.Conflict, "BACKUP_RUNNING", "error.backup.running")

// Service makes backups by itself and when asked. Make it with New; Close ends what runs.
type Service struct {
	db    *db.DB
	queue *jobs.Queue
	o     Options
	plan  Plan
	node  string
	// tell tells people of a failure, in the transaction that notes it.
	tell func(ctx context.Context, tx *db.Tx, f Failure) error

	live   context.Context
	cancel context.CancelFunc
	runs   sync.WaitGroup
}

// Failure is what people are told: a backup that was not made, or one that could not be
// restored.
type Failure struct {
	Restore bool
	Problem Code
	At      time.Time
}

// beatEvery is how often a run says that it lives; after deadAfter it is taken for dead.
const (
	beatEvery = 10 * time.Second
	deadAfter = time.Minute
)

// New gives the queue its work. tell may be nil.
func New(d *db.DB, queue *jobs.Queue, o Options, plan Plan, tell func(context.Context, *db.Tx, Failure) error) *Service {
	node, err := os.Hostname()
	if err != nil {
		node = "unknown" // a machine without a name has its files under that one
	}
	s := &Service{db: d, queue: queue, o: o, plan: plan, node: node, tell: tell}
	s.live, s.cancel = context.WithCancel(context.Background())
	jobs.Register(queue, func(ctx context.Context, args askedArgs) error {
		_, err := s.begin(ctx, args.ID, Person)
		return err
	})
	queue.Every("backup.nightly", time.Hour, s.nightly)
	return s
}

// Close stops a backup that is being made and waits for its end. Another node, or the
// next start, makes it.
func (s *Service) Close() error {
	s.cancel()
	s.runs.Wait()
	return nil
}

// askedArgs is a backup that somebody asked for.
type askedArgs struct {
	ID uuid.UUID `json:"id"`
}

// Kind names the work.
func (askedArgs) Kind() string { return "backup.make" }

// Urgent: somebody is waiting.
func (askedArgs) Urgent() bool { return true }

// Ask has a backup made now, on one of the nodes. ErrRunning when one is being made.
func (s *Service) Ask(ctx context.Context, actor audit.Actor) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		now := s.o.Now()
		if err := endDead(ctx, tx, now.Add(-deadAfter), now); err != nil {
			return err
		}
		if running, err := isRunning(ctx, tx); err != nil || running {
			return cmp.Or(err, error(ErrRunning))
		}
		if err := s.queue.Enqueue(ctx, tx, askedArgs{db.NewID()}); err != nil {
			return err
		}
		return audit.Record(ctx, tx, actor, s.o.Now(), audit.Event{Action: "backup.make", TargetKind: "backup"})
	})
	if err != nil {
		return fmt.Errorf("ask for a backup: %w", err)
	}
	return nil
}

// nightly runs every hour. It makes the backup of the night when its hour has come, and
// makes up for one that failed or for which no program ran. A new installation waits for
// its first night.
func (s *Service) nightly(ctx context.Context, slot time.Time) error {
	if s.plan.Hour < 0 {
		return nil
	}
	since := lastAt(s.plan.Hour, slot)
	made, ever, err := madeSince(ctx, s.db, since)
	if err != nil || made || !ever && !slot.Equal(since) {
		return err
	}
	_, err = s.begin(ctx, db.NewID(), Night)
	return err
}

// lastAt is the latest moment, not after t, at which the hour begins in Manila.
func lastAt(hour int, t time.Time) time.Time {
	t = t.In(db.Manila)
	at := time.Date(t.Year(), t.Month(), t.Day(), hour, 0, 0, 0, db.Manila)
	if at.After(t) {
		at = at.AddDate(0, 0, -1)
	}
	return at
}

// begin starts a run in the background, unless one is under way anywhere. The work has
// its own lease, since no job of the queue may take so long.
func (s *Service) begin(ctx context.Context, id uuid.UUID, cause Cause) (began bool, err error) {
	if began, err = s.claim(ctx, id, cause); err != nil {
		return false, fmt.Errorf("begin a backup: %w", err)
	}
	if began {
		s.runs.Go(func() { s.run(id) })
	}
	return began, nil
}

// claim takes the lease; a dead holder's is ended.
func (s *Service) claim(ctx context.Context, id uuid.UUID, cause Cause) (mine bool, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		now := s.o.Now()
		if err := endDead(ctx, tx, now.Add(-deadAfter), now); err != nil {
			return err
		}
		mine, err = claimRun(ctx, tx, id, cause, s.node, now)
		return err
	})
	return mine, err
}

// run makes a backup, restores it for trial and removes those that have had their time.
func (s *Service) run(id uuid.UUID) {
	ctx, cancel := context.WithCancel(s.live)
	defer cancel()
	var alive sync.WaitGroup
	alive.Go(func() { s.keepAlive(ctx, id, cancel) })
	defer alive.Wait()
	defer cancel()
	if _, err := s.finish(ctx, id, What{}); err != nil {
		s.o.Log.ErrorContext(ctx, "backup failed", "security", true, "event", "BACKUP_FAILED", "problem", string(codeOf(err)), "error", err.Error())
	}
}

// keepAlive says that a run lives. When somebody else has ended it, it stops.
func (s *Service) keepAlive(ctx context.Context, id uuid.UUID, stop context.CancelFunc) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			mine, err := beat(ctx, tx, id, s.o.Now())
			if err == nil && !mine {
				stop()
			}
			return err
		})
		if err != nil && ctx.Err() == nil {
			s.o.Log.WarnContext(ctx, "a backup could not say that it lives", "error", err.Error())
		}
	}
}

// List gives one page of backups, the newest first. Error: db.ErrCursor.
func (s *Service) List(ctx context.Context, cursor string) (db.Page[Run], error) {
	at, err := db.ParseCursor(cursor)
	if err != nil {
		return db.Page[Run]{}, err
	}
	rows, err := listRuns(ctx, s.db, at, db.DefaultLimit+1)
	if err != nil {
		return db.Page[Run]{}, fmt.Errorf("list backups: %w", err)
	}
	return db.PageOf(rows, db.DefaultLimit, func(r Run) db.Cursor { return db.Cursor{At: r.StartedAt, ID: r.ID} }), nil
}

// Status is what whoever looks after backups wants to know first.
type Status struct {
	Hour     int // of the nightly one, in Manila; -1: never by itself
	KeepDays int
	Folder   string
	Sealed   bool // those to come
	Running  bool // one is being made
	Late     bool // none went well for 26 hours
	Last     Fact
	Test     Fact
}

// lateAfter is how old the newest backup may be, two hours more than a day (EK.W047).
const lateAfter = 26 * time.Hour

// Status tells it.
func (s *Service) Status(ctx context.Context) (Status, error) {
	st := Status{Hour: s.plan.Hour, KeepDays: int(s.plan.Keep / (24 * time.Hour)), Folder: absolute(s.o.Dir), Sealed: s.o.Key != ""}
	var err error
	if st.Last, err = Last(ctx, s.db); err == nil {
		if st.Test, err = LastTest(ctx, s.db); err == nil {
			st.Running, err = isRunning(ctx, s.db)
		}
	}
	if err != nil {
		return Status{}, fmt.Errorf("status of backups: %w", err)
	}
	st.Late = st.Hour >= 0 && s.o.Now().Sub(st.Last.GoodAt) > lateAfter && !st.Last.At.IsZero()
	return st, nil
}
