package auth_test

import (
	"strings"
	"testing"

	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

// reachable gives a member of staff an e-mail address.
func reachable(t *testing.T, w *testkit.World, p auth.Principal) string {
	t.Helper()
	address := p.Username + "@city.test"
	if _, err := w.Auth.EditStaff(t.Context(), w.Actor(w.Admin), p.ID, auth.StaffEdit{FullName: p.Name, Email: address, Role: p.Role}); err != nil {
		t.Fatal(err)
	}
	return address
}

// told lists the kinds of mail that an address got, in their order.
func told(t *testing.T, w *testkit.World, address string) string {
	t.Helper()
	var kinds []string
	for _, m := range w.Told(t, address) {
		kinds = append(kinds, m.Kind)
	}
	return strings.Join(kinds, " ")
}

// Everything that happens to an account is told to its owner, in their language, without
// a password.
func TestStaffMails(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		boss := w.Actor(w.Admin)
		in := newStaff()
		in.Password = ""
		st, temporary, err := w.Auth.HireStaff(ctx, boss, in)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Auth.SetStaffLanguage(ctx, st.ID, "fil"); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			_, _ = w.Auth.SignInStaff(ctx, from("192.0.2.1"), st.Username, "wrong") // locks
		}
		reset, err := w.Auth.ResetStaffPassword(ctx, boss, st.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Auth.SuspendStaff(ctx, boss, st.ID, "Umalis na sa tanggapan"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Auth.ReactivateStaff(ctx, boss, st.ID); err != nil {
			t.Fatal(err)
		}
		if got := told(t, w, "liza@example.com"); got != "staff.created staff.locked staff.password_reset staff.suspended staff.restored" {
			t.Errorf("told %s", got)
		}
		words := map[string]string{
			"staff.created": "Staff admin made a staff account", "staff.locked": "Ilang beses na may nag-type ng maling password",
			"staff.password_reset": "Si Staff admin ang nag-reset", "staff.suspended": "Umalis na sa tanggapan", "staff.restored": "Si Staff admin ang bumawi",
		}
		for _, m := range w.Told(t, "liza@example.com") {
			text := m.Subject + " " + strings.Join(m.Lines, " ")
			if !strings.Contains(text, words[m.Kind]) || !strings.Contains(text, "Liza Reyes") {
				t.Errorf("%s says %q", m.Kind, text)
			}
			if strings.Contains(text, temporary) || strings.Contains(text, reset) {
				t.Errorf("%s holds a password", m.Kind)
			}
		}
	})
}
