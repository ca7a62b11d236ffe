package report_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/report"
	"ekolek/internal/rewards"
)

// depot plays on a world's stock book for random histories.
type depot struct {
	*world
	court uuid.UUID // the second place
	items []uuid.UUID
}

func newDepot(t *testing.T, w *world) *depot {
	t.Helper()
	d := &depot{world: w, items: []uuid.UUID{w.rice}}
	soap, err := w.store.SaveItem(t.Context(), w.Actor(w.Admin), rewards.ItemForm{Name: "Soap", Unit: "bar", Price: 100, Stock: 30, StockNumber: "S-1", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	d.items = append(d.items, soap)
	if d.court, err = w.store.SavePlace(t.Context(), w.Actor(w.Admin), rewards.PlaceForm{Name: "Covered court", Active: true}); err != nil {
		t.Fatal(err)
	}
	w.Give(t, w.juan, 100_000_000)
	return d
}

func (d *depot) key() string {
	d.keys++
	return fmt.Sprint("depot-", d.keys)
}

func (d *depot) drawPlace(t *rapid.T) uuid.UUID {
	return rapid.SampledFrom([]uuid.UUID{rewards.DefaultPlace, d.court}).Draw(t, "place")
}

func (d *depot) drawItem(t *rapid.T) uuid.UUID { return rapid.SampledFrom(d.items).Draw(t, "item") }

// tolerable passes what the stock does not allow, which the history is full of.
func tolerable(t *rapid.T, err error) {
	if err != nil && !errors.Is(err, rewards.ErrOutOfStock) && !errors.Is(err, rewards.ErrStockTooLow) && !errors.Is(err, rewards.ErrNothingIssued) {
		t.Fatal(err)
	}
}

func (d *depot) receive(t *rapid.T) {
	_, err := d.store.Receive(context.Background(), d.Actor(d.Admin), rewards.StockChange{RequestKey: d.key(), Item: d.drawItem(t), Place: d.drawPlace(t),
		Quantity: rapid.Int64Range(1, 40).Draw(t, "quantity"), DocumentNo: "DR-7"})
	tolerable(t, err)
}

func (d *depot) adjust(t *rapid.T) {
	n := rapid.Int64Range(-5, 5).Filter(func(n int64) bool { return n != 0 }).Draw(t, "quantity")
	_, err := d.store.Adjust(context.Background(), d.Actor(d.Admin), rewards.StockChange{RequestKey: d.key(), Item: d.drawItem(t), Place: d.drawPlace(t), Quantity: n, Reason: "count"})
	tolerable(t, err)
}

func (d *depot) hand(t *rapid.T) {
	_, err := d.store.Redeem(context.Background(), d.Actor(d.Admin), people.City, rewards.Request{RequestKey: d.key(), Resident: d.juan.ID, Place: d.drawPlace(t), IdentifiedBy: "card",
		Wants: []rewards.Want{{Item: d.drawItem(t), Quantity: rapid.Int64Range(1, 6).Draw(t, "quantity")}}})
	tolerable(t, err)
}

func (d *depot) carry(t *rapid.T) {
	n := rapid.Int64Range(1, 10).Draw(t, "quantity")
	_, err := d.store.MakeRequisition(context.Background(), d.Actor(d.Admin), rewards.RequisitionForm{RequestKey: d.key(), Place: rewards.DefaultPlace, To: d.court,
		Office: "Court", Purpose: "Supply", Lines: []rewards.RequisitionLine{{Item: d.drawItem(t), Requested: n + 1, Issued: n}}})
	tolerable(t, err)
}

func (d *depot) cover(t *rapid.T) {
	to := db.Day(d.Clock.Now())
	from := db.Day(d.Clock.Now().AddDate(0, 0, -rapid.IntRange(0, 20).Draw(t, "days")))
	_, err := d.store.MakeRequisition(context.Background(), d.Actor(d.Admin), rewards.RequisitionForm{RequestKey: d.key(), Place: d.drawPlace(t), From: from, Until: to, Office: "City ENRO", Purpose: "Rewards"})
	tolerable(t, err)
}

func (d *depot) pass(t *rapid.T) {
	d.Clock.Advance(time.Duration(rapid.IntRange(1, 200).Draw(t, "hours")) * time.Hour)
}

// cards compares every card with the stock and with itself.
func (d *depot) cards(t *rapid.T) {
	ctx := context.Background()
	today := db.Day(d.Clock.Now())
	back := rapid.IntRange(0, 60).Draw(t, "back")
	from := db.Day(d.Clock.Now().AddDate(0, 0, -back))
	for _, item := range d.items {
		at, err := d.store.StockOf(ctx, item)
		if err != nil {
			t.Fatal(err)
		}
		stock := map[uuid.UUID]int64{}
		for _, p := range at {
			stock[p.Place.ID] = p.Stock
		}
		for _, place := range []uuid.UUID{rewards.DefaultPlace, d.court} {
			whole := d.card(t, item, place, "2020-01-01", today)
			part := d.card(t, item, place, from, today)
			before := d.card(t, item, place, "2020-01-01", db.Day(d.Clock.Now().AddDate(0, 0, -back-1)))
			if whole.Opening != 0 || whole.Balance != stock[place] || part.Balance != stock[place] || part.Opening != before.Balance {
				t.Fatalf("stock %d; whole %d→%d, part %d→%d, before it %d", stock[place], whole.Opening, whole.Balance, part.Opening, part.Balance, before.Balance)
			}
			d.inWorkbook(t, part)
		}
	}
}

// card reads a card whose lines add up.
func (d *depot) card(t *rapid.T, item, place uuid.UUID, from, to string) report.StockCard {
	c, err := d.report.StockCard(context.Background(), report.StockCardFilter{Item: item, Place: place, From: from, To: to})
	if err != nil {
		t.Fatal(err)
	}
	balance, received, issued, last := c.Opening, int64(0), int64(0), ""
	slips := map[string]bool{}
	for _, l := range c.Lines {
		balance += l.Received - l.Issued
		received, issued = received+l.Received, issued+l.Issued
		if l.Balance != balance || balance < 0 || l.Day < last || l.Received*l.Issued != 0 || (l.Missing && l.Office != "Residents") {
			t.Fatalf("balance %d after %+v", balance, l)
		}
		if key := l.Day + l.Reference; strings.HasPrefix(l.Reference, "RIS-") {
			if slips[key] {
				t.Fatalf("%s has two lines", key)
			}
			slips[key] = true
		}
		last = l.Day
	}
	if c.Balance != balance || c.Received != received || c.Issued != issued {
		t.Fatalf("sums %d, %d, %d of %+v", balance, received, issued, c)
	}
	return c
}

// inWorkbook opens the card's workbook: its last balance and its sums are the card's.
func (d *depot) inWorkbook(t *rapid.T, c report.StockCard) {
	var file bytes.Buffer
	if err := report.WritePaperXLSX(&file, d.report.StockCardPaper(c, "Ana")); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = book.Close() }() // in memory
	rows, err := book.GetRows("STOCK CARD", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	var received, issued, balance int64
	lines := 0
	for _, row := range rows[9:] { // after title, lines, box and head
		if len(row) < 6 {
			break
		}
		lines++
		received, issued, balance = received+number(row[2]), issued+number(row[3]), number(row[5])
	}
	if lines != len(c.Lines)+1 || received != c.Received || issued != c.Issued || balance != c.Balance {
		t.Fatalf("the workbook has %d lines, %d in, %d out, %d left; the card %d, %d, %d, %d", lines, received, issued, balance, len(c.Lines)+1, c.Received, c.Issued, c.Balance)
	}
}

func number(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64) // empty is zero
	return n
}

// Whatever came, went, was counted, carried and put on slips: each card's balance is the
// stock, of any days, in the program and in the workbook.
func TestStockCardsEqualStock(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		d := newDepot(t, w)
		rapid.Check(t, func(r *rapid.T) {
			acts := []func(*rapid.T){d.receive, d.adjust, d.hand, d.hand, d.carry, d.cover, d.pass}
			for range rapid.IntRange(3, 15).Draw(r, "acts") {
				rapid.SampledFrom(acts).Draw(r, "act")(r)
			}
			d.cards(r)
		})
	})
}
