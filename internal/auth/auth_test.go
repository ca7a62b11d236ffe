package auth_test

import (
	"testing"

	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

func TestSmoke(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		r := w.Resident(t, w.Barangays[0])
		m := w.Member(t, r)
		w.Give(t, r, 12050)
		a := auth.Principal{}.Actor("192.0.2.1", "ua", "rid")
		tok, p, err := w.Auth.SignInResident(t.Context(), a, "Resident1", testkit.Password)
		t.Log(tok, p.Name, err)
		tok, p, err = w.Auth.SignInStaff(t.Context(), a, "manager", testkit.Password)
		t.Log(tok, p, err)
		for range 7 {
			_, _, err = w.Auth.SignInStaff(t.Context(), a, "manager", "x")
			t.Log(err)
		}
		t.Log(w.Auth.SetResidentPassword(t.Context(), a, m.ID, "resident-password"))
		t.Log(w.Auth.CreateStaff(t.Context(), w.Actor(w.Admin), auth.NewStaff{Username: "Admin", FullName: "A", Role: auth.SuperAdmin, Password: testkit.Password}))
		t.Log(w.Auth.ResetStaffPassword(t.Context(), w.Actor(w.Admin), w.Manager.ID))
	})
}
