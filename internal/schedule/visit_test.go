package schedule_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/schedule"
	"ekolek/internal/testkit"
)

func TestMark(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		line := w.line(t, w.here, 2, "07:00", "09:30")
		f := schedule.MarkForm{RequestKey: "k", Source: line, Original: "2026-12-01", State: schedule.Missed, Reason: schedule.MissRoad, Note: " flooded "}
		v, err := w.s.Mark(t.Context(), w.manager, w.Manager.Scope, f)
		must(t, err)
		if v.Day != "2026-12-01" || v.Note != "flooded" || v.ByName != w.manager.Name || v.Version != 1 || !v.At.Equal(w.Clock.Now().Truncate(time.Microsecond)) {
			t.Errorf("%+v", v)
		}
		again, err := w.s.Mark(t.Context(), w.manager, w.Manager.Scope, f)
		if must(t, err); again != v {
			t.Errorf("the same key: %+v", again)
		}
		f.State, f.Reason, f.Note = schedule.Collected, "", ""
		_, err = w.s.Mark(t.Context(), w.manager, w.Manager.Scope, f)
		wants(t, err, db.ErrKeyReused)
		f.RequestKey = "k2"
		v, err = w.s.Mark(t.Context(), w.manager, w.Manager.Scope, f)
		if must(t, err); v.Version != 2 || v.State != schedule.Collected {
			t.Errorf("corrected: %+v", v)
		}
		f.RequestKey = "k3"
		v, err = w.s.Mark(t.Context(), w.office, people.City, f)
		if must(t, err); v.Version != 2 || v.ByName != w.manager.Name {
			t.Errorf("somebody says the same: %+v", v)
		}
		f.RequestKey, f.At = "k4", w.Clock.Now().Add(-time.Hour)
		v, err = w.s.Mark(t.Context(), w.office, people.City, f)
		if must(t, err); v.Version != 3 || !v.At.Equal(f.At.Truncate(time.Microsecond)) {
			t.Errorf("another time: %+v", v)
		}
		found, err := w.s.Pickups(t.Context(), schedule.Query{From: "2026-12-01", To: "2026-12-08"})
		must(t, err)
		if len(found) != 2 || found[0].Visit == nil || found[0].Visit.Version != 3 || found[1].Visit != nil {
			t.Errorf("%+v", found)
		}

		w.at(t, "2026-12-02 00:00")
		f.RequestKey, f.State, f.Reason = "k5", schedule.Missed, schedule.MissTruck
		_, err = w.s.Mark(t.Context(), w.office, people.City, f)
		wants(t, err, schedule.ErrVisitClosed)

		page, err := w.s.Visits(t.Context(), w.Manager.Scope, schedule.VisitFilter{State: schedule.Collected, From: "2026-12-01", To: "2026-12-01", Barangay: w.here, By: w.office.ID})
		if must(t, err); len(page.Rows) != 1 || page.Rows[0].BarangayName != w.Barangays[0].Name {
			t.Errorf("%+v", page)
		}
		// A line with a mark cannot be changed from before it.
		w.at(t, "2026-12-08 10:00")
		_, err = w.s.Mark(t.Context(), w.office, people.City, schedule.MarkForm{RequestKey: "k6", Source: line, Original: "2026-12-08", State: schedule.Collected})
		must(t, err)
		edit := w.form(t, w.here, 3, "07:00", "09:30")
		edit.ID = line
		_, err = w.s.SaveLine(t.Context(), w.office, people.City, edit)
		fieldOf(t, err, "from")
		must(t, w.s.DeleteLine(t.Context(), w.office, people.City, line))
		if l, err := w.s.LineByID(t.Context(), people.City, line); err != nil || l.ValidUntil != "2026-12-08" {
			t.Errorf("ends on %s, %v: a marked pick-up stays", l.ValidUntil, err)
		}
	})
}

func TestMarkRefuses(t *testing.T) {
	w := newWorld(t, testkit.DB(t))
	here, far := w.line(t, w.here, 2, "07:00", "09:30"), w.line(t, w.far, 2, "07:00", "09:30")
	mark := func(spoil func(*schedule.MarkForm)) error {
		f := schedule.MarkForm{RequestKey: db.NewID().String(), Source: here, Original: "2026-12-01", State: schedule.Collected}
		spoil(&f)
		_, err := w.s.Mark(t.Context(), w.manager, w.Manager.Scope, f)
		return err
	}
	fieldOf(t, mark(func(f *schedule.MarkForm) { f.RequestKey = "" }), "request_key")
	fieldOf(t, mark(func(f *schedule.MarkForm) { f.State = "lost" }), "state")
	fieldOf(t, mark(func(f *schedule.MarkForm) { f.State = schedule.Missed }), "reason")
	fieldOf(t, mark(func(f *schedule.MarkForm) { f.Reason = schedule.MissRoad }), "reason")
	fieldOf(t, mark(func(f *schedule.MarkForm) { f.At = w.Clock.Now().Add(time.Hour) }), "at")
	fieldOf(t, mark(func(f *schedule.MarkForm) { f.At = w.Clock.Now().Add(-48 * time.Hour) }), "at")
	wants(t, mark(func(f *schedule.MarkForm) { f.Source = far }), people.ErrOutside)
	wants(t, mark(func(f *schedule.MarkForm) { f.Source = uuid.New() }), schedule.ErrPickupNotFound)
	wants(t, mark(func(f *schedule.MarkForm) { f.Original = "2026-12-02" }), schedule.ErrPickupNotFound) // a Wednesday
	wants(t, mark(func(f *schedule.MarkForm) { f.Original = "soon" }), schedule.ErrPickupNotFound)
	wants(t, mark(func(f *schedule.MarkForm) { f.Original = "2026-12-08" }), schedule.ErrPickupNotDue)
	wants(t, mark(func(f *schedule.MarkForm) { f.Original = "2026-11-17" }), schedule.ErrPickupNotDue)
	must(t, mark(func(f *schedule.MarkForm) { f.Original = "2026-11-24" }))
	w.except(t, schedule.ExceptionForm{Kind: schedule.Suspend, Barangays: []uuid.UUID{w.here}, Days: days("2026-12-01")})
	wants(t, mark(func(*schedule.MarkForm) {}), schedule.ErrPickupSuspended)
}

// A pick-up that was moved to today is marked today, under the day of the plan.
func TestMarkMoved(t *testing.T) {
	w := newWorld(t, testkit.DB(t))
	line := w.line(t, w.here, 4, "07:00", "09:30")
	w.except(t, schedule.ExceptionForm{Kind: schedule.Move, Barangays: []uuid.UUID{w.here}, Days: []schedule.DayMove{{Day: "2026-12-03", To: "2026-12-01"}}})
	v, err := w.s.Mark(t.Context(), w.manager, w.Manager.Scope, schedule.MarkForm{RequestKey: "k", Source: line, Original: "2026-12-03", State: schedule.Collected})
	if must(t, err); v.Day != "2026-12-01" || v.Original != "2026-12-03" {
		t.Errorf("%+v", v)
	}
	p, err := w.s.PickupByKey(t.Context(), line, "2026-12-03")
	if must(t, err); p.Visit == nil || p.Day != "2026-12-01" {
		t.Errorf("%+v", p)
	}
}

// Whoever marks a pick-up at the same moment as others: one mark is there afterwards.
func TestMarkRace(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		line := w.line(t, w.here, 2, "07:00", "09:30")
		var all sync.WaitGroup
		for i := range 64 {
			all.Go(func() {
				f := schedule.MarkForm{RequestKey: fmt.Sprint("k", i/2), Source: line, Original: "2026-12-01", State: schedule.Collected}
				if _, err := w.s.Mark(t.Context(), w.manager, w.Manager.Scope, f); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		v, err := w.s.PickupByKey(t.Context(), line, "2026-12-01")
		if must(t, err); v.Visit == nil || v.Visit.Version != 1 {
			t.Errorf("%+v", v.Visit)
		}
		var acts int
		must(t, d.QueryRowContext(t.Context(), `SELECT count(*) FROM audit_event WHERE action IN ('schedule.mark', 'schedule.correct')`).Scan(&acts))
		if acts != 1 {
			t.Errorf("%d marks in the trail", acts)
		}
	})
}

func TestRun(t *testing.T) {
	w := newWorld(t, testkit.DB(t))
	mine := w.Actor(w.collector)
	open := w.line(t, w.here, 2, "07:00", "09:30")
	f := w.form(t, w.far, 2, "10:00", "11:00") // assigned to the collector, out of reach
	f.Collector = w.collector.ID
	assigned, err := w.s.SaveLine(t.Context(), w.office, people.City, f)
	must(t, err)
	w.line(t, w.far, 2, "13:00", "14:00")      // nobody's, out of reach
	f = w.form(t, w.here, 2, "15:00", "16:00") // somebody else's would not be shown
	f.Collector = w.collector.ID
	_, err = w.s.SaveLine(t.Context(), w.office, people.City, f)
	must(t, err)

	run, err := w.s.Run(t.Context(), mine, w.collector.Scope, "2026-12-01")
	must(t, err)
	if len(run) != 3 || run[0].Source != open || run[1].Source != assigned {
		t.Errorf("%d pick-ups: %+v", len(run), run)
	}
	run, err = w.s.Run(t.Context(), w.manager, w.Manager.Scope, "2026-12-01")
	if must(t, err); len(run) != 1 || run[0].Source != open {
		t.Errorf("%d pick-ups for the manager", len(run))
	}
	_, err = w.s.Mark(t.Context(), mine, w.collector.Scope, schedule.MarkForm{RequestKey: "k", Source: assigned, Original: "2026-12-01", State: schedule.Collected})
	must(t, err)
}

// Today is Manila's, and counts until its end.
func TestNext(t *testing.T) {
	w := newWorld(t, testkit.DB(t))
	w.line(t, w.here, 2, "07:00", "09:30")
	w.line(t, w.here, 2, "22:00", "24:00")
	w.except(t, schedule.ExceptionForm{Kind: schedule.Suspend, Barangays: []uuid.UUID{w.here}, Days: days("2026-12-08")})
	for _, c := range []struct{ now, want string }{
		{"2026-11-30 23:59", "2026-12-01 07:00"},
		{"2026-12-01 00:00", "2026-12-01 07:00"}, // still November in London
		{"2026-12-01 07:00", "2026-12-01 07:00"},
		{"2026-12-01 09:29", "2026-12-01 07:00"},
		{"2026-12-01 09:30", "2026-12-01 22:00"},
		{"2026-12-01 23:59", "2026-12-01 22:00"},
		{"2026-12-02 00:00", "2026-12-15 07:00"}, // the 8th is suspended
	} {
		w.at(t, c.now)
		p, err := w.s.Next(t.Context(), w.here)
		must(t, err)
		if p == nil || p.Day+" "+p.Start.String() != c.want {
			t.Errorf("at %s: %+v, want %s", c.now, p, c.want)
		}
	}
	if p, err := w.s.Next(t.Context(), w.far); p != nil || err != nil {
		t.Errorf("a barangay without a plan: %+v, %v", p, err)
	}
}

// However long the plan is, it is read by the same few statements.
func TestStatementsDoNotGrow(t *testing.T) {
	w := newWorld(t, testkit.DB(t))
	count := func() int64 {
		ctx, n := db.CountQueries(t.Context())
		_, err := w.s.Pickups(ctx, schedule.Query{From: "2026-12-01", To: "2027-01-31", Away: true})
		must(t, err)
		return n.Load()
	}
	w.line(t, w.here, 2, "07:00", "09:30")
	w.except(t, schedule.ExceptionForm{Kind: schedule.Suspend, Barangays: []uuid.UUID{w.here}, Days: days("2026-12-08")})
	few := count()
	for day := 1; day <= 7; day++ {
		w.line(t, w.far, day, "07:00", "09:30")
		w.line(t, w.next, day, "07:00", "09:30")
		w.except(t, schedule.ExceptionForm{Kind: schedule.Move, Barangays: []uuid.UUID{w.far, w.next}, Days: []schedule.DayMove{{Day: "2026-12-10", To: "2026-12-12"}}})
	}
	if many := count(); many != few || few > 3 {
		t.Errorf("%d statements for a short plan, %d for a long one", few, many)
	}
}
