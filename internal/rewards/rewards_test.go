package rewards_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
	"ekolek/internal/testkit"
)

var (
	monday = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC) // 9 in the morning in Manila
	amihan = audit.Actor{Kind: audit.Staff, ID: uuid.MustParse("019ab000-0000-7000-8000-000000000001"), Name: "Amihan T."}
	berto  = audit.Actor{Kind: audit.Staff, ID: uuid.MustParse("019ab000-0000-7000-8000-000000000002"), Name: "Berto M."}
)

// world is a city with two barangays in use, one approved resident in each, and rice.
type world struct {
	db          *db.DB
	people      *people.Service
	store       *rewards.Service
	now         time.Time
	clock       *turn           // instead of now, when it is there
	juan, maria people.Resident // of here, of there
	here, there people.Barangay
	keys        int
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	vault, err := db.NewVault("test-secret", "")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{db: d, now: monday}
	now := func() time.Time {
		if w.clock != nil {
			return w.clock.now()
		}
		return w.now
	}
	n := testkit.Notify(t, d, vault, now)
	w.people, w.store = people.New(d, vault, n, now), rewards.New(d, n, now)
	if _, err := w.people.LoadPSGC(t.Context()); err != nil {
		t.Fatal(err)
	}
	all, err := w.people.Barangays(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.here, w.there = all[0], all[1]
	w.juan = w.resident(t, "juan", w.here)
	w.maria = w.resident(t, "maria", w.there)
	return w
}

func (w *world) resident(t *testing.T, username string, b people.Barangay) people.Resident {
	t.Helper()
	w.keys++
	_, r, err := w.people.RegisterFamily(t.Context(), amihan, people.NewFamily{Name: "Family of " + username, BarangayID: b.ID, Address: "1 Mabini St.",
		Representative: people.NewResident{Username: username, FirstName: username, LastName: "Cruz", Phone: fmt.Sprintf("0917%07d", w.keys)}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.people.Approve(t.Context(), amihan, people.City, r.ID); err != nil {
		t.Fatal(err)
	}
	return r
}

// award gives points out of nothing, as an adjustment.
func (w *world) award(t *testing.T, r people.Resident, points ledger.Points) {
	t.Helper()
	err := w.db.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := ledger.Post(ctx, tx, ledger.Posting{Kind: ledger.KindAdjustment, Source: db.NewID(), Account: r.ID, Points: points, Actor: amihan, Reason: "test", At: w.now})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) item(t *testing.T, name string, price ledger.Points, stock int64) uuid.UUID {
	t.Helper()
	id, err := w.store.SaveItem(t.Context(), amihan, rewards.ItemForm{Name: name, NameFil: name, Price: price, Unit: "kg", Icon: "art-rice", Active: true, Stock: stock})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// request is a redemption under a new key.
func (w *world) request(r people.Resident, item uuid.UUID, quantity int64) rewards.Request {
	w.keys++
	return rewards.Request{RequestKey: fmt.Sprintf("key-%d", w.keys), Resident: r.ID, Wants: []rewards.Want{{Item: item, Quantity: quantity}}, IdentifiedBy: "card"}
}

func (w *world) redeem(t *testing.T, r rewards.Request) rewards.Receipt {
	t.Helper()
	receipt, err := w.store.Redeem(t.Context(), amihan, people.City, r)
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

func (w *world) stock(t *testing.T, item uuid.UUID) int64 {
	t.Helper()
	i, err := w.store.ItemByID(t.Context(), item)
	if err != nil {
		t.Fatal(err)
	}
	return i.Stock
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

// books says whether stock book and ledger balance.
func (w *world) books(t *testing.T) {
	t.Helper()
	if r, err := rewards.VerifyStock(t.Context(), w.db); err != nil || !r.OK() {
		t.Errorf("stock book: %s, %v", r.Wrong, err)
	}
	if r, err := ledger.Verify(t.Context(), w.db); err != nil || !r.OK() {
		t.Errorf("ledger: %+v, %v", r, err)
	}
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
