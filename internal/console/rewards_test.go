package console_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/console"
	"ekolek/internal/db"
	"ekolek/internal/rewards"
	"ekolek/internal/testkit"
)

// rice makes a reward of 50 points with a stock at the default place.
func (o *office) rice(stock int64) rewards.Item {
	o.t.Helper()
	id, err := o.rewards.SaveItem(o.t.Context(), o.Actor(o.Admin), rewards.ItemForm{Name: "Rice", NameFil: "Bigas", Price: 50_00, Unit: "kg", Stock: stock, ReorderPoint: 5, Active: true})
	must(o.t, err)
	return o.item(id)
}

func (o *office) item(id uuid.UUID) rewards.Item {
	o.t.Helper()
	i, err := o.rewards.ItemByID(o.t.Context(), id)
	must(o.t, err)
	return i
}

// rows reads a list as a CSV file, its head left out.
func rows(t *testing.T, a testkit.Answer) [][]string {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.Is(http.StatusOK).Body, "\ufeff"))).ReadAll()
	must(t, err)
	return all[1:]
}

// Goods that came in are booked in the item's row, once, however often the form arrives.
// Taking some away asks for a reason first.
func TestStockInTheRow(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		b := o.as("content")
		rice := o.rice(6)
		field := "quantity-" + rice.ID.String()
		b.Get("/console/rewards/").Is(http.StatusOK).Has(".dtable", "6 kg").Lacks(".filters", "All places")
		list := "/console/rewards/?q=bigas"
		b.Post(list, "item", rice.ID.String(), "key", "a", field, "many").Refuses(field).Value("#"+field, "many").Value("#q", "bigas")
		b.Post(list, "item", rice.ID.String(), "key", "a", field, "0").Refuses(field)
		for range 2 {
			b.Post(list, "item", rice.ID.String(), "key", "a", field, "20").LeadsTo(list + "#item-" + rice.ID.String())
		}
		b.Get(list).Has(".notice", "Rice: +20 at").Has(".dtable", "26 kg")
		b.Post(list, "item", uuid.NewString(), "key", "b", field, "20").Is(http.StatusNotFound)

		page := "/console/rewards/" + rice.ID.String() + "/stock/"
		b.Get(page+"?kind=removed&"+field+"=3").Value("#quantity", "3").Has("form", "A count found less")
		b.Post(page, "kind", "removed", "quantity", "3", "key", "c").Refuses("reason")
		b.Post(page, "kind", "removed", "quantity", "300", "key", "c", "reason", "Sack was wet").Is(http.StatusUnprocessableEntity).Value("#quantity", "300")
		b.Post(page, "kind", "removed", "quantity", "3", "key", "c", "reason", "Sack was wet").LeadsTo("/console/rewards/#item-" + rice.ID.String())
		if left := o.item(rice.ID).Stock; left != 23 {
			t.Errorf("%d are left", left)
		}
	})
}

// The list of items is narrowed, sorted, and given as a file of just what it shows.
func TestRewardListFilters(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	b := o.as("admin")
	rice := o.rice(6)
	for _, f := range []rewards.ItemForm{{Name: "Soap", Price: 25_00, Unit: "bar", Active: true, StockNumber: "S-7"}, {Name: "Lamp", Price: 900_00, Stock: 3}} {
		_, err := o.rewards.SaveItem(t.Context(), o.Actor(o.Admin), f)
		must(t, err)
	}
	for query, want := range map[string]string{"": "Lamp Rice Soap", "?state=low": "", "?state=out": "Soap", "?state=hidden": "Lamp", "?state=active": "Rice Soap",
		"?q=s-7": "Soap", "?q=BIGAS": "Rice", "?sort=price": "Soap Rice Lamp", "?sort=stock": "Soap Lamp Rice", "?category=" + rice.ID.String(): ""} {
		if got := b.Get("/console/rewards/" + query).Is(http.StatusOK).Text(".dtable .lead a"); got != want {
			t.Errorf("%s shows %q, want %q", query, got, want)
		}
		var names []string
		for _, row := range rows(t, b.Get("/console/rewards.csv"+query)) {
			names = append(names, row[1])
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("the file of %s holds %q, want %q", query, got, want)
		}
	}
	b.Get("/console/rewards/?q=nothing").Has("main", "Nothing fits this filter")
	b.Get("/console/rewards/?place=" + rice.ID.String()).Is(http.StatusNotFound)
	b.Get("/console/rewards.xlsx").Is(http.StatusOK)
}

func TestRewardForm(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	b := o.as("content")
	a := b.Post("/console/rewards/new/", "name", "", "price", "free", "unit_cost", "a lot", "stock", "many", "reorder_point", "", "description_fil", "Bigas na puti")
	a.Refuses("name", "price", "unit_cost", "stock", "reorder_point").Value("#description_fil", "Bigas na puti")
	made := b.Post("/console/rewards/new/", "name", "Rice", "name_fil", "Bigas", "price", "50", "unit", "kg", "stock", "6", "reorder_point", "5", "stock_number", "FD-001",
		"unit_cost", "52.5", "description", "White rice", "description_fil", "Bigas na puti", "icon", "art-rice", "active", "on")
	items, err := o.rewards.Items(t.Context())
	must(t, err)
	page := "/console/rewards/" + items[0].ID.String() + "/"
	made.LeadsTo(page)
	b.Get(page).Has(".notice", "Give it a picture").Value("#unit_cost", "52.50").Value("#stock_number", "FD-001").Value("#description_fil", "Bigas na puti").Has("#stock", "6 kg")
	b.Post(page, "name", "Rice", "price", "55", "reorder_point", "5", "unit_cost", "", "active", "on").LeadsTo("/console/rewards/#item-" + items[0].ID.String())
	if i := o.item(items[0].ID); i.Price != 55_00 || i.UnitCost != 0 || i.Stock != 6 {
		t.Errorf("saved as %+v", i)
	}
}

// drawing is a picture that nobody drew.
func drawing(t *testing.T) []byte {
	t.Helper()
	p := image.NewRGBA(image.Rect(0, 0, 640, 480))
	for i := range 640 {
		p.Set(i, i%480, color.RGBA{R: uint8(i), G: 120, A: 255})
	}
	var b bytes.Buffer
	must(t, png.Encode(&b, p))
	return b.Bytes()
}

// A picture goes onto its item's page and into the list; what is none is refused beside
// its field, and what was typed into the item's own form meanwhile is a form of its own.
func TestRewardPicture(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		b := o.as("content")
		rice := o.rice(6)
		page := "/console/rewards/" + rice.ID.String() + "/"
		b.Get(page).Has("#picture", "No picture yet")
		b.Get(page + "picture/").LeadsTo(page + "#picture")
		for name, content := range map[string][]byte{"a program": []byte("MZ"), "a drawing for browsers": []byte("<svg/>"), "nothing": nil} {
			if b.PostFile(page+"picture/", "file", "rice.png", content).Refuses("file").Value("#name", "Rice"); t.Failed() {
				t.Fatal(name)
			}
		}
		b.PostFile(page+"picture/", "file", "rice.png", drawing(t)).LeadsTo(page)
		shown := b.Get(page).Has(".notice", "Rice has a new picture").Has("#picture", "Residents see this picture").Find("#picture img")
		if src := shown.AttrOr("src", ""); !strings.HasPrefix(src, "/media/") {
			t.Errorf("the page shows %q", src)
		}
		if b.Get("/console/rewards/").Find(".dtable img[src^='/media/']").Length() != 1 {
			t.Error("the list shows no picture")
		}
		b.PostFile("/console/rewards/"+uuid.NewString()+"/picture/", "file", "rice.png", drawing(t)).Is(http.StatusNotFound)
	})
}

// With a second place the lists tell one from the other, and stock moves between them.
func TestPlacesAndTransfers(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	b := o.as("content")
	rice := o.rice(20)
	page := "/console/rewards/" + rice.ID.String() + "/"
	b.Get(page+"transfer/").Has("main", "only one place")
	b.Post("/console/rewards/places/", "name", "", "active", "on").Refuses("name")
	b.Post("/console/rewards/places/", "name", "Langgam hall", "active", "on").LeadsTo("/console/rewards/places/")
	b.Post("/console/rewards/places/", "name", "LANGGAM  hall", "active", "on").Is(http.StatusUnprocessableEntity).Value("#name", "LANGGAM  hall")
	places, err := o.rewards.Places(t.Context())
	must(t, err)
	office, hall := places[0], places[1]
	b.Get("/console/rewards/places/?edit="+hall.ID.String()).Value("#name", "Langgam hall")
	b.Post("/console/rewards/places/", "id", office.ID.String(), "name", office.Name).Refuses("active")

	b.Get("/console/rewards/").Has(".filters", "All places").Has(".dtable", "20 kg")
	b.Get("/console/rewards/?place="+hall.ID.String()).Has(".dtable", "0 kg").Has(".dtable", "None left")
	b.Get("/console/rewards/?place=all").Has(".dtable", "20 kg").Has(".dtable", "Change stock")
	a := b.Post(page+"transfer/", "from", office.ID.String(), "to", "", "quantity", "x", "key", "a")
	a.Refuses("quantity").Value("#quantity", "x")
	b.Post(page+"transfer/", "from", office.ID.String(), "to", hall.ID.String(), "quantity", "21", "key", "a").Is(http.StatusUnprocessableEntity)
	for range 2 {
		b.Post(page+"transfer/", "from", office.ID.String(), "to", hall.ID.String(), "quantity", "8", "key", "b", "document_no", "RIS-2026-11-0001").LeadsTo(page)
	}
	b.Get(page).Has(".notice", "8 kg of Rice moved from "+office.Name+" to Langgam hall").Has("#stock", "Langgam hall 8 kg")
	b.Get("/console/rewards/moves/?kind=transferred&place="+hall.ID.String()).Has(".dtable", "+8").Lacks(".dtable", "−8").Has(".dtable", "RIS-2026-11-0001")
	b.Post("/console/rewards/?place="+hall.ID.String(), "item", rice.ID.String(), "place", hall.ID.String(), "key", "c", "quantity-"+rice.ID.String(), "2").Is(http.StatusSeeOther)
	b.Get("/console/rewards/?place="+hall.ID.String()).Has(".dtable", "10 kg")
}

// A count shows what it would change before it does; a line whose stock moved meanwhile is
// refused beside its field and counted again.
func TestCountSheet(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		b := o.as("content")
		sheet := "/console/rewards/count/"
		b.Get(sheet).Has("main", "No rewards yet")
		rice := o.rice(20)
		field, book := "counted_"+rice.ID.String(), "expected_"+rice.ID.String()
		b.Get(sheet).Has("h1", "Count the stock at").Value("input[name="+book+"]", "20")
		b.Post(sheet, "do", "check", "key", "a", book, "20", field, "").Is(http.StatusUnprocessableEntity).Has("#errors", "at least one figure")
		b.Post(sheet, "do", "check", "key", "a", book, "20", field, "some").Refuses(field).Value("#"+field, "some")
		b.Post(sheet, "do", "check", "key", "a", book, "20", field, "-1").Refuses(field)
		b.Post(sheet, "do", "check", "key", "a", book, "20", field, "17").Is(http.StatusOK).Has("h1", "What the count changes").Has(".sheet-table", "−3")
		b.Post(sheet, "do", "change", "key", "a", book, "20", field, "17").Is(http.StatusOK).Value("#"+field, "17")
		if n := o.item(rice.ID).Stock; n != 20 {
			t.Fatalf("looking changed the stock to %d", n)
		}
		_, err := o.rewards.Receive(t.Context(), o.Actor(o.Admin), rewards.StockChange{Item: rice.ID, Quantity: 4})
		must(t, err)
		b.Post(sheet, "do", "save", "key", "a", book, "20", field, "17").Refuses(field).Value("input[name="+book+"]", "24").Value("#"+field, "17")
		for range 2 {
			b.Post(sheet, "do", "save", "key", "b", book, "24", field, "21").Is(http.StatusSeeOther)
		}
		if n := o.item(rice.ID).Stock; n != 21 {
			t.Errorf("counted 21, the book says %d", n)
		}
		b.Get("/console/rewards/moves/?kind=adjusted").Has(".notice", "1 reward counted").Has(".dtable", "−3")
		b.Post(sheet, "do", "nonsense").Is(http.StatusUnprocessableEntity)
	})
}

// The stock history of a former system is shown apart and marked, and only where there is
// one.
func TestFormerStockBook(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		b := o.as("admin")
		rice, r := o.rice(6), o.Resident(t, o.Barangays[0])
		b.Get("/console/rewards/moves/").Has(".dtable", "Opening stock").Lacks("main", "Former system")
		late := time.Date(2025, 3, 31, 17, 0, 0, 0, time.UTC) // the first of April in Manila
		must(t, d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			_, err := rewards.ImportMoves(ctx, tx, []rewards.PriorMove{
				{ID: uuid.New(), ItemID: rice.ID, Action: "stock_added", Quantity: 10, After: 10, ActorID: uuid.NullUUID{UUID: o.Admin.ID, Valid: true}, Note: "First sacks", At: late.Add(-48 * time.Hour)},
				{ID: uuid.New(), ItemID: rice.ID, Action: "stock_redeemed", Quantity: -4, Before: 10, After: 6, ResidentID: uuid.NullUUID{UUID: r.ID, Valid: true}, At: late},
				{ID: uuid.New(), ItemID: rice.ID, Action: "recounted", At: late.Add(time.Hour)},
			})
			return err
		}))
		b.Get("/console/rewards/moves/").Has("main", "Former system").Lacks(".dtable", "First sacks")
		book := "/console/rewards/moves/?book=former"
		b.Get(book).Is(http.StatusOK).Has(".dtable", "First sacks").Has(".dtable", "Staff admin").Has(".dtable", r.FullName).Has(".dtable", "10 → 6").Has(".dtable .chip", "Former system")
		b.Get(book+"&from=2025-04-01").Has(".dtable", "Redeemed").Lacks(".dtable", "First sacks")
		b.Get(book+"&to=2025-03-31&item="+rice.ID.String()).Has(".dtable", "First sacks").Lacks(".dtable", "Redeemed")
		b.Get(book+"&to=2020-01-01").Has("main", "wrote nothing down")
		if got := rows(t, b.Get("/console/rewards/moves.csv?book=former&from=2025-04-01")); len(got) != 2 || got[1][2] != "Redeemed" {
			t.Errorf("the file holds %v", got)
		}
		if got := rows(t, b.Get("/console/rewards/moves.csv?item="+rice.ID.String())); len(got) != 1 || got[0][4] != "6" {
			t.Errorf("our own book's file holds %v", got)
		}
	})
}

// A stock book longer than a page is written out whole.
func TestStockBookFileHoldsEveryPage(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	rice := o.rice(1)
	for n := range 60 {
		_, err := o.rewards.Receive(t.Context(), o.Actor(o.Admin), rewards.StockChange{Item: rice.ID, Quantity: 1, DocumentNo: "DR-" + strconv.Itoa(n)})
		must(t, err)
	}
	b := o.as("admin")
	if n := b.Get("/console/rewards/moves/").Find(".dtable tbody tr").Length(); n >= 61 {
		t.Errorf("%d rows on one page", n)
	}
	if n := len(rows(t, b.Get("/console/rewards/moves.csv"))); n != 61 {
		t.Errorf("the file holds %d rows", n)
	}
}

// The office sees what is set aside, and gives it up with a reason.
func TestReservationsOfTheOffice(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		b := o.as("content")
		b.Get("/console/reservations/").Has("main", "No reservations here")
		rice, r := o.rice(6), o.Resident(t, o.Barangays[0])
		o.Give(t, r, 500_00)
		reserved, err := o.rewards.Reserve(t.Context(), o.Actor(o.Admin), rewards.Reserving{RequestKey: "a", Resident: r.ID, Item: rice.ID, Quantity: 2})
		must(t, err)
		b.Get("/console/reservations/").Has(".dtable", r.FullName).Has(".dtable", reserved.TypedCode()).Has(".dtable", "2 × Rice").Has(".dtable", "100")
		b.Get("/console/reservations/?code="+strings.ToLower(reserved.TypedCode())).Has(".dtable", r.FullName)
		b.Get("/console/reservations/?code=nonsense").Has(".notice", "reservation").Has("main", "No reservations here")
		b.Get("/console/reservations/?state=claimed").Has("main", "No reservations here")
		b.Get("/console/rewards/").Has(".dtable", "4 kg").Has(".dtable", "6 on hand, 2 reserved")
		page := "/console/reservations/" + reserved.ID.String() + "/cancel/"
		b.Get(page).Has("form ul", "100 points").Has("form ul", "2 × Rice")
		b.Post(page, "reason", "short").Refuses("reason")
		b.Post(page, "reason", "The sacks got wet").LeadsTo("/console/reservations/")
		b.Get("/console/reservations/").Has(".notice", "can use 100 points again")
		b.Post(page, "reason", "The sacks got wet").Is(http.StatusUnprocessableEntity) // once is enough
		b.Get("/console/reservations/?state=cancelled").Has(".dtable", "The sacks got wet").Has(".dtable", "Staff content")
		if got := rows(t, b.Get("/console/reservations.csv?state=all")); len(got) != 1 || got[0][1] != "Cancelled" {
			t.Errorf("the file holds %v", got)
		}
		if got := rows(t, b.Get("/console/reservations.csv")); len(got) != 0 {
			t.Errorf("the file of open ones holds %v", got)
		}
		b.Get("/console/reservations/" + uuid.NewString() + "/cancel/").Is(http.StatusNotFound)
	})
}

// What was handed out is shown with its receipt and taken back with a reason.
func TestReturnOfARedemption(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		b := o.as("admin")
		rice, r := o.rice(6), o.Resident(t, o.Barangays[0])
		o.Give(t, r, 500_00)
		soap, err := o.rewards.SaveItem(t.Context(), o.Actor(o.Admin), rewards.ItemForm{Name: "Soap", Price: 25_00, Unit: "bar", Stock: 9, Active: true})
		must(t, err)
		receipt, err := o.rewards.Redeem(t.Context(), o.Actor(o.Manager), o.Manager.Scope, rewards.Request{RequestKey: "one", Resident: r.ID, IdentifiedBy: "card",
			Wants: []rewards.Want{{Item: rice.ID, Quantity: 2}, {Item: soap, Quantity: 1}}})
		must(t, err)
		var bags rewards.Redemption
		for _, d := range receipt.Redemptions {
			if d.ItemID == rice.ID {
				bags = d
			}
		}
		page := "/console/redemptions/" + bags.ID.String() + "/"
		b.Get("/console/redemptions/").Has(".dtable", receipt.Reference).Has(".stat-band", "125")
		b.Get(page).Has(".receipt", "Soap").Has(".receipt tfoot", "125").Has(".facts", receipt.Reference).Has(".facts", "None was needed")
		b.Get(page+"return/").Has("form ul", "100 points").Has("form ul", "2 kg of Rice")
		b.Post(page+"return/", "reason", "short").Refuses("reason")
		b.Post(page+"return/", "reason", "The rice was wet").LeadsTo(page)
		b.Get(page).Has(".notice-clay", "The rice was wet").Has(".receipt tfoot", "25").Lacks("main", "Take it back")
		b.Post(page+"return/", "reason", "The rice was wet").Is(http.StatusUnprocessableEntity)
		b.Get("/console/redemptions/?state=returned").Has(".dtable", "Rice").Lacks(".dtable", "Soap")
		b.Get("/console/redemptions/?state=given").Has(".dtable", "Soap").Lacks(".dtable", "Rice")
		if got := rows(t, b.Get("/console/redemptions.csv?state=returned")); len(got) != 1 || !strings.Contains(strings.Join(got[0], ","), "The rice was wet") {
			t.Errorf("the file holds %v", got)
		}
		if n := o.item(rice.ID).Stock; n != 6 {
			t.Errorf("%d kg are in stock again", n)
		}
	})
}

// Every address of the rewards pages stands in the table once, and none can be opened
// without the right.
func TestRewardPagesNeedTheRight(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	b := o.as("manager")
	pages := 0
	for _, r := range console.New(console.Deps{}).Routes() {
		method, path, _ := strings.Cut(r.Pattern, " ")
		if method != http.MethodGet || !strings.HasPrefix(path, "/console/re") || strings.HasPrefix(path, "/console/residents") {
			continue
		}
		pages++
		b.Get(strings.ReplaceAll(path, "{id}", uuid.NewString())).Is(http.StatusForbidden)
	}
	if pages < 20 {
		t.Errorf("only %d pages were asked for", pages)
	}
}
