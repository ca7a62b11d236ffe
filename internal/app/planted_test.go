package app_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"ekolek/internal/app"
	"ekolek/internal/auth"
	"ekolek/internal/collection"
	"ekolek/internal/config"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
	"ekolek/internal/telemetry"
	"ekolek/internal/testkit"
	"ekolek/internal/web"
)

// planted are values that nothing may tell, and what each is.
type planted struct {
	t      *testing.T
	values map[string]string
}

// plant notes a value and gives it back.
func (p *planted) plant(what, value string) string {
	p.t.Helper()
	if len(value) < 4 {
		p.t.Fatalf("%s %q is too short to be found", what, value)
	}
	p.values[value] = what
	return value
}

// wantNone looks for all of them in a text. Short ones are looked for as words: six
// digits stand by chance in a hash.
func (p *planted) wantNone(where, text string) {
	p.t.Helper()
	for value, what := range p.values {
		found := strings.Index(text, value)
		if len(value) < 10 {
			if m := regexp.MustCompile(`(?:^|[^0-9A-Za-z.])` + regexp.QuoteMeta(value) + `(?:[^0-9A-Za-z]|$)`).FindStringIndex(text); m == nil {
				found = -1
			} else {
				found = m[0]
			}
		}
		if found >= 0 {
			p.t.Errorf("%s shows %s %q: …%s…", where, what, value, text[max(0, found-200):min(len(text), found+100)])
		}
	}
}

// console is standard output.
type consoleLog struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (c *consoleLog) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.buf.Write(b)
}

func (c *consoleLog) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.buf.String()
}

// A whole day of the city with planted values: passwords, codes, tokens, phones, e-mail
// addresses, names, cards, keys. None of them is in the log files, on the console, or in
// what the program measures; and each act is in the security log, which fits together.
func TestNothingPlantedIsTold(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			p := &planted{t, map[string]string{}}
			logs := t.TempDir()
			settings := []string{"DJANGO_DEBUG=True", "DATA_DIR=" + t.TempDir(), "LOG_DIR=" + logs, "METRICS_TOKEN=" + p.plant("the metrics' token", "metrics-token-a1b2c3d4e5"),
				"DJANGO_SECRET_KEY=" + p.plant("the secret key", "n33dle-Yw3vLw_8sKx2mTn5pYb7cHd4fGj6aEu1iOo0RTzQfVbX9kP"),
				"FIELD_ENCRYPTION_KEY=" + p.plant("the encryption key", "n33dle-Jf7gLw_8sKx2mTn5pYb7cHd4fG"), "SMS_API_TOKEN=" + p.plant("the gateway's token", "n33dle-9f3c0a71be52")}
			if engine == "postgres" {
				address := testkit.PostgresURL(t)
				settings = append(settings, "DATABASE_URL="+p.plant("the database's address", address))
				if u, err := url.Parse(address); err == nil {
					if secret, ok := u.User.Password(); ok {
						p.plant("the database's password", secret)
					}
				}
			}
			var console consoleLog
			d := newDualTelling(t, settings, &console)
			site := d.app.Web()
			site.Mount(&web.Surface{Prefix: "/boom/"}, boom(p))
			server := httptest.NewServer(site.Handler())
			defer server.Close()
			d.url = server.URL
			d.day(p)
			if status, measured := askMetrics(t, d.url, "Bearer metrics-token-a1b2c3d4e5"); status != http.StatusOK {
				t.Errorf("/metrics answers %d", status)
			} else {
				p.wantNone("/metrics", measured)
			}
			server.Close()
			for _, name := range []string{telemetry.AppFile, telemetry.SecurityFile} {
				data, err := os.ReadFile(filepath.Join(logs, name))
				must(t, err)
				p.wantNone(name, string(data))
			}
			p.wantNone("the console", console.String())
			cfg, err := config.Load(settings, "")
			must(t, err)
			seen, err := app.VerifyLogs(cfg, nil)
			if err != nil || !seen.OK() {
				t.Errorf("the security log: %v, %v", seen.Findings, err)
			}
			security, err := os.ReadFile(filepath.Join(logs, telemetry.SecurityFile))
			must(t, err)
			for _, event := range []telemetry.Event{telemetry.SignedIn, telemetry.SignInPending, telemetry.SignInFailed, telemetry.NotSignedIn, telemetry.Refused, telemetry.CrossOrigin,
				telemetry.Malformed, telemetry.TooLarge, telemetry.Panicked, "weigh_in.record", "weigh_in.void", "reward.redeem", "stock.received", "resident.password", "family.register", "auth.lock"} {
				if !strings.Contains(string(security), `"event":"`+string(event)+`"`) {
					t.Errorf("security.log does not tell of %s", event)
				}
			}
		})
	}
}

// boom are routes that fail with planted values in their mouths.
func boom(p *planted) []web.Route {
	phone, mail := p.plant("a phone", "09171234567"), p.plant("an e-mail address", "nena.plantado@example.ph")
	spoken := p.plant("a phone", "+63 917 765 4321")
	token := p.plant("a token", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VyIjoiMSJ9.c2lnbmF0dXJlLW9mLW5lZWRsZQ")
	secret := p.plant("a bearer token", "n33dle4bearer5token6")
	fails := fmt.Errorf("gateway said: no route to %s or %s for %s; Authorization: Bearer %s; token=%s; postgres://ekolek:%s@db:5432/x",
		phone, spoken, mail, secret, token, p.plant("a password", "s3cret-in-an-address"))
	return []web.Route{
		{Pattern: "GET /boom/error/", Need: auth.Anyone, Handle: func(http.ResponseWriter, *http.Request) error { return fails }},
		{Pattern: "GET /boom/panic/", Need: auth.Anyone, Handle: func(http.ResponseWriter, *http.Request) error { panic(fails) }},
	}
}

// day plays it.
func (d *dual) day(p *planted) {
	t := d.t
	t.Helper()
	p.plant("the password", testkit.Password)
	d.signUp(p)
	c := d.anew(t, "planted")
	c.resident = c.named(p)
	b := c.browser()
	b.Get("/console/") // not signed in
	b.Post("/login/", "username", p.plant("a password in the wrong field", "mali-pero-totoong-password"), "password", p.plant("a wrong password", "maling-password-123"))
	b = c.asBoth()
	p.plant("a session", b.Cookie("ekolek_session"))
	p.plant("a staff session", b.Cookie("ekolek_staff"))
	p.plant("a code", c.CodeFor(t, c.resident.Username))
	b.Get("/card/").Is(http.StatusOK)
	card, err := c.People.CardOf(t.Context(), c.resident.ID)
	must(t, err)
	p.plant("a card's text", card.QR)
	p.plant("a card's code", card.Typed())
	c.business(p)
	c.onPhones(p, b)
	b.Get("/console/audit/")
	b.Get("/boom/error/").Is(http.StatusInternalServerError)
	b.Get("/boom/panic/").Is(http.StatusInternalServerError)
	b.Get("/points/?token=" + p.plant("a token in an address", "n33dle-query-token") + "&phone=" + p.plant("a phone in an address", "09185550199"))
	b.Get("/nothing/" + p.plant("a name in an address", "plantado-sa-landas"))
	c.badBodies(p)
	c.Clock.Advance(time.Hour)
	c.resetPassword(b)
	p.plant("a code", c.CodeFor(t, c.resident.Username))
	p.plant("a new password", newResidentPassword)
	for range 7 { // locks the account
		c.browser().Post("/console/login/", "username", c.staff.Username, "password", "maling-password-123")
	}
}

// signUp registers a family as the site does.
func (d *dual) signUp(p *planted) {
	b := d.browser()
	mail, number := p.plant("an e-mail address", "perlita.plantado@example.com"), p.plant("a phone", "09175550177")
	b.Post("/register/family/", "first_name", p.plant("a name", "Perlita"), "last_name", p.plant("a name", "Plantadora"), "phone", number, "email", mail,
		"birth_date", p.plant("a birth date", "1991-03-17"), "gender", "female", "username", p.plant("a username", "perlita.plantado"), "password", testkit.Password).LeadsTo("/register/family/where/")
	b.Post("/register/family/where/", "family_name", "Plantadora", "barangay", d.Barangays[0].ID.String(), "address", p.plant("an address", "77 Plantado St."), "city", "San Pedro City").
		LeadsTo("/register/family/verify/")
	b.Get("/register/family/verify/").Is(http.StatusOK)
	p.plant("a code", d.Code(d.t, "+639175550177"))
	b.Post("/register/family/verify/", "phone_code", "000000", "email_code", "111111", "consent", "on")
	b.Post("/register/family/verify/", "act", "mail")
}

// named is an approved resident with a planted name.
func (d *dual) named(p *planted) people.Resident {
	t := d.t
	t.Helper()
	_, r, err := d.People.RegisterFamily(t.Context(), d.Actor(d.staff), people.NewFamily{Name: p.plant("a family", "Dimaguiba"), BarangayID: d.Barangays[0].ID,
		Address: p.plant("an address", "88 Talahib St."), Representative: people.NewResident{Username: p.plant("a username", "crisanta.dimaguiba"),
			FirstName: p.plant("a name", "Crisanta"), LastName: "Dimaguiba", Phone: p.plant("a phone", "09195550188"), Email: p.plant("an e-mail address", "crisanta@example.net")}})
	must(t, err)
	decided, err := d.People.Approve(t.Context(), d.Actor(d.staff), people.City, r.ID)
	must(t, err)
	must(t, d.Auth.SetResidentPassword(t.Context(), d.Actor(d.staff), r.ID, testkit.Password))
	return decided.Resident
}

// business weighs, hands out, takes back and receives stock.
func (d *dual) business(p *planted) {
	t, ctx := d.t, d.t.Context()
	t.Helper()
	actor := d.Actor(d.staff)
	pet, err := d.app.Collection.SaveType(ctx, actor, collection.TypeForm{Name: "PET", Class: collection.Recyclable, Active: true, Rate: 500})
	must(t, err)
	weigh := func() collection.Receipt {
		w, err := d.app.Collection.Record(ctx, actor, people.City, collection.Entry{RequestKey: db.NewID().String(), Resident: d.resident.ID, IdentifiedBy: "card",
			Lines: []collection.EntryLine{{Type: pet, Gross: 4000}}})
		must(t, err)
		return w
	}
	weigh()
	_, err = d.app.Collection.Void(ctx, actor, people.City, weigh().ID, p.plant("a reason", "kay-Aling-Nena-pala-ito"))
	must(t, err)
	item, err := d.app.Rewards.SaveItem(ctx, actor, rewards.ItemForm{Name: "Rice", Price: 1000, Active: true, Stock: 5, ReorderPoint: 1})
	must(t, err)
	_, err = d.app.Rewards.Redeem(ctx, actor, people.City, rewards.Request{RequestKey: db.NewID().String(), Resident: d.resident.ID, Wants: []rewards.Want{{Item: item, Quantity: 1}}, IdentifiedBy: "card"})
	must(t, err)
	_, err = d.app.Rewards.Receive(ctx, actor, rewards.StockChange{Item: item, Quantity: 3, Reason: "galing kay Mang Plantado", DocumentNo: "DR-1"})
	must(t, err)
	if b, err := ledger.BalanceOf(ctx, d.DB, d.resident.ID); err != nil || b.Posted == 0 {
		t.Errorf("nothing was booked: %v, %v", b, err)
	}
}

// onPhones uses the apps, rightly and wrongly.
func (d *dual) onPhones(p *planted, b *testkit.Browser) {
	phone := d.onPhone(b)
	p.plant("an access token", phone.access)
	p.plant("a refresh token", phone.refresh)
	p.plant("a code", d.CodeFor(d.t, d.resident.Username))
	phone.ask(http.MethodGet, "/api/current_points/", nil, nil)
	phone.ask(http.MethodPost, "/api/refresh-token/", map[string]string{"refresh_token": phone.refresh}, nil)
	phone.ask(http.MethodPost, "/api/qr-login/", map[string]string{"qr_code": p.plant("a card", "EK1.n33dle-card-text.n33dle")}, nil)
	phone.ask(http.MethodPost, "/api/update_points/", map[string]any{"points": 5, "note": p.plant("a note", "n33dle-note-of-a-phone")}, nil)
	phone.access = p.plant("a bad token", "eyJhbGciOiJIUzI1NiJ9.e30.n33dle-bad-token")
	phone.ask(http.MethodGet, "/api/current_points/", nil, nil)
	phone.ask(http.MethodPost, "/api/login/", map[string]string{"username": "x", "password": p.plant("a wrong password", "n33dle-app-password")}, nil)
}

// badBodies sends what no page or app of ours sends.
func (d *dual) badBodies(p *planted) {
	t := d.t
	t.Helper()
	needle := p.plant("a part of a bad body", "n33dle-body-needle")
	for _, c := range []struct{ path, kind, body, origin string }{
		{"/login/", "application/x-www-form-urlencoded", "username=%zz" + needle, ""},
		{"/login/", "application/x-www-form-urlencoded", "username=" + needle + strings.Repeat("x", web.DefaultBody), ""},
		{"/login/", "application/x-www-form-urlencoded", "username=" + needle, "https://evil.example"},
		{"/api/login/", "application/json", `{"username": "` + needle, ""},
		{"/api/login/", "application/json", `{"username": ["` + needle + `"]}`, ""},
		{"/api/login/", needle + "/json", `{}`, ""},
		{"/csp-report", "application/csp-report", `{"csp-report":{"document-uri":"http://x/` + needle + `","violated-directive":"img-src","blocked-uri":"http://evil.example/` + needle + `"}}`, ""},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url+c.path, strings.NewReader(c.body))
		must(t, err)
		r.Header.Set("Content-Type", c.kind)
		r.Header.Set("User-Agent", needle)
		r.Header.Set("X-Request-Id", needle)
		r.Header.Set("Authorization", "Basic "+p.plant("basic authorization", "bjMzZGxlOm4zM2RsZQ=="))
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
			r.Header.Set("Sec-Fetch-Site", "cross-site")
		}
		res, err := http.DefaultTransport.RoundTrip(r)
		must(t, err)
		_, err = io.Copy(io.Discard, res.Body)
		must(t, errors.Join(err, res.Body.Close()))
	}
}

// What the program was asked by a proxy that it trusts is found under the proxy's number;
// a stranger's number is not taken.
func TestRequestIDs(t *testing.T) {
	logs := t.TempDir()
	d := newDual(t, []string{"DJANGO_DEBUG=True", "DATA_DIR=" + t.TempDir(), "LOG_DIR=" + logs, "TRUSTED_PROXIES=127.0.0.1"})
	stranger := newDual(t, []string{"DJANGO_DEBUG=True", "DATA_DIR=" + t.TempDir(), "LOG_DIR=-"})
	for _, c := range []struct {
		url, id string
		taken   bool
	}{{d.url, "0af7651916cd43dd8448eb211c80319c", true}, {d.url, "short", false}, {d.url, "bad id with spaces", false}, {d.url, strings.Repeat("a", 65), false}, {stranger.url, "0af7651916cd43dd8448eb211c80319c", false}} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url+"/login/", nil)
		must(t, err)
		r.Header.Set("X-Request-Id", c.id)
		res, err := http.DefaultTransport.RoundTrip(r)
		must(t, err)
		must(t, res.Body.Close())
		if got := res.Header.Get("X-Request-Id"); (got == c.id) != c.taken || len(got) < 8 {
			t.Errorf("%q at %s: answered as %q", c.id, c.url, got)
		}
	}
	data, err := os.ReadFile(filepath.Join(logs, telemetry.AppFile))
	if err != nil || !strings.Contains(string(data), `"request_id":"0af7651916cd43dd8448eb211c80319c"`) {
		t.Errorf("the log does not know the number: %v", err)
	}
}
