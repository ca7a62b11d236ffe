package schedule_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/schedule"
	"ekolek/internal/testkit"
)

func TestHolidays(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		year := func(n int) map[string]schedule.Holiday {
			list, err := w.s.Holidays(t.Context(), n)
			must(t, err)
			byDay := map[string]schedule.Holiday{}
			for i, h := range list {
				if h.NameFil == "" || (h.Kind != schedule.Regular && h.Kind != schedule.Special) || (i > 0 && h.Day < list[i-1].Day) {
					t.Errorf("%+v", h)
				}
				byDay[h.Day] = h
			}
			return byDay
		}
		for n, want := range map[int]int{2025: 0, 2026: 18, 2027: 14} {
			if got := len(year(n)); got != want {
				t.Errorf("%d holidays in %d, want %d", got, n, want)
			}
		}
		for n, easter := range map[int]string{2026: "2026-04-05", 2027: "2027-03-28"} {
			y := year(n)
			if y[schedule.AddDays(easter, -2)].Name != "Good Friday" || y[schedule.AddDays(easter, -3)].Name != "Maundy Thursday" {
				t.Errorf("%d: Easter is %s", n, easter)
			}
			for day, h := range y {
				if h.Name == "National Heroes Day" && (schedule.WeekdayOf(day) != time.Monday || schedule.AddDays(day, 7)[5:7] == "08") {
					t.Errorf("%s is not the last Monday of August", day)
				}
			}
		}

		christmas := year(2026)["2026-12-25"]
		must(t, w.s.DeleteHoliday(t.Context(), w.office, christmas.ID))
		wants(t, w.s.DeleteHoliday(t.Context(), w.office, christmas.ID), schedule.ErrHolidayNotFound)
		_, err := w.s.SaveHoliday(t.Context(), w.office, christmas)
		wants(t, err, schedule.ErrHolidayNotFound)
		eid := schedule.Holiday{Day: "2027-03-10", Name: "Eid'l Fitr", NameFil: "Eid'l Fitr", Kind: schedule.Regular}
		eid.ID, err = w.s.SaveHoliday(t.Context(), w.office, eid)
		must(t, err)
		eid.Day = "2027-03-09"
		_, err = w.s.SaveHoliday(t.Context(), w.office, eid)
		must(t, err)
		if _, there := year(2026)["2026-12-25"]; there || year(2027)["2027-03-09"] != eid || len(year(2027)) != 15 {
			t.Error("the office's changes do not stand")
		}
		for field, h := range map[string]schedule.Holiday{
			"day": {Day: "x", Name: "x", Kind: schedule.Special}, "name": {Day: "2027-01-02", Kind: schedule.Special}, "kind": {Day: "2027-01-02", Name: "x"},
		} {
			_, err := w.s.SaveHoliday(t.Context(), w.office, h)
			fieldOf(t, err, field)
		}
		_, err = w.s.SaveHoliday(t.Context(), w.office, schedule.Holiday{ID: uuid.New(), Day: "2027-01-02", Name: "x", Kind: schedule.Special})
		wants(t, err, schedule.ErrHolidayNotFound)
	})
}

func TestImport(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		l := schedule.Imported{
			ID: db.NewID(), Barangay: w.here, Weekday: 7, Start: 7 * 60, End: 6 * 60, Wastes: []uuid.UUID{kitchen.ID}, Other: []string{"Lata"}, Notes: "Sa kanto",
			ValidFrom: "2025-06-01", CreatedAt: w.Clock.Now(), UpdatedAt: w.Clock.Now(),
		}
		for _, want := range []bool{true, false} {
			must(t, d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				inserted, err := schedule.Import(ctx, tx, l)
				if inserted != want {
					t.Errorf("inserted: %v, want %v", inserted, want)
				}
				return err
			}))
		}
		page, err := w.s.Lines(t.Context(), w.Manager.Scope, schedule.LineFilter{Inactive: true})
		must(t, err)
		if len(page.Rows) != 1 || page.Rows[0].Weekday != time.Sunday || page.Rows[0].Other[0] != "Lata" || page.Rows[0].Wastes[0] != kitchen {
			t.Errorf("%+v", page.Rows)
		}
		if got := w.plan(t, w.here, "2026-12-01", "2026-12-31"); len(got) != 0 {
			t.Errorf("an odd line is followed: %v", got)
		}
	})
}
