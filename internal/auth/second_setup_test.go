package auth_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

// In production a super administrator without a second factor reaches only its set-up.
func TestSecondFactorIsRequiredOfSuperAdmins(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		w.Auth = production(w)
		p, _ := signedIn(t, w, "admin")
		if !p.MustSetUpSecond || p.May(auth.AnyStaff) || p.May(auth.ManageStaff) || !p.May(auth.SetUpSecondFactor) || !p.May(auth.ChangeOwnPassword) {
			t.Errorf("without a second factor: %+v", p)
		}
		for _, username := range []string{"manager", "content", "analyst"} {
			if q, _ := signedIn(t, w, username); q.MustSetUpSecond || !q.May(auth.AnyStaff) {
				t.Errorf("%s must set up a second factor", username)
			}
		}
		app, _, token := w.SecondFactor(t, p)
		p, err := w.Auth.PrincipalOf(ctx, auth.StaffSurface, token)
		if err != nil || p.MustSetUpSecond || !p.May(auth.ManageStaff) {
			t.Errorf("with one: %+v, %v", p, err)
		}
		err = w.Auth.TurnOffSecond(ctx, w.Actor(p), p, auth.Proof{Password: testkit.Password, Code: app.Code(0)})
		wantErr(t, "turning it off", err, auth.ErrSecondStays)
	})
}

func TestTurnOffSecond(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		p, _ := signedIn(t, w, "manager")
		off := func(proof auth.Proof) error { return w.Auth.TurnOffSecond(ctx, w.Actor(p), p, proof) }
		wantErr(t, "before it is on", off(auth.Proof{Password: testkit.Password}), auth.ErrSecondOff)
		app, _, token := w.SecondFactor(t, p)
		if err := off(auth.Proof{Password: "wrong", Code: app.Code(0)}); !fieldOf(err, "password") {
			t.Errorf("with a wrong password: %v", err)
		}
		if err := off(auth.Proof{Password: testkit.Password, Code: "wrong"}); !fieldOf(err, "code") {
			t.Errorf("with a wrong code: %v", err)
		}
		if err := off(auth.Proof{Password: testkit.Password, Code: app.Code(0)}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Auth.PrincipalOf(ctx, auth.StaffSurface, token); err != nil {
			t.Errorf("the session: %v", err)
		}
		signedIn(t, w, "manager")
		if n := count(t, d, `SELECT count(*) FROM auth_recovery_code`); n != 0 {
			t.Errorf("%d recovery codes are left", n)
		}
	})
}

// Moving to another phone takes a code of the old one, which works until the new one is
// proved.
func TestMoveSecond(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		p, _ := signedIn(t, w, "manager")
		old, recovery, token := w.SecondFactor(t, p)
		if _, _, err := w.Auth.BeginSecond(ctx, w.Actor(p), p, auth.Proof{Password: testkit.Password}); !fieldOf(err, "code") {
			t.Errorf("with the password alone: %v", err)
		}
		flow, _, err := w.Auth.BeginSecond(ctx, w.Actor(p), p, auth.Proof{Password: testkit.Password, Code: recovery[0]})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Auth.FinishStaffSignIn(ctx, from("192.0.2.1"), atCode(t, w, "manager"), old.Code(0)); err != nil {
			t.Errorf("the old phone meanwhile: %v", err)
		}
		key, err := w.Auth.NewSecond(ctx, p, flow)
		if err != nil {
			t.Fatal(err)
		}
		phone := testkit.NewAuthenticator(t, key.Typed, w.Clock.Now)
		if _, _, err := w.Auth.ConfirmSecond(ctx, w.Actor(p), p, flow, old.Code(30*time.Second)); !fieldOf(err, "code") {
			t.Errorf("a code of the old phone: %v", err)
		}
		if _, _, err := w.Auth.ConfirmSecond(ctx, w.Actor(w.Analyst), w.Analyst, flow, phone.Code(0)); !errors.Is(err, auth.ErrFlowOver) {
			t.Errorf("somebody else with the same secret: %v", err)
		}
		fresh, _, err := w.Auth.ConfirmSecond(ctx, w.Actor(p), p, flow, phone.Code(0))
		if err != nil || fresh == token {
			t.Fatalf("the new phone: %v", err)
		}
		if _, _, err := w.Auth.ConfirmSecond(ctx, w.Actor(p), p, flow, phone.Code(30*time.Second)); !errors.Is(err, auth.ErrFlowOver) {
			t.Errorf("twice: %v", err)
		}
		w.Clock.Advance(time.Minute)
		waits := atCode(t, w, "manager")
		if _, err := w.Auth.FinishStaffSignIn(ctx, from("192.0.2.1"), waits, old.Code(0)); !fieldOf(err, "code") {
			t.Errorf("the old phone afterwards: %v", err)
		}
		if _, err := w.Auth.FinishStaffSignIn(ctx, from("192.0.2.1"), waits, phone.Code(0)); err != nil {
			t.Errorf("the new phone afterwards: %v", err)
		}
	})
}

// A set-up that somebody else began with the password does not replace the one that is
// proved first.
func TestOneSetUpWins(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	ctx := t.Context()
	p, _ := signedIn(t, w, "manager")
	flow, _, err := w.Auth.BeginSecond(ctx, w.Actor(p), p, auth.Proof{Password: testkit.Password})
	if err != nil {
		t.Fatal(err)
	}
	key, err := w.Auth.NewSecond(ctx, p, flow)
	if err != nil {
		t.Fatal(err)
	}
	w.SecondFactor(t, p)
	code := testkit.NewAuthenticator(t, key.Typed, w.Clock.Now).Code(0)
	_, _, err = w.Auth.ConfirmSecond(ctx, w.Actor(p), p, flow, code)
	wantErr(t, "the other set-up", err, auth.ErrFlowOver)
}

func TestResetSecond(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		address := reachable(t, w, w.Manager)
		p, _ := signedIn(t, w, "manager")
		app, _, token := w.SecondFactor(t, p)
		waits := atCode(t, w, "manager")
		for range 5 {
			_, _ = w.Auth.FinishStaffSignIn(ctx, from("192.0.2.1"), atCode(t, w, "manager"), "wrong") // locks
		}
		reset := func(actor audit.Actor, reason string) error {
			return w.Auth.ResetSecond(ctx, actor, w.Manager.ID, reason)
		}
		wantErr(t, "one's own", reset(w.Actor(p), "phone lost"), auth.ErrSecondOwn)
		if err := reset(w.Actor(w.Admin), " "); !fieldOf(err, "reason") {
			t.Errorf("without a reason: %v", err)
		}
		if err := reset(w.Actor(w.Admin), "Her phone fell into the river"); err != nil {
			t.Fatal(err)
		}
		wantErr(t, "twice", reset(w.Actor(w.Admin), "phone lost"), auth.ErrSecondOff)
		_, err := w.Auth.PrincipalOf(ctx, auth.StaffSurface, token)
		wantErr(t, "the session", err, auth.ErrNoSession)
		_, err = w.Auth.FinishStaffSignIn(ctx, from("192.0.2.1"), waits, app.Code(0))
		wantErr(t, "the sign-in that waited", err, auth.ErrFlowOver)
		signedIn(t, w, "manager")
		letters := w.Told(t, address)
		last := letters[len(letters)-1]
		if last.Kind != "staff.second_reset" || !strings.Contains(strings.Join(last.Lines, " "), "Staff admin reset") || !strings.Contains(strings.Join(last.Lines, " "), "into the river") {
			t.Errorf("the person was told %+v", last)
		}
		if n := count(t, d, `SELECT count(*) FROM audit_event WHERE action = 'staff.second_reset' AND details LIKE '%river%'`); n != 1 {
			t.Errorf("%d lines in the audit trail", n)
		}
	})
}
