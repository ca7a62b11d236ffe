package console

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/people"
	"ekolek/internal/report"
	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type rewardItemsView struct {
	web.Page
	Form       *form.Form
	Categories []ui.Option
	Places     []ui.Option // empty: there is only one
	Place      rewards.Place
	Items      []rewards.Item
	Pictures   map[uuid.UUID]string // addresses of the thumbnails
	Key        string               // of the next change of stock from this page
}

// allPlaces is the choice of all places together.
const allPlaces = "all"

// one is true when the list shows a single place's stock, which can be changed right there.
func (v rewardItemsView) one() bool { return v.Place.ID != uuid.Nil }

// GET /console/rewards/?q=&category=&place=&state=&sort=
func (c *Console) rewardItems(w http.ResponseWriter, r *http.Request) error {
	return c.showRewardItems(w, r, form.Query(r))
}

// POST /console/rewards/ adds goods that came in, from the item's row.
func (c *Console) restock(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	item, err := c.rewards.ItemByID(r.Context(), f.ID("item"))
	if err != nil {
		return err
	}
	field := restockField(item.ID)
	in := rewards.StockChange{Item: item.ID, Place: f.ID("place"), Quantity: int64(f.Int(field)), RequestKey: f.Text("key", 100)}
	var moved rewards.Move
	if f.OK() {
		moved, err = c.rewards.Receive(r.Context(), web.ActorOf(r), in)
		if err := f.Take(err); err != nil {
			return err
		}
		f.Rename("quantity", field)
	}
	if !f.OK() {
		for name := range r.URL.Query() { // the list stays as it was
			f = f.With(name, r.URL.Query().Get(name))
		}
		return c.showRewardItems(w, r, f)
	}
	flashStock(w, r, item, rewards.Outcome{Move: moved})
	web.Redirect(w, r, r.URL.RequestURI()+"#"+rowID(item.ID))
	return nil
}

// restockField is the name of the quantity in an item's row, rowID that of the row.
func restockField(item uuid.UUID) string { return "quantity-" + item.String() }
func rowID(item uuid.UUID) string        { return "item-" + item.String() }

// refused and complaint are for fields in rows, which have no ui.Field of their own: whether
// one was refused, and why.
func refused(f *form.Form, field string) bool {
	_, wrong := f.FieldError(field)
	return wrong
}

func complaint(ctx context.Context, f *form.Form, field string) string {
	t, _ := f.FieldError(field)
	return i18n.Say(ctx, t)
}

func (c *Console) showRewardItems(w http.ResponseWriter, r *http.Request, f *form.Form) error {
	ctx := r.Context()
	v := rewardItemsView{Page: web.NewPage(r, "console.rewards.title"), Form: f, Key: newRequestKey()}
	var err error
	if v.Place, v.Items, err = c.itemsOf(ctx, f); err != nil {
		return err
	}
	if v.Pictures, err = c.files.Paths(ctx, thumbnails(v.Items)...); err != nil {
		return err
	}
	if v.Places, err = c.placeOptions(ctx); err != nil {
		return err
	}
	if v.Categories, err = c.categoryOptions(ctx, "console.rewards.all_categories"); err != nil {
		return err
	}
	return web.RenderForm(w, r, f, rewardItemsTempl(v))
}

// thumbnails are the small pictures of items.
func thumbnails(items []rewards.Item) []uuid.UUID {
	var ids []uuid.UUID
	for _, i := range items {
		if i.ThumbnailID.Valid {
			ids = append(ids, i.ThumbnailID.UUID)
		}
	}
	return ids
}

// filtered is true when the list leaves some items out.
func (v rewardItemsView) filtered() bool {
	return v.Form.Raw("q") != "" || v.Form.Raw("category") != "" || v.Form.Raw("state") != ""
}

// labels name the rows' fields for the summary of what was refused.
func (v rewardItemsView) labels() []string {
	labels := make([]string, 0, 2*len(v.Items))
	for _, i := range v.Items {
		labels = append(labels, restockField(i.ID), i.Name)
	}
	return labels
}

// itemsOf are the items that the filters of a list ask for, with the stock of its place:
// the default place unless another is named, no place when all are.
func (c *Console) itemsOf(ctx context.Context, f *form.Form) (rewards.Place, []rewards.Item, error) {
	if f.Text("place", 45) == allPlaces {
		items, err := c.rewards.Items(ctx)
		return rewards.Place{}, narrowed(items, f), err
	}
	place, err := c.placeOf(ctx, f.ID("place"))
	if err != nil {
		return rewards.Place{}, nil, err
	}
	items, err := c.rewards.ItemsAt(ctx, place.ID)
	return place, narrowed(items, f), err
}

// narrowed keeps what a list's filters ask for, in the order that it asks for. A catalogue
// is short: it is read whole.
func narrowed(items []rewards.Item, f *form.Form) []rewards.Item {
	q, category, state := people.Fold(f.Text("q", 100)), f.ID("category"), f.Text("state", 20)
	items = slices.DeleteFunc(items, func(i rewards.Item) bool {
		named := strings.Contains(people.Fold(i.Name+" "+i.NameFil+" "+i.StockNumber), q)
		return !named || category != uuid.Nil && i.CategoryID.UUID != category || !inState(i, state)
	})
	if by := itemOrders[f.Text("sort", 20)]; by != nil {
		slices.SortStableFunc(items, by)
	}
	return items
}

func inState(i rewards.Item, state string) bool {
	switch state {
	case "low":
		return i.Low()
	case "out":
		return i.Active && i.Available() <= 0
	case "active":
		return i.Active
	case "hidden":
		return !i.Active
	default:
		return true
	}
}

// itemOrders are the orders but by name, in which the list comes.
var itemOrders = map[string]func(a, b rewards.Item) int{
	"price": func(a, b rewards.Item) int { return int(a.Price - b.Price) },
	"stock": func(a, b rewards.Item) int { return int(a.Available() - b.Available()) },
}

func stateOptions(ctx context.Context) []ui.Option {
	return []ui.Option{
		{Text: i18n.T(ctx, "console.rewards.any_state")},
		{Value: "active", Text: i18n.T(ctx, "console.active")},
		{Value: "low", Text: i18n.T(ctx, "console.low")},
		{Value: "out", Text: i18n.T(ctx, "console.rewards.out")},
		{Value: "hidden", Text: i18n.T(ctx, "console.inactive")},
	}
}

// GET /console/rewards.csv and .xlsx: the items that the list shows.
func (c *Console) exportRewardItems(w http.ResponseWriter, r *http.Request) error {
	place, items, err := c.itemsOf(r.Context(), form.Query(r))
	if err != nil {
		return err
	}
	if place.Name == "" {
		place.Name = i18n.T(r.Context(), "console.places.all")
	}
	table := report.Table{
		Name: "console.rewards.title",
		Head: []string{"console.stock_number", "console.reward", "console.name_fil", "console.category", "console.unit", "console.place", "console.stock.on_hand",
			"console.stock.reserved", "console.stock.free", "console.reorder_point", "console.price", "console.unit_cost_pesos", "console.active"},
		Rows: func(yield func([]any, error) bool) {
			for _, i := range items {
				if !yield([]any{i.StockNumber, i.Name, i.NameFil, i.CategoryName, i.Unit, place.Name, i.Stock, i.Held, i.Available(), i.ReorderPoint,
					i.Price, report.Pesos(i.UnitCost), yesWord(i.Active)}, nil) {
					return
				}
			}
		},
	}
	return web.Export(w, r, "rewards", c.now(), table)
}

// yesWord is yes or nothing.
func yesWord(yes bool) report.Word {
	if yes {
		return "report.yes"
	}
	return ""
}
