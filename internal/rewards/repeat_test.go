package rewards_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
)

// unkeyed is a redemption as a phone sends it that makes no keys.
func (w *world) unkeyed(r rewards.Request) rewards.Request {
	r.RequestKey, r.Unkeyed = "", true
	return r
}

func TestTheSameSoonIsTheSameRedemption(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rice, oil := w.item(t, "Rice", 5_000, 10), w.item(t, "Oil", 5_000, 10)
		w.award(t, w.juan, 100_000)
		w.award(t, w.maria, 100_000)
		r := w.unkeyed(w.request(w.juan, rice, 1))
		first := w.redeem(t, r)
		w.now = monday.Add(db.RepeatWithin - time.Millisecond)
		r.IdentifiedBy = "code"
		again := w.redeem(t, r)
		if !again.Replayed {
			t.Error("the repeat was not recognised")
		}
		again.Replayed = false
		if diff := cmp.Diff(first, again, cmpopts.EquateApproxTime(time.Microsecond)); diff != "" {
			t.Errorf("another receipt:\n%s", diff)
		}
		for name, other := range map[string]rewards.Request{
			"another resident": w.unkeyed(w.request(w.maria, rice, 1)),
			"another reward":   w.unkeyed(w.request(w.juan, oil, 1)),
			"another quantity": w.unkeyed(w.request(w.juan, rice, 2)),
			"with a key":       w.request(w.juan, rice, 1),
		} {
			if got := w.redeem(t, other); got.Replayed {
				t.Errorf("%s: taken for a repeat", name)
			}
		}
		if got, err := w.store.Redeem(t.Context(), berto, people.City, r); err != nil || got.Replayed {
			t.Errorf("another collector: replayed %v, %v", got.Replayed, err)
		}
		w.now = monday.Add(db.RepeatWithin)
		if later := w.redeem(t, r); later.Replayed || later.ID == first.ID {
			t.Error("half a minute later it was not handed out")
		}
		both := w.request(w.juan, rice, 1)
		both.Unkeyed = true
		if _, err := w.store.Redeem(t.Context(), amihan, people.City, both); field(err, "request_key") == "" {
			t.Errorf("a key and none: %v", err)
		}
		w.books(t)
	})
}

func TestTheSameSentAtOnceIsHandedOutOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rice := w.item(t, "Rice", 5_000, 10)
		w.award(t, w.juan, 100_000)
		r, told := w.unkeyed(w.request(w.juan, rice, 1)), w.rows(t, "notify_notice")
		receipts := make([]rewards.Receipt, 50)
		var wg sync.WaitGroup
		for i := range receipts {
			wg.Go(func() {
				var err error
				if receipts[i], err = w.store.Redeem(t.Context(), amihan, people.City, r); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, got := range receipts {
			if got.ID != receipts[0].ID || got.Balance != 95_000 {
				t.Errorf("another receipt: %+v", got)
			}
		}
		if w.stock(t, rice) != 9 || w.balance(t, w.juan) != 95_000 || w.rows(t, "notify_notice")-told != 1 {
			t.Errorf("stock %d, balance %s, %d notices", w.stock(t, rice), w.balance(t, w.juan), w.rows(t, "notify_notice")-told)
		}
		w.books(t)
	})
}

// A refusal leaves no claim: what was out of stock is handed out when it came.
func TestARefusalIsNoRedemption(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rice := w.item(t, "Rice", 5_000, 0)
		w.award(t, w.juan, 100_000)
		r := w.unkeyed(w.request(w.juan, rice, 1))
		_, err := w.store.Redeem(t.Context(), amihan, people.City, r)
		wantError(t, "nothing in stock", err, rewards.ErrOutOfStock)
		if _, err := w.store.Receive(t.Context(), amihan, rewards.StockChange{Item: rice, Quantity: 1}); err != nil {
			t.Fatal(err)
		}
		if got := w.redeem(t, r); got.Replayed {
			t.Error("the refusal was taken for a redemption")
		}
		w.books(t)
	})
}

func TestTheResidentIsTold(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rice := w.item(t, "Rice", 2_550, 10)
		w.award(t, w.juan, 100_000)
		told, sent := w.rows(t, "notify_notice"), w.rows(t, "notify_message")
		w.redeem(t, w.request(w.juan, rice, 1))
		if _, err := w.store.Redeem(t.Context(), amihan, people.City, w.request(w.juan, rice, 11)); err == nil {
			t.Error("more than the stock was handed out")
		}
		var kind, message, reward string
		var points int64
		err := w.db.QueryRowContext(t.Context(), `SELECT type, message, reward_name, points FROM notify_notice WHERE subject_id = $1 AND type = 'redeem'`, w.juan.ID).
			Scan(&kind, &message, &reward, &points)
		want := `Your reward "Rice" has been processed successfully! 25.50 points deducted by Amihan T..`
		if err != nil || kind != "redeem" || message != want || reward != "Rice" || points != -2_550 {
			t.Errorf("%s %q %q %d, %v; want %q", kind, message, reward, points, err, want)
		}
		if w.rows(t, "notify_notice")-told != 1 || w.rows(t, "notify_message") != sent {
			t.Errorf("%d notices, %d messages", w.rows(t, "notify_notice")-told, w.rows(t, "notify_message")-sent)
		}
	})
}

func TestRecent(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rice := w.item(t, "Rice", 100, 10)
		w.award(t, w.juan, 100_000)
		if _, err := w.store.Redeem(t.Context(), berto, people.City, w.request(w.juan, rice, 1)); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			w.now = monday.Add(time.Duration(i) * time.Minute)
			w.redeem(t, w.request(w.juan, rice, 1))
		}
		got, err := w.store.Recent(t.Context(), amihan.ID, 2)
		if err != nil || len(got) != 2 || !got[0].At.After(got[1].At) || got[0].StaffName != amihan.Name {
			t.Errorf("%+v, %v", got, err)
		}
	})
}
