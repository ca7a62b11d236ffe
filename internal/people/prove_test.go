package people_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

func live(t *testing.T, w *testkit.World, r people.Resident) people.Live {
	t.Helper()
	code, err := w.People.LiveOf(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func prove(t *testing.T, w *testkit.World, r people.Resident, key, text string) (people.Proof, error) {
	t.Helper()
	return w.People.Prove(t.Context(), w.Actor(w.Manager), w.Manager.Scope, people.Proving{RequestKey: key, Resident: r.ID, Text: text})
}

func use(w *testkit.World, p people.Proof, resident, staff, receipt uuid.UUID) (by string, err error) {
	err = w.DB.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		by, err = people.UseProof(ctx, tx, p.ID, resident, staff, receipt, w.Clock.Now())
		return err
	})
	return by, err
}

func TestLiveCodeProvesOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		r := w.Resident(t, w.Barangays[0])
		for i, text := range []string{live(t, w, r).QR, ""} {
			if text == "" {
				w.Clock.Advance(people.LiveStep)
				code := live(t, w, r)
				text = code.Digits[:3] + " " + code.Digits[3:]
				if len(code.Digits) != 6 || !code.Until.After(w.Clock.Now()) || code.Until.Sub(w.Clock.Now()) > people.LiveStep {
					t.Fatalf("%+v", code)
				}
			}
			key := fmt.Sprintf("key %d", i)
			first, err := prove(t, w, r, key, text)
			if err != nil || first.By != people.ByLive || first.Replayed {
				t.Fatalf("%q: %+v, %v", text, first, err)
			}
			again, err := prove(t, w, r, key, text)
			if err != nil || again.ID != first.ID || !again.Replayed {
				t.Errorf("the same key: %+v, %v", again, err)
			}
			_, err = prove(t, w, r, key, "123456")
			wantErr(t, "the key with another text", err, db.ErrKeyReused)
			_, err = prove(t, w, r, key+"'", text)
			wantErr(t, "the code again", err, people.ErrLiveUsed)
			receipt := db.NewID()
			if by, err := use(w, first, r.ID, w.Manager.ID, receipt); by != "live" || err != nil {
				t.Errorf("used by %q, %v", by, err)
			}
			_, err = use(w, first, r.ID, w.Manager.ID, db.NewID())
			wantErr(t, "used twice", err, people.ErrProofInvalid)
		}
	})
}

func TestLiveCodeIdentifies(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	r := w.Resident(t, w.Barangays[0])
	code := live(t, w, r)
	if len(code.QR) != 51 {
		t.Errorf("%d characters: %s", len(code.QR), code.QR)
	}
	for range 2 { // it is not used up by a look
		got, err := w.People.Identify(t.Context(), w.Manager.Scope, code.QR)
		if err != nil || got.Resident.ID != r.ID || got.By != people.ByLive {
			t.Errorf("%+v, %v", got, err)
		}
	}
	_, err := w.People.Identify(t.Context(), people.City, code.QR[:len(code.QR)-1]+"B")
	wantErr(t, "another spelling", err, people.ErrCardForged)
	w.Clock.Advance(-people.LiveStep)
	if _, err := w.People.Identify(t.Context(), people.City, code.QR); err != nil {
		t.Errorf("a clock that is behind: %v", err)
	}
	w.Clock.Advance(3 * people.LiveStep)
	_, err = w.People.Identify(t.Context(), people.City, code.QR)
	wantErr(t, "a minute later", err, people.ErrLiveOld)
	now := live(t, w, r)
	if _, err := w.People.Reissue(t.Context(), w.Actor(w.Admin), people.City, r.ID); err != nil {
		t.Fatal(err)
	}
	_, err = w.People.Identify(t.Context(), people.City, now.QR)
	wantErr(t, "after a new card", err, people.ErrCardForged)
	if err := w.People.Revoke(t.Context(), w.Actor(w.Admin), people.City, r.ID, "lost"); err != nil {
		t.Fatal(err)
	}
	_, err = w.People.LiveOf(t.Context(), r.ID)
	wantErr(t, "of a lost card", err, people.ErrCardRevoked)
}

func TestProofIsOfOneResidentToOneStaffForMinutes(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		r, other := w.Resident(t, w.Barangays[0]), w.Resident(t, w.Barangays[1])
		far := w.Resident(t, w.Barangays[4])
		_, err := prove(t, w, r, "a", live(t, w, other).QR)
		wantErr(t, "another's live code", err, people.ErrProofOther)
		_, err = prove(t, w, r, "b", live(t, w, other).Digits)
		wantErr(t, "another's figures", err, people.ErrProofWrong)
		_, err = prove(t, w, far, "c", live(t, w, far).QR)
		wantErr(t, "out of reach", err, people.ErrOutside)
		p, err := prove(t, w, r, "d", live(t, w, r).QR)
		if err != nil {
			t.Fatal(err)
		}
		for name, try := range map[string][2]uuid.UUID{"of another": {other.ID, w.Manager.ID}, "to another": {r.ID, w.Admin.ID}} {
			_, err := use(w, p, try[0], try[1], db.NewID())
			wantErr(t, name, err, people.ErrProofInvalid)
		}
		w.Clock.Advance(people.ProofLife)
		_, err = use(w, p, r.ID, w.Manager.ID, db.NewID())
		wantErr(t, "too late", err, people.ErrProofInvalid)
	})
}

func TestPINProvesExceptWhereItWasSet(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		r := w.Resident(t, w.Barangays[0])
		self := audit.Actor{Kind: audit.Resident, ID: r.ID, Name: r.FullName}
		if err := w.People.SetPIN(t.Context(), self, r.ID, "739 154", "739154"); err != nil {
			t.Fatal(err)
		}
		if p, err := w.People.PINOf(t.Context(), r.ID); err != nil || !p.Set || !p.SetAt.Equal(w.Clock.Now()) {
			t.Errorf("%+v, %v", p, err)
		}
		if p, err := prove(t, w, r, "a", "739154"); err != nil || p.By != people.ByPIN {
			t.Errorf("%+v, %v", p, err)
		}
		if p, err := prove(t, w, r, "b", "739154"); err != nil || p.By != people.ByPIN {
			t.Errorf("a PIN is good again: %+v, %v", p, err)
		}
		if err := w.People.SetPINAtCounter(t.Context(), w.Actor(w.Manager), w.Manager.Scope, r.ID, "284670", "284670"); err != nil {
			t.Fatal(err)
		}
		_, err := prove(t, w, r, "c", "284670")
		wantErr(t, "where it was set", err, people.ErrPINTooNew)
		if _, err := w.People.Prove(t.Context(), w.Actor(w.Admin), people.City, people.Proving{RequestKey: "d", Resident: r.ID, Text: "284670"}); err != nil {
			t.Errorf("to somebody else: %v", err)
		}
		w.Clock.Advance(25 * time.Hour)
		if _, err := prove(t, w, r, "e", "284670"); err != nil {
			t.Errorf("a day later: %v", err)
		}
		if err := w.People.RemovePIN(t.Context(), self, people.City, r.ID); err != nil {
			t.Fatal(err)
		}
		_, err = prove(t, w, r, "f", "284670")
		wantErr(t, "once it is gone", err, people.ErrProofWrong)
		wantErr(t, "gone twice", w.People.RemovePIN(t.Context(), self, people.City, r.ID), people.ErrNoPIN)
	})
}

func TestEasyPINsAreRefused(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	r := w.Resident(t, w.Barangays[0])
	if _, err := w.People.EditResident(t.Context(), w.Actor(w.Admin), people.City, r.ID, people.ResidentEdit{
		Username: r.Username, FirstName: r.FirstName, LastName: r.LastName, Phone: r.Phone, BirthDate: "1990-05-31"}); err != nil {
		t.Fatal(err)
	}
	for _, pin := range []string{"", "12345", "1234567", "12345a", "111111", "123456", "654321", "890123", "121212", "147147", "053190", "310590", "900531"} {
		err := w.People.SetPIN(t.Context(), nobody, r.ID, pin, pin)
		if e, ok := errs.As(err); !ok || e.Fields["pin"].Key == "" {
			t.Errorf("%q: %v", pin, err)
		}
	}
	err := w.People.SetPIN(t.Context(), nobody, r.ID, "739154", "739155")
	if e, ok := errs.As(err); !ok || e.Fields["again"].Key == "" {
		t.Errorf("two different ones: %v", err)
	}
}

func TestGuessingLocksByTime(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		r := w.Resident(t, w.Barangays[0])
		wrong := "000000"
		for live(t, w, r).Digits == wrong {
			w.Clock.Advance(time.Hour)
		}
		for i := range 5 {
			_, err := prove(t, w, r, fmt.Sprint(i), wrong)
			wantErr(t, "a guess", err, people.ErrProofWrong)
		}
		_, err := prove(t, w, r, "6", live(t, w, r).Digits)
		wantErr(t, "the sixth, right or wrong", err, people.ErrProofTries)
		if e, _ := errs.As(err); e.RetryAfter <= 0 || e.Text.Args["Count"] != 15 {
			t.Errorf("wait %s: %v", e.RetryAfter, e.Text)
		}
		if _, err := prove(t, w, r, "7", live(t, w, r).QR); err != nil {
			t.Errorf("nobody guesses what is scanned: %v", err)
		}
		trail, err := audit.List(t.Context(), d, audit.Filter{Action: "resident.proof_failed"})
		if err != nil || len(trail.Rows) != 1 || trail.Rows[0].Actor.ID != w.Manager.ID {
			t.Errorf("trail %+v, %v", trail.Rows, err)
		}
		w.Clock.Advance(16 * time.Minute)
		if _, err := prove(t, w, r, "8", live(t, w, r).Digits); err != nil {
			t.Errorf("a quarter of an hour later: %v", err)
		}
	})
}

func TestGuessesOfADayAreFew(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	r := w.Resident(t, w.Barangays[0])
	judged := 0
	for i := range 60 {
		_, err := prove(t, w, r, fmt.Sprint(i), "000000")
		if errors.Is(err, people.ErrProofWrong) {
			judged++
		}
		w.Clock.Advance(16 * time.Minute / 5)
	}
	if judged > 15 {
		t.Errorf("%d guesses were judged", judged)
	}
}

// Of many who bring one live code at the same time, one gets a proof, by scan or by figures.
func TestOneLiveCodeAmongMany(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		r := w.Resident(t, w.Barangays[0])
		code := live(t, w, r)
		var proved atomic.Int64
		var all sync.WaitGroup
		for i := range 64 {
			all.Go(func() {
				text := code.QR
				if i%4 == 0 {
					text = code.Digits
				}
				_, err := prove(t, w, r, fmt.Sprint(i), text)
				switch {
				case err == nil:
					proved.Add(1)
				case !errors.Is(err, people.ErrLiveUsed) && !errors.Is(err, people.ErrProofTries):
					t.Error(err)
				}
			})
		}
		all.Wait()
		if proved.Load() != 1 {
			t.Errorf("%d proofs of one code", proved.Load())
		}
	})
}

// Of many receipts that want to spend one proof at the same time, one does.
func TestOneProofAmongManyReceipts(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		r := w.Resident(t, w.Barangays[0])
		p, err := prove(t, w, r, "key", live(t, w, r).QR)
		if err != nil {
			t.Fatal(err)
		}
		var used atomic.Int64
		var all sync.WaitGroup
		for range 64 {
			all.Go(func() {
				_, err := use(w, p, r.ID, w.Manager.ID, db.NewID())
				if err == nil {
					used.Add(1)
				} else if !errors.Is(err, people.ErrProofInvalid) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if used.Load() != 1 {
			t.Errorf("used %d times", used.Load())
		}
	})
}

func FuzzLiveCode(f *testing.F) {
	w := testkit.NewWorld(f, testkit.DB(f))
	r := w.Resident(f, w.Barangays[0])
	code, err := w.People.LiveOf(f.Context(), r.ID)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(code.QR[:50])
	f.Add("EK2." + strings.Repeat("A", 47))
	f.Fuzz(func(t *testing.T, text string) {
		if got, err := w.People.Identify(t.Context(), people.City, "EK2."+text); err == nil && "EK2."+strings.TrimSpace(text) != code.QR {
			t.Errorf("%q stands for %s", text, got.Resident.Username)
		}
	})
}
