// Package console is the city office: approvals, residents and families, weigh-ins,
// rewards, settings, the audit trail, and the collectors' Station. A handler decodes,
// calls one capability, and shows the result; the rules are the capabilities'.
package console

import (
	"context"
	"time"

	"ekolek/internal/approval"
	"ekolek/internal/auth"
	"ekolek/internal/backup"
	"ekolek/internal/collection"
	"ekolek/internal/files"
	"ekolek/internal/jobs"
	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/report"
	"ekolek/internal/rewards"
	"ekolek/internal/schedule"
	"ekolek/internal/web"
	"ekolek/internal/web/ui"
)

// Console is the surface. Make it with New.
type Console struct {
	auth       *auth.Service
	people     *people.Service
	collection *collection.Service
	rewards    *rewards.Service
	schedule   *schedule.Service
	report     *report.Service
	queue      *jobs.Queue
	checks     func(ctx context.Context) (Checks, error)
	backup     *backup.Service
	files      *files.Service
	notify     *notify.Service
	approval   *approval.Service
	events     *web.Events
	now        func() time.Time
}

// Deps are the capabilities that the console shows.
type Deps struct {
	Auth       *auth.Service
	People     *people.Service
	Collection *collection.Service
	Rewards    *rewards.Service
	Schedule   *schedule.Service
	Report     *report.Service
	Queue      *jobs.Queue
	Backup     *backup.Service
	Files      *files.Service
	Notify     *notify.Service
	Approval   *approval.Service
	Checks     func(ctx context.Context) (Checks, error) // what the program last found about its set-up; nil: nobody looks
	Events     *web.Events                               // news of open pages; nil: they ask
	Now        func() time.Time
}

// New makes the surface; mount it with Surface and Routes.
func New(d Deps) *Console {
	return &Console{auth: d.Auth, people: d.People, collection: d.Collection, rewards: d.Rewards, schedule: d.Schedule, report: d.Report, queue: d.Queue, checks: d.Checks, backup: d.Backup, files: d.Files, notify: d.Notify, events: d.Events, approval: d.Approval, now: d.Now}
}

// Surface is the console's frame: its menu, its sign-in, its numbers.
func (c *Console) Surface() *web.Surface {
	return &web.Surface{
		Frame: ui.Frame{
			Name: "web.console", Home: "/console/", SignIn: "/console/login/", SignOut: "/console/logout/",
			Password: "/console/password/", Second: "/console/second-factor/set-up/", Account: accountPath, Search: "/console/residents/", Bell: c.bell().Item(),
			Menu: []ui.Group{
				{Text: "console.menu.every_day", Items: []ui.Item{
					{Href: "/console/", Icon: "layout-dashboard", Text: "console.menu.dashboard", Need: auth.AnyStaff},
					{Href: "/console/residents/", Icon: "users", Text: "console.menu.residents", Need: auth.ManageResidents, Counts: "pending", Prefix: true},
					{Href: "/console/families/", Icon: "house", Text: "console.menu.families", Need: auth.ManageResidents, Prefix: true},
					{Href: "/console/station/", Icon: "scan-line", Text: "console.menu.station", Need: auth.UseStation, Prefix: true},
					{Href: runPath, Icon: "list-checks", Text: "run.menu", Need: auth.UseStation, Prefix: true},
					{Href: "/console/weigh-ins/", Icon: "scale", Text: "console.menu.weigh_ins", Need: auth.ManagePoints, Prefix: true},
					{Href: pointApprovals.path, Icon: "handshake", Text: "approval.menu_points", Need: pointApprovals.need, Prefix: true},
					{Href: planPath, Icon: "truck", Text: "console.schedule.menu", Need: auth.ManageSchedules, Prefix: true},
					{Href: "/console/rewards/", Icon: "gift", Text: "console.menu.rewards", Need: auth.ManageRewards, Counts: "low_stock", Prefix: true},
					{Href: "/console/reservations/", Icon: "clock", Text: "console.menu.reservations", Need: auth.ManageRewards, Prefix: true},
					{Href: "/console/redemptions/", Icon: "ticket", Text: "console.menu.redemptions", Need: auth.ManageRewards, Prefix: true},
					{Href: "/console/campaigns/", Icon: "bell-ring", Text: "console.campaigns.title", Need: auth.ManageRewards, Prefix: true},
					{Href: stockApprovals.path, Icon: "handshake", Text: "approval.menu_stock", Need: stockApprovals.need, Prefix: true},
				}},
				{Text: "console.menu.run", Items: []ui.Item{
					{Href: "/console/waste-types/", Icon: "recycle", Text: "console.menu.waste_types", Need: auth.ManageSettings, Prefix: true},
					{Href: "/console/barangays/", Icon: "map-pin", Text: "console.menu.barangays", Need: auth.ManageSettings, Prefix: true},
					{Href: "/console/terms/", Icon: "file-text", Text: "terms.menu", Need: auth.ManageSettings, Prefix: true},
					{Href: "/console/staff/", Icon: "user-check", Text: "console.menu.staff", Need: auth.ManageStaff, Prefix: true},
					{Href: "/console/messages/", Icon: "message-square", Text: "console.menu.messages", Need: auth.ViewAll, Prefix: true},
					{Href: "/console/jobs/", Icon: "cog", Text: "console.menu.jobs", Need: auth.ViewAll, Prefix: true},
					{Href: "/console/backups/", Icon: "package", Text: "console.menu.backups", Need: auth.ManageBackups, Prefix: true},
					{Href: "/console/checks/", Icon: "circle-check", Text: "console.menu.checks", Need: auth.ManageStaff, Prefix: true},
					{Href: "/console/audit/", Icon: "shield-check", Text: "console.menu.audit", Need: auth.ManageSecurity, Prefix: true},
				}},
			},
		},
		SignIns: auth.StaffSurface,
		Cookie:  web.StaffCookie,
		Prefix:  "/console/",
		Counts:  c.counts,
	}
}

// bell are the notices of a member of staff.
func (c *Console) bell() web.Bell {
	return web.Bell{Notify: c.notify, Audience: notify.Staff, Path: "/console/notices/", Stream: "/console/events/", Events: c.events, Need: auth.AnyStaff, Layout: noticesTempl}
}

// counts are the numbers beside the menu: what waits for somebody with this role, and
// what is new under the bell.
func (c *Console) counts(ctx context.Context, p auth.Principal) (map[string]int, error) {
	fresh, err := c.bell().Unread(ctx, p)
	if err != nil {
		return nil, err
	}
	n := map[string]int{web.BellCount: fresh}
	if p.May(auth.ManageResidents) {
		pending, err := c.people.CountPending(ctx, p.Scope)
		if err != nil {
			return nil, err
		}
		n["pending"] = pending
	}
	if p.May(auth.ManageRewards) {
		low, err := c.rewards.LowStock(ctx)
		if err != nil {
			return nil, err
		}
		n["low_stock"] = len(low)
	}
	return n, nil
}
