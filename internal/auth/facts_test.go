package auth_test

import (
	"slices"
	"testing"

	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

func TestFacts(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d) // its super administrator is called admin
		f, err := w.Auth.Facts(t.Context())
		if err != nil || f.Staff != 4 || f.SuperAdmins != 1 || f.WithoutSecond != 1 || f.OldPasswords != 0 || len(f.WellKnown) != 0 {
			t.Errorf("%+v, %v", f, err)
		}
		w.Clock.Advance(auth.PasswordAge + 1)
		hash, err := w.Auth.HashPassword(t.Context(), "Admin@123456")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Writer().ExecContext(t.Context(), "UPDATE auth_password SET hash = $1 WHERE subject_id = $2", hash, w.Admin.ID); err != nil {
			t.Fatal(err)
		}
		if f, err = w.Auth.Facts(t.Context()); err != nil || f.OldPasswords != 1 || !slices.Equal(f.WellKnown, []string{"admin"}) {
			t.Errorf("%+v, %v", f, err)
		}
	})
}

// Every permission that any role has is known, so that a route with another one is found.
func TestPermissionsAreAll(t *testing.T) {
	all := auth.Permissions()
	if len(slices.Compact(slices.Sorted(slices.Values(all)))) != len(all) {
		t.Errorf("a permission stands twice: %v", all)
	}
	for _, r := range auth.Roles() {
		for _, p := range auth.Grants(r) {
			if !slices.Contains(all, p) {
				t.Errorf("%s of %s is not in the list", p, r)
			}
		}
	}
}
