package app_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/web"
)

// listener is an open page.
type listener struct {
	t    *testing.T
	res  *http.Response
	read *bufio.Scanner
}

// listen opens a stream as a visitor.
func listen(t *testing.T, base, path string, v visitor) *listener {
	t.Helper()
	ctx, leave := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+path, nil)
	must(t, err)
	r.Header = v.request(t, http.MethodGet, path, "text/event-stream").Header
	r.Header.Set("Accept-Encoding", "gzip")
	res, err := http.DefaultTransport.RoundTrip(r)
	must(t, err)
	t.Cleanup(func() { leave(); _ = res.Body.Close() }) // it may have ended by itself
	return &listener{t: t, res: res, read: bufio.NewScanner(res.Body)}
}

// data is the next event's, "" when the stream has ended.
func (l *listener) data() string {
	l.t.Helper()
	for l.read.Scan() {
		if data, ok := strings.CutPrefix(l.read.Text(), "data: "); ok {
			return data
		}
	}
	return ""
}

func (l *listener) hears(want string) {
	l.t.Helper()
	if got := l.data(); got != want {
		l.t.Errorf("the page hears %q, want %q", got, want)
	}
}

// put puts a notice under a bell.
func (o *office) put(t *testing.T, b notify.Bell) {
	t.Helper()
	must(t, o.app.DB.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := o.app.Notify.Add(ctx, tx, notify.Message{Kind: "test", To: notify.Recipient{Audience: b.Audience, ID: b.ID},
			Notice: &notify.Notice{Type: "other", Text: errs.T("notify.reason.too_late")}})
		return err
	}))
}

const (
	nothingNew = `{"unread":0,"shown":"","label":"Notices"}`
	oneNew     = `{"unread":1,"shown":"1","label":"Notices, 1 new"}`
)

// An open page hears of its reader's news alone, whatever a server's time limits for
// answers are; its stream ends with the session, and all end when the node stops.
func TestEvents(t *testing.T) {
	o := newOffice(t)
	admin, manager := o.hire(t, "admin", auth.SuperAdmin), o.hire(t, "manager", auth.OperationsManager)
	resident := o.signIn(t, "resident", o.settle(t, o.barangays[0].ID))
	who := principal(t, o, manager, &web.Surface{SignIns: auth.StaffSurface})
	srv := httptest.NewUnstartedServer(nil)
	srv.Config = web.Limits{Read: 100 * time.Millisecond, Write: 100 * time.Millisecond}.HTTP(o.app.Web().Handler()) // far less than a look takes
	srv.Start()
	t.Cleanup(srv.Close)
	events := o.app.Events()
	go events.Run(t.Context())

	const path = "/console/events/"
	mine, boss, home := listen(t, srv.URL, path, manager), listen(t, srv.URL, path, admin), listen(t, srv.URL, "/events/", resident)
	for name, want := range map[string]string{"Content-Type": "text/event-stream; charset=utf-8", "Content-Encoding": "", "X-Accel-Buffering": "no", "Cache-Control": "no-store"} {
		if got := mine.res.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	mine.hears(nothingNew)
	o.put(t, notify.Bell{Audience: notify.Staff, ID: who.ID})
	mine.hears(oneNew)
	rec := httptest.NewRecorder()
	o.app.Web().Handler().ServeHTTP(rec, manager.request(t, http.MethodGet, "/console/notices/unread.json", "application/json"))
	if got := strings.TrimSpace(rec.Body.String()); got != oneNew {
		t.Errorf("a page that asks is told %q", got)
	}

	for range 3 {
		listen(t, srv.URL, path, manager).hears(oneNew)
	}
	if status := listen(t, srv.URL, path, manager).res.StatusCode; status != http.StatusTooManyRequests {
		t.Errorf("the fifth page of one person: status %d", status)
	}
	for name, c := range map[string]struct {
		v      visitor
		accept string
		want   int
	}{
		"nobody":             {visitor{}, "text/event-stream", http.StatusUnauthorized},
		"a page's address":   {manager, "text/html", http.StatusNotAcceptable},
		"another's sign-in":  {resident, "text/event-stream", http.StatusUnauthorized},
		"nobody, for a page": {visitor{}, "text/html", http.StatusSeeOther},
	} {
		rec := httptest.NewRecorder()
		o.app.Web().Handler().ServeHTTP(rec, c.v.request(t, http.MethodGet, path, c.accept))
		if rec.Code != c.want {
			t.Errorf("%s: status %d, want %d", name, rec.Code, c.want)
		}
	}

	must(t, events.EndSignedOut(t.Context()))
	_, err := o.app.Auth.EndSessions(t.Context(), audit.Command("test"), auth.StaffSurface, who.ID, uuid.Nil)
	must(t, err)
	must(t, events.EndSignedOut(t.Context()))
	mine.hears("") // has ended
	boss.hears(nothingNew)
	events.End()
	boss.hears("")
	for home.data() != "" { // what registering told the resident
	}
	if status := listen(t, srv.URL, path, admin).res.StatusCode; status != http.StatusServiceUnavailable {
		t.Errorf("a page that comes while the node stops: status %d", status)
	}
}

// A node that stops waits for no open page.
func TestStoppingEndsStreams(t *testing.T) {
	o := newOffice(t)
	admin := o.hire(t, "admin", auth.SuperAdmin)
	must(t, o.app.Start(t.Context(), "127.0.0.1:0"))
	page := listen(t, o.app.URL(), "/console/events/", admin)
	page.hears(nothingNew)
	began := time.Now()
	must(t, o.app.Stop())
	page.hears("")
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("stopping took %v", took)
	}
}
