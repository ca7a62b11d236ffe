package rewards

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
)

// CategoryForm is what a person says about a category.
type CategoryForm struct {
	ID          uuid.UUID // uuid.Nil makes a new one
	Name        string
	Description string
	Active      bool
}

// Categories lists every category by name.
func (s *Service) Categories(ctx context.Context) ([]Category, error) {
	found, err := listCategories(ctx, s.db, db.MaxLimit)
	if err != nil {
		return nil, fmt.Errorf("list reward categories: %w", err)
	}
	return found, nil
}

// SaveCategory makes or changes a category. Errors: fields; ErrCategoryExists for a name
// in use; ErrCategoryNotFound.
func (s *Service) SaveCategory(ctx context.Context, actor audit.Actor, f CategoryForm) (uuid.UUID, error) {
	f.Name, f.Description = strings.TrimSpace(f.Name), strings.TrimSpace(f.Description)
	var wrong errs.Fields
	checkText(&wrong, "name", f.Name, 1, 100)
	checkText(&wrong, "description", f.Description, 0, 1000)
	if err := wrong.Err(); err != nil {
		return uuid.Nil, err
	}
	at, id := s.now(), f.ID
	if id == uuid.Nil {
		id = db.NewID()
	}
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		action, err := saveCategory(ctx, tx, id, f, at)
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, actor, at, audit.Event{Action: action, TargetKind: "reward_category", TargetID: id, TargetName: f.Name,
			Details: map[string]any{"active": f.Active}})
	})
	if err != nil {
		return uuid.Nil, fmt.Errorf("save reward category: %w", err)
	}
	return id, nil
}

func saveCategory(ctx context.Context, tx *db.Tx, id uuid.UUID, f CategoryForm, at time.Time) (action string, err error) {
	if f.ID == uuid.Nil {
		fresh, err := insertCategory(ctx, tx, id, f, at)
		if err == nil && !fresh {
			err = ErrCategoryExists
		}
		return "reward_category.add", err
	}
	taken, err := categoryNameTaken(ctx, tx, fold(f.Name), id)
	if err != nil {
		return "", err
	}
	if taken {
		return "", ErrCategoryExists
	}
	n, err := updateCategory(ctx, tx, f, at)
	if err == nil && n == 0 {
		err = ErrCategoryNotFound
	}
	return "reward_category.edit", err
}

// ItemForm is what a person says about an item.
type ItemForm struct {
	ID             uuid.UUID // uuid.Nil makes a new one
	Category       uuid.UUID // uuid.Nil: none
	Name           string
	NameFil        string
	Description    string
	DescriptionFil string
	Price          ledger.Points
	Unit           string
	UnitCost       int64 // centavos; 0: not known
	StockNumber    string
	ReorderPoint   int64
	Icon           string
	Picture        string // its path in the former system
	Active         bool
	Stock          int64 // of a new item, at the default place; later it changes by Receive and Adjust
}

// Items lists the whole catalogue by name, hidden items included. A city has some
// dozens; past db.MaxLimit the list ends.
func (s *Service) Items(ctx context.Context) ([]Item, error) {
	found, err := listItems(ctx, s.db, itemFilter{})
	if err != nil {
		return nil, fmt.Errorf("list rewards: %w", err)
	}
	return found, nil
}

// PublicItems is Items for those who only look: it may be a little behind.
func (s *Service) PublicItems(ctx context.Context) ([]Item, error) {
	found, err := listItems(ctx, s.shown, itemFilter{})
	if err != nil {
		return nil, fmt.Errorf("list public rewards: %w", err)
	}
	return found, nil
}

// LowStock lists the items that are at their reorder point or below, the emptiest first.
func (s *Service) LowStock(ctx context.Context) ([]Item, error) {
	found, err := listItems(ctx, s.db, itemFilter{low: true})
	if err != nil {
		return nil, fmt.Errorf("list low stock: %w", err)
	}
	return found, nil
}

// ItemByID finds an item. Error: ErrItemNotFound.
func (s *Service) ItemByID(ctx context.Context, id uuid.UUID) (Item, error) {
	i, err := itemByID(ctx, s.db, id)
	if err != nil {
		return Item{}, fmt.Errorf("reward %s: %w", id, err)
	}
	return i, nil
}

// Affordable lists the items that a resident can have at least one of now, the dearest
// first.
func (s *Service) Affordable(ctx context.Context, resident uuid.UUID) ([]Item, error) {
	b, err := ledger.BalanceOf(ctx, s.db, resident)
	if err != nil {
		return nil, fmt.Errorf("affordable rewards: %w", err)
	}
	found, err := listItems(ctx, s.db, itemFilter{upTo: b.Available(), affordable: true})
	if err != nil {
		return nil, fmt.Errorf("affordable rewards of %s: %w", resident, err)
	}
	return found, nil
}

// SaveItem makes or changes an item. The stock of a new one opens its stock card.
// Errors: fields; ErrItemNotFound; ErrCategoryNotFound.
func (s *Service) SaveItem(ctx context.Context, actor audit.Actor, f ItemForm) (uuid.UUID, error) {
	f = f.trimmed()
	if err := f.check(); err != nil {
		return uuid.Nil, err
	}
	at, id := s.now(), f.ID
	if id == uuid.Nil {
		id = db.NewID()
	}
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return s.saveItem(ctx, tx, actor, id, f, at)
	})
	if err != nil {
		return uuid.Nil, fmt.Errorf("save reward: %w", err)
	}
	return id, nil
}

func (s *Service) saveItem(ctx context.Context, tx *db.Tx, actor audit.Actor, id uuid.UUID, f ItemForm, at time.Time) error {
	if f.Category != uuid.Nil {
		there, err := categoryExists(ctx, tx, f.Category)
		if err != nil {
			return err
		}
		if !there {
			return ErrCategoryNotFound
		}
	}
	event := audit.Event{Action: "reward.edit", TargetKind: "reward", TargetID: id, TargetName: f.Name,
		Details: map[string]any{"price": int64(f.Price), "active": f.Active}}
	if f.ID == uuid.Nil {
		event.Action, event.Details["stock"] = "reward.add", f.Stock
		return s.addItem(ctx, tx, actor, id, f, at, event)
	}
	n, err := updateItem(ctx, tx, f, at)
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrItemNotFound
	}
	return audit.Record(ctx, tx, actor, at, event)
}

func (s *Service) addItem(ctx context.Context, tx *db.Tx, actor audit.Actor, id uuid.UUID, f ItemForm, at time.Time, event audit.Event) error {
	if err := insertItem(ctx, tx, id, f, at); err != nil {
		return err
	}
	if f.Stock > 0 {
		if _, err := s.move(ctx, tx, actor, at, Move{ItemID: id, Kind: Opening, Quantity: f.Stock}, 0); err != nil {
			return err
		}
	}
	return audit.Record(ctx, tx, actor, at, event)
}

func (f ItemForm) trimmed() ItemForm {
	for _, text := range []*string{&f.Name, &f.NameFil, &f.Description, &f.DescriptionFil, &f.Unit, &f.StockNumber, &f.Icon, &f.Picture} {
		*text = strings.TrimSpace(*text)
	}
	return f
}

func (f ItemForm) check() error {
	var wrong errs.Fields
	checkText(&wrong, "name", f.Name, 1, 200)
	checkText(&wrong, "name_fil", f.NameFil, 0, 200)
	checkText(&wrong, "description", f.Description, 0, 2000)
	checkText(&wrong, "description_fil", f.DescriptionFil, 0, 2000)
	checkText(&wrong, "unit", f.Unit, 0, 30)
	checkText(&wrong, "stock_number", f.StockNumber, 0, 50)
	if f.UnitCost < 0 || f.UnitCost > MaxCost {
		wrong.Add("unit_cost", "error.rewards.unit_cost", "Max", MaxCost/100)
	}
	if f.Price <= 0 || f.Price > MaxPrice {
		wrong.Add("price", "error.rewards.price", "Max", MaxPrice.String())
	}
	if f.ReorderPoint < 0 || f.ReorderPoint > MaxMove {
		wrong.Add("reorder_point", "error.rewards.count", "Max", MaxMove)
	}
	if f.Stock < 0 || f.Stock > MaxMove {
		wrong.Add("stock", "error.rewards.count", "Max", MaxMove)
	}
	return wrong.Err()
}

func checkText(wrong *errs.Fields, field, text string, least, most int) {
	n := utf8.RuneCountInString(text)
	if n < least {
		wrong.Add(field, "error.rewards.text_missing")
	}
	if n > most {
		wrong.Add(field, "error.rewards.text_long", "Max", most)
	}
}

// fold makes the form of a name by which it is unique.
func fold(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }
