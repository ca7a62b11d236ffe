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
	"net/url"
	"strings"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/cache"
	"ekolek/internal/telemetry"
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

	// Twin is an API's address that answers instead when a program asks here: the
	// reference had pages and its phone apps share "/logout/".
	Twin string

	// Door is the kind of credential that the handler looks at, if any: tries are counted
	// before it runs, and refused when too many failed.
	Door auth.Door

	// Acts says that a GET changes something after all, as the former system's addresses
	// for signing out do: it is asked where it comes from, as a form is.
	Acts bool

	// Quiet says that open pages ask by themselves: it is nobody's use of their session,
	// which ends for being idle all the same.
	Quiet bool

	Heavy  bool  // takes long, as exports do: a few at a time
	Body   int64 // largest body in bytes; 0: DefaultBody
	Worker bool  // the page may start the worker that shows push messages
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
	API    *API // for programs, not for browsers; nil: pages
}

// API is how a surface for programs differs from pages: it knows who asks by the request
// itself, never by a cookie, and answers errors in a shape of its own.
type API struct {
	// Identify tells who asks, or why their token is worth nothing. Routes for
	// auth.Anyone are answered without it.
	Identify func(r *http.Request) (auth.Principal, error)
	// Fail answers with an error. StatusOf knows its status; Allow and Retry-After are set.
	Fail func(w http.ResponseWriter, r *http.Request, err error)
	// MethodFirst tells a wrong method to anybody, before it is asked who they are.
	MethodFirst bool
	// Options describes an address to whoever asks for its methods; Allow is set.
	Options func(w http.ResponseWriter, r *http.Request)
	// Around wraps everything below the surface's prefix: origins, content types.
	Around func(http.Handler) http.Handler
}

// The session cookies. Ending one sign-in leaves the other.
const (
	ResidentCookie = "ekolek_session"
	StaffCookie    = "ekolek_staff"
)

// Options is what a server is made of.
type Options struct {
	Debug   bool           // development: any host, no HTTPS, a permissive CSP
	Hosts   []string       // names, ".name" for all below it too, "*" alone for any
	Site    *url.URL       // SITE_URL: where plain HTTP is led; nil: to the name that was asked
	Origins []string       // CSRF_TRUSTED_ORIGINS: other origins that may post here
	Proxies []netip.Prefix // whose X-Forwarded-* headers count
	// FreshFor is how long after somebody's own act they must not be shown what was before;
	// 0: nothing is ever behind.
	FreshFor time.Duration

	SecretKey   []byte // signs flashes
	Log         *slog.Logger
	Now         func() time.Time
	PrincipalOf func(ctx context.Context, s auth.Surface, token string) (auth.Principal, error)
	Cache       cache.Cache // counts requests of networks, for all nodes; nil: nothing does
	// Knock counts a try at a credential before it is looked at; nil: nothing does.
	Knock        func(ctx context.Context, d auth.Door, ip, device string) (*auth.Knock, error)
	Ready        func(ctx context.Context) Readiness // /readyz; nil: always ready
	SecurityLog  func() error                        // why security events cannot be kept; nil: they are
	Metrics      *telemetry.Metrics                  // of every request, and shown at /metrics; nil: a set of its own
	MetricsToken string                              // whoever brings it as a bearer sees /metrics; empty: nobody
	Traces       *telemetry.Traces                   // nil: none
}

// Server mounts surfaces and wraps them in what every request needs.
type Server struct {
	opts     Options
	mux      *http.ServeMux
	own      *Surface // of addresses that belong to none
	surfaces []*Surface
	routes   []Mounted
	mounted  map[string]Mounted // by the mux's pattern
	cross    *http.CrossOriginProtection
	flood    *flood // nil: requests are not counted
	heavy    chan struct{}
	log      *slog.Logger
	now      func() time.Time
}

// Mounted is a route as it was mounted; the access test walks all of them.
type Mounted struct {
	Route
	Surface *Surface
}

// New makes a server without routes but for /static/, /healthz, /readyz, /metrics and /language/{lang}. It
// panics on an origin that is none: the configuration has been checked before.
func New(opts Options) *Server {
	s := &Server{opts: opts, mux: http.NewServeMux(), own: &Surface{}, mounted: map[string]Mounted{}, log: opts.Log, now: opts.Now, cross: http.NewCrossOriginProtection()}
	if opts.Cache != nil {
		s.flood = &flood{shared: opts.Cache}
	}
	s.heavy = make(chan struct{}, heavyAtOnce)
	if s.opts.Metrics == nil {
		s.opts.Metrics = telemetry.NewMetrics()
	}
	for _, o := range opts.Origins {
		if err := s.cross.AddTrustedOrigin(o); err != nil {
			panic("web: CSRF_TRUSTED_ORIGINS: " + err.Error())
		}
	}
	s.mux.Handle("GET "+static.Prefix, static.Handler())
	s.Mount(&Surface{JSON: true, Prefix: "/healthz"}, []Route{{Pattern: "GET /healthz", Need: auth.Anyone, Handle: s.healthz}})
	s.Mount(reportSurface(), s.reportRoutes())
	s.Mount(&Surface{JSON: true, Prefix: "/metrics"}, []Route{{Pattern: "GET /metrics", Need: auth.Anyone, Handle: s.metrics}})
	s.Mount(&Surface{JSON: true, Prefix: "/readyz"}, []Route{{Pattern: "GET /readyz", Need: auth.Anyone, Handle: s.readyz}})
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
		mounted := Mounted{Route: rt, Surface: surface}
		s.routes = append(s.routes, mounted)
		for _, pattern := range spellings(rt.Pattern) {
			s.mounted[pattern] = mounted
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
