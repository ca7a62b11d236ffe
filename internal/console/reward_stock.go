package console

import (
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type stockView struct {
	web.Page
	Form   *form.Form
	Item   rewards.Item
	Stock  []rewards.PlaceStock
	Places []ui.Option
}

// GET /console/rewards/{id}/stock/?kind=&place= and quantity-{id}=, as an item's row sends it.
func (c *Console) stockPage(w http.ResponseWriter, r *http.Request) error {
	item, err := c.itemOf(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	f := form.Empty("kind", q.Get("kind"), "place", q.Get("place"), "quantity", q.Get(restockField(item.ID)), "key", newRequestKey())
	return c.showStock(w, r, item, f)
}

// POST /console/rewards/{id}/stock/
func (c *Console) changeStock(w http.ResponseWriter, r *http.Request) error {
	item, err := c.itemOf(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	kind := f.Choice("kind", "received", "added", "removed")
	in := rewards.StockChange{Item: item.ID, Place: f.ID("place"), Quantity: int64(f.Int("quantity")), Reason: f.Note("reason", 500),
		DocumentNo: f.Text("document_no", 100), RequestKey: f.Text("key", 100)}
	if in.Quantity <= 0 {
		f.Refuse("quantity", "form.whole_number")
	}
	var done rewards.Outcome
	if f.OK() {
		done, err = c.bookStock(r, kind, in)
		if err := f.Take(err); err != nil {
			return err
		}
	}
	if !f.OK() {
		return c.showStock(w, r, item, f)
	}
	flashStock(w, r, item, done)
	web.Redirect(w, r, stockList(in.Place, item.ID))
	return nil
}

// bookStock books what a person says: goods that came in, or a count that found more or
// less. The latter may wait for a second person.
func (c *Console) bookStock(r *http.Request, kind string, in rewards.StockChange) (rewards.Outcome, error) {
	if kind == "received" {
		moved, err := c.rewards.Receive(r.Context(), web.ActorOf(r), in)
		return rewards.Outcome{Move: moved}, err
	}
	if kind == "removed" {
		in.Quantity = -in.Quantity
	}
	return c.rewards.Adjust(r.Context(), web.ActorOf(r), in)
}

// flashStock says in numbers what became of a change.
func flashStock(w http.ResponseWriter, r *http.Request, item rewards.Item, done rewards.Outcome) {
	if done.Waiting {
		web.Flash(w, r, ui.Warning, "console.stock.waits", "Name", item.Name)
		return
	}
	m := done.Move
	web.Flash(w, r, ui.Done, "console.stock.done", "Name", item.Name, "Change", signedCount(m.Quantity), "Left", m.StockAfter, "Unit", item.Unit, "Place", m.PlaceName)
}

// stockList is the list of items where a place's stock stands, at an item's row.
func stockList(place, item uuid.UUID) string {
	list := "/console/rewards/"
	if place != uuid.Nil {
		list += "?" + url.Values{"place": {place.String()}}.Encode()
	}
	return list + "#" + rowID(item)
}

func (c *Console) showStock(w http.ResponseWriter, r *http.Request, item rewards.Item, f *form.Form) (err error) {
	v := stockView{Page: web.NewPage(r, "console.stock.title", "Name", item.Name), Form: f, Item: item}
	if v.Stock, err = c.rewards.StockOf(r.Context(), item.ID); err != nil {
		return err
	}
	if v.Places, err = c.placeOptions(r.Context()); err != nil {
		return err
	}
	return web.RenderForm(w, r, f, stockTempl(v))
}

// signedCount writes a number with its sign: +20, −3.
func signedCount(n int64) string {
	if n < 0 {
		return "−" + i18n.Number(-n)
	}
	return "+" + i18n.Number(n)
}
