package report

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/errs"
)

// StockCardFilter says of what, where and when to read a stock card.
type StockCardFilter struct {
	Item, Place uuid.UUID
	From, To    string // Manila days, both included
}

// StockCard is what came in of an item at a place, what went out, and what is left: the
// Commission on Audit's Appendix 58.
type StockCard struct {
	Item         Names
	Description  string
	StockNumber  string
	Unit         string
	ReorderPoint int64
	Place        string
	From, To     string
	Opening      int64 // before the first day
	Lines        []StockLine
	Received     int64 // by all lines
	Issued       int64
	Balance      int64  // after the last one
	Sealed       string // how far the points' journal was signed then; empty: not yet
}

// StockLine is one line of a stock card. What residents were handed in a day is one line for
// each slip that covers it, and one for what none covers.
type StockLine struct {
	Day       string
	Reference string // of the document; RIS-2026-11-0042
	Missing   bool   // residents were handed this and no slip covers it
	Received  int64
	Issued    int64
	Office    string // that got it, or why it was written off
	Balance   int64
	Days      int64 // to consume the balance; -1: nothing was consumed of late
}

// consumedIn is over how many days consumption is averaged.
const consumedIn = 90

// ErrStockCard says that there is no such item or place.
var ErrStockCard = errs.New(errs.NotFound, "STOCK_CARD_NOT_FOUND", "error.report.stock_card_not_found")

// StockCard reads a card, its lines as a clerk would have written them: by day, what came in
// before what was handed out. Errors: fields; ErrStockCard; ErrPaperTooLong.
func (s *Service) StockCard(ctx context.Context, f StockCardFilter) (StockCard, error) {
	from, err := spanOfCard(f)
	if err != nil {
		return StockCard{}, err
	}
	card, err := cardHead(ctx, s.db, f)
	if err != nil {
		return StockCard{}, fmt.Errorf("stock card: %w", err)
	}
	entries, err := cardEntries(ctx, s.db, f, maxPaper+1)
	if err != nil {
		return StockCard{}, fmt.Errorf("stock card: %w", err)
	}
	if len(entries) > maxPaper {
		return StockCard{}, ErrPaperTooLong
	}
	used, err := consumption(ctx, s.db, f, from.AddDate(0, 0, 1-consumedIn).Format(time.DateOnly))
	if err != nil {
		return StockCard{}, fmt.Errorf("stock card: %w", err)
	}
	card.fill(entries, used)
	if card.Sealed, err = s.sealed(ctx); err != nil {
		return StockCard{}, err
	}
	return card, nil
}

func spanOfCard(f StockCardFilter) (time.Time, error) {
	from, err := time.Parse(time.DateOnly, f.From)
	if err != nil {
		return time.Time{}, errs.NewField("from", "form.day")
	}
	if _, err := time.Parse(time.DateOnly, f.To); err != nil {
		return time.Time{}, errs.NewField("to", "form.day")
	}
	return from, nil
}

// entry is one line as the stock book has it.
type entry struct {
	day, kind        string
	quantity         int64 // signed
	slip, office     string
	documents        int64 // different ones
	document, reason string
	other            string // of a transfer: the place at its other end
}

// fill writes the lines with their balances.
func (c *StockCard) fill(entries []entry, used usage) {
	c.Balance = c.Opening
	for _, e := range entries {
		l := e.line()
		c.Balance += e.quantity
		c.Received += l.Received
		c.Issued += l.Issued
		l.Balance, l.Days = c.Balance, used.days(c.Balance, e.day)
		c.Lines = append(c.Lines, l)
	}
}

func (e entry) line() StockLine {
	l := StockLine{Day: e.day, Reference: e.document}
	if e.quantity > 0 {
		l.Received = e.quantity
	} else {
		l.Issued = -e.quantity
	}
	switch e.kind {
	case "issued":
		l.Office = "Residents"
		switch {
		case e.slip != "":
			l.Reference, l.Office = e.slip, e.office
		case e.documents > 1:
			l.Reference, l.Missing = fmt.Sprintf("%d receipts, no RIS", e.documents), true
		default:
			l.Missing = true
		}
	case "transferred":
		l.Office = e.other
	case "adjusted":
		l.Office = "Adjustment: " + e.reason
	case "returned":
		l.Office = "Returned by a resident"
	case "opening":
		l.Reference = orElse(l.Reference, "Opening balance")
	}
	return l
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// usage is what was consumed of an item at a place, by day.
type usage struct {
	began string // day of the first move of all; empty: none
	by    map[string]int64
}

// days is how long a balance lasts at the average consumption of the ninety days that end
// with one, or of all days since the first move when they are fewer; -1 without consumption.
func (u usage) days(balance int64, day string) int64 {
	end, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return -1
	}
	var consumed, over int64
	for ; over < consumedIn; over++ {
		d := end.AddDate(0, 0, int(-over)).Format(time.DateOnly)
		if d < u.began {
			break
		}
		consumed += u.by[d]
	}
	if consumed <= 0 {
		return -1
	}
	return balance * over / consumed
}

// StockCardPaper is the card as the form of Appendix 58, printed by somebody.
func (s *Service) StockCardPaper(c StockCard, by string) Paper {
	p := s.official("Appendix 58", "STOCK CARD", by)
	p.Half = 4
	p.Box = [][2]Entry{
		{{"Item :", c.Item.En}, {"Stock No. :", c.StockNumber}},
		{{"Description :", shortened(c.Description, 200)}, {"Re-order Point :", paperText(some(c.ReorderPoint))}},
		{{"Unit of Measurement :", c.Unit}, {"Location :", c.Place}},
	}
	p.Columns = []Column{{24, AtLeft}, {44, AtLeft}, {21, AtRight}, {21, AtRight}, {40, AtLeft}, {21, AtRight}, {19, AtRight}}
	p.Head = [][]Heading{
		{{"Date", 1, true}, {"Reference", 1, true}, {"Receipt", 1, false}, {"Issue", 2, false}, {"Balance", 1, false}, {"No. of Days to Consume", 1, true}},
		{{"", 1, false}, {"", 1, false}, {"Qty.", 1, false}, {"Qty.", 1, false}, {"Office", 1, false}, {"Qty.", 1, false}, {"", 1, false}},
	}
	p.Rows = slice(c.rows())
	p.Notes = []string{
		fmt.Sprintf("%s to %s: %s received, %s issued. Balance %s %s.", paperDay(c.From), paperDay(c.To),
			paperText(c.Received), paperText(c.Issued), paperText(c.Balance), c.Unit),
		"Days to consume: balance ÷ average issued per day of the last 90 days, or since the first entry when that is shorter. Returns are taken off; adjustments are not consumption.",
	}
	p.Notes = appendText(p.Notes, c.Sealed)
	return p
}

func (c StockCard) rows() [][]any {
	rows := [][]any{{Day(c.From), "Balance brought forward", nil, nil, nil, c.Opening, nil}}
	for _, l := range c.Lines {
		rows = append(rows, []any{Day(l.Day), l.Reference, some(l.Received), some(l.Issued), l.Office, l.Balance, daysLeft(l.Days)})
	}
	return rows
}

// some is a number's cell, empty for zero.
func some(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}

// daysLeft is empty when nothing was consumed.
func daysLeft(n int64) any {
	if n < 0 {
		return nil
	}
	return n
}
