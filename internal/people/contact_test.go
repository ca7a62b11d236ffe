package people_test

import (
	"context"
	"errors"
	"testing"

	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

func TestLocalPhone(t *testing.T) {
	for phone, want := range map[string]string{
		"+639171234567": "0917 123 4567", "12345": "12345", "": "", "ana@me.exampl": "ana@me.exampl", "••• 567": "••• 567",
	} {
		if got := people.LocalPhone(phone); got != want {
			t.Errorf("%q: %q, want %q", phone, got, want)
		}
	}
}

// set gives a resident a phone or an e-mail address in a transaction of its own.
func set(t *testing.T, w *testkit.World, r people.Resident, phone, email string) error {
	t.Helper()
	return w.DB.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		if phone != "" {
			return w.People.SetPhone(ctx, tx, w.Actor(w.Admin), r, phone)
		}
		return w.People.SetEmail(ctx, tx, w.Actor(w.Admin), r, email)
	})
}

func TestSetContact(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		juan, ana := w.Resident(t, w.Barangays[0]), w.Resident(t, w.Barangays[0])
		if err := set(t, w, ana, "", "Ana@Example.com"); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ name, phone, email, field, key string }{
			{"a number of somebody else", ana.Phone, "", "phone", "error.people.phone_taken"},
			{"however typed", "0917-0000-002", "", "phone", "error.people.phone_taken"},
			{"no number", "12345", "", "phone", "error.people.phone_invalid"},
			{"an address of somebody else", "", "ANA@example.com", "email", "error.people.email_taken"},
			{"no address", "", "ana@", "email", "error.people.email_invalid"},
		} {
			e, ok := errs.As(set(t, w, juan, c.phone, c.email))
			if !ok || e.Fields[c.field].Key != c.key {
				t.Errorf("%s: %v", c.name, e)
			}
		}
		if err := set(t, w, juan, "(0918) 000 0001", ""); err != nil {
			t.Fatal(err)
		}
		if err := set(t, w, juan, "", "juan@example.com"); err != nil {
			t.Fatal(err)
		}
		now, err := w.People.ByID(t.Context(), d, juan.ID)
		if err != nil || now.Phone != "+639180000001" || now.Email != "juan@example.com" || now.PhoneVerifiedAt == nil || now.EmailVerifiedAt == nil {
			t.Errorf("on record %q %q %v %v, %v", now.Phone, now.Email, now.PhoneVerifiedAt, now.EmailVerifiedAt, err)
		}
		for _, typed := range []string{"0918 000 0001", "JUAN@EXAMPLE.COM"} {
			if found, err := w.People.ByContact(t.Context(), d, typed); err != nil || found.ID != juan.ID {
				t.Errorf("by %q: %v, %v", typed, found.ID, err)
			}
		}
		for _, typed := range []string{juan.Phone, juan.Username, "", "0918"} {
			if _, err := w.People.ByContact(t.Context(), d, typed); !errors.Is(err, people.ErrResidentNotFound) {
				t.Errorf("by %q: %v", typed, err)
			}
		}
		e, _ := errs.As(set(t, w, now, now.Phone, ""))
		if e == nil || e.Fields["phone"].Key != "error.people.same_phone" {
			t.Errorf("the same number again: %v", e)
		}
	})
}

// A code goes to a number only when it can be reached and is nobody else's, and to an
// address only when its owner has answered from it.
func TestReach(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	ctx := t.Context()
	r := w.Resident(t, w.Barangays[0])
	want := func(what string, want people.Reach) {
		t.Helper()
		now, err := w.People.ByID(ctx, w.DB, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := w.People.ReachOf(ctx, w.DB, now); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", what, got, err, want)
		}
	}
	write := func(query string, args ...any) {
		t.Helper()
		err := w.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.ExecContext(ctx, query, append([]any{r.ID}, args...)...)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	want("a number alone", people.Reach{Phone: r.Phone})
	if err := set(t, w, r, "", "juan@example.com"); err != nil {
		t.Fatal(err)
	}
	want("with an address", people.Reach{Phone: r.Phone, Email: "juan@example.com"})
	write(`UPDATE people_resident SET email_verified_at = NULL WHERE id = $1`)
	want("an address not confirmed", people.Reach{Phone: r.Phone})
	write(`UPDATE people_resident SET phone_hash = NULL WHERE id = $1`)
	want("a number that somebody else had first", people.Reach{})
	write(`UPDATE people_resident SET phone = $2, phone_hash = 'x' WHERE id = $1`, w.Vault.Seal("people_resident.phone", "12345"))
	want("a number that is none", people.Reach{})
}
