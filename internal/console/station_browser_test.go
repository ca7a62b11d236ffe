package console_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/input"
	"github.com/go-rod/rod/lib/launcher"
	"github.com/go-rod/rod/lib/proto"
	"github.com/google/uuid"
	"rsc.io/qr"

	"ekolek/internal/ledger"
	"ekolek/internal/rewards"
	"ekolek/internal/testkit"
	"ekolek/internal/web"
)

// patience is how long a page may take for one step on a slow machine.
const patience = 30 * time.Second

// stationBrowser is a collector's phone whose camera sees one card.
type stationBrowser struct {
	*stationWorld
	browser *rod.Browser
}

// newStationBrowser starts Chromium with a camera that sees the code that card makes; nil
// for no camera.
func newStationBrowser(t *testing.T, card func(*stationWorld) string) *stationBrowser {
	t.Helper()
	bin, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no Chromium")
	}
	w := newStrictStationWorld(t, testkit.DB(t))
	l := launcher.New().Bin(bin).Leakless(false).NoSandbox(true).Headless(true).UserDataDir(t.TempDir()).
		Set("disable-background-networking").Set("disable-component-update").Set("disable-sync").Set("disable-quic").
		Set("disable-dev-shm-usage").Set("no-first-run")
	if card != nil {
		l.Set("use-fake-ui-for-media-stream").Set("use-fake-device-for-media-stream").Set("use-file-for-fake-video-capture", film(t, card(w)))
	}
	t.Cleanup(l.Cleanup)
	control, err := l.Launch()
	must(t, err)
	t.Cleanup(l.Kill)
	b := rod.New().ControlURL(control).WithPanic(func(v any) { t.Helper(); t.Fatalf("browser: %v", v) })
	must(t, b.Connect())
	t.Cleanup(func() { _ = b.Close() }) // it may have crashed, which the test has noticed
	return &stationBrowser{stationWorld: w, browser: b}
}

func nenasCard(w *stationWorld) string {
	w.t.Helper()
	card, err := w.people.CardOf(w.t.Context(), w.nena.ID)
	must(w.t, err)
	return card.QR
}

// page opens a tab of the collector, signed in, at a size.
func (s *stationBrowser) page(width, height int) *rod.Page {
	s.t.Helper()
	p := s.browser.MustPage().Timeout(5 * time.Minute)
	s.t.Cleanup(func() { _ = p.Close() })
	p.MustSetViewport(width, height, 1, width < 768)
	p.MustSetCookies(&proto.NetworkCookieParam{Name: "__Host-" + web.StaffCookie, Value: s.token, URL: s.url, Path: "/", HTTPOnly: true, Secure: true})
	s.listen(p)
	p.MustSetCookies(&proto.NetworkCookieParam{Name: "ekolek_lang", Value: s.lang, URL: s.url})
	return p
}

// listen fails the test when the policy of production, or anything else that a browser
// keeps, stops a part of a page.
func (s *stationBrowser) listen(p *rod.Page) {
	s.t.Helper()
	must(s.t, proto.LogEnable{}.Call(p))
	go p.EachEvent(func(e *proto.LogEntryAdded) {
		for _, stopped := range []string{"Content Security Policy", "Trusted", "ERR_BLOCKED_BY_RESPONSE", "Permissions policy", "integrity"} {
			if strings.Contains(e.Entry.Text, stopped) {
				s.t.Errorf("the browser stops something: %s", e.Entry.Text)
			}
		}
	})()
}

func (s *stationBrowser) open(p *rod.Page, path string) {
	s.t.Helper()
	p.Timeout(patience).MustNavigate(s.url + path).MustWaitLoad()
}

// waitAt waits until the tab shows an address that begins so.
func (s *stationBrowser) waitAt(p *rod.Page, path string) {
	s.t.Helper()
	if !s.until(p, `(start) => location.pathname.startsWith(start) && document.readyState === "complete"`, path) {
		s.t.Fatalf("waiting for %s, the page is at %s", path, p.MustInfo().URL)
	}
}

// says waits until what the selector finds says something.
func (s *stationBrowser) says(p *rod.Page, selector, words string) {
	s.t.Helper()
	if !s.until(p, `(selector, words) => {
		const e = document.querySelector(selector);
		return !!e && !e.hidden && e.textContent.replace(/\s+/g, " ").includes(words);
	}`, selector, words) {
		s.t.Fatalf("waiting for %s to say %q; it says %q", selector, words, p.MustEval(`(s) => document.querySelector(s)?.textContent ?? "(nothing)"`, selector).Str())
	}
}

// until asks the page until it says yes. A question that meets a page on its way out is
// asked again.
func (s *stationBrowser) until(p *rod.Page, question string, args ...any) bool {
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		if r, err := p.Timeout(patience).Eval(question, args...); err == nil && r.Value.Bool() {
			return true
		}
		time.Sleep(50 * time.Millisecond)
	}
	return false
}

// thumb types a weight on the number pad.
func (s *stationBrowser) thumb(p *rod.Page, keys string) {
	for _, k := range keys {
		p.Timeout(patience).MustElement(fmt.Sprintf(`[data-pad] [data-key="%c"]`, k)).MustClick()
	}
}

// keys types on a keyboard, "\r" being Enter.
func (s *stationBrowser) keys(p *rod.Page, text string) {
	s.t.Helper()
	for _, k := range text {
		p.Keyboard.MustType(input.Key(k))
	}
}

func (s *stationBrowser) click(p *rod.Page, selector string) {
	s.t.Helper()
	p.Timeout(patience).MustElement(selector).MustClick()
}

// film is what the camera sees: one frame in Y4M, which Chromium plays in a loop.
func film(t *testing.T, text string) string {
	t.Helper()
	const width, height = 640, 480
	code, err := qr.Encode(text, qr.M)
	must(t, err)
	luma := bytes.Repeat([]byte{200}, width*height) // a card in the shade
	scale := 320 / code.Size
	for y := range code.Size * scale {
		for x := range code.Size * scale {
			if code.Black(x/scale, y/scale) {
				luma[(80+y)*width+160+x] = 30
			}
		}
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "YUV4MPEG2 W%d H%d F10:1 Ip A1:1 C420\nFRAME\n", width, height)
	b.Write(luma)
	b.Write(bytes.Repeat([]byte{128}, width*height/2))
	file := filepath.Join(t.TempDir(), "card.y4m")
	must(t, os.WriteFile(file, b.Bytes(), 0o600))
	return file
}

// The whole visit by thumb: the camera finds the card, two materials are weighed, the
// receipt tells the new balance, and a reward is given.
func TestStationVisitInBrowser(t *testing.T) {
	s := newStationBrowser(t, nenasCard)
	p := s.page(360, 740)
	s.open(p, "/console/station/")
	s.waitAt(p, "/console/station/residents/"+s.nena.ID.String())
	s.says(p, ".who", "Valid card")

	s.click(p, `.mat:has([value="`+s.pet.ID.String()+`"])`)
	s.thumb(p, "6.75")
	s.says(p, "[data-points]", "33.75")
	s.click(p, "#tare")
	s.thumb(p, "0.35")
	s.says(p, "[data-net]", "6.4")
	s.click(p, `.act button[value="add"]`)
	s.says(p, "[data-lines]", "PET bottles 6.4 kg")
	s.click(p, `.mat:has([value="`+s.metal.ID.String()+`"])`)
	s.thumb(p, "2.45")
	s.says(p, "[data-total-points]", "56.5")
	s.says(p, "[data-total-kilos]", "8.85")
	s.shot(p, "weigh-two")
	s.click(p, "[data-save]")

	s.waitAt(p, "/console/station/weigh-ins/")
	s.says(p, ".earned b", "+56.5 points")
	s.says(p, ".notice-sun", "New balance: 56.5 points")
	if focus := p.MustEval(`() => document.activeElement.tagName`).Str(); focus != "H1" {
		t.Errorf("the focus is on %s, not on the heading", focus)
	}
	s.shot(p, "receipt")

	s.click(p, `a[href*="/rewards/"]`)
	s.waitAt(p, "/console/station/residents/")
	s.click(p, `.reward [data-step="1"]`)
	s.says(p, "[data-rest]", "6.5")
	s.click(p, "[data-next]")
	s.waitAt(p, "/console/station/residents/"+s.nena.ID.String()+"/rewards/give/")
	s.says(p, "[data-rest]", "6.5")
	s.click(p, "[data-save]")
	s.waitAt(p, "/console/station/receipts/")
	s.says(p, ".notice-sun", "New balance: 6.5 points")
	if got := s.points(s.nena); got != 650 {
		t.Errorf("balance %s, want 6.5", got)
	}
}

// A browser with a BarcodeDetector of its own does not load the other decoder.
func TestStationUsesTheBrowsersDecoder(t *testing.T) {
	s := newStationBrowser(t, nenasCard)
	p := s.page(360, 740)
	p.MustEvalOnNewDocument(`globalThis.BarcodeDetector = class {
		static getSupportedFormats() { return Promise.resolve(["qr_code"]); }
		detect(video) { return Promise.resolve(video.videoWidth ? [{ rawValue: "nena" }] : []); }
	}`)
	loaded := make(chan string, 100)
	wait := p.EachEvent(func(e *proto.NetworkRequestWillBeSent) {
		if strings.Contains(e.Request.URL, "zxing") {
			loaded <- e.Request.URL
		}
	})
	go wait()
	s.open(p, "/console/station/")
	s.waitAt(p, "/console/station/residents/"+s.nena.ID.String())
	select {
	case url := <-loaded:
		t.Errorf("loaded %s", url)
	default:
	}
}

// A card that stands for nobody is told in the finder, and the camera looks on.
func TestStationUnknownCard(t *testing.T) {
	s := newStationBrowser(t, func(*stationWorld) string { return "EK1.not-a-card-of-ours" })
	for name, size := range map[string][2]int{"phone": {360, 740}, "desktop": {1440, 900}} {
		p := s.page(size[0], size[1])
		s.open(p, "/console/station/")
		s.says(p, `[data-says][data-mood="bad"]`, "not a card of the city")
		if p.MustEval(`() => document.querySelector("video").paused`).Bool() {
			t.Errorf("%s: the camera stopped", name)
		}
		s.shot(p, "unknown-card-"+name)
	}
}

// Without a camera the page says so and the code is typed.
func TestStationWithoutCamera(t *testing.T) {
	s := newStationBrowser(t, nil)
	p := s.page(360, 740)
	s.open(p, "/console/station/")
	s.says(p, "[data-says]", "Type the code")
	if id := p.MustEval(`() => document.activeElement.id`).Str(); id != "q" {
		t.Errorf("the focus is on %q, not on the code", id)
	}
	s.keys(p, "nena\r")
	s.waitAt(p, "/console/station/residents/"+s.nena.ID.String())
}

// At a desk a scanner types the code, digits and Enter do the rest.
func TestStationByKeyboard(t *testing.T) {
	s := newStationBrowser(t, nil)
	p := s.page(1440, 900)
	s.open(p, "/console/station/")
	s.says(p, "[data-says]", "Type the code")
	p.MustEval(`() => document.activeElement.blur()`)
	s.keys(p, "nena\r")
	s.waitAt(p, "/console/station/residents/"+s.nena.ID.String())
	s.says(p, ".who", "Found by search")
	s.click(p, `.mat:has([value="`+s.pet.ID.String()+`"])`)
	s.keys(p, "6.4\r")
	s.says(p, "[data-lines]", "PET bottles 6.4 kg")
	s.keys(p, "\r") // nothing is being typed: on to Save
	s.keys(p, "\r")
	s.waitAt(p, "/console/station/weigh-ins/")
	s.says(p, ".earned b", "+32 points")
}

// No signal: the form waits, sends the same key again, and pays once.
func TestStationWithoutSignal(t *testing.T) {
	s := newStationBrowser(t, nil)
	p := s.page(360, 740)
	s.open(p, s.weighing(s.nena))
	s.click(p, `.mat:has([value="`+s.pet.ID.String()+`"])`)
	s.thumb(p, "2")
	s.offline(p, true)
	s.click(p, "[data-save]")
	s.says(p, "[data-status]", "No signal")
	s.offline(p, false)
	s.waitAt(p, "/console/station/weigh-ins/")
	if got := s.points(s.nena); got != 1000 {
		t.Errorf("balance %s, want 10", got)
	}
}

// Things were given and the answer lost: the page says so, and sending again finds the
// receipt, although there are no points left for another.
func TestStationRewardAnswerLost(t *testing.T) {
	s := newStationBrowser(t, nil)
	s.save(s.nena, "k1", s.metal.ID.String(), "12", "")
	p := s.page(360, 740)
	path := s.giving(s.nena, "card", "place", s.defaultPlace().String(), want(s.rice), "2")
	s.open(p, path)
	s.offline(p, true)
	s.click(p, "[data-save]")
	s.says(p, "[data-status]", "No signal")
	key := p.MustEval(`() => document.querySelector("[name=key]").value`).Str()
	s.post(path, map[string][]string{"key": {key}}).is(http.StatusSeeOther) // what the phone never heard of
	p.Timeout(patience).MustNavigate("about:blank").MustWaitLoad()
	s.offline(p, false)

	s.open(p, s.shelf(s.nena, "card")) // wherever the collector looks next, it is told
	s.says(p, "[data-restored]", "it counts once")
	s.click(p, "[data-resume]")
	s.waitAt(p, "/console/station/residents/"+s.nena.ID.String()+"/rewards/give/")
	s.says(p, ".notice-clay:not([data-problem])", "has 20")
	s.shot(p, "answer-lost")
	s.click(p, "[data-resend]")
	s.waitAt(p, "/console/station/receipts/")
	if got := s.points(s.nena); got != 2000 {
		t.Errorf("balance %s, want 20", got)
	}
	s.open(p, path)
	if !p.MustElement("[data-restored]").MustProperty("hidden").Bool() {
		t.Error("what was given is offered again")
	}
}

// What was typed survives a reload, and so does the key that pays once.
func TestStationDraftSurvives(t *testing.T) {
	s := newStationBrowser(t, nil)
	p := s.page(360, 740)
	s.open(p, s.weighing(s.nena))
	s.click(p, `.mat:has([value="`+s.pet.ID.String()+`"])`)
	s.thumb(p, "6.4")
	s.click(p, `.act button[value="add"]`)
	s.click(p, `.mat:has([value="`+s.metal.ID.String()+`"])`)
	s.thumb(p, "1.5")
	key := p.MustEval(`() => document.querySelector("[name=key]").value`).Str()
	p.MustReload().MustWaitLoad()
	s.says(p, "[data-restored]", "Not saved yet")
	s.says(p, "[data-lines]", "PET bottles 6.4 kg")
	s.says(p, "[data-total-points]", "47")
	if again := p.MustEval(`() => document.querySelector("[name=key]").value`).Str(); again != key {
		t.Errorf("the key was %s and is %s", key, again)
	}
	s.shot(p, "restored")

	// The sign-in has ended meanwhile: nothing is lost, and the way back is shown.
	p.MustSetCookies(&proto.NetworkCookieParam{Name: "__Host-" + web.StaffCookie, Value: "ended", URL: s.url, Path: "/", Secure: true})
	s.click(p, "[data-save]")
	s.says(p, "[data-problem]", "Your sign-in has ended")
	p.MustSetCookies(&proto.NetworkCookieParam{Name: "__Host-" + web.StaffCookie, Value: s.token, URL: s.url, Path: "/", HTTPOnly: true, Secure: true})
	s.click(p, "[data-save]")
	s.waitAt(p, "/console/station/weigh-ins/")
	s.open(p, s.weighing(s.nena))
	if !p.MustElement("[data-lines]").MustProperty("hidden").Bool() {
		t.Error("what was saved is offered again")
	}
}

// The page's arithmetic is the ledger's, to the last hundredth.
func TestStationAmountsAreTheLedgers(t *testing.T) {
	s := newStationBrowser(t, nil)
	p := s.page(360, 740)
	s.open(p, s.weighing(s.nena))
	source := p.MustElement(`script[src*="weigh.js"]`).MustAttribute("src")
	module := strings.Replace(*source, "weigh.js", "amount.js", 1)
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		grams, rate := ledger.Grams(random.Int64N(1_000_001)), ledger.Rate(random.Int64N(100_001))
		points, err := ledger.PointsFor(grams, rate)
		must(t, err)
		got := p.MustEval(`async (module, kilos, rate) => {
			const { parseKilos, pointsFor } = await import(module);
			return String(pointsFor(parseKilos(kilos), BigInt(rate)));
		}`, module, grams.Kilos(), int64(rate)).Str()
		if want := fmt.Sprint(int64(points)); got != want {
			t.Fatalf("%s kg at %s: %s hundredths, the ledger says %s", grams.Kilos(), rate, got, want)
		}
	}
	for _, text := range []string{"", " ", "2", "2.", "2.45", "2,45", "2,450", "1,000", ".5", "-1", "1.2345", "x", "007", "1e3"} {
		want := "null"
		if g, err := ledger.ParseKilos(text); err == nil {
			want = fmt.Sprint(int64(g))
		}
		got := p.MustEval(`async (module, text) => String((await import(module)).parseKilos(text))`, module, text).Str()
		if got != want {
			t.Errorf("%q is %s, the ledger reads %s", text, got, want)
		}
	}
}

// offline takes the signal away, or gives it back.
func (s *stationBrowser) offline(p *rod.Page, off bool) {
	s.t.Helper()
	must(s.t, proto.NetworkEnable{}.Call(p))
	must(s.t, proto.NetworkEmulateNetworkConditions{Offline: off, DownloadThroughput: -1, UploadThroughput: -1}.Call(p))
}

// shot keeps a picture of the tab where EKOLEK_TEST_PICTURES says.
func (s *stationBrowser) shot(p *rod.Page, name string) {
	s.t.Helper()
	if dir := os.Getenv("EKOLEK_TEST_PICTURES"); dir != "" {
		p.MustScreenshot(filepath.Join(dir, "station-"+name+".png"))
	}
}

// looks are how the Station is held: device, language, light or dark.
var looks = []struct {
	name          string
	width, height int
	lang, scheme  string
}{
	{"phone-en-light", 360, 740, "en", "light"},
	{"phone-fil-dark", 360, 740, "fil", "dark"},
	{"desktop-en-light", 1440, 900, "en", "light"},
	{"desktop-fil-dark", 1440, 900, "fil", "dark"},
}

// Every page of the Station fits its screen and has no accessibility finding.
func TestStationPages(t *testing.T) {
	axe, err := os.ReadFile(filepath.Join("..", "..", "e2e", "testdata", "axe-core", "axe.min.js"))
	must(t, err)
	s := newStationBrowser(t, nil)
	s.save(s.nena, "k1", s.metal.ID.String(), "12.5", "")
	receipt := s.post(s.weighing(s.nena), map[string][]string{"key": {"k2"}, "do": {"save"}, "note": {"wet sacks"},
		"line_type": {s.pet.ID.String(), s.metal.ID.String()}, "line_gross": {"6.4", "2.45"}, "line_tare": {"", "0.2"}}).location
	home := "/console/station/residents/" + s.nena.ID.String() + "/"
	given := s.post(s.giving(s.nena, "card", want(s.rice), "1", want(s.soap), "2"), map[string][]string{"key": {"r1"}}).location
	_, err = s.rewards.SavePlace(t.Context(), program, rewards.PlaceForm{Name: "San Antonio hall", Active: true})
	must(t, err)
	s.reserves(s.nena, s.rice, 1, uuid.Nil)
	for _, l := range looks {
		t.Run(l.name, func(t *testing.T) {
			s.lang = l.lang
			p := s.page(l.width, l.height)
			must(t, proto.EmulationSetEmulatedMedia{Features: []*proto.EmulationMediaFeature{{Name: "prefers-color-scheme", Value: l.scheme}}}.Call(p))
			for _, page := range []struct{ name, path string }{
				{"scan", "/console/station/"},
				{"find", "/console/station/find/?q=a"},
				{"find-nobody", "/console/station/find/?q=nobody+so+named"},
				{"weigh", s.weighing(s.nena)},
				{"weigh-old-card", home + "?" + s.way(s.nena, "legacy_card").Encode()},
				{"barred", "/console/station/residents/" + s.sol.ID.String() + "/"},
				{"receipt", receipt},
				{"rewards", s.shelf(s.nena, "card")},
				{"cart", s.giving(s.nena, "card", want(s.soap), "1")},
				{"cart-proof", s.giving(s.nena, "legacy_card", want(s.soap), "1")},
				{"cart-dear", s.giving(s.nena, "card", want(s.oil), "1", want(s.rice), "7")},
				{"given", given},
			} {
				s.open(p, page.path)
				s.sound(t, p, page.name, string(axe))
				s.shot(p, page.name+"-"+l.name)
			}
			s.open(p, s.weighing(s.nena))
			for _, kilos := range []string{"6.4", "12.25", "0.75"} {
				s.click(p, `.mat:has([value="`+s.pet.ID.String()+`"])`)
				s.thumb(p, kilos)
				s.click(p, `.act button[value="add"]`)
			}
			s.click(p, `.mat:has([value="`+s.metal.ID.String()+`"])`)
			s.thumb(p, "2.45")
			s.sound(t, p, "weigh-full", string(axe))
			s.shot(p, "weigh-full-"+l.name)
			s.click(p, "#tare")
			s.thumb(p, "9")
			s.click(p, `.act button[value="add"]`)
			s.says(p, "#tare-error", "")
			s.sound(t, p, "weigh-wrong", string(axe))
			s.shot(p, "weigh-wrong-"+l.name)
			p.MustEval(`() => sessionStorage.clear()`)
		})
	}
}

// sound checks a page that is shown.
func (s *stationBrowser) sound(t *testing.T, p *rod.Page, name, axe string) {
	t.Helper()
	if over := p.MustEval(`() => document.documentElement.scrollWidth - innerWidth`).Int(); over > 0 {
		t.Errorf("%s runs %d px out of the screen", name, over)
	}
	p.MustEval(`(axe) => { if (!globalThis.axe) (0, eval)(axe); }`, axe)
	found := p.MustEval(`async () => (await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"] })).violations
		.map((v) => v.id + ": " + v.nodes.map((n) => n.html + " " + n.failureSummary).join(" | ")).join("\n")`).Str()
	if found != "" {
		t.Errorf("%s: %s", name, found)
	}
}
