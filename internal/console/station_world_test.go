package console_test

import (
	"context"
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
	"golang.org/x/net/html"

	"ekolek/internal/approval"
	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/collection"
	"ekolek/internal/console"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/report"
	"ekolek/internal/rewards"
	"ekolek/internal/testkit"
	"ekolek/internal/web"
)

// stationWorld is a small city with one collector at work in San Antonio.
type stationWorld struct {
	t          *testing.T
	people     *people.Service
	collection *collection.Service
	rewards    *rewards.Service
	url        string
	token      string // of the collector's sign-in
	lang       string
	place      string // that this device remembers

	nena            people.Resident // approved, in San Antonio
	ben             people.Resident // waits for approval, in San Antonio
	sol             people.Resident // suspended, in San Antonio
	lito            people.Resident // approved, in Landayan: not the collector's
	pet             collection.WasteType
	metal           collection.WasteType
	glass           collection.WasteType // not weighed any more
	rice, oil, soap rewards.Item
}

// program acts for the test's preparations.
var program = audit.Actor{Kind: audit.System, Name: "test"}

func newStationWorld(t *testing.T, d *db.DB) *stationWorld {
	t.Helper()
	return newStationWorldIn(t, d, web.Options{Debug: true, Hosts: []string{"*"}})
}

// newStrictStationWorld is one under the rules of production; HTTPS is said to have ended
// at a proxy.
func newStrictStationWorld(t *testing.T, d *db.DB) *stationWorld {
	t.Helper()
	return newStationWorldIn(t, d, web.Options{Hosts: []string{"127.0.0.1"}, Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
}

func newStationWorldIn(t *testing.T, d *db.DB, rules web.Options) *stationWorld {
	t.Helper()
	vault, err := db.NewVault("a secret of the tests, long enough", "")
	must(t, err)
	n := testkit.Notify(t, d, vault, time.Now)
	w := &stationWorld{t: t, lang: "en", people: people.New(d, vault, n, time.Now), collection: collection.New(d, n, time.Now), rewards: rewards.New(d, n, time.Now)}
	staff := auth.New(d, vault, n, w.people, auth.Config{}, time.Now)
	c := console.New(console.Deps{Auth: staff, Notify: n, Approval: approval.Open(d, time.Now), People: w.people, Collection: w.collection, Rewards: w.rewards,
		Report: report.New(d, w.people, time.Now), Now: time.Now})
	rules.SecretKey, rules.Log, rules.Now, rules.PrincipalOf = []byte("test"), slog.New(slog.DiscardHandler), time.Now, staff.PrincipalOf
	srv := web.New(rules)
	srv.Mount(c.Surface(), c.Routes())
	handler := srv.Handler()
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("X-Forwarded-Proto", "https")
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(ts.Close)
	w.url = ts.URL
	w.settle(t.Context())
	w.token = w.hire(t.Context(), staff)
	return w
}

// settle fills the city: residents in every state, materials, rewards.
func (w *stationWorld) settle(ctx context.Context) {
	w.t.Helper()
	_, err := w.people.LoadPSGC(ctx)
	must(w.t, err)
	w.nena = w.register(ctx, "Magsalin", "Nena", "San Antonio")
	w.ben = w.register(ctx, "Salazar", "Ben", "San Antonio")
	w.sol = w.register(ctx, "Domingo", "Sol", "San Antonio")
	w.lito = w.register(ctx, "Panganib", "Lito", "Landayan")
	for _, r := range []people.Resident{w.nena, w.sol, w.lito} {
		_, err := w.people.Approve(ctx, program, people.City, r.ID)
		must(w.t, err)
	}
	_, err = w.people.Suspend(ctx, program, people.City, w.sol.ID, "Cards were lent to strangers")
	must(w.t, err)
	w.pet = w.weighs(ctx, collection.TypeForm{Name: "PET bottles", NameFil: "Boteng PET", Position: 1, Rate: 500, Active: true})
	w.metal = w.weighs(ctx, collection.TypeForm{Name: "Scrap metal", NameFil: "Bakal", Position: 2, Rate: 1000, Active: true})
	w.glass = w.weighs(ctx, collection.TypeForm{Name: "Glass", NameFil: "Bubog", Position: 3, Rate: 125, Active: true})
	form := collection.TypeForm{ID: w.glass.ID, Name: "Glass", NameFil: "Bubog", Class: collection.Recyclable, Position: 3}
	_, err = w.collection.SaveType(ctx, program, form)
	must(w.t, err)
	w.rice = w.offers(ctx, rewards.ItemForm{Name: "Rice, 1 kg", NameFil: "Bigas, 1 kg", Price: 5000, Unit: "bag", Icon: "art-rice", Stock: 3, Active: true})
	w.oil = w.offers(ctx, rewards.ItemForm{Name: "Cooking oil", NameFil: "Mantika", Price: 50000, Icon: "art-oil", Stock: 9, Active: true})
	w.soap = w.offers(ctx, rewards.ItemForm{Name: "Soap", NameFil: "Sabon", Price: 1500, Icon: "art-soap", Stock: 8, Active: true})
}

// hire makes the collector and signs them in.
func (w *stationWorld) hire(ctx context.Context, staff *auth.Service) string {
	w.t.Helper()
	const password = "punong-mangga-7"
	_, err := staff.CreateStaff(ctx, program, auth.NewStaff{Username: "rodel", FullName: "Rodel Bagsic", Role: auth.OperationsManager,
		Password: password, Barangays: []uuid.UUID{w.barangay(ctx, "San Antonio")}})
	must(w.t, err)
	in, err := staff.SignInStaff(ctx, audit.Actor{}, "rodel", password)
	must(w.t, err)
	return in.Token
}

func (w *stationWorld) barangay(ctx context.Context, name string) uuid.UUID {
	w.t.Helper()
	all, err := w.people.Barangays(ctx)
	must(w.t, err)
	for _, b := range all {
		if b.Name == name {
			return b.ID
		}
	}
	w.t.Fatalf("no barangay %q", name)
	return uuid.Nil
}

func (w *stationWorld) register(ctx context.Context, family, first, barangay string) people.Resident {
	w.t.Helper()
	_, r, err := w.people.RegisterFamily(ctx, program, people.NewFamily{Name: family, BarangayID: w.barangay(ctx, barangay), Address: "1 Mabini St.",
		Representative: people.NewResident{Username: strings.ToLower(first), FirstName: first, LastName: family, Phone: w.phone(first)}})
	must(w.t, err)
	return r
}

// phone makes a mobile number of a name: different names, different numbers.
func (w *stationWorld) phone(name string) string {
	digits := "0917"
	for i := range 7 {
		digits += string('0' + name[i%len(name)]%10)
	}
	return digits
}

func (w *stationWorld) weighs(ctx context.Context, f collection.TypeForm) collection.WasteType {
	w.t.Helper()
	f.Class = collection.Recyclable
	id, err := w.collection.SaveType(ctx, program, f)
	must(w.t, err)
	wt, err := w.collection.TypeByID(ctx, id)
	must(w.t, err)
	return wt
}

func (w *stationWorld) offers(ctx context.Context, f rewards.ItemForm) rewards.Item {
	w.t.Helper()
	id, err := w.rewards.SaveItem(ctx, program, f)
	must(w.t, err)
	item, err := w.rewards.ItemByID(ctx, id)
	must(w.t, err)
	return item
}

// defaultPlace is where things lie when nobody says.
func (w *stationWorld) defaultPlace() uuid.UUID {
	w.t.Helper()
	places, err := w.rewards.Places(w.t.Context())
	must(w.t, err)
	return places[0].ID
}

// points is what a resident has.
func (w *stationWorld) points(r people.Resident) ledger.Points {
	w.t.Helper()
	family, err := w.people.FamilySummary(w.t.Context(), r.ID)
	must(w.t, err)
	return family.Total
}

// answer is what the program said to one request.
type answer struct {
	*goquery.Document
	t        *testing.T
	status   int
	location string // path and query of a redirect
	body     string
}

func (w *stationWorld) get(path string) answer { return w.send(http.MethodGet, path, nil, "text/html") }

func (w *stationWorld) post(path string, form url.Values) answer {
	return w.send(http.MethodPost, path, form, "text/html")
}

func (w *stationWorld) send(method, path string, form url.Values, accept string) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(form.Encode()))
	must(w.t, err)
	req.AddCookie(&http.Cookie{Name: web.StaffCookie, Value: w.token})
	req.AddCookie(&http.Cookie{Name: "__Host-" + web.StaffCookie, Value: w.token}) // under the rules of production
	if w.place != "" {
		req.AddCookie(&http.Cookie{Name: "ekolek_place", Value: w.place})
	}
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("Accept", accept)
	req.Header.Set("Accept-Language", w.lang)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	must(w.t, err)
	defer func() { _ = res.Body.Close() }() // read to its end below
	var body strings.Builder
	_, err = io.Copy(&body, res.Body)
	must(w.t, err)
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(body.String()))
	must(w.t, err)
	return answer{Document: doc, t: w.t, status: res.StatusCode, location: res.Header.Get("Location"), body: body.String()}
}

// is checks the status.
func (a answer) is(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %.300s", a.status, status, strings.Join(strings.Fields(a.Find("main").Text()), " "))
	}
	return a
}

// has checks that what the selector finds says something.
func (a answer) has(selector, words string) {
	a.t.Helper()
	if got := a.text(selector); !strings.Contains(got, words) {
		a.t.Errorf("%s says %q, want %q in it", selector, got, words)
	}
}

// value checks the value of a field.
func (a answer) value(selector, want string) {
	a.t.Helper()
	if got := a.Find(selector).AttrOr("value", "(none)"); got != want {
		a.t.Errorf("%s holds %q, want %q", selector, got, want)
	}
}

// text is what the selector finds, a space between any two parts.
func (a answer) text(selector string) string {
	var words []string
	for _, n := range a.Find(selector).Nodes {
		for d := range n.Descendants() {
			if d.Type == html.TextNode {
				words = append(words, strings.Fields(d.Data)...)
			}
		}
	}
	return strings.Join(words, " ")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
