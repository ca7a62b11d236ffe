package djangodb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/rewards"
)

func (im *importer) bringCategories(ctx context.Context) error {
	old, err := readAll(ctx, im, tableCategory, func(r Row) rewards.Category {
		return rewards.Category{ID: r.UUID("id"), Name: strings.TrimSpace(r.Text("name")), Description: r.Text("description"), Active: r.Bool("is_active", true)}
	}, fine)
	if err != nil {
		return err
	}
	slices.SortFunc(old, func(a, b rewards.Category) int { return cmp.Compare(a.ID.String(), b.ID.String()) })
	ours, err := rewards.KnownCategories(ctx, im.DB)
	if err != nil {
		return err
	}
	names := newNaming(tableCategory, rewards.CategoryKey)
	for _, c := range ours {
		names.add(c.ID, c.Name)
	}
	var fresh []rewards.Category
	for _, c := range old {
		target, isNew, err := im.settle(ctx, names, c.ID, c.Name, nil)
		if err != nil {
			return err
		}
		im.categories[c.ID] = target
		if isNew {
			fresh = append(fresh, c)
		}
	}
	if !im.apply || len(fresh) == 0 {
		return nil
	}
	return im.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return im.writeCategories(ctx, tx, fresh) })
}

func (im *importer) writeCategories(ctx context.Context, tx *db.Tx, fresh []rewards.Category) error {
	for _, c := range fresh {
		if inserted, err := rewards.ImportCategory(ctx, tx, c, im.Now()); err != nil || !inserted {
			return wrote(0, 1, err)
		}
	}
	return nil
}

// rewardFact is what the stock history is compared with.
type rewardFact struct {
	name  string
	stock int64 // as the old database stored it
	last  time.Time
	after int64 // stock after the last line of the history
	lines int
	taken int64 // by redemptions, as its history says
	given int64 // by redemptions, as they say themselves
}

// reward is one of the old database.
type reward struct {
	rewards.Item
	created time.Time
}

// minPrice is what a reward costs at least here: one hundredth of a point.
const minPrice ledger.Points = 1

// bringRewards brings rewards over, with what is in stock as the opening of the stock
// book.
func (im *importer) bringRewards(ctx context.Context) error {
	return bring(ctx, im, table[reward]{tableReward, false, im.compareRewards, im.writeRewards},
		read(ctx, im, tableReward, decodeReward, im.judgeReward))
}

func decodeReward(r Row) reward {
	price, _ := r.Points("points_required")
	return reward{
		Item: rewards.Item{
			ID: r.UUID("id"), CategoryID: r.NullUUID("category_id"), Name: strings.TrimSpace(r.Text("name")),
			Description: r.Text("description"), Price: ledger.Points(price), Stock: r.Int("stock"),
			Picture: r.Text("image"), Active: r.Bool("is_active", true),
		},
		created: r.Time("created_at"),
	}
}

func (im *importer) judgeReward(id string, r *reward) error {
	if im.rewards[r.ID] != nil {
		return errors.New("its id stands twice in the source")
	}
	im.rewards[r.ID] = &rewardFact{name: r.Name, stock: r.Stock}
	if r.CategoryID.Valid {
		category, ok := im.categories[r.CategoryID.UUID]
		if !ok {
			im.find(FindAltered, tableReward, id, "%s: its category %s is not in the source; comes over without one", r.Name, r.CategoryID.UUID)
		}
		r.CategoryID = uuid.NullUUID{UUID: category, Valid: ok}
	}
	if r.Price < minPrice || r.Price > rewards.MaxPrice {
		im.find(FindAltered, tableReward, id, "%s: the price is %s; comes over for %s, and inactive until somebody sets a price", r.Name, r.Price, minPrice)
		r.Price, r.Active = minPrice, false
	}
	if r.Stock < 0 {
		im.find(FindAltered, tableReward, id, "%s: the stock is %d; comes over with 0", r.Name, r.Stock)
		r.Stock = 0
	}
	return nil
}

func (im *importer) compareRewards(ctx context.Context, batch []reward) ([]verdict, error) {
	ids := make([]uuid.UUID, len(batch))
	for i, r := range batch {
		ids[i] = r.ID
	}
	here, err := rewards.KnownItems(ctx, im.DB, ids)
	if err != nil {
		return nil, err
	}
	verdicts := make([]verdict, len(batch))
	for i, r := range batch {
		item, ok := here[r.ID]
		var d different
		d.when(item.Name != r.Name, "name")
		d.when(item.Price != r.Price, "points_required")
		d.when(item.Stock != r.Stock, "stock")
		d.when(item.Active != r.Active, "is_active")
		d.when(item.CategoryID != r.CategoryID, "category")
		d.when(item.Description != r.Description, "description")
		d.when(item.Picture != r.Picture, "image")
		verdicts[i] = verdict{here: ok, row: r.ID.String(), differ: d}
	}
	return verdicts, nil
}

func (im *importer) writeRewards(ctx context.Context, tx *db.Tx, fresh []reward) error {
	for _, r := range fresh {
		if err := rewards.ImportItem(ctx, tx, im.actor, r.Item, r.created, im.Now()); err != nil {
			return err
		}
	}
	return nil
}

// bringStockHistory brings the old lines of the stock book over, to be shown. They are
// not counted: the reference took one from stock twice for each redemption of its app.
func (im *importer) bringStockHistory(ctx context.Context) error {
	t := table[rewards.PriorMove]{tableStockMove, true, im.compareMoves, im.writeMoves}
	err := bring(ctx, im, t, read(ctx, im, tableStockMove, decodeMove, im.judgeMove))
	for id, f := range im.rewards {
		if f.lines > 0 && f.after != f.stock {
			im.find(FindTotals, tableReward, id.String(), "%s: the stock is %d, but its history ends at %d", f.name, f.stock, f.after)
		}
	}
	return err
}

func decodeMove(r Row) rewards.PriorMove {
	return rewards.PriorMove{
		ID: r.UUID("id"), ItemID: r.UUID("reward_id"), Action: r.Text("action"),
		Quantity: r.Int("stock_change"), Before: r.Int("previous_stock"), After: r.Int("new_stock"),
		ActorID: r.NullUUID("admin_user_id"), ResidentID: r.NullUUID("user_id"), RedemptionID: r.NullUUID("redemption_id"),
		Note: r.Text("notes"), At: r.Time("timestamp"),
	}
}

func (im *importer) judgeMove(_ string, m *rewards.PriorMove) error {
	f := im.rewards[m.ItemID]
	if f == nil {
		return fmt.Errorf("its reward %s is not in the source", m.ItemID)
	}
	f.lines++
	if m.Action == "stock_redeemed" {
		f.taken -= m.Quantity
	}
	if !m.At.Before(f.last) {
		f.last, f.after = m.At, m.After
	}
	return nil
}

func (im *importer) compareMoves(ctx context.Context, batch []rewards.PriorMove) ([]verdict, error) {
	return known(batch, func(m rewards.PriorMove) uuid.UUID { return m.ID },
		func(ids []uuid.UUID) (map[uuid.UUID]bool, error) { return rewards.KnownMoves(ctx, im.DB, ids) })
}

func (im *importer) writeMoves(ctx context.Context, tx *db.Tx, fresh []rewards.PriorMove) error {
	n, err := rewards.ImportMoves(ctx, tx, fresh)
	return wrote(n, len(fresh), err)
}

// redemption is one of the old database.
type redemption struct {
	rewards.PriorRedemption
	oldStaff uuid.NullUUID
	askedBy  uuid.NullUUID
}

// bringRedemptions brings redemptions over. They take nothing: what they cost is no
// longer in the opening balance, what they gave no longer in the opening stock.
func (im *importer) bringRedemptions(ctx context.Context) error {
	err := bring(ctx, im, table[redemption]{tableRedemption, true, im.compareRedemptions, im.writeRedemptions},
		read(ctx, im, tableRedemption, decodeRedemption, im.judgeRedemption))
	for id, f := range im.rewards {
		if f.taken != f.given {
			im.find(FindTotals, tableReward, id.String(), "%s: redemptions gave %d, but its stock history took %d for them", f.name, f.given, f.taken)
		}
	}
	return err
}

func decodeRedemption(r Row) redemption {
	points, _ := r.Points("points_used")
	return redemption{
		PriorRedemption: rewards.PriorRedemption{
			ID: r.UUID("id"), ResidentID: r.UUID("user_id"), ItemID: r.UUID("reward_id"),
			Quantity: r.Int("quantity"), Points: ledger.Points(points), Note: r.Text("notes"), At: r.Time("redemption_date"),
		},
		oldStaff: r.NullUUID("approved_by_id"),
		askedBy:  r.NullUUID("requested_by_id"),
	}
}

func (im *importer) judgeRedemption(id string, r *redemption) error {
	resident := im.residents[r.ResidentID]
	switch {
	case resident == nil:
		return fmt.Errorf("its resident %s was not brought over, or is not in the source", r.ResidentID)
	case im.rewards[r.ItemID] == nil:
		return fmt.Errorf("its reward %s is not in the source", r.ItemID)
	case r.Quantity <= 0:
		return fmt.Errorf("its quantity is %d", r.Quantity)
	}
	if r.Points < 0 {
		im.find(FindAltered, tableRedemption, id, "it cost %s points; kept as %s", r.Points, -r.Points)
		r.Points = -r.Points
	}
	im.rewards[r.ItemID].given += r.Quantity
	if r.askedBy.Valid && r.askedBy.UUID != r.ResidentID {
		im.find(FindNote, tableRedemption, id, "somebody else asked for it: %s", r.askedBy.UUID)
	}
	r.FamilyID = resident.family
	r.BarangayID = im.families[resident.family].barangay
	r.Price = ledger.Points((int64(r.Points) + r.Quantity/2) / r.Quantity)
	r.StaffID, r.StaffName = im.whoDid(tableRedemption, id, r.oldStaff)
	return nil
}

func (im *importer) compareRedemptions(ctx context.Context, batch []redemption) ([]verdict, error) {
	return known(batch, func(r redemption) uuid.UUID { return r.ID },
		func(ids []uuid.UUID) (map[uuid.UUID]bool, error) { return rewards.KnownRedemptions(ctx, im.DB, ids) })
}

func (im *importer) writeRedemptions(ctx context.Context, tx *db.Tx, fresh []redemption) error {
	rows := make([]rewards.PriorRedemption, len(fresh))
	for i, r := range fresh {
		rows[i] = r.PriorRedemption
	}
	n, err := rewards.ImportRedemptions(ctx, tx, rows)
	return wrote(n, len(rows), err)
}
