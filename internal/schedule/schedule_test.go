package schedule_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/people"
	"ekolek/internal/schedule"
	"ekolek/internal/testkit"
)

// world is a city with a plan. Today is Tuesday, 1 December 2026, 9:00 in Manila.
type world struct {
	*testkit.World
	s         *schedule.Service
	office    audit.Actor
	manager   audit.Actor
	collector auth.Principal
	here      uuid.UUID // a barangay of the manager's
	next      uuid.UUID // another one of the manager's
	far       uuid.UUID // one of nobody's
}

var (
	plastic = schedule.Material{ID: uuid.MustParse("00000000-0000-7000-8000-0000000000a1"), Name: "Plastic", NameFil: "Plastik", Class: "recyclable"}
	kitchen = schedule.Material{ID: uuid.MustParse("00000000-0000-7000-8000-0000000000a2"), Name: "Kitchen waste", NameFil: "Tira sa kusina", Class: "biodegradable"}
)

func newWorld(t testing.TB, d *db.DB) *world {
	t.Helper()
	w := &world{World: testkit.NewWorld(t, d)}
	w.at(t, "2026-12-01 09:00")
	w.collector = w.Staff(t, "kolektor", auth.OperationsManager, w.Barangays[0])
	w.s = schedule.New(d, w.Notify, w.Clock.Now).
		Naming(func(context.Context, db.Q) ([]schedule.Material, error) {
			return []schedule.Material{plastic, kitchen}, nil
		}).
		Crewing(func(context.Context, db.Q) ([]schedule.Collector, error) {
			return []schedule.Collector{{ID: w.collector.ID, Name: w.collector.Name}}, nil
		})
	w.office, w.manager = w.Actor(w.Admin), w.Actor(w.Manager)
	w.here, w.next, w.far = w.Barangays[0].ID, w.Barangays[1].ID, w.Barangays[5].ID
	return w
}

// at sets the clock to a time in Manila.
func (w *world) at(t testing.TB, text string) {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", text, db.Manila)
	must(t, err)
	w.Clock.Advance(at.Sub(w.Clock.Now()))
}

// line saves a line that has held since long ago: weekday 1 Monday … 7 Sunday.
func (w *world) line(t testing.TB, barangay uuid.UUID, weekday int, start, end string) uuid.UUID {
	t.Helper()
	id, err := w.s.SaveLine(t.Context(), w.office, people.City, w.form(t, barangay, weekday, start, end))
	must(t, err)
	return id
}

func (w *world) form(t testing.TB, barangay uuid.UUID, weekday int, start, end string) schedule.LineForm {
	t.Helper()
	return schedule.LineForm{Barangay: barangay, Weekday: weekday, Start: clock(t, start), End: clock(t, end), Wastes: []uuid.UUID{plastic.ID}, Active: true, ValidFrom: "2026-01-01"}
}

func clock(t testing.TB, text string) schedule.Minutes {
	t.Helper()
	m, err := schedule.ParseMinutes(text)
	must(t, err)
	return m
}

// except makes an exception as the office.
func (w *world) except(t *testing.T, f schedule.ExceptionForm) schedule.Exception {
	t.Helper()
	if f.RequestKey == "" {
		f.RequestKey = db.NewID().String()
	}
	if f.Reason == "" {
		f.Reason = schedule.ReasonTyphoon
	}
	e, err := w.s.Except(t.Context(), w.office, people.City, f)
	must(t, err)
	return e
}

// plan is what a barangay sees in a span of days, one line a pick-up.
func (w *world) plan(t *testing.T, barangay uuid.UUID, from, to string) []string {
	t.Helper()
	found, err := w.s.Pickups(t.Context(), schedule.Query{Barangays: []uuid.UUID{barangay}, From: from, To: to, Away: true})
	must(t, err)
	out := make([]string, len(found))
	for i, p := range found {
		out[i] = p.Day + " " + p.Start.String() + " " + string(p.State)
	}
	return out
}

func days(list ...string) []schedule.DayMove {
	out := make([]schedule.DayMove, len(list))
	for i, d := range list {
		out[i].Day = d
	}
	return out
}

func fieldOf(t *testing.T, err error, field string) {
	t.Helper()
	e, ok := errs.As(err)
	if !ok || e.Fields[field].Key == "" {
		t.Errorf("got %v, want something wrong with %s", err, field)
	}
}

func wants(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
