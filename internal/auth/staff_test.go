package auth_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

func newStaff() auth.NewStaff {
	return auth.NewStaff{Username: "liza.reyes", FullName: "Liza Reyes", Email: "Liza@Example.com", Role: auth.OperationsManager, Password: "limang piso sa bulsa"}
}

func TestCreateStaff(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		in := newStaff()
		in.Barangays = []uuid.UUID{w.Barangays[3].ID}
		st, err := w.Auth.CreateStaff(ctx, w.Actor(w.Admin), in)
		if err != nil || st.Email != "liza@example.com" || st.CreatedBy.UUID != w.Admin.ID {
			t.Fatalf("created %+v, %v", st, err)
		}
		signed, err := w.Auth.SignInStaff(ctx, from("192.0.2.1"), "Liza.Reyes", in.Password)
		if err != nil || signed.Principal.Role != auth.OperationsManager {
			t.Errorf("signed in as %+v, %v", signed.Principal, err)
		}
		assigned, err := people.AssignedTo(ctx, d, st.ID)
		if err != nil || len(assigned) != 1 || assigned[0].ID != w.Barangays[3].ID {
			t.Errorf("assigned %v, %v", assigned, err)
		}
		list, err := w.Auth.StaffList(ctx)
		if err != nil || len(list) != 5 || list[3].Username != "liza.reyes" {
			t.Errorf("%d staff, %v", len(list), err)
		}
	})
}

func TestCreateStaffTellsWhatIsWrong(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	if _, err := w.Auth.CreateStaff(t.Context(), w.Actor(w.Admin), newStaff()); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name, field, want string
		change            func(*auth.NewStaff)
	}{
		{"username", "username", "error.auth.staff_username_invalid", func(s *auth.NewStaff) { s.Username = "li za" }},
		{"username in other case", "username", "error.people.username_taken", func(s *auth.NewStaff) { s.Username = "LIZA.reyes" }},
		{"e-mail taken", "email", "error.people.email_taken", func(s *auth.NewStaff) { s.Username = "liza2" }},
		{"e-mail", "email", "error.people.email_invalid", func(s *auth.NewStaff) { s.Email = "x" }},
		{"no name", "full_name", "form.required", func(s *auth.NewStaff) { s.FullName = " " }},
		{"long name", "full_name", "form.too_long", func(s *auth.NewStaff) { s.FullName = strings.Repeat("x", 151) }},
		{"role", "role", "form.choose", func(s *auth.NewStaff) { s.Role = "mayor" }},
		{"password", "password", "error.auth.password_personal", func(s *auth.NewStaff) { s.Password = "liza.reyes.2026" }},
	}
	for _, c := range cases {
		in := newStaff()
		c.change(&in)
		_, err := w.Auth.CreateStaff(t.Context(), w.Actor(w.Admin), in)
		if got := field(t, err, c.field); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestHireStaff(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		in := newStaff()
		in.Password = "" // the program makes one
		st, temporary, err := w.Auth.HireStaff(t.Context(), w.Actor(w.Admin), in)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := w.Auth.SignInStaff(t.Context(), from("192.0.2.1"), st.Username, temporary)
		if err != nil || !signed.Principal.MustChangePassword {
			t.Errorf("with the temporary password %+v, %v", signed.Principal, err)
		}
		if n := count(t, d, `SELECT count(*) FROM audit_event WHERE details LIKE $1`, "%"+temporary+"%"); n != 0 {
			t.Error("the temporary password stands in the audit trail")
		}
		if _, other, err := w.Auth.HireStaff(t.Context(), w.Actor(w.Admin), in); err == nil || other != "" {
			t.Errorf("a username that is taken: password %q, %v", other, err)
		}
	})
}

func TestTheLastSuperAdminStays(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		command := audit.Command("test")
		last := auth.StaffEdit{FullName: "A", Role: auth.SecurityAnalyst}
		if _, err := w.Auth.EditStaff(ctx, command, w.Admin.ID, last); err == nil || !strings.Contains(err.Error(), "LAST_SUPER_ADMIN") {
			t.Errorf("demote the last one: %v", err)
		}
		if _, err := w.Auth.SuspendStaff(ctx, command, w.Admin.ID, "x"); err == nil || !strings.Contains(err.Error(), "LAST_SUPER_ADMIN") {
			t.Errorf("suspend the last one: %v", err)
		}
		if _, err := w.Auth.SuspendStaff(ctx, w.Actor(w.Admin), w.Admin.ID, "x"); err == nil || !strings.Contains(err.Error(), "OWN_ACCOUNT") {
			t.Errorf("suspend oneself: %v", err)
		}
		w.Staff(t, "second", auth.SuperAdmin)
		if _, err := w.Auth.EditStaff(ctx, command, w.Admin.ID, last); err != nil {
			t.Errorf("demote one of two: %v", err)
		}
		_, err := w.Auth.ReactivateStaff(ctx, command, w.Manager.ID)
		wantErr(t, "reactivate who is not suspended", err, people.ErrAlreadyDecided)
		_, err = w.Auth.ReactivateStaff(ctx, command, uuid.New())
		wantErr(t, "nobody", err, auth.ErrStaffNotFound)
	})
}

func TestImportStaff(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		st := auth.Staff{ID: db.NewID(), Username: "Admin", FullName: "Old Admin", Role: auth.SecurityAnalyst, Status: auth.StaffSuspended, CreatedAt: w.Clock.Now(), UpdatedAt: w.Clock.Now()}
		var first, again bool
		err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
			if first, _, err = w.Auth.ImportStaff(ctx, tx, st); err != nil {
				return err
			}
			again, _, err = w.Auth.ImportStaff(ctx, tx, st)
			return err
		})
		if err != nil || !first || again {
			t.Fatalf("inserted %v, then %v, %v", first, again, err)
		}
		staffToken(t, w, "admin") // the one who was here still comes in
	})
}

func TestSetup(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		w := emptyCity(t, d)
		old, err := w.SetupToken(ctx)
		if err != nil {
			t.Fatal(err)
		}
		token, err := w.SetupToken(ctx)
		if err != nil {
			t.Fatal(err)
		}
		wantErr(t, "an older token", w.CheckSetup(ctx, old), auth.ErrSetupClosed)
		wantErr(t, "no token", w.CheckSetup(ctx, ""), auth.ErrSetupClosed)
		in := newStaff()
		in.Password = "short"
		if _, err := w.Setup(ctx, from("192.0.2.1"), token, in); field(t, err, "password") == "" {
			t.Error("a short password was taken")
		}
		st, err := w.Setup(ctx, from("192.0.2.1"), token, newStaff())
		if err != nil || st.Role != auth.SuperAdmin {
			t.Fatalf("set up %+v, %v", st, err)
		}
		_, err = w.Setup(ctx, from("192.0.2.1"), token, newStaff())
		wantErr(t, "a second use", err, auth.ErrSetupClosed)
		_, err = w.SetupToken(ctx)
		wantErr(t, "a token while there is staff", err, auth.ErrSetupClosed)
		if n := count(t, d, `SELECT count(*) FROM db_value WHERE value = $1`, token); n != 0 {
			t.Error("the token itself is stored")
		}
	})
}

func TestSetupClosesWithTheFirstStaff(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		w := emptyCity(t, d)
		token, err := w.SetupToken(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.CreateStaff(ctx, audit.Command("createsuperadmin"), newStaff()); err != nil {
			t.Fatal(err)
		}
		_, err = w.Setup(ctx, from("192.0.2.1"), token, newStaff())
		wantErr(t, "with staff there", err, auth.ErrSetupClosed)
	})
}

// Eight visitors with the right token: one becomes super administrator.
func TestOneSetupWins(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := emptyCity(t, d)
		token, err := w.SetupToken(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var won atomic.Int64
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				in := newStaff()
				in.Username, in.Email = in.Username+string(rune('a'+i)), ""
				if _, err := w.Setup(t.Context(), from("192.0.2.1"), token, in); err == nil {
					won.Add(1)
				}
			})
		}
		wg.Wait()
		if n := count(t, d, `SELECT count(*) FROM auth_staff`); won.Load() != 1 || n != 1 {
			t.Errorf("%d won, %d staff; want 1", won.Load(), n)
		}
	})
}

// emptyCity has no staff.
func emptyCity(t *testing.T, d *db.DB) *auth.Service {
	t.Helper()
	vault, err := db.NewVault("a secret for tests only", "")
	if err != nil {
		t.Fatal(err)
	}
	now := testkit.NewClock().Now
	n := testkit.Notify(t, d, vault, now)
	return auth.New(d, vault, n, people.New(d, vault, n, now), auth.Config{}, now)
}
