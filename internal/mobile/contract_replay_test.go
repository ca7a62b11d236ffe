package mobile_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/cache"
	"ekolek/internal/collection"
	"ekolek/internal/db"
	"ekolek/internal/djangodb"
	"ekolek/internal/mobile"
	"ekolek/internal/people"
	"ekolek/internal/report"
	"ekolek/internal/rewards"
	"ekolek/internal/site"
	"ekolek/internal/testkit"
	"ekolek/internal/web"
)

// recordedKey is the key of the recorded system; it is written in the recordings' README.
const recordedKey = "origrun-secret-key-not-for-production-0123456789abcdef0123456789"

// exchange is one recorded request and its answer.
type exchange struct {
	Seq    int               `json:"seq"`
	Name   string            `json:"name"`
	Method string            `json:"method"`
	Path   string            `json:"path"`
	Header map[string]string `json:"request_headers"`
	Body   any               `json:"request_body"`
	Status int               `json:"status"`
	Raw    string            `json:"response_raw_if_json"`
	file   string
}

// recordings reads files of the recordings, in the order of their playing.
func recordings(t *testing.T, files []string) []exchange {
	t.Helper()
	var all []exchange
	for _, file := range files {
		data, err := os.ReadFile(testkit.Reference(t, "exchanges/"+file+".json"))
		must(t, err)
		var some []exchange
		must(t, json.Unmarshal(data, &some))
		for _, e := range some {
			e.file = file
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b exchange) int { return a.Seq - b.Seq })
	return all
}

// replay is the program over the recorded system's database, at the recorded moment, and
// what it has learned: our tokens, ids and challenges for those of the recordings.
type replay struct {
	*testkit.World
	t       *testing.T
	handler http.Handler
	swaps   map[string]string
	cookies map[string]string // of the one browser in the recordings
	last    *httptest.ResponseRecorder

	described map[string]any // what /api/openapi.json says
}

func newReplay(t *testing.T, d *db.DB) *replay {
	t.Helper()
	vault, err := db.NewVault(recordedKey, "")
	must(t, err)
	w := &testkit.World{DB: d, Vault: vault, Clock: testkit.NewClock()}
	w.Clock.Advance(-24 * time.Hour) // 2026-11-23 07:55 UTC, a Monday
	w.Notify = testkit.Notify(t, d, vault, w.Clock.Now)
	w.People = people.New(d, vault, w.Notify, w.Clock.Now)
	w.Auth = auth.New(d, vault, w.Notify, w.People, auth.Config{SecretKey: recordedKey}, w.Clock.Now)
	_, err = w.People.LoadPSGC(t.Context())
	must(t, err)
	source, err := djangodb.OpenDump(testkit.Reference(t, "django-ekolek.sql"))
	must(t, err)
	defer source.Close()
	_, err = djangodb.Import(t.Context(), djangodb.Deps{DB: d, Vault: vault, Notify: w.Notify, Now: w.Clock.Now}, source, djangodb.Options{Apply: true})
	must(t, err)
	return &replay{World: w, t: t, handler: wholeSite(t, w), swaps: map[string]string{}, cookies: map[string]string{}}
}

// wholeSite is everything that the recordings speak to, as in production.
func wholeSite(t *testing.T, w *testkit.World) http.Handler {
	t.Helper()
	s := web.New(web.Options{
		Hosts: []string{"127.0.0.1"}, Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, SecretKey: []byte(recordedKey),
		Log: slog.New(slog.DiscardHandler), Now: w.Clock.Now, PrincipalOf: w.Auth.PrincipalOf,
	})
	short, err := cache.Open("")
	must(t, err)
	weighIns, catalogue := collection.New(w.DB, w.Notify, w.Clock.Now), rewards.New(w.DB, w.Notify, w.Clock.Now)
	figures, trucks := report.New(w.DB, w.People, w.Clock.Now), planOver(w, weighIns)
	pages := site.New(site.Deps{Auth: w.Auth, People: w.People, Notify: w.Notify, Collection: weighIns, Rewards: catalogue, Schedule: trucks, Report: figures, Cache: short, City: "San Pedro City", Now: w.Clock.Now})
	s.Mount(pages.Surface(), pages.Routes())
	phones := mobile.New(mobile.Deps{Auth: w.Auth, People: w.People, Notify: w.Notify, Collection: weighIns, Rewards: catalogue, Schedule: trucks, Report: figures,
		Origins: []string{"https://app.example"}, Now: w.Clock.Now})
	s.Mount(phones.Residents(), phones.ResidentRoutes())
	s.Mount(phones.Collectors(), phones.CollectorRoutes())
	return s.Handler()
}

// play sends one exchange and says what differs.
func (r *replay) play(e exchange) []string {
	r.t.Helper()
	r.Clock.Advance(pauses[e.Seq] + 10*time.Millisecond)
	if prepare := preparations[e.Seq]; prepare != nil {
		prepare(r)
	}
	r.last = r.send(r.request(e))
	want, got := parse(e.Raw), parse(r.last.Body.String())
	r.learn(want, got)
	return differences(e, r.last, nil)
}

// send also keeps the cookies that come back.
func (r *replay) send(request *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	r.handler.ServeHTTP(answer, request)
	for _, c := range answer.Result().Cookies() {
		r.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(r.cookies, c.Name)
		}
	}
	return answer
}

// enterCode is what the recordings do not have: our second page of a sign-in.
func (r *replay) enterCode(phone string) {
	r.t.Helper()
	answer := r.send(r.request(exchange{Method: "POST", Path: "/login/code/", Body: map[string]any{"code": r.Code(r.t, phone)},
		Header: map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Cookie": "ours", "X-Forwarded-Proto": "https", "Origin": "https://127.0.0.1:8400"}}))
	if answer.Code != http.StatusSeeOther || r.cookies["__Host-"+web.ResidentCookie] == "" {
		r.t.Fatalf("the code does not sign in: %d", answer.Code)
	}
}

// request is the recorded one, with our tokens, ids and codes.
func (r *replay) request(e exchange) *http.Request {
	r.t.Helper()
	body := ""
	switch b := r.withCode(e.Body).(type) {
	case nil:
	case string:
		body = b
	case map[string]any:
		if strings.Contains(e.Header["Content-Type"], "urlencoded") {
			form := url.Values{}
			for k, v := range b {
				form.Set(k, fmt.Sprint(v))
			}
			body = form.Encode()
			break
		}
		data, err := json.Marshal(b)
		must(r.t, err)
		body = string(data)
	}
	request := httptest.NewRequestWithContext(r.t.Context(), e.Method, r.ours(e.Path), strings.NewReader(r.ours(body)))
	request.Host, request.RemoteAddr = "127.0.0.1:8400", "127.0.0.1:50000"
	for name, value := range e.Header {
		switch name {
		case "Host":
			request.Host = value
		case "Cookie":
			for name, value := range r.cookies {
				request.AddCookie(&http.Cookie{Name: name, Value: value})
			}
		default:
			request.Header.Set(name, r.ours(value))
		}
	}
	return request
}

// ours puts what we gave in the place of what the reference gave.
func (r *replay) ours(text string) string {
	for theirs, ours := range r.swaps {
		text = strings.ReplaceAll(text, theirs, ours)
	}
	return text
}

// withCode puts the code that we sent in the place of the recorded one. Codes that were
// meant to be wrong stay.
func (r *replay) withCode(body any) any {
	fields, ok := body.(map[string]any)
	if !ok || fields["otp"] == nil {
		return body
	}
	code, isText := fields["otp"].(string)
	user, _ := fields["user_id"].(string)
	id, err := uuid.Parse(user)
	if !isText || code == "000000" || code == "123456" || err != nil {
		return body
	}
	who, err := r.People.ByID(r.t.Context(), r.DB, id)
	must(r.t, err)
	fields = maps.Clone(fields)
	fields["otp"] = r.Code(r.t, who.Phone)
	return fields
}

var (
	isJWT    = regexp.MustCompile(`^eyJ[\w-]+\.[\w-]+\.[\w-]+$`)
	isUUID   = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	isSeed   = regexp.MustCompile(`^000000[0-9a-f]{2}-0000-4000-8000-`)
	isMinute = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d`) // in a sentence
	isTime   = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?(\+\d\d:\d\d)$`)
)

// learn remembers our values for theirs.
func (r *replay) learn(want, got any) {
	switch want := want.(type) {
	case map[string]any:
		if got, ok := got.(map[string]any); ok {
			for k, v := range want {
				if s, isText := v.(string); k == "challenge" && isText {
					if ours, isText := got[k].(string); isText {
						r.swaps[s] = ours
					}
				}
				r.learn(v, got[k])
			}
		}
	case []any:
		if got, ok := got.([]any); ok {
			for i := range min(len(want), len(got)) {
				r.learn(want[i], got[i])
			}
		}
	case string:
		if got, ok := got.(string); ok && want != got && made(want, got) {
			r.swaps[want] = got
		}
	}
}

// made says whether two texts differ only because each system made its own.
func made(want, got string) bool {
	return isJWT.MatchString(want) && isJWT.MatchString(got) || isUUID.MatchString(want) && !isSeed.MatchString(want) && isUUID.MatchString(got)
}

func parse(text string) any {
	d := json.NewDecoder(bytes.NewBufferString(text))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}

// differences compares an answer with the recorded one. ignore are paths that need not
// agree: "user_info.date_joined".
func differences(e exchange, got *httptest.ResponseRecorder, ignore []string) []string {
	var out []string
	if got.Code != e.Status {
		out = append(out, fmt.Sprintf("status %d, recorded %d", got.Code, e.Status))
	}
	if e.Raw == "" {
		return out
	}
	if kind := got.Header().Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
		return append(out, "Content-Type "+kind)
	}
	return append(out, compare("", parse(e.Raw), parse(got.Body.String()), ignore)...)
}

func compare(path string, want, got any, ignore []string) []string {
	if slices.Contains(ignore, path) {
		return nil
	}
	wrong := func(format string, args ...any) []string { return []string{path + ": " + fmt.Sprintf(format, args...)} }
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		if !ok {
			return wrong("%T, recorded an object", got)
		}
		var out []string
		for _, k := range slices.Sorted(maps.Keys(want)) {
			below := strings.TrimPrefix(path+"."+k, ".")
			if _, there := got[k]; !there && !slices.Contains(ignore, below) {
				out = append(out, below+": missing")
				continue
			}
			out = append(out, compare(below, want[k], got[k], ignore)...)
		}
		for _, k := range slices.Sorted(maps.Keys(got)) {
			below := strings.TrimPrefix(path+"."+k, ".")
			if _, there := want[k]; !there && !slices.Contains(ignore, below) {
				out = append(out, fmt.Sprintf("%s: not recorded (%v)", below, got[k]))
			}
		}
		return out
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			return wrong("%d of them (%T), recorded %d", len(list), got, len(want))
		}
		var out []string
		for i := range want {
			out = append(out, compare(path+"[]", want[i], list[i], ignore)...)
		}
		return out
	case json.Number:
		n, ok := got.(json.Number)
		if !ok || isFloat(n) != isFloat(want) || n != want {
			return wrong("%v, recorded %v", got, want)
		}
	case string:
		s, ok := got.(string)
		if !ok {
			return wrong("%v, recorded %q", got, want)
		}
		if isMinute.ReplaceAllString(s, "") != isMinute.ReplaceAllString(want, "") && !made(want, s) && !sameTime(want, s) && !strings.HasSuffix(path, "challenge") {
			return wrong("%q, recorded %q", s, want)
		}
	default:
		if want != got {
			return wrong("%v, recorded %v", got, want)
		}
	}
	return nil
}

func isFloat(n json.Number) bool { return strings.ContainsAny(n.String(), ".eE") }

// sameTime says whether two texts are moments in one spelling.
func sameTime(want, got string) bool {
	a, b := isTime.FindStringSubmatch(want), isTime.FindStringSubmatch(got)
	return a != nil && b != nil && a[2] == b[2]
}

// override is a recorded answer that ours differs from, by a change of docs/mobile-api.md.
type override struct {
	change int
	status int      // ours; 0: the recorded one
	body   string   // JSON of which ours has at least the same; "" with status: any
	ignore []string // instead of both: only these paths differ
}

func (o override) check(e exchange, got *httptest.ResponseRecorder) []string {
	if o.ignore != nil {
		return differences(e, got, o.ignore)
	}
	want := o.status
	if want == 0 {
		want = e.Status
	}
	if got.Code != want {
		return []string{fmt.Sprintf("status %d, by change %d it is %d", got.Code, o.change, want)}
	}
	if o.body == "" {
		return nil
	}
	wanted, ok := parse(o.body).(map[string]any)
	if !ok {
		return []string{"the override's body is not an object"}
	}
	answer, _ := parse(got.Body.String()).(map[string]any)
	var out []string
	for k, v := range wanted {
		out = append(out, compare(k, v, answer[k], nil)...)
	}
	return out
}
