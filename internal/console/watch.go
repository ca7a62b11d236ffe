package console

import (
	"context"

	"ekolek/internal/auth"
	"ekolek/internal/jobs"
	"ekolek/internal/web"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

// watchRoutes are the pages that watch over the program's own work: its jobs, and what
// it tells people. Whoever may see everything reads them; acts need more. One's own
// notices are everybody's.
func (c *Console) watchRoutes() []web.Route {
	routes := []web.Route{
		{Pattern: "GET /console/messages/", Need: auth.ViewAll, Handle: c.messages},
		{Pattern: "GET /console/messages.csv", Need: auth.ViewAll, Handle: c.exportMessages},
		{Pattern: "GET /console/messages.xlsx", Need: auth.ViewAll, Handle: c.exportMessages},
		{Pattern: "POST /console/messages/find/", Need: auth.ViewAll, Handle: c.findMessages},
		{Pattern: "GET /console/messages/{id}/", Need: auth.ViewAll, Handle: c.message},
		{Pattern: "GET /console/jobs/", Need: auth.ViewAll, Handle: c.jobs},
		{Pattern: "GET /console/backups/", Need: auth.ManageBackups, Handle: c.backups},
		{Pattern: "POST /console/backups/", Need: auth.ManageBackups, Handle: c.backUp},
		{Pattern: "GET /console/checks/", Need: auth.ManageStaff, Handle: c.showChecks},
		{Pattern: "GET /console/jobs/{id}/", Need: auth.ViewAll, Handle: c.job},
	}
	for _, act := range messageActs {
		path := "/console/messages/{id}/" + act.name + "/"
		routes = append(routes,
			web.Route{Pattern: "GET " + path, Need: auth.ManageSecurity, Handle: c.messageActPage(act)},
			web.Route{Pattern: "POST " + path, Need: auth.ManageSecurity, Handle: c.messageAct(act)})
	}
	for _, act := range jobActs {
		path := "/console/jobs/{id}/" + act.name + "/"
		routes = append(routes,
			web.Route{Pattern: "GET " + path, Need: auth.ManageSecurity, Handle: c.jobActPage(act)},
			web.Route{Pattern: "POST " + path, Need: auth.ManageSecurity, Handle: c.jobAct(act)})
	}
	return append(routes, c.bell().Routes()...)
}

// programWorks are what the program could not do by itself, for those who watch over it.
func (c *Console) programWorks(ctx context.Context, who auth.Principal) ([]ui.Work, error) {
	if !who.May(auth.ViewAll) {
		return nil, nil
	}
	unsent, err := c.notify.Unsent(ctx)
	if err != nil {
		return nil, err
	}
	lag, err := c.queue.Lag(ctx)
	if err != nil {
		return nil, err
	}
	counts, err := c.queue.Counts(ctx, "")
	if err != nil {
		return nil, err
	}
	var list []ui.Work
	if lag > jobs.StuckAfter {
		n := counts[jobs.Waiting] + counts[jobs.Retryable]
		list = append(list, ui.Work{Count: int(n), What: i18n.T(ctx, "console.dashboard.stuck", "Count", n), Why: i18n.T(ctx, "console.dashboard.stuck_why", "Lag", lag),
			Act: i18n.T(ctx, "console.dashboard.see_why"), Href: "/console/jobs/?state=" + string(jobs.Waiting), Urgent: true})
	}
	if unsent > 0 {
		list = append(list, ui.Work{Count: unsent, What: i18n.T(ctx, "console.dashboard.unsent", "Count", unsent), Why: i18n.T(ctx, "console.dashboard.unsent_why"),
			Act: i18n.T(ctx, "console.dashboard.see_why"), Href: "/console/messages/?status=failed"})
	}
	if n := counts[jobs.GivenUp]; n > 0 {
		list = append(list, ui.Work{Count: int(n), What: i18n.T(ctx, "console.dashboard.given_up", "Count", n), Why: i18n.T(ctx, "console.dashboard.given_up_why"),
			Act: i18n.T(ctx, "console.dashboard.see_why"), Href: "/console/jobs/?state=" + string(jobs.GivenUp)})
	}
	return list, nil
}
