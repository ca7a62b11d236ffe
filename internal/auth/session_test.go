package auth_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

func TestSessionOfAnotherSurfaceIsNothing(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	ctx := t.Context()
	w.Resident(t, w.Barangays[0])
	staff, resident := staffToken(t, w, "admin"), residentToken(t, w, "resident1")
	cases := map[string]struct {
		surface auth.Surface
		token   string
	}{
		"staff token on the residents' side": {auth.ResidentSurface, staff},
		"resident token on the staff's side": {auth.StaffSurface, resident},
		"no token":                           {auth.StaffSurface, ""},
		"invented token":                     {auth.StaffSurface, strings.Repeat("A", 43)},
		"broken token":                       {auth.StaffSurface, strings.Repeat("\x00", 43)},
		"no surface":                         {"", staff},
	}
	for name, c := range cases {
		p, err := w.Auth.PrincipalOf(ctx, c.surface, c.token)
		wantErr(t, name, err, auth.ErrNoSession)
		if p.SignedIn() {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestStaffSessionEnds(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		token := staffToken(t, w, "admin")
		for range 24 { // busy: 12 hours less a minute
			w.Clock.Advance(30*time.Minute - 5*time.Second/2)
			if _, err := w.Auth.PrincipalOf(ctx, auth.StaffSurface, token); err != nil {
				t.Fatalf("while busy: %v", err)
			}
		}
		w.Clock.Advance(time.Minute)
		_, err := w.Auth.PrincipalOf(ctx, auth.StaffSurface, token)
		wantErr(t, "after 12 hours", err, auth.ErrNoSession)

		token = staffToken(t, w, "admin")
		w.Clock.Advance(30 * time.Minute)
		_, err = w.Auth.PrincipalOf(ctx, auth.StaffSurface, token)
		wantErr(t, "after 30 idle minutes", err, auth.ErrNoSession)

		if err := w.Auth.Purge(ctx); err != nil {
			t.Fatal(err)
		}
		if n := count(t, d, `SELECT count(*) FROM auth_session`); n != 0 {
			t.Errorf("%d ended sessions left", n)
		}
	})
}

// Fourteen idle days end a resident's session, and thirty days end it however busy.
func TestResidentSessionEnds(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		w.Resident(t, w.Barangays[0])
		token := residentToken(t, w, "resident1")
		for range 2 {
			w.Clock.Advance(14*24*time.Hour - time.Second)
			if _, err := w.Auth.PrincipalOf(t.Context(), auth.ResidentSurface, token); err != nil {
				t.Fatalf("while busy: %v", err)
			}
		}
		w.Clock.Advance(2*24*time.Hour + 2*time.Second)
		_, err := w.Auth.PrincipalOf(t.Context(), auth.ResidentSurface, token)
		wantErr(t, "after 30 days", err, auth.ErrNoSession)

		token = residentToken(t, w, "resident1")
		w.Clock.Advance(14 * 24 * time.Hour)
		_, err = w.Auth.PrincipalOf(t.Context(), auth.ResidentSurface, token)
		wantErr(t, "after 14 idle days", err, auth.ErrNoSession)
		if err := w.Auth.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := count(t, d, `SELECT count(*) FROM auth_session`); n != 0 {
			t.Errorf("%d ended sessions left", n)
		}
	})
}

// Reading pages writes at most once a minute.
func TestSeenIsWrittenOnceAMinute(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	token := staffToken(t, w, "admin")
	seen := func() (at time.Time) {
		if _, err := w.Auth.PrincipalOf(t.Context(), auth.StaffSurface, token); err != nil {
			t.Fatal(err)
		}
		if err := w.DB.QueryRowContext(t.Context(), `SELECT seen_at FROM auth_session`).Scan(db.Into(&at)); err != nil {
			t.Fatal(err)
		}
		return at
	}
	first := seen()
	w.Clock.Advance(59 * time.Second)
	if !seen().Equal(first) {
		t.Error("written within the minute")
	}
	w.Clock.Advance(time.Second)
	if !seen().Equal(w.Clock.Now()) {
		t.Error("not written after a minute")
	}
}

func TestSuspensionEndsAccessAtOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		r := w.Resident(t, w.Barangays[0])
		resident, staff := residentToken(t, w, r.Username), staffToken(t, w, "manager")
		if _, err := w.People.Suspend(ctx, w.Actor(w.Admin), people.City, r.ID, "x"); err != nil {
			t.Fatal(err)
		}
		_, err := w.Auth.PrincipalOf(ctx, auth.ResidentSurface, resident)
		wantErr(t, "resident", err, auth.ErrNoSession)
		if _, err := w.Auth.SuspendStaff(ctx, w.Actor(w.Admin), w.Manager.ID, "x"); err != nil {
			t.Fatal(err)
		}
		_, err = w.Auth.PrincipalOf(ctx, auth.StaffSurface, staff)
		wantErr(t, "staff", err, auth.ErrNoSession)
		_, err = w.Auth.SignInStaff(ctx, from("192.0.2.1"), "manager", testkit.Password)
		wantErr(t, "sign-in of suspended staff", err, auth.ErrSuspended)
		if _, err := w.Auth.ReactivateStaff(ctx, w.Actor(w.Admin), w.Manager.ID); err != nil {
			t.Fatal(err)
		}
		staffToken(t, w, "manager")
	})
}

func TestRoleAndAssignmentAreReadAnew(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	token := staffToken(t, w, "manager")
	_, err := w.Auth.EditStaff(t.Context(), w.Actor(w.Admin), w.Manager.ID, auth.StaffEdit{FullName: "M", Role: auth.SecurityAnalyst})
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.Auth.PrincipalOf(t.Context(), auth.StaffSurface, token)
	if err != nil || p.May(auth.UseStation) || !p.May(auth.ManageSecurity) || p.Name != "M" {
		t.Errorf("%+v, %v", p, err)
	}
	if n := count(t, w.DB, `SELECT count(*) FROM people_assignment WHERE staff_id = $1`, w.Manager.ID); n != 0 {
		t.Errorf("%d assignments left", n)
	}
}

func TestSignOutLeavesTheOtherSurface(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		w.Resident(t, w.Barangays[0])
		resident, staff, phone := residentToken(t, w, "resident1"), staffToken(t, w, "admin"), staffToken(t, w, "admin")
		if err := w.Auth.SignOut(ctx, w.Actor(w.Admin), auth.StaffSurface, staff); err != nil {
			t.Fatal(err)
		}
		_, err := w.Auth.PrincipalOf(ctx, auth.StaffSurface, staff)
		wantErr(t, "signed out", err, auth.ErrNoSession)
		if _, err := w.Auth.PrincipalOf(ctx, auth.ResidentSurface, resident); err != nil {
			t.Errorf("the resident: %v", err)
		}
		if _, err := w.Auth.PrincipalOf(ctx, auth.StaffSurface, phone); err != nil {
			t.Errorf("the other phone: %v", err)
		}
		if err := w.Auth.SignOut(ctx, w.Actor(w.Admin), auth.StaffSurface, staff); err != nil {
			t.Errorf("signing out twice: %v", err)
		}
	})
}

func changePassword(t *testing.T, w *testkit.World, actor audit.Actor, p auth.Principal, current, fresh string) error {
	t.Helper()
	_, err := w.Auth.ChangePassword(t.Context(), actor, p, current, fresh)
	return err
}

func TestChangePassword(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		mine, other := staffToken(t, w, "manager"), staffToken(t, w, "manager")
		p, err := w.Auth.PrincipalOf(ctx, auth.StaffSurface, mine)
		if err != nil {
			t.Fatal(err)
		}
		actor := p.Actor("192.0.2.1", "", "")
		const next = "limang piso sa bulsa"
		if got := field(t, changePassword(t, w, actor, p, "wrong", next), "current_password"); got != "error.auth.password_wrong" {
			t.Errorf("wrong current password: %q", got)
		}
		if got := field(t, changePassword(t, w, actor, p, testkit.Password, testkit.Password), "new_password"); got != "error.auth.password_same" {
			t.Errorf("the same password: %q", got)
		}
		if got := field(t, changePassword(t, w, actor, p, testkit.Password, "short"), "new_password"); got != "error.auth.password_short" {
			t.Errorf("a short password: %q", got)
		}
		wantErr(t, "nobody", changePassword(t, w, actor, auth.Principal{}, testkit.Password, next), auth.ErrNoSession)
		fresh, err := w.Auth.ChangePassword(ctx, actor, p, testkit.Password, next)
		if err != nil {
			t.Fatal(err)
		}
		if same, err := w.Auth.PrincipalOf(ctx, auth.StaffSurface, fresh); err != nil || same.SessionID != p.SessionID {
			t.Errorf("this session: %v", err)
		}
		_, err = w.Auth.PrincipalOf(ctx, auth.StaffSurface, mine)
		wantErr(t, "its old token", err, auth.ErrNoSession)
		_, err = w.Auth.PrincipalOf(ctx, auth.StaffSurface, other)
		wantErr(t, "the other session", err, auth.ErrNoSession)
		_, err = w.Auth.SignInStaff(ctx, from("192.0.2.1"), "manager", testkit.Password)
		wantErr(t, "the old password", err, auth.ErrBadCredentials)
		if _, err := w.Auth.SignInStaff(ctx, from("192.0.2.1"), "manager", next); err != nil {
			t.Errorf("the new password: %v", err)
		}
		if n := count(t, d, `SELECT count(*) FROM audit_event WHERE details LIKE '%piso%' OR details LIKE '%itlog%'`); n != 0 {
			t.Error("a password stands in the audit trail")
		}
	})
}

// Guessing the current password locks like guessing at the door.
func TestChangePasswordCountsFailures(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	for range 5 {
		_ = changePassword(t, w, w.Actor(w.Manager), w.Manager, "wrong", "limang piso sa bulsa") // refused; the count is what matters
	}
	err := changePassword(t, w, w.Actor(w.Manager), w.Manager, testkit.Password, "limang piso sa bulsa")
	wantErr(t, "the sixth try", err, auth.ErrLocked)
}

func TestResetMakesAChangeDue(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		old := staffToken(t, w, "manager")
		for range 5 {
			_, _ = w.Auth.SignInStaff(ctx, from("192.0.2.1"), "manager", "wrong") // locks the account
		}
		temporary, err := w.Auth.ResetStaffPassword(ctx, w.Actor(w.Admin), w.Manager.ID)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Auth.PrincipalOf(ctx, auth.StaffSurface, old)
		wantErr(t, "the old session", err, auth.ErrNoSession)
		signed, err := w.Auth.SignInStaff(ctx, from("192.0.2.1"), "manager", temporary)
		p := signed.Principal
		if err != nil || !p.MustChangePassword || p.May(auth.AnyStaff) || p.May(auth.UseStation) || !p.May(auth.ChangeOwnPassword) {
			t.Fatalf("with the temporary password %+v, %v", p, err)
		}
		token, err := w.Auth.ChangePassword(ctx, w.Actor(p), p, temporary, "limang piso sa bulsa")
		if err != nil {
			t.Fatal(err)
		}
		if p, err = w.Auth.PrincipalOf(ctx, auth.StaffSurface, token); err != nil || !p.May(auth.UseStation) {
			t.Errorf("afterwards %+v, %v", p, err)
		}
	})
}

func TestNobodyResetsTheirOwnPassword(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	temporary, err := w.Auth.ResetStaffPassword(t.Context(), w.Actor(w.Admin), w.Admin.ID)
	if temporary != "" || errs.KindOf(err) != errs.Conflict {
		t.Errorf("got %q, %v", temporary, err)
	}
}

// A resident who locked themselves out comes to the counter, and goes home signed in.
func TestSetResidentPassword(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		r := w.Resident(t, w.Barangays[0])
		old := residentToken(t, w, r.Username)
		for range 5 {
			_ = tryResident(t, w, "192.0.2.1", r.Username, "wrong") // locks the account
		}
		if got := field(t, w.Auth.SetResidentPassword(ctx, w.Actor(w.Manager), r.ID, "short"), "password"); got != "error.auth.password_short" {
			t.Errorf("a short password: %q", got)
		}
		if err := w.Auth.SetResidentPassword(ctx, w.Actor(w.Manager), r.ID, "limang piso sa bulsa"); err != nil {
			t.Fatal(err)
		}
		_, err := w.Auth.PrincipalOf(ctx, auth.ResidentSurface, old)
		wantErr(t, "the old session", err, auth.ErrNoSession)
		if err := tryResident(t, w, "192.0.2.1", r.Username, "limang piso sa bulsa"); err != nil {
			t.Errorf("with the new password: %v", err)
		}
		if n := count(t, d, `SELECT count(*) FROM audit_event WHERE action = 'resident.password' AND actor_id = $1 AND target_id = $2`, w.Manager.ID, r.ID); n != 1 {
			t.Errorf("%d lines in the audit trail, want 1", n)
		}
	})
}

func TestImportedPasswordStays(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	err := w.DB.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		return auth.ImportPassword(ctx, tx, w.Admin.ID, "pbkdf2_sha256$1$s$other", true, w.Clock.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
	staffToken(t, w, "admin")
}
