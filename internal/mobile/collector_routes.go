package mobile

import (
	"net/http"

	"ekolek/internal/auth"
	"ekolek/internal/web"
)

// CollectorRoutes is the table of the scanner app.
func (m *Mobile) CollectorRoutes() []web.Route {
	const admin = "/mobile/api/admin/"
	routes := []web.Route{
		{Pattern: "GET " + admin + "health/", Need: auth.Anyone, Handle: m.health},
		{Pattern: "POST " + admin + "login/", Need: auth.Anyone, Handle: m.collectorLogin, Door: auth.PasswordDoor},
		{Pattern: "POST " + admin + "logout/", Need: auth.Anyone, Handle: m.collectorLogout},
		{Pattern: "POST " + admin + "refresh-token/", Need: auth.Anyone, Handle: m.collectorRefresh, Door: auth.TokenDoor},
		{Pattern: "GET " + admin + "profile/", Need: auth.UseStation, Handle: m.profile},
		{Pattern: "GET " + admin + "scan-user/", Need: auth.UseStation, Handle: m.scanUser},
		{Pattern: "GET " + admin + "user/{id}/", Need: auth.UseStation, Handle: m.user},
		{Pattern: "GET " + admin + "waste-types/", Need: auth.UseStation, Handle: m.wasteTypes},
		{Pattern: "POST " + admin + "waste-transaction/", Need: auth.UseStation, Handle: m.wasteTransaction},
		{Pattern: "GET " + admin + "rewards/", Need: auth.UseStation, Handle: m.rewardList},
		{Pattern: "POST " + admin + "redeem/", Need: auth.Redeem, Handle: m.redeem},
		{Pattern: "GET " + admin + "transactions/", Need: auth.UseStation, Handle: m.transactions},
		{Pattern: "GET /mobile/api/notifications/", Need: auth.ReadNotices, Handle: m.collectorNotices},
		{Pattern: "POST /mobile/api/notifications/mark-read/", Need: auth.ReadNotices, Handle: m.markNoticeRead},
	}
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		routes = append(routes, web.Route{Pattern: method + " " + admin + "debug-token/", Need: auth.Anyone, Handle: m.debugToken})
	}
	return routes
}
