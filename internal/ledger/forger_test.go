package ledger_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/ledger/seal"
	"ekolek/internal/testkit"
)

// How far a forger gets who makes an award of the first day ten times as large, and what
// each of them lacks. The last one has everything but the paper in somebody's drawer.
func TestWhatEachForgerLacks(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := sealedBooks(t, d, seeded(t))
		kept := publish(t, d)
		own := newKey(t)
		city := cityKey(t, d)
		for _, c := range []struct {
			who   string
			does  []func(f *forger)
			table string // that is named; empty: nothing is, within the database
		}{
			{"writes into one table", []func(*forger){(*forger).award}, "ledger_transfer"},
			{"knows of balances", []func(*forger){(*forger).award, (*forger).balance}, "ledger_transfer"},
			{"knows of seals", []func(*forger){(*forger).award, (*forger).balance, (*forger).leaf}, "ledger_block"},
			{"makes all blocks anew", []func(*forger){(*forger).award, (*forger).balance, (*forger).leaf, (*forger).blocks}, "ledger_checkpoint"},
			{"signs with a key of their own", []func(*forger){(*forger).award, (*forger).balance, (*forger).leaf, (*forger).blocks,
				func(f *forger) { f.sign(own, true) }}, "ledger_signing_key"},
			{"has the program's secrets too", []func(*forger){(*forger).award, (*forger).balance, (*forger).leaf, (*forger).blocks,
				func(f *forger) { f.sign(city, false) }}, ""},
		} {
			t.Run(c.who, func(t *testing.T) {
				unguarded(t, d, "SELECT 1")
				var r ledger.Report
				var key *ledger.Finding
				var shown seal.Published
				rolledBack := do(d, func(ctx context.Context, tx *db.Tx) (err error) {
					f := &forger{t: t, ctx: ctx, tx: tx}
					if d.Engine() == db.Postgres {
						f.exec("SET LOCAL session_replication_role = replica")
					}
					for _, does := range c.does {
						does(f)
					}
					if r, err = ledger.Verify(ctx, tx); err != nil {
						return err
					}
					if key, err = s.VerifyKey(ctx, tx); err != nil {
						return err
					}
					if shown, err = ledger.Publish(ctx, tx, 0, 1000); err != nil {
						return err
					}
					return errRollback
				})
				if !errors.Is(rolledBack, errRollback) {
					t.Fatal(rolledBack)
				}
				got := ""
				switch {
				case !r.OK():
					got = r.Finding.Table
				case key != nil:
					got = key.Table
				}
				if got != c.table {
					t.Errorf("verify says %s, key %v; want something of %q", r, key, c.table)
				}
				if c.table != "" {
					return
				}
				if _, err := shown.Check(ed25519.PublicKey(kept.Keys[0].Public)); err != nil {
					t.Errorf("the forged checkpoints do not even look right: %v", err)
				}
				if err := shown.Same(kept); err == nil || !strings.Contains(err.Error(), "was published with another text") {
					t.Errorf("who kept the checkpoints is told: %v", err)
				}
			})
		}
	})
}

// forger rewrites the books, one table after the other.
type forger struct {
	t   *testing.T
	ctx context.Context
	tx  *db.Tx
	id  uuid.UUID // the award
}

func (f *forger) exec(query string, args ...any) {
	f.t.Helper()
	if _, err := f.tx.ExecContext(f.ctx, query, args...); err != nil {
		f.t.Fatalf("%s: %v", query, err)
	}
}

func (f *forger) row(query string, args []any, into ...any) {
	f.t.Helper()
	if err := f.tx.QueryRowContext(f.ctx, query, args...).Scan(into...); err != nil {
		f.t.Fatalf("%s: %v", query, err)
	}
}

func (f *forger) award() {
	f.row(`SELECT t.id FROM ledger_transfer t JOIN ledger_seal s ON s.transfer_id = t.id WHERE t.kind = 'weigh_in' AND s.block = 1 ORDER BY t.id LIMIT 1`, nil, &f.id)
	f.exec(`UPDATE ledger_transfer SET points = points * 10 WHERE id = $1`, f.id)
}

// balance mends what follows of the account, here by a correction at its end.
func (f *forger) balance() {
	var account uuid.UUID
	var version int64
	var points int64
	f.row(`SELECT account_id, account_version, points FROM ledger_transfer WHERE id = $1`, []any{f.id}, &account, &version, &points)
	f.exec(`UPDATE ledger_transfer SET balance_after = balance_after + $1 WHERE account_id = $2 AND account_version >= $3`, points*9/10, account, version)
	f.exec(`UPDATE ledger_balance SET posted = posted + $1 WHERE account_id = $2`, points*9/10, account)
}

// leaf seals every entry anew, as it stands now.
func (f *forger) leaf() {
	type row struct {
		block, position int64
		leaf            seal.Hash
	}
	rows, err := db.Collect(f.ctx, f.tx, func(r db.Row) (x row, err error) {
		var e seal.Entry
		var salt seal.Salt
		var reverses, actor uuid.NullUUID
		var reason string
		err = r.Scan(&x.block, &x.position, &salt, &e.ID, &e.Debit, &e.Credit, &e.Points, &e.Kind, &e.Source, &reverses, &actor, &reason,
			&e.Account, &e.Version, &e.BalanceAfter, db.Into(&e.At), &e.Day)
		e.Reverses, e.Note = reverses.UUID, seal.NoteOf(salt, actor.UUID, reason)
		x.leaf = e.Leaf()
		return x, err
	}, `SELECT s.block, s.position, s.salt, t.id, t.debit_account, t.credit_account, t.points, t.kind, t.source_id, t.reverses_id, t.actor_id, t.reason,
		t.account_id, t.account_version, t.balance_after, t.created_at, t.day
		FROM ledger_seal s JOIN ledger_transfer t ON t.id = s.transfer_id`)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, x := range rows {
		f.exec(`UPDATE ledger_seal SET leaf = $1 WHERE block = $2 AND position = $3`, x.leaf, x.block, x.position)
	}
}

// blocks makes all roots, sums and the whole chain anew.
func (f *forger) blocks() {
	var previous seal.Hash
	for _, b := range f.all() {
		leaves, err := db.Collect(f.ctx, f.tx, func(r db.Row) (h seal.Hash, err error) { err = r.Scan(&h); return h, err },
			`SELECT leaf FROM ledger_seal WHERE block = $1 ORDER BY position`, b.Number)
		if err != nil {
			f.t.Fatal(err)
		}
		f.row(`SELECT coalesce(CAST(sum(CASE WHEN t.debit_account = $1 THEN -t.points WHEN t.credit_account = $2 THEN t.points ELSE 0 END) AS BIGINT), 0),
			coalesce(CAST(sum(CASE WHEN t.debit_account = $3 OR t.credit_account = $4 THEN 0 WHEN t.credit_account = t.account_id THEN t.points ELSE -t.points END) AS BIGINT), 0)
			FROM ledger_seal s JOIN ledger_transfer t ON t.id = s.transfer_id WHERE s.block = $5`,
			[]any{ledger.Redeemed, ledger.Redeemed, ledger.Redeemed, ledger.Redeemed, b.Number}, &b.Redeemed, &b.Issued)
		b.Root, b.Previous = seal.Root(leaves), previous
		previous = b.Hash()
		f.exec(`UPDATE ledger_block SET issued = $1, redeemed = $2, root = $3, previous = $4, hash = $5 WHERE number = $6`,
			b.Issued, b.Redeemed, b.Root, b.Previous, previous, b.Number)
	}
}

func (f *forger) all() []seal.Block {
	blocks, err := db.Collect(f.ctx, f.tx, func(r db.Row) (b seal.Block, err error) {
		err = r.Scan(&b.Number, &b.First, &b.Count, &b.Issued, &b.Redeemed, &b.Late, &b.Whole, db.Into(&b.SealedAt), &b.Root, &b.Previous)
		return b, err
	}, `SELECT number, first, entries, issued, redeemed, late, whole, sealed_at, root, previous FROM ledger_block ORDER BY number`)
	if err != nil {
		f.t.Fatal(err)
	}
	return blocks
}

// sign makes all checkpoints anew with a key, and puts that in the city's place if it is
// another one.
func (f *forger) sign(key ed25519.PrivateKey, replace bool) {
	public := key.Public().(ed25519.PublicKey)
	if replace {
		k := seal.Key{Public: public, Since: now}
		f.exec(`UPDATE ledger_signing_key SET id = $1, public_key = $2, endorsement = $3, since = $4`, k.ID(), k.Public, ed25519.Sign(key, []byte(k.Text())), db.At(k.Since))
	}
	p, err := ledger.Publish(f.ctx, f.tx, 0, 1000)
	if err != nil {
		f.t.Fatal(err)
	}
	blocks := f.all()
	var previous seal.Hash
	for _, signed := range p.Checkpoints {
		c, err := seal.ParseCheckpoint(signed.Text)
		if err != nil {
			f.t.Fatal(err)
		}
		var fresh []seal.Hash
		c.Issued, c.Redeemed = 0, 0
		for _, b := range blocks[:c.Blocks] {
			c.Issued, c.Redeemed, c.Head = c.Issued+b.Issued, c.Redeemed+b.Redeemed, b.Hash()
			if b.Number > c.Blocks-c.NewBlocks {
				fresh = append(fresh, b.Hash())
			}
		}
		c.Root, c.Previous, c.Key = seal.Root(fresh), previous, seal.KeyID(public)
		s := c.Sign(key)
		previous = s.Hash()
		f.exec(`UPDATE ledger_checkpoint SET text = $1, signature = $2 WHERE number = $3`, s.Text, s.Signature, c.Number)
	}
}

func newKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// cityKey opens the private half that the database keeps, as the program does.
func cityKey(t *testing.T, d *db.DB) ed25519.PrivateKey {
	t.Helper()
	var text string
	err := d.QueryRowContext(t.Context(), `SELECT private_key FROM ledger_signing_key`).Scan(testVault(t).Secret("ledger_signing_key.private_key", &text))
	if err != nil {
		t.Fatal(err)
	}
	seed, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return ed25519.NewKeyFromSeed(seed)
}
