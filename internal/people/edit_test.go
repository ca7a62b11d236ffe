package people_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

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

// Sixteen residents are given one username, phone and address at once: one gets them,
// the others are told per field, even those who lose between the check and the write.
func TestOneOfManyEditsGetsTheName(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		failed := make([]error, 16)
		var wg sync.WaitGroup
		for i := range failed {
			r := w.Applicant(t, w.Barangays[0])
			wg.Go(func() {
				_, failed[i] = w.People.EditResident(t.Context(), w.Actor(w.Admin), people.City, r.ID, people.ResidentEdit{
					Username: "wanted", FirstName: "A", LastName: "B", Phone: "09179999999", Email: "wanted@example.com",
				})
			})
		}
		wg.Wait()
		won := 0
		for _, err := range failed {
			if err == nil {
				won++
				continue
			}
			want := map[string]string{
				"username": "error.people.username_taken", "phone": "error.people.phone_taken", "email": "error.people.email_taken",
			}
			if diff := cmp.Diff(want, fieldsOf(t, err)); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		}
		if won != 1 {
			t.Errorf("%d won, want 1", won)
		}
	})
}

func TestEditWithoutAChangeLeavesNoTrace(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	r := w.Resident(t, w.Barangays[0])
	w.Clock.Advance(time.Hour)
	got, err := w.People.EditResident(t.Context(), w.Actor(w.Admin), people.City, r.ID, people.ResidentEdit{
		Username: r.Username, FirstName: r.FirstName, LastName: r.LastName, Phone: r.Phone,
	})
	if diff := cmp.Diff(r, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if n := count(t, w.DB, `SELECT count(*) FROM audit_event WHERE action = 'resident.edit'`); n != 0 {
		t.Errorf("%d audit rows, want none", n)
	}
}

// A closed barangay is no longer offered, but its families stay in it.
func TestClosedBarangay(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		r := w.Resident(t, w.Barangays[0])
		b := w.Barangays[0]
		_, err := w.People.SaveBarangay(ctx, w.Actor(w.Admin), people.BarangayEdit{ID: b.ID, Name: b.Name, PSGC: b.PSGC, Population: b.Population})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = w.People.RegisterFamily(ctx, nobody, household(w))
		if diff := cmp.Diff(map[string]string{"barangay": "error.people.barangay_invalid"}, fieldsOf(t, err)); diff != "" {
			t.Errorf("a new family (-want +got):\n%s", diff)
		}
		_, err = w.People.EditFamily(ctx, w.Actor(w.Admin), people.City, r.FamilyID, people.FamilyEdit{Name: "X", Address: "Y", BarangayID: b.ID})
		if err != nil {
			t.Errorf("a family that lives there: %v", err)
		}
		other := w.Resident(t, w.Barangays[1])
		_, err = w.People.EditFamily(ctx, w.Actor(w.Admin), people.City, other.FamilyID, people.FamilyEdit{Name: "X", Address: "Y", BarangayID: b.ID})
		if fieldsOf(t, err)["barangay"] != "error.people.barangay_invalid" {
			t.Errorf("a family that moves there: %v", err)
		}
	})
}

func TestLanguageAndLastSignIn(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		r := w.Resident(t, w.Barangays[0])
		if err := w.People.SetLanguage(ctx, r.ID, "fil"); err != nil {
			t.Fatal(err)
		}
		wantErr(t, "nobody's language", w.People.SetLanguage(ctx, db.NewID(), "fil"), people.ErrResidentNotFound)
		err := d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return people.MarkLogin(ctx, tx, r.ID, w.Clock.Now()) })
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.People.ByID(ctx, d, r.ID)
		if err != nil || got.Language != "fil" || got.LastLoginAt == nil || !got.LastLoginAt.Equal(w.Clock.Now()) {
			t.Errorf("language %q, last sign-in %v, %v", got.Language, got.LastLoginAt, err)
		}
	})
}

func TestResidentsAreNotLogged(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	r := w.Resident(t, w.Barangays[0])
	var out strings.Builder
	slog.New(slog.NewTextHandler(&out, nil)).Info("seen", "resident", r)
	if line := out.String(); !strings.Contains(line, r.ID.String()) || strings.Contains(line, "Juan") || strings.Contains(line, "917") {
		t.Errorf("logged %s", line)
	}
}
