package people_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

func TestRegisterFamily(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		f, r, err := w.People.RegisterFamily(ctx, nobody, household(w))
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.People.ResidentByID(ctx, people.City, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r, got); diff != "" {
			t.Errorf("stored resident differs (-returned +stored):\n%s", diff)
		}
		if got.FullName != "Juan dela Cruz" || got.Phone != "+639171234567" || got.Email != "juan@example.com" ||
			!got.Representative || got.State() != people.Pending || people.CanAccess(got) {
			t.Errorf("stored %+v", got)
		}
		if f.Status != people.Pending || f.City != "San Pedro City" || len(f.Code) != 12 || len(r.ReferralCode) != 8 {
			t.Errorf("family %+v, referral code %q", f, r.ReferralCode)
		}
		if b, err := ledger.BalanceOf(ctx, d, r.ID); err != nil || b.Posted != 0 {
			t.Errorf("balance %+v, %v", b, err)
		}
		if c, err := w.People.CardOf(ctx, r.ID); err != nil || c.Serial != 1 {
			t.Errorf("card %+v, %v", c, err)
		}
		if n := count(t, d, `SELECT count(*) FROM audit_event WHERE action = 'family.register' AND target_id = $1`, r.ID); n != 1 {
			t.Errorf("%d audit rows, want 1", n)
		}
	})
}

func TestPersonalColumnsAreSealed(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		if _, _, err := w.People.RegisterFamily(t.Context(), nobody, household(w)); err != nil {
			t.Fatal(err)
		}
		var phone, email, birth, address string
		err := d.QueryRowContext(t.Context(), `SELECT r.phone, r.email, r.birth_date, f.address
			FROM people_resident r JOIN people_family f ON f.id = r.family_id`).Scan(&phone, &email, &birth, &address)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range []string{phone, email, birth, address} {
			if !strings.HasPrefix(v, "b:") {
				t.Errorf("stored readable: %q", v)
			}
		}
	})
}

func TestRegisterFamilyTellsWhatIsWrong(t *testing.T) {
	testkit.EachDB(t, registerRefusals)
}

func registerRefusals(t *testing.T, d *db.DB) {
	w := testkit.NewWorld(t, d)
	cases := []struct {
		name   string
		change func(*people.NewFamily)
		want   map[string]string
	}{
		{"all empty", func(f *people.NewFamily) { *f = people.NewFamily{} }, map[string]string{
			"family_name": "form.required", "address": "form.required", "barangay": "error.people.barangay_invalid",
			"username": "form.required", "first_name": "form.required", "last_name": "form.required", "phone": "form.required",
		}},
		{"too long", func(f *people.NewFamily) {
			f.Name, f.Address = strings.Repeat("ñ", 101), strings.Repeat("a", 256)
			f.Representative.FirstName = strings.Repeat("a", 51)
		}, map[string]string{"family_name": "form.too_long", "address": "form.too_long", "first_name": "form.too_long"}},
		{"names", func(f *people.NewFamily) { f.Representative.FirstName, f.Representative.LastName = "123", "a\x00b" },
			map[string]string{"first_name": "error.people.name_without_letters", "last_name": "error.people.unprintable"}},
		{"turned text", func(f *people.NewFamily) { f.Representative.FirstName, f.Name = "Ana\u202e", "Cruz\u2066" },
			map[string]string{"first_name": "error.people.unprintable", "family_name": "error.people.unprintable"}},
		{"username with a space", func(f *people.NewFamily) { f.Representative.Username = "juan cruz" }, map[string]string{"username": "error.people.username_invalid"}},
		{"username too short", func(f *people.NewFamily) { f.Representative.Username = "ju" }, map[string]string{"username": "error.people.username_invalid"}},
		{"broken text", func(f *people.NewFamily) {
			f.Representative.Username, f.Representative.ReferralCode = "juan\x00", "AB\xff"
		}, map[string]string{"username": "error.people.username_invalid"}},
		{"landline", func(f *people.NewFamily) { f.Representative.Phone = "(02) 8123 4567" }, map[string]string{"phone": "error.people.phone_invalid"}},
		{"e-mail", func(f *people.NewFamily) { f.Representative.Email = "juan@localhost" }, map[string]string{"email": "error.people.email_invalid"}},
		{"born tomorrow", func(f *people.NewFamily) { f.Representative.BirthDate = "2026-11-25" }, map[string]string{"birth_date": "error.people.birth_date_future"}},
		{"born too long ago", func(f *people.NewFamily) { f.Representative.BirthDate = "1906-11-23" }, map[string]string{"birth_date": "error.people.birth_date_too_old"}},
		{"born never", func(f *people.NewFamily) { f.Representative.BirthDate = "2001-02-29" }, map[string]string{"birth_date": "error.people.birth_date_invalid"}},
		{"gender", func(f *people.NewFamily) { f.Representative.Gender = "x" }, map[string]string{"gender": "form.choose"}},
		{"referral code", func(f *people.NewFamily) { f.Representative.ReferralCode = "NOBODY22" }, map[string]string{"referral_code": "error.people.referral_code_invalid"}},
		{"barangay", func(f *people.NewFamily) { f.BarangayID = db.NewID() }, map[string]string{"barangay": "error.people.barangay_invalid"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			in := household(w)
			c.change(&in)
			_, _, err := w.People.RegisterFamily(t.Context(), nobody, in)
			if diff := cmp.Diff(c.want, fieldsOf(t, err)); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		})
	}
	if n := count(t, w.DB, `SELECT count(*) FROM people_family`); n != 0 {
		t.Errorf("%d families left behind by refused forms", n)
	}
}

func TestCanonicalPhone(t *testing.T) {
	for in, want := range map[string]string{
		"09171234567": "+639171234567", "0917 123 4567": "+639171234567", "0917-123-4567": "+639171234567",
		"639171234567": "+639171234567", "+63 917 123 4567": "+639171234567", "+63 (917) 123.4567": "+639171234567",
		"9171234567": "+639171234567", " 09171234567 ": "+639171234567",
		"": "", "0917123456": "", "091712345678": "", "08171234567": "", "+1 917 123 4567": "", "0917123456a": "", "٠٩١٧١٢٣٤٥٦٧": "",
	} {
		got, ok := people.CanonicalPhone(in)
		if got != want || ok != (want != "") {
			t.Errorf("CanonicalPhone(%q) = %q, %v; want %q", in, got, ok, want)
		}
	}
}

func TestCanonicalEmail(t *testing.T) {
	for in, want := range map[string]string{
		"Ana@Example.COM": "ana@example.com", " ana.b+c@mail.gov.ph ": "ana.b+c@mail.gov.ph",
		"": "", "ana": "", "ana@": "", "ana@localhost": "", "ana@.": "", "Ana <ana@example.com>": "", "a b@example.com": "",
		"ana@example.com,b@example.com": "", strings.Repeat("a", 251) + "@b.ph": "",
	} {
		got, ok := people.CanonicalEmail(in)
		if got != want || ok != (want != "") {
			t.Errorf("CanonicalEmail(%q) = %q, %v; want %q", in, got, ok, want)
		}
	}
}

func TestJoinFamily(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		pending := w.Applicant(t, w.Barangays[0])
		_, err := w.People.JoinFamily(ctx, nobody, pending.FamilyCode, newcomer())
		if diff := cmp.Diff(map[string]string{"family_code": "error.people.family_code_invalid"}, fieldsOf(t, err)); diff != "" {
			t.Errorf("a pending family (-want +got):\n%s", diff)
		}
		rep := w.Resident(t, w.Barangays[0])
		in := newcomer()
		in.ReferralCode = strings.ToLower(rep.ReferralCode)
		r, err := w.People.JoinFamily(ctx, nobody, strings.ToLower(rep.FamilyCode[:6])+" "+rep.FamilyCode[6:], in)
		if err != nil {
			t.Fatal(err)
		}
		if r.FamilyID != rep.FamilyID || r.Representative || r.State() != people.Pending || r.ReferredByCode != rep.ReferralCode {
			t.Errorf("joined as %+v", r)
		}
		_, members, err := w.People.FamilyByID(ctx, people.City, rep.FamilyID)
		if err != nil || len(members) != 2 || members[0].ID != rep.ID {
			t.Errorf("members %v, %v; want the representative first", members, err)
		}
	})
}

// Twenty people register at once with one username, one phone and one e-mail address.
func TestOneOfManyGetsTheName(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		var wg sync.WaitGroup
		failed := make([]error, 20)
		for i := range failed {
			wg.Go(func() {
				in := household(w)
				in.Name = fmt.Sprint("Family ", i)
				in.Representative.Username = []string{"juan", "JUAN", "Juan"}[i%3]
				_, _, failed[i] = w.People.RegisterFamily(t.Context(), nobody, in)
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
		if n := count(t, d, `SELECT count(*) FROM people_family`); won != 1 || n != 1 {
			t.Errorf("%d won, %d families; want 1", won, n)
		}
	})
}

func TestImportResident(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		here := w.Resident(t, w.Barangays[0])
		old := here
		old.ID, old.Username, old.FirstName = db.NewID(), "Resident1", "Other"
		var first, again people.Imported
		err := d.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			if first, err = w.People.ImportResident(ctx, tx, old); err != nil {
				return err
			}
			again, err = w.People.ImportResident(ctx, tx, old)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		want := people.Imported{Inserted: true, UsernameTaken: true, PhoneTaken: true, NewReferral: true}
		if diff := cmp.Diff(want, first); diff != "" {
			t.Errorf("first (-want +got):\n%s", diff)
		}
		if again != (people.Imported{}) {
			t.Errorf("again: %+v, want nothing", again)
		}
		for username, id := range map[string]any{"resident1": here.ID, "Resident1": old.ID, "RESIDENT1": here.ID} {
			if r, err := w.People.ByUsername(ctx, d, username); err != nil || r.ID != id {
				t.Errorf("%s is %s, %v; want %s", username, r.ID, err, id)
			}
		}
		got, err := w.People.ResidentByID(ctx, people.City, old.ID)
		if err != nil || got.Phone != here.Phone {
			t.Errorf("phone %q, %v; want it kept", got.Phone, err)
		}
		if _, err := w.People.EditResident(ctx, nobody, people.City, old.ID, people.ResidentEdit{
			Username: "Resident1", FirstName: "Another", LastName: "Name", Phone: here.Phone,
		}); err != nil {
			t.Errorf("edit an imported account, its username and phone as they were: %v", err)
		}
		if r, err := w.People.ByUsername(ctx, d, "Resident1"); err != nil || r.FirstName != "Another" {
			t.Errorf("after the edit Resident1 is %s, %v", r.FirstName, err)
		}
	})
}

// Whoever was rejected may register again with the same phone; the old record gives way
// and can no longer be approved.
func TestRejectedMayRegisterAgain(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx, office := t.Context(), w.Actor(w.Admin)
		_, first, err := w.People.RegisterFamily(ctx, nobody, household(w))
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = w.People.RegisterFamily(ctx, nobody, household(w))
		if got := fieldsOf(t, err); got["phone"] == "" || got["username"] == "" || got["email"] == "" {
			t.Errorf("while the first one waits: %v", got)
		}
		if _, err := w.People.Reject(ctx, office, people.City, first.ID, "wrong barangay"); err != nil {
			t.Fatal(err)
		}
		other := household(w)
		other.Representative.Phone = "09179999999"
		_, _, err = w.People.RegisterFamily(ctx, nobody, other)
		if got := fieldsOf(t, err); got["username"] == "" || got["email"] == "" || got["phone"] != "" {
			t.Errorf("with another phone: %v", got)
		}
		_, second, err := w.People.RegisterFamily(ctx, nobody, household(w))
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.People.Approve(ctx, office, people.City, first.ID)
		wantErr(t, "approve the old one", err, people.ErrReplaced)
		old, err := w.People.ResidentByID(ctx, people.City, first.ID)
		if err != nil || old.ReplacedBy.UUID != second.ID || old.Phone != second.Phone {
			t.Errorf("old %+v, %v", old, err)
		}
		found, err := w.People.ByUsername(ctx, d, second.Username)
		if err != nil || found.ID != second.ID {
			t.Errorf("by username: %s, %v", found.ID, err)
		}
	})
}
