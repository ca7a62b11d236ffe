package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/errs"
	"ekolek/internal/web/form"
	"ekolek/internal/web/ui"
)

var noon = time.Date(2026, 11, 24, 4, 0, 0, 0, time.UTC)

// people who ask, by the token that their cookie holds
var signedIn = map[string]auth.Principal{
	"resident":  {Surface: auth.ResidentSurface, ID: uuid.MustParse("01900000-0000-7000-8000-000000000001"), Name: "Nena", Language: "fil"},
	"admin":     {Surface: auth.StaffSurface, ID: uuid.MustParse("01900000-0000-7000-8000-000000000002"), Name: "Amihan", Role: auth.SuperAdmin},
	"analyst":   {Surface: auth.StaffSurface, Name: "Tala", Role: auth.SecurityAnalyst},
	"newcomer":  {Surface: auth.StaffSurface, Name: "Isko", Role: auth.SuperAdmin, MustChangePassword: true},
	"barred":    {Surface: auth.ResidentSurface, Name: "Bayani", Barred: true},
	"localised": {Surface: auth.StaffSurface, Name: "Ligaya", Role: auth.SuperAdmin, Language: "fil"},
}

func principalOf(_ context.Context, s auth.Surface, token string) (auth.Principal, error) {
	if token == "broken" {
		return auth.Principal{}, errors.New("database is away")
	}
	p, ok := signedIn[token]
	if !ok || p.Surface != s {
		return auth.Principal{}, errs.New(errs.Unauthenticated, "SESSION_OVER", "web.problem.sign_in")
	}
	return p, nil
}

// world is a server with a few routes of each surface.
type world struct {
	*Server
	log bytes.Buffer
}

func newWorld(t *testing.T, change func(*Options)) *world {
	t.Helper()
	w := &world{}
	opts := Options{Debug: true, Hosts: []string{"*"}, SecretKey: []byte("secret"), Now: func() time.Time { return noon },
		Log: slog.New(slog.NewJSONHandler(&w.log, nil)), PrincipalOf: principalOf}
	if change != nil {
		change(&opts)
	}
	w.Server = New(opts)
	w.Mount(siteSurface(), siteRoutes())
	w.Mount(consoleSurface(), consoleRoutes())
	return w
}

func production(o *Options) {
	o.Debug = false
	o.Hosts = []string{"ekolek.example", ".san-pedro.example"}
	o.Origins = []string{"https://forms.example"}
	o.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
}

func siteSurface() *Surface {
	return &Surface{Frame: ui.Frame{Name: "web.site", Home: "/", SignIn: "/login/", SignOut: "/logout/"},
		SignIns: auth.ResidentSurface, Cookie: ResidentCookie}
}

func consoleSurface() *Surface {
	return &Surface{Frame: ui.Frame{Name: "web.console", Home: "/console/", SignIn: "/console/login/", SignOut: "/console/logout/", Password: "/console/password/"},
		SignIns: auth.StaffSurface, Cookie: StaffCookie, Prefix: "/console/"}
}

func siteRoutes() []Route {
	return []Route{
		{Pattern: "GET /", Need: auth.Anyone, Handle: show("web.site")},
		{Pattern: "GET /home/", Need: auth.Resident, Handle: show("web.menu")},
		{Pattern: "GET /fail/{status}/", Need: auth.Anyone, Handle: failAs},
		{Pattern: "GET /panic/", Need: auth.Anyone, Handle: func(http.ResponseWriter, *http.Request) error { panic("boom") }},
		{Pattern: "GET /late/", Need: auth.Anyone, Handle: func(w http.ResponseWriter, r *http.Request) error {
			http.NewResponseController(w).Flush()
			panic("after the first byte")
		}},
		{Pattern: "GET /scan/", Need: auth.Anyone, Handle: show("web.menu"), Camera: true},
		{Pattern: "GET /big/", Need: auth.Anyone, Handle: big},
		{Pattern: "GET /file.csv", Need: auth.Anyone, Handle: show("web.menu")},
		{Pattern: "POST /send/", Need: auth.Anyone, Handle: send},
		{Pattern: "POST /login/", Need: auth.Anyone, Handle: signIn},
		{Pattern: "POST /logout/", Need: auth.Anyone, Handle: func(w http.ResponseWriter, r *http.Request) error {
			DropSession(w, r)
			Redirect(w, r, "/")
			return nil
		}},
		{Pattern: "GET /row/{id}/", Need: auth.Anyone, Handle: func(w http.ResponseWriter, r *http.Request) error {
			id, err := PathID(r, "id")
			if err != nil {
				return err
			}
			return JSON(w, http.StatusOK, id)
		}},
	}
}

func consoleRoutes() []Route {
	return []Route{
		{Pattern: "GET /console/", Need: auth.AnyStaff, Handle: show("web.menu")},
		{Pattern: "GET /console/rewards/", Need: auth.ManageRewards, Handle: show("web.menu")},
		{Pattern: "GET /console/password/", Need: auth.ChangeOwnPassword, Handle: show("web.change_password")},
	}
}

// show renders the smallest page: the problem page with another status.
func show(title string) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		p := NewPage(r, title)
		return Render(w, r, http.StatusOK, ui.ProblemPage(ui.Problem{Page: p, Status: 200, Headline: p.Title, Back: "/"}))
	}
}

func big(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, err := io.WriteString(w, strings.Repeat("kolek ", 1000))
	return err
}

func failAs(w http.ResponseWriter, r *http.Request) error {
	kinds := map[string]error{
		"400": form.ErrMalformed, "401": errSignIn, "403": errForbidden,
		"404": errs.New(errs.NotFound, "NO_SUCH_FAMILY", "web.problem.not_found"),
		"409": errs.New(errs.Conflict, "OUT_OF_STOCK", "web.problem.conflict"),
		"413": &http.MaxBytesError{Limit: 10},
		"422": errs.NewField("name", "form.required"),
		"429": errs.New(errs.TooMany, "LOCKED", "web.problem.too_many").After(90 * time.Second),
		"500": errors.New("database is away: password=hunter2"),
		"503": errs.New(errs.Unavailable, "BUSY", "web.problem.unavailable"),
	}
	return fmt.Errorf("do it: %w", kinds[r.PathValue("status")])
}

func send(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	Flash(w, r, ui.Done, "form.too_long", "Limit", 1500)
	Redirect(w, r, f.Raw("to"))
	return nil
}

func signIn(w http.ResponseWriter, r *http.Request) error {
	KeepSession(w, r, "resident", noon.Add(time.Hour))
	Redirect(w, r, Next(r, "/home/"))
	return nil
}

// ask sends one request; lines are "Name: value" headers, the Cookie among them.
func (w *world) ask(t *testing.T, method, target, body string, lines ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	if peer := r.Header.Get("Peer"); peer != "" {
		r.RemoteAddr = peer
	}
	rec := httptest.NewRecorder()
	w.Handler().ServeHTTP(rec, r)
	return rec.Result()
}

func read(t *testing.T, res *http.Response) (*goquery.Document, string) {
	t.Helper()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return doc, string(data)
}

const https = "http://ekolek.example" // through the trusted proxy below

var viaProxy = []string{"Peer: 10.1.2.3:4000", "X-Forwarded-Proto: https", "X-Forwarded-For: 203.0.113.9"}

func TestEveryStatusHasItsPage(t *testing.T) {
	w := newWorld(t, nil)
	for _, status := range []int{400, 401, 403, 404, 409, 413, 422, 429, 500, 503} {
		for _, lang := range []string{"en", "fil"} {
			t.Run(fmt.Sprint(status, lang), func(t *testing.T) {
				res := w.ask(t, "GET", fmt.Sprintf("/fail/%d/", status), "", "Accept-Language: "+lang)
				doc, html := read(t, res)
				if res.StatusCode != status {
					t.Fatalf("status %d", res.StatusCode)
				}
				if doc.Find("html").AttrOr("lang", "") != lang || doc.Find("h1#problem-h").Text() == "" || strings.Contains(html, "web.problem") {
					t.Errorf("page: %s", html)
				}
				if strings.Contains(html, "hunter2") {
					t.Error("the cause of an error is shown")
				}
				if got := doc.Find("b.num").Text(); (status >= 500) != (got == res.Header.Get("X-Request-Id") && got != "") {
					t.Errorf("request id shown: %q", got)
				}
				if res.Header.Get("Cache-Control") != "no-store" {
					t.Error("an error page may be kept")
				}
			})
		}
	}
}

func TestRetryAfterIsTold(t *testing.T) {
	res := newWorld(t, nil).ask(t, "GET", "/fail/429/", "")
	if got := res.Header.Get("Retry-After"); got != "90" {
		t.Errorf("Retry-After %q", got)
	}
}

func TestErrorsAsJSON(t *testing.T) {
	w := newWorld(t, nil)
	for status, want := range map[int]Answer{
		422: {Code: "INVALID", Message: "Some of this cannot be saved yet. Look at the marked fields.", Fields: map[string]string{"name": "Fill this in."}},
		409: {Code: "OUT_OF_STOCK", Message: "This has changed since you opened the page. Look at it again."},
		401: {Code: "SIGN_IN", Message: "You are not logged in, or your time ran out. Log in and try again."},
		400: {Code: "Bad Request", Message: "The address or the form was damaged on its way. Go back and try again."},
	} {
		res := w.ask(t, "GET", fmt.Sprintf("/fail/%d", status), "", "Accept: application/json")
		var got Answer
		if err := json.NewDecoder(res.Body).Decode(&got); err != nil || res.StatusCode != status || got.Code != want.Code || got.Message != want.Message || got.Fields["name"] != want.Fields["name"] {
			t.Errorf("%d: %d %+v %v", status, res.StatusCode, got, err)
		}
	}
	res := w.ask(t, "GET", "/fail/500", "", "Accept: application/json")
	var got Answer
	if err := json.NewDecoder(res.Body).Decode(&got); err != nil || got.Code != "INTERNAL" || got.RequestID == "" {
		t.Errorf("500: %+v %v", got, err)
	}
}

func TestUnknownAddressesAndMethods(t *testing.T) {
	w := newWorld(t, nil)
	for _, c := range []struct {
		method, target string
		status         int
		title          string
	}{
		{"GET", "/nothing/here/", 404, "E-KOLEK"},
		{"GET", "/console/nothing/", 404, "E-KOLEK console"},
		{"GET", "/home/below/", 404, "E-KOLEK"},
		{"POST", "/home/", 405, "E-KOLEK"},
		{"DELETE", "/console/", 405, "E-KOLEK console"},
		{"GET", "/row/none/", 404, "E-KOLEK"},
		{"GET", "/language/de", 404, "E-KOLEK"},
		{"GET", "/static/none.css", 404, ""},
	} {
		res := w.ask(t, c.method, c.target, "")
		doc, _ := read(t, res)
		if res.StatusCode != c.status || !strings.HasSuffix(doc.Find("title").Text(), c.title) {
			t.Errorf("%s %s: %d %q", c.method, c.target, res.StatusCode, doc.Find("title").Text())
		}
		if c.status == 405 && res.Header.Get("Allow") == "" {
			t.Errorf("%s %s names no allowed method", c.method, c.target)
		}
	}
}

func TestBothSpellingsAndHead(t *testing.T) {
	w := newWorld(t, nil)
	for _, target := range []string{"/scan", "/scan/", "/file.csv", "/row/01900000-0000-7000-8000-000000000001", "/row/01900000-0000-7000-8000-000000000001/"} {
		if res := w.ask(t, "GET", target, ""); res.StatusCode != 200 {
			t.Errorf("GET %s: %d", target, res.StatusCode)
		}
		if res := w.ask(t, "HEAD", target, ""); res.StatusCode != 200 {
			t.Errorf("HEAD %s: %d", target, res.StatusCode)
		}
	}
	if res := w.ask(t, "POST", "/send", "to=/home/"); res.StatusCode != http.StatusSeeOther {
		t.Errorf("POST without the slash: %d", res.StatusCode)
	}
}

func TestAPanicIsAnErrorPage(t *testing.T) {
	w := newWorld(t, nil)
	res := w.ask(t, "GET", "/panic/", "")
	doc, _ := read(t, res)
	if res.StatusCode != 500 || doc.Find("b.num").Text() != res.Header.Get("X-Request-Id") {
		t.Errorf("status %d", res.StatusCode)
	}
	if got := w.log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "boom") || !strings.Contains(got, "web_test.go") {
		t.Errorf("log: %s", got)
	}
	if res := w.ask(t, "GET", "/late/", ""); res.StatusCode != 200 {
		t.Errorf("what was sent stays sent: %d", res.StatusCode)
	}
}

func TestOneWideLogLine(t *testing.T) {
	w := newWorld(t, nil)
	res := w.ask(t, "GET", "/home/?q=secret", "", "Cookie: "+ResidentCookie+"=resident")
	var line map[string]any
	if err := json.Unmarshal(w.log.Bytes(), &line); err != nil {
		t.Fatalf("%v: %s", err, w.log.String())
	}
	for name, want := range map[string]any{"route": "GET /home/{$}", "status": 200.0, "who": "resident", "level": "INFO",
		"principal": signedIn["resident"].ID.String(), "request_id": res.Header.Get("X-Request-Id"), "ip": "192.0.2.1", "lang": "en"} {
		if line[name] != want {
			t.Errorf("%s = %v, want %v", name, line[name], want)
		}
	}
	if strings.Contains(w.log.String(), "secret") {
		t.Error("the query stands in the log")
	}
	w.log.Reset()
	w.ask(t, "GET", "/fail/500/", "")
	if got := w.log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, `"level":"ERROR"`) || !strings.Contains(got, "do it: database is away") {
		t.Errorf("an internal error is logged once: %s", got)
	}
}

func TestMountRefusesBadTables(t *testing.T) {
	ok := show("web.menu")
	for name, routes := range map[string][]Route{
		"no permission": {{Pattern: "GET /x/", Handle: ok}},
		"no handler":    {{Pattern: "GET /x/", Need: auth.Anyone}},
		"no method":     {{Pattern: "/x/", Need: auth.Anyone, Handle: ok}},
		"twice":         {{Pattern: "GET /x/", Need: auth.Anyone, Handle: ok}, {Pattern: "GET /x", Need: auth.Resident, Handle: ok}},
		"ambiguous":     {{Pattern: "GET /{a}/x/", Need: auth.Anyone, Handle: ok}, {Pattern: "GET /x/{b}/", Need: auth.Anyone, Handle: ok}},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("the program would start")
				}
			}()
			newWorld(t, nil).Mount(siteSurface(), routes)
		})
	}
}

func TestRoutesListsWhatIsMounted(t *testing.T) {
	w := newWorld(t, nil)
	if got, want := len(w.Routes()), 5+len(siteRoutes())+len(consoleRoutes()); got != want {
		t.Errorf("%d routes, want %d", got, want)
	}
}

func TestHealth(t *testing.T) {
	w := newWorld(t, production)
	for _, path := range []string{"/healthz", "/readyz"} {
		if res := w.ask(t, "GET", "http://10.0.0.1"+path, ""); res.StatusCode != 200 {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	for state, want := range map[string]int{Ready: 200, Degraded: 200, NotReady: 503} {
		w = newWorld(t, func(o *Options) {
			o.Ready = func(context.Context) Readiness { return Readiness{state, map[string]string{"database": state}} }
		})
		res := w.ask(t, "GET", "/readyz", "")
		if _, body := read(t, res); res.StatusCode != want || !strings.Contains(body, `"status":"`+state+`"`) || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s", state, res.StatusCode, body)
		}
		if res := w.ask(t, "GET", "/healthz", ""); res.StatusCode != 200 {
			t.Errorf("alive while %s: %d", state, res.StatusCode)
		}
	}
}

func TestLargeBodies(t *testing.T) {
	w := newWorld(t, nil)
	res := w.ask(t, "POST", "/send/", "to="+strings.Repeat("x", DefaultBody))
	if res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d", res.StatusCode)
	}
	if res := w.ask(t, "POST", "/send/", "to=%zz"); res.StatusCode != http.StatusBadRequest {
		t.Errorf("malformed: %d", res.StatusCode)
	}
	if res := w.ask(t, "POST", "/send/", "to=/home/&x="+strings.Repeat("x", DefaultBody-100)); res.StatusCode != http.StatusSeeOther {
		t.Errorf("just fits: %d", res.StatusCode)
	}
}

func TestCompression(t *testing.T) {
	w := newWorld(t, nil)
	for target, want := range map[string]string{"/big/": "gzip", "/healthz": ""} {
		res := w.ask(t, "GET", target, "", "Accept-Encoding: gzip")
		if got := res.Header.Get("Content-Encoding"); got != want {
			t.Errorf("%s: %q", target, got)
		}
	}
	if res := w.ask(t, "GET", "/big/", ""); res.Header.Get("Content-Encoding") != "" || !strings.Contains(res.Header.Get("Vary"), "Accept-Encoding") {
		t.Errorf("uncompressed: %v", res.Header)
	}
}

// Lengths and encodings fit each other over a real connection too.
func TestOverTheWire(t *testing.T) {
	ts := httptest.NewServer(newWorld(t, nil).Handler())
	defer ts.Close()
	for _, target := range []string{"/scan/", "/big/", "/nothing/", "/fail/500/", "/static/app.css", "/healthz"} {
		res, err := ts.Client().Get(ts.URL + target)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			t.Errorf("%s: %v", target, err)
		}
		if err := res.Body.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestLanguage(t *testing.T) {
	w := newWorld(t, nil)
	for name, c := range map[string]struct {
		lines []string
		path  string
		want  string
	}{
		"default":                   {nil, "/", "en"},
		"the browser's":             {[]string{"Accept-Language: de, fil;q=0.8"}, "/", "fil"},
		"tagalog is filipino":       {[]string{"Accept-Language: tl-PH"}, "/", "fil"},
		"the person's own":          {[]string{"Cookie: " + StaffCookie + "=localised"}, "/console/", "fil"},
		"the cookie beats all":      {[]string{"Cookie: " + StaffCookie + "=localised; ekolek_lang=en", "Accept-Language: fil"}, "/console/", "en"},
		"a foreign cookie is none":  {[]string{"Cookie: ekolek_lang=xx", "Accept-Language: fil"}, "/", "fil"},
		"errors speak it as well":   {[]string{"Cookie: ekolek_lang=fil"}, "/nothing/", "fil"},
		"the person's own on error": {[]string{"Cookie: " + StaffCookie + "=localised"}, "/console/rewards/x", "fil"},
	} {
		doc, _ := read(t, w.ask(t, "GET", c.path, "", c.lines...))
		if got := doc.Find("html").AttrOr("lang", ""); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	res := w.ask(t, "GET", "/language/fil?back=%2Fhome%2F%3Fpage%3D2", "")
	if res.Header.Get("Location") != "/home/?page=2" || len(res.Cookies()) != 1 || res.Cookies()[0].Value != "fil" {
		t.Errorf("switch: %v", res.Header)
	}
	if res := w.ask(t, "GET", "/language/en?back=https://evil.example/", ""); res.Header.Get("Location") != "/" {
		t.Errorf("switch leads away: %v", res.Header)
	}
	doc, _ := read(t, w.ask(t, "GET", "/?q=a&b=c", ""))
	if got := doc.Find(`.langs a[hreflang="fil"]`).AttrOr("href", ""); got != "/language/fil?back="+url.QueryEscape("/?q=a&b=c") {
		t.Errorf("the switch forgets the page: %q", got)
	}
}
