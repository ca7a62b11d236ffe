package ledger

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/ledger/seal"
)

// keyLife is how long one key signs: then it signs for its successor, and its private half
// is destroyed, so that who steals the keys of this year cannot write the years before.
const keyLife = 365 * 24 * time.Hour

// privatePlace is where the private half of a signing key lies, sealed always.
const privatePlace db.Place = "ledger_signing_key.private_key"

// SealedColumns lists this package's columns that are encrypted, for whoever encrypts them anew
// under another key.
func SealedColumns() []db.SealedTable {
	return []db.SealedTable{{Key: "id", Columns: []db.Place{privatePlace}, Always: true}}
}

// errCheckpointTaken says that another node has made the checkpoint, or the key.
var errCheckpointTaken = errors.New("the checkpoint is there already")

// Checkpoint seals all that is left and signs the end of the chain for the day that ended
// last. made is false when that day has its checkpoint.
func (s *Sealing) Checkpoint(ctx context.Context) (c seal.Checkpoint, made bool, err error) {
	day := db.Day(s.now().Add(-24 * time.Hour))
	before, _, err := LastCheckpoint(ctx, s.db)
	if err != nil || before.Day >= day {
		return before, false, err
	}
	if _, err := s.Sweep(ctx); err != nil {
		return c, false, err
	}
	c, err = s.checkpointAfter(ctx, before, day)
	if err != nil {
		return c, false, fmt.Errorf("checkpoint of %s: %w", day, err)
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		key, err := s.signingKey(ctx, tx, c.Made)
		if err != nil {
			return err
		}
		c.Key = seal.KeyID(key.Public().(ed25519.PublicKey))
		return insertCheckpoint(ctx, tx, c, c.Sign(key))
	})
	if errors.Is(err, errCheckpointTaken) {
		c, _, err = LastCheckpoint(ctx, s.db)
		return c, false, err
	}
	if err != nil {
		return c, false, fmt.Errorf("checkpoint of %s: %w", day, err)
	}
	return c, true, nil
}

// checkpointAfter is what the chain has come to since the checkpoint before.
func (s *Sealing) checkpointAfter(ctx context.Context, before seal.Checkpoint, day string) (seal.Checkpoint, error) {
	c := before
	c.City, c.Number, c.Day, c.NewBlocks, c.Made = s.city, before.Number+1, day, 0, db.At(s.now()).Time
	if before.Number > 0 {
		text, err := selectCheckpoint(ctx, s.db, before.Number)
		if err != nil {
			return c, err
		}
		c.Previous = text.Hash()
	}
	var hashes []seal.Hash
	for {
		blocks, err := selectBlocks(ctx, s.db, c.Blocks+1, blockPage)
		if err != nil {
			return c, err
		}
		for _, b := range blocks {
			c.Blocks, c.Entries, c.Head = b.Number, c.Entries+b.Count, b.hash
			c.Issued, c.Redeemed, c.Late = c.Issued+b.Issued, c.Redeemed+b.Redeemed, c.Late+b.Late
			hashes = append(hashes, b.hash)
		}
		if len(blocks) < blockPage {
			break
		}
	}
	c.NewBlocks, c.Root = int64(len(hashes)), seal.Root(hashes)
	return c, nil
}

// signingKey is the key that signs now. The first one is made when it is needed, and each
// of the others when the one before has come to its age.
func (s *Sealing) signingKey(ctx context.Context, tx *db.Tx, now time.Time) (ed25519.PrivateKey, error) {
	last, err := s.lastKey(ctx, tx)
	if err != nil {
		return nil, err
	}
	if last.private != nil && now.Before(last.Since.Add(keyLife)) {
		return last.private, nil
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a signing key: %w", err)
	}
	next := signingKey{Key: seal.Key{Public: public, Since: db.At(now).Time}, number: last.number + 1, private: private}
	endorser := private
	if last.private != nil {
		next.Former, endorser = last.ID(), last.private
	}
	next.Endorsement = ed25519.Sign(endorser, []byte(next.Text()))
	if err := insertKey(ctx, tx, s.vault, next); err != nil {
		return nil, err
	}
	return private, destroyKeysBefore(ctx, tx, next.number)
}

// signingKey is a key as it is kept.
type signingKey struct {
	seal.Key
	number  int64
	private ed25519.PrivateKey // nil: destroyed
}

// lastKey is the newest key, opened; its number is 0 before the first.
func (s *Sealing) lastKey(ctx context.Context, q db.Q) (signingKey, error) {
	k, text, err := selectLastKey(ctx, q, s.vault)
	if err != nil || text == "" {
		return k, err
	}
	seed, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(seed) != ed25519.SeedSize {
		return k, fmt.Errorf("the private half of signing key %s is damaged", k.ID())
	}
	k.private = ed25519.NewKeyFromSeed(seed)
	if !slices.Equal(k.private.Public().(ed25519.PublicKey), k.Public) {
		return k, fmt.Errorf("the private half of signing key %s belongs to another key", k.ID())
	}
	return k, nil
}

// LastCheckpoint is the newest one; its Number is 0 before the first.
func LastCheckpoint(ctx context.Context, q db.Q) (seal.Checkpoint, seal.Signed, error) {
	list, err := selectCheckpoints(ctx, q, 0, 1)
	if err != nil || len(list) == 0 {
		return seal.Checkpoint{}, seal.Signed{}, err
	}
	c, err := seal.ParseCheckpoint(list[0].Text)
	return c, list[0], err
}

// Publish gives checkpoints before a number, 0: the newest, and all public keys, as the
// city shows them to everybody: in ascending order, at most limit.
func Publish(ctx context.Context, q db.Q, before int64, limit int) (p seal.Published, err error) {
	if p.Checkpoints, err = selectCheckpoints(ctx, q, before, limit); err != nil {
		return p, fmt.Errorf("publish checkpoints: %w", err)
	}
	slices.Reverse(p.Checkpoints)
	if p.Keys, err = selectKeys(ctx, q); err != nil {
		return p, fmt.Errorf("publish checkpoints: %w", err)
	}
	return p, nil
}

// LastCheckpoint is the newest one, as everybody may see it.
func (s *Sealing) LastCheckpoint(ctx context.Context) (seal.Checkpoint, error) {
	c, _, err := LastCheckpoint(ctx, s.read)
	return c, err
}

// Published is Publish, for everybody.
func (s *Sealing) Published(ctx context.Context, before int64, limit int) (seal.Published, error) {
	return Publish(ctx, s.read, before, limit)
}
