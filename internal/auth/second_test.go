package auth_test

import (
	"errors"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/testkit"
)

// production is the World's service as a city runs it.
func production(w *testkit.World) *auth.Service {
	return auth.New(w.DB, w.Vault, w.Notify, w.People, auth.Config{SecretKey: testkit.SecretKey, Production: true}, w.Clock.Now)
}

// signedIn is a member of staff with a session.
func signedIn(t *testing.T, w *testkit.World, username string) (auth.Principal, string) {
	t.Helper()
	in, err := w.Auth.SignInStaff(t.Context(), from("192.0.2.1"), username, testkit.Password)
	if err != nil || in.Token == "" {
		t.Fatalf("%s does not sign in: %v", username, err)
	}
	return in.Principal, in.Token
}

// atCode is a sign-in that waits for its code.
func atCode(t *testing.T, w *testkit.World, username string) string {
	t.Helper()
	in, err := w.Auth.SignInStaff(t.Context(), from("192.0.2.1"), username, testkit.Password)
	if err != nil || in.Flow == "" || in.Token != "" || in.Principal.SignedIn() {
		t.Fatalf("%s is not asked for a code: %+v, %v", username, in, err)
	}
	return in.Flow
}

// fieldOf says that an error is about one field.
func fieldOf(err error, field string) bool {
	e, ok := errs.As(err)
	return ok && len(e.Fields) == 1 && e.Fields[field].Key != ""
}

func TestSecondFactor(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		p, old := signedIn(t, w, "manager")
		_, elsewhere := signedIn(t, w, "manager")
		app, recovery, token := w.SecondFactor(t, p)
		if len(recovery) != 10 || !regexp.MustCompile(`^[A-Z2-7]{5}-[A-Z2-7]{5}$`).MatchString(recovery[0]) {
			t.Errorf("the recovery codes are %q", recovery)
		}
		for name, dead := range map[string]string{"the token of before": old, "the other session": elsewhere} {
			_, err := w.Auth.PrincipalOf(ctx, auth.StaffSurface, dead)
			wantErr(t, name, err, auth.ErrNoSession)
		}
		if again, err := w.Auth.PrincipalOf(ctx, auth.StaffSurface, token); err != nil || again.SessionID != p.SessionID {
			t.Errorf("the session under its new token: %+v, %v", again, err)
		}

		flow := atCode(t, w, "manager")
		if _, err := w.Auth.PrincipalOf(ctx, auth.StaffSurface, flow); !errors.Is(err, auth.ErrNoSession) {
			t.Error("the secret of a sign-in that waits opens a session")
		}
		code := app.Code(0)
		in, err := w.Auth.FinishStaffSignIn(ctx, from("192.0.2.1"), flow, code[:3]+" "+code[3:])
		if err != nil || in.Principal.ID != w.Manager.ID || !in.Principal.May(auth.UseStation) {
			t.Fatalf("with the code: %+v, %v", in, err)
		}
		_, err = w.Auth.FinishStaffSignIn(ctx, from("192.0.2.1"), flow, app.Code(30*time.Second))
		wantErr(t, "a finished sign-in", err, auth.ErrFlowOver)
		if _, err = w.Auth.FinishStaffSignIn(ctx, from("192.0.2.1"), atCode(t, w, "manager"), code); !fieldOf(err, "code") {
			t.Errorf("the same code again: %v", err)
		}
		if _, err = w.Auth.FinishStaffSignIn(ctx, from("192.0.2.1"), atCode(t, w, "manager"), app.Code(-30*time.Second)); !fieldOf(err, "code") {
			t.Errorf("an earlier code: %v", err)
		}
		if _, err = w.Auth.FinishStaffSignIn(ctx, from("192.0.2.1"), atCode(t, w, "manager"), app.Code(30*time.Second)); err != nil {
			t.Errorf("the next code, from a phone whose clock is ahead: %v", err)
		}
		if n := count(t, d, `SELECT count(*) FROM auth_second_factor WHERE key LIKE 'b:%'`); n != 1 {
			t.Error("the key is not sealed")
		}
		if n := count(t, d, `SELECT count(*) FROM auth_recovery_code WHERE code_hash LIKE '%`+recovery[0][:5]+`%'`); n != 0 {
			t.Error("a recovery code stands in the database")
		}
	})
}

func TestRecoveryCodes(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		address := reachable(t, w, w.Manager)
		p, _ := signedIn(t, w, "manager")
		app, recovery, _ := w.SecondFactor(t, p)
		for i, typed := range []string{recovery[0], strings.ToLower(strings.ReplaceAll(recovery[1], "-", " "))} {
			in, err := w.Auth.FinishStaffSignIn(ctx, from("192.0.2.1"), atCode(t, w, "manager"), typed)
			if err != nil {
				t.Fatalf("recovery code %d: %v", i, err)
			}
			p = in.Principal
		}
		if _, err := w.Auth.FinishStaffSignIn(ctx, from("192.0.2.1"), atCode(t, w, "manager"), recovery[0]); !fieldOf(err, "code") {
			t.Errorf("a used recovery code: %v", err)
		}
		if second, err := w.Auth.SecondOf(ctx, p.ID, p.Role); err != nil || second.Left != 8 {
			t.Errorf("%d are left, %v", second.Left, err)
		}
		fresh, err := w.Auth.NewRecoveryCodes(ctx, w.Actor(p), p, auth.Proof{Password: testkit.Password, Code: app.Code(0)})
		if err != nil || len(fresh) != 10 {
			t.Fatalf("new codes %q, %v", fresh, err)
		}
		if _, err := w.Auth.FinishStaffSignIn(ctx, from("192.0.2.1"), atCode(t, w, "manager"), recovery[2]); !fieldOf(err, "code") {
			t.Errorf("an old recovery code: %v", err)
		}
		if _, err := w.Auth.FinishStaffSignIn(ctx, from("192.0.2.1"), atCode(t, w, "manager"), fresh[9]); err != nil {
			t.Errorf("a new recovery code: %v", err)
		}
		if got := told(t, w, address); got != "staff.second_on staff.recovery_used staff.recovery_used staff.recovery_used" {
			t.Errorf("the person was told %s", got)
		}
	})
}

// Codes are counted before they are looked at, and a lock is told to the person: whoever
// guesses at codes has the password.
func TestWrongCodesLock(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		address := reachable(t, w, w.Manager)
		p, _ := signedIn(t, w, "manager")
		app, recovery, _ := w.SecondFactor(t, p)
		flow := atCode(t, w, "manager")
		wrong := []string{"000000", "ABCDE-FGHIJ", "", "12345", strings.Repeat("9", 400)}
		for i, code := range wrong {
			if app.Code(0) == code {
				w.Clock.Advance(time.Minute)
			}
			if _, err := w.Auth.FinishStaffSignIn(ctx, from("192.0.2.1"), flow, code); !fieldOf(err, "code") {
				t.Fatalf("wrong code %d: %v", i, err)
			}
		}
		for name, code := range map[string]string{"the right code": app.Code(0), "a recovery code": recovery[0]} {
			_, err := w.Auth.FinishStaffSignIn(ctx, from("192.0.2.2"), flow, code)
			wantErr(t, name+" while it is locked", err, auth.ErrLocked)
		}
		if got := told(t, w, address); got != "staff.second_on staff.locked" {
			t.Errorf("the person was told %s", got)
		}
		if n := count(t, d, `SELECT count(*) FROM audit_event WHERE action = 'staff.second_failed'`); n != 4 {
			t.Errorf("%d wrong codes in the audit trail, want 4 and the one that locks", n)
		}
		w.Clock.Advance(31 * time.Minute)
		flow = atCode(t, w, "manager")
		if _, err := w.Auth.FinishStaffSignIn(ctx, from("192.0.2.1"), flow, app.Code(0)); err != nil {
			t.Errorf("after the lock: %v", err)
		}
	})
}

// Who has the password could guess for months, five codes every half hour: thirty wrong
// ones in a row end the app's codes, until another way in is used.
func TestEndlessGuessingEndsTheAppsCodes(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	ctx := t.Context()
	p, _ := signedIn(t, w, "manager")
	app, recovery, _ := w.SecondFactor(t, p)
	for range 6 {
		flow := atCode(t, w, "manager")
		for range 5 {
			_, _ = w.Auth.FinishStaffSignIn(ctx, from("192.0.2.1"), flow, "short") // refused; the count is what matters
		}
		w.Clock.Advance(31 * time.Minute)
	}
	flow := atCode(t, w, "manager")
	_, err := w.Auth.FinishStaffSignIn(ctx, from("192.0.2.1"), flow, app.Code(0))
	wantErr(t, "the right code of the app", err, auth.ErrSecondSpent)
	if _, err := w.Auth.FinishStaffSignIn(ctx, from("192.0.2.1"), flow, recovery[0]); err != nil {
		t.Fatalf("a recovery code: %v", err)
	}
	if _, err := w.Auth.FinishStaffSignIn(ctx, from("192.0.2.1"), atCode(t, w, "manager"), app.Code(30*time.Second)); err != nil {
		t.Errorf("the app's code afterwards: %v", err)
	}
}

// Of many who send the same right code at the same moment, one comes in.
func TestOneCodeOpensOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		for name, username := range map[string]string{"the app's": "manager", "a recovery code": "content"} {
			p, _ := signedIn(t, w, username)
			app, recovery, _ := w.SecondFactor(t, p)
			code := app.Code(0)
			if username == "content" {
				code = recovery[0]
			}
			flows := make([]string, 4) // below the limit of failures: each counts until it has succeeded
			for i := range flows {
				flows[i] = atCode(t, w, username)
			}
			var opened atomic.Int32
			var wg sync.WaitGroup
			for i, flow := range flows {
				wg.Go(func() {
					_, err := w.Auth.FinishStaffSignIn(t.Context(), from("192.0.2."+string(rune('1'+i))), flow, code)
					switch {
					case err == nil:
						opened.Add(1)
					case !fieldOf(err, "code"):
						t.Errorf("%s: %v", name, err)
					}
				})
			}
			wg.Wait()
			if opened.Load() != 1 {
				t.Errorf("%s opened %d sessions", name, opened.Load())
			}
		}
	})
}

// Of many wrong codes at the same moment, no more are looked at than one after the other.
func TestWrongCodesAtOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		p, _ := signedIn(t, w, "manager")
		w.SecondFactor(t, p)
		flow := atCode(t, w, "manager")
		var looked, locked atomic.Int32
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				_, err := w.Auth.FinishStaffSignIn(t.Context(), from("192.0.2."+string(rune('1'+i%9))), flow, "wrong")
				switch {
				case fieldOf(err, "code"):
					looked.Add(1)
				case errors.Is(err, auth.ErrLocked):
					locked.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if looked.Load() != 5 || locked.Load() != 35 {
			t.Errorf("%d codes were looked at, %d refused", looked.Load(), locked.Load())
		}
	})
}
