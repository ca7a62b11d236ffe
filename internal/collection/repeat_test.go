package collection_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ekolek/internal/collection"
	"ekolek/internal/db"
	"ekolek/internal/notify"
	"ekolek/internal/people"
)

// unkeyed is a weigh-in as a phone sends it that makes no keys.
func (w *world) unkeyed(e collection.Entry) collection.Entry {
	e.RequestKey, e.Unkeyed = "", true
	return e
}

// A phone that makes no keys sends the same again while it gets no answer: that is the
// same visit to the scale. Half a minute after the first it is another one.
func TestTheSameSoonIsTheSameWeighIn(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		e := w.unkeyed(w.entry(w.juan, w.pet, 2_000, 0))
		first := w.record(t, e)
		w.record(t, w.entry(w.juan, w.pet, 3_000, 0))
		w.now = monday.Add(db.RepeatWithin - time.Millisecond)
		e.IdentifiedBy = "code" // found another way, but the same sack
		again := w.record(t, e)
		if !again.Replayed || again.Balance != first.Balance {
			t.Errorf("the repeat: replayed %v, balance %s; first %s", again.Replayed, again.Balance, first.Balance)
		}
		if diff := cmp.Diff(first.WeighIn, again.WeighIn, cmpopts.EquateApproxTime(time.Microsecond)); diff != "" {
			t.Errorf("another receipt:\n%s", diff)
		}
		w.now = monday.Add(db.RepeatWithin)
		if later := w.record(t, e); later.Replayed || later.ID == first.ID {
			t.Error("half a minute later it was not paid")
		}
		if got := w.balance(t, w.juan); got != 1_000+1_500+1_000 {
			t.Errorf("balance %s", got)
		}
	})
}

func TestWhatIsNotTheSameIsAnotherWeighIn(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		first := w.record(t, w.unkeyed(w.entry(w.juan, w.pet, 2_000, 0)))
		for name, e := range map[string]collection.Entry{
			"another resident": w.unkeyed(w.entry(w.maria, w.pet, 2_000, 0)),
			"another material": w.unkeyed(w.entry(w.juan, w.newspap, 2_000, 0)),
			"another weight":   w.unkeyed(w.entry(w.juan, w.pet, 2_001, 0)),
			"with a key":       w.entry(w.juan, w.pet, 2_000, 0),
		} {
			if got := w.record(t, e); got.Replayed || got.ID == first.ID {
				t.Errorf("%s: taken for a repeat", name)
			}
		}
		got, err := w.book.Record(t.Context(), berto, people.City, w.unkeyed(w.entry(w.juan, w.pet, 2_000, 0)))
		if err != nil || got.Replayed {
			t.Errorf("another collector: replayed %v, %v", got.Replayed, err)
		}
		both := w.entry(w.juan, w.pet, 5_000, 0)
		both.Unkeyed = true
		if _, err := w.book.Record(t.Context(), amihan, people.City, both); field(err, "request_key") == "" {
			t.Errorf("a key and none: %v", err)
		}
	})
}

func TestTheSameSentAtOncePaysOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		e, told := w.unkeyed(w.entry(w.juan, w.pet, 2_000, 0)), w.rows(t, "notify_notice")
		receipts := make([]collection.Receipt, 50)
		var wg sync.WaitGroup
		for i := range receipts {
			wg.Go(func() {
				var err error
				if receipts[i], err = w.book.Record(t.Context(), amihan, people.City, e); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		fresh := 0
		for _, r := range receipts {
			if !r.Replayed {
				fresh++
			}
			if r.ID != receipts[0].ID || r.Number != receipts[0].Number || r.Balance != 1_000 || len(r.Lines) != 1 {
				t.Errorf("another receipt: %+v", r)
			}
		}
		if fresh != 1 || w.balance(t, w.juan) != 1_000 || w.rows(t, "ledger_transfer") != 1 || w.rows(t, "notify_notice")-told != 1 {
			t.Errorf("%d payments, %d notices, balance %s", fresh, w.rows(t, "notify_notice")-told, w.balance(t, w.juan))
		}
	})
}

// What was answered once is answered again, even when it would be refused by now; and a
// refusal is no answer to keep.
func TestRefusalsAndRepeats(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		e := w.unkeyed(w.entry(w.juan, w.pet, 2_000, 0))
		first := w.record(t, e)
		if _, err := w.book.SaveType(t.Context(), amihan, collection.TypeForm{ID: w.pet, Name: "PET bottles", Class: collection.Recyclable}); err != nil {
			t.Fatal(err)
		}
		if again := w.record(t, e); again.ID != first.ID {
			t.Error("the repeat got another receipt")
		}
		w.now = monday.Add(db.RepeatWithin)
		if _, err := w.book.Record(t.Context(), amihan, people.City, e); field(err, "lines.1.type") == "" {
			t.Errorf("a hidden material was weighed: %v", err)
		}
		paper := w.unkeyed(w.entry(w.maria, w.newspap, 2_000, 0))
		if _, err := w.people.Suspend(t.Context(), amihan, people.City, w.maria.ID, "test"); err != nil {
			t.Fatal(err)
		}
		_, err := w.book.Record(t.Context(), amihan, people.City, paper)
		wantError(t, "a suspended resident", err, collection.ErrResidentNotActive)
		if _, err := w.people.Restore(t.Context(), amihan, people.City, w.maria.ID, "test"); err != nil {
			t.Fatal(err)
		}
		if got := w.record(t, paper); got.Replayed {
			t.Error("the refusal was taken for a weigh-in")
		}
	})
}

// Every weigh-in has a number of its own, and later ones have higher ones.
func TestNumbers(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const n = 60
		numbers := make([]int64, n)
		entries := make([]collection.Entry, n)
		for i := range entries {
			entries[i] = w.entry(w.juan, w.pet, 1_000, 0)
		}
		var wg sync.WaitGroup
		for i, e := range entries {
			wg.Go(func() {
				receipt, err := w.book.Record(t.Context(), amihan, people.City, e)
				if err != nil {
					t.Error(err)
				}
				numbers[i] = receipt.Number
			})
		}
		wg.Wait()
		slices.Sort(numbers)
		if numbers[0] < 1 || len(slices.Compact(numbers)) != n {
			t.Errorf("numbers %v", numbers)
		}
		if last := w.record(t, w.entry(w.juan, w.pet, 1_000, 0)); last.Number <= numbers[n-1] {
			t.Errorf("number %d after %d", last.Number, numbers[n-1])
		}
	})
}

func TestTheResidentIsTold(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		sent := w.rows(t, "notify_message")
		w.record(t, w.entry(w.juan, w.pet, 2_500, 0))
		w.now = monday.Add(time.Minute)
		several := w.entry(w.juan, w.pet, 1_333, 0)
		several.Lines = append(several.Lines, collection.EntryLine{Type: w.newspap, Gross: 1_000})
		w.record(t, several)
		if _, err := w.book.Record(t.Context(), amihan, people.City, w.entry(w.juan, w.pet, -1, 0)); err == nil {
			t.Error("less than nothing was weighed")
		}
		page, err := w.notices.Notices(t.Context(), notify.Bell{Audience: notify.Resident, ID: w.juan.ID}, notify.NoticeFilter{Limit: 2})
		if err != nil {
			t.Fatal(err)
		}
		points := []int64{867, 1_250}
		want := []notify.Notification{
			{Type: "waste", Points: &points[0], CreatedAt: w.now, Message: "You earned 8.67 points from waste collection! (2.333kg of 2 materials processed by Amihan T.)",
				MessageFil: "Nakakuha ka ng 8.67 puntos mula sa pagtimbang ng basura! (2.333 kg ng 2 uri ng basura, tinimbang ni Amihan T.)"},
			{Type: "waste", Points: &points[1], CreatedAt: monday, Message: "You earned 12.5 points from waste collection! (2.5kg of PET bottles processed by Amihan T.)",
				MessageFil: "Nakakuha ka ng 12.5 puntos mula sa pagtimbang ng basura! (2.5 kg ng PET bottles, tinimbang ni Amihan T.)"},
		}
		if diff := cmp.Diff(want, page.Rows, cmpopts.IgnoreFields(notify.Notification{}, "ID")); diff != "" {
			t.Error(diff)
		}
		if w.rows(t, "notify_message") != sent {
			t.Error("a weigh-in sent a message")
		}
	})
}
