package collection_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/approval"
	"ekolek/internal/audit"
	"ekolek/internal/collection"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
)

func TestVoidTakesThePointsBackVisibly(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		kept := w.record(t, w.entry(w.juan, w.pet, 1_000, 0))
		wrong := w.record(t, w.entry(w.juan, w.pet, 2_000, 0))
		if err := w.void(t, berto, people.City, wrong.ID, " wrong card "); err != nil {
			t.Fatal(err)
		}
		if b := w.balance(t, w.juan); b != kept.Points {
			t.Errorf("balance %s", b)
		}
		page, totals, err := w.book.WeighIns(t.Context(), people.City, collection.Filter{})
		if err != nil || len(page.Rows) != 2 || !page.Rows[0].Voided() || page.Rows[0].VoidReason != "wrong card" {
			t.Errorf("the list hides it: %+v, %v", page.Rows, err)
		}
		if want := (collection.Totals{Count: 1, Grams: 1_000, Points: 500, Voided: 1}); totals != want {
			t.Errorf("totals %+v, want %+v", totals, want)
		}
		wantError(t, "again", w.void(t, berto, people.City, wrong.ID, "again"), collection.ErrAlreadyVoided)
		trail, err := audit.List(t.Context(), w.db, audit.Filter{Action: "weigh_in.void"})
		if err != nil || len(trail.Rows) != 1 || trail.Rows[0].Actor.ID != berto.ID {
			t.Errorf("trail: %+v, %v", trail.Rows, err)
		}
	})
}

func TestVoidNeedsReasonReachAndPayment(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		got := w.record(t, w.entry(w.juan, w.pet, 1_000, 0))
		if err := w.void(t, amihan, people.City, got.ID, "  "); field(err, "reason") == "" {
			t.Errorf("without a reason: %v", err)
		}
		wantError(t, "out of reach", w.void(t, berto, people.Scope{Staff: berto.ID}, got.ID, "x"), collection.ErrWeighInNotFound)
		wantError(t, "not there", w.void(t, amihan, people.City, db.NewID(), "x"), collection.ErrWeighInNotFound)
		imported := w.imported(t)
		wantError(t, "imported", w.void(t, amihan, people.City, imported, "x"), collection.ErrVoidImported)
		if b := w.balance(t, w.juan); b != 500 {
			t.Errorf("balance %s", b)
		}
	})
}

func TestVoidOfSpentPointsTellsHowManyAreMissing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		got := w.record(t, w.entry(w.juan, w.pet, 1_000, 0)) // 5 points
		err := w.db.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			_, err := ledger.Post(ctx, tx, ledger.Posting{Kind: ledger.KindRedemption, Source: db.NewID(), Account: w.juan.ID, Points: 350, Actor: amihan, At: w.now})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = w.void(t, amihan, people.City, got.ID, "wrong card")
		wantError(t, "spent", err, collection.ErrVoidSpent)
		if e, _ := errs.As(err); e.Text.Args["Missing"] != "3.5" || e.Text.Args["Available"] != "1.5" {
			t.Errorf("the message says %v", e.Text.Args)
		}
		if w1, err := w.book.WeighInByID(t.Context(), people.City, got.ID); err != nil || w1.Voided() || w.balance(t, w.juan) != 150 {
			t.Errorf("a refused void left a trace: %+v, %v", w1, err)
		}
	})
}

func TestVoidedOnceAmongMany(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.record(t, w.entry(w.juan, w.pet, 9_000, 0))
		got := w.record(t, w.entry(w.juan, w.pet, 1_000, 0))
		var mu sync.Mutex
		done := 0
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				if w.void(t, amihan, people.City, got.ID, "wrong card") == nil {
					mu.Lock()
					done++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if done != 1 || w.balance(t, w.juan) != 4_500 {
			t.Errorf("voided %d times, balance %s", done, w.balance(t, w.juan))
		}
	})
}

// void takes a weigh-in back that nobody else has to agree to.
func (w *world) void(t *testing.T, actor audit.Actor, scope people.Scope, id uuid.UUID, reason string) error {
	t.Helper()
	waiting, err := w.book.Void(t.Context(), actor, scope, id, reason)
	if waiting {
		t.Error("it waits for a second person")
	}
	return err
}

func TestVoidOfManyPointsWaitsForSomebodyElse(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		approvals := approval.Open(w.db, func() time.Time { return w.now })
		w.book.TwoPersons(approvals, 1_000)
		small, big := w.record(t, w.entry(w.juan, w.pet, 1_998, 0)), w.record(t, w.entry(w.juan, w.pet, 2_000, 0)) // 9.99 and 10 points
		if err := w.void(t, amihan, people.City, small.ID, "wrong card"); err != nil {
			t.Fatal(err)
		}
		waiting, err := w.book.Void(t.Context(), amihan, people.City, big.ID, "wrong card")
		if !waiting || err != nil || w.balance(t, w.juan) != 1_000 {
			t.Fatalf("waiting %v, %v, balance %s", waiting, err, w.balance(t, w.juan))
		}
		_, err = w.book.Void(t.Context(), berto, people.City, big.ID, "wrong card")
		wantError(t, "asked twice", err, approval.ErrAlreadyAsked)
		points := approval.Reach{Unit: approval.Points, Scope: people.City}
		page, err := approvals.Requests(t.Context(), points, approval.Filter{State: approval.Waiting})
		if err != nil || len(page.Rows) != 1 || page.Rows[0].Amount != -1_000 || page.Rows[0].Says[0].Args["After"] != "0" {
			t.Fatalf("%+v, %v", page.Rows, err)
		}
		if _, err := approvals.Agree(t.Context(), berto, points, page.Rows[0].ID, ""); err != nil {
			t.Fatal(err)
		}
		voided, err := w.book.WeighInByID(t.Context(), people.City, big.ID)
		if err != nil || !voided.Voided() || voided.VoidReason != "wrong card" || w.balance(t, w.juan) != 0 {
			t.Errorf("%+v, %v, balance %s", voided, err, w.balance(t, w.juan))
		}
	})
}
