package schedule

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/people"
)

// ExceptionForm is what a person says about an exception. Fields with errors: request_key,
// kind, reason, note, note_fil, barangays, days, line, start, end, wastes.
type ExceptionForm struct {
	RequestKey string // made by the form: the same key acts once
	Kind       Kind
	Reason     Reason
	Note       string
	NoteFil    string
	Barangays  []uuid.UUID
	Days       []DayMove
	Line       uuid.UUID // only this line; uuid.Nil: every one of the barangays
	Start, End *Minutes  // of an addition; of a move that also changes the time
	Wastes     []uuid.UUID
	Tell       bool // the residents of the barangays, under the bell
	SMS, Mail  bool // when they are told: also so
}

// ExceptionFilter narrows a list of exceptions.
type ExceptionFilter struct {
	Barangay uuid.UUID // uuid.Nil: every one in reach
	Kind     Kind      // empty: every one
	Lifted   bool      // also those that were lifted
	Coming   bool      // only those with a day today or later
	Cursor   string
	Limit    int
}

// Except makes an exception, and tells the residents when Tell says so, in one act. The
// same request key of the same person gives the first one again. Errors: fields;
// people.ErrOutside when not every barangay is in reach; db.ErrKeyReused for the same key
// with another request.
func (s *Service) Except(ctx context.Context, actor audit.Actor, scope people.Scope, f ExceptionForm) (Exception, error) {
	e, err := s.exceptionOf(ctx, scope, f, s.now())
	if err != nil {
		return Exception{}, fmt.Errorf("except: %w", err)
	}
	e.CreatedBy, e.Creator = actor.ID, actor.Name
	var made Exception
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		made, err = e, nil
		fresh, err := insertException(ctx, tx, e, f.RequestKey)
		if err != nil {
			return err
		}
		if !fresh {
			made, err = exceptedBefore(ctx, tx, e, f.RequestKey)
			return err
		}
		if err := e.changes(ctx, tx, e.CreatedAt); err != nil {
			return err
		}
		if f.Tell {
			if made.Campaign, err = s.tell(ctx, tx, actor, s.draft(f, e)); err != nil {
				return err
			}
			if err := setCampaign(ctx, tx, e.ID, made.Campaign); err != nil {
				return err
			}
		}
		return made.record(ctx, tx, actor, e.CreatedAt, e.Kind.action())
	})
	if err != nil {
		return Exception{}, fmt.Errorf("except: %w", err)
	}
	return made, nil
}

// action is the kind's name in the trail, and the kind of the messages that tell of it.
func (k Kind) action() string {
	switch k {
	case Suspend:
		return SuspendedKind
	case Move:
		return MovedKind
	default:
		return AddedKind
	}
}

// exceptedBefore gives the first exception of a key that came again.
func exceptedBefore(ctx context.Context, tx *db.Tx, again Exception, key string) (Exception, error) {
	first, err := exceptionByKey(ctx, tx, again.CreatedBy, key)
	if err != nil {
		return Exception{}, err
	}
	if first.hash != again.hash {
		return Exception{}, db.ErrKeyReused
	}
	return first, db.Confirm(ctx, tx)
}

// changes counts the feeds of the exception's barangays on, in the order of their ids.
func (e Exception) changes(ctx context.Context, tx *db.Tx, at time.Time) error {
	places := slices.SortedFunc(slices.Values(e.Barangays), func(a, b Place) int { return compareIDs(a.ID, b.ID) })
	for _, b := range places {
		if err := changed(ctx, tx, b.ID, at); err != nil {
			return err
		}
	}
	return nil
}

func (e Exception) record(ctx context.Context, tx *db.Tx, actor audit.Actor, at time.Time, action string) error {
	var names, days []string
	for _, b := range e.Barangays {
		names = append(names, b.Name)
	}
	for _, d := range e.Days {
		days = append(days, strings.TrimSuffix(d.Day+" > "+d.To, " > "))
	}
	details := map[string]any{"reason": e.Reason, "barangays": names, "days": days}
	if e.Start != nil {
		details["start"], details["end"] = e.Start.String(), e.End.String()
	}
	if e.Campaign != uuid.Nil {
		details["told"] = true
	}
	return audit.Record(ctx, tx, actor, at, audit.Event{Action: action, TargetKind: "schedule_exception", TargetID: e.ID, TargetName: e.title(), Details: details})
}

// exceptionOf checks a form and makes an exception of it.
func (s *Service) exceptionOf(ctx context.Context, scope people.Scope, f ExceptionForm, at time.Time) (Exception, error) {
	f.Note, f.NoteFil = strings.TrimSpace(f.Note), strings.TrimSpace(f.NoteFil)
	f.Barangays, f.Days = slices.Clone(f.Barangays), slices.Clone(f.Days)
	e := Exception{ID: db.NewID(), Kind: f.Kind, Reason: f.Reason, Note: f.Note, NoteFil: f.NoteFil, Days: f.Days, Start: f.Start, End: f.End, CreatedAt: at}
	slices.SortFunc(e.Days, func(a, b DayMove) int { return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.To, b.To)) })
	var wrong errs.Fields
	if f.RequestKey == "" || len(f.RequestKey) > 100 {
		wrong.Add("request_key", "error.schedule.request_key")
	}
	if !slices.Contains(Kinds(), f.Kind) {
		wrong.Add("kind", "form.required")
	}
	if !slices.Contains(Reasons(), f.Reason) {
		wrong.Add("reason", "form.required")
	}
	checkText(&wrong, "note", f.Note)
	checkText(&wrong, "note_fil", f.NoteFil)
	e.checkDays(&wrong, db.Day(at))
	e.checkHours(&wrong)
	var err error
	if f.Kind == Add {
		if e.Wastes, err = s.wastesOf(ctx, &wrong, f.Wastes); err != nil {
			return e, err
		}
	}
	if f.Line != uuid.Nil {
		if err := s.onlyLine(ctx, &wrong, &e, &f); err != nil {
			return e, err
		}
	}
	if err := s.placesOf(ctx, &wrong, scope, &e, f.Barangays); err != nil {
		return e, err
	}
	asked, err := json.Marshal(f)
	if err != nil {
		return e, err
	}
	e.hash = db.HashRequest(asked)
	return e, wrong.Err()
}

// checkDays wants days from today on, each once, and of a move where they go.
func (e Exception) checkDays(wrong *errs.Fields, today string) {
	last := AddDays(today, MaxAhead)
	if len(e.Days) == 0 || len(e.Days) > MaxDays {
		wrong.Add("days", "error.schedule.days", "Max", MaxDays)
	}
	for i, d := range e.Days {
		switch {
		case !IsDay(d.Day), e.Kind == Move && !IsDay(d.To):
			wrong.Add("days", "error.schedule.day")
		case !within(d.Day, today, last), e.Kind == Move && !within(d.To, today, last):
			wrong.Add("days", "error.schedule.ahead", "Max", MaxAhead)
		case i > 0 && e.Days[i-1].Day == d.Day:
			wrong.Add("days", "error.schedule.day_twice", "Day", db.Civil(d.Day))
		case e.Kind != Move:
			e.Days[i].To = ""
		case d.To == d.Day && e.Start == nil:
			wrong.Add("days", "error.schedule.same_day", "Day", db.Civil(d.Day))
		case abs(daysBetween(d.Day, d.To)) > MaxMove:
			wrong.Add("days", "error.schedule.too_far", "Max", MaxMove)
		}
	}
}

// checkHours wants both times of an addition, both or none of a move, none of a suspension.
func (e *Exception) checkHours(wrong *errs.Fields) {
	if e.Kind == Suspend || (e.Kind == Move && e.Start == nil && e.End == nil) {
		e.Start, e.End = nil, nil
		return
	}
	start, end := NoTime, NoTime
	if e.Start != nil {
		start = *e.Start
	}
	if e.End != nil {
		end = *e.End
	}
	checkTimes(wrong, start, end)
}

// onlyLine narrows an exception to one line, and so to its barangay.
func (s *Service) onlyLine(ctx context.Context, wrong *errs.Fields, e *Exception, f *ExceptionForm) error {
	l, err := lineByID(ctx, s.db, f.Line)
	if errors.Is(err, ErrLineNotFound) || e.Kind == Add {
		wrong.Add("line", "error.schedule.line_not_found")
		return nil
	}
	e.Series, e.line, f.Barangays = l.Series, &l, []uuid.UUID{l.Barangay}
	return err
}

// placesOf are the barangays that a form names, each in reach.
func (s *Service) placesOf(ctx context.Context, wrong *errs.Fields, scope people.Scope, e *Exception, ids []uuid.UUID) error {
	slices.SortFunc(ids, compareIDs)
	if ids = slices.Compact(ids); len(ids) == 0 {
		wrong.Add("barangays", "error.schedule.barangays")
		return nil
	}
	places, err := placesIn(ctx, s.db, scope, ids)
	if err != nil {
		return err
	}
	if len(places) < len(ids) {
		return people.ErrOutside
	}
	for i := range places {
		places[i].source = db.NewID()
	}
	slices.SortFunc(places, func(a, b Place) int { return cmp.Compare(a.Name, b.Name) })
	e.Barangays = places
	return nil
}

// ExceptionPreview is what an exception would do.
type ExceptionPreview struct {
	Before         []Pickup       // that it would suspend or move, as they stand; of an addition: none
	Pickups        []Pickup       // as they would stand
	Scripts        notify.Scripts // what it would say
	notify.Preview                // whom it would tell, and at what cost
}

// PreviewException tells what a form would do; it is checked as Except does, but needs no
// request key.
func (s *Service) PreviewException(ctx context.Context, scope people.Scope, f ExceptionForm) (ExceptionPreview, error) {
	f.RequestKey = cmp.Or(f.RequestKey, "preview")
	e, err := s.exceptionOf(ctx, scope, f, s.now())
	if err != nil {
		return ExceptionPreview{}, fmt.Errorf("preview exception: %w", err)
	}
	p, err := s.effect(ctx, e)
	if err != nil {
		return ExceptionPreview{}, fmt.Errorf("preview exception: %w", err)
	}
	d := s.draft(f, e)
	p.Scripts = d.Scripts
	p.Preview, err = s.notify.Preview(ctx, d)
	return p, err
}

// effect compares the plan with and without an exception.
func (s *Service) effect(ctx context.Context, e Exception) (p ExceptionPreview, err error) {
	ids := e.places()
	first, last := e.span()
	lines, err := planOf(ctx, s.db, ids, AddDays(first, -MaxMove), AddDays(last, MaxMove))
	if err != nil {
		return p, err
	}
	known, err := inForce(ctx, s.db, ids, AddDays(first, -2*MaxMove), AddDays(last, 2*MaxMove))
	if err != nil {
		return p, err
	}
	known = slices.DeleteFunc(known, func(k Exception) bool { return k.ID == e.ID })
	if err := s.name(ctx, s.db, lines, known); err != nil {
		return p, err
	}
	before := map[pickupKey]Pickup{}
	for _, was := range expand(lines, known, first, last, false) {
		before[pickupKey{was.Source, was.Original}] = was
	}
	for _, is := range expand(lines, append(known, e), first, last, false) {
		if is.Why == nil || is.Why.ID != e.ID {
			continue
		}
		if was, ok := before[pickupKey{is.Source, is.Original}]; ok {
			p.Before = append(p.Before, was)
		}
		p.Pickups = append(p.Pickups, is)
	}
	return p, nil
}

// span is from the first to the last day that an exception names.
func (e Exception) span() (first, last string) {
	first, last = e.Days[0].Day, e.Days[0].Day
	for _, d := range e.Days {
		first, last = min(first, d.Day), max(last, d.Day)
		if d.To != "" {
			first, last = min(first, d.To), max(last, d.To)
		}
	}
	return first, last
}

// Lift makes an exception as if it never were, and tells the residents when tell says so.
// Errors: ErrExceptionNotFound; people.ErrOutside when not every barangay of it is in
// reach; ErrAlreadyLifted.
func (s *Service) Lift(ctx context.Context, actor audit.Actor, scope people.Scope, id uuid.UUID, tell bool) error {
	at := s.now()
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		e, err := exceptionByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := e.inReach(ctx, tx, scope); err != nil {
			return err
		}
		lifted, err := liftException(ctx, tx, id, actor.ID, actor.Name, at)
		if err != nil {
			return err
		}
		if !lifted {
			return ErrAlreadyLifted
		}
		if err := e.changes(ctx, tx, at); err != nil {
			return err
		}
		if err := s.hush(ctx, tx, actor, e); err != nil {
			return err
		}
		if tell {
			if err := s.tellLifted(ctx, tx, actor, e); err != nil {
				return err
			}
		}
		return e.record(ctx, tx, actor, at, LiftedKind)
	})
	if err != nil {
		return fmt.Errorf("lift exception %s: %w", id, err)
	}
	return nil
}

// inReach is people.ErrOutside when not every barangay of the exception is.
func (e Exception) inReach(ctx context.Context, q db.Q, scope people.Scope) error {
	if scope.All {
		return nil
	}
	ids := e.places()
	places, err := placesIn(ctx, q, scope, ids)
	if err == nil && len(places) < len(ids) {
		err = people.ErrOutside
	}
	return err
}

// Exceptions lists exceptions that touch a barangay in reach, the newest first.
func (s *Service) Exceptions(ctx context.Context, scope people.Scope, f ExceptionFilter) (db.Page[Exception], error) {
	after, err := db.ParseCursor(f.Cursor)
	if err != nil {
		return db.Page[Exception]{}, err
	}
	limit := db.Limit(f.Limit)
	rows, err := listExceptions(ctx, s.db, scope, f, s.Today(), after, limit+1)
	if err != nil {
		return db.Page[Exception]{}, fmt.Errorf("list exceptions: %w", err)
	}
	page := db.PageOf(rows, limit, func(e Exception) db.Cursor { return db.Cursor{At: e.CreatedAt, ID: e.ID} })
	return page, s.name(ctx, s.db, nil, page.Rows)
}

// ExceptionByID finds an exception that touches a barangay in reach. Errors:
// ErrExceptionNotFound; people.ErrOutside.
func (s *Service) ExceptionByID(ctx context.Context, scope people.Scope, id uuid.UUID) (Exception, error) {
	e, err := exceptionByID(ctx, s.db, id)
	if err != nil {
		return Exception{}, fmt.Errorf("exception %s: %w", id, err)
	}
	ids := e.places()
	if places, err := placesIn(ctx, s.db, scope, ids); err != nil || len(places) == 0 {
		return Exception{}, fmt.Errorf("exception %s: %w", id, cmp.Or(err, error(people.ErrOutside)))
	}
	one := []Exception{e}
	err = s.name(ctx, s.db, nil, one)
	return one[0], err
}
