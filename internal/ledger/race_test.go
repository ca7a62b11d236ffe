package ledger_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/testkit"
)

// race starts n acts at the same moment and tells how many succeeded. Every other
// one must be refused with refusal.
func race(t *testing.T, n int, refusal error, act func(i int) error) int {
	t.Helper()
	var done atomic.Int64
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			switch err := act(i); {
			case err == nil:
				done.Add(1)
			case !errors.Is(err, refusal):
				t.Errorf("act %d: %v, want %v", i, err, refusal)
			}
		})
	}
	close(start)
	wg.Wait()
	return int(done.Load())
}

func TestRaces(t *testing.T) {
	t.Parallel()
	expires := now.Add(time.Hour)
	holdFor := func(d *db.DB, account, source uuid.UUID) error {
		return do(d, func(ctx context.Context, tx *db.Tx) error {
			return ledger.Hold(ctx, tx, ledger.Reservation{Source: source, Account: account, Points: 100, ExpiresAt: expires, At: now})
		})
	}
	for _, c := range []struct {
		name    string
		refusal error
		act     func(d *db.DB, account, source, transfer uuid.UUID) error
		want    int
		left    ledger.Balance // of 500 points
	}{
		{"64 redemptions, points for 5", ledger.ErrInsufficientPoints, func(d *db.DB, account, _, _ uuid.UUID) error {
			_, err := post(d, ledger.Posting{Kind: ledger.KindRedemption, Account: account, Points: 100})
			return err
		}, 5, ledger.Balance{Version: 6}},
		{"64 reversals of one award", ledger.ErrAlreadyReversed, func(d *db.DB, _, _, transfer uuid.UUID) error {
			_, err := reverse(d, transfer)
			return err
		}, 1, ledger.Balance{Version: 2}},
		{"64 postings of one source", ledger.ErrAlreadyPosted, func(d *db.DB, account, source, _ uuid.UUID) error {
			_, err := post(d, ledger.Posting{Kind: ledger.KindWeighIn, Source: source, Account: account, Points: 100})
			return err
		}, 1, ledger.Balance{Posted: 600, Version: 2}},
		{"64 holds, points for 5", ledger.ErrInsufficientPoints, func(d *db.DB, account, _, _ uuid.UUID) error {
			return holdFor(d, account, db.NewID())
		}, 5, ledger.Balance{Posted: 500, Held: 500, Version: 1}},
		{"64 awards", nil, func(d *db.DB, account, _, _ uuid.UUID) error {
			_, err := post(d, ledger.Posting{Kind: ledger.KindWeighIn, Account: account, Points: 100})
			return err
		}, 64, ledger.Balance{Posted: 6900, Version: 65}},
	} {
		t.Run(c.name, func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, d *db.DB) {
				account, source := resident(t, d, 0), db.NewID()
				award, err := post(d, ledger.Posting{Kind: ledger.KindWeighIn, Account: account, Points: 500})
				if err != nil {
					t.Fatal(err)
				}
				if got := race(t, 64, c.refusal, func(int) error { return c.act(d, account, source, award.ID) }); got != c.want {
					t.Errorf("%d succeeded, want %d", got, c.want)
				}
				if b := balance(t, d, account); b != c.left {
					t.Errorf("balance %+v, want %+v", b, c.left)
				}
				if r := verify(t, d); !r.OK() {
					t.Error(r)
				}
			})
		})
	}
}

// A hold is claimed, released or expires; whoever comes first, wins, and nobody else.
func TestOneCloserWins(t *testing.T) {
	t.Parallel()
	const rounds = 200
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		account := resident(t, d, rounds*100)
		expires := now.Add(time.Minute)
		spent := 0
		for range rounds {
			source := db.NewID()
			err := do(d, func(ctx context.Context, tx *db.Tx) error {
				return ledger.Hold(ctx, tx, ledger.Reservation{Source: source, Account: account, Points: 100, ExpiresAt: expires, At: now})
			})
			if err != nil {
				t.Fatal(err)
			}
			var claims atomic.Int64
			closers := []func() error{
				func() error { // the claimer's clock is before the end, the expirer's behind it
					_, err := in(d, func(ctx context.Context, tx *db.Tx) (ledger.Transfer, error) {
						return ledger.Claim(ctx, tx, source, collector, expires.Add(-time.Second))
					})
					if err == nil {
						claims.Add(1)
					}
					return err
				},
				func() error {
					return do(d, func(ctx context.Context, tx *db.Tx) error { return ledger.Release(ctx, tx, source, now) })
				},
				func() error {
					sources, err := in(d, func(ctx context.Context, tx *db.Tx) ([]uuid.UUID, error) {
						return ledger.Expire(ctx, tx, expires.Add(time.Second), 10)
					})
					if err == nil && len(sources) == 0 {
						err = ledger.ErrHoldClosed
					}
					return err
				},
			}
			if got := race(t, len(closers), ledger.ErrHoldClosed, func(i int) error { return closers[i]() }); got != 1 {
				t.Fatalf("%d closers won", got)
			}
			spent += int(claims.Load())
		}
		want := ledger.Balance{Posted: ledger.Points(rounds-spent) * 100, Version: int64(1 + spent)}
		if b := balance(t, d, account); b != want {
			t.Errorf("after %d claims the balance is %+v, want %+v", spent, b, want)
		}
		if r := verify(t, d); !r.OK() {
			t.Error(r)
		}
	})
}

// Transactions over several residents at once lock them in one order.
func TestPostAllNeverWaitsInACircle(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		residents := []uuid.UUID{resident(t, d, 0), resident(t, d, 0), resident(t, d, 0)}
		got := race(t, 48, nil, func(i int) error {
			var postings []ledger.Posting
			for k := range residents { // each racer names them in another order
				account := residents[(i*(k+1)+k)%len(residents)]
				postings = append(postings, ledger.Posting{Kind: ledger.KindReferral, Source: db.NewID(), Account: account, Points: 10, At: now})
			}
			transfers, err := in(d, func(ctx context.Context, tx *db.Tx) ([]ledger.Transfer, error) {
				return ledger.PostAll(ctx, tx, postings)
			})
			for k, tr := range transfers {
				if tr.Source != postings[k].Source {
					t.Errorf("transfer %d answers another posting", k)
				}
			}
			return err
		})
		if got != 48 {
			t.Errorf("%d of 48 succeeded", got)
		}
		if r := verify(t, d); !r.OK() || r.Issued != 48*30 {
			t.Error(r)
		}
	})
}
