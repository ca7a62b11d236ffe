package console

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type rewardView struct {
	web.Page
	Form       *form.Form
	Picture    *form.Form // of the picture alone
	Item       rewards.Item
	Shown      string // the picture's address; "" when there is none
	Categories []ui.Option
	Stock      []rewards.PlaceStock
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

// rewardPath is the page of an item.
func rewardPath(id uuid.UUID) string { return "/console/rewards/" + id.String() + "/" }

// saveTo is where the item's form goes.
func (v rewardView) saveTo() string {
	if v.isNew() {
		return "/console/rewards/new/"
	}
	return rewardPath(v.Item.ID)
}

// GET /console/rewards/new/ and /console/rewards/{id}/
func (c *Console) rewardPage(w http.ResponseWriter, r *http.Request) error {
	item, err := c.itemOf(r)
	if err != nil {
		return err
	}
	return c.showReward(w, r, rewardView{Item: item, Form: itemForm(item)}, http.StatusOK)
}

// itemForm is an item as its form shows it.
func itemForm(i rewards.Item) *form.Form {
	f := form.Empty("name", i.Name, "name_fil", i.NameFil, "description", i.Description, "description_fil", i.DescriptionFil, "unit", i.Unit,
		"stock_number", i.StockNumber, "reorder_point", strconv.FormatInt(i.ReorderPoint, 10), "icon", i.Icon, "active", ticked(i.Active))
	if i.ID != uuid.Nil {
		f = f.With("price", i.Price.String())
	}
	if i.UnitCost > 0 {
		f = f.With("unit_cost", pesosInput(i.UnitCost))
	}
	if i.CategoryID.Valid {
		f = f.With("category", i.CategoryID.UUID.String())
	}
	return f
}

// pesosInput writes centavos as a person types them.
func pesosInput(centavos int64) string { return fmt.Sprintf("%d.%02d", centavos/100, centavos%100) }

// POST /console/rewards/new/ and /console/rewards/{id}/
func (c *Console) saveReward(w http.ResponseWriter, r *http.Request) error {
	item, err := c.itemOf(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	in := readItem(f, item)
	id := item.ID
	if f.OK() {
		id, err = c.rewards.SaveItem(r.Context(), web.ActorOf(r), in)
		if err := f.Take(err); err != nil {
			return err
		}
	}
	if !f.OK() {
		return c.showReward(w, r, rewardView{Item: item, Form: f}, http.StatusUnprocessableEntity)
	}
	if item.ID == uuid.Nil {
		web.Flash(w, r, ui.Done, "console.reward.made", "Name", in.Name)
		web.Redirect(w, r, rewardPath(id))
		return nil
	}
	web.Flash(w, r, ui.Done, "console.saved")
	web.Redirect(w, r, "/console/rewards/#"+rowID(id))
	return nil
}

func readItem(f *form.Form, item rewards.Item) rewards.ItemForm {
	in := rewards.ItemForm{ID: item.ID, Category: f.ID("category"), Name: f.Required("name", 100), NameFil: f.Text("name_fil", 100),
		Description: f.Note("description", 1000), DescriptionFil: f.Note("description_fil", 1000), Price: f.Points("price"), Unit: f.Text("unit", 20),
		StockNumber: f.Text("stock_number", 50), UnitCost: f.Pesos("unit_cost"), ReorderPoint: int64(f.Int("reorder_point")),
		Icon: f.Text("icon", 30), Picture: item.Picture, Active: f.Bool("active")}
	if item.ID == uuid.Nil {
		in.Stock = int64(f.Int("stock"))
	}
	return in
}

// showReward shows the page of v.Item with v's forms.
func (c *Console) showReward(w http.ResponseWriter, r *http.Request, v rewardView, status int) (err error) {
	ctx := r.Context()
	if v.Categories, err = c.categoryOptions(ctx, "console.category.none"); err != nil {
		return err
	}
	if v.isNew() {
		v.Page = web.NewPage(r, "console.reward.new")
		return web.Render(w, r, status, rewardTempl(v))
	}
	v.Page = web.NewPage(r, "console.reward.edit", "Name", v.Item.Name)
	if v.Shown, err = c.pictureOf(ctx, v.Item.PictureID); err != nil {
		return err
	}
	if v.Stock, err = c.rewards.StockOf(ctx, v.Item.ID); err != nil {
		return err
	}
	moves, err := c.rewards.Moves(ctx, rewards.MoveFilter{Item: v.Item.ID, Limit: 8})
	if err != nil {
		return err
	}
	v.Moves = moves.Rows
	return web.Render(w, r, status, rewardTempl(v))
}

// pictureOf is the address of a picture, "" without one.
func (c *Console) pictureOf(ctx context.Context, id uuid.NullUUID) (string, error) {
	if !id.Valid {
		return "", nil
	}
	paths, err := c.files.Paths(ctx, id.UUID)
	return paths[id.UUID], err
}

// artName is a drawing's name as ui.Art has it.
func artName(icon string) string { return strings.TrimPrefix(icon, "art-") }

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
