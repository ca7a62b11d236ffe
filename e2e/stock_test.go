package e2e

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
)

// The office keeps its stock: every form of the pages about rewards is opened, refused
// once, and sent, on a phone and on a screen.
func TestOfficeKeepsStock(t *testing.T) {
	for _, d := range devices {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			c := newCity(t)
			admin := c.setUp(d)
			nena := c.register(admin)
			c.approve(admin, nena)
			reward := admin.addsReward(c)
			admin.opensPlaces()
			admin.changesStock(reward)
			admin.movesStock(reward)
			admin.countsStock(reward)
			admin.cancelsReservation(c, nena, reward)
			admin.takesBack(c, nena, reward)
			c.booksBalance()
		})
	}
}

// unchecked has the browser send what it would refuse by itself.
func (p *person) unchecked() {
	p.t.Helper()
	p.page.MustEval(`() => { for (const f of document.querySelectorAll("main form")) f.noValidate = true }`)
}

func (p *person) addsReward(c *city) rewards.Item {
	p.t.Helper()
	p.open("/console/rewards/")
	p.shot("rewards-empty")
	p.open("/console/rewards/categories/")
	p.fill("#name", "Pagkain")
	p.submit()
	p.open("/console/rewards/new/")
	p.unchecked()
	p.refused()
	p.find("#name-error")
	p.shot("reward-refused")
	for field, text := range map[string]string{"name": "Rice", "name_fil": "Bigas", "price": "10", "unit": "kg", "stock_number": "FD-001", "unit_cost": "52.50",
		"reorder_point": "5", "stock": "8", "description": "White rice", "description_fil": "Puting bigas"} {
		p.fill("#"+field, text)
	}
	p.submit()
	items, err := c.app.Rewards.Items(p.t.Context())
	if err != nil || len(items) != 1 {
		p.t.Fatalf("%d rewards, %v", len(items), err)
	}
	p.at("/console/rewards/" + items[0].ID.String() + "/")
	p.find("input[type=file]").MustSetFiles(p.file("broken.jpg", []byte("no picture")))
	p.leave(func() { p.tap("#picture button") })
	p.forgive("status of 422")
	p.page.MustEval(`() => scrollTo({ top: 0, behavior: "instant" })`) // else the bar lies over a field of the form above
	p.check()
	p.find("#file-error")
	p.shot("picture-refused")
	p.find("input[type=file]").MustSetFiles(p.file("rice.jpg", photo(p.t)))
	p.press("#picture button")
	p.find("#picture img")
	p.shot("reward")
	return items[0]
}

// file is one on the person's own disk.
func (p *person) file(name string, content []byte) string {
	p.t.Helper()
	path := filepath.Join(p.t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		p.t.Fatal(err)
	}
	return path
}

func photo(t *testing.T) []byte {
	t.Helper()
	p := image.NewRGBA(image.Rect(0, 0, 800, 600))
	for x := range 800 {
		for y := range 600 {
			p.Set(x, y, color.RGBA{R: uint8(x / 4), G: uint8(y / 3), B: 90, A: 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, p, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (p *person) opensPlaces() {
	p.t.Helper()
	p.open("/console/rewards/places/")
	p.unchecked()
	p.refused()
	p.find("#name-error")
	p.fill("#name", "Langgam hall")
	p.submit()
	p.sees("Langgam hall")
	p.shot("places")
}

// changesStock adds in the row, and takes away on the page that asks why.
func (p *person) changesStock(i rewards.Item) {
	p.t.Helper()
	row, field := "#item-"+i.ID.String(), "#quantity-"+i.ID.String()
	p.open("/console/rewards/")
	p.fill(field, "many")
	p.leave(func() { p.tap(row + " .restock button") })
	p.forgive("status of 422")
	p.check()
	p.find(field + "-error")
	p.shot("restock-refused")
	p.fill(field, "12")
	p.press(row + " .restock button")
	p.sees("20 kg")
	p.shot("rewards")
	p.fill(field, "3")
	p.press(row + " .restock button[name=kind]")
	p.unchecked()
	p.refused()
	p.find("#reason-error")
	p.shot("stock-refused")
	p.fill("#reason", "One sack was wet")
	p.submit()
	p.at("/console/rewards/")
	p.sees("17 kg")
}

func (p *person) movesStock(i rewards.Item) {
	p.t.Helper()
	p.open("/console/rewards/" + i.ID.String() + "/transfer/")
	p.unchecked()
	p.refused()
	p.shot("transfer-refused")
	p.page.MustEval(`() => { const to = document.querySelector("#to"); to.value = to.options[to.options.length - 1].value }`)
	p.fill("#quantity", "4")
	p.submit()
	p.sees("Langgam hall")
	p.shot("transferred")
}

func (p *person) countsStock(i rewards.Item) {
	p.t.Helper()
	field := "#counted_" + i.ID.String()
	p.open("/console/rewards/count/")
	p.fill(field, "x")
	p.refused()
	p.find(field + "-error")
	p.shot("count-refused")
	p.fill(field, "12")
	p.submit()
	p.sees("−1")
	p.shot("count-differences")
	p.press("main form button[value=change]")
	p.submit()
	p.submit()
	p.at("/console/rewards/moves/")
	p.sees("−1")
	p.shot("stock-book")
}

func (p *person) cancelsReservation(c *city, r people.Resident, i rewards.Item) {
	p.t.Helper()
	c.gives(r, 100_00)
	reserved, err := c.app.Rewards.Reserve(p.t.Context(), command(), rewards.Reserving{RequestKey: "one", Resident: r.ID, Item: i.ID, Quantity: 2})
	if err != nil {
		p.t.Fatal(err)
	}
	p.open("/console/reservations/")
	p.sees(reserved.TypedCode())
	p.shot("reservations")
	p.open("/console/reservations/" + reserved.ID.String() + "/cancel/")
	p.unchecked()
	p.refused()
	p.find("#reason-error")
	p.fill("#reason", "The sacks got wet")
	p.shot("reservation-cancel")
	p.submit()
	p.at("/console/reservations/")
	p.open("/console/reservations/?state=cancelled")
	p.sees("The sacks got wet")
	p.shot("reservations-cancelled")
}

func (p *person) takesBack(c *city, r people.Resident, i rewards.Item) {
	p.t.Helper()
	receipt, err := c.app.Rewards.Redeem(p.t.Context(), c.staff(), people.City, rewards.Request{RequestKey: "two", Resident: r.ID, IdentifiedBy: "card",
		Wants: []rewards.Want{{Item: i.ID, Quantity: 1}}})
	if err != nil {
		p.t.Fatal(err)
	}
	p.open("/console/redemptions/")
	p.sees(receipt.Reference)
	p.press("main .dtable tbody tr:first-child a")
	p.shot("redemption")
	p.open(p.path() + "return/")
	p.unchecked()
	p.refused()
	p.find("#reason-error")
	p.fill("#reason", "Nothing was wrong, she changed her mind")
	p.shot("return")
	p.submit()
	p.sees("she changed her mind")
	p.shot("returned")
	p.open("/console/redemptions/?state=returned")
	p.sees(receipt.Reference)
}

// gives books points for a resident.
func (c *city) gives(r people.Resident, points ledger.Points) {
	c.t.Helper()
	now := time.Now()
	err := c.app.DB.InTx(c.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := ledger.Post(ctx, tx, ledger.Posting{Kind: ledger.KindAdjustment, Source: db.NewID(), Account: r.ID, Points: points, Actor: command(), Reason: "test", At: now})
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
}
