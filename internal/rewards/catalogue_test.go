package rewards_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/rewards"
	"ekolek/internal/testkit"
)

func TestSaveCategory(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		id, err := w.store.SaveCategory(ctx, amihan, rewards.CategoryForm{Name: " Groceries ", Description: "Food", Active: true})
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.store.SaveCategory(ctx, amihan, rewards.CategoryForm{Name: "GROCERIES"})
		wantError(t, "the same name again", err, rewards.ErrCategoryExists)
		school, err := w.store.SaveCategory(ctx, amihan, rewards.CategoryForm{Name: "School", Active: true})
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.store.SaveCategory(ctx, amihan, rewards.CategoryForm{ID: school, Name: "groceries"})
		wantError(t, "renamed to a name in use", err, rewards.ErrCategoryExists)
		_, err = w.store.SaveCategory(ctx, amihan, rewards.CategoryForm{ID: db.NewID(), Name: "Ghost"})
		wantError(t, "one that is not there", err, rewards.ErrCategoryNotFound)
		if _, err := w.store.SaveCategory(ctx, amihan, rewards.CategoryForm{Name: " "}); field(err, "name") == "" {
			t.Errorf("without a name: %v", err)
		}
		got, err := w.store.Categories(ctx)
		want := []rewards.Category{{ID: id, Name: "Groceries", Description: "Food", Active: true}, {ID: school, Name: "School", Active: true}}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	})
}

func TestSaveItem(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		food, err := w.store.SaveCategory(ctx, amihan, rewards.CategoryForm{Name: "Food", Active: true})
		if err != nil {
			t.Fatal(err)
		}
		form := rewards.ItemForm{Category: food, Name: " Rice ", NameFil: "Bigas", Description: "NFA", Price: 5_050, Unit: "kg", ReorderPoint: 10, Icon: "art-rice", Active: true, Stock: 30}
		id, err := w.store.SaveItem(ctx, amihan, form)
		if err != nil {
			t.Fatal(err)
		}
		want := rewards.Item{ID: id, CategoryID: uuid.NullUUID{UUID: food, Valid: true}, CategoryName: "Food", Name: "Rice", NameFil: "Bigas", Description: "NFA",
			Price: 5_050, Unit: "kg", Stock: 30, ReorderPoint: 10, Icon: "art-rice", Active: true}
		got, err := w.store.ItemByID(ctx, id)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
		form.ID, form.Category, form.Price, form.Stock = id, uuid.Nil, 6_000, 999
		if _, err := w.store.SaveItem(ctx, amihan, form); err != nil {
			t.Fatal(err)
		}
		want.CategoryID, want.CategoryName, want.Price = uuid.NullUUID{}, "", 6_000
		got, err = w.store.ItemByID(ctx, id)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("after editing, which never changes stock: %v\n%s", err, diff)
		}
		form.ID = db.NewID()
		_, err = w.store.SaveItem(ctx, amihan, form)
		wantError(t, "one that is not there", err, rewards.ErrItemNotFound)
		form.Category = db.NewID()
		_, err = w.store.SaveItem(ctx, amihan, form)
		wantError(t, "a category that is not there", err, rewards.ErrCategoryNotFound)
		w.books(t)
	})
}

func TestSaveItemTellsWhatIsWrong(t *testing.T) {
	w := newWorld(t, testkit.DB(t))
	good := rewards.ItemForm{Name: "Rice", Price: 5_000}
	for name, c := range map[string]struct {
		change func(*rewards.ItemForm)
		field  string
	}{
		"no name":             {func(f *rewards.ItemForm) { f.Name = "" }, "name"},
		"a long name":         {func(f *rewards.ItemForm) { f.NameFil = strings.Repeat("ñ", 201) }, "name_fil"},
		"for nothing":         {func(f *rewards.ItemForm) { f.Price = 0 }, "price"},
		"price below nothing": {func(f *rewards.ItemForm) { f.Price = -1 }, "price"},
		"too dear":            {func(f *rewards.ItemForm) { f.Price = rewards.MaxPrice + 1 }, "price"},
		"stock below zero":    {func(f *rewards.ItemForm) { f.Stock = -1 }, "stock"},
		"reorder below zero":  {func(f *rewards.ItemForm) { f.ReorderPoint = -1 }, "reorder_point"},
		"a unit as a novel":   {func(f *rewards.ItemForm) { f.Unit = strings.Repeat("x", 31) }, "unit"},
	} {
		f := good
		c.change(&f)
		if _, err := w.store.SaveItem(t.Context(), amihan, f); field(err, c.field) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if w.rows(t, "rewards_item") != 0 {
		t.Error("a refused form left an item")
	}
}

func TestAffordable(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.item(t, "Rice", 5_000, 3)
		w.item(t, "Soap", 2_000, 3)
		w.item(t, "Oil", 2_001, 3)
		w.item(t, "Sardines", 1_500, 0)
		w.award(t, w.juan, 2_000)
		got, err := w.store.Affordable(t.Context(), w.juan.ID)
		if err != nil || len(got) != 1 || got[0].Name != "Soap" {
			t.Errorf("with 20 points: %+v, %v", got, err)
		}
		w.award(t, w.juan, 3_000)
		got, err = w.store.Affordable(t.Context(), w.juan.ID)
		if err != nil || len(got) != 3 || got[0].Name != "Rice" {
			t.Errorf("with 50 points: %+v, %v; the dearest comes first", got, err)
		}
		if _, err := w.store.Affordable(t.Context(), db.NewID()); err == nil {
			t.Error("nobody can afford something")
		}
	})
}

func TestItemsAndLowStock(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for name, c := range map[string]struct {
			stock, reorder int64
			active         bool
		}{"Rice": {10, 10, true}, "Soap": {2, 5, true}, "Oil": {11, 10, true}, "Hidden": {0, 5, false}, "Never": {0, 0, true}} {
			_, err := w.store.SaveItem(t.Context(), amihan, rewards.ItemForm{Name: name, Price: 100, Stock: c.stock, ReorderPoint: c.reorder, Active: c.active})
			if err != nil {
				t.Fatal(err)
			}
		}
		low, err := w.store.LowStock(t.Context())
		if err != nil || len(low) != 2 || low[0].Name != "Soap" || low[1].Name != "Rice" || !low[0].Low() {
			t.Errorf("low: %+v, %v", low, err)
		}
		all, err := w.store.Items(t.Context())
		if err != nil || len(all) != 5 || all[0].Name != "Hidden" || all[0].Low() {
			t.Errorf("all: %+v, %v", all, err)
		}
	})
}
