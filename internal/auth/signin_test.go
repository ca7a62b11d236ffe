package auth_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

func TestSignIn(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		r := w.Resident(t, w.Barangays[0])
		token := w.SignIn(t, " RESIDENT1 ")
		p, err := w.Auth.PrincipalOf(ctx, auth.ResidentSurface, token)
		if err != nil || p.ID != r.ID || p.Surface != auth.ResidentSurface || !p.May(auth.Resident) || p.Resident.FamilyID != r.FamilyID {
			t.Fatalf("resident %+v, %v", p, err)
		}
		if n := count(t, d, `SELECT count(*) FROM auth_session WHERE secret_hash = $1`, token); n != 0 || len(token) != 43 {
			t.Errorf("token %q is stored as it is, or has not 256 bits", token)
		}
		staff, err := w.Auth.SignInStaff(ctx, from("192.0.2.1"), "Manager", testkit.Password)
		p = staff.Principal
		if err != nil || p.ID != w.Manager.ID || p.Scope != (people.Scope{Staff: w.Manager.ID}) || !p.May(auth.UseStation) || p.May(auth.ManageRewards) {
			t.Fatalf("manager %+v, %v", p, err)
		}
		stored, err := w.People.ResidentByID(ctx, people.City, r.ID)
		if err != nil || stored.LastLoginAt == nil {
			t.Errorf("last sign-in %v, %v", stored.LastLoginAt, err)
		}
		if n := count(t, d, `SELECT count(*) FROM audit_event WHERE action = 'staff.sign_in' AND actor_id = $1 AND ip = '192.0.2.1'`, w.Manager.ID); n != 1 {
			t.Errorf("%d audit rows, want 1", n)
		}
	})
}

// The first sign-in replaces Django's hash; the password stays.
func TestSignInUpgradesDjangosHash(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		for range 2 {
			staffToken(t, w, "admin")
		}
		n := count(t, d, `SELECT count(*) FROM auth_password WHERE subject_id = $1 AND hash LIKE '$argon2id$%'`, w.Admin.ID)
		if n != 1 {
			t.Error("the hash was not replaced")
		}
	})
}

// Whoever may not come in gets one answer, which tells nothing.
func TestSignInRefusals(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		r := w.Resident(t, w.Barangays[0])
		w.Resident(t, w.Barangays[0])
		if err := w.DB.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			_, _, err := w.Auth.ImportStaff(ctx, tx, auth.Staff{ID: db.NewID(), Username: "nopassword", FullName: "X", Role: auth.SuperAdmin, Status: auth.StaffApproved, CreatedAt: w.Clock.Now(), UpdatedAt: w.Clock.Now()})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		cases := []struct {
			name               string
			staff              bool
			username, password string
		}{
			{"wrong password", false, r.Username, "wrong"},
			{"nobody", false, "nobody", testkit.Password},
			{"staff at the residents' door", false, "admin", testkit.Password},
			{"a resident at the staff's door", true, r.Username, testkit.Password},
			{"no password at all", true, "nopassword", ""},
			{"empty", true, "", ""},
			{"broken text", true, "a\x00\xff", "b\x00"},
			{"broken text", false, "a\x00\xff", "b\x00"},
			{"endless password", true, "admin", strings.Repeat("x", 5000)},
			{"the resident's id", false, r.ID.String(), testkit.Password},
			{"the family code", false, r.FamilyCode, testkit.Password},
		}
		for i, c := range cases {
			var token string
			var p auth.Principal
			var err error
			if actor := from(fmt.Sprint("192.0.2.", i)); c.staff {
				var in auth.StaffSignIn
				in, err = w.Auth.SignInStaff(t.Context(), actor, c.username, c.password)
				token, p = in.Token+in.Flow, in.Principal
			} else {
				var out auth.SignedIn
				out, err = w.Auth.SignInResident(t.Context(), actor, auth.SignIn{Username: c.username, Password: c.password})
				token, p = out.Token+out.Flow, out.Principal
			}
			if !errors.Is(err, auth.ErrBadCredentials) || err.Error() != auth.ErrBadCredentials.Error() || token != "" || p.SignedIn() {
				t.Errorf("%s: %q, %+v, %v", c.name, token, p, err)
			}
		}
	})
}

// The right password of someone who may not come in is told why.
func TestSignInTellsTheState(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		office := w.Actor(w.Admin)
		pending, rejected, suspended := w.Applicant(t, w.Barangays[0]), w.Applicant(t, w.Barangays[0]), w.Resident(t, w.Barangays[0])
		if _, err := w.People.Reject(ctx, office, people.City, rejected.ID, "Lives elsewhere"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.People.Suspend(ctx, office, people.City, suspended.ID, "x"); err != nil {
			t.Fatal(err)
		}
		for username, want := range map[string]error{
			pending.Username: auth.ErrPending, rejected.Username: auth.ErrRejected, suspended.Username: auth.ErrSuspended,
		} {
			err := tryResident(t, w, "192.0.2.1", username, testkit.Password)
			wantErr(t, username, err, want)
			if e, ok := errs.As(err); ok && want == auth.ErrRejected && e.Text.Args["Reason"] != "Lives elsewhere" {
				t.Errorf("the reason is not told: %+v", e.Text)
			}
			err = tryResident(t, w, "192.0.2.1", username, "wrong")
			wantErr(t, username+" with a wrong password", err, auth.ErrBadCredentials)
		}
	})
}

func TestFiveFailuresLockAnAccount(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		r := w.Resident(t, w.Barangays[0])
		for _, username := range []string{r.Username, "nobody"} {
			for i := range 5 {
				err := tryResident(t, w, "192.0.2.1", username, "wrong")
				wantErr(t, fmt.Sprint(username, " failure ", i+1), err, auth.ErrBadCredentials)
			}
			for _, password := range []string{"wrong", testkit.Password} {
				err := tryResident(t, w, "192.0.2.2", strings.ToUpper(username), password)
				wantErr(t, username+" locked", err, auth.ErrLocked)
				if e, _ := errs.As(err); e.RetryAfter != 30*time.Minute || e.Text.Args["Count"] != 30 {
					t.Errorf("locked for %v", e)
				}
			}
		}
		w.Clock.Advance(30*time.Minute - time.Second)
		err := tryResident(t, w, "192.0.2.1", r.Username, testkit.Password)
		wantErr(t, "the last second", err, auth.ErrLocked)
		w.Clock.Advance(time.Second)
		// The count starts anew: four more mistakes do not lock, and success clears them.
		for round := range 2 {
			for range 4 {
				err := tryResident(t, w, "192.0.2.1", r.Username, "wrong")
				wantErr(t, fmt.Sprint("round ", round), err, auth.ErrBadCredentials)
			}
			residentToken(t, w, r.Username)
		}
		if n := count(t, d, `SELECT count(*) FROM audit_event WHERE action = 'auth.lock' AND target_id = $1`, r.ID); n != 1 {
			t.Errorf("%d locks in the audit trail, want 1", n)
		}
	})
}

// A lock that goes on is not made longer by trying.
func TestTryingDoesNotProlongALock(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	for range 40 {
		w.Clock.Advance(time.Minute)
		_, _ = w.Auth.SignInStaff(t.Context(), from("192.0.2.1"), "admin", "wrong") // the state afterwards is what counts
	}
	// Locked in minute 5, anew after minute 35, failures 35…39 lock again.
	_, err := w.Auth.SignInStaff(t.Context(), from("192.0.2.1"), "admin", testkit.Password)
	wantErr(t, "after 40 minutes of trying", err, auth.ErrLocked)
	w.Clock.Advance(30 * time.Minute)
	staffToken(t, w, "admin")
}

// One address may fail with five accounts; a family that mistypes one does not lock
// its neighbours, and success takes the count back.
func TestFiveAccountsLockAnAddress(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		r := w.Resident(t, w.Barangays[0])
		for range 4 {
			err := tryResident(t, w, "192.0.2.9", r.Username, "wrong")
			wantErr(t, "mistyped", err, auth.ErrBadCredentials)
		}
		if err := tryResident(t, w, "192.0.2.9", r.Username, testkit.Password); err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			err := tryResident(t, w, "192.0.2.9", fmt.Sprint("guess", i), "wrong")
			wantErr(t, fmt.Sprint("account ", i+1), err, auth.ErrBadCredentials)
		}
		err := tryResident(t, w, "192.0.2.9", r.Username, testkit.Password)
		wantErr(t, "the address", err, auth.ErrLocked)
		if err := tryResident(t, w, "192.0.2.10", r.Username, testkit.Password); err != nil {
			t.Errorf("another address: %v", err)
		}
		w.Clock.Advance(30 * time.Minute)
		if err := tryResident(t, w, "192.0.2.9", r.Username, testkit.Password); err != nil {
			t.Errorf("half an hour later: %v", err)
		}
	})
}

// Of two hundred guesses at once at most five reach the hash, from one address or many.
func TestParallelGuesses(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		for _, addresses := range []int{1, 200} {
			username := w.Resident(t, w.Barangays[0]).Username
			var looked, locked atomic.Int64
			var wg sync.WaitGroup
			for i := range 200 {
				wg.Go(func() {
					err := tryResident(t, w, fmt.Sprint("198.51.100.", i%addresses), username, "wrong")
					switch {
					case errors.Is(err, auth.ErrBadCredentials):
						looked.Add(1)
					case errors.Is(err, auth.ErrLocked):
						locked.Add(1)
					default:
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if looked.Load() != 5 || locked.Load() != 195 {
				t.Errorf("from %d addresses: %d guesses reached the hash, %d were locked out; want 5 and 195", addresses, looked.Load(), locked.Load())
			}
		}
	})
}

// A busy address signs in many people at once, and nobody is refused.
func TestParallelSignIns(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		var wg sync.WaitGroup
		for range 20 {
			username := w.Resident(t, w.Barangays[0]).Username
			wg.Go(func() {
				if err := tryResident(t, w, "192.0.2.1", username, testkit.Password); err != nil {
					t.Errorf("%s: %v", username, err)
				}
			})
		}
		wg.Wait()
	})
}
