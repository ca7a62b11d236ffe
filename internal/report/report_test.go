package report_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ekolek/internal/audit"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/report"
)

func TestDashboard(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		first := w.Clock.Now()
		waits := w.Applicant(t, w.Barangays[0])
		w.weigh(t, w.juan, w.pet, 10_000) // in the week before
		w.Clock.Advance(8 * aDay)
		w.weigh(t, w.juan, w.pet, 20_000)
		w.weigh(t, w.ines, w.glass, 3_000)
		w.void(t, w.weigh(t, w.juan, w.pet, 90_000).ID)
		w.redeem(t, w.juan, 2)
		w.Clock.Advance(aDay) // today
		w.weigh(t, w.ines, w.pet, 1_500)

		d, err := w.report.Dashboard(t.Context(), people.City)
		if err != nil {
			t.Fatal(err)
		}
		if d.Pending.Count != 1 || d.Pending.Oldest == nil || !d.Pending.Oldest.Equal(waits.CreatedAt) || !waits.CreatedAt.Equal(first) {
			t.Errorf("pending: %+v", d.Pending)
		}
		if len(d.Low) != 1 || d.Low[0].Left != 10 || d.Low[0].NameFil != "Bigas" {
			t.Errorf("low stock: %+v", d.Low)
		}
		for name, c := range map[string]struct{ got, want report.Sums }{
			"today":       {d.Today, report.Sums{WeighIns: 1, Families: 1, Grams: 1_500, Earned: 750}},
			"week":        {d.Week, report.Sums{WeighIns: 2, Families: 2, Grams: 23_000, Earned: 10_300, Redeemed: 10_000, Redemptions: 1}},
			"week before": {d.Before, report.Sums{WeighIns: 1, Families: 1, Grams: 10_000, Earned: 5_000}},
		} {
			if diff := cmp.Diff(c.want, c.got); diff != "" {
				t.Errorf("%s:\n%s", name, diff)
			}
		}
		if diff := cmp.Diff([]report.Material{{ID: w.pet, Name: "PET bottles", NameFil: "Bote ng PET", Grams: 20_000}, {ID: w.glass, Name: "=Glass", NameFil: "Bubog", Grams: 3_000}}, d.Materials); diff != "" {
			t.Errorf("materials:\n%s", diff)
		}
		if len(d.Barangays) != 2 || d.Barangays[0].PerThousand != ledger.Grams(int64(d.Barangays[0].Grams)*1000/d.Barangays[0].Population) || d.Barangays[0].PerThousand < d.Barangays[1].PerThousand {
			t.Errorf("barangays: %+v", d.Barangays)
		}
		if n := len(d.Days); n != 14 || d.Days[0].Day != w.day(14) || d.Days[13] != (report.DayKilos{Day: w.day(1), Grams: 23_000}) || d.Days[5] != (report.DayKilos{Day: w.day(9), Grams: 10_000, Before: true}) {
			t.Errorf("days: %+v", d.Days)
		}
		checkWeeks(t, d.Weeks, w.Clock.Now())
	})
}

// checkWeeks expects eleven Mondays in a row, the last one in the week before now's.
func checkWeeks(t *testing.T, weeks []report.WeekPoints, now time.Time) {
	t.Helper()
	if len(weeks) != 11 {
		t.Fatalf("%d weeks", len(weeks))
	}
	var last time.Time
	for i, week := range weeks {
		monday, err := time.Parse(time.DateOnly, week.Monday)
		if err != nil || monday.Weekday() != time.Monday || (i > 0 && monday.Sub(last) != 7*aDay) {
			t.Errorf("week %d begins on %s", i, week.Monday)
		}
		last = monday
	}
	if since := now.Sub(last); since < 6*aDay || since > 15*aDay {
		t.Errorf("the last whole week begins on %s; it is %s", last, now)
	}
}

func TestDashboardWeeksHoldEveryDayOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		var want ledger.Points
		for range 14 { // two whole weeks, whatever day it is
			want += w.weigh(t, w.juan, w.pet, 1_000).Points
			w.Clock.Advance(aDay)
		}
		for w.Clock.Now().Weekday() != time.Wednesday {
			w.Clock.Advance(aDay)
		}
		w.Clock.Advance(7 * aDay)
		d, err := w.report.Dashboard(t.Context(), people.City)
		if err != nil {
			t.Fatal(err)
		}
		var got ledger.Points
		for _, week := range d.Weeks {
			got += week.Earned
		}
		if got != want {
			t.Errorf("the weeks hold %s of %s points", got, want)
		}
	})
}

func TestDashboardStaysInTheAssignedBarangays(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.Applicant(t, w.Barangays[2])
		w.weigh(t, w.juan, w.pet, 1_000)
		w.weigh(t, w.ines, w.pet, 7_000)
		d, err := w.report.Dashboard(t.Context(), w.Manager.Scope)
		if want := (report.Sums{WeighIns: 1, Families: 1, Grams: 1_000, Earned: 500}); err != nil || d.Today != want || d.Pending.Count != 0 {
			t.Errorf("today %+v, pending %+v, %v", d.Today, d.Pending, err)
		}
		none, err := w.report.Dashboard(t.Context(), people.Scope{})
		if err != nil || none.Today != (report.Sums{}) {
			t.Errorf("nobody's barangays: %+v, %v", none.Today, err)
		}
	})
}

func TestCityTotals(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		empty, err := w.report.CityTotals(t.Context())
		if want := (report.CityTotals{Families: 2, Residents: 2, Source: report.FactorSource}); err != nil || cmp.Diff(want, empty, cmpopts.EquateEmpty()) != "" {
			t.Errorf("before the first weigh-in: %+v, %v", empty, err)
		}
		w.weigh(t, w.juan, w.pet, 20_500)
		w.weigh(t, w.ines, w.glass, 3_000)
		w.void(t, w.weigh(t, w.juan, w.pet, 50_000).ID)
		w.redeem(t, w.juan, 2)
		got, err := w.report.CityTotals(t.Context())
		want := report.CityTotals{Families: 2, Residents: 2, WeighIns: 2, Grams: 23_500, Earned: 10_550, Redemptions: 1, Redeemed: 10_000,
			Given: []report.Given{{Name: "Rice", NameFil: "Bigas", Unit: "kg", Quantity: 2}}, AvoidedGrams: 23_866, CountedGrams: 20_500, Source: report.FactorSource} // 20.5 × 1.1642
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	})
}

func TestStatement(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.weigh(t, w.juan, w.pet, 20_000)
		wrong := w.weigh(t, w.juan, w.glass, 1_000)
		w.void(t, wrong.ID)
		w.redeem(t, w.juan, 1)
		got, err := w.report.Statement(t.Context(), w.juan.ID, report.StatementFilter{})
		if err != nil || got.Next != 0 || got.Balance.Posted != 5_000 {
			t.Fatalf("%+v, %v", got, err)
		}
		glass := report.Names{En: "=Glass", Fil: "Bubog"}
		want := []report.Movement{
			{Version: 4, Kind: ledger.KindRedemption, Points: -5_000, BalanceAfter: 5_000, Item: report.Names{En: "Rice", Fil: "Bigas"}, Quantity: 1},
			{Version: 3, Kind: ledger.KindReversal, Points: -100, BalanceAfter: 10_000, Reason: "wrong card", Grams: 1_000, Undoes: ledger.KindWeighIn},
			{Version: 2, Kind: ledger.KindWeighIn, Points: 100, BalanceAfter: 10_100, Grams: 1_000, Materials: []report.Names{glass}, Undone: true},
			{Version: 1, Kind: ledger.KindWeighIn, Points: 10_000, BalanceAfter: 10_000, Grams: 20_000, Materials: []report.Names{{En: "PET bottles", Fil: "Bote ng PET"}}},
		}
		if diff := cmp.Diff(want, got.Rows, cmpopts.IgnoreFields(report.Movement{}, "ID", "At", "Source")); diff != "" {
			t.Error(diff)
		}
		first, err := w.report.Statement(t.Context(), w.juan.ID, report.StatementFilter{Limit: 3})
		if err != nil || len(first.Rows) != 3 || first.Next != 2 {
			t.Fatalf("the first page: %+v, %v", first, err)
		}
		second, err := w.report.Statement(t.Context(), w.juan.ID, report.StatementFilter{Limit: 3, Before: first.Next})
		if err != nil || len(second.Rows) != 1 || second.Next != 0 {
			t.Errorf("the second page: %+v, %v", second, err)
		}
		none, err := w.report.Statement(t.Context(), w.juan.ID, report.StatementFilter{From: w.day(-1)})
		if err != nil || len(none.Rows) != 0 {
			t.Errorf("from tomorrow on: %+v, %v", none, err)
		}
	})
}

func TestTrail(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.weigh(t, w.juan, w.pet, 1_000)
		page, err := w.report.Trail(t.Context(), audit.Filter{Action: "weigh_in.record"})
		if err != nil || len(page.Rows) != 1 {
			t.Errorf("%+v, %v", page, err)
		}
		actions, err := w.report.TrailActions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, action := range actions {
			if audit.ActionKey(action) == "" {
				t.Errorf("%s has no name in the catalogues", action)
			}
		}
	})
}
