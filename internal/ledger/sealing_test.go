package ledger_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/ledger/seal"
	"ekolek/internal/testkit"
)

// clock is the time of a test's sealing.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = t
}

func sealing(t testing.TB, d *db.DB) (*ledger.Sealing, *clock) {
	t.Helper()
	c := &clock{at: now.Add(time.Minute)}
	return ledger.NewSealing(d, testVault(t), "San  Pedro\nCity", c.now), c
}

func testVault(t testing.TB) *db.Vault {
	t.Helper()
	vault, err := db.NewVault("a secret for tests only", "")
	if err != nil {
		t.Fatal(err)
	}
	return vault
}

func mustSeal(t testing.TB, s *ledger.Sealing) ledger.Sealed {
	t.Helper()
	done, err := s.Seal(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func mustSign(t testing.TB, s *ledger.Sealing) seal.Checkpoint {
	t.Helper()
	c, made, err := s.Checkpoint(context.Background())
	if err != nil || !made {
		t.Fatalf("checkpoint: made %v, %v", made, err)
	}
	return c
}

func TestSealCoversWhatIsThere(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s, c := sealing(t, d)
		if done := mustSeal(t, s); done != (ledger.Sealed{}) {
			t.Errorf("sealed %+v of an empty journal", done)
		}
		b := makeBooks(t, d)
		if got := verify(t, d).Seals; got.Unsealed != 6 || got.Entries != 0 {
			t.Errorf("before: %s", got)
		}
		if done := mustSeal(t, s); done != (ledger.Sealed{Blocks: 1, Entries: 6}) {
			t.Errorf("sealed %+v", done)
		}
		if done := mustSeal(t, s); done != (ledger.Sealed{}) {
			t.Errorf("sealed %+v again", done)
		}
		c.set(now.Add(24 * time.Hour))
		p := mustSign(t, s)
		if p.Number != 1 || p.Day != "2026-11-24" || p.Entries != 6 || p.Blocks != 1 || p.Issued != 1500 || p.Redeemed != 300 || p.Late != 0 || p.City != "San Pedro City" {
			t.Errorf("checkpoint %+v", p)
		}
		if _, made, err := s.Checkpoint(t.Context()); made || err != nil {
			t.Errorf("a second checkpoint of a day: %v, %v", made, err)
		}
		if _, err := post(d, ledger.Posting{Kind: ledger.KindGame, Account: b.ben, Points: 10, At: c.now()}); err != nil {
			t.Fatal(err)
		}
		c.set(now.Add(48 * time.Hour))
		p = mustSign(t, s)
		if p.Number != 2 || p.Entries != 7 || p.Blocks != 2 || p.NewBlocks != 1 || p.Issued != 1510 {
			t.Errorf("checkpoint %+v", p)
		}
		c.set(now.Add(72 * time.Hour))
		if p = mustSign(t, s); p.NewBlocks != 0 || p.Number != 3 || p.Blocks != 2 { // a day on which nothing happened
			t.Errorf("checkpoint %+v", p)
		}
		got := verify(t, d)
		if want := "7 sealed in 2 blocks, 0 not yet, 0 late; 3 checkpoints, the last of 2026-11-26"; !got.OK() || got.Seals.String() != want {
			t.Errorf("got  %s; %s\nwant %s", got, got.Seals, want)
		}
		if f, err := s.VerifyKey(t.Context(), d); f != nil || err != nil {
			t.Errorf("the key: %v, %v", f, err)
		}
	})
}

// A new city signs its first day before anything has happened in it.
func TestFirstDayIsSignedEmpty(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s, c := sealing(t, d)
		if p := mustSign(t, s); p.Blocks != 0 || p.Entries != 0 {
			t.Errorf("checkpoint %+v", p)
		}
		resident(t, d, 100)
		mustSeal(t, s)
		if r := verify(t, d); !r.OK() {
			t.Error(r)
		}
		c.set(now.Add(48 * time.Hour))
		mustSign(t, s)
		if r := verify(t, d); !r.OK() || r.Seals.Checkpoints != 2 {
			t.Errorf("%s; %s", r, r.Seals)
		}
	})
}

// A transaction that was begun first may become visible last: what it wrote stands in the
// middle of what is sealed, and gets its seal with the next run.
func TestSealFindsWhatBecomesVisibleLate(t *testing.T) {
	d := testkit.Postgres(t)
	s, c := sealing(t, d)
	slow, quick := resident(t, d, 0), resident(t, d, 0)
	posted, commit, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- do(d, func(ctx context.Context, tx *db.Tx) error {
			_, err := ledger.Post(ctx, tx, ledger.Posting{Kind: ledger.KindWeighIn, Source: db.NewID(), Account: slow, Points: 5, At: now})
			close(posted)
			<-commit
			return err
		})
	}()
	<-posted
	for range 3 {
		if _, err := post(d, ledger.Posting{Kind: ledger.KindWeighIn, Account: quick, Points: 5}); err != nil {
			t.Fatal(err)
		}
	}
	if done := mustSeal(t, s); done.Entries != 3 {
		t.Errorf("sealed %+v of what is visible", done)
	}
	close(commit)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	c.set(now.Add(2 * time.Minute))
	if done := mustSeal(t, s); done != (ledger.Sealed{Blocks: 1, Entries: 1}) {
		t.Errorf("sealed %+v of what came late", done)
	}
	if r := verify(t, d); !r.OK() || r.Seals.Entries != 4 {
		t.Errorf("%s; %s", r, r.Seals)
	}
}

// What lies further back than any transaction lasts is found by the sweep, and counted for
// all to see.
func TestSweepTellsWhatAppearedTooLate(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s, c := sealing(t, d)
		ana := resident(t, d, 100)
		mustSeal(t, s)
		old := uuid.MustParse("01900000-0000-7000-8000-000000000001") // of 2024
		unguarded(t, d, fmt.Sprintf(`INSERT INTO ledger_transfer (id, debit_account, credit_account, points, kind, source_id, account_id, account_version, balance_after, created_at, day)
			VALUES ('%s', '%s', '%s', 50, 'game', '%s', '%s', 2, 150, '2026-11-20 01:00:00.000000+00:00', '2026-11-20')`, old, ledger.IssuedGame, ana, old, ana))
		unguarded(t, d, fmt.Sprintf(`UPDATE ledger_balance SET posted = 150, version = 2 WHERE account_id = '%s'`, ana))
		if r := verify(t, d); r.OK() || r.Finding.ID != old.String() {
			t.Errorf("before the sweep: %s", r)
		}
		c.set(now.Add(time.Hour))
		if done := mustSeal(t, s); done.Entries != 0 {
			t.Errorf("the frequent run sealed %+v", done)
		}
		done, err := s.Sweep(t.Context())
		if err != nil || done != (ledger.Sealed{Blocks: 1, Entries: 1, Late: 1}) {
			t.Errorf("swept %+v, %v", done, err)
		}
		if r := verify(t, d); !r.OK() || r.Seals.Late != 1 {
			t.Errorf("after: %s; %s", r, r.Seals)
		}
	})
}

// Many sealers at once make one chain.
func TestSealersRace(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		ana := resident(t, d, 100)
		s, c := sealing(t, d)
		var wg, posting sync.WaitGroup
		stop := make(chan struct{})
		posting.Go(func() {
			for range 60 {
				if _, err := post(d, ledger.Posting{Kind: ledger.KindWeighIn, Account: ana, Points: 1}); err != nil {
					t.Error(err)
				}
			}
			close(stop)
		})
		for range 8 {
			wg.Go(func() {
				for going := true; going; {
					select {
					case <-stop:
						going = false
					default:
					}
					if _, err := s.Seal(context.Background(), 0); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		posting.Wait()
		wg.Wait()
		c.set(now.Add(24 * time.Hour))
		made := make([]bool, 8)
		for i := range made {
			wg.Go(func() {
				var err error
				if _, made[i], err = s.Checkpoint(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		n := 0
		for _, m := range made {
			if m {
				n++
			}
		}
		if r := verify(t, d); !r.OK() || r.Seals.Entries != 61 || r.Seals.Unsealed != 0 || r.Seals.Checkpoints != 1 || n != 1 {
			t.Errorf("%s; %s; %d made a checkpoint", r, r.Seals, n)
		}
	})
}

// Each year's key is signed for by the one before, whose private half is gone then.
func TestSigningKeysFollowEachOther(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s, c := sealing(t, d)
		resident(t, d, 100)
		for year := range 3 {
			c.set(now.Add(time.Duration(year) * 400 * 24 * time.Hour))
			mustSign(t, s)
		}
		p, err := ledger.Publish(t.Context(), d, 0, 10)
		if err != nil || len(p.Keys) != 3 || len(p.Checkpoints) != 3 {
			t.Fatalf("%d keys, %d checkpoints, %v", len(p.Keys), len(p.Checkpoints), err)
		}
		for i, k := range p.Keys {
			if _, err := p.Check(k.Public); err != nil {
				t.Errorf("with key %d: %v", i, err)
			}
		}
		var private int
		if err := d.QueryRowContext(t.Context(), `SELECT count(*) FROM ledger_signing_key WHERE private_key <> ''`).Scan(&private); err != nil || private != 1 {
			t.Errorf("%d private halves are left (%v), want 1", private, err)
		}
		if r := verify(t, d); !r.OK() {
			t.Error(r)
		}
		if f, err := s.VerifyKey(t.Context(), d); f != nil || err != nil {
			t.Errorf("the key: %v, %v", f, err)
		}
	})
}
