package web

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/netip"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/errs"
	"ekolek/internal/telemetry"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

// request is what the middleware knows about a request. One value travels in the
// context and is filled on the way in; only the request's own goroutine touches it.
type request struct {
	id        string
	ip        netip.Addr
	secure    bool // HTTPS, here or at a trusted proxy
	suspicion suspicion
	server    *Server
	out       http.ResponseWriter // the connection's, below all that wraps it
	surface   *Surface
	pattern   string
	principal auth.Principal
	started   time.Time
	answered  time.Time       // when a stream began to answer; zero: when the answer ends
	span      *telemetry.Span // nil: traces are off
	err       error           // what the handler returned, for the log line
	flashed   bool            // the flashes were read: the answer drops their cookie
	scans     bool            // the route's page may use the camera
	works     bool            // the route's page may start the worker
}

type requestKey struct{}

// state is the request's; an empty one outside the server, as in a page's own test.
func state(ctx context.Context) *request {
	if q, ok := ctx.Value(requestKey{}).(*request); ok {
		return q
	}
	return &request{surface: &Surface{}}
}

func newRequestID() string { return rand.Text()[:16] }

// PrincipalOf is who asks; the zero Principal when nobody is signed in.
func PrincipalOf(ctx context.Context) auth.Principal { return state(ctx).principal }

// RequestID is the number under which the log knows this request.
func RequestID(ctx context.Context) string { return state(ctx).id }

// ClientIP is the address of whoever asks: the rightmost that no trusted proxy has.
func ClientIP(ctx context.Context) string { return state(ctx).ip.String() }

// ActorOf is who acts and from where, for the capabilities and the audit trail.
func ActorOf(r *http.Request) audit.Actor {
	q := state(r.Context())
	return q.principal.Actor(q.ip.String(), clip(r.UserAgent(), 500), q.id)
}

// Note puts an error into the request's log line that the page itself tells to the person.
func Note(r *http.Request, err error) { state(r.Context()).err = err }

// clip cuts what a stranger sent to a length that is kept.
func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// NewPage is the part of a page that every page has. title is a catalogue key, "" for
// the page that is named as the product; args are its values. Reading it takes the
// flashes: they are gone when the answer is sent.
func NewPage(r *http.Request, title string, args ...any) Page {
	ctx := r.Context()
	q := state(ctx)
	p := Page{
		Address:   r.URL.RequestURI(),
		Lang:      i18n.From(ctx),
		Principal: q.principal,
		Frame:     &q.surface.Frame,
		RequestID: q.id,
		Flashes:   q.takeFlashes(r),
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		p.Address = localPath(r.Referer()) // switching the language must not ask for a POST
	}
	if title != "" {
		p.Title = i18n.T(ctx, title, args...)
	}
	p.Counts = q.counts(ctx)
	return p
}

// counts are the numbers of the menu. A page is worth showing without them: an error is
// logged with the request and changes nothing else.
func (q *request) counts(ctx context.Context) map[string]int {
	if q.surface.Counts == nil || !q.principal.SignedIn() {
		return nil
	}
	n, err := q.surface.Counts(ctx, q.principal)
	if err != nil {
		q.server.log.WarnContext(ctx, "menu counts", "request_id", q.id, "error", err)
		return nil
	}
	return n
}

// Flash leaves a message for the page after the redirect. The kinds are ui.Done,
// ui.Warning, ui.Failed; the text never holds a secret.
func Flash(w http.ResponseWriter, r *http.Request, kind ui.FlashKind, key string, args ...any) {
	q := state(r.Context())
	if q.server != nil {
		q.server.setFlash(w, r, ui.Flash{Kind: kind, Text: errs.T(key, args...)})
	}
}

// PathID is an identifier in the address; one that is none is an address that does not
// exist.
func PathID(r *http.Request, name string) (uuid.UUID, error) {
	id, err := uuid.Parse(r.PathValue(name))
	if err != nil {
		return uuid.Nil, errNotFound.Because(err)
	}
	return id, nil
}
