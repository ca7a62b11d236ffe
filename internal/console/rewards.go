package console

import (
	"context"
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"ekolek/internal/report"
	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type rewardItemsView struct {
	web.Page
	Items []rewards.Item
}

// GET /console/rewards/
func (c *Console) rewardItems(w http.ResponseWriter, r *http.Request) error {
	items, err := c.rewards.Items(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, rewardItemsTempl(rewardItemsView{Page: web.NewPage(r, "console.rewards.title"), Items: items}))
}

type rewardView struct {
	web.Page
	Form       *form.Form
	Item       rewards.Item
	Categories []ui.Option
	Moves      []rewards.Move
}

// isNew is true on the page that makes an item.
func (v rewardView) isNew() bool { return v.Item.ID == uuid.Nil }

// itemOf is the reward that the address names; a zero one at …/new/.
func (c *Console) itemOf(r *http.Request) (rewards.Item, error) {
	if r.PathValue("id") == "" {
		return rewards.Item{Active: true}, nil
	}
	id, err := web.PathID(r, "id")
	if err != nil {
		return rewards.Item{}, err
	}
	return c.rewards.ItemByID(r.Context(), id)
}

// GET /console/rewards/new/ and /console/rewards/{id}/
func (c *Console) rewardPage(w http.ResponseWriter, r *http.Request) error {
	item, err := c.itemOf(r)
	if err != nil {
		return err
	}
	f := form.Empty("name", item.Name, "name_fil", item.NameFil, "description", item.Description, "unit", item.Unit,
		"reorder_point", strconv.FormatInt(item.ReorderPoint, 10), "icon", item.Icon, "active", ticked(item.Active))
	if item.ID != uuid.Nil {
		f = f.With("price", item.Price.String())
	}
	if item.CategoryID.Valid {
		f = f.With("category", item.CategoryID.UUID.String())
	}
	return c.showReward(w, r, item, f)
}

// POST to the same addresses.
func (c *Console) saveReward(w http.ResponseWriter, r *http.Request) error {
	item, err := c.itemOf(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	in := rewards.ItemForm{ID: item.ID, Category: f.ID("category"), Name: f.Required("name", 100), NameFil: f.Text("name_fil", 100),
		Description: f.Note("description", 1000), Price: f.Points("price"), Unit: f.Text("unit", 20), ReorderPoint: int64(f.Int("reorder_point")),
		Icon: f.Text("icon", 30), Picture: item.Picture, Active: f.Bool("active")}
	if item.ID == uuid.Nil {
		in.Stock = int64(f.Int("stock"))
	}
	if f.OK() {
		_, err := c.rewards.SaveItem(r.Context(), web.ActorOf(r), in)
		if err := f.Take(err); err != nil {
			return err
		}
	}
	if !f.OK() {
		return c.showReward(w, r, item, f)
	}
	web.Flash(w, r, ui.Done, "console.saved")
	web.Redirect(w, r, "/console/rewards/")
	return nil
}

func (c *Console) showReward(w http.ResponseWriter, r *http.Request, item rewards.Item, f *form.Form) error {
	ctx := r.Context()
	categories, err := c.categoryOptions(ctx)
	if err != nil {
		return err
	}
	v := rewardView{Form: f, Item: item, Categories: categories}
	if v.isNew() {
		v.Page = web.NewPage(r, "console.reward.new")
	} else {
		v.Page = web.NewPage(r, "console.reward.edit", "Name", item.Name)
		moves, err := c.rewards.Moves(ctx, rewards.MoveFilter{Item: item.ID, Limit: 10})
		if err != nil {
			return err
		}
		v.Moves = moves.Rows
	}
	return web.RenderForm(w, r, f, rewardTempl(v))
}

func (c *Console) categoryOptions(ctx context.Context) ([]ui.Option, error) {
	list, err := c.rewards.Categories(ctx)
	if err != nil {
		return nil, err
	}
	options := []ui.Option{{Text: i18n.T(ctx, "console.category.none")}}
	for _, c := range list {
		options = append(options, ui.Option{Value: c.ID.String(), Text: c.Name})
	}
	return options, nil
}

// rewardArts are the drawings of the sprite.
func rewardArts(ctx context.Context) []ui.Option {
	return []ui.Option{
		{Text: i18n.T(ctx, "console.art.none")},
		{Value: "art-rice", Text: i18n.T(ctx, "console.art.rice")},
		{Value: "art-sardines", Text: i18n.T(ctx, "console.art.sardines")},
		{Value: "art-oil", Text: i18n.T(ctx, "console.art.oil")},
		{Value: "art-soap", Text: i18n.T(ctx, "console.art.soap")},
		{Value: "art-eggs", Text: i18n.T(ctx, "console.art.eggs")},
		{Value: "art-notebook", Text: i18n.T(ctx, "console.art.notebook")},
		{Value: "art-umbrella", Text: i18n.T(ctx, "console.art.umbrella")},
	}
}

type stockView struct {
	web.Page
	Form *form.Form
	Item rewards.Item
}

// GET /console/rewards/{id}/stock/
func (c *Console) stockPage(w http.ResponseWriter, r *http.Request) error {
	item, err := c.itemOf(r)
	if err != nil {
		return err
	}
	return c.showStock(w, r, item, form.Empty("kind", string(rewards.Received)))
}

// POST /console/rewards/{id}/stock/
func (c *Console) moveStock(w http.ResponseWriter, r *http.Request) error {
	item, err := c.itemOf(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	kind := f.Choice("kind", "received", "added", "removed")
	in := rewards.StockChange{Item: item.ID, Quantity: int64(f.Int("quantity")), Reason: f.Note("reason", 500), DocumentNo: f.Text("document_no", 100)}
	if in.Quantity <= 0 {
		f.Refuse("quantity", "form.whole_number")
	}
	if f.OK() {
		if err := f.Take(c.changeStock(r, kind, in)); err != nil {
			return err
		}
	}
	if !f.OK() {
		return c.showStock(w, r, item, f)
	}
	web.Flash(w, r, ui.Done, "console.stock.done", "Name", item.Name)
	web.Redirect(w, r, "/console/rewards/"+item.ID.String()+"/")
	return nil
}

// changeStock books what a person says: goods that came, or a count that found more or less.
func (c *Console) changeStock(r *http.Request, kind string, in rewards.StockChange) error {
	var err error
	switch kind {
	case "received":
		_, err = c.rewards.Receive(r.Context(), web.ActorOf(r), in)
	case "removed":
		in.Quantity = -in.Quantity
		_, err = c.rewards.Adjust(r.Context(), web.ActorOf(r), in)
	default:
		_, err = c.rewards.Adjust(r.Context(), web.ActorOf(r), in)
	}
	return err
}

func (c *Console) showStock(w http.ResponseWriter, r *http.Request, item rewards.Item, f *form.Form) error {
	return web.RenderForm(w, r, f, stockTempl(stockView{Page: web.NewPage(r, "console.stock.title", "Name", item.Name), Form: f, Item: item}))
}

type movesView struct {
	web.Page
	Form  *form.Form
	Items []ui.Option
	Kinds []ui.Option
	Rows  []rewards.Move
	Next  string
}

// GET /console/rewards/moves/?item=&kind=&from=&to=&after=
func (c *Console) stockMoves(w http.ResponseWriter, r *http.Request) error {
	ctx, f := r.Context(), form.Query(r)
	page, err := c.rewards.Moves(ctx, rewards.MoveFilter{Item: f.ID("item"), Kind: rewards.MoveKind(f.Text("kind", 20)),
		From: f.Day("from"), To: f.Day("to"), Cursor: f.Text("after", 200)})
	if err != nil {
		return err
	}
	v := movesView{Page: web.NewPage(r, "console.moves.title"), Form: f, Rows: page.Rows, Next: page.Next, Kinds: kindOptions(ctx)}
	if v.Items, err = c.itemOptions(ctx); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, movesTempl(v))
}

func (c *Console) itemOptions(ctx context.Context) ([]ui.Option, error) {
	items, err := c.rewards.Items(ctx)
	if err != nil {
		return nil, err
	}
	options := []ui.Option{{Text: i18n.T(ctx, "console.all_items")}}
	for _, i := range items {
		options = append(options, ui.Option{Value: i.ID.String(), Text: i18n.Pick(ctx, i.Name, i.NameFil)})
	}
	return options, nil
}

func kindOptions(ctx context.Context) []ui.Option {
	options := []ui.Option{{Text: i18n.T(ctx, "console.all_kinds")}}
	for _, k := range rewards.MoveKinds() {
		options = append(options, ui.Option{Value: string(k), Text: kindText(ctx, k)})
	}
	return options
}

// kindText names why stock moved.
func kindText(ctx context.Context, k rewards.MoveKind) string {
	switch k {
	case rewards.Received:
		return i18n.T(ctx, "console.kind.received")
	case rewards.Issued:
		return i18n.T(ctx, "console.kind.issued")
	case rewards.Adjusted:
		return i18n.T(ctx, "console.kind.adjusted")
	case rewards.Returned:
		return i18n.T(ctx, "console.kind.returned")
	default:
		return i18n.T(ctx, "console.kind.opening")
	}
}

// signedCount writes a number with its sign: +20, −3.
func signedCount(n int64) string {
	if n < 0 {
		return "−" + i18n.Number(-n)
	}
	return "+" + i18n.Number(n)
}

type categoriesView struct {
	web.Page
	Form       *form.Form
	Categories []rewards.Category
}

// GET /console/rewards/categories/
func (c *Console) categories(w http.ResponseWriter, r *http.Request) error {
	return c.showCategories(w, r, form.Empty("active", "on"))
}

// POST /console/rewards/categories/ adds one, or changes the one that id names.
func (c *Console) saveCategory(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	in := rewards.CategoryForm{ID: f.ID("id"), Name: f.Required("name", 100), Description: f.Text("description", 1000), Active: f.Bool("active")}
	if f.OK() {
		_, err := c.rewards.SaveCategory(r.Context(), web.ActorOf(r), in)
		if err := f.Take(err); err != nil {
			return err
		}
	}
	if !f.OK() {
		return c.showCategories(w, r, f)
	}
	web.Flash(w, r, ui.Done, "console.saved")
	web.Redirect(w, r, "/console/rewards/categories/")
	return nil
}

func (c *Console) showCategories(w http.ResponseWriter, r *http.Request, f *form.Form) error {
	list, err := c.rewards.Categories(r.Context())
	if err != nil {
		return err
	}
	v := categoriesView{Page: web.NewPage(r, "console.categories.title"), Form: f, Categories: list}
	if id := r.URL.Query().Get("edit"); id != "" && !f.Wrong() {
		for _, c := range list {
			if c.ID.String() == id {
				v.Form = form.Empty("id", id, "name", c.Name, "description", c.Description, "active", ticked(c.Active))
			}
		}
	}
	return web.RenderForm(w, r, f, categoriesTempl(v))
}

type redemptionsView struct {
	web.Page
	Form      *form.Form
	Barangays []ui.Option
	Staff     []ui.Option
	Items     []ui.Option
	Rows      []rewards.Redemption
	Totals    rewards.Totals
	Next      string
}

// GET /console/redemptions/?from=&to=&barangay=&staff=&item=&resident=&after=
func (c *Console) redemptions(w http.ResponseWriter, r *http.Request) error {
	ctx, scope := r.Context(), web.PrincipalOf(r.Context()).Scope
	f := form.Query(r)
	page, totals, err := c.rewards.Redemptions(ctx, scope, rewards.RedemptionFilter{From: f.Day("from"), To: f.Day("to"), Barangay: f.ID("barangay"),
		Staff: f.ID("staff"), Item: f.ID("item"), Resident: f.ID("resident"), Cursor: f.Text("after", 200)})
	if err != nil {
		return err
	}
	v := redemptionsView{Page: web.NewPage(r, "console.redemptions.title"), Form: f, Rows: page.Rows, Totals: totals, Next: page.Next}
	if v.Barangays, err = c.barangayOptions(ctx, scope); err != nil {
		return err
	}
	if v.Staff, err = c.staffOptions(ctx); err != nil {
		return err
	}
	if v.Items, err = c.itemOptions(ctx); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, redemptionsTempl(v))
}

// GET /console/redemptions.csv and .xlsx: what the list shows, all of its pages.
func (c *Console) exportRedemptions(w http.ResponseWriter, r *http.Request) error {
	f := form.Query(r)
	filter := report.RedemptionFilter{From: f.Day("from"), To: f.Day("to"), Barangay: f.ID("barangay"),
		Staff: f.ID("staff"), Item: f.ID("item"), Resident: f.ID("resident")}
	return web.Export(w, r, "redemptions", c.now(), c.report.Redemptions(r.Context(), web.PrincipalOf(r.Context()).Scope, filter))
}

// kindIcon is the icon that goes with why stock moved.
func kindIcon(k rewards.MoveKind) string {
	switch k {
	case rewards.Issued:
		return "gift"
	case rewards.Adjusted:
		return "list-checks"
	case rewards.Returned:
		return "undo-2"
	default:
		return "plus"
	}
}

// orDash stands in for what is not known.
func orDash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}
