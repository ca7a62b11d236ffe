package console

import (
	"net/http"

	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/ui"
)

// GET /console/rewards/{id}/transfer/
func (c *Console) transferPage(w http.ResponseWriter, r *http.Request) error {
	item, err := c.itemOf(r)
	if err != nil {
		return err
	}
	return c.showTransfer(w, r, item, form.Empty("from", r.URL.Query().Get("from"), "key", newRequestKey()))
}

// POST /console/rewards/{id}/transfer/
func (c *Console) transfer(w http.ResponseWriter, r *http.Request) error {
	item, err := c.itemOf(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	in := rewards.Transfer{Item: item.ID, From: f.ID("from"), To: f.ID("to"), Quantity: int64(f.Int("quantity")),
		DocumentNo: f.Text("document_no", 100), Reason: f.Note("reason", 500), RequestKey: f.Text("key", 100)}
	if f.OK() {
		if err := f.Take(c.rewards.Transfer(r.Context(), web.ActorOf(r), in)); err != nil {
			return err
		}
	}
	if !f.OK() {
		return c.showTransfer(w, r, item, f)
	}
	from, err := c.placeOf(r.Context(), in.From)
	if err != nil {
		return err
	}
	to, err := c.placeOf(r.Context(), in.To)
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Done, "console.transfer.done", "Quantity", in.Quantity, "Unit", item.Unit, "Name", item.Name, "From", from.Name, "To", to.Name)
	web.Redirect(w, r, rewardPath(item.ID))
	return nil
}

func (c *Console) showTransfer(w http.ResponseWriter, r *http.Request, item rewards.Item, f *form.Form) (err error) {
	v := stockView{Page: web.NewPage(r, "console.transfer.title", "Name", item.Name), Form: f, Item: item}
	if v.Stock, err = c.rewards.StockOf(r.Context(), item.ID); err != nil {
		return err
	}
	if v.Places, err = c.placeOptions(r.Context()); err != nil {
		return err
	}
	return web.RenderForm(w, r, f, transferTempl(v))
}
