package site

import (
	"ekolek/internal/auth"
	"ekolek/internal/web"
)

// Routes is the site's table. Old addresses of the reference lead to the new pages.
func (s *Site) Routes() []web.Route {
	return []web.Route{
		{Pattern: "GET /", Need: auth.Anyone, Handle: s.landing},
		{Pattern: "GET /rates/", Need: auth.Anyone, Handle: s.rates},
		{Pattern: "GET /rewards/", Need: auth.Anyone, Handle: s.catalogue},
		{Pattern: "GET /login/", Need: auth.Anyone, Handle: s.signInPage},
		{Pattern: "POST /login/", Need: auth.Anyone, Handle: s.signIn},
		{Pattern: "POST /logout/", Need: auth.Anyone, Handle: s.signOut},
		{Pattern: "GET /logout/", Need: auth.Anyone, Handle: s.signOut},
		{Pattern: "GET /accounts/logout/", Need: auth.Anyone, Handle: s.signOut},

		{Pattern: "GET /home/", Need: auth.Resident, Handle: s.home},
		{Pattern: "GET /card/", Need: auth.Resident, Handle: s.card},
		{Pattern: "GET /points/", Need: auth.Resident, Handle: s.points},
		{Pattern: "GET /points.csv", Need: auth.Resident, Handle: s.pointsCSV},

		{Pattern: "GET /accounts/login/", Need: auth.Anyone, Handle: web.Moved("/login/")},
		{Pattern: "GET /login/code/", Need: auth.Anyone, Handle: web.Moved("/login/")},
		{Pattern: "GET /userdashboard/", Need: auth.Anyone, Handle: web.Moved("/home/")},
		{Pattern: "GET /accounts/userdashboard/", Need: auth.Anyone, Handle: web.Moved("/home/")},
	}
}
