package people_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"ekolek/internal/approval"
	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

func correct(t *testing.T, w *testkit.World, r people.Resident, key string, p ledger.Points) (people.Corrected, error) {
	t.Helper()
	return w.People.CorrectPoints(t.Context(), w.Actor(w.Manager), w.Manager.Scope, people.Correction{RequestKey: key, Resident: r.ID, Points: p, Reason: "counted twice"})
}

func posted(t *testing.T, w *testkit.World, r people.Resident) ledger.Points {
	t.Helper()
	b, err := ledger.BalanceOf(t.Context(), w.DB, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	return b.Posted
}

func TestCorrectPointsOnceAndTold(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		r := w.Resident(t, w.Barangays[0])
		for _, key := range []string{"a", "a"} {
			got, err := correct(t, w, r, key, 12_50)
			if err != nil || got.Waiting || got.Balance != 12_50 {
				t.Fatalf("%+v, %v", got, err)
			}
		}
		if got, err := correct(t, w, r, "b", -2_50); err != nil || got.Balance != 10_00 || posted(t, w, r) != 10_00 {
			t.Errorf("%+v, %v, balance %s", got, err, posted(t, w, r))
		}
		_, err := correct(t, w, r, "b", -3_00)
		wantErr(t, "the key with other points", err, db.ErrKeyReused)
		_, err = correct(t, w, r, "c", -10_01)
		wantErr(t, "more than there is", err, ledger.ErrInsufficientPoints)
		bell, err := w.Notify.Notices(t.Context(), notify.Bell{Audience: notify.Resident, ID: r.ID}, notify.NoticeFilter{Limit: 2})
		if err != nil || len(bell.Rows) != 2 || *bell.Rows[0].Points != -2_50 || *bell.Rows[1].Points != 12_50 {
			t.Errorf("bell %+v, %v", bell.Rows, err)
		}
		trail, err := audit.List(t.Context(), d, audit.Filter{Action: "points.correct", Target: r.ID})
		if err != nil || len(trail.Rows) != 2 {
			t.Errorf("trail %+v, %v", trail.Rows, err)
		}
	})
}

func TestCorrectPointsRefuses(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		r, far, applicant := w.Resident(t, w.Barangays[0]), w.Resident(t, w.Barangays[4]), w.Applicant(t, w.Barangays[0])
		for name, p := range map[string]ledger.Points{"nothing": 0, "too many": people.MaxCorrection + 1, "too few": -people.MaxCorrection - 1} {
			_, err := correct(t, w, r, name, p)
			if e, ok := errs.As(err); !ok || e.Fields["points"].Key == "" {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err := w.People.CorrectPoints(t.Context(), w.Actor(w.Manager), w.Manager.Scope, people.Correction{RequestKey: "x", Resident: r.ID, Points: 1, Reason: " "})
		if e, ok := errs.As(err); !ok || e.Fields["reason"].Key == "" {
			t.Errorf("without a reason: %v", err)
		}
		_, err = correct(t, w, far, "y", 1)
		wantErr(t, "out of reach", err, people.ErrOutside)
		_, err = correct(t, w, applicant, "z", 1)
		wantErr(t, "an applicant", err, people.ErrCorrectAccess)
	})
}

func TestManyPointsWaitForSomebodyElse(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		r := w.Resident(t, w.Barangays[0])
		reach := approval.Reach{Unit: approval.Points, Scope: people.City}
		for _, key := range []string{"a", "a"} {
			got, err := correct(t, w, r, key, 1_000_00)
			if err != nil || !got.Waiting || got.Balance != 1_000_00 || posted(t, w, r) != 0 {
				t.Fatalf("%+v, %v", got, err)
			}
		}
		_, err := correct(t, w, r, "b", 2_000_00)
		wantErr(t, "while one waits", err, approval.ErrAlreadyAsked)
		page, err := w.Approval.Requests(t.Context(), reach, approval.Filter{})
		if err != nil || len(page.Rows) != 1 || page.Rows[0].Says[0].Args["After"] != "1000" {
			t.Fatalf("%+v, %v", page.Rows, err)
		}
		_, err = w.Approval.Agree(t.Context(), w.Actor(w.Manager), reach, page.Rows[0].ID, "")
		wantErr(t, "by the one who asked", err, approval.ErrOwnRequest)
		var agreed atomic.Int64
		var all sync.WaitGroup
		for range 64 {
			all.Go(func() {
				if _, err := w.Approval.Agree(t.Context(), w.Actor(w.Admin), reach, page.Rows[0].ID, ""); err == nil {
					agreed.Add(1)
				} else if !errors.Is(err, approval.ErrDecided) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if agreed.Load() != 1 || posted(t, w, r) != 1_000_00 {
			t.Errorf("agreed %d times, balance %s", agreed.Load(), posted(t, w, r))
		}
	})
}

// What one person does in pieces counts together, also when the pieces come at once.
func TestPiecesOfACorrectionCountTogether(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		r := w.Resident(t, w.Barangays[0])
		var done, waits atomic.Int64
		var all sync.WaitGroup
		for i := range 16 {
			all.Go(func() {
				got, err := correct(t, w, r, fmt.Sprint(i), 400_00)
				switch {
				case err == nil && got.Waiting:
					waits.Add(1)
				case err == nil:
					done.Add(1)
				case !errors.Is(err, approval.ErrAlreadyAsked):
					t.Error(err)
				}
			})
		}
		all.Wait()
		if done.Load() != 2 || waits.Load() != 1 || posted(t, w, r) != 800_00 {
			t.Errorf("%d done, %d wait, balance %s", done.Load(), waits.Load(), posted(t, w, r))
		}
	})
}

func TestOldCardsEnd(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	r := w.Resident(t, w.Barangays[0])
	today := db.Day(w.Clock.Now())
	for until, want := range map[string]error{"": nil, today: nil, db.Day(w.Clock.Now().AddDate(0, 0, -1)): people.ErrLegacyEnded} {
		_, err := w.People.Scanning(until).Identify(t.Context(), people.City, r.ID.String())
		if !errors.Is(err, want) {
			t.Errorf("until %q: %v", until, err)
		}
		if got, err := w.People.Scanning(until).Recognize(t.Context(), r.ID.String()); err != nil || got.Resident.ID != r.ID {
			t.Errorf("a sign-in page: %v", err)
		}
	}
}
