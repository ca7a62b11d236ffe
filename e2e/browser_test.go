// Package e2e plays the city's work in a real browser against the real program. The
// pages are those of a phone and of an office screen, in both languages; each page
// that is opened is checked: no accessibility finding, no error in the console, no
// foreign host, nothing that runs out of the screen sideways.
package e2e

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/cdp"
	"github.com/go-rod/rod/lib/launcher"
	"github.com/go-rod/rod/lib/proto"
	"github.com/go-rod/rod/lib/utils"
)

// patience is how long a page may take for one step. Machines that test are slow.
const patience = 30 * time.Second

// device is what a person holds and reads.
type device struct {
	name          string
	width, height int
	phone         bool
	lang          string // en or fil
}

func (d device) String() string { return fmt.Sprintf("%s-%s", d.name, d.lang) }

var devices = []device{
	{"phone", 360, 740, true, "fil"},
	{"phone", 360, 740, true, "en"},
	{"desktop", 1440, 900, false, "en"},
	{"desktop", 1440, 900, false, "fil"},
}

// soon is how often a page is asked whether it is as awaited. The library's own pause
// grows to a second, and most of a test was spent in it.
func soon() utils.Sleeper {
	return utils.BackoffSleeper(5*time.Millisecond, 50*time.Millisecond, nil)
}

// chromium starts a browser whose camera plays the film in the given file. It is
// closed with the test.
func chromium(t *testing.T, film string) *rod.Browser {
	t.Helper()
	bin := os.Getenv("EKOLEK_TEST_CHROMIUM")
	if bin == "" {
		found, err := exec.LookPath("chromium")
		if err != nil {
			t.Skip("no Chromium: EKOLEK_TEST_CHROMIUM is not set; `make e2e` installs one")
		}
		bin = found
	}
	l := launcher.New().Bin(bin).Leakless(false).NoSandbox(true).Headless(true).
		UserDataDir(t.TempDir()).
		Set("disable-background-networking").Set("disable-component-update").Set("disable-sync").
		Set("disable-quic").Set("disable-dev-shm-usage").Set("no-first-run").
		Set("use-fake-ui-for-media-stream").Set("use-fake-device-for-media-stream").
		Set("use-file-for-fake-video-capture", film)
	t.Cleanup(l.Cleanup)
	control, err := l.Launch()
	if err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	t.Cleanup(l.Kill)
	b := rod.New().ControlURL(control).WithPanic(func(v any) { t.Fatalf("browser: %v\n%s", v, steps()) })
	if err := b.Connect(); err != nil {
		t.Fatalf("talk to Chromium: %v", err)
	}
	t.Cleanup(func() { _ = b.Close() }) // it may have crashed, which the test has noticed
	return b
}

// steps are the lines of this package that led here, the innermost first.
func steps() string {
	var out strings.Builder
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers)])
	for {
		f, more := frames.Next()
		if strings.Contains(f.Function, "ekolek/e2e.") {
			fmt.Fprintf(&out, "%s:%d %s\n", filepath.Base(f.File), f.Line, path.Base(f.Function))
		}
		if !more {
			return out.String()
		}
	}
}

// person is somebody with a browser of their own: cookies are not shared.
type person struct {
	t      *testing.T
	name   string // for the pictures' file names
	device device
	base   string // http://127.0.0.1:port
	page   *rod.Page

	mu       sync.Mutex
	troubles []string // what the browser complained about since the last check
	shots    int
}

// newPerson opens an empty tab.
func newPerson(t *testing.T, b *rod.Browser, name, base string, d device) *person {
	t.Helper()
	page := b.MustIncognito().MustPage().Sleeper(soon).Timeout(5 * time.Minute)
	p := &person{t: t, name: name, device: d, base: base, page: page}
	page.MustSetViewport(d.width, d.height, 1, d.phone)
	page.MustSetExtraHeaders("X-Forwarded-Proto", "https")
	page.MustSetUserAgent(&proto.NetworkSetUserAgentOverride{
		UserAgent:      b.MustVersion().UserAgent,
		AcceptLanguage: map[string]string{"en": "en-PH,en", "fil": "fil-PH,fil"}[d.lang],
	})
	wait := page.EachEvent(p.onConsole, p.onException, p.onLog, p.onRequest)
	go wait()
	t.Cleanup(func() {
		if t.Failed() {
			p.last()
		}
		_ = page.Close() // the browser may have crashed, which the test has noticed
	})
	return p
}

func (p *person) trouble(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.troubles = append(p.troubles, fmt.Sprintf(format, args...))
}

func (p *person) onConsole(e *proto.RuntimeConsoleAPICalled) {
	if e.Type == proto.RuntimeConsoleAPICalledTypeError || e.Type == proto.RuntimeConsoleAPICalledTypeWarning {
		for _, arg := range e.Args {
			p.trouble("console: %s %s", arg.Value, arg.Description)
		}
	}
}

func (p *person) onException(e *proto.RuntimeExceptionThrown) {
	p.trouble("exception: %s", e.ExceptionDetails.Exception.Description)
}

func (p *person) onLog(e *proto.LogEntryAdded) {
	if e.Entry.Level == proto.LogLogEntryLevelError {
		p.trouble("log: %s %s", e.Entry.Text, e.Entry.URL)
	}
}

func (p *person) onRequest(e *proto.NetworkRequestWillBeSent) {
	u, err := url.Parse(e.Request.URL)
	if err != nil || (u.Scheme != "data" && u.Scheme != "blob" && u.Scheme+"://"+u.Host != p.base) {
		p.trouble("asks a foreign host: %s", e.Request.URL)
	}
}

// open goes to an address of the program and checks the page.
func (p *person) open(address string) {
	p.t.Helper()
	p.leave(func() { p.page.Timeout(patience).MustNavigate(p.base + address) })
	p.check()
}

// press clicks what leads to another page, and checks that page.
func (p *person) press(selector string) {
	p.t.Helper()
	p.leave(func() { p.tap(selector) })
	p.check()
}

// submit sends the form of the page, and checks the page that answers.
func (p *person) submit() {
	p.t.Helper()
	p.press(`main form[method="post"] :is(button.btn-primary, button.btn-error)`)
}

// refused sends the form of the page, which comes back: the browser notes the status 422
// as an error, and it is the only one.
func (p *person) refused() {
	p.t.Helper()
	p.leave(func() { p.tap(`main form[method="post"] :is(button.btn-primary, button.btn-error)`) })
	p.forgive("status of 422")
	p.check()
}

// forgive drops what the browser complained about and the test has provoked.
func (p *person) forgive(complaint string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.troubles = slices.DeleteFunc(p.troubles, func(t string) bool { return strings.Contains(t, complaint) })
}

// arrives waits until a script has led to an address.
func (p *person) arrives(address string) {
	p.t.Helper()
	err := p.until(`path => location.pathname.replace(/\/$/, "") === path && document.readyState === "complete"`, address)
	if err != nil {
		p.t.Fatalf("%s is at %s and does not arrive at %s\n%s", p.name, p.path(), address, p.text())
	}
}

// leave does something that loads another page, now or after a script has thought
// about it, and waits until that page stands.
func (p *person) leave(act func()) {
	p.t.Helper()
	p.page.MustEval(`() => { window.leaving = true }`)
	act()
	err := p.until(`() => !window.leaving && document.readyState === "complete"`)
	if err != nil {
		p.t.Fatalf("%s stays at %s: %v\n%s", p.name, p.path(), err, p.text())
	}
}

// until waits for a condition in whatever page is open; a page that goes away while it
// is asked is no answer.
func (p *person) until(js string, args ...any) error {
	page := p.page.Timeout(patience)
	for {
		err := page.Wait(rod.Eval(js, args...))
		var gone *cdp.Error
		if !errors.As(err, &gone) || page.GetContext().Err() != nil {
			return err
		}
	}
}

// find waits for an element that can be seen.
func (p *person) find(selector string) *rod.Element {
	p.t.Helper()
	return p.page.Timeout(patience).MustElement(selector).MustWaitVisible()
}

// tap scrolls to something and clicks it.
func (p *person) tap(selector string) {
	p.t.Helper()
	e := p.find(selector)
	e.MustEval(`() => this.scrollIntoView({ block: "center", behavior: "instant" })`)
	e.MustClick()
}

// fill types into a field, over what stands there.
func (p *person) fill(selector, text string) {
	p.t.Helper()
	p.find(selector).MustSelectAllText().MustInput(text)
}

// sees waits until a text stands in the page.
func (p *person) sees(text string) {
	p.t.Helper()
	err := p.until(`want => document.body && document.body.innerText.replace(/\s+/g, " ").includes(want)`, text)
	if err != nil {
		p.t.Fatalf("%s at %s does not see %q in:\n%s", p.name, p.path(), text, p.text())
	}
}

// text is all that can be read on the page.
func (p *person) text() string {
	return p.page.MustEval(`() => document.body ? document.body.innerText : ""`).Str()
}

// at holds the address of the page.
func (p *person) at(address string) {
	p.t.Helper()
	if got := p.path(); got != address {
		p.t.Fatalf("%s is at %s, want %s\n%s", p.name, got, address, p.text())
	}
}

func (p *person) path() string {
	u, err := url.Parse(p.page.MustInfo().URL)
	if err != nil {
		p.t.Fatal(err)
	}
	return u.Path
}

// picture draws a picture of the README anew when UPDATE_PICTURES is set: the phone's,
// in English.
func (p *person) picture(name string) {
	if os.Getenv("UPDATE_PICTURES") == "" || !p.device.phone || p.device.lang != "en" {
		return
	}
	file := filepath.Join("..", "docs", "pictures", name+".png")
	if err := os.WriteFile(file, p.page.MustScreenshot(), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// last keeps what was to be seen when the test failed; a page that hangs gives nothing.
func (p *person) last() {
	picture, err := p.page.CancelTimeout().Timeout(5*time.Second).Screenshot(false, nil)
	if err == nil {
		err = os.MkdirAll("shots", 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join("shots", "failed-"+p.device.String()+"-"+p.name+".png"), picture, 0o644)
	}
	if err != nil {
		p.t.Logf("no picture of %s: %v", p.name, err)
	}
}

// shot keeps a picture of the page for whoever looks at the pages.
func (p *person) shot(what string) {
	p.shots++
	file := filepath.Join("shots", p.device.String(), fmt.Sprintf("%s-%02d-%s.png", p.name, p.shots, what))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(file, p.page.MustScreenshot(), 0o644); err != nil {
		p.t.Fatal(err)
	}
}
