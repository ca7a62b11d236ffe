// Package console is the city office: approvals, residents and families, weigh-ins,
// rewards, settings, the audit trail, and the collectors' Station. A handler decodes,
// calls one capability, and shows the result; the rules are the capabilities'.
package console

import (
	"context"
	"net/http"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/collection"
	"ekolek/internal/people"
	"ekolek/internal/report"
	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/ui"
)

// Console is the surface. Make it with New.
type Console struct {
	auth       *auth.Service
	people     *people.Service
	collection *collection.Service
	rewards    *rewards.Service
	report     *report.Service
	now        func() time.Time
}

// Deps are the capabilities that the console shows.
type Deps struct {
	Auth       *auth.Service
	People     *people.Service
	Collection *collection.Service
	Rewards    *rewards.Service
	Report     *report.Service
	Now        func() time.Time
}

// New makes the surface; mount it with Surface and Routes.
func New(d Deps) *Console {
	return &Console{auth: d.Auth, people: d.People, collection: d.Collection, rewards: d.Rewards, report: d.Report, now: d.Now}
}

// Surface is the console's frame: its menu, its sign-in, its numbers.
func (c *Console) Surface() *web.Surface {
	return &web.Surface{
		Frame: ui.Frame{
			Name: "web.console", Home: "/console/", SignIn: "/console/login/", SignOut: "/console/logout/",
			Password: "/console/password/", Search: "/console/residents/",
			Menu: []ui.Group{
				{Text: "console.menu.every_day", Items: []ui.Item{
					{Href: "/console/", Icon: "layout-dashboard", Text: "console.menu.dashboard", Need: auth.AnyStaff},
					{Href: "/console/residents/", Icon: "users", Text: "console.menu.residents", Need: auth.ManageResidents, Counts: "pending", Prefix: true},
					{Href: "/console/families/", Icon: "house", Text: "console.menu.families", Need: auth.ManageResidents, Prefix: true},
					{Href: "/console/station/", Icon: "scan-line", Text: "console.menu.station", Need: auth.UseStation, Prefix: true},
					{Href: "/console/weigh-ins/", Icon: "scale", Text: "console.menu.weigh_ins", Need: auth.ManagePoints, Prefix: true},
					{Href: "/console/rewards/", Icon: "gift", Text: "console.menu.rewards", Need: auth.ManageRewards, Counts: "low_stock", Prefix: true},
					{Href: "/console/redemptions/", Icon: "ticket", Text: "console.menu.redemptions", Need: auth.ManageRewards, Prefix: true},
				}},
				{Text: "console.menu.run", Items: []ui.Item{
					{Href: "/console/waste-types/", Icon: "recycle", Text: "console.menu.waste_types", Need: auth.ManageSettings, Prefix: true},
					{Href: "/console/barangays/", Icon: "map-pin", Text: "console.menu.barangays", Need: auth.ManageSettings, Prefix: true},
					{Href: "/console/staff/", Icon: "user-check", Text: "console.menu.staff", Need: auth.ManageStaff, Prefix: true},
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

// counts are the numbers beside the menu: what waits for somebody with this role.
func (c *Console) counts(ctx context.Context, p auth.Principal) (map[string]int, error) {
	n := map[string]int{}
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

// Routes is the console's table. Old addresses of the reference lead to the new pages.
func (c *Console) Routes() []web.Route {
	routes := []web.Route{
		{Pattern: "GET /admin/setup/", Need: auth.Anyone, Handle: c.setupPage},
		{Pattern: "POST /admin/setup/", Need: auth.Anyone, Handle: c.setup},
		{Pattern: "GET /console/login/", Need: auth.Anyone, Handle: c.signInPage},
		{Pattern: "POST /console/login/", Need: auth.Anyone, Handle: c.signIn},
		{Pattern: "POST /console/logout/", Need: auth.Anyone, Handle: c.signOut},
		{Pattern: "GET /cenro/admin/logout/", Need: auth.Anyone, Handle: c.signOut},
		{Pattern: "GET /console/password/", Need: auth.ChangeOwnPassword, Handle: c.passwordPage},
		{Pattern: "POST /console/password/", Need: auth.ChangeOwnPassword, Handle: c.changePassword},

		{Pattern: "GET /console/", Need: auth.AnyStaff, Handle: c.dashboard},

		{Pattern: "GET /console/residents/", Need: auth.ManageResidents, Handle: c.residents},
		{Pattern: "GET /console/residents.csv", Need: auth.ManageResidents, Handle: c.exportResidents},
		{Pattern: "GET /console/residents.xlsx", Need: auth.ManageResidents, Handle: c.exportResidents},
		{Pattern: "GET /console/residents/{id}/", Need: auth.ManageResidents, Handle: c.resident},
		{Pattern: "GET /console/residents/{id}/edit/", Need: auth.ManageResidents, Handle: c.editResidentPage},
		{Pattern: "POST /console/residents/{id}/edit/", Need: auth.ManageResidents, Handle: c.editResident},
		{Pattern: "GET /console/residents/{id}/password/", Need: auth.ManageResidents, Handle: c.residentPasswordPage},
		{Pattern: "POST /console/residents/{id}/password/", Need: auth.ManageResidents, Handle: c.setResidentPassword},
		{Pattern: "GET /console/families/", Need: auth.ManageResidents, Handle: c.families},
		{Pattern: "GET /console/families/new/", Need: auth.ManageResidents, Handle: c.enrollFamilyPage},
		{Pattern: "POST /console/families/new/", Need: auth.ManageResidents, Handle: c.enrollFamily},
		{Pattern: "GET /console/families/{id}/members/new/", Need: auth.ManageResidents, Handle: c.enrollMemberPage},
		{Pattern: "POST /console/families/{id}/members/new/", Need: auth.ManageResidents, Handle: c.enrollMember},
		{Pattern: "GET /console/families/{id}/", Need: auth.ManageResidents, Handle: c.family},
		{Pattern: "GET /console/families/{id}/edit/", Need: auth.ManageResidents, Handle: c.editFamilyPage},
		{Pattern: "POST /console/families/{id}/edit/", Need: auth.ManageResidents, Handle: c.editFamily},

		{Pattern: "GET /console/weigh-ins/", Need: auth.ManagePoints, Handle: c.weighIns},
		{Pattern: "GET /console/weigh-ins.csv", Need: auth.ManagePoints, Handle: c.exportWeighIns},
		{Pattern: "GET /console/weigh-ins.xlsx", Need: auth.ManagePoints, Handle: c.exportWeighIns},
		{Pattern: "GET /console/weigh-ins/{id}/", Need: auth.ManagePoints, Handle: c.weighIn},
		{Pattern: "GET /console/weigh-ins/{id}/void/", Need: auth.ManagePoints, Handle: c.voidPage},
		{Pattern: "POST /console/weigh-ins/{id}/void/", Need: auth.ManagePoints, Handle: c.void},

		{Pattern: "GET /console/rewards/", Need: auth.ManageRewards, Handle: c.rewardItems},
		{Pattern: "GET /console/rewards/new/", Need: auth.ManageRewards, Handle: c.rewardPage},
		{Pattern: "POST /console/rewards/new/", Need: auth.ManageRewards, Handle: c.saveReward},
		{Pattern: "GET /console/rewards/categories/", Need: auth.ManageRewards, Handle: c.categories},
		{Pattern: "POST /console/rewards/categories/", Need: auth.ManageRewards, Handle: c.saveCategory},
		{Pattern: "GET /console/rewards/moves/", Need: auth.ManageRewards, Handle: c.stockMoves},
		{Pattern: "GET /console/rewards/{id}/", Need: auth.ManageRewards, Handle: c.rewardPage},
		{Pattern: "POST /console/rewards/{id}/", Need: auth.ManageRewards, Handle: c.saveReward},
		{Pattern: "GET /console/rewards/{id}/stock/", Need: auth.ManageRewards, Handle: c.stockPage},
		{Pattern: "POST /console/rewards/{id}/stock/", Need: auth.ManageRewards, Handle: c.moveStock},
		{Pattern: "GET /console/redemptions/", Need: auth.ManageRewards, Handle: c.redemptions},
		{Pattern: "GET /console/redemptions.csv", Need: auth.ManageRewards, Handle: c.exportRedemptions},
		{Pattern: "GET /console/redemptions.xlsx", Need: auth.ManageRewards, Handle: c.exportRedemptions},

		{Pattern: "GET /console/waste-types/", Need: auth.ManageSettings, Handle: c.wasteTypes},
		{Pattern: "GET /console/waste-types/new/", Need: auth.ManageSettings, Handle: c.wasteTypePage},
		{Pattern: "POST /console/waste-types/new/", Need: auth.ManageSettings, Handle: c.saveWasteType},
		{Pattern: "GET /console/waste-types/{id}/", Need: auth.ManageSettings, Handle: c.wasteTypePage},
		{Pattern: "POST /console/waste-types/{id}/", Need: auth.ManageSettings, Handle: c.saveWasteType},
		{Pattern: "POST /console/waste-types/{id}/rate/", Need: auth.ManageSettings, Handle: c.setRate},
		{Pattern: "GET /console/barangays/", Need: auth.ManageSettings, Handle: c.barangays},
		{Pattern: "GET /console/barangays/new/", Need: auth.ManageSettings, Handle: c.barangayPage},
		{Pattern: "POST /console/barangays/new/", Need: auth.ManageSettings, Handle: c.saveBarangay},
		{Pattern: "GET /console/barangays/{id}/", Need: auth.ManageSettings, Handle: c.barangayPage},
		{Pattern: "POST /console/barangays/{id}/", Need: auth.ManageSettings, Handle: c.saveBarangay},

		{Pattern: "GET /console/audit/", Need: auth.ManageSecurity, Handle: c.auditTrail},
		{Pattern: "GET /console/audit.csv", Need: auth.ManageSecurity, Handle: c.exportAudit},
		{Pattern: "GET /console/audit.xlsx", Need: auth.ManageSecurity, Handle: c.exportAudit},
	}
	for _, act := range residentActs {
		path := "/console/residents/{id}/" + act.name + "/"
		routes = append(routes,
			web.Route{Pattern: "GET " + path, Need: auth.ManageResidents, Handle: c.actPage(act)},
			web.Route{Pattern: "POST " + path, Need: auth.ManageResidents, Handle: c.act(act)})
	}
	for old, to := range map[string]string{
		"/dashboard/":                      "/console/",
		"/cenro/admin/login/":              "/console/login/",
		"/cenro/admin/bootstrap/":          "/admin/setup/",
		"/cenro/admin/change-password/":    "/console/password/",
		"/adminuser/":                      "/console/residents/",
		"/adminrewards/":                   "/console/rewards/",
		"/reward_history/":                 "/console/rewards/moves/",
		"/admincontrol/":                   "/console/waste-types/",
		"/adminsecurity/":                  "/console/audit/",
		"/cenro/admin/security-dashboard/": "/console/audit/",
	} {
		routes = append(routes, web.Route{Pattern: "GET " + old, Need: auth.Anyone, Handle: moved(to)})
	}
	routes = append(routes, c.staffRoutes()...)
	return append(routes, c.stationRoutes()...)
}

// moved leads from an address of the reference to ours. The target asks for its own
// permission.
func moved(to string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		http.Redirect(w, r, to, http.StatusMovedPermanently)
		return nil
	}
}
