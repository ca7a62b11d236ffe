package rewards_test

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
	"ekolek/internal/testkit"
)

// TestImportGoods brings a reward with its past: the opening stock counts, the past does not.
func TestImportGoods(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		resident, at, actor := w.Resident(t, w.Barangays[0]), w.Clock.Now(), audit.Command("import")
		category := rewards.Category{ID: db.NewID(), Name: "Lumang gamit", Active: true}
		item := rewards.Item{
			ID: db.NewID(), CategoryID: uuid.NullUUID{UUID: category.ID, Valid: true}, Name: "Lumang payong", Price: 3000, Stock: 12, Active: true,
		}
		empty := rewards.Item{ID: db.NewID(), Name: "Lumang payong", Price: 3000, Active: true}
		redemption := rewards.PriorRedemption{
			ID: db.NewID(), ResidentID: resident.ID, FamilyID: resident.FamilyID, BarangayID: resident.BarangayID, ItemID: item.ID,
			Quantity: 2, Price: 3000, Points: 6000, StaffName: "Amihan", At: at,
		}
		move := rewards.PriorMove{ID: db.NewID(), ItemID: item.ID, Action: "stock_redeemed", Quantity: -2, Before: 14, After: 12, At: at}
		err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			if fresh, err := rewards.ImportCategory(ctx, tx, category, at); err != nil || !fresh {
				t.Errorf("category: %v %v", fresh, err)
			}
			if err := rewards.ImportItem(ctx, tx, actor, item, at, at); err != nil {
				return err
			}
			return rewards.ImportItem(ctx, tx, actor, empty, at, at)
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []int{1, 0} {
			err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				if n, err := rewards.ImportRedemptions(ctx, tx, []rewards.PriorRedemption{redemption}); err != nil || n != want {
					t.Errorf("%d redemptions, want %d (%v)", n, want, err)
				}
				if n, err := rewards.ImportMoves(ctx, tx, []rewards.PriorMove{move}); err != nil || n != want {
					t.Errorf("%d moves, want %d (%v)", n, want, err)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		items, err := rewards.KnownItems(t.Context(), d, []uuid.UUID{item.ID, empty.ID, db.NewID()})
		if err != nil || len(items) != 2 || items[item.ID].Stock != 12 || items[item.ID].CategoryName != category.Name || items[empty.ID].Stock != 0 {
			t.Errorf("items %+v (%v)", items, err)
		}
		if r, err := rewards.VerifyStock(t.Context(), d); err != nil || r.Wrong != "" {
			t.Errorf("stock: %+v %v", r, err)
		}
		page, _, err := rewards.New(d, w.Notify, w.Clock.Now).Redemptions(t.Context(), people.City, rewards.RedemptionFilter{})
		if err != nil || len(page.Rows) != 1 || !page.Rows[0].Imported || page.Rows[0].StaffName != "Amihan" || page.Rows[0].StaffID.Valid {
			t.Errorf("redemptions %+v (%v)", page.Rows, err)
		}
		for name, known := range map[string]func(context.Context, db.Q, []uuid.UUID) (map[uuid.UUID]bool, error){
			"redemptions": rewards.KnownRedemptions, "moves": rewards.KnownMoves,
		} {
			found, err := known(t.Context(), d, []uuid.UUID{redemption.ID, move.ID})
			if err != nil || len(found) != 1 {
				t.Errorf("%s known: %v (%v)", name, found, err)
			}
			if found, err := known(t.Context(), d, nil); err != nil || len(found) != 0 {
				t.Errorf("%s known of none: %v (%v)", name, found, err)
			}
		}
		if all, err := rewards.KnownCategories(t.Context(), d); err != nil || len(all) == 0 {
			t.Errorf("categories %v (%v)", all, err)
		}
	})
}
