package main_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/ledger/seal"
	"ekolek/internal/testkit"
)

// pointsAt posts n awards to one new resident's account, and tells whose it is.
func pointsAt(t *testing.T, d *db.DB, n int) uuid.UUID {
	t.Helper()
	account, at := db.NewID(), time.Now()
	err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		if err := ledger.OpenAccount(ctx, tx, account, at); err != nil {
			return err
		}
		for range n {
			if _, err := ledger.Post(ctx, tx, ledger.Posting{Kind: ledger.KindGame, Source: db.NewID(), Account: account, Points: 100, At: at}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return account
}

// What an auditor does, from the signature to the proof, and what a wrong file says.
func TestAuditorNeedsOnlyTheFiles(t *testing.T) {
	file := testkit.SQLiteFile(t)
	d := openDB(t, db.Options{Path: file})
	account := pointsAt(t, d, 30)
	p := development(t)
	p.env = append(p.env, "DATABASE_URL=sqlite://"+file, "DJANGO_SECRET_KEY=a secret for tests only, long enough")
	p.want(1, "there is no key yet", "ledger", "public-key")
	p.want(0, "0 transfers are sealed", "ledger", "seal")
	p.want(0, "sealed 30 transfers in 1 blocks", "ledger", "seal", "--apply")
	p.want(0, "30 transfers are sealed", "ledger", "checkpoint")
	p.want(0, "ekolek ledger checkpoint 1\n", "ledger", "checkpoint", "--apply")
	p.want(0, "is signed already", "ledger", "checkpoint", "--apply")

	key, kept, folder, statement := filepath.Join(p.dir, "city.pem"), filepath.Join(p.dir, "kept.json"), filepath.Join(p.dir, "export"), filepath.Join(p.dir, "statement.json")
	write(t, key, p.want(0, "BEGIN PUBLIC KEY", "ledger", "public-key").out)
	published, err := ledger.Publish(t.Context(), d, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	write(t, kept, jsonOf(t, published))
	p.want(0, "ok: 30 sealed in 1 blocks, 0 not yet, 0 late; 1 checkpoints", "ledger", "verify", "--public-key", key, "--published", kept)
	p.want(0, "check-export", "ledger", "export", folder)
	p.want(2, "file exists", "ledger", "export", folder)
	p.want(0, "", "ledger", "prove", account.String(), "-o", statement)
	p.want(2, "no points account", "ledger", "prove", uuid.Max.String())

	auditor := program{t, t.TempDir(), []string{"HOME=/nonexistent"}}
	auditor.want(0, "ok: issued 30, redeemed 0, in balances 30", "ledger", "check-export", folder, "--public-key", key, "--published", kept)
	auditor.want(0, "has 30 entries without a gap, and 30 points", "ledger", "check-proof", statement, "--public-key", key)
	auditor.want(2, "not a public key", "ledger", "check-proof", statement, "--public-key", kept)
	rewrite(t, statement, `"Points": 100`, `"Points": 900`)
	auditor.want(1, "does not stand in block 1", "ledger", "check-proof", statement, "--public-key", key)
	rewrite(t, filepath.Join(folder, seal.EntriesFile), ",100,game,", ",900,game,")
	auditor.want(1, "is not what was sealed as entry 1", "ledger", "check-export", folder, "--public-key", key)
	rewrite(t, kept, "entries: 30", "entries: 31")
	p.want(1, "was published with another text", "ledger", "verify", "--published", kept)
	other, err := seal.EncodePublicKey(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	write(t, key, string(other))
	p.want(1, "does not vouch", "ledger", "verify", "--public-key", key)
	p.env[len(p.env)-1] = "DJANGO_SECRET_KEY=another secret, of somebody else"
	p.want(2, "DJANGO_SECRET_KEY", "ledger", "verify")
}

// The sealer is killed in the middle, again and again. A block is there as a whole or not
// at all, and the next sealer goes on without a gap.
func TestSealerKilledInTheMiddle(t *testing.T) {
	for engine, open := range map[string]func(t *testing.T) (string, *db.DB){
		"sqlite": func(t *testing.T) (string, *db.DB) {
			file := testkit.SQLiteFile(t)
			return "sqlite://" + file, openDB(t, db.Options{Path: file})
		},
		"postgres": func(t *testing.T) (string, *db.DB) {
			address := testkit.PostgresURL(t)
			return address, openDB(t, db.Options{URL: address, MaxConns: 4})
		},
	} {
		t.Run(engine, func(t *testing.T) {
			if testing.Short() {
				t.Skip("kills the program many times")
			}
			address, d := open(t)
			p := development(t)
			p.env = append(p.env, "DATABASE_URL="+address, "DJANGO_SECRET_KEY=a secret for tests only, long enough")
			killed, total := 0, 0
			for round := 0; round < 20 && killed < 6; round++ {
				pointsAt(t, d, 3000)
				total += 3000
				c := p.command("ledger", "seal", "--apply")
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				ended := make(chan struct{})
				go func() { _ = c.Wait(); close(ended) }() // killed, or done
				from := sealedIn(t, d)
				for deadline := time.Now().Add(20 * time.Second); sealedIn(t, d) == from && time.Now().Before(deadline); {
					time.Sleep(time.Millisecond) // until it is in the middle
				}
				time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
				_ = c.Process.Kill() // it may be done already
				<-ended
				if !c.ProcessState.Success() {
					killed++
				}
				if r, err := ledger.Verify(t.Context(), d); err != nil || !r.OK() || r.Seals.Entries+r.Seals.Unsealed != int64(total) {
					t.Fatalf("after %d kills: %s; %s (%v)", killed, r, r.Seals, err)
				}
			}
			p.want(0, "sealed ", "ledger", "seal", "--apply")
			r, err := ledger.Verify(t.Context(), d)
			if err != nil || !r.OK() || r.Seals.Unsealed != 0 || r.Seals.Late != 0 || killed == 0 {
				t.Errorf("after %d kills: %s; %s (%v)", killed, r, r.Seals, err)
			}
			t.Logf("%d kills in the middle of %d transfers", killed, total)
		})
	}
}

// sealedIn counts the entries that have a seal.
func sealedIn(t *testing.T, d *db.DB) (n int64) {
	t.Helper()
	if err := d.QueryRowContext(t.Context(), `SELECT count(*) FROM ledger_seal`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// rewrite changes the first place of a file where a text stands.
func rewrite(t *testing.T, file, from, to string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(data), from) {
		t.Fatalf("%s: no %q in it (%v)", file, from, err)
	}
	write(t, file, strings.Replace(string(data), from, to, 1))
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
