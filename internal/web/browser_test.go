package web

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/input"
	"github.com/go-rod/rod/lib/launcher"
	"github.com/go-rod/rod/lib/proto"

	"ekolek/internal/auth"
	"ekolek/internal/web/form"
	"ekolek/internal/web/ui"
)

// patience is how long a page may take for one step on a slow machine.
const patience = 30 * time.Second

// desk is an office with one act, behind the strict policy of production.
type desk struct {
	*httptest.Server
	sent atomic.Int32 // forms that arrived
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{}
	w := newWorld(t, func(o *Options) {
		o.Debug = false // the strict policy; HTTPS is said to have ended at a proxy
		o.Hosts = []string{"127.0.0.1"}
		o.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	surface := &Surface{Frame: ui.Frame{Name: "web.console", Home: "/desk/", SignOut: "/desk/out/", Menu: []ui.Group{{Text: "web.menu", Items: []ui.Item{
		{Href: "/desk/", Icon: "house", Text: "web.main_menu", Need: auth.Anyone}}}}}, Prefix: "/desk/"}
	w.Mount(surface, []Route{
		{Pattern: "GET /desk/", Need: auth.Anyone, Handle: d.page(`<h1>Desk</h1><a id="act" data-dialog href="/desk/act/">Reject</a> <a id="broken" data-dialog href="/desk/none/">Broken</a>`)},
		{Pattern: "GET /desk/act/", Need: auth.Anyone, Handle: d.page(`<form class="panel" method="post"><h1>Reject?</h1><label for="why">Why</label><textarea id="why" name="why"></textarea><a id="back" href="/desk/" data-close>Back</a><button id="go">Reject</button></form>`)},
		{Pattern: "POST /desk/act/", Need: auth.Anyone, Handle: d.act},
	})
	h := w.Handler()
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("X-Forwarded-Proto", "https")
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(d.Close)
	return d
}

func (d *desk) page(html string) Handler {
	content := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, html)
		return err
	})
	return func(w http.ResponseWriter, r *http.Request) error {
		layout := ui.Console(NewPage(r, "web.menu"))
		return Render(w, r, http.StatusOK, templ.ComponentFunc(func(ctx context.Context, out io.Writer) error {
			return layout.Render(templ.WithChildren(ctx, content), out)
		}))
	}
}

// POST /desk/act/
func (d *desk) act(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	d.sent.Add(1)
	Flash(w, r, ui.Done, "form.too_long", "Limit", len(f.Raw("why")))
	Redirect(w, r, "/desk/")
	return nil
}

// open shows a page, with our scripts or as if they had not arrived.
func open(t *testing.T, address string, width int, scripts bool) *rod.Page {
	t.Helper()
	bin, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium; make test installs it")
	}
	l := launcher.New().Bin(bin).Leakless(false).NoSandbox(true).Headless(true).UserDataDir(t.TempDir()).
		Set("disable-background-networking").Set("disable-component-update").Set("disable-sync").Set("disable-quic").
		Set("disable-dev-shm-usage").Set("no-first-run")
	t.Cleanup(l.Cleanup)
	control, err := l.Launch()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Kill)
	b := rod.New().ControlURL(control).WithPanic(func(v any) { t.Helper(); t.Fatalf("browser: %v", v) })
	if err := b.Connect(); err != nil {
		t.Fatal(err)
	}
	p := b.MustPage().Timeout(4 * patience)
	p.MustSetViewport(width, 740, 1, false)
	p.MustEvalOnNewDocument(`window.refused = []; addEventListener("securitypolicyviolation", (e) => refused.push(e.violatedDirective + " " + e.blockedURI))`)
	if !scripts {
		router := p.HijackRequests()
		router.MustAdd("*.js", func(h *rod.Hijack) { h.Response.Fail(proto.NetworkErrorReasonBlockedByClient) })
		go router.Run()
		t.Cleanup(func() { _ = router.Stop() }) // the browser goes with the test anyway
	}
	p.MustNavigate(address).MustWaitLoad()
	return p
}

// The act's form comes over the page, can be left, and is sent once however often it is
// pressed; a page that has none is simply opened.
func TestActsOverThePage(t *testing.T) {
	d := newDesk(t)
	p := open(t, d.URL+"/desk/", 1440, true)

	p.MustElement("#act").MustClick()
	p.MustElement("dialog[open] #why").MustWaitVisible()
	if got := p.MustEval(`() => [document.activeElement.id, document.querySelector("dialog").getAttribute("aria-labelledby"), document.querySelector("dialog form").action].join(" ")`).Str(); got != "why act-title "+d.URL+"/desk/act/" {
		t.Errorf("dialog: %s", got)
	}
	p.MustElement("#back").MustClick()
	p.MustWait(`() => !document.querySelector("dialog")`)
	if at := p.MustInfo().URL; at != d.URL+"/desk/" {
		t.Errorf("leaving the dialog leads to %s", at)
	}

	p.MustElement("#act").MustClick()
	p.MustElement("dialog[open] #why").MustInput("1234567")
	_, _ = p.Eval(`() => { const go = document.querySelector("#go"); go.click(); go.click(); go.click() }`) // the page may leave while it is asked
	shows(t, p, ".notice-leaf p", "At most 7 characters.")
	if n := d.sent.Load(); n != 1 {
		t.Errorf("%d forms arrived", n)
	}
	p.MustElement(".notice-leaf [data-dismiss]").MustClick()
	p.MustWait(`() => !document.querySelector(".notice")`)

	p.MustElement("#broken").MustClick()
	shows(t, p, "#problem-h", "There is nothing here")
	unrefused(t, p)
}

// Light or dark is chosen, kept, and there before the page is painted; the drawer opens.
func TestThemeAndDrawer(t *testing.T) {
	d := newDesk(t)
	p := open(t, d.URL+"/desk/", 360, true)
	p.MustElement("[data-theme-toggle]").MustClick()
	if got := p.MustEval(`() => document.documentElement.dataset.theme`).Str(); got != "ekolek-dark" {
		t.Errorf("theme %q", got)
	}
	p.MustReload().MustWaitLoad()
	if got := p.MustEval(`() => [document.documentElement.dataset.theme, getComputedStyle(document.documentElement).colorScheme].join(" ")`).Str(); got != "ekolek-dark dark" {
		t.Errorf("after a reload: %q", got)
	}
	p.MustElement(`.console-bar a[href="#side-menu"]`).MustClick()
	p.MustElement("#side-menu .side-nav a").MustWaitVisible()
	p.Keyboard.MustType(input.Escape)
	p.MustWait(`() => location.hash === "#main"`)
	unrefused(t, p)
}

// Without our scripts the same link leads to the act's own page, and the drawer opens too.
func TestWithoutScripts(t *testing.T) {
	d := newDesk(t)
	p := open(t, d.URL+"/desk/", 360, false)
	p.MustElement(`.console-bar a[href="#side-menu"]`).MustClick()
	p.MustElement("#side-menu .side-nav a").MustWaitVisible()
	p.MustElement(`#side-menu a[href="#main"]`).MustClick()
	p.MustElement("#side-menu").MustWaitInvisible()
	p.MustElement("#act").MustClick()
	shows(t, p, "h1", "Reject?")
	p.MustElement("#why").MustInput("123")
	p.MustElement("#go").MustClick()
	shows(t, p, ".notice-leaf p", "At most 3 characters.")
}

// shows waits until what the selector finds says exactly this. A question that meets a
// page on its way out is asked again.
func shows(t *testing.T, p *rod.Page, selector, words string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for got := ""; time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if r, err := p.Eval(`(s) => document.readyState === "complete" ? document.querySelector(s)?.textContent.trim() ?? "" : ""`, selector); err == nil {
			got = r.Value.Str()
		}
		if got == words {
			return
		}
	}
	t.Fatalf("%s never says %q; the page is at %s and reads %.200q", selector, words, p.MustInfo().URL, p.MustElement("body").MustText())
}

// unrefused fails when the policy of production stopped anything on the page.
func unrefused(t *testing.T, p *rod.Page) {
	t.Helper()
	if got := p.MustEval(`() => refused.join(", ")`).Str(); got != "" {
		t.Errorf("the content policy refuses: %s", got)
	}
}
