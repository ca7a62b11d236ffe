package schedule_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/schedule"
	"ekolek/internal/testkit"
)

func TestExceptions(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		tuesday := w.line(t, w.here, 2, "07:00", "09:30")
		w.line(t, w.here, 2, "13:00", "15:00")
		w.line(t, w.here, 5, "13:00", "15:00")
		w.line(t, w.next, 2, "10:00", "11:00")
		both := []uuid.UUID{w.here, w.next}
		six, seven := schedule.Minutes(6*60), schedule.Minutes(7*60)

		before, err := w.s.Feed(t.Context(), w.here)
		must(t, err)

		t.Run("suspend", func(t *testing.T) {
			e := w.except(t, schedule.ExceptionForm{Kind: schedule.Suspend, Barangays: both, Days: days("2026-12-08", "2026-12-11")})
			want := []string{"2026-12-08 07:00 suspended", "2026-12-08 13:00 suspended", "2026-12-11 13:00 suspended"}
			if diff := cmp.Diff(want, w.plan(t, w.here, "2026-12-07", "2026-12-13")); diff != "" {
				t.Error(diff)
			}
			must(t, w.s.Lift(t.Context(), w.office, people.City, e.ID, false))
			wants(t, w.s.Lift(t.Context(), w.office, people.City, e.ID, false), schedule.ErrAlreadyLifted)
			if got := w.plan(t, w.next, "2026-12-07", "2026-12-13"); len(got) != 1 || got[0] != "2026-12-08 10:00 planned" {
				t.Errorf("lifted: %v", got)
			}
		})
		t.Run("one line", func(t *testing.T) {
			e := w.except(t, schedule.ExceptionForm{Kind: schedule.Suspend, Line: tuesday, Days: days("2026-12-08")})
			if got := w.plan(t, w.here, "2026-12-08", "2026-12-08"); got[0] != "2026-12-08 07:00 suspended" || got[1] != "2026-12-08 13:00 planned" {
				t.Error(got)
			}
			// It stays about the line when the line is changed.
			f := w.form(t, w.here, 2, "07:30", "09:30")
			f.ID, f.From = tuesday, "2026-12-07"
			_, err := w.s.SaveLine(t.Context(), w.office, people.City, f)
			must(t, err)
			if got := w.plan(t, w.here, "2026-12-08", "2026-12-08"); got[0] != "2026-12-08 07:30 suspended" {
				t.Error(got)
			}
			must(t, w.s.Lift(t.Context(), w.office, people.City, e.ID, false))
		})
		t.Run("move, then suspend where it went", func(t *testing.T) {
			moved := w.except(t, schedule.ExceptionForm{Kind: schedule.Move, Barangays: both, Days: []schedule.DayMove{{Day: "2026-12-15", To: "2026-12-17"}}, Start: &six, End: &seven})
			want := []string{"2026-12-15 07:30 moved_away", "2026-12-15 13:00 moved_away", "2026-12-17 06:00 moved", "2026-12-17 06:00 moved", "2026-12-18 13:00 planned"}
			if diff := cmp.Diff(want, w.plan(t, w.here, "2026-12-14", "2026-12-20")); diff != "" {
				t.Error(diff)
			}
			w.except(t, schedule.ExceptionForm{Kind: schedule.Suspend, Barangays: []uuid.UUID{w.here}, Days: days("2026-12-17")})
			if got := w.plan(t, w.here, "2026-12-17", "2026-12-17"); got[0] != "2026-12-17 06:00 suspended" {
				t.Error(got)
			}
			if got := w.plan(t, w.next, "2026-12-17", "2026-12-17"); got[0] != "2026-12-17 06:00 moved" {
				t.Error(got)
			}
			must(t, w.s.Lift(t.Context(), w.office, people.City, moved.ID, false)) // what fell on the 17th falls on the 15th again
			if got := w.plan(t, w.here, "2026-12-15", "2026-12-17"); len(got) != 2 || got[0] != "2026-12-15 07:30 planned" {
				t.Error(got)
			}
		})
		t.Run("add", func(t *testing.T) {
			added := w.except(t, schedule.ExceptionForm{Kind: schedule.Add, Barangays: both, Days: days("2026-12-20"), Start: &six, End: &seven, Wastes: []uuid.UUID{kitchen.ID}, Note: "Christmas"})
			found, err := w.s.Pickups(t.Context(), schedule.Query{Barangays: both, From: "2026-12-20", To: "2026-12-20"})
			must(t, err)
			if len(found) != 2 || found[0].Source == found[1].Source || found[0].State != schedule.Added || found[0].Wastes[0] != kitchen || found[0].Why.ID != added.ID {
				t.Errorf("%+v", found)
			}
			w.except(t, schedule.ExceptionForm{Kind: schedule.Move, Barangays: both, Days: []schedule.DayMove{{Day: "2026-12-20", To: "2026-12-21"}}})
			p, err := w.s.PickupByKey(t.Context(), found[0].Source, "2026-12-20")
			if must(t, err); p.Day != "2026-12-21" || p.State != schedule.Moved {
				t.Errorf("%+v", p)
			}
			byClass, err := w.s.Pickups(t.Context(), schedule.Query{From: "2026-12-21", To: "2026-12-22", Class: "biodegradable"})
			if must(t, err); len(byClass) != 2 {
				t.Errorf("%d of a class", len(byClass))
			}
		})
		t.Run("the feed counts on", func(t *testing.T) {
			after, err := w.s.Feed(t.Context(), w.here)
			must(t, err)
			if after.Revision <= before.Revision || len(after.Lines) != 4 || len(after.Exceptions) == 0 {
				t.Errorf("revision %d after %d, %d lines, %d exceptions", after.Revision, before.Revision, len(after.Lines), len(after.Exceptions))
			}
			same, err := w.s.Pickups(t.Context(), schedule.Query{Barangays: []uuid.UUID{w.here}, From: "2026-12-01", To: "2026-12-31", Away: true})
			must(t, err)
			if diff := cmp.Diff(same, after.Pickups("2026-12-01", "2026-12-31", true), cmp.AllowUnexported(schedule.Exception{}, schedule.Place{})); diff != "" {
				t.Error(diff)
			}
			_, err = w.s.Feed(t.Context(), db.NewID())
			wants(t, err, people.ErrBarangayNotFound)
		})
		t.Run("lists", func(t *testing.T) {
			page, err := w.s.Exceptions(t.Context(), people.City, schedule.ExceptionFilter{Limit: 2, Coming: true})
			must(t, err)
			if len(page.Rows) != 2 || page.Next == "" || page.Rows[0].CreatedAt.Before(page.Rows[1].CreatedAt) {
				t.Errorf("%+v", page)
			}
			lifted, err := w.s.Exceptions(t.Context(), w.Manager.Scope, schedule.ExceptionFilter{Lifted: true, Kind: schedule.Move, Barangay: w.next})
			must(t, err)
			if len(lifted.Rows) != 2 || lifted.Rows[1].Lifter != w.office.Name {
				t.Errorf("%+v", lifted.Rows)
			}
			none, err := w.s.Exceptions(t.Context(), people.Scope{}, schedule.ExceptionFilter{})
			if must(t, err); len(none.Rows) != 0 {
				t.Error("lists exceptions out of reach")
			}
			banners, err := w.s.Banners(t.Context(), w.here)
			if must(t, err); len(banners) != 0 {
				t.Errorf("a banner for a day more than a week ahead: %+v", banners)
			}
			w.at(t, "2026-12-14 23:59")
			banners, err = w.s.Banners(t.Context(), w.here)
			if must(t, err); len(banners) != 3 || banners[0].Kind != schedule.Suspend {
				t.Errorf("%d banners", len(banners))
			}
			w.at(t, "2026-12-01 09:00")
		})
	})
}

func TestExceptionForms(t *testing.T) {
	w := newWorld(t, testkit.DB(t))
	w.line(t, w.here, 2, "07:00", "09:30")
	six, seven := schedule.Minutes(6*60), schedule.Minutes(7*60)
	good := schedule.ExceptionForm{RequestKey: "k", Kind: schedule.Suspend, Reason: schedule.ReasonTruck, Barangays: []uuid.UUID{w.here}, Days: days("2026-12-08")}
	move := func(day, to string) func(*schedule.ExceptionForm) {
		return func(f *schedule.ExceptionForm) {
			f.Kind, f.Days = schedule.Move, []schedule.DayMove{{Day: day, To: to}}
		}
	}
	for name, c := range map[string]struct {
		field string
		spoil func(*schedule.ExceptionForm)
	}{
		"no key":          {"request_key", func(f *schedule.ExceptionForm) { f.RequestKey = "" }},
		"no kind":         {"kind", func(f *schedule.ExceptionForm) { f.Kind = "" }},
		"no reason":       {"reason", func(f *schedule.ExceptionForm) { f.Reason = "tired" }},
		"a long note":     {"note", func(f *schedule.ExceptionForm) { f.Note = strings.Repeat("ñ", schedule.MaxNote+1) }},
		"no barangay":     {"barangays", func(f *schedule.ExceptionForm) { f.Barangays = nil }},
		"no day":          {"days", func(f *schedule.ExceptionForm) { f.Days = nil }},
		"yesterday":       {"days", func(f *schedule.ExceptionForm) { f.Days = days("2026-11-30") }},
		"in two years":    {"days", func(f *schedule.ExceptionForm) { f.Days = days("2028-12-01") }},
		"a day twice":     {"days", func(f *schedule.ExceptionForm) { f.Days = days("2026-12-08", "2026-12-08") }},
		"no day at all":   {"days", func(f *schedule.ExceptionForm) { f.Days = days("8 Dec") }},
		"to nowhere":      {"days", move("2026-12-08", "")},
		"to where it is":  {"days", move("2026-12-08", "2026-12-08")},
		"into the past":   {"days", move("2026-12-08", "2026-11-30")},
		"too far":         {"days", move("2026-12-08", "2027-02-07")},
		"without times":   {"start", func(f *schedule.ExceptionForm) { f.Kind, f.Wastes = schedule.Add, []uuid.UUID{plastic.ID} }},
		"backwards":       {"end", func(f *schedule.ExceptionForm) { f.Kind, f.Start, f.End = schedule.Add, &seven, &six }},
		"without wastes":  {"wastes", func(f *schedule.ExceptionForm) { f.Kind, f.Start, f.End = schedule.Add, &six, &seven }},
		"no such line":    {"line", func(f *schedule.ExceptionForm) { f.Line = db.NewID() }},
		"half of a time":  {"end", func(f *schedule.ExceptionForm) { move("2026-12-08", "2026-12-09")(f); f.Start = &six }},
		"an odd barangay": {"", func(f *schedule.ExceptionForm) { f.Barangays = append(f.Barangays, db.NewID()) }},
	} {
		t.Run(name, func(t *testing.T) {
			f := good
			c.spoil(&f)
			if _, err := w.s.Except(t.Context(), w.office, people.City, f); c.field != "" {
				fieldOf(t, err, c.field)
			} else {
				wants(t, err, people.ErrOutside)
			}
		})
	}
	far := good
	far.Barangays = []uuid.UUID{w.here, w.far}
	_, err := w.s.Except(t.Context(), w.manager, w.Manager.Scope, far)
	wants(t, err, people.ErrOutside)
	e := w.except(t, far)
	wants(t, w.s.Lift(t.Context(), w.manager, w.Manager.Scope, e.ID, false), people.ErrOutside)
	if _, err := w.s.ExceptionByID(t.Context(), w.Manager.Scope, e.ID); err != nil {
		t.Errorf("it touches the manager's barangay, who may look: %v", err)
	}
	_, err = w.s.ExceptionByID(t.Context(), people.City, db.NewID())
	wants(t, err, schedule.ErrExceptionNotFound)
	wants(t, w.s.Lift(t.Context(), w.office, people.City, db.NewID(), false), schedule.ErrExceptionNotFound)
}

// An exception that is sent again is made once and told once, and is told in its own
// transaction.
func TestExceptTells(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		tuesday := w.line(t, w.here, 2, "07:00", "09:30")
		w.Resident(t, w.Barangays[0])
		f := schedule.ExceptionForm{RequestKey: "k", Kind: schedule.Suspend, Reason: schedule.ReasonTyphoon, Note: "Stay safe.", Barangays: []uuid.UUID{w.here},
			Days: days("2026-12-08"), Tell: true, Mail: true}
		preview, err := w.s.PreviewException(t.Context(), people.City, f)
		must(t, err)
		if len(preview.Pickups) != 1 || preview.Pickups[0].State != schedule.Suspended || preview.Before[0].State != schedule.Planned || preview.Residents != 1 {
			t.Errorf("%+v", preview)
		}
		e := w.except(t, f)
		again := w.except(t, f)
		if e.ID != again.ID || e.Campaign == uuid.Nil || again.Campaign != e.Campaign {
			t.Errorf("made %s, then %s", e.ID, again.ID)
		}
		f.Days = days("2026-12-15")
		_, err = w.s.Except(t.Context(), w.office, people.City, f)
		wants(t, err, db.ErrKeyReused)

		c, err := w.Notify.CampaignByID(t.Context(), e.Campaign)
		must(t, err)
		if got := c.Scripts.En.Notice; got != "No waste collection on Tue 8 Dec: typhoon." {
			t.Error(got)
		}
		if got := c.Scripts.Fil.Notice; got != "Walang koleksyon ng basura sa Mar, 8 Dis: bagyo." {
			t.Error(got)
		}
		if !c.Service || c.Link != "/schedule/" || c.Scripts.En.Lines[1] != "Stay safe." {
			t.Errorf("%+v", c)
		}
		// Taken back, nobody else is told what is no longer so, and all are told that.
		must(t, w.s.Lift(t.Context(), w.office, people.City, e.ID, true))
		if c, err = w.Notify.CampaignByID(t.Context(), e.Campaign); err != nil || c.State != notify.Stopped {
			t.Errorf("%s, %v", c.State, err)
		}
		one := w.except(t, schedule.ExceptionForm{Kind: schedule.Suspend, Line: tuesday, Days: days("2026-12-15", "2026-12-22", "2026-12-29"), Tell: true})
		if c, err = w.Notify.CampaignByID(t.Context(), one.Campaign); err != nil ||
			c.Scripts.En.Notice != "No waste collection at 7:00 AM on Tue 15 Dec, Tue 22 Dec and 1 other day: typhoon." {
			t.Errorf("%q, %v", c.Scripts.En.Notice, err)
		}
		// Nobody lives there: it is made all the same.
		if quiet := w.except(t, schedule.ExceptionForm{Kind: schedule.Suspend, Barangays: []uuid.UUID{w.far}, Days: days("2026-12-08"), Tell: true}); quiet.Campaign != uuid.Nil {
			t.Error("told nobody by a campaign")
		}
		// What cannot be told is not made either.
		broken := schedule.New(d, w.Notify, w.Clock.Now)
		count := func() (n int) {
			must(t, d.QueryRowContext(context.Background(), `SELECT count(*) FROM schedule_exception`).Scan(&n))
			return n
		}
		was := count()
		_, err = broken.Except(t.Context(), w.office, people.City, schedule.ExceptionForm{RequestKey: "x", Kind: schedule.Suspend, Reason: schedule.ReasonOther,
			Barangays: []uuid.UUID{w.here}, Days: days("2026-12-09"), Tell: true, SMS: true})
		if n := count(); (err == nil) != (n == was+1) {
			t.Errorf("%v, and %d exceptions after %d", err, n, was)
		}
		if errors.Is(err, notify.ErrNobody) {
			t.Error(err)
		}
	})
}
