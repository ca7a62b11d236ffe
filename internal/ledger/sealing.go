package ledger

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger/seal"
)

// Sealing seals the journal after the fact: posting does not wait for it. Several nodes
// may do it at once; a block is made whole or not at all, by whoever comes first.
type Sealing struct {
	db    *db.DB
	read  db.Q // for what is shown to everybody
	vault *db.Vault
	city  string
	now   func() time.Time
}

// NewSealing makes the sealing of a database. city is whose books the checkpoints say
// they are of.
func NewSealing(d *db.DB, vault *db.Vault, city string, now func() time.Time) *Sealing {
	return &Sealing{db: d, read: d.Reader(), vault: vault, city: strings.Join(strings.Fields(city), " "), now: now}
}

// blockSize is how many entries a block has at most: a transaction of this size keeps
// SQLite's other writers waiting for some hundredths of a second.
const blockSize = 1000

// Sealed is what a run did.
type Sealed struct {
	Blocks  int
	Entries int64
	Late    int64 // of them, see seal.Late
}

// Seal seals what has come since the last run, until nothing is left or span is over; 0:
// no limit. It looks for ids from a little before the newest sealed one: ids are made in
// the order of time, but become visible in the order of commits.
func (s *Sealing) Seal(ctx context.Context, span time.Duration) (Sealed, error) {
	from, err := sealedUpTo(ctx, s.db, s.now())
	if err != nil {
		return Sealed{}, fmt.Errorf("seal: %w", err)
	}
	return s.seal(ctx, from, span)
}

// Sweep looks through the whole journal for what is not sealed, wherever it stands.
func (s *Sealing) Sweep(ctx context.Context) (done Sealed, err error) {
	return s.seal(ctx, uuid.Nil, 0)
}

func (s *Sealing) seal(ctx context.Context, after uuid.UUID, span time.Duration) (Sealed, error) {
	var done Sealed
	begun := time.Now()
	for span == 0 || time.Since(begun) < span {
		b, last, err := s.nextBlock(ctx, after)
		if err != nil {
			return done, fmt.Errorf("seal: %w", err)
		}
		if b == nil {
			return done, nil
		}
		err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return insertBlock(ctx, tx, b) })
		if errors.Is(err, errBlockTaken) {
			continue // another node was quicker: look again what is left
		}
		if err != nil {
			return done, fmt.Errorf("seal block %d: %w", b.Number, err)
		}
		done.Blocks++
		done.Entries += b.Count
		done.Late += b.Late
		if b.Whole {
			return done, nil
		}
		after = last
	}
	return done, nil
}

// errBlockTaken says that another node has made the block of that number.
var errBlockTaken = errors.New("the block is there already")

// sealedBlock is a block with its entries.
type sealedBlock struct {
	seal.Block
	transfers []uuid.UUID
	salts     []seal.Salt
	leaves    []seal.Hash
}

// nextBlock makes the block that follows the last one, of what is not sealed behind an id;
// nil when there is nothing. The last block is read first: whatever is sealed meanwhile
// takes this block's number away.
func (s *Sealing) nextBlock(ctx context.Context, after uuid.UUID) (*sealedBlock, uuid.UUID, error) {
	before, err := selectLastBlock(ctx, s.db)
	if err != nil {
		return nil, after, err
	}
	whole, err := lastWhole(ctx, s.db)
	if err != nil {
		return nil, after, err
	}
	at := db.At(s.now()).Time
	var found []journalRow
	err = db.Unhurried(ctx, s.db, func(q db.Q) (err error) {
		found, err = selectUnsealed(ctx, q, after, blockSize+1)
		return err
	})
	if err != nil || len(found) == 0 {
		return nil, after, err
	}
	b := &sealedBlock{Block: seal.Block{Number: before.Number + 1, First: before.First + before.Count, Whole: len(found) <= blockSize, SealedAt: at, Previous: before.hash}}
	found = found[:min(len(found), blockSize)]
	if err := b.take(found, whole); err != nil {
		return nil, after, err
	}
	return b, found[len(found)-1].entry.ID, nil
}

// lastWhole is when nothing was left unsealed last: a block says so, or a checkpoint, which
// is only made then.
func lastWhole(ctx context.Context, q db.Q) (time.Time, error) {
	whole, err := selectLastWhole(ctx, q)
	if err != nil {
		return whole, err
	}
	c, _, err := LastCheckpoint(ctx, q)
	if c.Made.After(whole) {
		whole = c.Made
	}
	return whole, err
}

func (b *sealedBlock) take(rows []journalRow, whole time.Time) error {
	noise := make([]byte, len(rows)*len(seal.Salt{}))
	if _, err := rand.Read(noise); err != nil {
		return err
	}
	for i := range rows {
		r := &rows[i]
		salt := seal.Salt(noise[i*len(seal.Salt{}):])
		r.entry.Note = seal.NoteOf(salt, r.actor, r.reason)
		b.Add(&r.entry, Redeemed, whole)
		b.transfers = append(b.transfers, r.entry.ID)
		b.salts = append(b.salts, salt)
		b.leaves = append(b.leaves, r.entry.Leaf())
	}
	b.Root = seal.Root(b.leaves)
	return nil
}

// SealState tells how far the sealing has come.
type SealState struct {
	Entries    int64
	Waiting    time.Time       // the moment of the oldest transfer that waits for its seal; zero: none waits
	Checkpoint seal.Checkpoint // the last one; its Number is 0 before the first
}

// StateOfSeals reads it.
func StateOfSeals(ctx context.Context, q db.Q, now time.Time) (s SealState, err error) {
	b, err := selectLastBlock(ctx, q)
	if err != nil {
		return s, fmt.Errorf("state of seals: %w", err)
	}
	s.Entries = b.First + b.Count - 1
	from, err := sealedUpTo(ctx, q, now)
	if err != nil {
		return s, fmt.Errorf("state of seals: %w", err)
	}
	rows, err := selectUnsealed(ctx, q, from, 1)
	if err != nil {
		return s, fmt.Errorf("state of seals: %w", err)
	}
	if len(rows) > 0 {
		s.Waiting = rows[0].entry.At
	}
	s.Checkpoint, _, err = LastCheckpoint(ctx, q)
	return s, err
}

// sealedUpTo is an id from which on there may be something that is not sealed. Neither a
// wrong clock nor an id that lies in the future puts it off.
func sealedUpTo(ctx context.Context, q db.Q, now time.Time) (uuid.UUID, error) {
	newest, err := selectNewestSealed(ctx, q)
	if err != nil || newest == uuid.Nil {
		return uuid.Nil, err
	}
	at := idTime(newest)
	if at.After(now) {
		at = now
	}
	return idAt(at.Add(-seal.Patience)), nil
}

// idTime is the moment that stands in a UUIDv7.
func idTime(id uuid.UUID) time.Time {
	ms := int64(0)
	for _, b := range id[:6] {
		ms = ms<<8 | int64(b)
	}
	return time.UnixMilli(ms)
}

// idAt is lower than every UUIDv7 of a moment and later.
func idAt(t time.Time) (id uuid.UUID) {
	ms := t.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i)) //nolint:gosec // one byte of it
	}
	return id
}
