package rewards_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"ekolek/internal/collection"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
	"ekolek/internal/testkit"
)

// town is what the property plays on: three residents in two families, two materials,
// two rewards; and beside it what each of them must have by plain arithmetic.
type town struct {
	*testkit.World
	book  *collection.Service
	store *rewards.Service

	residents []people.Resident
	materials []uuid.UUID
	rates     []ledger.Rate
	items     []uuid.UUID
	prices    []ledger.Points
	places    []uuid.UUID

	balances []ledger.Points
	held     []ledger.Points
	stock    [][]int64        // of an item at a place
	kept     [][]int64        // of that, for reservations
	waiting  []kept           // reservations that are open
	given    []given          // redemptions that stand
	paid     []payment        // weigh-ins not voided
	sent     map[string]reply // accepted requests, for repeats
	weighed  int
	redeemed int
	keys     int
}

type payment struct {
	id       uuid.UUID
	resident int
	points   ledger.Points
}

// kept is a reservation, and given a redemption, in the town's numbers.
type kept struct {
	id                    uuid.UUID
	resident, item, place int
	quantity              int64
	points                ledger.Points
	until                 time.Time
}

type given struct {
	id                    uuid.UUID
	resident, item, place int
	quantity              int64
	points                ledger.Points
}

// reply is an accepted request and its answer.
type reply struct {
	entry   *collection.Entry
	request *rewards.Request
	id      uuid.UUID
	balance ledger.Points // a weigh-in that paid nothing tells the balance of the moment
	unpaid  bool
}

func newTown(t *testing.T, d *db.DB) *town {
	t.Helper()
	w := &town{World: testkit.NewWorld(t, d), rates: []ledger.Rate{333, 1_250}, prices: []ledger.Points{1_500, 7_050},
		balances: make([]ledger.Points, 3), held: make([]ledger.Points, 3), stock: [][]int64{{4, 0}, {2, 0}}, kept: [][]int64{{0, 0}, {0, 0}},
		places: []uuid.UUID{rewards.DefaultPlace}, sent: map[string]reply{}}
	w.book, w.store = collection.New(d, w.Notify, w.Clock.Now), rewards.New(d, w.Notify, w.Clock.Now)
	market, err := w.store.SavePlace(t.Context(), w.Actor(w.Admin), rewards.PlaceForm{Name: "Market", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	w.places = append(w.places, market)
	first := w.Resident(t, w.Barangays[0])
	w.residents = []people.Resident{first, w.Member(t, first), w.Resident(t, w.Barangays[1])}
	for i, rate := range w.rates {
		id, err := w.book.SaveType(t.Context(), w.Actor(w.Admin), collection.TypeForm{Name: fmt.Sprint("material ", i), Class: collection.Recyclable, Active: true, Rate: rate})
		if err != nil {
			t.Fatal(err)
		}
		w.materials = append(w.materials, id)
	}
	for i, price := range w.prices {
		id, err := w.store.SaveItem(t.Context(), w.Actor(w.Admin), rewards.ItemForm{Name: fmt.Sprint("item ", i), Price: price, Active: true, Stock: w.stock[i][0]})
		if err != nil {
			t.Fatal(err)
		}
		w.items = append(w.items, id)
	}
	return w
}

func (w *town) key() string {
	w.keys++
	return fmt.Sprint("key ", w.keys)
}

// weigh records a weigh-in, sometimes a forbidden one.
func (w *town) weigh(t *rapid.T) {
	who, what := rapid.IntRange(0, 2).Draw(t, "resident"), rapid.IntRange(0, 1).Draw(t, "material")
	gross, tare := rapid.Int64Range(-1, 30_000).Draw(t, "gross"), rapid.Int64Range(0, 500).Draw(t, "tare")
	e := collection.Entry{RequestKey: w.key(), Resident: w.residents[who].ID, IdentifiedBy: "card",
		Lines: []collection.EntryLine{{Type: w.materials[what], Gross: ledger.Grams(gross), Tare: ledger.Grams(tare)}}}
	got, err := w.book.Record(context.Background(), w.Actor(w.Admin), people.City, e)
	if gross < 1 || tare >= gross {
		if err == nil {
			t.Fatalf("%d g with %d g tare was accepted", gross, tare)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	points := ledger.Points(((gross-tare)*int64(w.rates[what]) + 500) / 1000)
	w.balances[who] += points
	w.weighed++
	w.paid = append(w.paid, payment{got.ID, who, points})
	w.sent[e.RequestKey] = reply{entry: &e, id: got.ID, balance: got.Balance, unpaid: points == 0}
	if got.Points != points || got.Balance != w.balances[who] {
		t.Fatalf("paid %s, balance %s; want %s, %s", got.Points, got.Balance, points, w.balances[who])
	}
}

func (w *town) free(resident int) ledger.Points { return w.balances[resident] - w.held[resident] }

func (w *town) shelf(item, place int) int64 { return w.stock[item][place] - w.kept[item][place] }

// redeem asks for a reward that may be too dear, or not there.
func (w *town) redeem(t *rapid.T) {
	who, what, where := rapid.IntRange(0, 2).Draw(t, "resident"), rapid.IntRange(0, 1).Draw(t, "item"), rapid.IntRange(0, 1).Draw(t, "place")
	quantity := rapid.Int64Range(1, 3).Draw(t, "quantity")
	r := rewards.Request{RequestKey: w.key(), Resident: w.residents[who].ID, Place: w.places[where], Wants: []rewards.Want{{Item: w.items[what], Quantity: quantity}}}
	got, err := w.store.Redeem(context.Background(), w.Actor(w.Admin), people.City, r)
	cost := w.prices[what] * ledger.Points(quantity)
	switch {
	case w.free(who) < cost:
		if !errors.Is(err, ledger.ErrInsufficientPoints) {
			t.Fatalf("%s points for %s: %v", w.free(who), cost, err)
		}
		return
	case w.shelf(what, where) < quantity:
		if !errors.Is(err, rewards.ErrOutOfStock) {
			t.Fatalf("%d of %d on the shelf: %v", quantity, w.shelf(what, where), err)
		}
		return
	case err != nil:
		t.Fatal(err)
	}
	w.give(given{got.Redemptions[0].ID, who, what, where, quantity, cost})
	w.sent[r.RequestKey] = reply{request: &r, id: got.ID, balance: got.Balance}
	if got.Balance != w.balances[who] {
		t.Fatalf("balance %s, want %s", got.Balance, w.balances[who])
	}
}

// give notes what was handed out.
func (w *town) give(g given) {
	w.balances[g.resident] -= g.points
	w.stock[g.item][g.place] -= g.quantity
	w.given = append(w.given, g)
	w.redeemed++
}

// reserve asks for one that may be too dear, not there, or one too many.
func (w *town) reserve(t *rapid.T) {
	who, what, where := rapid.IntRange(0, 2).Draw(t, "resident"), rapid.IntRange(0, 1).Draw(t, "item"), rapid.IntRange(0, 1).Draw(t, "place")
	k := kept{resident: who, item: what, place: where, quantity: rapid.Int64Range(1, 2).Draw(t, "quantity"), until: w.Clock.Now().Add(rewards.DefaultRules.ReservationLife)}
	k.points = w.prices[what] * ledger.Points(k.quantity)
	open := 0
	for _, o := range w.waiting {
		if o.resident == who && o.until.After(w.Clock.Now()) {
			open++
		}
	}
	got, err := w.store.Reserve(context.Background(), w.Actor(w.Admin), rewards.Reserving{RequestKey: w.key(), Resident: w.residents[who].ID, Item: w.items[what], Place: w.places[where], Quantity: k.quantity})
	var want error
	switch {
	case w.free(who) < k.points:
		want = ledger.ErrInsufficientPoints
	case open >= rewards.DefaultRules.ReservationsMax:
		want = rewards.ErrTooManyReservations
	case w.shelf(what, where) < k.quantity:
		want = rewards.ErrOutOfStock
	}
	if !errors.Is(err, want) {
		t.Fatalf("%s points for %s, %d of %d on the shelf, %d open: %v", w.free(who), k.points, k.quantity, w.shelf(what, where), open, err)
	}
	if err != nil {
		return
	}
	k.id = got.ID
	w.held[who] += k.points
	w.kept[what][where] += k.quantity
	w.waiting = append(w.waiting, k)
}

// let ends a reservation: it holds nothing any more.
func (w *town) let(i int) kept {
	k := w.waiting[i]
	w.waiting = slices.Delete(w.waiting, i, i+1)
	w.held[k.resident] -= k.points
	w.kept[k.item][k.place] -= k.quantity
	return k
}

// claim fetches a reservation, which may have had its time.
func (w *town) claim(t *rapid.T) {
	if len(w.waiting) == 0 {
		t.Skip("nothing is reserved")
	}
	i := rapid.IntRange(0, len(w.waiting)-1).Draw(t, "reservation")
	k := w.waiting[i]
	r := rewards.Request{RequestKey: w.key(), Resident: w.residents[k.resident].ID, Reservations: []uuid.UUID{k.id}}
	got, err := w.store.Redeem(context.Background(), w.Actor(w.Admin), people.City, r)
	if !k.until.After(w.Clock.Now()) {
		if !errors.Is(err, rewards.ErrReservationClosed) {
			t.Fatalf("claimed past its time: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	w.let(i)
	w.give(given{k.id, k.resident, k.item, k.place, k.quantity, k.points})
	w.sent[r.RequestKey] = reply{request: &r, id: got.ID, balance: got.Balance}
	if got.Balance != w.balances[k.resident] {
		t.Fatalf("balance %s, want %s", got.Balance, w.balances[k.resident])
	}
}

func (w *town) cancel(t *rapid.T) {
	if len(w.waiting) == 0 {
		t.Skip("nothing is reserved")
	}
	i := rapid.IntRange(0, len(w.waiting)-1).Draw(t, "reservation")
	k := w.let(i)
	for range 2 { // a double tap
		if err := w.store.CancelOwn(context.Background(), w.Actor(w.Admin), w.residents[k.resident].ID, k.id); err != nil {
			t.Fatal(err)
		}
	}
}

// expire lets some days go by, and ends what had its time.
func (w *town) expire(t *rapid.T) {
	w.Clock.Advance(time.Duration(rapid.IntRange(1, 80).Draw(t, "hours")) * time.Hour)
	if rapid.Bool().Draw(t, "later") {
		return // the job has not run yet
	}
	if err := w.store.Expire(context.Background()); err != nil {
		t.Fatal(err)
	}
	for i := len(w.waiting) - 1; i >= 0; i-- {
		if !w.waiting[i].until.After(w.Clock.Now()) {
			w.let(i)
		}
	}
}

// takeBack returns a redemption; a second time is refused.
func (w *town) takeBack(t *rapid.T) {
	if len(w.given) == 0 {
		t.Skip("nothing was handed out")
	}
	i := rapid.IntRange(0, len(w.given)-1).Draw(t, "redemption")
	g := w.given[i]
	w.given = slices.Delete(w.given, i, i+1)
	for _, want := range []error{nil, rewards.ErrAlreadyReturned} {
		if _, err := w.store.Return(context.Background(), w.Actor(w.Admin), people.City, rewards.Returning{Redemption: g.id, Reason: "test"}); !errors.Is(err, want) {
			t.Fatalf("returned: %v, want %v", err, want)
		}
	}
	w.balances[g.resident] += g.points
	w.stock[g.item][g.place] += g.quantity
}

// carry moves goods from one place to the other, sometimes more than there are.
func (w *town) carry(t *rapid.T) {
	what, from, quantity := rapid.IntRange(0, 1).Draw(t, "item"), rapid.IntRange(0, 1).Draw(t, "from"), rapid.Int64Range(1, 3).Draw(t, "quantity")
	err := w.store.Transfer(context.Background(), w.Actor(w.Admin), rewards.Transfer{RequestKey: w.key(), Item: w.items[what], From: w.places[from], To: w.places[1-from], Quantity: quantity})
	if w.shelf(what, from) < quantity {
		if !errors.Is(err, rewards.ErrStockTooLow) {
			t.Fatalf("carried %d of %d: %v", quantity, w.shelf(what, from), err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	w.stock[what][from] -= quantity
	w.stock[what][1-from] += quantity
}

// void takes a weigh-in back, which is refused when the points are spent.
func (w *town) void(t *rapid.T) {
	if len(w.paid) == 0 {
		t.Skip("nothing to void")
	}
	i := rapid.IntRange(0, len(w.paid)-1).Draw(t, "weigh-in")
	p := w.paid[i]
	_, err := w.book.Void(context.Background(), w.Actor(w.Admin), people.City, p.id, "test")
	if p.points > w.free(p.resident) {
		if !errors.Is(err, collection.ErrVoidSpent) {
			t.Fatalf("voiding %s of %s points: %v", p.points, w.free(p.resident), err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	w.balances[p.resident] -= p.points
	w.paid = append(w.paid[:i], w.paid[i+1:]...)
}

// move receives goods, or takes off more than there may be.
func (w *town) move(t *rapid.T) {
	what, where, quantity := rapid.IntRange(0, 1).Draw(t, "item"), rapid.IntRange(0, 1).Draw(t, "place"), rapid.Int64Range(-4, 4).Draw(t, "quantity")
	_, err := w.store.Adjust(context.Background(), w.Actor(w.Admin), rewards.StockChange{Item: w.items[what], Place: w.places[where], Quantity: quantity, Reason: "test"})
	if refused := quantity == 0 || w.shelf(what, where)+quantity < 0; refused != (err != nil) {
		t.Fatalf("%+d to %d: %v", quantity, w.shelf(what, where), err)
	}
	if err == nil {
		w.stock[what][where] += quantity
	}
}

// repeat sends an accepted request again: the same answer, and no second effect.
func (w *town) repeat(t *rapid.T) {
	if w.keys == 0 {
		t.Skip("nothing was sent")
	}
	first, ok := w.sent[fmt.Sprint("key ", rapid.IntRange(1, w.keys).Draw(t, "key"))]
	if !ok {
		t.Skip("it was refused")
	}
	if first.entry != nil {
		got, err := w.book.Record(context.Background(), w.Actor(w.Admin), people.City, *first.entry)
		if err != nil || !got.Replayed || got.ID != first.id || (got.Balance != first.balance && !first.unpaid) {
			t.Fatalf("the repeat of a weigh-in: %+v, %v", got, err)
		}
		return
	}
	got, err := w.store.Redeem(context.Background(), w.Actor(w.Admin), people.City, *first.request)
	if err != nil || !got.Replayed || got.ID != first.id || got.Balance != first.balance {
		t.Fatalf("the repeat of a redemption: %+v, %v", got, err)
	}
}

// check compares balances and stock with plain arithmetic, after every act.
func (w *town) check(t *rapid.T) {
	ctx := context.Background()
	ids := make([]uuid.UUID, len(w.residents))
	for i, r := range w.residents {
		ids[i] = r.ID
	}
	balances, err := ledger.Balances(ctx, w.DB, ids)
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range ids {
		if got := balances[id]; got.Posted != w.balances[i] || got.Held != w.held[i] || got.Available() < 0 {
			t.Fatalf("resident %d has %+v, want %s, of which %s are held", i, got, w.balances[i], w.held[i])
		}
	}
	for p, place := range w.places {
		items, err := w.store.ItemsAt(ctx, place) // by name, so in the town's order
		if err != nil {
			t.Fatal(err)
		}
		for i, item := range items {
			if item.Stock != w.stock[i][p] || item.Held != w.kept[i][p] {
				t.Fatalf("item %d at place %d: stock %d, held %d, want %d, %d", i, p, item.Stock, item.Held, w.stock[i][p], w.kept[i][p])
			}
		}
	}
}

// audit compares the books with plain arithmetic and with themselves, after every
// sequence.
func (w *town) audit(t *rapid.T) {
	ctx := context.Background()
	family, err := w.People.FamilySummary(ctx, w.residents[0].ID)
	if err != nil || family.Total != w.balances[0]+w.balances[1] {
		t.Fatalf("the family has %s, %v; its members %s and %s", family.Total, err, w.balances[0], w.balances[1])
	}
	_, weighed, err := w.book.WeighIns(ctx, people.City, collection.Filter{Limit: 1})
	if err != nil || weighed.Count+weighed.Voided != int64(w.weighed) || weighed.Count != int64(len(w.paid)) {
		t.Fatalf("weigh-ins %+v, %v; accepted %d, standing %d", weighed, err, w.weighed, len(w.paid))
	}
	_, redeemed, err := w.store.Redemptions(ctx, people.City, rewards.RedemptionFilter{Limit: 1})
	if err != nil || redeemed.Count != int64(w.redeemed) {
		t.Fatalf("redemptions %+v, %v; accepted %d", redeemed, err, w.redeemed)
	}
	if stock, err := rewards.VerifyStock(ctx, w.DB); err != nil || !stock.OK() {
		t.Fatalf("stock book: %s, %v", stock.Wrong, err)
	}
	if books, err := ledger.Verify(ctx, w.DB); err != nil || !books.OK() {
		t.Fatalf("ledger: %+v, %v", books.Finding, err)
	}
}

// The invariants of the ledger's design hold for any sequence of weigh-ins,
// redemptions, reservations and their ends, returns, voids, stock changes, transfers and
// repeats, accepted or refused. One town serves
// all sequences of an engine: each begins where the one before ended.
func TestBooksBalanceWhateverHappens(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		rapid.Check(t, func(r *rapid.T) {
			r.Repeat(map[string]func(*rapid.T){
				"weigh": w.weigh, "redeem": w.redeem, "void": w.void, "move": w.move, "repeat": w.repeat, "": w.check,
				"reserve": w.reserve, "claim": w.claim, "cancel": w.cancel, "expire": w.expire, "return": w.takeBack, "carry": w.carry,
			})
			w.audit(r)
		})
	})
}
