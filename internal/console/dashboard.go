package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/ledger"
	"ekolek/internal/report"
	"ekolek/internal/web"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type dashboardView struct {
	web.Page
	Now       time.Time
	Works     []ui.Work
	Trucks    trucks
	Today     []ui.Stat
	Kilos     ui.BarChart
	Points    ui.LineChart
	Figures   report.Dashboard
	Weighed   bool // anything in the last fortnight
	Materials []ui.HBar
	Barangays []ui.HBar
}

// GET /console/ — the work to do first, then how the weeks went.
func (c *Console) dashboard(w http.ResponseWriter, r *http.Request) error {
	ctx, who := r.Context(), web.PrincipalOf(r.Context())
	d, err := c.report.Dashboard(ctx, who.Scope)
	if err != nil {
		return err
	}
	program, err := c.programWorks(ctx, who)
	if err != nil {
		return err
	}
	second, err := c.approvalWorks(ctx, who)
	if err != nil {
		return err
	}
	v := dashboardView{Page: web.NewPage(r, "console.dashboard.title"), Now: c.now(), Figures: d,
		Works: slices.Concat(second, works(ctx, who, d), program), Today: todayStats(ctx, d), Kilos: kilosChart(ctx, d.Days), Points: pointsChart(ctx, d.Weeks)}
	if v.Trucks, err = c.trucksOf(ctx, who); err != nil {
		return err
	}
	for _, day := range d.Days {
		v.Weighed = v.Weighed || day.Grams > 0
	}
	for _, m := range d.Materials {
		v.Materials = append(v.Materials, ui.HBar{Name: i18n.Pick(ctx, m.Name, m.NameFil), Label: i18n.Pick(ctx, m.Name, m.NameFil) + ": " + i18n.Kilos(m.Grams), Value: int64(m.Grams), Text: i18n.KilosNumber(tenths(m.Grams))})
	}
	for _, b := range d.Barangays {
		if b.PerThousand > 0 {
			v.Barangays = append(v.Barangays, ui.HBar{Name: b.Name, Value: int64(b.PerThousand), Text: i18n.KilosNumber(tenths(b.PerThousand)),
				Label: i18n.T(ctx, "console.dashboard.per_thousand", "Name", b.Name, "Kilos", b.PerThousand)})
		}
	}
	return web.Render(w, r, http.StatusOK, dashboardTempl(v))
}

// works are the queues that wait for somebody with this role.
func works(ctx context.Context, who auth.Principal, d report.Dashboard) []ui.Work {
	var list []ui.Work
	if n := d.Pending.Count; n > 0 && who.May(auth.ManageResidents) {
		list = append(list, ui.Work{Count: int(n), What: i18n.T(ctx, "console.dashboard.pending", "Count", n),
			Why: i18n.T(ctx, "console.dashboard.pending_why", "Since", i18n.Date(ctx, *d.Pending.Oldest)),
			Act: i18n.T(ctx, "console.dashboard.review"), Href: "/console/residents/?status=pending", Urgent: true})
	}
	if n := len(d.Low); n > 0 && who.May(auth.ManageRewards) {
		low := d.Low[0]
		list = append(list, ui.Work{Count: n, What: i18n.T(ctx, "console.dashboard.low", "Count", n),
			Why: i18n.T(ctx, "console.dashboard.low_why", "Name", i18n.Pick(ctx, low.Name, low.NameFil), "Left", low.Left),
			Act: i18n.T(ctx, "console.dashboard.add_stock"), Href: "/console/rewards/" + low.ID.String() + "/stock/"})
	}
	return list
}

// todayStats are today's figures so far.
func todayStats(ctx context.Context, d report.Dashboard) []ui.Stat {
	return []ui.Stat{
		{Number: i18n.KilosNumber(d.Today.Grams), Unit: "kg", Text: i18n.T(ctx, "console.dashboard.kilos"), Delta: i18n.T(ctx, "console.dashboard.weigh_ins", "Count", d.Today.WeighIns)},
		{Number: i18n.Points(d.Today.Earned), Text: i18n.T(ctx, "console.dashboard.issued")},
		{Number: i18n.Number(d.Today.Redemptions), Text: i18n.T(ctx, "console.dashboard.redemptions", "Count", d.Today.Redemptions)},
		{Number: i18n.Points(d.Today.Redeemed), Text: i18n.T(ctx, "console.dashboard.redeemed")},
	}
}

// kilosChart is the fortnight, its title the finding.
func kilosChart(ctx context.Context, days []report.DayKilos) ui.BarChart {
	chart := ui.BarChart{ID: "kilos", Title: i18n.T(ctx, "console.dashboard.kilos_title_none"), Note: i18n.T(ctx, "console.dashboard.kilos_note"),
		Unit: "kg", Head: i18n.T(ctx, "console.dashboard.day")}
	var best report.DayKilos
	for _, d := range days {
		day := parseDay(d.Day)
		chart.Bars = append(chart.Bars, ui.Bar{Label: i18n.Weekday(ctx, day), Full: i18n.Date(ctx, day), Value: int64(d.Grams) / 1000, Text: i18n.KilosNumber(d.Grams), Pale: d.Before})
		if !d.Before && d.Grams > best.Grams {
			best = d
		}
	}
	if best.Grams > 0 {
		chart.Title = i18n.T(ctx, "console.dashboard.kilos_title", "Day", i18n.Day(ctx, parseDay(best.Day)))
	}
	return chart
}

// pointsChart is what families earned and used, week by week, its title the finding.
func pointsChart(ctx context.Context, weeks []report.WeekPoints) ui.LineChart {
	chart := ui.LineChart{ID: "points", Note: i18n.T(ctx, "console.dashboard.points_note"), Unit: i18n.T(ctx, "console.points"),
		Head: i18n.T(ctx, "console.dashboard.week_of"), A: i18n.T(ctx, "console.dashboard.earned"), B: i18n.T(ctx, "console.dashboard.used")}
	var earned, used ledger.Points
	for _, w := range weeks {
		chart.Points = append(chart.Points, ui.Pair{Label: i18n.DayMonth(ctx, parseDay(w.Monday)), A: max(0, int64(w.Earned)), B: int64(w.Redeemed),
			TextA: i18n.Points(w.Earned), TextB: i18n.Points(w.Redeemed)})
		earned, used = earned+w.Earned, used+w.Redeemed
	}
	chart.Title = i18n.T(ctx, "console.dashboard.points_title_save")
	if used > earned {
		chart.Title = i18n.T(ctx, "console.dashboard.points_title_spend")
	}
	return chart
}

// tenths rounds a weight to a tenth of a kilo, half up: enough for a bar.
func tenths(g ledger.Grams) ledger.Grams { return (g + 50) / 100 * 100 }

// parseDay is noon of a Manila day, so that no zone moves it; the day comes from us.
func parseDay(day string) time.Time {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return time.Time{}
	}
	return t.Add(4 * time.Hour) // noon in Manila
}
