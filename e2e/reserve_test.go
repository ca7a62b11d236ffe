package e2e

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/files"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
)

// shelf is what the city gives in this play: rice at two places, with a picture; soap at
// one of them; an umbrella that is out of reach; sardines, of which there are none.
type shelf struct{ rice, soap uuid.UUID }

func (c *city) stockShelf() shelf {
	c.t.Helper()
	ctx, s := c.t.Context(), c.app.Rewards
	hall, err := s.SavePlace(ctx, command(), rewards.PlaceForm{Name: "Pacita 1 Barangay Hall", Active: true})
	c.must(err)
	food, err := s.SaveCategory(ctx, command(), rewards.CategoryForm{Name: "Groceries", Active: true})
	c.must(err)
	house, err := s.SaveCategory(ctx, command(), rewards.CategoryForm{Name: "Household", Active: true})
	c.must(err)
	item := func(f rewards.ItemForm) uuid.UUID {
		f.Active = true
		id, err := s.SaveItem(ctx, command(), f)
		c.must(err)
		return id
	}
	rice := item(rewards.ItemForm{Category: food, Name: "Rice", NameFil: "Bigas", Unit: "kg", Icon: "art-rice", Price: 50_00, Stock: 9,
		Description: "Well-milled local rice.", DescriptionFil: "Lokal na bigas."})
	soap := item(rewards.ItemForm{Category: house, Name: "Laundry soap", NameFil: "Sabong panlaba", Unit: "bar", Icon: "art-soap", Price: 18_00, Stock: 5})
	item(rewards.ItemForm{Category: house, Name: "Umbrella", NameFil: "Payong", Icon: "art-umbrella", Price: 960_00, Stock: 2})
	item(rewards.ItemForm{Category: food, Name: "Sardines", NameFil: "Sardinas", Icon: "art-sardines", Price: 25_00})
	_, err = s.Receive(ctx, command(), rewards.StockChange{Item: rice, Place: hall, Quantity: 4, Reason: "Delivered"})
	c.must(err)
	c.must(s.SetPicture(ctx, command(), rice, files.Upload{Kind: files.RewardPicture, Name: "bigas.jpg", Content: bytes.NewReader(photo(c.t))}))
	return shelf{rice, soap}
}

func (c *city) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// award gives points out of nothing, as an adjustment.
func (c *city) award(r people.Resident, points ledger.Points) {
	c.t.Helper()
	c.must(c.app.DB.InTx(c.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := ledger.Post(ctx, tx, ledger.Posting{Kind: ledger.KindAdjustment, Source: db.NewID(), Account: r.ID, Points: points, Actor: command(), Reason: "e2e", At: r.CreatedAt})
		return err
	}))
}

// A resident looks without signing in, reserves on a page and in a sheet, taps twice,
// cancels one, fetches the other, and keeps the receipt.
func TestResidentReserves(t *testing.T) {
	for n, d := range devices {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			c := newCity(t)
			on := c.stockShelf()
			ben := c.settler("ben.salazar", fmt.Sprintf("0917 555 040%d", n), "ben@example.com")
			c.award(ben, 186_50)
			p := c.person("ben", d)
			p.looksAround(on)
			p.reservesOnAPage(c, n)
			p.reservesInASheet(on)
			if open := c.openReservations(ben); len(open) != 2 {
				t.Fatalf("%d reservations after two, one of them tapped twice", len(open))
			}
			p.cancelsOne()
			p.keepsTheReceipt(c, ben)
			c.booksBalance()
		})
	}
}

// looksAround is what anybody sees, up to the door.
func (p *person) looksAround(on shelf) {
	p.t.Helper()
	p.open("/rewards/")
	p.shot("rewards-visitor")
	p.fill("#q", "bigas")
	p.press(`form[role="search"] button`)
	p.find(`.reward img`)
	p.shot("rewards-search")
	p.press(`.reward-link[href="/rewards/` + on.rice.String() + `/"]`)
	p.sees("Pacita 1 Barangay Hall")
	p.shot("reward-visitor")
	p.press("main a.btn-primary")
	p.at("/login/")
}

// reservesOnAPage comes from the sign-in to the page of the act: two kilos at the hall.
func (p *person) reservesOnAPage(c *city, n int) {
	p.t.Helper()
	p.signIn("ben.salazar", firstPassword)
	p.at("/login/code/")
	p.fill("#code", c.code("+63917555040"+fmt.Sprint(n)))
	p.submit()
	p.find("form[data-reserve]")
	p.shot("reserve")
	p.fill("#quantity", "9")
	p.page.MustEval(`() => document.querySelector("main form[method=post]").noValidate = true`)
	p.refused()
	p.shot("reserve-refused")
	p.tap(`label:has(input[name="place"]:not([checked]))`)
	p.fill("#quantity", "1")
	p.tap(`[data-step="1"]`)
	p.sees("86.5")
	p.submit()
	p.find(".qr-large svg.qr")
	p.sees("Pacita 1 Barangay Hall")
	p.shot("reservation")
}

// reservesInASheet taps the button of the sheet twice before anything can answer.
func (p *person) reservesInASheet(on shelf) {
	p.t.Helper()
	p.open("/rewards/")
	p.shot("rewards")
	p.tap(`.reward a[href="/rewards/reserve/` + on.soap.String() + `/"]`)
	p.find("dialog[open] [data-cost]")
	p.tap(`dialog[open] [data-step="1"]`)
	p.tap(`dialog[open] [data-step="-1"]`)
	p.sees("68.5")
	p.check()
	p.shot("reserve-sheet")
	p.leave(func() {
		p.page.MustEval(`() => { const b = document.querySelector("dialog[open] button[type=submit]"); b.click(); b.click() }`)
	})
	p.check()
	p.find(".qr-large svg.qr")
	p.open("/home/")
	p.sees("68.5")
	p.shot("home-reserved")
	p.open("/rewards/mine/")
	p.shot("mine-open")
}

// cancelsOne keeps it first, and then does not.
func (p *person) cancelsOne() {
	p.t.Helper()
	p.press(`main a[href^="/rewards/reservations/"]:has(svg use[href*="art-soap"])`)
	p.tap(`main a[href$="/cancel/"]`)
	p.find("dialog[open] form")
	p.shot("cancel")
	p.tap("dialog[open] [data-close]")
	p.tap(`main a[href$="/cancel/"]`)
	p.find("dialog[open] form")
	p.leave(func() { p.tap("dialog[open] button[type=submit]") })
	p.check()
	p.sees("18")
	p.shot("cancelled")
	p.open("/rewards/mine/?show=all")
	p.shot("mine-all")
}

// keepsTheReceipt has the other one handed out, and reads what remains of it.
func (p *person) keepsTheReceipt(c *city, r people.Resident) {
	p.t.Helper()
	open := c.openReservations(r)
	if len(open) != 1 {
		c.t.Fatalf("%d reservations after one was cancelled", len(open))
	}
	given, err := c.app.Rewards.Redeem(c.t.Context(), audit.Actor{Kind: audit.Staff, ID: db.NewID(), Name: "Rodel Cruz"}, people.City,
		rewards.Request{RequestKey: "e2e", Resident: r.ID, IdentifiedBy: "card", Reservations: []uuid.UUID{open[0].ID}})
	c.must(err)
	p.open("/rewards/reservations/" + open[0].ID.String() + "/")
	p.shot("claimed")
	p.press(`main a[href^="/rewards/receipts/"]`)
	p.sees(given.Reference)
	p.sees("Rodel Cruz")
	p.shot("receipt")
	p.open("/rewards/mine/")
	p.find(`main .moves a[href^="/rewards/receipts/"]`)
	p.shot("mine-received")
}

func (c *city) openReservations(r people.Resident) []rewards.Reservation {
	c.t.Helper()
	page, err := c.app.Rewards.Reservations(c.t.Context(), people.City, rewards.ReservationFilter{Resident: r.ID, State: rewards.Open})
	c.must(err)
	return page.Rows
}
