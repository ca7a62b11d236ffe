package rewards

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
)

// importRows bounds one statement: both engines take some ten thousand parameters.
const importRows = 200

// CategoryKey is the form of a category's name in which it is unique.
func CategoryKey(name string) string { return fold(name) }

// KnownCategories gives every category, for a comparison with a former system's.
func KnownCategories(ctx context.Context, q db.Q) ([]Category, error) {
	categories, err := listCategories(ctx, q, 1000)
	if err != nil {
		return nil, fmt.Errorf("list reward categories: %w", err)
	}
	return categories, nil
}

// ImportCategory brings a category over under its own id. It is false when one of that
// name is here.
func ImportCategory(ctx context.Context, tx *db.Tx, c Category, at time.Time) (bool, error) {
	fresh, err := insertCategory(ctx, tx, c.ID, CategoryForm{Name: c.Name, Description: c.Description, Active: c.Active}, at)
	if err != nil {
		return false, fmt.Errorf("import reward category %s: %w", c.Name, err)
	}
	return fresh, nil
}

// KnownItems gives those of the items that are here.
func KnownItems(ctx context.Context, q db.Q, ids []uuid.UUID) (map[uuid.UUID]Item, error) {
	items, err := selectItems(ctx, q, ids)
	if err != nil {
		return nil, fmt.Errorf("look for rewards: %w", err)
	}
	return items, nil
}

// ImportItem brings a reward over under its own id, with its stock as the opening move
// of its stock book. created is when the former system made it.
func ImportItem(ctx context.Context, tx *db.Tx, actor audit.Actor, i Item, created, at time.Time) error {
	if err := insertPriorItem(ctx, tx, i, created, at); err != nil {
		return fmt.Errorf("import reward %s: %w", i.Name, err)
	}
	if i.Stock == 0 {
		return nil
	}
	_, err := moveStock(ctx, tx, actor, at, Move{ItemID: i.ID, Kind: Opening, Quantity: i.Stock, Reason: actor.Name}, 0)
	if err != nil {
		return fmt.Errorf("import stock of %s: %w", i.Name, err)
	}
	return nil
}

// PriorMove is a line of a former system's stock history. It is shown, never counted.
type PriorMove struct {
	ID           uuid.UUID
	ItemID       uuid.UUID
	Action       string // as the former system said: stock_added, stock_redeemed, …
	Quantity     int64
	Before       int64
	After        int64
	ActorID      uuid.NullUUID
	ResidentID   uuid.NullUUID
	RedemptionID uuid.NullUUID
	Note         string
	At           time.Time
}

// ImportMoves brings stock history over and tells how many lines were not here.
func ImportMoves(ctx context.Context, tx *db.Tx, batch []PriorMove) (int, error) {
	imported := 0
	for part := range slices.Chunk(batch, importRows) {
		n, err := insertPriorMoves(ctx, tx, part)
		if err != nil {
			return 0, fmt.Errorf("import stock history: %w", err)
		}
		imported += n
	}
	return imported, nil
}

// KnownMoves tells which lines of a former system's stock history are here.
func KnownMoves(ctx context.Context, q db.Q, ids []uuid.UUID) (map[uuid.UUID]bool, error) {
	known, err := db.Known(ctx, q, "rewards_prior_move", ids)
	if err != nil {
		return nil, fmt.Errorf("look for stock history: %w", err)
	}
	return known, nil
}

// PriorRedemption is a redemption that a former system booked and paid. Its points and
// its goods are no longer in the opening balance and the opening stock.
type PriorRedemption struct {
	ID         uuid.UUID
	ResidentID uuid.UUID
	FamilyID   uuid.UUID
	BarangayID uuid.UUID
	ItemID     uuid.UUID
	Quantity   int64 // > 0
	Price      ledger.Points
	Points     ledger.Points
	StaffID    uuid.NullUUID
	StaffName  string
	Note       string
	At         time.Time
}

// ImportRedemptions brings redemptions over and tells how many were not here.
func ImportRedemptions(ctx context.Context, tx *db.Tx, batch []PriorRedemption) (int, error) {
	imported := 0
	for part := range slices.Chunk(batch, importRows) {
		n, err := insertPriorRedemptions(ctx, tx, part)
		if err != nil {
			return 0, fmt.Errorf("import redemptions: %w", err)
		}
		imported += n
	}
	return imported, nil
}

// KnownRedemptions tells which redemptions are here.
func KnownRedemptions(ctx context.Context, q db.Q, ids []uuid.UUID) (map[uuid.UUID]bool, error) {
	known, err := db.Known(ctx, q, "rewards_redemption", ids)
	if err != nil {
		return nil, fmt.Errorf("look for redemptions: %w", err)
	}
	return known, nil
}
