package console_test

import (
	"context"
	"encoding/csv"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"ekolek/internal/collection"
	"ekolek/internal/console"
	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/report"
	"ekolek/internal/rewards"
	"ekolek/internal/schedule"
	"ekolek/internal/testkit"
	"ekolek/internal/web"
)

// office is a World with the console on top of it.
type office struct {
	checks console.Checks // what the page of checks shows
	*testkit.World
	t          *testing.T
	collection *collection.Service
	rewards    *rewards.Service
	schedule   *schedule.Service
	url        string
}

func newOffice(t *testing.T, d *db.DB) *office {
	t.Helper()
	return newOfficeOf(t, testkit.NewWorld(t, d))
}

func newOfficeOf(t *testing.T, w *testkit.World) *office {
	t.Helper()
	o := &office{World: w, t: t, collection: collection.New(w.DB, w.Notify, w.Clock.Now).TwoPersons(w.Approval, testkit.SecondPoints), rewards: rewards.New(w.DB, w.Notify, w.Clock.Now).Keeping(w.Files)}
	o.schedule = schedule.New(w.DB, w.Notify, w.Clock.Now).Naming(o.materials).Crewing(o.crew)
	c := console.New(console.Deps{Checks: func(context.Context) (console.Checks, error) { return o.checks, nil }, Files: w.Files, Auth: w.Auth, People: w.People, Collection: o.collection, Rewards: o.rewards, Schedule: o.schedule,
		Report: report.New(w.DB, w.People, w.Clock.Now), Queue: w.Queue, Backup: o.backups(), Notify: w.Notify, Approval: w.Approval, Now: w.Clock.Now})
	o.url = w.Serve(t, func(srv *web.Server) { srv.Mount(c.Surface(), c.Routes()) })
	return o
}

// as is a browser signed in as a member of staff.
func (o *office) as(username string) *testkit.Browser {
	o.t.Helper()
	return testkit.NewBrowser(o.t, o.url).SignIn("/console/login/", username)
}

// pet makes a waste type that pays 5 points a kilo.
func (o *office) pet() collection.WasteType {
	o.t.Helper()
	id, err := o.collection.SaveType(o.t.Context(), o.Actor(o.Admin), collection.TypeForm{Name: "PET bottles", NameFil: "Boteng PET", Class: collection.Recyclable, Rate: 500, Active: true})
	must(o.t, err)
	t, err := o.collection.TypeByID(o.t.Context(), id)
	must(o.t, err)
	return t
}

// weigh records 6.4 kg of a type for a resident.
func (o *office) weigh(r people.Resident, t collection.WasteType, key string) collection.Receipt {
	o.t.Helper()
	receipt, err := o.collection.Record(o.t.Context(), o.Actor(o.Manager), o.Manager.Scope, collection.Entry{RequestKey: key, Resident: r.ID, IdentifiedBy: "card",
		Lines: []collection.EntryLine{{Type: t.ID, Gross: 6400}}})
	must(o.t, err)
	return receipt
}

func TestSignIn(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	b := testkit.NewBrowser(t, o.url)
	b.Get("/console/weigh-ins/").LeadsTo("/console/login/?next=%2Fconsole%2Fweigh-ins%2F")
	b.Get("/console/login/").Is(http.StatusOK).Has("h1", "Staff sign-in")
	b.Post("/console/login/", "username", "", "password", "").Refuses("username", "password")
	a := b.Post("/console/login/", "username", "admin", "password", "wrong wrong wrong").Is(http.StatusUnprocessableEntity)
	a.Value("#username", "admin").Value("#password", "")
	unknown := b.Post("/console/login/", "username", "nobody", "password", "wrong wrong wrong").Is(http.StatusUnprocessableEntity)
	if a.Text("#errors") != unknown.Text("#errors") {
		t.Errorf("a known name reads %q, an unknown one %q", a.Text("#errors"), unknown.Text("#errors"))
	}
	b.Post("/console/login/", "username", "admin", "password", testkit.Password, "next", "//evil.example/").LeadsTo("/console/")
	b.Get("/console/").Is(http.StatusOK).Has(".console-bar", "Staff admin")
	b.Get("/console/login/").LeadsTo("/console/")
	b.Get("/console/no-such-page/").Is(http.StatusNotFound).Lacks("header", "Log in")
	b.Post("/console/logout/").LeadsTo("/console/login/")
	b.Get("/console/").LeadsTo("/console/login/?next=%2Fconsole%2F")
}

func TestSixthWrongPasswordIsLockedOut(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	b := testkit.NewBrowser(t, o.url)
	for range 5 {
		b.Post("/console/login/", "username", "admin", "password", "wrong wrong wrong").Is(http.StatusUnprocessableEntity)
	}
	b.Post("/console/login/", "username", "admin", "password", testkit.Password).Is(http.StatusUnprocessableEntity).Has("#errors", "30 minutes")
	o.Clock.Advance(31 * time.Minute)
	b.SignIn("/console/login/", "admin")
}

func TestForcedPasswordChange(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	temporary, err := o.Auth.ResetStaffPassword(t.Context(), o.Actor(o.Admin), o.Manager.ID)
	must(t, err)
	b := testkit.NewBrowser(t, o.url)
	b.Post("/console/login/", "username", "manager", "password", temporary).Is(http.StatusSeeOther)
	b.Get("/console/residents/").LeadsTo("/console/password/")
	b.Get("/console/password/").Is(http.StatusOK).Has(".notice", "Choose your own")
	b.Post("/console/password/").Refuses("current_password", "new_password")
	b.Post("/console/password/", "current_password", temporary, "new_password", "mangga sa umaga 7", "again", "another one entirely").Refuses("again")
	b.Post("/console/password/", "current_password", temporary, "new_password", "short", "again", "short").Refuses("new_password")
	b.Post("/console/password/", "current_password", "not it, not it", "new_password", "mangga sa umaga 7", "again", "mangga sa umaga 7").Refuses("current_password")
	b.Post("/console/password/", "current_password", temporary, "new_password", "mangga sa umaga 7", "again", "mangga sa umaga 7").LeadsTo("/console/")
	b.Get("/console/residents/").Is(http.StatusOK)
}

func TestSetup(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOfficeOf(t, testkit.NewEmptyWorld(t, d))
		token, err := o.Auth.SetupToken(t.Context())
		must(t, err)
		b := testkit.NewBrowser(t, o.url)
		b.Get("/admin/setup/?token="+token).Is(http.StatusOK).Value("#token", token)
		a := b.Post("/admin/setup/", "token", token, "full_name", "", "username", "boss", "password", "mangga sa umaga 7", "again", "other")
		a.Refuses("full_name", "again").Value("#username", "boss").Value("#password", "")
		b.Post("/admin/setup/", "token", "not the token", "full_name", "Ana Reyes", "username", "boss", "password", "mangga sa umaga 7", "again", "mangga sa umaga 7").Is(http.StatusUnprocessableEntity)
		b.Post("/admin/setup/", "token", token, "full_name", "Ana Reyes", "username", "boss", "password", "mangga sa umaga 7", "again", "mangga sa umaga 7").LeadsTo("/console/login/")
		b.Post("/console/login/", "username", "boss", "password", "mangga sa umaga 7").LeadsTo("/console/")
		b.Get("/admin/setup/").Is(http.StatusNotFound)
	})
}

func TestDecideResidents(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		b := o.as("manager")
		first, second := o.Applicant(t, o.Barangays[0]), o.Applicant(t, o.Barangays[1])
		elsewhere := o.Applicant(t, o.Barangays[5])

		list := b.Get("/console/residents/").Is(http.StatusOK)
		list.Has(".tabs-line [aria-current]", "Waiting 2").Has(".dtable", first.FullName).Lacks(".dtable", elsewhere.FullName)
		b.Get("/console/").Has(".todo", "2 residents wait for approval")
		b.Get("/console/residents/" + elsewhere.ID.String() + "/").Is(http.StatusForbidden)
		b.Post("/console/residents/" + elsewhere.ID.String() + "/approve/").Is(http.StatusForbidden)
		b.Get("/console/residents/not-an-id/").Is(http.StatusNotFound)

		page := "/console/residents/" + first.ID.String() + "/"
		b.Get(page+"approve/").Is(http.StatusOK).Has("form ul", first.FamilyCode)
		b.Post(page + "approve/").LeadsTo("/console/residents/?status=pending")
		b.Get("/console/residents/?status=approved").Has(".notice", "is approved").Has(".dtable", first.FullName)
		b.Post(page + "approve/").Is(http.StatusUnprocessableEntity) // decided already

		page = "/console/residents/" + second.ID.String() + "/"
		b.Post(page+"reject/", "reason", "short").Refuses("reason").Value("#reason", "short")
		b.Post(page+"reject/", "reason", "Address is not in the barangay").LeadsTo("/console/residents/?status=pending")
		b.Get(page).Has(".notice", "Address is not in the barangay").Has("h1", second.FullName)
		b.Get("/console/residents/?status=pending").Has("main", "Nobody waits")

		page = "/console/residents/" + first.ID.String() + "/"
		b.Post(page+"suspend/", "reason", "Lent the card to strangers").LeadsTo(page)
		b.Get("/console/residents/?status=suspended").Has(".dtable", first.FullName)
		b.Post(page+"restore/", "reason", "Talked to the family").LeadsTo(page)
		b.Post(page + "card/").LeadsTo(page)
		b.Get(page).Has(".facts", "2") // the second issue of the card

		trail := o.as("admin").Get("/console/audit/?target=" + first.ID.String()).Is(http.StatusOK)
		if n := trail.Find(".dtable tbody tr").Length(); n < 4 {
			t.Errorf("the trail shows %d acts on the resident", n)
		}
	})
}

// Who waits longest is decided on first, and the way to the next page says so.
func TestWhoWaitsLongestComesFirst(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	b := o.as("admin")
	var oldest, newest people.Resident
	for i := range 60 {
		newest = o.Applicant(t, o.Barangays[0])
		if i == 0 {
			oldest = newest
		}
		o.Clock.Advance(time.Second)
	}
	list := b.Get("/console/residents/?status=pending").Is(http.StatusOK)
	list.Has(".dtable tbody tr:first-child", oldest.FullName).Lacks(".dtable", newest.FullName)
	next := list.Find(`nav a[href*="after="]`)
	if next.Text() != "Newer" {
		t.Errorf("the next page is called %q", next.Text())
	}
	b.Get(next.AttrOr("href", "")).Has(".dtable tbody tr:last-child", newest.FullName).Has("nav", "Oldest")
}

func TestEditResidentAndFamily(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	b := o.as("manager")
	r, other := o.Resident(t, o.Barangays[0]), o.Resident(t, o.Barangays[0])
	page := "/console/residents/" + r.ID.String() + "/edit/"
	b.Get(page).Is(http.StatusOK).Value("#first_name", r.FirstName).Value("#username", r.Username)
	a := b.Post(page, "first_name", "", "last_name", r.LastName, "username", other.Username, "phone", "12", "email", "no", "birth_date", "2999-01-01")
	a.Refuses("first_name").Value("#phone", "12").Value("#email", "no")
	a = b.Post(page, "first_name", "Jose", "last_name", r.LastName, "username", other.Username, "phone", other.Phone, "email", "no", "birth_date", "2999-01-01")
	a.Refuses("username", "phone", "email", "birth_date").Value("#first_name", "Jose")
	b.Post(page, "first_name", "Jose", "last_name", "O'Brien -- Jr", "username", r.Username, "phone", "0917 765 4321", "email", "jose@mail.test", "birth_date", "1990-05-01", "gender", "male").
		LeadsTo("/console/residents/" + r.ID.String() + "/")
	b.Get("/console/residents/"+r.ID.String()+"/").Has("h1", "Jose O'Brien -- Jr").Has(".facts", "0917 765 4321")
	b.Get("/console/residents/?status=all&q=brien").Has(".dtable", "O'Brien")
	b.Get("/console/residents/?status=all&q=09177654321").Has(".dtable", "O'Brien")
	b.Get("/console/residents/?status=all&q=nobody+so+named").Has("main", "Nothing fits this filter").Value("#q", "nobody so named")

	page = "/console/families/" + r.FamilyID.String() + "/"
	b.Get("/console/families/?q="+r.FamilyCode).Has(".dtable", r.FamilyCode)
	b.Get(page).Has(".dtable", "Jose O'Brien -- Jr")
	b.Post(page+"edit/", "family_name", "", "barangay", o.Barangays[1].ID.String(), "address", "", "city", "San Pedro City").Refuses("family_name", "address")
	b.Post(page+"edit/", "family_name", "Peña-Cruz", "barangay", o.Barangays[1].ID.String(), "address", "7 Rizal St.", "city", "San Pedro City").LeadsTo(page)
	b.Get(page).Has("main", o.Barangays[1].Name).Has(".facts", "7 Rizal St.")
	b.Get("/console/families/?status=rejected").Has("main", "Nothing fits this filter")
}

func TestEnroll(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		b := o.as("manager")
		here, elsewhere := o.Barangays[0].ID.String(), o.Barangays[9].ID.String()
		if n := b.Get("/console/families/new/").Is(http.StatusOK).Find("#barangay option").Length(); n != 3 {
			t.Errorf("the manager of two barangays chooses among %d", n-1)
		}
		a := b.Post("/console/families/new/", "family_name", "", "barangay", "", "address", "", "first_name", "Ana", "last_name", "", "username", "a", "phone", "1", "password", "short")
		a.Refuses("family_name", "barangay", "address", "last_name", "username", "phone", "password").Value("#first_name", "Ana").Value("#password", "")
		family := []string{"family_name", "Reyes", "address", "1 Mabini St.", "first_name", "Ana", "last_name", "Reyes", "username", "ana.reyes", "phone", "0917-123-4567", "password", "mangga sa umaga 7"}
		b.Post("/console/families/new/", append(family, "barangay", elsewhere)...).Is(http.StatusForbidden)
		a = b.Post("/console/families/new/", append(family, "barangay", here)...).Is(http.StatusSeeOther)
		page := a.Header.Get("Location")
		b.Get(page).Has(".notice", "Ana Reyes is registered").Has("main", "Waiting")
		b.Post("/console/families/new/", append(family, "barangay", here)...).Refuses("username", "phone").Value("#phone", "0917-123-4567")

		b.Post(page + "approve/").Is(http.StatusSeeOther)
		ana, err := o.Enter(t, "ANA.REYES", "mangga sa umaga 7")
		if err != nil || ana.Token == "" {
			t.Fatalf("the new resident cannot sign in: %v", err)
		}
		home := "/console/families/" + ana.Principal.Resident.FamilyID.String() + "/"
		b.Get(home).Has("main", "Add a member")
		b.Post(home+"members/new/", "first_name", "Ben", "last_name", "Reyes", "username", "ben.reyes", "phone", "09171234567", "password", "mangga sa umaga 7").Refuses("phone")
		b.Post(home+"members/new/", "first_name", "Ben", "last_name", "Reyes", "username", "ben.reyes", "phone", "09171234568", "password", "mangga sa umaga 7").Is(http.StatusSeeOther)
		b.Get(home).Has(".dtable", "Ben Reyes")
	})
}

func TestWeighIns(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		b := o.as("manager")
		r, pet := o.Resident(t, o.Barangays[0]), o.pet()
		b.Get("/console/weigh-ins/").Has("main", "No weigh-ins here")
		receipt := o.weigh(r, pet, "one")
		list := b.Get("/console/weigh-ins/?type=" + pet.ID.String() + "&barangay=" + o.Barangays[0].ID.String() + "&collector=" + o.Manager.ID.String()).Is(http.StatusOK)
		list.Has(".stat-band", "6.4 kg").Has(".stat-band", "32").Has(".dtable", "PET bottles 6.4 kg")
		b.Get("/console/weigh-ins/?barangay="+o.Barangays[1].ID.String()).Has("main", "No weigh-ins here")
		b.Get("/console/weigh-ins/?from=nonsense&after=rubbish").Is(http.StatusUnprocessableEntity)

		page := "/console/weigh-ins/" + receipt.ID.String() + "/"
		b.Get(page).Has(".receipt", "6.4 kg × 5").Has(".facts", "Card, signature checked")
		b.Post(page+"void/", "reason", "typo").Refuses("reason")
		b.Post(page+"void/", "reason", "Weighed for the wrong resident").LeadsTo(page)
		b.Get(page).Has(".notice-clay", "Weighed for the wrong resident")
		b.Post(page+"void/", "reason", "Weighed for the wrong resident").Is(http.StatusUnprocessableEntity)
		b.Get("/console/weigh-ins/").Has(".dtable", "Voided").Has(".stat-band", "0 kg")

		o.weigh(r, pet, "two")
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.Get("/console/weigh-ins.csv").Is(http.StatusOK).Body, "\ufeff"))).ReadAll()
		must(t, err)
		if len(rows) != 3 || !strings.Contains(strings.Join(rows[1], ","), "PET bottles") {
			t.Errorf("the CSV holds %v", rows)
		}
		sheet := b.Get("/console/weigh-ins.xlsx").Is(http.StatusOK)
		book, err := excelize.OpenReader(strings.NewReader(sheet.Body))
		must(t, err)
		defer func() { must(t, book.Close()) }()
		if got, err := book.GetRows(book.GetSheetName(0)); err != nil || len(got) != 3 {
			t.Errorf("the workbook holds %v, %v", got, err)
		}
		if d := sheet.Header.Get("Content-Disposition"); !strings.Contains(d, "e-kolek-weigh-ins-") {
			t.Errorf("the file is called %q", d)
		}
	})
}

func TestRewardsAndStock(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	b := o.as("content")
	b.Get("/console/rewards/").Has("main", "No rewards yet")
	b.Post("/console/rewards/categories/", "name", "", "active", "on").Refuses("name")
	b.Post("/console/rewards/categories/", "name", "Food", "active", "on").LeadsTo("/console/rewards/categories/")
	b.Post("/console/rewards/categories/", "name", "FOOD", "active", "on").Is(http.StatusUnprocessableEntity).Value("#name", "FOOD")
	categories, err := o.rewards.Categories(t.Context())
	must(t, err)
	b.Get("/console/rewards/categories/?edit="+categories[0].ID.String()).Value("#name", "Food")

	a := b.Post("/console/rewards/new/", "name", "Rice", "price", "free", "stock", "many", "reorder_point", "5")
	a.Refuses("price", "stock").Value("#name", "Rice").Value("#price", "free")
	b.Post("/console/rewards/new/", "name", "Rice", "name_fil", "Bigas", "category", categories[0].ID.String(), "price", "50", "unit", "kg", "stock", "6",
		"reorder_point", "5", "icon", "art-rice", "active", "on").Is(http.StatusSeeOther)
	items, err := o.rewards.Items(t.Context())
	must(t, err)
	page, row := "/console/rewards/"+items[0].ID.String()+"/", "/console/rewards/#item-"+items[0].ID.String()
	b.Get(page).Value("#price", "50").Value("#category", categories[0].ID.String())

	b.Post(page+"stock/", "kind", "removed", "quantity", "7", "reason", "Sack was wet").Is(http.StatusUnprocessableEntity).Value("#quantity", "7")
	b.Post(page+"stock/", "kind", "removed", "quantity", "2").Refuses("reason")
	b.Post(page+"stock/", "kind", "removed", "quantity", "0", "reason", "Sack was wet").Refuses("quantity")
	b.Post(page+"stock/", "kind", "removed", "quantity", "2", "reason", "Sack was wet").LeadsTo(row)
	b.Get("/console/").Has(".todo", "Rice: 4 left.")
	b.Get("/console/rewards/").Has(".dtable", "Low")
	b.Post(page+"stock/", "kind", "received", "quantity", "20", "document_no", "DR-118").LeadsTo(row)
	b.Get(page).Has(".moves", "+20").Has(".moves", "DR-118")
	b.Get("/console/rewards/moves/?item="+items[0].ID.String()+"&kind=adjusted").Has(".dtable", "−2").Lacks(".dtable", "+20")
	b.Get("/console/redemptions/").Has("main", "No redemptions here")
	b.Get("/console/residents/").Is(http.StatusForbidden)
}

func TestRedemptionList(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	r := o.Resident(t, o.Barangays[0])
	o.Give(t, r, 10000)
	item, err := o.rewards.SaveItem(t.Context(), o.Actor(o.Admin), rewards.ItemForm{Name: "Rice", NameFil: "Bigas", Price: 5000, Unit: "kg", Stock: 5, Active: true})
	must(t, err)
	_, err = o.rewards.Redeem(t.Context(), o.Actor(o.Manager), o.Manager.Scope, rewards.Request{RequestKey: "one", Resident: r.ID, Wants: []rewards.Want{{Item: item, Quantity: 2}}, IdentifiedBy: "card"})
	must(t, err)
	b := o.as("admin")
	b.Get("/console/redemptions/?item="+item.String()).Has(".dtable", "2 kg").Has(".stat-band", "100")
	b.Lang = "fil"
	b.Get("/console/redemptions/").Has(".dtable", "Bigas")
	if body := b.Get("/console/redemptions.csv").Is(http.StatusOK).Body; !strings.Contains(body, r.FullName) {
		t.Errorf("the CSV holds %s", body)
	}
}

func TestWasteTypesAndRates(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	b := o.as("admin")
	b.Get("/console/waste-types/").Has("main", "No waste types yet")
	b.Post("/console/waste-types/new/", "name", "PET", "rate", "five", "class", "recyclable", "position", "1").Refuses("rate").Value("#name", "PET")
	b.Post("/console/waste-types/new/", "name", "PET", "rate", "5", "class", "plastic", "position", "1").Refuses("class")
	b.Post("/console/waste-types/new/", "name", "PET", "name_fil", "Boteng PET", "rate", "5", "class", "recyclable", "factor", "PET", "icon", "art-pet", "position", "1", "active", "on").
		LeadsTo("/console/waste-types/")
	b.Post("/console/waste-types/new/", "name", "pet", "rate", "5", "class", "recyclable", "position", "1").Is(http.StatusUnprocessableEntity)
	types, err := o.collection.Types(t.Context())
	must(t, err)
	page := "/console/waste-types/" + types[0].ID.String() + "/"
	b.Post(page+"rate/", "rate", "6.5", "from", "2000-01-01T07:00").Refuses("from").Value("#from", "2000-01-01T07:00")
	o.Clock.Advance(20 * time.Minute)
	b.Post(page+"rate/", "rate", "6.5").LeadsTo(page)
	b.Get(page).Has(".dtable", "6.5").Has(".dtable", "5").Value("#name", "PET")
	o.Clock.Advance(20 * time.Minute)
	soon := o.Clock.Now().Add(24 * time.Hour).In(db.Manila).Format("2006-01-02T15:04")
	b.Post(page+"rate/", "rate", "7", "from", soon).LeadsTo(page)
	b.Get(page).Has(".dtable", "To come")
	b.Post(page, "name", "PET bottles", "class", "recyclable", "position", "2").LeadsTo("/console/waste-types/")
	b.Get("/console/waste-types/").Has(".dtable", "PET bottles").Has(".dtable", "Inactive")
}

func TestBarangays(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	b := o.as("admin")
	if n := b.Get("/console/barangays/").Find(".dtable tbody tr").Length(); n != 27 {
		t.Errorf("%d barangays", n)
	}
	b.Post("/console/barangays/new/", "name", o.Barangays[0].Name, "population", "0").Refuses("name")
	b.Post("/console/barangays/new/", "name", "Sitio Bago", "psgc", "12", "population", "lots").Refuses("population").Value("#psgc", "12")
	b.Post("/console/barangays/new/", "name", "Sitio Bago", "population", "1,200", "active", "on").LeadsTo("/console/barangays/")
	page := "/console/barangays/" + o.Barangays[0].ID.String() + "/"
	b.Get(page).Value("#psgc", o.Barangays[0].PSGC)
	b.Post(page, "name", o.Barangays[0].Name, "psgc", o.Barangays[0].PSGC, "population", "10").LeadsTo("/console/barangays/")
	b.Get("/console/barangays/").Has(".dtable", "Sitio Bago").Has(".dtable", "Inactive")
	b.Get("/console/barangays/" + o.Admin.ID.String() + "/").Is(http.StatusNotFound)
}

func TestAuditTrail(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	pet := o.pet()
	b := o.as("analyst")
	b.Get("/console/audit/").Has(".dtable", "PET bottles").Has(".dtable", "Staff analyst")
	b.Get("/console/audit/?action=waste_type.add&actor="+o.Admin.ID.String()+"&from=2020-01-01").Has(".dtable", "PET bottles").Lacks(".dtable", "Staff analyst")
	b.Get("/console/audit/?to=2001-01-01").Has("main", "Nothing fits this filter")
	if body := b.Get("/console/audit.csv").Is(http.StatusOK).Body; !strings.Contains(body, pet.ID.String()) && !strings.Contains(body, "PET bottles") {
		t.Errorf("the CSV holds %s", body)
	}
	b.Get("/console/waste-types/").Is(http.StatusForbidden)
}

func TestOldAddresses(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	b := testkit.NewBrowser(t, o.url)
	for old, to := range map[string]string{"/dashboard/": "/console/", "/cenro/admin/login/": "/console/login/", "/adminuser/": "/console/residents/", "/adminschedule/": "/console/schedule/",
		"/admincontrol": "/console/waste-types/", "/reward_history/": "/console/rewards/moves/"} {
		b.Get(old).LeadsTo(to)
	}
	b.SignIn("/console/login/", "admin")
	b.Get("/cenro/admin/logout/").LeadsTo("/console/login/")
	b.Get("/console/").LeadsTo("/console/login/?next=%2Fconsole%2F")
}

func TestEveryPageSpeaksTagalog(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	r := o.Resident(t, o.Barangays[0])
	b := o.as("admin")
	b.Lang = "fil"
	for _, path := range []string{"/console/", "/console/residents/", "/console/residents/" + r.ID.String() + "/", "/console/families/", "/console/weigh-ins/",
		"/console/rewards/", "/console/rewards/new/", "/console/redemptions/", "/console/waste-types/new/", "/console/barangays/", "/console/audit/", "/console/password/"} {
		a := b.Get(path).Is(http.StatusOK)
		if lang := a.Find("html").AttrOr("lang", ""); lang != "fil" {
			t.Errorf("%s: lang %q", path, lang)
		}
		for _, key := range []string{"console.", "web.", "form.", "error."} {
			for _, word := range strings.Fields(a.Text("body")) {
				if strings.HasPrefix(word, key) {
					t.Errorf("%s shows the key %s", path, word)
				}
			}
		}
	}
}
