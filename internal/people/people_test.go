package people_test

import (
	"errors"
	"testing"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

var nobody = audit.Actor{Kind: audit.Nobody}

func newcomer() people.NewResident {
	return people.NewResident{
		Username: "Juan.DelaCruz", FirstName: "  Juan ", LastName: "dela   Cruz", Phone: "0917 123 4567",
		Email: "Juan@Example.com", BirthDate: "1990-02-28", Gender: "male", Language: "fil",
	}
}

func household(w *testkit.World) people.NewFamily {
	return people.NewFamily{Name: "Dela Cruz", BarangayID: w.Barangays[0].ID, Address: "12 Mabini St.", Representative: newcomer()}
}

func fieldsOf(t *testing.T, err error) map[string]string {
	t.Helper()
	e, ok := errs.As(err)
	if !ok || e.Kind != errs.Invalid {
		t.Fatalf("got %v, want a refused form", err)
	}
	out := map[string]string{}
	for field, text := range e.Fields {
		out[field] = text.Key
	}
	return out
}

func wantErr(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func count(t *testing.T, d *db.DB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := d.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
