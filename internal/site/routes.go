package site

import (
	"slices"

	"ekolek/internal/auth"
	"ekolek/internal/web"
)

// Routes is the site's table. Old addresses of the reference lead to the new pages.
func (s *Site) Routes() []web.Route {
	routes := []web.Route{
		{Pattern: "GET /", Need: auth.Anyone, Handle: s.landing},
		{Pattern: "GET /rates/", Need: auth.Anyone, Handle: s.rates},
		{Pattern: "GET /ledger/", Need: auth.Anyone, Handle: s.openBooks},
		{Pattern: "GET /ledger/checkpoints.json", Need: auth.Anyone, Handle: s.checkpointsJSON},
		{Pattern: "GET /ledger/public-key.pem", Need: auth.Anyone, Handle: s.publicKey},
		{Pattern: "GET /login/", Need: auth.Anyone, Handle: s.signInPage},
		{Pattern: "POST /login/", Need: auth.Anyone, Handle: s.signIn, Door: auth.PasswordDoor},
		{Pattern: "GET /login/card/", Need: auth.Anyone, Handle: s.scanCard, Camera: true},
		{Pattern: "POST /login/card/", Need: auth.Anyone, Handle: s.signInByCard, Door: auth.CardDoor},
		{Pattern: "GET /login/code/", Need: auth.Anyone, Handle: s.signInCodePage},
		{Pattern: "POST /login/code/", Need: auth.Anyone, Handle: s.signInCode, Door: auth.CodeDoor},
		{Pattern: "POST /login/code/again/", Need: auth.Anyone, Handle: s.signInCodeAgain, Door: auth.CodeDoor},
		{Pattern: "POST /logout/", Need: auth.Anyone, Handle: s.signOut, Twin: "/api/logout/"},
		{Pattern: "GET /logout/", Need: auth.Anyone, Handle: s.signOut, Acts: true, Twin: "/api/logout/"},
		{Pattern: "GET /accounts/logout/", Need: auth.Anyone, Handle: s.signOut, Acts: true},

		{Pattern: "GET /home/", Need: auth.Resident, Handle: s.home},
		{Pattern: "GET /card/", Need: auth.Resident, Handle: s.card},
		{Pattern: "GET /points/", Need: auth.Resident, Handle: s.points},
		{Pattern: "GET /points.csv", Need: auth.Resident, Handle: s.pointsCSV},

		{Pattern: "GET /accounts/api/notifications/unread-count/", Need: auth.Resident, Quiet: true, Handle: s.unreadCount},
		{Pattern: "POST /accounts/api/notifications/mark-viewed/", Need: auth.Resident, Handle: s.markViewed},

		{Pattern: "GET /accounts/login/", Need: auth.Anyone, Handle: web.Moved("/login/")},
		{Pattern: "GET /userdashboard/", Need: auth.Anyone, Handle: web.Moved("/home/")},
		{Pattern: "GET /accounts/userdashboard/", Need: auth.Anyone, Handle: web.Moved("/home/")},
	}
	return slices.Concat(routes, s.bell().Routes(), s.devRoutes(), s.registerRoutes(), s.resetRoutes(), s.meRoutes(), s.newsRoutes(), s.pushRoutes(), s.scheduleRoutes(), s.rewardRoutes(), s.calendarRoutes(), s.reminderRoutes())
}
