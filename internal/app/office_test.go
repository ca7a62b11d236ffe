package app_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"ekolek/internal/app"
	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/collection"
	"ekolek/internal/config"
	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
	"ekolek/internal/schedule"
	"ekolek/internal/testkit"
	"ekolek/internal/web"
)

const officePassword = "labindalawang-sako-ng-bigas"

var tester = audit.Command("test")

// office is the whole program over a small city, for tests that walk its routes.
type office struct {
	app       *app.App
	key       []byte // signs the phones' tokens
	barangays []people.Barangay
	pet       uuid.UUID
	people    int // made so far
}

// visitor is somebody at the door: a token of one surface's sign-in, or none, and the
// phone app's token of the same person.
type visitor struct {
	name    string
	surface auth.Surface
	token   string
	bearer  string
}

func newOffice(t *testing.T) *office {
	t.Helper()
	cfg, err := config.Load([]string{"DJANGO_DEBUG=True", "DATA_DIR=" + t.TempDir(), "LOG_DIR=" + t.TempDir()}, "")
	must(t, err)
	a, err := app.New(t.Context(), cfg, io.Discard)
	must(t, err)
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	_, err = a.Migrate(t.Context())
	must(t, err)
	o := &office{app: a, key: []byte(cfg.SecretKey)}
	o.barangays, err = a.People.Barangays(t.Context())
	must(t, err)
	o.pet, err = a.Collection.SaveType(t.Context(), tester, collection.TypeForm{Name: "PET", Class: collection.Recyclable, Active: true, Rate: 500})
	must(t, err)
	return o
}

// hire makes a member of staff and signs them in.
func (o *office) hire(t *testing.T, name string, role auth.Role, barangays ...uuid.UUID) visitor {
	t.Helper()
	st, err := o.app.Auth.CreateStaff(t.Context(), tester, auth.NewStaff{Username: name, FullName: "Staff " + name, Role: role,
		Password: officePassword, MustChange: name == "newcomer", Barangays: barangays})
	must(t, err)
	in, err := o.app.Auth.SignInStaff(t.Context(), tester, name, officePassword)
	must(t, err)
	return visitor{name, auth.StaffSurface, in.Token, o.bearer(t, jwt.MapClaims{"admin_id": st.ID, "role": role, "is_admin": true})}
}

// bearer signs a phone app's token, as the former system did: for anybody.
func (o *office) bearer(t *testing.T, claims jwt.MapClaims) string {
	t.Helper()
	now := time.Now()
	maps.Copy(claims, jwt.MapClaims{"token_type": "access", "iat": now.Unix() + 1, "exp": now.Add(time.Hour).Unix(), "jti": strings.ReplaceAll(uuid.NewString(), "-", "")})
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(o.key)
	must(t, err)
	return token
}

// settle registers a family in a barangay and approves it.
func (o *office) settle(t *testing.T, barangay uuid.UUID) people.Resident {
	t.Helper()
	r := o.register(t, barangay)
	d, err := o.app.People.Approve(t.Context(), tester, people.City, r.ID)
	must(t, err)
	return d.Resident
}

func (o *office) register(t *testing.T, barangay uuid.UUID) people.Resident {
	t.Helper()
	o.people++
	_, r, err := o.app.People.RegisterFamily(t.Context(), tester, people.NewFamily{Name: "Pagsanjan", BarangayID: barangay, Address: "1 Rizal St.",
		Representative: people.NewResident{Username: fmt.Sprintf("resident%d", o.people), FirstName: "Corazon", LastName: "Pagsanjan", Phone: fmt.Sprintf("0917%07d", o.people)}})
	must(t, err)
	return r
}

// signIn gives a resident a password and signs them in.
func (o *office) signIn(t *testing.T, name string, r people.Resident) visitor {
	t.Helper()
	must(t, o.app.Auth.SetResidentPassword(t.Context(), tester, r.ID, officePassword))
	world := &testkit.World{DB: o.app.DB, Vault: o.app.Vault, People: o.app.People, Auth: o.app.Auth}
	in, err := world.Enter(t, r.Username, officePassword)
	must(t, err)
	return visitor{name, auth.ResidentSurface, in.Token, o.bearer(t, jwt.MapClaims{"user_id": r.ID})}
}

// deeds are what a resident leaves behind.
type deeds struct{ weighIn, redemption, receipt, item uuid.UUID }

// serve weighs four kilos of PET for a resident and hands out one reward of its own.
func (o *office) serve(t *testing.T, r people.Resident) deeds {
	t.Helper()
	collector := audit.Actor{Kind: audit.Staff, ID: db.NewID(), Name: "Collector"}
	weighed, err := o.app.Collection.Record(t.Context(), collector, people.City, collection.Entry{RequestKey: db.NewID().String(),
		Resident: r.ID, IdentifiedBy: "card", Lines: []collection.EntryLine{{Type: o.pet, Gross: 4000}}})
	must(t, err)
	item, err := o.app.Rewards.SaveItem(t.Context(), tester, rewards.ItemForm{Name: "Rice for " + r.Username, Price: 1000, Active: true, Stock: 5, ReorderPoint: 9})
	must(t, err)
	given, err := o.app.Rewards.Redeem(t.Context(), collector, people.City, rewards.Request{RequestKey: db.NewID().String(),
		Resident: r.ID, Wants: []rewards.Want{{Item: item, Quantity: 1}}, IdentifiedBy: "card"})
	must(t, err)
	return deeds{weighIn: weighed.ID, redemption: given.Redemptions[0].ID, receipt: given.ID, item: item}
}

// setAside reserves one of an item for a resident.
func (o *office) setAside(t *testing.T, r people.Resident, item uuid.UUID) uuid.UUID {
	t.Helper()
	made, err := o.app.Rewards.Reserve(t.Context(), tester, rewards.Reserving{RequestKey: db.NewID().String(), Resident: r.ID, Item: item, Quantity: 1})
	must(t, err)
	return made.ID
}

// request asks as the visitor; their token lies in the cookies of both surfaces.
func (v visitor) request(t *testing.T, method, path, accept string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	r.Header.Set("Accept", accept)
	r.Header.Set("Accept-Language", "en")
	if v.token != "" {
		r.AddCookie(&http.Cookie{Name: web.ResidentCookie, Value: v.token})
		r.AddCookie(&http.Cookie{Name: web.StaffCookie, Value: v.token})
	}
	return r
}

// call is request as the visitor's phone makes it: no cookie, a token.
func (v visitor) call(t *testing.T, method, path string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	r.Header.Set("Accept", "application/json")
	if v.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+v.bearer)
	}
	return r
}

// ask is request or call, as a route's surface wants it.
func (v visitor) ask(t *testing.T, s *web.Surface, method, path, accept string) *http.Request {
	t.Helper()
	if s.API != nil {
		return v.call(t, method, path)
	}
	return v.request(t, method, path, accept)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// truck sends the n-th truck to a barangay: a line of the week, every seventh of today and
// marked, and a change of the plan soon.
func (o *office) truck(t *testing.T, barangay uuid.UUID, n int) {
	t.Helper()
	plan, today := o.app.Schedule, o.app.Schedule.Today()
	start, end := schedule.Minutes(n/7*60), schedule.Minutes(n/7*60+30)
	line, err := plan.SaveLine(t.Context(), tester, people.City, schedule.LineForm{Barangay: barangay, Weekday: 1 + (int(schedule.WeekdayOf(today))+6+n)%7, Start: start, End: end, Wastes: []uuid.UUID{o.pet}, Active: true})
	must(t, err)
	if n%7 == 0 {
		_, err = plan.Mark(t.Context(), tester, people.City, schedule.MarkForm{RequestKey: db.NewID().String(), Source: line, Original: today, State: schedule.Collected})
		must(t, err)
	}
	_, err = plan.Except(t.Context(), tester, people.City, schedule.ExceptionForm{RequestKey: db.NewID().String(), Kind: schedule.Add, Reason: schedule.ReasonHoliday,
		Barangays: []uuid.UUID{barangay}, Days: []schedule.DayMove{{Day: schedule.AddDays(today, 1+n%6)}}, Start: &start, End: &end, Wastes: []uuid.UUID{o.pet}})
	must(t, err)
}

// planned are a line and an exception that truck has made, and a holiday of the year.
func (o *office) planned(t *testing.T) (line, exception, holiday uuid.UUID) {
	t.Helper()
	lines, err := o.app.Schedule.Lines(t.Context(), people.City, schedule.LineFilter{})
	must(t, err)
	exceptions, err := o.app.Schedule.Exceptions(t.Context(), people.City, schedule.ExceptionFilter{})
	must(t, err)
	holidays, err := o.app.Schedule.Holidays(t.Context(), time.Now().In(db.Manila).Year())
	must(t, err)
	return lines.Rows[0].ID, exceptions.Rows[0].ID, holidays[0].ID
}
