package ledger_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/testkit"
)

var now = time.Date(2026, 11, 23, 16, 30, 0, 123456789, time.UTC) // the 24th in Manila

var collector = audit.Actor{Kind: audit.Staff, ID: uuid.MustParse("00000000-0000-4000-8000-00000000000a"), Name: "Ana"}

// in runs f in a transaction of its own.
func in[T any](d *db.DB, f func(ctx context.Context, tx *db.Tx) (T, error)) (T, error) {
	var out T
	err := d.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) (err error) {
		out, err = f(ctx, tx)
		return err
	})
	return out, err
}

func do(d *db.DB, f func(ctx context.Context, tx *db.Tx) error) error {
	return d.InTx(context.Background(), f)
}

func post(d *db.DB, p ledger.Posting) (ledger.Transfer, error) {
	if p.Source == uuid.Nil {
		p.Source = db.NewID()
	}
	if p.At.IsZero() {
		p.At = now
	}
	return in(d, func(ctx context.Context, tx *db.Tx) (ledger.Transfer, error) { return ledger.Post(ctx, tx, p) })
}

func reverse(d *db.DB, transfer uuid.UUID) (ledger.Transfer, error) {
	return in(d, func(ctx context.Context, tx *db.Tx) (ledger.Transfer, error) {
		return ledger.Reverse(ctx, tx, ledger.Reversal{Transfer: transfer, Reason: "weighed twice", Actor: collector, At: now})
	})
}

// resident opens an account and gives it points.
func resident(t testing.TB, d *db.DB, points ledger.Points) uuid.UUID {
	t.Helper()
	id := db.NewID()
	if err := do(d, func(ctx context.Context, tx *db.Tx) error { return ledger.OpenAccount(ctx, tx, id, now) }); err != nil {
		t.Fatal(err)
	}
	if points > 0 {
		if _, err := post(d, ledger.Posting{Kind: ledger.KindWeighIn, Account: id, Points: points}); err != nil {
			t.Fatal(err)
		}
	}
	return id
}

func balance(t testing.TB, d *db.DB, account uuid.UUID) ledger.Balance {
	t.Helper()
	b, err := ledger.BalanceOf(context.Background(), d, account)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPostFollowsTheKind(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind   ledger.Kind
		points ledger.Points
		city   uuid.UUID
		change ledger.Points
	}{
		{ledger.KindWeighIn, 250, ledger.IssuedWaste, 250},
		{ledger.KindReferral, 250, ledger.IssuedReferral, 250},
		{ledger.KindLearning, 250, ledger.IssuedLearning, 250},
		{ledger.KindGame, 250, ledger.IssuedGame, 250},
		{ledger.KindImport, 250, ledger.IssuedImport, 250},
		{ledger.KindAdjustment, 250, ledger.IssuedAdjustment, 250},
		{ledger.KindAdjustment, -250, ledger.IssuedAdjustment, -250},
		{ledger.KindRedemption, 250, ledger.Redeemed, -250},
	} {
		t.Run(string(c.kind)+c.points.String(), func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, d *db.DB) {
				account := resident(t, d, 1000)
				got, err := post(d, ledger.Posting{Kind: c.kind, Account: account, Points: c.points, Actor: collector, Reason: "because"})
				if err != nil {
					t.Fatal(err)
				}
				want := ledger.Transfer{
					ID: got.ID, Debit: c.city, Credit: account, Points: 250, Kind: c.kind, Source: got.Source,
					Actor: uuid.NullUUID{UUID: collector.ID, Valid: true}, Reason: "because", Account: account,
					Version: 2, BalanceAfter: 1000 + c.change, At: now.Truncate(time.Microsecond), Day: "2026-11-24",
				}
				if c.change < 0 {
					want.Debit, want.Credit = want.Credit, want.Debit
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("posted (-want +got):\n%s", diff)
				}
				stored, err := ledger.TransferByID(t.Context(), d, got.ID)
				if diff := cmp.Diff(want, stored); diff != "" || err != nil {
					t.Errorf("stored, %v (-want +got):\n%s", err, diff)
				}
				if got.Change() != c.change {
					t.Errorf("change %s, want %s", got.Change(), c.change)
				}
				if b := balance(t, d, account); b.Posted != 1000+c.change || b.Version != 2 {
					t.Errorf("balance %+v", b)
				}
			})
		})
	}
}

func TestRefusalsLeaveNoTrace(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		account := resident(t, d, 1000)
		first, err := post(d, ledger.Posting{Kind: ledger.KindGame, Account: account, Points: 100})
		if err != nil {
			t.Fatal(err)
		}
		held := ledger.Reservation{Source: db.NewID(), Account: account, Points: 500, ExpiresAt: now.Add(time.Hour), At: now}
		hold := func(r ledger.Reservation) error {
			return do(d, func(ctx context.Context, tx *db.Tx) error { return ledger.Hold(ctx, tx, r) })
		}
		if err := hold(held); err != nil {
			t.Fatal(err)
		}
		undone, err := reverse(d, first.ID)
		if err != nil {
			t.Fatal(err)
		}
		before := balance(t, d, account)
		errOf := func(_ ledger.Transfer, err error) error { return err }
		for name, c := range map[string]struct{ got, want error }{
			"the same source again": {errOf(post(d, ledger.Posting{Kind: ledger.KindGame, Source: first.Source, Account: account, Points: 100})), ledger.ErrAlreadyPosted},
			"more than available":   {errOf(post(d, ledger.Posting{Kind: ledger.KindRedemption, Account: account, Points: 501})), ledger.ErrInsufficientPoints},
			"nobody's account":      {errOf(post(d, ledger.Posting{Kind: ledger.KindWeighIn, Account: db.NewID(), Points: 1})), ledger.ErrNoAccount},
			"the city's account":    {errOf(post(d, ledger.Posting{Kind: ledger.KindWeighIn, Account: ledger.Redeemed, Points: 1})), ledger.ErrNoAccount},
			"a second reversal":     {errOf(reverse(d, first.ID)), ledger.ErrAlreadyReversed},
			"reverse a reversal":    {errOf(reverse(d, undone.ID)), ledger.ErrNotReversible},
			"reverse nothing":       {errOf(reverse(d, db.NewID())), ledger.ErrNoTransfer},
			"hold the same again":   {hold(held), ledger.ErrAlreadyHeld},
			"hold too much":         {hold(ledger.Reservation{Source: db.NewID(), Account: account, Points: 501, ExpiresAt: now.Add(1), At: now}), ledger.ErrInsufficientPoints},
		} {
			if !errors.Is(c.got, c.want) {
				t.Errorf("%s: got %v, want %v", name, c.got, c.want)
			}
		}
		for _, p := range []ledger.Posting{
			{Kind: ledger.KindWeighIn, Account: account, Points: 0},
			{Kind: ledger.KindWeighIn, Account: account, Points: -1},
			{Kind: ledger.KindReversal, Account: account, Points: 1},
			{Kind: "gift", Account: account, Points: 1},
			{Kind: ledger.KindWeighIn, Account: account, Points: ledger.MaxPoints + 1},
		} {
			if _, err := post(d, p); err == nil {
				t.Errorf("posted %+v", p)
			}
		}
		if after := balance(t, d, account); after != before {
			t.Errorf("balance was %+v, is %+v", before, after)
		}
		if rows, err := ledger.Statement(t.Context(), d, account, ledger.StatementPage{}); err != nil || len(rows) != 3 {
			t.Errorf("%d transfers, %v; want 3", len(rows), err)
		}
	})
}
