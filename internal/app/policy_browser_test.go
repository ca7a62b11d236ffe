package app_test

import (
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/launcher"
	"github.com/go-rod/rod/lib/proto"
	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/web"
)

// Every page of the program, opened in a real browser under the rules of production by
// whoever it is for: the browser stops nothing, finds every file as its page says it is,
// and asks nobody else for anything.
func TestABrowserStopsNothingOnAnyPage(t *testing.T) {
	bin, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium; make test installs it")
	}
	o := newOffice(t)
	admin := o.hire(t, "admin", auth.SuperAdmin)
	r := o.settle(t, o.barangays[0].ID)
	resident := o.signIn(t, "resident", r)
	left := o.serve(t, r)
	manager := principal(t, o, o.hire(t, "manager", auth.OperationsManager, o.barangays[0].ID), &web.Surface{SignIns: auth.StaffSurface})
	ids := map[string]uuid.UUID{"residents": r.ID, "families": r.FamilyID, "weigh-ins": left.weighIn, "redemptions": left.redemption, "rewards": left.item,
		"waste-types": o.pet, "barangays": o.barangays[0].ID, "staff": manager.ID, "messages": o.message(t), "terms": o.terms(t, "1")}
	site := strict(t, o, nil)
	handler := site.Handler()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Host, r.RemoteAddr = "ekolek.example", "192.0.2.1:1"
		r.Header.Set("X-Forwarded-Proto", "https")
		handler.ServeHTTP(w, r)
	}))
	defer server.Close()

	l := launcher.New().Bin(bin).Leakless(false).NoSandbox(true).Headless(true).UserDataDir(t.TempDir()).
		Set("disable-background-networking").Set("disable-component-update").Set("disable-sync").Set("disable-quic").Set("disable-dev-shm-usage").Set("no-first-run").
		Set("use-fake-ui-for-media-stream").Set("use-fake-device-for-media-stream")
	defer l.Cleanup()
	control, err := l.Launch()
	must(t, err)
	defer l.Kill()
	b := rod.New().ControlURL(control).WithPanic(func(v any) { t.Helper(); t.Fatalf("browser: %v", v) })
	must(t, b.Connect())
	p := b.MustPage().Timeout(3 * time.Minute)
	for name, token := range map[string]string{web.ResidentCookie: resident.token, web.StaffCookie: admin.token} {
		p.MustSetCookies(&proto.NetworkCookieParam{Name: "__Host-" + name, Value: token, URL: server.URL, Path: "/", HTTPOnly: true, Secure: true})
	}
	var mu sync.Mutex
	var stopped []string
	note := func(what string) {
		mu.Lock()
		defer mu.Unlock()
		stopped = append(stopped, what)
	}
	must(t, proto.LogEnable{}.Call(p))
	must(t, proto.NetworkEnable{}.Call(p))
	go p.EachEvent(func(e *proto.LogEntryAdded) {
		if e.Entry.Level != proto.LogLogEntryLevelVerbose { // those are advice
			note(e.Entry.Text)
		}
	}, func(e *proto.NetworkRequestWillBeSent) {
		if !strings.HasPrefix(e.Request.URL, server.URL) && !strings.HasPrefix(e.Request.URL, "data:") {
			note("asks " + e.Request.URL)
		}
	}, func(e *proto.RuntimeExceptionThrown) { note(e.ExceptionDetails.Text) })()

	opened := 0
	for _, route := range site.Routes() {
		method, pattern, _ := strings.Cut(route.Pattern, " ")
		if method != http.MethodGet || strings.Contains(pattern, "/logout") || route.Surface.API != nil || isExport(pattern) {
			continue
		}
		_, path := address(pattern, ids, ids["rewards"])
		rec := httptest.NewRecorder() // a browser is asked for pages alone, not for what leads to them
		ask := overHTTPS(httptest.NewRequestWithContext(t.Context(), method, path, nil))
		ask.AddCookie(&http.Cookie{Name: "__Host-" + web.ResidentCookie, Value: resident.token})
		ask.AddCookie(&http.Cookie{Name: "__Host-" + web.StaffCookie, Value: admin.token})
		handler.ServeHTTP(rec, ask)
		if rec.Code != http.StatusOK || !strings.HasPrefix(rec.Header().Get("Content-Type"), "text/html") {
			continue
		}
		opened++
		p.MustNavigate(server.URL + path).MustWaitLoad()
		styled := p.MustEval(`() => document.documentElement.classList.contains("js") && getComputedStyle(document.body).fontFamily.includes("Figtree")`).Bool()
		mu.Lock()
		if len(stopped) > 0 || !styled {
			t.Errorf("%s: styled and with its script: %v; %q", path, styled, stopped)
			stopped = nil
		}
		mu.Unlock()
	}
	if opened < 40 {
		t.Errorf("only %d pages were opened", opened)
	}
}
