package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// Cause says why a backup is made.
type Cause string

// The causes.
const (
	Night   Cause = "night"   // its hour has come
	Person  Cause = "person"  // somebody pressed the button
	Command Cause = "command" // somebody typed it
)

// Outcome is what a trial restore said; "" when there was none yet.
type Outcome string

// The outcomes.
const (
	Passed Outcome = "passed"
	Failed Outcome = "failed"
)

// The states of a run.
const (
	Running = "running"
	Done    = "made"
	Broken  = "failed"
)

// Codes that only a run has.
const (
	Stopped Code = "stopped" // the program ended, or was stopped, while it ran
	Other   Code = "other"   // the log says what
)

// Run is one backup that was begun.
type Run struct {
	ID          uuid.UUID
	Cause       Cause
	Node        string
	State       string
	StartedAt   time.Time
	EndedAt     *time.Time
	Problem     Code
	File        string
	Size        int64
	SHA256      string
	Sealed      bool
	Test        Outcome
	TestProblem Code
	TestedAt    *time.Time
	RemovedAt   *time.Time
}

// Took is how long it took to make, zero while it is made.
func (r Run) Took() time.Duration {
	if r.EndedAt == nil {
		return 0
	}
	return r.EndedAt.Sub(r.StartedAt)
}

// Command makes a backup for somebody at the terminal, and notes it like the nightly
// one. With test it is restored for trial.
func (s *Service) Command(ctx context.Context, what What, test bool) (Made, *Verified, error) {
	id := db.NewID()
	began, err := s.claim(ctx, id, Command)
	if err == nil && !began {
		err = ErrRunning
	}
	if err != nil {
		return Made{}, nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	var alive sync.WaitGroup
	alive.Go(func() { s.keepAlive(ctx, id, cancel) })
	defer alive.Wait()
	defer cancel()
	what.NoTest = !test
	done, err := s.finish(ctx, id, what)
	return done.made, done.tried, err
}

// done is what a run did.
type done struct {
	made  Made
	tried *Verified
}

// finish does the work of a run and notes how it went, also when ctx has ended.
func (s *Service) finish(ctx context.Context, id uuid.UUID, what What) (done, error) {
	noting := context.WithoutCancel(ctx)
	made, err := Make(ctx, s.o, s.db, what)
	if err != nil {
		return done{}, errors.Join(err, s.noteFailed(noting, id, err))
	}
	if err := s.noteMade(noting, id, made); err != nil {
		return done{made: made}, err
	}
	if what.NoTest {
		return done{made: made}, nil
	}
	tried, err := VerifyMade(ctx, s.o, made)
	if ctx.Err() != nil {
		return done{made: made}, ctx.Err() // stopped: nothing was proven, either way
	}
	if err := errors.Join(err, s.noteTest(noting, id, made, err)); err != nil {
		return done{made: made}, err
	}
	return done{made, &tried}, s.prune(noting)
}

// pruneBatch bounds one look at the files.
const pruneBatch = 500

// prune removes the files that have had their time, and notes those that somebody took
// away. What no newer backup, restored for trial, can stand in for stays.
func (s *Service) prune(ctx context.Context) error {
	runs, err := present(ctx, s.db, s.node, pruneBatch)
	if err != nil {
		return fmt.Errorf("look for old backups: %w", err)
	}
	for _, r := range runs {
		if there, err := isThere(r.File); err != nil || there {
			continue // a disk that does not answer is not an empty one
		}
		if err := s.noteRemoved(ctx, r.ID); err != nil {
			return err
		}
	}
	old, err := outdated(ctx, s.db, s.node, s.o.Now().Add(-s.plan.Keep), pruneBatch)
	if err != nil {
		return fmt.Errorf("look for old backups: %w", err)
	}
	for _, r := range old {
		if err := os.Remove(r.File); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("remove an old backup: %w", err)
		}
		if err := s.noteRemoved(ctx, r.ID); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) noteRemoved(ctx context.Context, id uuid.UUID) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return storeRemoved(ctx, tx, id, s.o.Now()) })
}
