package people_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

// What comes over keeps its ids, codes, statuses and times, and what a resident here
// has: an account and a card. A second run changes nothing.
func TestImportKeepsWhatWasThere(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		then := testkit.Start.AddDate(-1, 0, 0)
		b := people.Barangay{ID: db.NewID(), Name: "NUEVA", Active: true, CreatedAt: then, UpdatedAt: then}
		f := people.Family{ID: db.NewID(), Code: "O0I1LABCDEFG", Name: "Peña", Address: "3 Rizal", City: "San Pedro City", Status: people.Approved, Members: 1, CreatedAt: then, UpdatedAt: then}
		r := people.Resident{
			ID: db.NewID(), FamilyID: f.ID, Username: "José Peña", FirstName: "José", LastName: "Peña", FullName: "José Peña",
			Phone: "+639171234567", Email: "jose@example.com", BirthDate: "1901-01-01", Gender: "male", Representative: true,
			ReferralCode: "O0I1L234", Status: people.Approved, Active: true, News: true, CreatedAt: then, UpdatedAt: then,
		}
		for run := range 2 {
			err := d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
				id, inserted, err := w.People.ImportBarangay(ctx, tx, b)
				if err != nil {
					return err
				}
				if inserted {
					t.Error("NUEVA is a second Nueva")
				}
				f.BarangayID = id
				if inserted, err = w.People.ImportFamily(ctx, tx, f); err != nil {
					return err
				}
				out, err := w.People.ImportResident(ctx, tx, r)
				if inserted != (run == 0) || out != (people.Imported{Inserted: run == 0}) {
					t.Errorf("run %d: family %v, resident %+v", run, inserted, out)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		f.BarangayName = "Nueva"
		got, members, err := w.People.FamilyByID(ctx, people.City, f.ID)
		if diff := cmp.Diff(f, got); diff != "" || err != nil || len(members) != 1 {
			t.Fatalf("family: %v, %d members\n%s", err, len(members), diff)
		}
		r.FamilyName, r.FamilyCode, r.FamilyStatus, r.BarangayID, r.BarangayName = f.Name, f.Code, f.Status, f.BarangayID, "Nueva"
		if diff := cmp.Diff(r, members[0]); diff != "" {
			t.Errorf("resident (-want +got):\n%s", diff)
		}
		if _, err := ledger.BalanceOf(ctx, d, r.ID); err != nil {
			t.Errorf("account: %v", err)
		}
		for _, text := range []string{r.ID.String(), "josé peña", f.Code} {
			if who, err := w.People.Identify(ctx, people.City, text); err != nil || who.Resident.ID != r.ID {
				t.Errorf("identify %q: %s, %v", text, who.Resident.Username, err)
			}
		}
	})
}

func TestImportRefusesAnotherFamilysCode(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	r := w.Resident(t, w.Barangays[0])
	f, err := w.People.KnownFamily(t.Context(), w.DB, r.FamilyID)
	if err != nil {
		t.Fatal(err)
	}
	f.ID = db.NewID()
	err = w.DB.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := w.People.ImportFamily(ctx, tx, f)
		return err
	})
	if err == nil {
		t.Error("two families have one code")
	}
	_, err = w.People.KnownFamily(t.Context(), w.DB, f.ID)
	wantErr(t, "the second family", err, people.ErrFamilyNotFound)
}
