package people_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

func TestEditResident(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		office := w.Actor(w.Admin)
		other := w.Resident(t, w.Barangays[0])
		r := w.Resident(t, w.Barangays[0])
		in := people.ResidentEdit{
			Username: "maria.santos", FirstName: "María", LastName: "Santos", Phone: "63 917 765 4321",
			Email: "M@Example.com", BirthDate: "2000-01-31", Gender: "female",
		}
		got, err := w.People.EditResident(ctx, office, people.City, r.ID, in)
		if err != nil {
			t.Fatal(err)
		}
		stored, err := w.People.ResidentByID(ctx, people.City, r.ID)
		if diff := cmp.Diff(got, stored); diff != "" || err != nil {
			t.Errorf("stored differs: %v\n%s", err, diff)
		}
		if stored.FullName != "María Santos" || stored.Phone != "+639177654321" {
			t.Errorf("stored %+v", stored)
		}
		found, err := w.People.Find(ctx, people.City, "maria san", 10)
		if err != nil || len(found) != 1 || found[0].ID != r.ID {
			t.Errorf("found %v, %v", found, err)
		}
		in.Username, in.Phone = "RESIDENT1", "09170000001"
		_, err = w.People.EditResident(ctx, office, people.City, r.ID, in)
		want := map[string]string{"username": "error.people.username_taken", "phone": "error.people.phone_taken"}
		if diff := cmp.Diff(want, fieldsOf(t, err)); diff != "" {
			t.Errorf("%s's username and phone (-want +got):\n%s", other.Username, diff)
		}
		n := count(t, d, `SELECT count(*) FROM audit_event WHERE action = 'resident.edit' AND target_id = $1
			AND details LIKE '%phone%' AND details NOT LIKE '%4321%'`, r.ID)
		if n != 1 {
			t.Errorf("%d audit rows that name what changed and not the values, want 1", n)
		}
	})
}

func TestEditFamily(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		r := w.Resident(t, w.Barangays[0])
		got, err := w.People.EditFamily(ctx, w.Actor(w.Manager), w.Manager.Scope, r.FamilyID, people.FamilyEdit{
			Name: "Señeres", Address: "9 Rizal St.", BarangayID: w.Barangays[1].ID,
		})
		if err != nil {
			t.Fatal(err)
		}
		stored, members, err := w.People.FamilyByID(ctx, w.Manager.Scope, r.FamilyID)
		if diff := cmp.Diff(got, stored); diff != "" || err != nil {
			t.Errorf("stored differs: %v\n%s", err, diff)
		}
		if len(members) != 1 || members[0].BarangayName != w.Barangays[1].Name {
			t.Errorf("members %+v", members)
		}
		found, err := w.People.Find(ctx, people.City, "seneres", 10)
		if err != nil || len(found) != 1 {
			t.Errorf("found by the new family name: %v, %v", found, err)
		}
	})
}
