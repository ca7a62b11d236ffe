package schedule

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/jobs"
	"ekolek/internal/notify"
	"ekolek/internal/people"
)

// Way is how a family is reminded. Every one but WayNone also puts a notice under the bell.
type Way string

// The ways.
const (
	WayAuto Way = "auto" // a message on the phone's screen where one is let, else a mail
	WayMail Way = "email"
	WaySMS  Way = "sms" // while the city's money for the day lasts, else a mail
	WayBell Way = "bell"
	WayNone Way = "none"
)

// Ways lists them in the order in which forms show them.
func Ways() []Way { return []Way{WayAuto, WayMail, WaySMS, WayBell, WayNone} }

// Hours at which a family may be reminded, of the evening before, and when the program
// reminds nobody any more.
const (
	FirstHour = 5
	LastHour  = 21
	quiet     = 22
)

// late is for how many hours a reminder is made up for that could not go out in time.
const late = 3

// Reminder is how a family is reminded.
type Reminder struct {
	Hour     int
	Way      Way
	Resident uuid.UUID // who gets it
	Name     string
	Chosen   bool // false: as the city has set it
}

// ReminderForm is what a resident says about it. Fields with errors: hour, way.
type ReminderForm struct {
	Hour int
	Way  Way
}

// Refusals of reminders.
var (
	ErrNothingPlanned = errs.New(errs.Conflict, "NOTHING_PLANNED", "error.schedule.nothing_planned")
	ErrTriedJustNow   = errs.New(errs.TooMany, "REMINDER_TRIED", "error.schedule.tried_just_now")
)

// reminding is what reminders need beside the plan.
type reminding struct {
	people *people.Service
	queue  *jobs.Queue
	hour   int // of families that have chosen none
	batch  int // families of one step
}

// Reminding gives the queue the work of reminders, at an hour for families that choose
// none. The queue must not have started.
func (s *Service) Reminding(p *people.Service, queue *jobs.Queue, hour int) *Service {
	s.reminding = reminding{people: p, queue: queue, hour: hour, batch: remindBatch}
	jobs.Register(queue, s.remindOn)
	return s
}

// ReminderOf is how a family is reminded.
func (s *Service) ReminderOf(ctx context.Context, family uuid.UUID) (Reminder, error) {
	r, err := reminderOf(ctx, s.db, family, s.reminding.hour)
	if err != nil {
		return Reminder{}, fmt.Errorf("reminder of %s: %w", family, err)
	}
	return r, nil
}

// SetReminder says how a resident's family is reminded. It goes to this resident from now
// on, whoever got it before.
func (s *Service) SetReminder(ctx context.Context, actor audit.Actor, r people.Resident, f ReminderForm) error {
	if err := f.check(r); err != nil {
		return err
	}
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		now := s.now()
		changed, err := putReminder(ctx, tx, r, f, now)
		if err != nil || !changed {
			return err
		}
		return audit.Record(ctx, tx, actor, now, audit.Event{Action: "reminder.set", TargetKind: "family", TargetID: r.FamilyID, TargetName: r.FamilyName,
			Details: map[string]any{"hour": f.Hour, "way": string(f.Way)}})
	})
	if err != nil {
		return fmt.Errorf("set reminder of %s: %w", r.FamilyID, err)
	}
	return nil
}

func (f ReminderForm) check(r people.Resident) error {
	var wrong errs.Fields
	if f.Hour < FirstHour || f.Hour > LastHour {
		wrong.Add("hour", "error.schedule.remind_hour")
	}
	to := people.Recipient(r)
	switch {
	case !slices.Contains(Ways(), f.Way):
		wrong.Add("way", "error.schedule.remind_way")
	case f.Way == WayMail && to.Email == "":
		wrong.Add("way", "error.schedule.remind_no_email")
	case f.Way == WaySMS && to.Phone == "":
		wrong.Add("way", "error.schedule.remind_no_phone")
	}
	return wrong.Err()
}

// tryAgain is how long somebody waits between two reminders for trial.
const tryAgain = 10 * time.Minute

// TryReminder sends a resident the reminder of their next pick-up now, by the family's
// way, and does not take the place of the true one. Errors: ErrNothingPlanned;
// ErrTriedJustNow.
func (s *Service) TryReminder(ctx context.Context, r people.Resident) error {
	next, err := s.Next(ctx, r.BarangayID)
	if err != nil {
		return err
	}
	if next == nil {
		return ErrNothingPlanned
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		now := s.now()
		way, ok, err := takeTry(ctx, tx, r.FamilyID, now, now.Add(-tryAgain))
		if err != nil {
			return err
		}
		if !ok {
			return ErrTriedJustNow.After(tryAgain)
		}
		day, err := s.pickups(ctx, tx, Query{Barangays: []uuid.UUID{r.BarangayID}, From: next.Day, To: next.Day})
		if err != nil {
			return err
		}
		ways, err := s.waysOut(ctx, tx, []uuid.UUID{r.ID})
		if err != nil {
			return err
		}
		return s.sendReminder(ctx, tx, reminded{Resident: r.ID, way: way}, coming(day), ways, now.Add(time.Hour))
	})
	if err != nil {
		return fmt.Errorf("try reminder of %s: %w", r.ID, err)
	}
	return nil
}

// coming are the pick-ups for which a truck comes.
func coming(all []Pickup) []Pickup {
	return slices.DeleteFunc(all, func(p Pickup) bool { return !p.Comes() })
}

// waysOut are the ways by which residents can be reached at all.
type waysOut struct {
	to     map[uuid.UUID]notify.Recipient
	pushed map[uuid.UUID]bool // who lets a phone show messages
	texts  int                // text messages that the city still pays for today
}

func (s *Service) waysOut(ctx context.Context, tx *db.Tx, ids []uuid.UUID) (*waysOut, error) {
	to, err := s.reminding.people.Recipients(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	pushed, err := s.notify.SubscribedAmong(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	texts, err := s.notify.TextsLeft(ctx, tx)
	return &waysOut{to: to, pushed: pushed, texts: texts}, err
}

// sendReminder writes one reminder: under the bell always, and by one way beside it.
func (s *Service) sendReminder(ctx context.Context, tx *db.Tx, r reminded, pickups []Pickup, out *waysOut, evening time.Time) error {
	to, ok := out.to[r.Resident]
	if !ok || len(pickups) == 0 {
		return nil
	}
	words := wordsOf(pickups)
	m := notify.Message{Kind: "schedule.remind", To: to, Notice: &notify.Notice{Type: "other", Text: words.notice(), Link: schedulePath}, Until: evening}
	switch {
	case r.way == WayBell, r.way == WayNone: // none: tried all the same
	case r.way == WaySMS && to.Phone != "" && out.texts > 0:
		out.texts--
		text := words.sms(to.Language)
		m.SMS = &text
	case r.way == WayAuto && out.pushed[r.Resident]:
		m.Push = words.push()
	default:
		m.Mail = words.letter()
		if start := pickups[0].StartsAt(); start.After(evening) {
			m.Until = start // read in the morning, it still helps
		}
	}
	_, err := s.notify.Add(ctx, tx, m)
	return err
}
