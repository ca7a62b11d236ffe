package ledger_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/testkit"
)

// TestModel plays random acts against the ledger and against a model of plain maps.
// After each act the ledger must have answered as the model says; at the end the
// balances, the statements, the city's totals and Verify must agree as well.
func TestModel(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		rapid.Check(t, func(rt *rapid.T) {
			m := newModel(rt, d)
			rt.Repeat(map[string]func(*rapid.T){
				"award":   m.award,
				"redeem":  m.redeem,
				"adjust":  m.adjust,
				"retry":   m.retry,
				"reverse": m.reverse,
				"hold":    m.hold,
				"claim":   m.claim,
				"release": m.release,
				"expire":  m.expire,
				"abort":   m.abort,
			})
			m.compare(rt)
		})
	})
}

type modelAccount struct {
	posted, held ledger.Points
	chain        []ledger.Transfer
}

type modelHold struct {
	account uuid.UUID
	points  ledger.Points
	expires time.Time
	open    bool
}

type model struct {
	db        *db.DB
	clock     time.Time
	ids       []uuid.UUID
	accounts  map[uuid.UUID]*modelAccount
	postings  []ledger.Posting // that were accepted
	transfers []ledger.Transfer
	reversed  map[uuid.UUID]bool
	holds     map[uuid.UUID]*modelHold
	sources   []uuid.UUID // of holds, in their order
}

func newModel(t *rapid.T, d *db.DB) *model {
	m := &model{db: d, clock: now, accounts: map[uuid.UUID]*modelAccount{}, reversed: map[uuid.UUID]bool{}, holds: map[uuid.UUID]*modelHold{}}
	err := do(d, func(ctx context.Context, tx *db.Tx) error {
		for range 3 {
			id := db.NewID()
			m.ids = append(m.ids, id)
			m.accounts[id] = &modelAccount{}
			if err := ledger.OpenAccount(ctx, tx, id, m.clock); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (m *model) tick() time.Time {
	m.clock = m.clock.Add(7 * time.Minute)
	return m.clock
}

func (m *model) who(t *rapid.T) uuid.UUID { return rapid.SampledFrom(m.ids).Draw(t, "account") }

func points(t *rapid.T) ledger.Points {
	return ledger.Points(rapid.Int64Range(1, 1000).Draw(t, "points"))
}

// expect compares the ledger's answer with the model's.
func expect(t *rapid.T, what string, got, want error) {
	if !errors.Is(got, want) || (want == nil && got != nil) {
		t.Fatalf("%s: the ledger says %v, the model %v", what, got, want)
	}
}

// accept notes a transfer and proves that its row continues the chain.
func (m *model) accept(t *rapid.T, tr ledger.Transfer) {
	a := m.accounts[tr.Account]
	a.posted += tr.Change()
	a.chain = append(a.chain, tr)
	m.transfers = append(m.transfers, tr)
	if tr.BalanceAfter != a.posted || tr.Version != int64(len(a.chain)) {
		t.Fatalf("transfer %+v does not continue a chain of %d with balance %s", tr, len(a.chain), a.posted)
	}
}

func (m *model) post(t *rapid.T, p ledger.Posting) {
	p.Source, p.At = db.NewID(), m.tick()
	a := m.accounts[p.Account]
	var want error
	takes := p.Kind == ledger.KindRedemption || p.Points < 0
	if takes && a.posted-a.held < max(p.Points, -p.Points) {
		want = ledger.ErrInsufficientPoints
	}
	tr, err := post(m.db, p)
	expect(t, "post "+string(p.Kind), err, want)
	if err == nil {
		m.accept(t, tr)
		m.postings = append(m.postings, p)
	}
}

func (m *model) award(t *rapid.T) {
	kind := rapid.SampledFrom([]ledger.Kind{ledger.KindWeighIn, ledger.KindGame, ledger.KindLearning, ledger.KindReferral}).Draw(t, "kind")
	m.post(t, ledger.Posting{Kind: kind, Account: m.who(t), Points: points(t)})
}

func (m *model) redeem(t *rapid.T) {
	m.post(t, ledger.Posting{Kind: ledger.KindRedemption, Account: m.who(t), Points: points(t)})
}

func (m *model) adjust(t *rapid.T) {
	sign := rapid.SampledFrom([]ledger.Points{1, -1}).Draw(t, "sign")
	m.post(t, ledger.Posting{Kind: ledger.KindAdjustment, Account: m.who(t), Points: sign * points(t), Reason: "counted again"})
}

// retry sends an accepted posting once more: refused, with no second effect.
func (m *model) retry(t *rapid.T) {
	if len(m.postings) == 0 {
		t.Skip("nothing was posted")
	}
	p := rapid.SampledFrom(m.postings).Draw(t, "posting")
	_, err := post(m.db, p)
	expect(t, "retry", err, ledger.ErrAlreadyPosted)
}

func (m *model) reverse(t *rapid.T) {
	if len(m.transfers) == 0 {
		t.Skip("nothing to reverse")
	}
	original := rapid.SampledFrom(m.transfers).Draw(t, "transfer")
	a := m.accounts[original.Account]
	var want error
	switch {
	case original.Kind == ledger.KindReversal:
		want = ledger.ErrNotReversible
	case m.reversed[original.ID]:
		want = ledger.ErrAlreadyReversed
	case original.Change() > 0 && a.posted-a.held < original.Points:
		want = ledger.ErrInsufficientPoints
	}
	tr, err := in(m.db, func(ctx context.Context, tx *db.Tx) (ledger.Transfer, error) {
		return ledger.Reverse(ctx, tx, ledger.Reversal{Transfer: original.ID, Reason: "weighed twice", At: m.tick()})
	})
	expect(t, "reverse", err, want)
	if err == nil {
		if tr.Change() != -original.Change() || tr.Reverses.UUID != original.ID {
			t.Fatalf("reversal %+v of %+v", tr, original)
		}
		m.reversed[original.ID] = true
		m.accept(t, tr)
	}
}

func (m *model) hold(t *rapid.T) {
	h := &modelHold{account: m.who(t), points: points(t), expires: m.tick().Add(time.Hour), open: true}
	a := m.accounts[h.account]
	var want error
	if a.posted-a.held < h.points {
		want = ledger.ErrInsufficientPoints
	}
	source := db.NewID()
	err := do(m.db, func(ctx context.Context, tx *db.Tx) error {
		return ledger.Hold(ctx, tx, ledger.Reservation{Source: source, Account: h.account, Points: h.points, ExpiresAt: h.expires, At: m.clock})
	})
	expect(t, "hold", err, want)
	if err == nil {
		a.held += h.points
		m.holds[source] = h
		m.sources = append(m.sources, source)
	}
}

func (m *model) aHold(t *rapid.T) (uuid.UUID, *modelHold) {
	if len(m.sources) == 0 {
		t.Skip("nothing was held")
	}
	source := rapid.SampledFrom(m.sources).Draw(t, "source")
	return source, m.holds[source]
}

func (m *model) close(h *modelHold) {
	h.open = false
	m.accounts[h.account].held -= h.points
}

func (m *model) claim(t *rapid.T) {
	source, h := m.aHold(t)
	at := m.tick()
	var want error
	if !h.open || !h.expires.After(at) {
		want = ledger.ErrHoldClosed
	}
	tr, err := in(m.db, func(ctx context.Context, tx *db.Tx) (ledger.Transfer, error) {
		return ledger.Claim(ctx, tx, source, collector, at)
	})
	expect(t, "claim", err, want)
	if err == nil {
		m.close(h)
		m.accept(t, tr)
	}
}

func (m *model) release(t *rapid.T) {
	source, h := m.aHold(t)
	var want error
	if !h.open {
		want = ledger.ErrHoldClosed
	}
	err := do(m.db, func(ctx context.Context, tx *db.Tx) error { return ledger.Release(ctx, tx, source, m.tick()) })
	expect(t, "release", err, want)
	if err == nil {
		m.close(h)
	}
}

func (m *model) expire(t *rapid.T) {
	at := m.tick()
	sources, err := in(m.db, func(ctx context.Context, tx *db.Tx) ([]uuid.UUID, error) { return ledger.Expire(ctx, tx, at, 1000) })
	expect(t, "expire", err, nil)
	for _, source := range sources {
		h, ours := m.holds[source]
		if !ours {
			continue // left by an earlier play on the same database
		}
		if !h.open || h.expires.After(at) {
			t.Fatalf("expired %s, which is open %v until %v, at %v", source, h.open, h.expires, at)
		}
		m.close(h)
	}
	for source, h := range m.holds {
		if h.open && !h.expires.After(at) {
			t.Fatalf("%s is past its time and was not expired", source)
		}
	}
}

// abort posts and then fails: nothing of it may stay.
func (m *model) abort(t *rapid.T) {
	stop := errors.New("the shelf fell over")
	err := do(m.db, func(ctx context.Context, tx *db.Tx) error {
		if _, err := ledger.Post(ctx, tx, ledger.Posting{Kind: ledger.KindWeighIn, Source: db.NewID(), Account: m.ids[0], Points: 1, At: m.clock}); err != nil {
			return err
		}
		return stop
	})
	expect(t, "abort", err, stop)
}

func (m *model) compare(t *rapid.T) {
	ctx := context.Background()
	balances, err := ledger.Balances(ctx, m.db, append(m.ids, db.NewID()))
	if err != nil || len(balances) != len(m.ids) {
		t.Fatalf("%d balances, %v", len(balances), err)
	}
	for id, a := range m.accounts {
		if want := (ledger.Balance{Posted: a.posted, Held: a.held, Version: int64(len(a.chain))}); balances[id] != want {
			t.Fatalf("balance of %s is %+v, the model says %+v", id, balances[id], want)
		}
		m.compareStatement(t, id, a.chain)
	}
	r, err := ledger.Verify(ctx, m.db)
	if err != nil || !r.OK() {
		t.Fatalf("verify: %s, %v", r, err)
	}
}

// compareStatement pages through a statement, two rows at a time.
func (m *model) compareStatement(t *rapid.T, id uuid.UUID, chain []ledger.Transfer) {
	page := ledger.StatementPage{Limit: 2}
	for left := len(chain); ; {
		rows, err := ledger.Statement(context.Background(), m.db, id, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			left--
			if left < 0 || row != chain[left] {
				t.Fatalf("the statement shows %+v at place %d", row, left)
			}
		}
		if len(rows) < 2 {
			if left != 0 {
				t.Fatalf("the statement ends %d rows early", left)
			}
			return
		}
		page.BeforeVersion = rows[len(rows)-1].Version
	}
}
