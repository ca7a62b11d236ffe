package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"ekolek/internal/db"
)

// Every runs work once in each slot of the interval, on one of all nodes. Slots lie on
// the Manila clock: those of a day begin at midnight there. slot is the beginning of
// the one that work is for; a failure brings it back as with any job. A slot during
// which no node ran is made up for when it is the newest one, else skipped.
func (q *Queue) Every(name string, interval time.Duration, work func(ctx context.Context, slot time.Time) error) {
	if _, twice := q.periodic[name]; twice {
		panic("jobs: two periodic jobs are called " + name)
	}
	q.periodic[name] = work
	q.runner.every(river.NewPeriodicJob(slots(interval), func() (river.JobArgs, *river.InsertOpts) {
		return tickArgs{Name: name, Slot: slotOf(time.Now(), interval).UTC()}, &river.InsertOpts{UniqueOpts: oncePerSlot}
	}, &river.PeriodicJobOpts{ID: name, RunOnStart: true}))
}

// oncePerSlot makes a second insert of the same name and slot do nothing, whatever
// became of the first, and whichever node made it.
var oncePerSlot = river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateRetryable,
	rivertype.JobStateScheduled, rivertype.JobStateCompleted, rivertype.JobStateCancelled, rivertype.JobStateDiscarded,
}}

// tickArgs is one slot of one periodic job.
type tickArgs struct {
	Name string    `json:"name"`
	Slot time.Time `json:"slot"`
}

// Kind names the work.
func (tickArgs) Kind() string { return "every" }

func (q *Queue) tick(ctx context.Context, args tickArgs) error {
	work, ok := q.periodic[args.Name]
	if !ok {
		return fmt.Errorf("periodic job %q is not known to this version", args.Name)
	}
	return work(ctx, args.Slot)
}

// slots is the schedule of an interval: the beginning of each next slot.
type slots time.Duration

// Next is the first beginning after a moment.
func (s slots) Next(t time.Time) time.Time {
	return slotOf(t, time.Duration(s)).Add(time.Duration(s))
}

// slotOf is the beginning of the slot that a moment lies in, on the Manila clock.
func slotOf(t time.Time, interval time.Duration) time.Time {
	_, east := t.In(db.Manila).Zone()
	offset := time.Duration(east) * time.Second
	return t.Add(offset).Truncate(interval).Add(-offset)
}
