package console

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/collection"
	"ekolek/internal/schedule"
	"ekolek/internal/web"
	"ekolek/internal/web/i18n"
)

// scheduleRoutes are the plan of the trucks: its weekly lines, what the office changes on
// some days, and the holidays that it may want to do so on.
func (c *Console) scheduleRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /console/schedule/", Need: auth.ManageSchedules, Handle: c.plan},
		{Pattern: "GET /console/schedule.csv", Need: auth.ManageSchedules, Handle: c.exportPlan},
		{Pattern: "GET /console/schedule.xlsx", Need: auth.ManageSchedules, Handle: c.exportPlan},
		{Pattern: "GET /console/schedule/new/", Need: auth.ManageSchedules, Handle: c.newLinePage},
		{Pattern: "POST /console/schedule/new/", Need: auth.ManageSchedules, Handle: c.addLines},
		{Pattern: "GET /console/schedule/lines/{id}/", Need: auth.ManageSchedules, Handle: c.linePage},
		{Pattern: "POST /console/schedule/lines/{id}/", Need: auth.ManageSchedules, Handle: c.saveLine},
		{Pattern: "GET /console/schedule/lines/{id}/delete/", Need: auth.ManageSchedules, Handle: c.deleteLinePage},
		{Pattern: "POST /console/schedule/lines/{id}/delete/", Need: auth.ManageSchedules, Handle: c.deleteLine},

		{Pattern: "GET /console/schedule/exceptions/", Need: auth.ManageSchedules, Handle: c.exceptions},
		{Pattern: "GET /console/schedule/exceptions/new/", Need: auth.ManageSchedules, Handle: c.newExceptionPage},
		{Pattern: "POST /console/schedule/exceptions/new/", Need: auth.ManageSchedules, Handle: c.newException},
		{Pattern: "GET /console/schedule/exceptions/{id}/", Need: auth.ManageSchedules, Handle: c.exception},
		{Pattern: "GET /console/schedule/exceptions/{id}/lift/", Need: auth.ManageSchedules, Handle: c.liftPage},
		{Pattern: "POST /console/schedule/exceptions/{id}/lift/", Need: auth.ManageSchedules, Handle: c.lift},

		{Pattern: "GET /console/schedule/holidays/", Need: auth.ManageSchedules, Handle: c.holidays},
		{Pattern: "GET /console/schedule/holidays/new/", Need: auth.ManageSchedules, Handle: c.newHolidayPage},
		{Pattern: "POST /console/schedule/holidays/new/", Need: auth.ManageSchedules, Handle: c.saveHoliday},
		{Pattern: "GET /console/schedule/holidays/{id}/", Need: auth.ManageSchedules, Handle: c.holidayPage},
		{Pattern: "POST /console/schedule/holidays/{id}/", Need: auth.ManageSchedules, Handle: c.saveHoliday},
		{Pattern: "GET /console/schedule/holidays/{id}/delete/", Need: auth.ManageSchedules, Handle: c.deleteHolidayPage},
		{Pattern: "POST /console/schedule/holidays/{id}/delete/", Need: auth.ManageSchedules, Handle: c.deleteHoliday},
	}
}

// Where the pages of the plan stand.
const (
	planPath       = "/console/schedule/"
	newLinePath    = planPath + "new/"
	exceptionsPath = planPath + "exceptions/"
	newChangePath  = exceptionsPath + "new/"
	holidaysPath   = planPath + "holidays/"
)

func linePath(id uuid.UUID) string { return planPath + "lines/" + id.String() + "/" }

func exceptionPath(id uuid.UUID) string { return exceptionsPath + id.String() + "/" }

// week is the days in the order of the plan.
func week() []time.Weekday {
	return []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}
}

// weekdayNumber is a day as forms and the plan say it: 1 Monday … 7 Sunday.
func weekdayNumber(d time.Weekday) int { return (int(d)+6)%7 + 1 }

// weekdayKey names a day of the week in full.
func weekdayKey(d time.Weekday) string {
	return [...]string{"console.schedule.sunday", "console.schedule.monday", "console.schedule.tuesday", "console.schedule.wednesday",
		"console.schedule.thursday", "console.schedule.friday", "console.schedule.saturday"}[d]
}

// hours writes from when to when: "7:00–9:00 AM", "11:00 AM–1:00 PM".
func hours(start, end schedule.Minutes) string {
	from, to := start.Clock(), end.Clock()
	if from[len(from)-2:] == to[len(to)-2:] {
		from = from[:len(from)-3]
	}
	return from + "–" + to
}

// loads names what is picked up; the names of a former system stand as they are.
func loads(ctx context.Context, wastes []schedule.Material, other []string) string {
	names := make([]string, 0, len(wastes)+len(other))
	for _, m := range wastes {
		names = append(names, i18n.Pick(ctx, m.Name, m.NameFil))
	}
	return strings.Join(append(names, other...), ", ")
}

// loadsShort is loads in little room: three or more of a class are named by their class.
func loadsShort(ctx context.Context, wastes []schedule.Material, other []string) string {
	const many = 3
	class := map[string]int{}
	for _, m := range wastes {
		class[m.Class]++
	}
	var names []string
	for _, m := range wastes {
		name := i18n.Pick(ctx, m.Name, m.NameFil)
		if class[m.Class] >= many {
			name = classText(ctx, collection.Class(m.Class))
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(append(names, other...), ", ")
}

// dayWords writes a day of the plan: "Mon 30 Nov".
func dayWords(ctx context.Context, day string) string { return i18n.Date(ctx, parseDay(day)) }

// kindWords say what an exception does.
func kindWords(ctx context.Context, k schedule.Kind) string {
	switch k {
	case schedule.Suspend:
		return i18n.T(ctx, "console.schedule.kind.suspend")
	case schedule.Move:
		return i18n.T(ctx, "console.schedule.kind.move")
	default:
		return i18n.T(ctx, "console.schedule.kind.add")
	}
}

// kindLook is what an exception made of a pick-up, its colour and its sign.
func kindLook(ctx context.Context, k schedule.Kind) (tone, icon, text string) {
	switch k {
	case schedule.Suspend:
		return "clay", "ban", i18n.T(ctx, "console.schedule.state.suspended")
	case schedule.Move:
		return "sun", "calendar", i18n.T(ctx, "console.schedule.state.moved")
	default:
		return "leaf", "calendar-plus", i18n.T(ctx, "console.schedule.state.added")
	}
}

// causeWords say why an exception was made.
func causeWords(ctx context.Context, r schedule.Reason) string {
	switch r {
	case schedule.ReasonTyphoon:
		return i18n.T(ctx, "console.schedule.reason.typhoon")
	case schedule.ReasonHoliday:
		return i18n.T(ctx, "console.schedule.reason.holiday")
	case schedule.ReasonTruck:
		return i18n.T(ctx, "console.schedule.reason.truck")
	default:
		return i18n.T(ctx, "console.schedule.reason.other")
	}
}
