package rewards_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
	"ekolek/internal/testkit"
)

// What a city had before stock had places and redemptions had receipts is all there
// afterwards: at the default place, with a receipt for each redemption, and balanced.
func TestMigrationKeepsStockAndRedemptions(t *testing.T) {
	for name, options := range map[string]func(t *testing.T) db.Options{
		"sqlite":   func(t *testing.T) db.Options { return db.Options{Path: filepath.Join(t.TempDir(), "old.sqlite3")} },
		"postgres": func(t *testing.T) db.Options { return db.Options{URL: testkit.EmptyPostgresURL(t), MaxConns: 4} },
	} {
		t.Run(name, func(t *testing.T) {
			d, err := db.Open(t.Context(), options(t))
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close() //nolint:errcheck // of a test
			if _, err := d.MigrateTo(t.Context(), 22); err != nil {
				t.Fatal(err)
			}
			former := fillFormer(t, d)
			if _, err := d.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			checkFormer(t, d, former)
		})
	}
}

// formerBook is what fillFormer wrote.
type formerBook struct{ resident, item, redemption, imported uuid.UUID }

func fillFormer(t *testing.T, d *db.DB) formerBook {
	t.Helper()
	b := formerBook{db.NewID(), db.NewID(), db.NewID(), db.NewID()}
	barangay, family, at := db.NewID(), db.NewID(), db.At(monday)
	err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		for _, s := range []struct {
			query string
			args  []any
		}{
			{`INSERT INTO people_barangay (id, name, name_key, created_at, updated_at) VALUES ($1, 'Landayan', 'landayan', $2, $3)`, []any{barangay, at, at}},
			{`INSERT INTO people_family (id, code, name, barangay_id, status, created_at, updated_at) VALUES ($1, 'ABCDEFGHJKMN', 'Cruz', $2, 'approved', $3, $4)`,
				[]any{family, barangay, at, at}},
			{`INSERT INTO people_resident (id, family_id, username, username_key, first_name, last_name, full_name, search, referral_code, status, created_at, updated_at)
				VALUES ($1, $2, 'juan', 'juan', 'Juan', 'Cruz', 'Juan Cruz', 'juan', 'ABCD', 'approved', $3, $4)`, []any{b.resident, family, at, at}},
			{`INSERT INTO rewards_item (id, name, price, stock, stock_version, created_at, updated_at) VALUES ($1, 'Rice', 5000, 8, 2, $2, $3)`, []any{b.item, at, at}},
			{`INSERT INTO rewards_redemption (id, request_key, request_hash, resident_id, family_id, barangay_id, item_id, quantity, price, points, staff_id, staff_name, created_at, day)
				VALUES ($1, 'k', 'h', $2, $3, $4, $5, 2, 5000, 10000, $6, 'Amihan', $7, '2026-11-23')`, []any{b.redemption, b.resident, family, barangay, b.item, amihan.ID, at}},
			{`INSERT INTO rewards_redemption (id, request_key, request_hash, resident_id, family_id, barangay_id, item_id, quantity, price, points, imported, created_at, day)
				VALUES ($1, 'i', '', $2, $3, $4, $5, 1, 5000, 5000, TRUE, $6, '2026-11-22')`, []any{b.imported, b.resident, family, barangay, b.item, at}},
			{`INSERT INTO rewards_stock_move (id, item_id, version, kind, quantity, stock_after, created_at, day) VALUES ($1, $2, 1, 'opening', 10, 10, $3, '2026-11-23')`,
				[]any{db.NewID(), b.item, at}},
			{`INSERT INTO rewards_stock_move (id, item_id, version, kind, quantity, stock_after, redemption_id, created_at, day) VALUES ($1, $2, 2, 'issued', -2, 8, $3, $4, '2026-11-23')`,
				[]any{db.NewID(), b.item, b.redemption, at}},
			{`INSERT INTO rewards_prior_move (id, item_id, action, quantity, stock_before, stock_after, created_at) VALUES ($1, $2, 'stock_added', 3, 0, 3, $3)`,
				[]any{db.NewID(), b.item, at}},
		} {
			if _, err := tx.ExecContext(ctx, s.query, s.args...); err != nil {
				return err
			}
		}
		if err := ledger.OpenAccount(ctx, tx, b.resident, monday); err != nil {
			return err
		}
		if _, err := ledger.Post(ctx, tx, ledger.Posting{Kind: ledger.KindWeighIn, Source: db.NewID(), Account: b.resident, Points: 20_000, At: monday}); err != nil {
			return err
		}
		_, err := ledger.Post(ctx, tx, ledger.Posting{Kind: ledger.KindRedemption, Source: b.redemption, Account: b.resident, Points: 10_000, At: monday})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func checkFormer(t *testing.T, d *db.DB, b formerBook) {
	t.Helper()
	ctx := t.Context()
	vault, err := db.NewVault("test-secret", "")
	if err != nil {
		t.Fatal(err)
	}
	clock := testkit.NewClock()
	store := rewards.New(d, testkit.Notify(t, d, vault, clock.Now), clock.Now)
	if r, err := rewards.VerifyStock(ctx, d); err != nil || !r.OK() || r.Moves != 2 {
		t.Errorf("stock book: %+v, %v", r, err)
	}
	i, err := store.ItemByID(ctx, b.item)
	if err != nil || i.Stock != 8 || i.Name != "Rice" {
		t.Errorf("%+v, %v", i, err)
	}
	receipt, err := store.ReceiptByID(ctx, people.City, b.redemption)
	if err != nil || receipt.Points != 10_000 || receipt.Balance != 10_000 || len(receipt.Redemptions) != 1 || len(receipt.Reference) != 14 || receipt.PlaceID != rewards.DefaultPlace {
		t.Errorf("%+v, %v", receipt, err)
	}
	if old, err := store.RedemptionByID(ctx, people.City, b.imported); err != nil || !old.Imported || old.ReceiptID.Valid || old.Reference != "" {
		t.Errorf("%+v, %v", old, err)
	}
	_, err = store.Return(ctx, amihan, people.City, rewards.Returning{Redemption: b.imported, Reason: "x"})
	wantError(t, "an imported one", err, rewards.ErrNotReturnable)
	if _, err := store.Return(ctx, amihan, people.City, rewards.Returning{Redemption: b.redemption, Reason: "wet sack"}); err != nil {
		t.Error(err)
	}
	for _, change := range []string{`UPDATE rewards_stock_move SET quantity = quantity`, `DELETE FROM rewards_stock_move`} {
		err := d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.ExecContext(ctx, change)
			return err
		})
		if err == nil {
			t.Errorf("%s: the stock book was rewritten", change)
		}
	}
	if r, err := rewards.VerifyStock(ctx, d); err != nil || !r.OK() {
		t.Errorf("stock book: %+v, %v", r, err)
	}
}
