package ledger_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/ledger/seal"
	"ekolek/internal/testkit"
)

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// export is the archive of a database, in memory.
func export(t *testing.T, d *db.DB, named bool) fstest.MapFS {
	t.Helper()
	buffers := map[string]*bytes.Buffer{}
	err := ledger.Export(t.Context(), d, named, func(name string) (io.WriteCloser, error) {
		buffers[name] = &bytes.Buffer{}
		return nopCloser{buffers[name]}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for name, b := range buffers {
		files[name] = &fstest.MapFile{Data: b.Bytes()}
	}
	return files
}

func publish(t *testing.T, d *db.DB) seal.Published {
	t.Helper()
	p, err := ledger.Publish(t.Context(), d, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test's dice
}

// Files and the public key are enough; whatever is changed in them is found.
func TestArchiveProvesItself(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		dice := seeded(t)
		s := sealedBooks(t, d, dice)
		if _, err := post(d, ledger.Posting{Kind: ledger.KindGame, Account: resident(t, d, 0), Points: 10, At: now.AddDate(0, 0, 4)}); err != nil {
			t.Fatal(err)
		}
		mustSeal(t, s)
		p := publish(t, d)
		anchor := ed25519.PublicKey(p.Keys[0].Public)
		for _, named := range []bool{false, true} {
			files := export(t, d, named)
			sum, err := ledger.CheckArchive(files, anchor, &p)
			if err != nil || sum.Blocks != 13 || sum.Checkpoint.Number != 3 || sum.Entries != sum.Checkpoint.Entries+1 || !strings.Contains(sum.String(), "the last 1 entries are chained, not signed yet") {
				t.Fatalf("%s (%v)", sum, err)
			}
			if entries := string(files[seal.EntriesFile].Data); strings.Contains(entries, "as weighed") != named || strings.Contains(entries, collector.ID.String()) != named {
				t.Errorf("named %v: the entries say otherwise", named)
			}
			for range 300 {
				what, changed := bend(files, dice)
				if _, err := ledger.CheckArchive(changed, anchor, nil); err == nil {
					t.Errorf("named %v: %s is not found", named, what)
				}
			}
		}
		public, _, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ledger.CheckArchive(export(t, d, false), public, nil); err == nil {
			t.Error("another key proves the archive, too")
		}
	})
}

// bend changes one figure of one file: a digit or letter in the middle of a field.
func bend(files fstest.MapFS, dice *rand.Rand) (string, fstest.MapFS) {
	out := fstest.MapFS{}
	for name, f := range files {
		out[name] = f
	}
	names := []string{seal.EntriesFile, seal.BlocksFile, seal.CheckpointsFile}
	name := names[dice.IntN(len(names))]
	data := bytes.Clone(files[name].Data)
	for {
		i := dice.IntN(len(data))
		if c := data[i]; c >= '0' && c <= '8' {
			if name == seal.CheckpointsFile && isKeyNoise(data, i) {
				continue
			}
			data[i]++
			out[name] = &fstest.MapFile{Data: data}
			return fmt.Sprintf("%s, byte %d: %.80q", name, i, data[max(0, i-40):min(len(data), i+40)]), out
		}
	}
}

// isKeyNoise says that a byte is the last of a base64 text, of which some bits mean nothing.
func isKeyNoise(data []byte, i int) bool {
	return bytes.IndexByte([]byte("=\""), data[i+1]) >= 0
}

// A statement proves one resident's entries and shows nobody else's.
func TestStatementProvesOneResident(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		sealedBooks(t, d, seeded(t))
		p := publish(t, d)
		anchor := ed25519.PublicKey(p.Keys[0].Public)
		rows := journal(t, d)
		ana := rows[0].Account
		statement, err := ledger.Prove(t.Context(), d, ana)
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(statement)
		if err != nil {
			t.Fatal(err)
		}
		read := func(data []byte) (s seal.Statement) {
			if err := json.Unmarshal(data, &s); err != nil {
				t.Fatal(err)
			}
			return s
		}
		proof, err := read(data).Check(anchor)
		if want := balance(t, d, ana); err != nil || proof.Balance != int64(want.Posted) || int64(proof.Entries) != want.Version || proof.Unsigned != 0 || proof.Until.Number != 3 {
			t.Fatalf("proof %+v (%v), want %+v", proof, err, want)
		}
		for _, r := range rows {
			if r.Account != ana && bytes.Contains(data, []byte(r.ID.String())) {
				t.Errorf("the statement shows transfer %s of account %s", r.ID, r.Account)
			}
		}
		for what, bend := range map[string]func(s *seal.Statement){
			"a balance":           func(s *seal.Statement) { s.Entries[0].BalanceAfter++ },
			"points":              func(s *seal.Statement) { s.Entries[0].Points *= 10; s.Entries[0].BalanceAfter = s.Entries[0].Points },
			"an entry left out":   func(s *seal.Statement) { s.Entries = s.Entries[1:] },
			"one in the middle":   func(s *seal.Statement) { s.Entries = append(s.Entries[:1], s.Entries[2:]...) },
			"the account":         func(s *seal.Statement) { s.Account = rows[1].ID },
			"a position":          func(s *seal.Statement) { s.Entries[1].Position++ },
			"a path":              func(s *seal.Statement) { s.Entries[0].Path[0][0] ^= 1 },
			"a block's root":      func(s *seal.Statement) { s.Blocks[0].Root[0] ^= 1 },
			"a block's time":      func(s *seal.Statement) { s.Blocks[0].SealedAt = now },
			"a block's place":     func(s *seal.Statement) { s.Blocks[0].Position++ },
			"a block's signature": func(s *seal.Statement) { s.Checkpoints[0].Signature[0] ^= 1 },
			"a block left out":    func(s *seal.Statement) { s.Blocks = s.Blocks[1:] },
			"another title":       func(s *seal.Statement) { s.Title += "0" },
		} {
			s := read(data)
			bend(&s)
			if _, err := s.Check(anchor); err == nil {
				t.Errorf("%s: the statement is still proven", what)
			}
		}
		if _, err := ledger.Prove(t.Context(), d, uuid.Max); !errors.Is(err, ledger.ErrNoAccount) {
			t.Errorf("of nobody: %v", err)
		}
	})
}
