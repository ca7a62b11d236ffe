package schedule

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// remindArgs goes on reminding of the trucks of a day, behind a family. However often a
// step is repeated, and wherever, schedule_reminded lets each family be told once.
type remindArgs struct {
	Day   string    `json:"day"`
	After uuid.UUID `json:"after"`
}

// Kind names the work.
func (remindArgs) Kind() string { return "schedule.remind" }

// Urgent is false: nobody waits at the screen.
func (remindArgs) Urgent() bool { return false }

// remindBatch is how many families one step reminds: every writer waits behind it on SQLite.
const remindBatch = 100

// keptReminded is for how long it is known who was reminded.
const keptReminded = 60 * 24 * time.Hour

// Remind tells families of the trucks that come tomorrow, those whose hour has come and
// who have not been told. Somebody calls it several times an hour: what one call missed,
// because no node ran, a step was lost or the pick-up was only made since, the next makes
// up for. After three hours it is too late, and after 21:59 for everybody.
func (s *Service) Remind(ctx context.Context) error {
	return s.remindOn(ctx, remindArgs{Day: AddDays(s.Today(), 1)})
}

func (s *Service) remindOn(ctx context.Context, args remindArgs) error {
	return s.remindStep(ctx, args, func(ctx context.Context, tx *db.Tx, next remindArgs) error {
		return s.reminding.queue.Enqueue(ctx, tx, next)
	})
}

// remindStep reminds the next families, in one transaction with the job of the next step.
// A process that is killed leaves all of it or nothing.
func (s *Service) remindStep(ctx context.Context, args remindArgs, goOn func(context.Context, *db.Tx, remindArgs) error) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		now := s.now()
		due := s.dueAt(now)
		if due.day != args.Day {
			return nil // another evening by now
		}
		pickups, err := s.comingOn(ctx, tx, args.Day)
		if err != nil || len(pickups) == 0 {
			return err
		}
		due.after = args.After
		batch, err := takeDue(ctx, tx, due, pickups, now)
		if err != nil || len(batch) == 0 {
			return err
		}
		if err := s.remindAll(ctx, tx, batch, pickups, now); err != nil {
			return err
		}
		return goOn(ctx, tx, remindArgs{Day: args.Day, After: batch[len(batch)-1].Family})
	})
	if err != nil {
		return fmt.Errorf("remind of %s: %w", args.Day, err)
	}
	return nil
}

// comingOn are the pick-ups of a day for which a truck comes, by barangay.
func (s *Service) comingOn(ctx context.Context, q db.Q, day string) (map[uuid.UUID][]Pickup, error) {
	found, err := s.pickups(ctx, q, Query{From: day, To: day})
	out := map[uuid.UUID][]Pickup{}
	for _, p := range coming(found) {
		out[p.Barangay] = append(out[p.Barangay], p)
	}
	return out, err
}

func (s *Service) remindAll(ctx context.Context, tx *db.Tx, batch []reminded, pickups map[uuid.UUID][]Pickup, now time.Time) error {
	ids := make([]uuid.UUID, len(batch))
	for i, r := range batch {
		ids[i] = r.Resident
	}
	out, err := s.waysOut(ctx, tx, ids)
	if err != nil {
		return err
	}
	evening := moment(db.Day(now), quiet*60)
	for _, r := range batch {
		if err := s.sendReminder(ctx, tx, r, pickups[r.Barangay], out, evening); err != nil {
			return err
		}
	}
	return nil
}

// CloseReminders forgets who was reminded long ago, and counts the families whom nobody
// has reminded of the trucks that come today: their evening is over.
func (s *Service) CloseReminders(ctx context.Context) (dropped int, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		now := s.now()
		if err := forgetReminded(ctx, tx, db.Day(now.Add(-keptReminded))); err != nil {
			return err
		}
		pickups, err := s.comingOn(ctx, tx, db.Day(now))
		if err != nil || len(pickups) == 0 {
			return err
		}
		dropped, err = countDropped(ctx, tx, db.Day(now), pickups)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("close reminders: %w", err)
	}
	return dropped, nil
}

// due says which families are to be reminded at a moment: those whose hour lies between
// first and last. None when first is the greater.
type due struct {
	day         string // on which the truck comes
	first, last int
	fallback    int // the hour of families that have chosen none
	after       uuid.UUID
	limit       int
}

func (s *Service) dueAt(now time.Time) due {
	hour := now.In(db.Manila).Hour()
	d := due{day: AddDays(db.Day(now), 1), first: hour - late + 1, last: hour, fallback: s.reminding.hour, limit: s.reminding.batch}
	if hour >= quiet {
		d.last = -1
	}
	return d
}
