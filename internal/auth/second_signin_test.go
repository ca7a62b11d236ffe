package auth_test

import (
	"context"
	"testing"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

// A sign-in that waits for its code is over when the password is reset, and nobody who
// was suspended meanwhile comes in.
func TestWhatHappensWhileACodeIsAskedFor(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		p, _ := signedIn(t, w, "manager")
		app, _, _ := w.SecondFactor(t, p)
		waits := atCode(t, w, "manager")
		if _, err := w.Auth.SuspendStaff(ctx, w.Actor(w.Admin), w.Manager.ID, "test"); err != nil {
			t.Fatal(err)
		}
		_, err := w.Auth.FinishStaffSignIn(ctx, from("192.0.2.1"), waits, app.Code(0))
		wantErr(t, "suspended meanwhile", err, auth.ErrSuspended)
		if _, err := w.Auth.ReactivateStaff(ctx, w.Actor(w.Admin), w.Manager.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Auth.ResetStaffPassword(ctx, w.Actor(w.Admin), w.Manager.ID); err != nil {
			t.Fatal(err)
		}
		_, err = w.Auth.FinishStaffSignIn(ctx, from("192.0.2.1"), waits, app.Code(0))
		wantErr(t, "with another password meanwhile", err, auth.ErrFlowOver)
	})
	w := testkit.NewWorld(t, testkit.DB(t))
	p, _ := signedIn(t, w, "manager")
	app, _, _ := w.SecondFactor(t, p)
	waits := atCode(t, w, "manager")
	w.Clock.Advance(11 * time.Minute)
	_, err := w.Auth.FinishStaffSignIn(t.Context(), from("192.0.2.1"), waits, app.Code(0))
	wantErr(t, "after eleven minutes", err, auth.ErrFlowOver)
}

// The collectors' app has one field: the six digits follow the password.
func TestSignInStaffApp(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		w.Auth = production(w)
		opened := 0
		try := func(username, typed string) error {
			_, err := w.Auth.SignInStaffApp(t.Context(), from("192.0.2.1"), username, typed, func(context.Context, *db.Tx, auth.Staff) (refused, err error) {
				opened++
				return nil, nil
			})
			return err
		}
		if err := try("manager", testkit.Password); err != nil || opened != 1 {
			t.Fatalf("without a second factor: %v, opened %d", err, opened)
		}
		for range 6 { // the right password is no failure
			wantErr(t, "a super administrator without a second factor", try("admin", testkit.Password), auth.ErrSecondUnset)
		}
		p, _ := signedIn(t, w, "manager")
		app, recovery, _ := w.SecondFactor(t, p)
		for range 6 {
			wantErr(t, "the password alone", try("manager", testkit.Password), auth.ErrSecondNeeded)
		}
		code := app.Code(0)
		for name, typed := range map[string]string{
			"a wrong password": "wrong" + code, "the code alone": code, "a recovery code after it": testkit.Password + recovery[0], "nothing": "",
		} {
			wantErr(t, name, try("manager", typed), auth.ErrBadCredentials)
		}
		wantErr(t, "a wrong code", try("manager", testkit.Password+"000000"), auth.ErrSecondWrong)
		if opened != 1 {
			t.Fatalf("opened %d times", opened)
		}
		if err := try("manager", testkit.Password+code); err != nil || opened != 2 {
			t.Errorf("the password and the code: %v, opened %d", err, opened)
		}
		wantErr(t, "the same again", try("manager", testkit.Password+code), auth.ErrSecondWrong)
	})
}
