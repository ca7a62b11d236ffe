package schedule_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/schedule"
	"ekolek/internal/testkit"
)

func TestLines(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		tuesday := w.line(t, w.here, 2, "07:00", "09:30")
		w.line(t, w.here, 5, "13:00", "15:00")

		t.Run("refused beside the field", func(t *testing.T) {
			good := w.form(t, w.here, 3, "07:00", "09:00")
			for field, spoil := range map[string]func(*schedule.LineForm){
				"barangay":    func(f *schedule.LineForm) { f.Barangay = uuid.Nil },
				"weekday":     func(f *schedule.LineForm) { f.Weekday = 8 },
				"start":       func(f *schedule.LineForm) { f.Start = schedule.NoTime },
				"end":         func(f *schedule.LineForm) { f.End = f.Start },
				"wastes":      func(f *schedule.LineForm) { f.Wastes = []uuid.UUID{db.NewID()} },
				"valid_until": func(f *schedule.LineForm) { f.ValidUntil = "2025-12-31" },
				"valid_from":  func(f *schedule.LineForm) { f.ValidFrom = "1 Jan" },
				"collector":   func(f *schedule.LineForm) { f.Collector = db.NewID() },
				"from":        func(f *schedule.LineForm) { f.From = "2026-11-30" },
			} {
				f := good
				spoil(&f)
				_, err := w.s.SaveLine(t.Context(), w.office, people.City, f)
				fieldOf(t, err, field)
			}
		})
		t.Run("overlaps", func(t *testing.T) {
			for i, c := range []struct {
				start, end string
				ok         bool
			}{{"06:00", "07:00", true}, {"06:00", "07:01", false}, {"08:00", "09:00", false}, {"09:30", "10:00", true}, {"06:00", "12:00", false}} {
				f := w.form(t, w.next, 1+i, "07:00", "09:30")
				_, err := w.s.SaveLine(t.Context(), w.office, people.City, f)
				must(t, err)
				_, err = w.s.SaveLine(t.Context(), w.office, people.City, w.form(t, w.next, 1+i, c.start, c.end))
				if c.ok {
					must(t, err)
				} else {
					fieldOf(t, err, "start")
				}
			}
			f := w.form(t, w.here, 2, "08:00", "09:00")
			f.Active = false
			idle, err := w.s.SaveLine(t.Context(), w.office, people.City, f)
			must(t, err)
			f.ID, f.Active = idle, true
			_, err = w.s.SaveLine(t.Context(), w.office, people.City, f)
			fieldOf(t, err, "start")
		})
		t.Run("in reach only", func(t *testing.T) {
			_, err := w.s.SaveLine(t.Context(), w.manager, w.Manager.Scope, w.form(t, w.far, 2, "07:00", "09:00"))
			wants(t, err, people.ErrOutside)
			away := w.line(t, w.far, 1, "07:00", "09:00")
			wants(t, w.s.DeleteLine(t.Context(), w.manager, w.Manager.Scope, away), people.ErrOutside)
			f := w.form(t, w.here, 6, "07:00", "09:00")
			f.ID = away
			_, err = w.s.SaveLine(t.Context(), w.manager, w.Manager.Scope, f)
			wants(t, err, people.ErrOutside)
			_, err = w.s.LineByID(t.Context(), w.Manager.Scope, away)
			wants(t, err, people.ErrOutside)
			_, err = w.s.LineByID(t.Context(), people.City, db.NewID())
			wants(t, err, schedule.ErrLineNotFound)
			page, err := w.s.Lines(t.Context(), w.Manager.Scope, schedule.LineFilter{})
			must(t, err)
			for _, l := range page.Rows {
				if l.Barangay == w.far {
					t.Error("lists a line out of reach")
				}
			}
		})
		t.Run("the past stays", func(t *testing.T) {
			f := w.form(t, w.here, 4, "10:00", "11:00")
			f.ID, f.From, f.Collector = tuesday, "2026-12-09", w.collector.ID
			id, err := w.s.SaveLine(t.Context(), w.office, people.City, f)
			must(t, err)
			if id == tuesday {
				t.Error("rewrote a line that has begun")
			}
			f.ID, f.ValidFrom = id, "2026-12-09"
			again, err := w.s.SaveLine(t.Context(), w.office, people.City, f)
			if must(t, err); again != id {
				t.Error("a form that changes nothing made another line")
			}
			f.ValidFrom = "2026-01-01"
			want := []string{"2026-12-01 07:00 planned", "2026-12-04 13:00 planned", "2026-12-08 07:00 planned", "2026-12-10 10:00 planned", "2026-12-11 13:00 planned"}
			if diff := cmp.Diff(want, w.plan(t, w.here, "2026-12-01", "2026-12-13")); diff != "" {
				t.Error(diff)
			}
			l, err := w.s.LineByID(t.Context(), people.City, id)
			must(t, err)
			if l.Series != tuesday || l.ValidFrom != "2026-12-09" || l.CollectorName != w.collector.Name || l.Wastes[0] != plastic {
				t.Errorf("%+v", l)
			}
			f.ID, f.From, f.Start = id, "", clock(t, "10:30")
			_, err = w.s.SaveLine(t.Context(), w.office, people.City, f)
			fieldOf(t, err, "valid_from") // it would have begun in the past
			f.ValidFrom = "2026-12-09"    // not begun: in its place
			again, err = w.s.SaveLine(t.Context(), w.office, people.City, f)
			if must(t, err); again != id {
				t.Error("split a line that has not begun")
			}
			must(t, w.s.DeleteLine(t.Context(), w.office, people.City, id))
			_, err = w.s.LineByID(t.Context(), people.City, id)
			wants(t, err, schedule.ErrLineNotFound)
		})
		t.Run("pages", func(t *testing.T) {
			var seen []string
			f := schedule.LineFilter{Limit: 1, Past: true, Inactive: true, Barangay: w.here}
			for {
				page, err := w.s.Lines(t.Context(), people.City, f)
				must(t, err)
				for _, l := range page.Rows {
					seen = append(seen, l.Weekday.String()+" "+l.Start.String())
				}
				if f.Cursor = page.Next; f.Cursor == "" {
					break
				}
			}
			if diff := cmp.Diff([]string{"Tuesday 07:00", "Tuesday 08:00", "Friday 13:00"}, seen); diff != "" {
				t.Error(diff)
			}
			_, err := w.s.Lines(t.Context(), people.City, schedule.LineFilter{Cursor: "x"})
			wants(t, err, db.ErrCursor)
		})
	})
}

// Of lines that overlap and are saved at once, one is there afterwards.
func TestOverlapRace(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		form := w.form(t, w.here, 2, "07:00", "09:00")
		var saved atomic.Int32
		var all sync.WaitGroup
		for range 12 {
			all.Go(func() {
				if _, err := w.s.SaveLine(t.Context(), w.office, people.City, form); err == nil {
					saved.Add(1)
				} else {
					fieldOf(t, err, "start")
				}
			})
		}
		all.Wait()
		if saved.Load() != 1 {
			t.Errorf("%d of 12 overlapping lines were saved", saved.Load())
		}
	})
}
