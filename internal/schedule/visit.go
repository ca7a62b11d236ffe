package schedule

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/people"
)

// MarkForm is what a collector says about a pick-up. Fields with errors: request_key,
// state, reason, note, at.
type MarkForm struct {
	RequestKey string // made by the form: the same key marks once
	Source     uuid.UUID
	Original   string
	State      VisitState
	Reason     MissReason // of a missed one
	Note       string
	At         time.Time // zero: now
}

// VisitFilter narrows a list of visits.
type VisitFilter struct {
	Barangay uuid.UUID // uuid.Nil: every one in reach
	By       uuid.UUID // uuid.Nil: everybody's
	State    VisitState
	From, To string // days on which they were due, both included; empty: open
	Cursor   string
	Limit    int
}

// Bounds of a mark.
const (
	maxLate   = 7 * 24 * time.Hour // after the day of a pick-up it can still be marked
	clockSkew = 5 * time.Minute    // a phone's clock may be ahead by this
)

// Run is the pick-ups of a day that are assigned to the actor, or to nobody and in reach.
func (s *Service) Run(ctx context.Context, actor audit.Actor, scope people.Scope, day string) ([]Pickup, error) {
	places, err := placesIn(ctx, s.db, scope, nil)
	if err != nil {
		return nil, fmt.Errorf("run of %s: %w", day, err)
	}
	found, err := s.pickups(ctx, s.db, Query{From: day, To: day})
	if err != nil {
		return nil, fmt.Errorf("run of %s: %w", day, err)
	}
	return slices.DeleteFunc(found, func(p Pickup) bool {
		return !p.isOf(actor.ID, slices.ContainsFunc(places, func(b Place) bool { return b.ID == p.Barangay }))
	}), nil
}

// isOf says whether a pick-up is one of a collector's.
func (p Pickup) isOf(collector uuid.UUID, inReach bool) bool {
	return p.Collector == collector || (p.Collector == uuid.Nil && inReach)
}

// PickupByKey finds a pick-up as it stands now, wherever it was moved to. Error:
// ErrPickupNotFound.
func (s *Service) PickupByKey(ctx context.Context, source uuid.UUID, original string) (Pickup, error) {
	p, err := s.pickupByKey(ctx, s.db, source, original)
	if err != nil {
		return Pickup{}, fmt.Errorf("pick-up %s of %s: %w", source, original, err)
	}
	v, err := visitOf(ctx, s.db, source, original)
	switch {
	case err == nil:
		p.Visit = &v
	case !db.IsNoRows(err):
		return Pickup{}, fmt.Errorf("pick-up %s of %s: %w", source, original, err)
	}
	return p, nil
}

func (s *Service) pickupByKey(ctx context.Context, q db.Q, source uuid.UUID, original string) (Pickup, error) {
	if !IsDay(original) {
		return Pickup{}, ErrPickupNotFound
	}
	barangay, err := sourceBarangay(ctx, q, source)
	if err != nil {
		return Pickup{}, err
	}
	only, first, last := []uuid.UUID{barangay}, AddDays(original, -MaxMove), AddDays(original, MaxMove)
	lines, err := planOf(ctx, q, only, original, original)
	if err != nil {
		return Pickup{}, err
	}
	exceptions, err := inForce(ctx, q, only, first, last)
	if err != nil {
		return Pickup{}, err
	}
	if err := s.name(ctx, q, lines, exceptions); err != nil {
		return Pickup{}, err
	}
	for _, p := range expand(lines, exceptions, first, last, false) {
		if p.Source == source && p.Original == original {
			return p, nil
		}
	}
	return Pickup{}, ErrPickupNotFound
}

// Mark notes what became of a pick-up, or corrects that on the same day. Who says what is
// noted already changes nothing. Errors: fields; ErrPickupNotFound; ErrPickupSuspended;
// ErrPickupNotDue before its day, or more than a week after it; people.ErrOutside when it
// is neither assigned to the actor nor in reach; ErrVisitClosed; db.ErrKeyReused.
func (s *Service) Mark(ctx context.Context, actor audit.Actor, scope people.Scope, f MarkForm) (Visit, error) {
	f.Note = strings.TrimSpace(f.Note)
	now := s.now()
	if err := f.check(now); err != nil {
		return Visit{}, err
	}
	asked, err := json.Marshal(f)
	if err != nil {
		return Visit{}, fmt.Errorf("hash mark: %w", err)
	}
	v := Visit{
		ID: db.NewID(), Source: f.Source, Original: f.Original, State: f.State, Reason: f.Reason, Note: f.Note, At: f.At,
		By: actor.ID, ByName: actor.Name, CreatedAt: now, UpdatedAt: now, createdDay: db.Day(now),
	}
	var marked Visit
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		fresh, _, err := db.ClaimKey(ctx, tx, "schedule.mark "+actor.ID.String(), f.RequestKey, db.HashRequest(asked), now)
		if err != nil {
			return err
		}
		if fresh {
			if err := s.mark(ctx, tx, actor, scope, v); err != nil {
				return err
			}
		}
		marked, err = visitOf(ctx, tx, f.Source, f.Original)
		return err
	})
	if err != nil {
		return Visit{}, fmt.Errorf("mark %s of %s: %w", f.Source, f.Original, err)
	}
	return marked, nil
}

func (f MarkForm) check(now time.Time) error {
	var wrong errs.Fields
	if f.RequestKey == "" || len(f.RequestKey) > 100 {
		wrong.Add("request_key", "error.schedule.request_key")
	}
	switch f.State {
	case Collected:
		if f.Reason != "" {
			wrong.Add("reason", "error.schedule.reason_collected")
		}
	case Missed:
		if !slices.Contains(MissReasons(), f.Reason) {
			wrong.Add("reason", "form.required")
		}
	default:
		wrong.Add("state", "form.required")
	}
	checkText(&wrong, "note", f.Note)
	if f.At.After(now.Add(clockSkew)) {
		wrong.Add("at", "error.schedule.at_future")
	}
	return wrong.Err()
}

// mark is the transaction of a mark that is new under its key.
func (s *Service) mark(ctx context.Context, tx *db.Tx, actor audit.Actor, scope people.Scope, v Visit) error {
	p, err := s.pickupByKey(ctx, tx, v.Source, v.Original)
	if err != nil {
		return err
	}
	if err := p.markable(ctx, tx, actor, scope, v); err != nil {
		return err
	}
	v.Barangay, v.Day = p.Barangay, p.Day
	typed := !v.At.IsZero()
	if !typed {
		v.At = v.CreatedAt
	}
	if v.At.Before(moment(p.Day, 0)) {
		return errs.NewField("at", "error.schedule.at_before")
	}
	inserted, err := insertVisit(ctx, tx, v)
	if err != nil {
		return err
	}
	action := "schedule.mark"
	if !inserted {
		corrected, err := correctVisit(ctx, tx, v, typed)
		if err != nil {
			return err
		}
		if !corrected {
			return v.sameOrClosed(ctx, tx, typed)
		}
		action = "schedule.correct"
	}
	details := map[string]any{"day": v.Day, "state": v.State, "at": v.At.In(db.Manila).Format("2006-01-02 15:04")}
	if v.Reason != "" {
		details["reason"] = v.Reason
	}
	if v.Note != "" {
		details["note"] = v.Note
	}
	return audit.Record(ctx, tx, actor, v.UpdatedAt, audit.Event{Action: action, TargetKind: "schedule", TargetID: v.Source, TargetName: p.BarangayName, Details: details})
}

// markable says whether a pick-up can be marked now, and by this one.
func (p Pickup) markable(ctx context.Context, q db.Q, actor audit.Actor, scope people.Scope, v Visit) error {
	if p.Collector != actor.ID {
		if _, err := placeIn(ctx, q, scope, p.Barangay); err != nil {
			return err
		}
	}
	switch {
	case p.State == Suspended:
		return ErrPickupSuspended
	case p.Day > v.createdDay, v.CreatedAt.Sub(moment(p.Day, 24*60)) > maxLate:
		return ErrPickupNotDue
	}
	return nil
}

// sameOrClosed tells why a mark was not corrected: it says the same already, or its day is
// over.
func (v Visit) sameOrClosed(ctx context.Context, q db.Q, typed bool) error {
	stands, err := visitOf(ctx, q, v.Source, v.Original)
	if err != nil {
		return err
	}
	if stands.State == v.State && stands.Reason == v.Reason && stands.Note == v.Note && (!typed || stands.At.Equal(db.At(v.At).Time)) {
		return nil
	}
	return ErrVisitClosed
}

// Visits lists what was marked in reach, the newest mark first.
func (s *Service) Visits(ctx context.Context, scope people.Scope, f VisitFilter) (db.Page[Visit], error) {
	after, err := db.ParseCursor(f.Cursor)
	if err != nil {
		return db.Page[Visit]{}, err
	}
	limit := db.Limit(f.Limit)
	rows, err := listVisits(ctx, s.db, scope, f, after, limit+1)
	if err != nil {
		return db.Page[Visit]{}, fmt.Errorf("list visits: %w", err)
	}
	return db.PageOf(rows, limit, func(v Visit) db.Cursor { return db.Cursor{At: v.CreatedAt, ID: v.ID} }), nil
}
