package console

import (
	"ekolek/internal/auth"
	"ekolek/internal/web"
)

// Routes is the console's table. Old addresses of the reference lead to the new pages.
func (c *Console) Routes() []web.Route {
	routes := []web.Route{
		{Pattern: "GET /admin/setup/", Need: auth.Anyone, Handle: c.setupPage},
		{Pattern: "POST /admin/setup/", Need: auth.Anyone, Handle: c.setup, Door: auth.SetupDoor},
		{Pattern: "GET /console/login/", Need: auth.Anyone, Handle: c.signInPage},
		{Pattern: "POST /console/login/", Need: auth.Anyone, Handle: c.signIn, Door: auth.PasswordDoor},
		{Pattern: "POST /console/logout/", Need: auth.Anyone, Handle: c.signOut},
		{Pattern: "GET /cenro/admin/logout/", Need: auth.Anyone, Handle: c.signOut, Acts: true},
		{Pattern: "GET /console/password/", Need: auth.ChangeOwnPassword, Handle: c.passwordPage},
		{Pattern: "POST /console/password/", Need: auth.ChangeOwnPassword, Handle: c.changePassword, Door: auth.PasswordDoor},

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
	routes = append(routes, c.rewardRoutes()...)
	routes = append(routes, c.formRoutes()...)
	routes = append(routes, c.watchRoutes()...)
	routes = append(routes, c.scheduleRoutes()...)
	routes = append(routes, c.campaignRoutes()...)
	routes = append(routes, c.announcementRoutes()...)
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
		"/adminschedule/":                  "/console/schedule/",
		"/reward_history/":                 "/console/rewards/moves/",
		"/admincontrol/":                   "/console/waste-types/",
		"/adminsecurity/":                  "/console/audit/",
		"/cenro/admin/security-dashboard/": "/console/audit/",
	} {
		routes = append(routes, web.Route{Pattern: "GET " + old, Need: auth.Anyone, Handle: web.Moved(to)})
	}
	routes = append(routes, c.approvalRoutes()...)
	routes = append(routes, c.formerNoticeRoutes()...)
	routes = append(routes, c.staffRoutes()...)
	routes = append(routes, c.termsRoutes()...)
	routes = append(routes, c.secondRoutes()...)
	routes = append(routes, c.accountRoutes()...)
	routes = append(routes, c.runRoutes()...)
	return append(routes, c.stationRoutes()...)
}
