package mobile_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"ekolek/internal/collection"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/mobile"
	"ekolek/internal/people"
	"ekolek/internal/report"
	"ekolek/internal/rewards"
	"ekolek/internal/schedule"
	"ekolek/internal/testkit"
	"ekolek/internal/web"
)

// scanner is a city with collectors' phones in it: residents in two barangays, of which
// the operations manager has the first, two materials and three rewards.
type scanner struct {
	*testkit.World
	t                *testing.T
	url              string
	collection       *collection.Service
	rewards          *rewards.Service
	schedule         *schedule.Service
	juan, rosa       people.Resident
	pet, hidden      uuid.UUID // 5 points a kilogram; no longer weighed
	rice, gone, dear uuid.UUID // 25.50 points, 5 in stock; none in stock; 5000 points
}

func newScanner(t *testing.T, d *db.DB) *scanner {
	t.Helper()
	w := testkit.NewWorld(t, d)
	s := &scanner{World: w, t: t, collection: collection.New(d, w.Notify, w.Clock.Now), rewards: rewards.New(d, w.Notify, w.Clock.Now)}
	s.schedule = planOver(w, s.collection)
	m := mobile.New(mobile.Deps{Auth: w.Auth, People: w.People, Notify: w.Notify, Collection: s.collection, Rewards: s.rewards, Schedule: s.schedule,
		Report: report.New(d, w.People, w.Clock.Now), Now: w.Clock.Now})
	s.url = w.Serve(t, func(srv *web.Server) {
		srv.Mount(m.Residents(), m.ResidentRoutes())
		srv.Mount(m.Collectors(), m.CollectorRoutes())
	})
	s.juan, s.rosa = w.Resident(t, w.Barangays[0]), w.Resident(t, w.Barangays[2])
	s.pet = s.material("PET Bottles", 500, true)
	s.hidden = s.material("Ash", 100, false)
	s.material("Glass", 125, true)
	s.rice, s.gone, s.dear = s.item("Rice", 2_550, 5), s.item("Umbrella", 3_000, 0), s.item("Bicycle", 500_000, 1)
	return s
}

// planOver is the plan of the trucks, which names materials as the program does.
func planOver(w *testkit.World, c *collection.Service) *schedule.Service {
	return schedule.New(w.DB, w.Notify, w.Clock.Now).Naming(func(ctx context.Context, q db.Q) (out []schedule.Material, err error) {
		types, err := c.TypesIn(ctx, q)
		for _, t := range types {
			out = append(out, schedule.Material{ID: t.ID, Name: t.Name, NameFil: t.NameFil, Class: string(t.Class)})
		}
		return out, err
	})
}

func eachScanner(t *testing.T, f func(t *testing.T, s *scanner)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, d *db.DB) { f(t, newScanner(t, d)) })
}

func (s *scanner) material(name string, rate ledger.Rate, active bool) uuid.UUID {
	s.t.Helper()
	f := collection.TypeForm{Name: name, Class: collection.Recyclable, Active: true, Rate: rate}
	id, err := s.collection.SaveType(s.t.Context(), s.Actor(s.Admin), f)
	if err == nil && !active {
		f.ID, f.Active = id, false
		_, err = s.collection.SaveType(s.t.Context(), s.Actor(s.Admin), f)
	}
	must(s.t, err)
	return id
}

func (s *scanner) item(name string, price ledger.Points, stock int64) uuid.UUID {
	s.t.Helper()
	id, err := s.rewards.SaveItem(s.t.Context(), s.Actor(s.Admin), rewards.ItemForm{Name: name, Description: name + " for you", Price: price, Active: true, Stock: stock})
	must(s.t, err)
	return id
}

// phone is a collector's, or anybody's who holds a token.
type phone struct {
	*scanner
	token  string
	header []string // more, as "Name: value"
}

// as is the phone of a member of staff who has signed in.
func (s *scanner) as(username string) phone {
	s.t.Helper()
	a := s.stranger().post("/mobile/api/admin/login/", fmt.Sprintf(`{"username":%q,"password":%q}`, username, testkit.Password)).is(http.StatusOK)
	return phone{scanner: s, token: a.text("access_token")}
}

func (s *scanner) stranger() phone { return phone{scanner: s} }

func (p phone) with(header ...string) phone {
	p.header = header
	return p
}

// answered is what came back.
type answered struct {
	t      *testing.T
	status int
	header http.Header
	raw    string
	body   map[string]any
}

func (p phone) get(path string) answered        { return p.ask(http.MethodGet, path, "") }
func (p phone) post(path, body string) answered { return p.ask(http.MethodPost, path, body) }
func (p phone) weigh(body string) answered {
	return p.post("/mobile/api/admin/waste-transaction/", body)
}
func (p phone) redeem(body string) answered { return p.post("/mobile/api/admin/redeem/", body) }

func (p phone) ask(method, path, body string) answered {
	p.t.Helper()
	req, err := http.NewRequest(method, p.url+path, strings.NewReader(body))
	must(p.t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if p.token != "" {
		req.Header.Set("Authorization", "Bearer "+p.token)
	}
	for _, line := range p.header {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	must(p.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	must(p.t, err)
	a := answered{t: p.t, status: res.StatusCode, header: res.Header, raw: string(raw)}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber() // 10 and 10.0 are not the same to a phone
	if err := d.Decode(&a.body); err != nil {
		p.t.Fatalf("%s %s: %d, no JSON: %s", method, path, res.StatusCode, raw)
	}
	return a
}

func (a answered) is(status int) answered {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %s", a.status, status, a.raw)
	}
	return a
}

// says compares a whole answer with JSON; numbers by their spelling.
func (a answered) says(status int, want string) {
	a.t.Helper()
	var wanted map[string]any
	d := json.NewDecoder(strings.NewReader(want))
	d.UseNumber()
	must(a.t, d.Decode(&wanted))
	if diff := cmp.Diff(wanted, a.body); a.status != status || diff != "" {
		a.t.Errorf("status %d, want %d:\n%s", a.status, status, diff)
	}
}

func (a answered) text(key string) string {
	a.t.Helper()
	s, ok := a.body[key].(string)
	if !ok {
		a.t.Fatalf("no text %q in %s", key, a.raw)
	}
	return s
}

// of is what an answer has below a key.
func (a answered) of(key string) answered {
	a.t.Helper()
	m, ok := a.body[key].(map[string]any)
	if !ok {
		a.t.Fatalf("no object %q in %s", key, a.raw)
	}
	a.body = m
	return a
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// balance is what a resident has.
func (s *scanner) balance(r people.Resident) ledger.Points {
	s.t.Helper()
	b, err := ledger.BalanceOf(s.t.Context(), s.DB, r.ID)
	must(s.t, err)
	return b.Posted
}

// rows counts a table's.
func (s *scanner) rows(table string) (n int) {
	s.t.Helper()
	must(s.t, s.DB.QueryRowContext(s.t.Context(), "SELECT count(*) FROM "+table).Scan(&n))
	return n
}

// residentToken is an access token as the residents' app holds one.
func (s *scanner) residentToken(r people.Resident) string {
	s.t.Helper()
	now := s.Clock.Now()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"token_type": "access", "exp": now.Add(time.Hour).Unix(), "iat": now.Unix(),
		"jti": strings.ReplaceAll(uuid.NewString(), "-", ""), "user_id": r.ID.String()}).SignedString([]byte(testkit.SecretKey))
	must(s.t, err)
	return token
}

func queryEscape(text string) string { return url.QueryEscape(text) }

// hide takes an item off the shelves.
func hide(t *testing.T, s *scanner, id uuid.UUID) {
	t.Helper()
	i, err := s.rewards.ItemByID(t.Context(), id)
	must(t, err)
	_, err = s.rewards.SaveItem(t.Context(), s.Actor(s.Admin), rewards.ItemForm{ID: id, Name: i.Name, Price: i.Price})
	must(t, err)
}
