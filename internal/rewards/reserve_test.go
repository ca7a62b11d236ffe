package rewards_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
)

// asks is a reservation under a new key.
func (w *world) asks(r people.Resident, item uuid.UUID, quantity int64) rewards.Reserving {
	w.keys++
	return rewards.Reserving{RequestKey: fmt.Sprintf("key-%d", w.keys), Resident: r.ID, Item: item, Quantity: quantity}
}

func self(r people.Resident) audit.Actor {
	return audit.Actor{Kind: audit.Resident, ID: r.ID, Name: r.FullName}
}

func (w *world) reserve(t *testing.T, r people.Resident, item uuid.UUID, quantity int64) rewards.Reservation {
	t.Helper()
	v, err := w.store.Reserve(t.Context(), self(r), w.asks(r, item, quantity))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// claim is a redemption of reservations under a new key.
func (w *world) claim(r people.Resident, reservations ...rewards.Reservation) rewards.Request {
	w.keys++
	q := rewards.Request{RequestKey: fmt.Sprintf("key-%d", w.keys), Resident: r.ID, IdentifiedBy: "card"}
	for _, v := range reservations {
		q.Reservations = append(q.Reservations, v.ID)
	}
	return q
}

// wantHeld compares what a resident and an item have set aside.
func (w *world) wantHeld(t *testing.T, r people.Resident, item uuid.UUID, points ledger.Points, stock int64) {
	t.Helper()
	b, err := ledger.BalanceOf(t.Context(), w.db, r.ID)
	if err != nil || b.Held != points {
		t.Errorf("points held %s, %v; want %s", b.Held, err, points)
	}
	i, err := w.store.ItemByID(t.Context(), item)
	if err != nil || i.Held != stock {
		t.Errorf("stock held %d, %v; want %d", i.Held, err, stock)
	}
}

func TestReserveHoldsAndCancelGivesBack(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx, rice := t.Context(), w.item(t, "Rice", 5_000, 5)
		w.award(t, w.juan, 20_000)
		v := w.reserve(t, w.juan, rice, 2)
		if v.Points != 10_000 || v.State != rewards.Open || !v.ExpiresAt.Equal(monday.AddDate(0, 0, 3)) || v.PlaceName == "" || len(v.Code) != 8 {
			t.Errorf("%+v", v)
		}
		w.wantHeld(t, w.juan, rice, 10_000, 2)
		w.books(t)
		for _, text := range []string{v.QR(), v.TypedCode(), " " + v.Code + " "} {
			if got, err := w.store.ReservationByCode(ctx, people.City, text); err != nil || got.ID != v.ID {
				t.Errorf("%q: %v", text, err)
			}
		}
		_, err := w.store.ReservationByCode(ctx, people.City, "EKR.00000001")
		wantError(t, "a wrong code", err, rewards.ErrReservationNotFound)
		_, err = w.store.ReservationByCode(ctx, w.assign(t, berto, w.there), v.Code)
		wantError(t, "out of reach", err, rewards.ErrReservationNotFound)
		wantError(t, "another's", w.store.CancelOwn(ctx, self(w.maria), w.maria.ID, v.ID), rewards.ErrReservationNotFound)
		w.wantHeld(t, w.juan, rice, 10_000, 2)
		for range 2 { // a double tap
			if err := w.store.CancelOwn(ctx, self(w.juan), w.juan.ID, v.ID); err != nil {
				t.Fatal(err)
			}
		}
		w.wantHeld(t, w.juan, rice, 0, 0)
		_, err = w.store.Redeem(ctx, amihan, people.City, w.claim(w.juan, v))
		wantError(t, "claimed after all", err, rewards.ErrReservationClosed)
		w.books(t)
	})
}

func TestReserveRefusesWithoutATrace(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx, rice := t.Context(), w.item(t, "Rice", 5_000, 2)
		w.award(t, w.juan, 12_000)
		if _, err := w.people.Suspend(ctx, amihan, people.City, w.maria.ID, "test"); err != nil {
			t.Fatal(err)
		}
		closed, err := w.store.SavePlace(ctx, amihan, rewards.PlaceForm{Name: "Old market"})
		if err != nil {
			t.Fatal(err)
		}
		before := w.rows(t, "audit_event")
		at := func(r rewards.Reserving, place uuid.UUID) rewards.Reserving { r.Place = place; return r }
		for name, c := range map[string]struct {
			ask  rewards.Reserving
			want error
		}{
			"too dear":        {w.asks(w.juan, rice, 3), ledger.ErrInsufficientPoints},
			"not active":      {w.asks(w.maria, rice, 1), rewards.ErrResidentNotActive},
			"no item":         {w.asks(w.juan, db.NewID(), 1), rewards.ErrItemNotFound},
			"no place":        {at(w.asks(w.juan, rice, 1), db.NewID()), rewards.ErrPlaceNotFound},
			"a closed place":  {at(w.asks(w.juan, rice, 1), closed), rewards.ErrPlaceNotActive},
			"nobody":          {w.asks(people.Resident{ID: db.NewID()}, rice, 1), people.ErrResidentNotFound},
			"none":            {w.asks(w.juan, rice, 0), errs.NewField("quantity", "")},
			"without its key": {rewards.Reserving{Resident: w.juan.ID, Item: rice, Quantity: 1}, errs.NewField("request_key", "")},
		} {
			_, err := w.store.Reserve(ctx, self(w.juan), c.ask)
			wantError(t, name, err, c.want)
		}
		w.award(t, w.juan, 100_000)
		_, err = w.store.Reserve(ctx, self(w.juan), w.asks(w.juan, rice, 3))
		wantError(t, "out of stock", err, rewards.ErrOutOfStock)
		if w.rows(t, "rewards_reservation") != 0 || w.rows(t, "audit_event") != before {
			t.Error("a refusal left a trace")
		}
		w.wantHeld(t, w.juan, rice, 0, 0)
		w.books(t)
	})
}

func TestOnlySoManyReservationsEvenAtOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rice := w.item(t, "Rice", 100, 1_000)
		w.award(t, w.juan, 100_000)
		asks := make([]rewards.Reserving, 32)
		for i := range asks {
			asks[i] = w.asks(w.juan, rice, 1)
		}
		var done atomic.Int64
		var all sync.WaitGroup
		for _, ask := range asks {
			all.Go(func() {
				_, err := w.store.Reserve(t.Context(), self(w.juan), ask)
				if err == nil {
					done.Add(1)
				} else if !errors.Is(err, rewards.ErrTooManyReservations) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if done.Load() != 5 {
			t.Errorf("%d reservations are open, want 5", done.Load())
		}
		w.wantHeld(t, w.juan, rice, 500, 5)
		w.books(t)
	})
}

func TestDoubleTapReservesOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rice := w.item(t, "Rice", 100, 1_000)
		w.award(t, w.juan, 100_000)
		ask := w.asks(w.juan, rice, 1)
		var fresh atomic.Int64
		var all sync.WaitGroup
		for range 64 {
			all.Go(func() {
				v, err := w.store.Reserve(t.Context(), self(w.juan), ask)
				if err != nil {
					t.Error(err)
				} else if !v.Replayed {
					fresh.Add(1)
				}
			})
		}
		all.Wait()
		if fresh.Load() != 1 {
			t.Errorf("reserved %d times", fresh.Load())
		}
		ask.Quantity = 2
		_, err := w.store.Reserve(t.Context(), self(w.juan), ask)
		wantError(t, "another request under the key", err, db.ErrKeyReused)
		w.wantHeld(t, w.juan, rice, 100, 1)
		w.books(t)
	})
}

func TestClaimHandsOutWhatWasReserved(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx, rice, soap := t.Context(), w.item(t, "Rice", 5_000, 5), w.item(t, "Soap", 2_000, 5)
		w.award(t, w.juan, 20_000)
		v := w.reserve(t, w.juan, rice, 2)
		if _, err := w.store.SaveItem(ctx, amihan, rewards.ItemForm{ID: rice, Name: "Rice", Price: 9_000}); err != nil { // dearer and hidden since
			t.Fatal(err)
		}
		_, err := w.store.Redeem(ctx, amihan, people.City, w.claim(w.maria, v))
		wantError(t, "by another resident", err, rewards.ErrReservationNotFound)
		market, err := w.store.SavePlace(ctx, amihan, rewards.PlaceForm{Name: "Market", Active: true})
		if err != nil {
			t.Fatal(err)
		}
		there := w.claim(w.juan, v)
		there.Place = market
		_, err = w.store.Redeem(ctx, amihan, people.City, there)
		wantError(t, "at another place", err, rewards.ErrReservedElsewhere)
		q := w.claim(w.juan, v)
		q.Wants = []rewards.Want{{Item: soap, Quantity: 1}, {Item: soap, Quantity: 2}}
		got := w.redeem(t, q)
		if got.Points != 16_000 || got.Balance != 4_000 || len(got.Redemptions) != 2 || got.PlaceName == "" {
			t.Errorf("%+v", got)
		}
		if again := w.redeem(t, q); !again.Replayed || again.ID != got.ID || again.Balance != 4_000 || len(again.Redemptions) != 2 {
			t.Errorf("again: %+v", again)
		}
		closed, err := w.store.ReservationOf(ctx, w.juan.ID, v.ID)
		if err != nil || closed.State != rewards.Claimed || closed.ClosedBy != amihan.Name || closed.ClosedAt == nil {
			t.Errorf("%+v, %v", closed, err)
		}
		if given, err := w.store.RedemptionByID(ctx, people.City, v.ID); err != nil || given.Points != 10_000 || given.Reference != got.Reference {
			t.Errorf("%+v, %v", given, err)
		}
		w.wantHeld(t, w.juan, rice, 0, 0)
		if w.stock(t, rice) != 3 || w.stock(t, soap) != 2 {
			t.Errorf("stock %d and %d", w.stock(t, rice), w.stock(t, soap))
		}
		_, err = w.store.Redeem(ctx, amihan, people.City, w.claim(w.juan, v))
		wantError(t, "twice", err, rewards.ErrReservationClosed)
		_, err = w.store.ReceiptOf(ctx, w.maria.ID, got.ID)
		wantError(t, "another's receipt", err, rewards.ErrReceiptNotFound)
		w.books(t)
	})
}

func TestExpireGivesBackAndTells(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rice := w.item(t, "Rice", 100, 10)
		w.award(t, w.juan, 1_000)
		old := w.reserve(t, w.juan, rice, 2)
		w.now = monday.AddDate(0, 0, 1)
		young := w.reserve(t, w.juan, rice, 1)
		told := w.rows(t, "notify_notice")
		w.now = monday.AddDate(0, 0, 3)
		_, err := w.store.Redeem(t.Context(), amihan, people.City, w.claim(w.juan, old))
		wantError(t, "past its time", err, rewards.ErrReservationClosed)
		for range 2 {
			if err := w.store.Expire(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		w.wantHeld(t, w.juan, rice, 100, 1)
		if n := w.rows(t, "notify_notice") - told; n != 1 {
			t.Errorf("%d notices", n)
		}
		page, err := w.store.Reservations(t.Context(), people.City, rewards.ReservationFilter{State: rewards.Open})
		if err != nil || len(page.Rows) != 1 || page.Rows[0].ID != young.ID {
			t.Errorf("%+v, %v", page.Rows, err)
		}
		if err := w.store.Cancel(t.Context(), amihan, people.City, young.ID, " "); field(err, "reason") == "" {
			t.Errorf("without a reason: %v", err)
		}
		wantError(t, "out of reach", w.store.Cancel(t.Context(), berto, w.assign(t, berto, w.there), young.ID, "x"), rewards.ErrReservationNotFound)
		if err := w.store.Cancel(t.Context(), amihan, people.City, young.ID, "rats"); err != nil {
			t.Fatal(err)
		}
		wantError(t, "again", w.store.Cancel(t.Context(), amihan, people.City, young.ID, "rats"), rewards.ErrReservationClosed)
		w.wantHeld(t, w.juan, rice, 0, 0)
		w.books(t)
	})
}

// Of many who close one reservation at the same time, one does.
func TestOneCloserOfAReservationWins(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rice := w.item(t, "Rice", 100, 100)
		w.award(t, w.juan, 100_000)
		for range 4 {
			v := w.reserve(t, w.juan, rice, 1)
			claims := make([]rewards.Request, 32)
			for i := range claims {
				claims[i] = w.claim(w.juan, v)
			}
			var won atomic.Int64
			var all sync.WaitGroup
			for i, q := range claims {
				all.Go(func() {
					var err error
					if i%2 == 0 {
						_, err = w.store.Redeem(t.Context(), amihan, people.City, q)
					} else {
						err = w.store.Cancel(t.Context(), berto, people.City, v.ID, "race")
					}
					if err == nil {
						won.Add(1)
					} else if !errors.Is(err, rewards.ErrReservationClosed) {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if won.Load() != 1 {
				t.Errorf("%d closed it", won.Load())
			}
		}
		w.wantHeld(t, w.juan, rice, 0, 0)
		w.books(t)
	})
}

// Ten thousand reservations end, one each millisecond, and each is claimed within five
// milliseconds of its end, while the job that expires runs again and again. Each has
// exactly one end, and nothing stays held.
func TestClaimAndExpireAtTheSameMoment(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const n = 10_000
		rice := w.item(t, "Rice", 100, n)
		w.award(t, w.juan, n*100)
		held := w.reserveMany(t, w.reserve(t, w.juan, rice, 1), n)
		w.clock = &turn{}
		w.clock.set(held[0])
		moved := make(chan struct{}, 1) // the clock; whoever is slower than it misses nothing
		var expirer sync.WaitGroup
		expirer.Go(func() {
			for range moved {
				if err := w.store.Expire(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
		claims := make([]rewards.Request, n)
		for i, v := range held {
			claims[i] = w.claim(w.juan, v)
		}
		var claimed atomic.Int64
		each(n, func(i int) {
			w.clock.around(held[i], i)
			select {
			case moved <- struct{}{}:
			default:
			}
			_, err := w.store.Redeem(t.Context(), amihan, people.City, claims[i])
			if err == nil {
				claimed.Add(1)
			} else if !errors.Is(err, rewards.ErrReservationClosed) {
				t.Error(err)
			}
		})
		close(moved)
		expirer.Wait()
		if err := w.store.Expire(t.Context()); err != nil {
			t.Error(err)
		}
		ends := w.ends(t)
		if ends[rewards.Claimed] != claimed.Load() || ends[rewards.Claimed]+ends[rewards.Expired] != n {
			t.Errorf("%d were claimed; the book says %v", claimed.Load(), ends)
		}
		if min(ends[rewards.Claimed], ends[rewards.Expired]) < n/100 {
			t.Errorf("no race: %v", ends)
		}
		w.wantHeld(t, w.juan, rice, 0, 0)
		if left := n - claimed.Load(); w.stock(t, rice) != left || w.balance(t, w.juan) != ledger.Points(left)*100 {
			t.Errorf("stock %d, balance %s, want %d of each", w.stock(t, rice), w.balance(t, w.juan), left)
		}
		w.books(t)
	})
}

// reserveMany makes more like one reservation, until there are n, each of which ends a
// millisecond after the one before.
func (w *world) reserveMany(t *testing.T, first rewards.Reservation, n int) []rewards.Reservation {
	t.Helper()
	held := make([]rewards.Reservation, n)
	for i := range held {
		held[i] = first
		held[i].ExpiresAt = first.ExpiresAt.Add(time.Duration(i) * time.Millisecond)
		if i > 0 {
			held[i].ID = db.NewID()
		}
	}
	for batch := range slices.Chunk(held[1:], 1_000) {
		err := w.db.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			for _, v := range batch {
				_, err := tx.ExecContext(ctx, `INSERT INTO rewards_reservation
					(id, code, request_key, request_hash, resident_id, family_id, barangay_id, place_id, item_id, quantity, price, points, state, expires_at, created_at, day)
					SELECT $1, $2, $3, '', resident_id, family_id, barangay_id, place_id, item_id, quantity, price, points, state, $4, created_at, day
					FROM rewards_reservation WHERE id = $5`, v.ID, v.ID.String(), v.ID.String(), db.At(v.ExpiresAt), first.ID)
				if err != nil {
					return err
				}
				if err := ledger.Hold(ctx, tx, ledger.Reservation{Source: v.ID, Account: v.ResidentID, Points: v.Points, ExpiresAt: v.ExpiresAt, At: v.At}); err != nil {
					return err
				}
			}
			_, err := tx.ExecContext(ctx, `UPDATE rewards_stock SET held = held + $1 WHERE item_id = $2`, len(batch), first.ItemID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	w.books(t)
	return held
}

// each does an act for every i, eight at the same time.
func each(n int, do func(i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	all.Wait()
}

// turn is a clock that several set and read.
type turn struct{ at atomic.Int64 }

func (c *turn) now() time.Time { return time.Unix(0, c.at.Load()).UTC() }

func (c *turn) set(v rewards.Reservation) { c.at.Store(v.ExpiresAt.UnixNano()) }

// around sets it to a moment within five milliseconds of a reservation's end, which one
// being a matter of i.
func (c *turn) around(v rewards.Reservation, i int) {
	c.at.Store(v.ExpiresAt.Add(time.Duration(i*7919%10_001-5_000) * time.Microsecond).UnixNano())
}

// ends counts the reservations by their state.
func (w *world) ends(t *testing.T) map[rewards.State]int64 {
	t.Helper()
	type end struct {
		state rewards.State
		n     int64
	}
	found, err := db.Collect(t.Context(), w.db, func(r db.Row) (e end, err error) { return e, r.Scan(&e.state, &e.n) },
		`SELECT state, count(*) FROM rewards_reservation GROUP BY state`)
	if err != nil {
		t.Fatal(err)
	}
	ends := map[rewards.State]int64{}
	for _, e := range found {
		ends[e.state] = e.n
	}
	return ends
}
