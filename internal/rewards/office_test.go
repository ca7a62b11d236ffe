package rewards_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/approval"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/files"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
	"ekolek/internal/testkit"
)

// stockAt is what lies of an item at a place.
func (w *world) stockAt(t *testing.T, item, place uuid.UUID) int64 {
	t.Helper()
	at, err := w.store.StockOf(t.Context(), item)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range at {
		if s.Place.ID == place {
			return s.Stock
		}
	}
	return 0
}

func TestPlaces(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		market := w.place(t, " Market ")
		_, err := w.store.SavePlace(ctx, amihan, rewards.PlaceForm{Name: "MARKET", Active: true})
		wantError(t, "the same name", err, rewards.ErrPlaceExists)
		_, err = w.store.SavePlace(ctx, amihan, rewards.PlaceForm{ID: market, Name: "city OFFICE", Active: true})
		wantError(t, "renamed to a name in use", err, rewards.ErrPlaceExists)
		_, err = w.store.SavePlace(ctx, amihan, rewards.PlaceForm{ID: db.NewID(), Name: "Ghost"})
		wantError(t, "one that is not there", err, rewards.ErrPlaceNotFound)
		if _, err := w.store.SavePlace(ctx, amihan, rewards.PlaceForm{ID: rewards.DefaultPlace, Name: "City office"}); field(err, "active") == "" {
			t.Errorf("the default was closed: %v", err)
		}
		if _, err := w.store.SavePlace(ctx, amihan, rewards.PlaceForm{ID: rewards.DefaultPlace, Name: "Town hall", Active: true}); err != nil {
			t.Errorf("the default was not renamed: %v", err)
		}
		if _, err := w.store.SavePlace(ctx, amihan, rewards.PlaceForm{ID: market, Name: "Market", Active: true, Default: true}); err != nil {
			t.Fatal(err)
		}
		got, err := w.store.Places(ctx)
		if err != nil || len(got) != 2 || got[0].ID != market || !got[0].Default || got[1].Default || got[1].Name != "Town hall" {
			t.Errorf("%+v, %v", got, err)
		}
		rice := w.item(t, "Rice", 100, 7)
		if w.stockAt(t, rice, market) != 7 {
			t.Error("a new item's stock does not lie at the default place")
		}
		here, err := w.store.ItemsAt(ctx, uuid.Nil)
		if err != nil || len(here) != 1 || here[0].Stock != 7 {
			t.Errorf("%+v, %v", here, err)
		}
		there, err := w.store.ItemsAt(ctx, rewards.DefaultPlace)
		if err != nil || len(there) != 1 || there[0].Stock != 0 {
			t.Errorf("%+v, %v", there, err)
		}
	})
}

func TestTransfer(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx, rice, market := t.Context(), w.item(t, "Rice", 100, 10), w.place(t, "Market")
		carry := rewards.Transfer{RequestKey: "k", Item: rice, From: rewards.DefaultPlace, To: market, Quantity: 4, DocumentNo: "RIS-1"}
		for range 2 { // a double tap
			if err := w.store.Transfer(ctx, amihan, carry); err != nil {
				t.Fatal(err)
			}
		}
		if w.stockAt(t, rice, market) != 4 || w.stockAt(t, rice, rewards.DefaultPlace) != 6 || w.stock(t, rice) != 10 {
			t.Error("it was not carried once")
		}
		page, err := w.store.Moves(ctx, rewards.MoveFilter{Item: rice, Place: market})
		if err != nil || len(page.Rows) != 1 || page.Rows[0].Quantity != 4 || page.Rows[0].PlaceName != "Market" || page.Rows[0].DocumentNo != "RIS-1" {
			t.Errorf("%+v, %v", page.Rows, err)
		}
		back := rewards.Transfer{Item: rice, From: market, To: rewards.DefaultPlace, Quantity: 5}
		wantError(t, "more than there is", w.store.Transfer(ctx, amihan, back), rewards.ErrStockTooLow)
		back.Quantity, back.To = 1, market
		if err := w.store.Transfer(ctx, amihan, back); field(err, "to") == "" {
			t.Errorf("from a place to itself: %v", err)
		}
		w.award(t, w.juan, 1_000)
		q := w.request(w.juan, rice, 4)
		q.Place = market
		w.redeem(t, q)
		q = w.request(w.juan, rice, 1)
		q.Place = market
		_, err = w.store.Redeem(ctx, amihan, people.City, q)
		wantError(t, "an empty shelf beside a full one", err, rewards.ErrOutOfStock)
		w.books(t)
	})
}

// Transfers in both directions at once never wait for each other in a circle.
func TestTransfersBothWaysAtOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rice, market := w.item(t, "Rice", 100, 100), w.place(t, "Market")
		if err := w.store.Transfer(t.Context(), amihan, rewards.Transfer{Item: rice, From: rewards.DefaultPlace, To: market, Quantity: 50}); err != nil {
			t.Fatal(err)
		}
		each(64, func(i int) {
			c := rewards.Transfer{Item: rice, From: rewards.DefaultPlace, To: market, Quantity: 1}
			if i%2 == 0 {
				c.From, c.To = c.To, c.From
			}
			if err := w.store.Transfer(t.Context(), amihan, c); err != nil {
				t.Error(err)
			}
		})
		if w.stockAt(t, rice, market) != 50 {
			t.Errorf("%d at the market", w.stockAt(t, rice, market))
		}
		w.books(t)
	})
}

func TestCount(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx, rice, soap, oil := t.Context(), w.item(t, "Rice", 100, 10), w.item(t, "Soap", 100, 5), w.item(t, "Oil", 100, 3)
		line := func(item uuid.UUID, expected, counted int64) rewards.CountLine {
			return rewards.CountLine{Item: item, Expected: expected, Counted: counted}
		}
		sheet := rewards.CountSheet{RequestKey: "sheet", Lines: []rewards.CountLine{line(rice, 10, 8), line(soap, 5, 5), line(oil, 3, 4)}}
		for range 2 { // a double tap
			got, err := w.store.Count(ctx, amihan, sheet)
			if err != nil || len(got.Moves) != 2 || got.Same != 1 || got.Waiting != 0 || got.DocumentNo == "" {
				t.Fatalf("%+v, %v", got, err)
			}
		}
		if w.stock(t, rice) != 8 || w.stock(t, oil) != 4 {
			t.Error("the count was not taken once")
		}
		stale := line(rice, 10, 9)
		fine := line(soap, 5, 4)
		_, err := w.store.Count(ctx, amihan, rewards.CountSheet{Lines: []rewards.CountLine{stale, fine}})
		if field(err, stale.Field()) != "error.rewards.count_moved" || field(err, fine.Field()) != "" || w.stock(t, soap) != 5 {
			t.Errorf("stock that moved since: %v", err)
		}
		w.award(t, w.juan, 1_000)
		w.reserve(t, w.juan, soap, 3)
		few := line(soap, 5, 2)
		if _, err := w.store.Count(ctx, amihan, rewards.CountSheet{Lines: []rewards.CountLine{few}}); field(err, few.Field()) == "" {
			t.Errorf("fewer than reservations hold: %v", err)
		}
		none := line(soap, 5, -1)
		if _, err := w.store.Count(ctx, amihan, rewards.CountSheet{Lines: []rewards.CountLine{none}}); field(err, none.Field()) == "" {
			t.Errorf("less than nothing: %v", err)
		}
		if _, err := w.store.Count(ctx, amihan, rewards.CountSheet{Lines: []rewards.CountLine{fine, fine}}); field(err, fine.Field()) == "" {
			t.Errorf("twice on the sheet: %v", err)
		}
		if _, err := w.store.Count(ctx, amihan, rewards.CountSheet{}); field(err, "lines") == "" {
			t.Errorf("an empty sheet: %v", err)
		}
		w.books(t)
	})
}

func TestReturnGivesBackPointsAndGoods(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx, rice, soap := t.Context(), w.item(t, "Rice", 5_000, 10), w.item(t, "Soap", 2_000, 10)
		w.award(t, w.juan, 20_000)
		q := w.request(w.juan, rice, 2)
		q.Wants = append(q.Wants, rewards.Want{Item: soap, Quantity: 1})
		receipt := w.redeem(t, q)
		var given rewards.Redemption
		for _, d := range receipt.Redemptions {
			if d.ItemID == rice {
				given = d
			}
		}
		if _, err := w.store.Return(ctx, amihan, people.City, rewards.Returning{Redemption: given.ID, Reason: " "}); field(err, "reason") == "" {
			t.Errorf("without a reason: %v", err)
		}
		_, err := w.store.Return(ctx, berto, w.assign(t, berto, w.there), rewards.Returning{Redemption: given.ID, Reason: "x"})
		wantError(t, "out of reach", err, rewards.ErrNotRedeemed)
		out, err := w.store.Return(ctx, amihan, people.City, rewards.Returning{Redemption: given.ID, Reason: "wet sack"})
		if err != nil || out.Waiting || out.Move.Quantity != 2 || out.Move.Kind != rewards.Returned {
			t.Fatalf("%+v, %v", out, err)
		}
		_, err = w.store.Return(ctx, amihan, people.City, rewards.Returning{Redemption: given.ID, Reason: "again"})
		wantError(t, "again", err, rewards.ErrAlreadyReturned)
		if w.stock(t, rice) != 10 || w.stock(t, soap) != 9 || w.balance(t, w.juan) != 18_000 {
			t.Errorf("stock %d and %d, balance %s", w.stock(t, rice), w.stock(t, soap), w.balance(t, w.juan))
		}
		back, totals, err := w.store.Redemptions(ctx, people.City, rewards.RedemptionFilter{State: rewards.StateReturned})
		if err != nil || totals.Count != 1 || back.Rows[0].ReturnedAt == nil || back.Rows[0].ReturnedBy != amihan.Name || back.Rows[0].ReturnReason != "wet sack" {
			t.Errorf("%+v, %v", back.Rows, err)
		}
		if _, totals, err := w.store.Redemptions(ctx, people.City, rewards.RedemptionFilter{State: rewards.StateGiven, Receipt: receipt.ID}); err != nil || totals.Count != 1 {
			t.Errorf("%+v, %v", totals, err)
		}
		w.books(t)
	})
}

func TestReturnedOnceAmongMany(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rice := w.item(t, "Rice", 100, 10)
		w.award(t, w.juan, 1_000)
		given := w.redeem(t, w.request(w.juan, rice, 1)).Redemptions[0]
		var done atomic.Int64
		var all sync.WaitGroup
		for range 64 {
			all.Go(func() {
				_, err := w.store.Return(t.Context(), amihan, people.City, rewards.Returning{Redemption: given.ID, Reason: "race"})
				if err == nil {
					done.Add(1)
				} else if !errors.Is(err, rewards.ErrAlreadyReturned) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if done.Load() != 1 || w.stock(t, rice) != 10 || w.balance(t, w.juan) != 1_000 {
			t.Errorf("returned %d times; stock %d, balance %s", done.Load(), w.stock(t, rice), w.balance(t, w.juan))
		}
		w.books(t)
	})
}

func TestBigActsWaitForASecondPerson(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		approvals := approval.Open(w.db, func() time.Time { return w.now })
		w.store.TwoPersons(approvals)
		rice := w.item(t, "Rice", 100_000, 200)
		w.award(t, w.juan, 200_000)
		dear := w.request(w.juan, rice, 1)
		dear.Phone = true
		given := w.redeem(t, dear).Redemptions[0]
		out, err := w.store.Return(ctx, amihan, people.City, rewards.Returning{Redemption: given.ID, Reason: "wet sack"})
		if err != nil || !out.Waiting || w.balance(t, w.juan) != 100_000 {
			t.Fatalf("%+v, %v", out, err)
		}
		_, err = w.store.Return(ctx, amihan, people.City, rewards.Returning{Redemption: given.ID, Reason: "wet sack"})
		wantError(t, "asked twice", err, approval.ErrAlreadyAsked)
		adjust := rewards.StockChange{RequestKey: "a", Item: rice, Quantity: -100, Reason: "rats"}
		for range 2 { // a double tap
			if out, err = w.store.Adjust(ctx, amihan, adjust); err != nil || !out.Waiting {
				t.Fatalf("%+v, %v", out, err)
			}
		}
		if out, err := w.store.Adjust(ctx, amihan, rewards.StockChange{Item: rice, Quantity: -99, Reason: "rats"}); err != nil || out.Waiting {
			t.Errorf("a small one: %+v, %v", out, err)
		}
		counted, err := w.store.Count(ctx, amihan, rewards.CountSheet{Lines: []rewards.CountLine{{Item: rice, Expected: 100, Counted: 210}}})
		if err != nil || counted.Waiting != 1 || w.stock(t, rice) != 100 {
			t.Fatalf("%+v, %v", counted, err)
		}
		for _, unit := range []approval.Unit{approval.Points, approval.Items} {
			reach := approval.Reach{Unit: unit, Scope: people.City}
			waiting, err := approvals.Requests(ctx, reach, approval.Filter{State: approval.Waiting})
			if err != nil || len(waiting.Rows) == 0 {
				t.Fatalf("%s: %+v, %v", unit, waiting.Rows, err)
			}
			for _, r := range waiting.Rows {
				_, err := approvals.Agree(ctx, amihan, reach, r.ID, "")
				wantError(t, "one's own", err, approval.ErrOwnRequest)
				if len(r.Says) == 0 || r.Says[0].Key == "" {
					t.Errorf("%s says nothing", r.Kind)
				}
				if _, err := approvals.Agree(ctx, berto, reach, r.ID, "seen it"); err != nil {
					t.Errorf("%s: %v", r.Kind, err)
				}
			}
		}
		if w.stock(t, rice) != 100+1-100+110 || w.balance(t, w.juan) != 200_000 {
			t.Errorf("stock %d, balance %s", w.stock(t, rice), w.balance(t, w.juan))
		}
		w.books(t)
	})
}

func TestProofIsNeededAndSpent(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx, store, resident := t.Context(), rewards.New(d, w.Notify, w.Clock.Now), w.Resident(t, w.Barangays[0])
		w.Give(t, resident, 200_000)
		rice, err := store.SaveItem(ctx, w.Actor(w.Admin), rewards.ItemForm{Name: "Rice", Price: 10_000, Active: true, Stock: 50})
		if err != nil {
			t.Fatal(err)
		}
		ask := func(key, by string, quantity int64, proof uuid.UUID) (rewards.Receipt, error) {
			return store.Redeem(ctx, w.Actor(w.Manager), people.City, rewards.Request{RequestKey: key, Resident: resident.ID,
				Wants: []rewards.Want{{Item: rice, Quantity: quantity}}, IdentifiedBy: by, Proof: proof})
		}
		for _, by := range []string{"legacy_card", "search", "username", "family_code"} {
			_, err := ask(by, by, 1, uuid.Nil)
			wantError(t, by, err, rewards.ErrProofNeeded)
		}
		_, err = ask("dear", "card", 6, uuid.Nil)
		wantError(t, "above the limit", err, rewards.ErrProofNeeded)
		if got, err := ask("limit", "card", 5, uuid.Nil); err != nil || got.Proof != "" {
			t.Errorf("at the limit: %+v, %v", got, err)
		}
		_, err = ask("invented", "search", 1, db.NewID())
		wantError(t, "an invented proof", err, people.ErrProofInvalid)
		code, err := w.People.LiveOf(ctx, resident.ID)
		if err != nil {
			t.Fatal(err)
		}
		proof, err := w.People.Prove(ctx, w.Actor(w.Manager), people.City, people.Proving{RequestKey: "p", Resident: resident.ID, Text: code.Digits})
		if err != nil {
			t.Fatal(err)
		}
		got, err := ask("proved", "search", 1, proof.ID)
		if err != nil || got.Proof != "live" {
			t.Fatalf("%+v, %v", got, err)
		}
		if again, err := ask("proved", "search", 1, proof.ID); err != nil || !again.Replayed || again.Proof != "live" {
			t.Errorf("the repeat: %+v, %v", again, err)
		}
		_, err = ask("another", "search", 1, proof.ID)
		wantError(t, "a proof twice", err, people.ErrProofInvalid)
	})
}

func TestLowStockIsToldOncePerCrossing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.store.Telling(func(context.Context, db.Q) ([]uuid.UUID, error) { return []uuid.UUID{amihan.ID, berto.ID}, nil })
		rice, err := w.store.SaveItem(ctx, amihan, rewards.ItemForm{Name: "Rice", Price: 100, Active: true, Stock: 10, ReorderPoint: 5})
		if err != nil {
			t.Fatal(err)
		}
		w.award(t, w.juan, 10_000)
		told := func() int {
			var n int
			if err := w.db.QueryRowContext(ctx, `SELECT count(*) FROM notify_notice WHERE type = 'low_stock'`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		for i, step := range []struct {
			act  func() error
			want int
		}{
			{func() error { w.redeem(t, w.request(w.juan, rice, 4)); return nil }, 0}, // 6 left
			{func() error { w.reserve(t, w.juan, rice, 1); return nil }, 2},           // 5 left
			{func() error { w.redeem(t, w.request(w.juan, rice, 1)); return nil }, 2}, // 4 left
			{func() error {
				_, err := w.store.Receive(ctx, amihan, rewards.StockChange{Item: rice, Quantity: 5})
				return err
			}, 2}, // 9 left
			{func() error {
				_, err := w.store.Adjust(ctx, amihan, rewards.StockChange{Item: rice, Quantity: -6, Reason: "rats"})
				return err
			}, 4}, // 3 left
		} {
			if err := step.act(); err != nil || told() != step.want {
				t.Errorf("step %d: %d told, want %d, %v", i, told(), step.want, err)
			}
		}
	})
}

func TestSetPictureReplacesTheOneBefore(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx, store := t.Context(), rewards.New(d, w.Notify, w.Clock.Now).Keeping(w.Files)
		rice, err := store.SaveItem(ctx, w.Actor(w.Admin), rewards.ItemForm{Name: "Rice", Price: 100, Active: true})
		if err != nil {
			t.Fatal(err)
		}
		var drawn bytes.Buffer
		if err := png.Encode(&drawn, image.NewRGBA(image.Rect(0, 0, 1500, 900))); err != nil {
			t.Fatal(err)
		}
		set := func(item uuid.UUID, content []byte) error {
			return store.SetPicture(ctx, w.Actor(w.Admin), item, files.Upload{Name: "rice.png", Content: bytes.NewReader(content)})
		}
		kept := func() (n int) {
			if err := d.QueryRowContext(ctx, `SELECT count(*) FROM files_file WHERE kind = 'reward_picture' AND access = 'public' AND deleted_at IS NULL`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		var before rewards.Item
		for range 2 {
			if err := set(rice, drawn.Bytes()); err != nil {
				t.Fatal(err)
			}
			now, err := store.ItemByID(ctx, rice)
			if err != nil || !now.PictureID.Valid || !now.ThumbnailID.Valid || now.PictureID == now.ThumbnailID || now.PictureID == before.PictureID {
				t.Errorf("%+v, %v", now, err)
			}
			if before = now; kept() != 2 {
				t.Errorf("%d files are kept, want 2", kept())
			}
		}
		wantError(t, "of no item", set(db.NewID(), drawn.Bytes()), rewards.ErrItemNotFound)
		if err := set(rice, []byte("<svg xmlns='http://www.w3.org/2000/svg'/>")); errs.KindOf(err) != errs.Invalid {
			t.Errorf("not a picture: %v", err)
		}
		if now, err := store.ItemByID(ctx, rice); err != nil || now.PictureID != before.PictureID || kept() != 2 {
			t.Errorf("%+v, %v", now, err)
		}
	})
}

// A cart that is too dear is refused with what all of it costs.
func TestACartIsOneAct(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rice, soap := w.item(t, "Rice", 5_000, 10), w.item(t, "Soap", 2_000, 1)
		w.award(t, w.juan, 6_000)
		q := w.request(w.juan, rice, 1)
		q.Wants = append(q.Wants, rewards.Want{Item: soap, Quantity: 1})
		_, err := w.store.Redeem(t.Context(), amihan, people.City, q)
		wantError(t, "too dear together", err, ledger.ErrInsufficientPoints)
		if e, _ := errs.As(err); e.Text.Args["Needed"] != "70" || e.Text.Args["Available"] != "60" {
			t.Errorf("the message says %v", e.Text.Args)
		}
		w.award(t, w.juan, 94_000)
		q.Wants[1].Quantity = 2
		_, err = w.store.Redeem(t.Context(), amihan, people.City, q)
		wantError(t, "one of them is not there", err, rewards.ErrOutOfStock)
		if w.stock(t, rice) != 10 || w.balance(t, w.juan) != 100_000 || w.rows(t, "rewards_receipt") != 0 {
			t.Error("half of a cart was handed out")
		}
		w.books(t)
	})
}
