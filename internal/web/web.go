// Package web is what the surfaces share: the route table with its permissions, the
// request around a handler (who asks, in which language, from where), errors turned into
// pages, flashes, security headers, static files. It knows no page of the product; site,
// console and mobile bring their tables and mount them here.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/web/static"
	"ekolek/internal/web/ui"
)

// Page is what every page's struct embeds; NewPage fills it.
type Page = ui.Page

// Handler answers a request or returns what went wrong; the surface shows that.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Route is one line of a surface's table.
type Route struct {
	// Pattern as http.ServeMux reads it, with its method: "GET /points/". An address that
	// ends in a slash answers without it too; nothing below it is meant.
	Pattern string
	// Need is checked before Handle runs. Public routes say auth.Anyone.
	Need   auth.Permission
	Handle Handler

	Body   int64 // largest body in bytes; 0: DefaultBody
	Camera bool  // the page scans: camera and WebAssembly are allowed to it, and to it alone
}

// DefaultBody is the largest body of a route that does not say: a form, not a file.
const DefaultBody = 64 << 10

// Surface is a set of pages with one sign-in.
type Surface struct {
	ui.Frame
	SignIns auth.Surface // whose sessions count here; empty: nobody is ever signed in
	Cookie  string       // of the session; empty with SignIns empty
	Prefix  string       // unknown addresses below it get this surface's 404; empty: all that no other has
	JSON    bool         // errors are JSON, and no sign-in page is offered
	// Counts fills the numbers beside the menu, for pages that show it. nil: none.
	Counts func(ctx context.Context, p auth.Principal) (map[string]int, error)
}

// The session cookies. Ending one sign-in leaves the other.
const (
	ResidentCookie = "ekolek_session"
	StaffCookie    = "ekolek_staff"
)

// Options is what a server is made of.
type Options struct {
	Debug        bool           // development: any host, no HTTPS, a permissive CSP
	Hosts        []string       // names, ".name" for all below it too, "*" alone for any
	Origins      []string       // CSRF_TRUSTED_ORIGINS: other origins that may post here
	Proxies      []netip.Prefix // whose X-Forwarded-* headers count
	SecretKey    []byte         // signs flashes
	Log          *slog.Logger
	Now          func() time.Time
	PrincipalOf  func(ctx context.Context, s auth.Surface, token string) (auth.Principal, error)
	HealthyCheck func(ctx context.Context) error // /healthz; nil: always healthy
}

// Server mounts surfaces and wraps them in what every request needs.
type Server struct {
	opts     Options
	mux      *http.ServeMux
	own      *Surface // of addresses that belong to none
	surfaces []*Surface
	routes   []Mounted
	cross    *http.CrossOriginProtection
	log      *slog.Logger
	now      func() time.Time
}

// Mounted is a route as it was mounted; the access test walks all of them.
type Mounted struct {
	Route
	Surface *Surface
}

// New makes a server without routes but for /static/, /healthz and /language/{lang}. It
// panics on an origin that is none: the configuration has been checked before.
func New(opts Options) *Server {
	s := &Server{opts: opts, mux: http.NewServeMux(), own: &Surface{}, log: opts.Log, now: opts.Now, cross: http.NewCrossOriginProtection()}
	for _, o := range opts.Origins {
		if err := s.cross.AddTrustedOrigin(o); err != nil {
			panic("web: CSRF_TRUSTED_ORIGINS: " + err.Error())
		}
	}
	s.mux.Handle("GET "+static.Prefix, static.Handler())
	s.Mount(&Surface{JSON: true, Prefix: "/healthz"}, []Route{{Pattern: "GET /healthz", Need: auth.Anyone, Handle: s.healthz}})
	s.Mount(s.own, []Route{{Pattern: "GET /language/{lang}", Need: auth.Anyone, Handle: s.language}})
	return s
}

// Mount adds a surface's table. A route without a permission or handler, and two routes
// for one address, are programmer's errors and panic: such a program does not start.
func (s *Server) Mount(surface *Surface, routes []Route) {
	s.surfaces = append(s.surfaces, surface)
	for _, rt := range routes {
		if rt.Need == "" {
			panic("web: route without a permission: " + rt.Pattern)
		}
		if rt.Handle == nil {
			panic("web: route without a handler: " + rt.Pattern)
		}
		if !strings.Contains(rt.Pattern, " /") {
			panic("web: route without a method: " + rt.Pattern)
		}
		s.routes = append(s.routes, Mounted{Route: rt, Surface: surface})
		for _, pattern := range spellings(rt.Pattern) {
			s.mux.Handle(pattern, s.endpoint(surface, rt))
		}
	}
}

// Routes lists every mounted route.
func (s *Server) Routes() []Mounted { return s.routes }

// spellings are the patterns of one address: with and without its last slash, and
// nothing below it. A file ("/points.csv") and a rest ("{name...}") have one spelling.
func spellings(pattern string) []string {
	method, path, _ := strings.Cut(pattern, " ")
	last := path[strings.LastIndexByte(strings.TrimSuffix(path, "/"), '/')+1:]
	switch {
	case path == "/":
		return []string{method + " /{$}"}
	case strings.HasSuffix(path, "...}"), strings.HasSuffix(path, "{$}"), strings.Contains(last, ".") && !strings.HasSuffix(last, "/"):
		return []string{pattern}
	default:
		bare := strings.TrimSuffix(path, "/")
		return []string{method + " " + bare, method + " " + bare + "/{$}"}
	}
}

// GET /healthz
func (s *Server) healthz(w http.ResponseWriter, r *http.Request) error {
	if s.opts.HealthyCheck != nil {
		if err := s.opts.HealthyCheck(r.Context()); err != nil {
			return errNotHealthy.Because(err)
		}
	}
	return JSON(w, http.StatusOK, map[string]string{"status": "ok"})
}
