package collection_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/collection"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

var (
	monday = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC) // 9 in the morning in Manila
	amihan = audit.Actor{Kind: audit.Staff, ID: uuid.MustParse("019ab000-0000-7000-8000-000000000001"), Name: "Amihan T."}
	berto  = audit.Actor{Kind: audit.Staff, ID: uuid.MustParse("019ab000-0000-7000-8000-000000000002"), Name: "Berto M."}
)

// world is a city with two barangays in use, one approved resident in each, and two
// materials.
type world struct {
	db           *db.DB
	people       *people.Service
	book         *collection.Service
	notices      *notify.Service
	now          time.Time
	juan, maria  people.Resident // of Langgam, of Pacita 1
	here, there  people.Barangay
	pet, newspap uuid.UUID // 5 and 2 points a kilogram
	keys         int
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	vault, err := db.NewVault("test-secret", "")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{db: d, now: monday}
	now := func() time.Time { return w.now }
	w.notices = testkit.Notify(t, d, vault, now)
	w.people, w.book = people.New(d, vault, w.notices, now), collection.New(d, w.notices, now)
	if _, err := w.people.LoadPSGC(t.Context()); err != nil {
		t.Fatal(err)
	}
	all, err := w.people.Barangays(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.here, w.there = all[0], all[1]
	w.juan = w.resident(t, "juan", "09170000001", w.here)
	w.maria = w.resident(t, "maria", "09170000002", w.there)
	w.pet = w.wasteType(t, "PET bottles", 500)
	w.newspap = w.wasteType(t, "Newspaper", 200)
	return w
}

func (w *world) resident(t *testing.T, username, phone string, b people.Barangay) people.Resident {
	t.Helper()
	_, r, err := w.people.RegisterFamily(t.Context(), amihan, people.NewFamily{Name: "Family of " + username, BarangayID: b.ID, Address: "1 Mabini St.",
		Representative: people.NewResident{Username: username, FirstName: "Name " + username, LastName: "Cruz", Phone: phone}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.people.Approve(t.Context(), amihan, people.City, r.ID); err != nil {
		t.Fatal(err)
	}
	return r
}

func (w *world) wasteType(t *testing.T, name string, rate ledger.Rate) uuid.UUID {
	t.Helper()
	id, err := w.book.SaveType(t.Context(), amihan, collection.TypeForm{Name: name, NameFil: name, Class: collection.Recyclable, Icon: "art-pet", Active: true, Rate: rate})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// entry is a weigh-in of one material under a new key.
func (w *world) entry(r people.Resident, material uuid.UUID, gross, tare ledger.Grams) collection.Entry {
	w.keys++
	return collection.Entry{RequestKey: fmt.Sprintf("key-%d", w.keys), Resident: r.ID, IdentifiedBy: "card",
		Lines: []collection.EntryLine{{Type: material, Gross: gross, Tare: tare}}}
}

func (w *world) record(t *testing.T, e collection.Entry) collection.Receipt {
	t.Helper()
	receipt, err := w.book.Record(t.Context(), amihan, people.City, e)
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}

func (w *world) balance(t *testing.T, r people.Resident) ledger.Points {
	t.Helper()
	b, err := ledger.BalanceOf(t.Context(), w.db, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	return b.Posted
}

func (w *world) assign(t *testing.T, staff audit.Actor, b people.Barangay) people.Scope {
	t.Helper()
	err := w.db.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		return people.Assign(ctx, tx, staff.ID, []uuid.UUID{b.ID})
	})
	if err != nil {
		t.Fatal(err)
	}
	return people.Scope{Staff: staff.ID}
}

// rows counts a table's rows.
func (w *world) rows(t *testing.T, table string) (n int) {
	t.Helper()
	if err := w.db.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func eachWorld(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, d *db.DB) { f(t, newWorld(t, d)) })
}

// field is the catalogue key of what is wrong with a field, "" when nothing is.
func field(err error, name string) string {
	e, ok := errs.As(err)
	if !ok {
		return ""
	}
	return e.Fields[name].Key
}

func wantError(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v; want %v", what, err, want)
	}
}
