package rewards_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/rewards"
)

func TestReceiveAndAdjust(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		rice := w.item(t, "Rice", 5_000, 5)
		got, err := w.store.Receive(ctx, amihan, rewards.StockChange{Item: rice, Quantity: 20, DocumentNo: " DR-17 "})
		if err != nil || got.StockAfter != 25 || got.ItemName != "Rice" {
			t.Errorf("received: %+v, %v", got, err)
		}
		if _, err := w.store.Adjust(ctx, berto, rewards.StockChange{Item: rice, Quantity: -3, Reason: "wet sack"}); err != nil {
			t.Fatal(err)
		}
		_, err = w.store.Adjust(ctx, berto, rewards.StockChange{Item: rice, Quantity: -23, Reason: "count"})
		wantError(t, "more than there is", err, rewards.ErrStockTooLow)
		if e, _ := errs.As(err); e.Text.Args["Left"] != int64(22) {
			t.Errorf("the message says %v", e.Text.Args)
		}
		page, err := w.store.Moves(ctx, rewards.MoveFilter{Item: rice})
		type line struct {
			Kind            rewards.MoveKind
			Version, Change int64
			After           int64
			Reason, Doc, By string
		}
		var book []line
		for _, m := range page.Rows {
			book = append(book, line{m.Kind, m.Version, m.Quantity, m.StockAfter, m.Reason, m.DocumentNo, m.ActorName})
		}
		want := []line{{rewards.Adjusted, 3, -3, 22, "wet sack", "", berto.Name}, {rewards.Received, 2, 20, 25, "", "DR-17", amihan.Name}, {rewards.Opening, 1, 5, 5, "", "", amihan.Name}}
		if diff := cmp.Diff(want, book); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
		w.books(t)
	})
}

func TestStockChangeTellsWhatIsWrong(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		rice := w.item(t, "Rice", 5_000, 5)
		for _, quantity := range []int64{0, -1, rewards.MaxMove + 1} {
			if _, err := w.store.Receive(ctx, amihan, rewards.StockChange{Item: rice, Quantity: quantity}); field(err, "quantity") == "" {
				t.Errorf("received %d: %v", quantity, err)
			}
		}
		if _, err := w.store.Adjust(ctx, amihan, rewards.StockChange{Item: rice, Quantity: 0, Reason: "x"}); field(err, "quantity") == "" {
			t.Errorf("adjusted by nothing: %v", err)
		}
		if _, err := w.store.Adjust(ctx, amihan, rewards.StockChange{Item: rice, Quantity: 1, Reason: " "}); field(err, "reason") == "" {
			t.Errorf("without a reason: %v", err)
		}
		_, err := w.store.Receive(ctx, amihan, rewards.StockChange{Item: db.NewID(), Quantity: 1})
		wantError(t, "no such item", err, rewards.ErrItemNotFound)
		if w.rows(t, "rewards_stock_move") != 1 {
			t.Error("a refusal left a move")
		}
	})
}

func TestMovesPage(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rice := w.item(t, "Rice", 5_000, 1)
		for range 6 {
			if _, err := w.store.Receive(t.Context(), amihan, rewards.StockChange{Item: rice, Quantity: 1}); err != nil {
				t.Fatal(err)
			}
		}
		seen := map[int64]bool{}
		f := rewards.MoveFilter{From: "2026-11-23", To: "2026-11-23", Limit: 3}
		for {
			page, err := w.store.Moves(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range page.Rows {
				seen[m.Version] = true
			}
			if f.Cursor = page.Next; f.Cursor == "" {
				break
			}
		}
		if len(seen) != 7 {
			t.Errorf("paging showed %d of 7", len(seen))
		}
		none, err := w.store.Moves(t.Context(), rewards.MoveFilter{From: "2026-11-24"})
		if err != nil || len(none.Rows) != 0 {
			t.Errorf("tomorrow: %+v, %v", none.Rows, err)
		}
	})
}

func TestStockIsExactAmongManyChanges(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rice := w.item(t, "Rice", 5_000, 10)
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				var err error
				if i%2 == 0 {
					_, err = w.store.Receive(t.Context(), amihan, rewards.StockChange{Item: rice, Quantity: 2})
				} else {
					_, err = w.store.Adjust(t.Context(), amihan, rewards.StockChange{Item: rice, Quantity: 1, Reason: "found"})
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := w.stock(t, rice); got != 70 {
			t.Errorf("stock %d, want 70", got)
		}
		w.books(t)
	})
}

// VerifyStock must find what somebody changed behind the program's back.
func TestVerifyStockNamesTheFirstWrongRow(t *testing.T) {
	for name, c := range map[string]struct{ change, want string }{
		"stock without a move":       {`UPDATE rewards_stock SET stock = stock + 1`, "rewards_stock of"},
		"a version without a move":   {`UPDATE rewards_stock SET version = version + 1`, "rewards_stock of"},
		"a move that tells nonsense": {`INSERT INTO rewards_stock_move (id, item_id, place_id, version, kind, quantity, stock_after, created_at, day) SELECT '019ab000-0000-7000-8000-0000000000ff', i.id, s.place_id, s.version + 1, 'received', 5, 3, i.created_at, '2026-11-23' FROM rewards_item i JOIN rewards_stock s ON s.item_id = i.id`, "rewards_stock_move"},
		"a gap in the chain":         {`INSERT INTO rewards_stock_move (id, item_id, place_id, version, kind, quantity, stock_after, created_at, day) SELECT '019ab000-0000-7000-8000-0000000000ff', i.id, s.place_id, s.version + 7, 'received', 1, s.stock + 1, i.created_at, '2026-11-23' FROM rewards_item i JOIN rewards_stock s ON s.item_id = i.id`, "rewards_stock_move"},
		"goods that were not given":  {`UPDATE rewards_redemption SET quantity = quantity + 1`, "rewards_redemption"},
		"held for nobody":            {`UPDATE rewards_stock SET held = held + 1`, "rewards_stock of"},
		"a dearer receipt":           {`UPDATE rewards_receipt SET points = points + 1`, "rewards_receipt"},
		"returned without goods":     {`UPDATE rewards_redemption SET returned_at = created_at`, "rewards_redemption"},
		"another price than paid":    {`UPDATE rewards_redemption SET points = points + 1`, "rewards_redemption"},
		"cancelled, but still held":  {`UPDATE rewards_reservation SET state = 'cancelled', closed_at = created_at`, "rewards_stock of"},
		"fetched without a receipt":  {`UPDATE rewards_reservation SET state = 'claimed', closed_at = created_at; UPDATE rewards_stock SET held = 0`, "rewards_reservation"},
		"more points than are held":  {`UPDATE rewards_reservation SET points = points + 1`, "rewards_reservation"},
		"a hold of nothing":          {`UPDATE ledger_hold SET source_id = '019ab000-0000-7000-8000-0000000000ff'`, "rewards_reservation"},
	} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(t *testing.T, w *world) {
				rice := w.item(t, "Rice", 5_000, 10)
				w.award(t, w.juan, 50_000)
				w.redeem(t, w.request(w.juan, rice, 2))
				w.reserve(t, w.juan, rice, 1)
				w.books(t)
				err := w.db.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
					for change := range strings.SplitSeq(c.change, ";") {
						if _, err := tx.ExecContext(ctx, change); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				r, err := rewards.VerifyStock(t.Context(), w.db)
				if err != nil || !strings.HasPrefix(r.Wrong, c.want) || r.Items != 1 || r.Moves < 2 {
					t.Errorf("%+v, %v; want a row of %s", r, err, c.want)
				}
			})
		})
	}
}
