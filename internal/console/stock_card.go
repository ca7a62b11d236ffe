package console

import (
	"net/http"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/report"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

// formRoutes are the official forms: stock cards, requisition and issue slips, count sheets.
func (c *Console) formRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /console/stock-card/", Need: auth.ManageRewards, Handle: c.stockCard},
		{Pattern: "GET /console/stock-card.pdf", Need: auth.ManageRewards, Handle: c.printStockCard},
		{Pattern: "GET /console/stock-card.xlsx", Need: auth.ManageRewards, Handle: c.printStockCard},
		{Pattern: "GET /console/count-sheet.pdf", Need: auth.ManageRewards, Handle: c.printCountSheet},
		{Pattern: "GET /console/count-sheet.xlsx", Need: auth.ManageRewards, Handle: c.printCountSheet},

		{Pattern: "GET /console/requisitions/", Need: auth.ManageRewards, Handle: c.requisitions},
		{Pattern: "GET /console/requisitions/new/", Need: auth.ManageRewards, Handle: c.newRequisition},
		{Pattern: "POST /console/requisitions/new/", Need: auth.ManageRewards, Handle: c.makeRequisition},
		{Pattern: "GET /console/requisitions/supply/", Need: auth.ManageRewards, Handle: c.newSupply},
		{Pattern: "POST /console/requisitions/supply/", Need: auth.ManageRewards, Handle: c.makeSupply},
		{Pattern: "GET /console/requisitions/{id}/", Need: auth.ManageRewards, Handle: c.requisition},
		{Pattern: "GET /console/requisitions/{id}/slip.pdf", Need: auth.ManageRewards, Handle: c.printRequisition},
		{Pattern: "GET /console/requisitions/{id}/slip.xlsx", Need: auth.ManageRewards, Handle: c.printRequisition},
		{Pattern: "GET /console/requisitions/{id}/void/", Need: auth.ManageRewards, Handle: c.voidRequisitionPage},
		{Pattern: "POST /console/requisitions/{id}/void/", Need: auth.ManageRewards, Handle: c.voidRequisition},
	}
}

type stockCardView struct {
	web.Page
	Form   *form.Form
	Items  []ui.Option
	Places []ui.Option // empty: there is only one
	Card   report.StockCard
	Shown  []report.StockLine // of the card, the newest
}

// shownLines is how many lines of a card stand on the page; the files have all.
const shownLines = 200

// GET /console/stock-card/?item=&place=&from=&to=
func (c *Console) stockCard(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, filter, err := c.cardFilter(r)
	if err != nil {
		return err
	}
	v := stockCardView{Page: web.NewPage(r, "forms.card.title"), Form: f}
	if v.Items, err = c.itemOptions(ctx); err != nil {
		return err
	}
	v.Items = v.Items[1:] // a card is of one item
	if v.Places, err = c.placeOptions(ctx); err != nil {
		return err
	}
	if filter.Item != uuid.Nil {
		if v.Card, err = c.report.StockCard(ctx, filter); err != nil {
			return err
		}
	}
	v.Shown = v.Card.Lines[max(0, len(v.Card.Lines)-shownLines):]
	return web.Render(w, r, http.StatusOK, stockCardTempl(v))
}

// cardFilter reads which card is asked for: without days the year so far, without an item
// the first one.
func (c *Console) cardFilter(r *http.Request) (*form.Form, report.StockCardFilter, error) {
	f := form.Query(r)
	place, err := c.placeOf(r.Context(), f.ID("place"))
	if err != nil {
		return nil, report.StockCardFilter{}, err
	}
	today := i18n.DayStamp(c.now())
	filter := report.StockCardFilter{Item: f.ID("item"), Place: place.ID, From: orElse(f.Day("from"), today[:4]+"-01-01"), To: orElse(f.Day("to"), today)}
	if filter.Item == uuid.Nil {
		items, err := c.rewards.Items(r.Context())
		if err != nil {
			return nil, filter, err
		}
		if len(items) > 0 {
			filter.Item = items[0].ID
		}
	}
	return f.With("item", filter.Item.String()).With("place", place.ID.String()).With("from", filter.From).With("to", filter.To), filter, nil
}

// orElse is a text, or another one when it is empty.
func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// GET /console/stock-card.pdf and .xlsx: the form of what the page shows, all of its lines.
func (c *Console) printStockCard(w http.ResponseWriter, r *http.Request) error {
	_, filter, err := c.cardFilter(r)
	if err != nil {
		return err
	}
	card, err := c.report.StockCard(r.Context(), filter)
	if err != nil {
		return err
	}
	return web.Print(w, r, "stock-card", c.now(), c.report.StockCardPaper(card, web.ActorOf(r).Name))
}

// GET /console/count-sheet.pdf and .xlsx?place=
func (c *Console) printCountSheet(w http.ResponseWriter, r *http.Request) error {
	place, err := c.placeOf(r.Context(), form.Query(r).ID("place"))
	if err != nil {
		return err
	}
	paper, err := c.report.CountSheet(r.Context(), place.ID, web.ActorOf(r).Name)
	if err != nil {
		return err
	}
	return web.Print(w, r, "count-sheet", c.now(), paper)
}
