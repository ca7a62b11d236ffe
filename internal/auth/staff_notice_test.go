package auth_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/notify"
	"ekolek/internal/testkit"
)

// Who is told what about staff accounts, in which words and with which link, and that each
// is told once. Content and rewards managers, and those who are suspended, hear nothing.
func TestStaffNotices(t *testing.T) {
	const page, trail = "/console/staff/{id}/", "/console/audit/?target={id}"
	type told map[string]string // username → link and words in English
	cases := []struct {
		name, kind string
		act        func(t *testing.T, w *testkit.World) error
		want       told
	}{
		{"locked by wrong passwords", "admin_account_locked", func(t *testing.T, w *testkit.World) error {
			for range 7 { // the lock is news once, not each try
				_, _ = w.Auth.SignInStaff(t.Context(), from("192.0.2.1"), "manager", "wrong")
			}
			return nil
		}, told{"admin": page + " Account locked: Staff manager (manager)", "chief": page + " Account locked", "analyst": trail + " Account locked"}},
		{"locked by wrong codes", "admin_account_locked", func(t *testing.T, w *testkit.World) error {
			p, _ := signedIn(t, w, "manager")
			w.SecondFactor(t, p)
			waits := atCode(t, w, "manager")
			for range 5 {
				_, _ = w.Auth.FinishStaffSignIn(t.Context(), from("192.0.2.1"), waits, "000000")
			}
			return nil
		}, told{"admin": page + " Account locked", "chief": page + " Account locked", "analyst": trail + " Account locked"}},
		{"suspended", "admin_account_suspended", func(t *testing.T, w *testkit.World) error {
			_, err := w.Auth.SuspendStaff(t.Context(), w.Actor(w.Admin), w.Manager.ID, "on leave")
			return err
		}, told{"chief": page + " Account suspended: Staff manager (manager), by Staff admin. The reason: on leave"}},
		{"suspended by a command", "admin_account_suspended", func(t *testing.T, w *testkit.World) error {
			_, err := w.Auth.SuspendStaff(t.Context(), from(""), w.Manager.ID, "on leave")
			return err
		}, told{"chief": page + " Account suspended", "admin": page + " Account suspended: Staff manager (manager), by The office"}},
		{"reactivated", "admin_account_reactivated", func(t *testing.T, w *testkit.World) error {
			if _, err := w.Auth.SuspendStaff(t.Context(), from(""), w.Manager.ID, "on leave"); err != nil {
				return err
			}
			_, err := w.Auth.ReactivateStaff(t.Context(), w.Actor(w.Admin), w.Manager.ID)
			return err
		}, told{"manager": "/console/ Staff admin ended the suspension", "chief": page + " Account restored: Staff manager (manager), by Staff admin."}},
		{"unlocked", "admin_account_unlocked", func(t *testing.T, w *testkit.World) error {
			for range 5 {
				_, _ = w.Auth.SignInStaff(t.Context(), from("192.0.2.1"), "manager", "wrong")
			}
			if _, err := w.Auth.UnlockStaff(t.Context(), w.Actor(w.Admin), w.Manager.ID); err != nil {
				return err
			}
			_, err := w.Auth.UnlockStaff(t.Context(), w.Actor(w.Admin), w.Manager.ID)
			wantErr(t, "unlock again", err, auth.ErrNotLocked)
			return nil
		}, told{"manager": "/console/ Staff admin unlocked your account", "chief": page + " Account unlocked: Staff manager (manager), by Staff admin."}},
		{"unlocked with a new password", "admin_account_unlocked", func(t *testing.T, w *testkit.World) error {
			for range 5 {
				_, _ = w.Auth.SignInStaff(t.Context(), from("192.0.2.1"), "manager", "wrong")
			}
			_, err := w.Auth.ResetStaffPassword(t.Context(), w.Actor(w.Admin), w.Manager.ID)
			return err
		}, told{"manager": "/console/ Staff admin unlocked your account", "chief": page + " Account unlocked"}},
		{"a new password of one who was not locked", "admin_account_unlocked", func(t *testing.T, w *testkit.World) error {
			_, err := w.Auth.ResetStaffPassword(t.Context(), w.Actor(w.Admin), w.Manager.ID)
			return err
		}, told{}},
		{"other barangays", "barangay_assignment_changed", func(t *testing.T, w *testkit.World) error {
			for range 2 { // the second time nothing changes
				if err := assign(t, w, w.Barangays[3].ID, w.Barangays[2].ID); err != nil {
					return err
				}
			}
			return nil
		}, told{"manager": "/console/residents/ Staff admin changed the barangays you work in. Now: {2}, {3}", "chief": page + " Barangays changed: Staff manager (manager), by Staff admin. Now: {2}, {3}"}},
		{"no barangay any more", "barangay_assignment_changed", func(t *testing.T, w *testkit.World) error { return assign(t, w) },
			told{"manager": "/console/residents/ Staff admin changed the barangays you work in. Now: none", "chief": page + " Barangays changed"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := testkit.NewWorld(t, testkit.DB(t))
			chief := w.Staff(t, "chief", auth.SuperAdmin)
			gone := w.Staff(t, "gone", auth.SuperAdmin)
			if _, err := w.Auth.SuspendStaff(t.Context(), from(""), gone.ID, "left"); err != nil {
				t.Fatal(err)
			}
			everybody := []auth.Principal{w.Admin, chief, gone, w.Manager, w.Content, w.Analyst}
			old := noticesOf(t, w, c.kind, everybody...)
			if err := c.act(t, w); err != nil {
				t.Fatal(err)
			}
			fill := strings.NewReplacer("{id}", w.Manager.ID.String(), "{2}", w.Barangays[2].Name, "{3}", w.Barangays[3].Name)
			for _, p := range everybody {
				got := noticesOf(t, w, c.kind, p)
				got = slices.DeleteFunc(got, func(s string) bool { return slices.Contains(old, s) })
				want, expected := c.want[p.Username]
				switch {
				case !expected && len(got) > 0:
					t.Errorf("%s was told %q", p.Username, got)
				case expected && (len(got) != 1 || !strings.HasPrefix(got[0], fill.Replace(want))):
					t.Errorf("%s was told %q, want %q once", p.Username, got, fill.Replace(want))
				}
			}
		})
	}
}

// assign gives the World's manager these barangays.
func assign(t *testing.T, w *testkit.World, barangays ...uuid.UUID) error {
	t.Helper()
	_, err := w.Auth.EditStaff(t.Context(), w.Actor(w.Admin), w.Manager.ID,
		auth.StaffEdit{FullName: w.Manager.Name, Role: auth.OperationsManager, Barangays: barangays})
	return err
}

// noticesOf are the link and the English words of notices of a kind.
func noticesOf(t *testing.T, w *testkit.World, kind string, people ...auth.Principal) []string {
	t.Helper()
	var all []string
	for _, p := range people {
		page, err := w.Notify.Notices(t.Context(), notify.Bell{Audience: notify.Staff, ID: p.ID}, notify.NoticeFilter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range page.Rows {
			if n.Type == kind {
				all = append(all, n.Link+" "+n.Message)
			}
			if n.MessageFil == "" || n.MessageFil == n.Message {
				t.Errorf("%s has no Tagalog: %q", n.Type, n.MessageFil)
			}
		}
	}
	return all
}

// Unlocking opens the account at once, for passwords and for codes, and is no way to get
// more tries at one's own.
func TestUnlockStaff(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		st, err := w.Auth.StaffByID(ctx, w.Manager.ID)
		if err != nil {
			t.Fatal(err)
		}
		locked := func(want bool) {
			t.Helper()
			until, err := w.Auth.StaffLockedUntil(ctx, st)
			if err != nil || until.IsZero() == want {
				t.Errorf("locked until %v, %v; want locked = %v", until, err, want)
			}
		}
		locked(false)
		for n := range 5 {
			_, _ = w.Auth.SignInStaff(ctx, from("192.0.2.1"), "manager", "wrong")
			locked(n == 4)
		}
		_, err = w.Auth.SignInStaff(ctx, from("192.0.2.2"), "manager", testkit.Password)
		wantErr(t, "while locked", err, auth.ErrLocked)
		_, err = w.Auth.UnlockStaff(ctx, w.Actor(w.Manager), w.Manager.ID)
		wantErr(t, "one's own", err, auth.ErrUnlockOwn)
		if _, err := w.Auth.UnlockStaff(ctx, w.Actor(w.Admin), w.Manager.ID); err != nil {
			t.Fatal(err)
		}
		locked(false)
		if _, err := w.Auth.SignInStaff(ctx, from("192.0.2.2"), "manager", testkit.Password); err != nil {
			t.Errorf("after unlocking: %v", err)
		}
		_, err = w.Auth.UnlockStaff(ctx, w.Actor(w.Admin), uuid.New())
		if !errors.Is(err, auth.ErrStaffNotFound) {
			t.Errorf("nobody: %v", err)
		}
		if n := count(t, d, `SELECT count(*) FROM audit_event WHERE action = 'staff.unlock' AND target_id = $1 AND actor_id = $2`, w.Manager.ID, w.Admin.ID); n != 1 {
			t.Errorf("%d lines in the audit trail", n)
		}
	})
}
