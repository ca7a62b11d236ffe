package site

import (
	"net/http"

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

		{Pattern: "GET /accounts/login/", Need: auth.Anyone, Handle: moved("/login/")},
		{Pattern: "GET /login/code/", Need: auth.Anyone, Handle: moved("/login/")},
		{Pattern: "GET /userdashboard/", Need: auth.Anyone, Handle: moved("/home/")},
		{Pattern: "GET /accounts/userdashboard/", Need: auth.Anyone, Handle: moved("/home/")},
	}
}

// moved leads from an address of the reference to ours. The target asks for its own
// permission.
func moved(to string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		http.Redirect(w, r, to, http.StatusMovedPermanently)
		return nil
	}
}
