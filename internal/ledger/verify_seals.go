package ledger

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strconv"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/ledger/seal"
)

// Seals is what a verification found of the seals.
type Seals struct {
	Blocks      int64
	Entries     int64 // that are sealed
	Late        int64 // of them, those that were sealed late, see seal.Late
	Unsealed    int64 // transfers that wait for their seal
	Checkpoints int64
	Day         string // of the last checkpoint
}

// String is the line that the command prints.
func (s Seals) String() string {
	line := fmt.Sprintf("%d sealed in %d blocks, %d not yet, %d late; %d checkpoints", s.Entries, s.Blocks, s.Unsealed, s.Late, s.Checkpoints)
	if s.Day != "" {
		line += ", the last of " + s.Day
	}
	return line
}

// blockPage is how many blocks are read at a time.
const blockPage = 200

// verifySeals walks the chain from its beginning. What is sealed never changes, so it is
// read in many small statements, while the books are in use.
func verifySeals(ctx context.Context, q db.Q) (s Seals, f *Finding, err error) {
	checkpoints, f, err := verifyCheckpoints(ctx, q)
	if err != nil || f != nil {
		return s, f, err
	}
	if s.Checkpoints = int64(len(checkpoints)); s.Checkpoints > 0 {
		s.Day = checkpoints[s.Checkpoints-1].Day
	}
	chain := seal.NewChain(Redeemed, checkpoints)
	for f == nil && err == nil {
		var blocks []blockRow
		blocks, err = selectBlocks(ctx, q, chain.Blocks()+1, blockPage)
		if err != nil || len(blocks) == 0 {
			break
		}
		f, err = verifyBlocks(ctx, q, chain, blocks)
	}
	if f == nil && err == nil {
		f = chain.Close()
	}
	s.Blocks, s.Entries, s.Late = chain.Blocks(), chain.Entries(), chain.Late()
	if f == nil && err == nil {
		f, err = findStraySeal(ctx, q, chain.Blocks())
	}
	if f == nil && err == nil {
		s.Unsealed, f, err = verifyUnsealed(ctx, q, chain.Whole())
	}
	return s, f, err
}

// verifyBlocks walks some blocks of the chain, with their entries.
func verifyBlocks(ctx context.Context, q db.Q, chain *seal.Chain, blocks []blockRow) (f *Finding, err error) {
	next := 0 // of blocks
	step := func() *Finding {
		if next > 0 {
			if f := chain.End(); f != nil {
				return f
			}
		}
		next++
		if next > len(blocks) {
			return nil
		}
		return chain.Begin(blocks[next-1].Block, blocks[next-1].hash)
	}
	if f = step(); f != nil {
		return f, nil
	}
	position := int64(0)
	err = streamSeals(ctx, q, blocks[0].Number, blocks[len(blocks)-1].Number, func(r *sealRow) bool {
		for f == nil && r.block != blocks[next-1].Number {
			f, position = step(), 0
		}
		if f == nil {
			f = verifySealed(r, position)
		}
		if f == nil {
			chain.Leaf(&r.entry, r.leaf)
			position++
		}
		return f == nil
	})
	for f == nil && err == nil && next <= len(blocks) {
		f = step()
	}
	return f, err
}

// verifySealed holds a transfer to what was sealed of it.
func verifySealed(r *sealRow, position int64) *Finding {
	r.entry.Note = seal.NoteOf(r.salt, r.actor, r.reason)
	switch {
	case r.position != position:
		return &Finding{Table: "ledger_seal", ID: fmt.Sprintf("%d/%d", r.block, position), Problem: "the entry is missing in its block"}
	case !r.thereToo:
		return &Finding{Table: "ledger_transfer", ID: r.transfer, Problem: fmt.Sprintf("is gone; it was sealed as entry %d of block %d", position, r.block)}
	case r.unsound != nil:
		return &Finding{Table: "ledger_transfer", ID: r.transfer, Problem: fmt.Sprintf("cannot be read, so it is not what was sealed as entry %d of block %d", position, r.block)}
	case r.entry.Leaf() != r.leaf:
		return &Finding{Table: "ledger_transfer", ID: r.transfer, Problem: fmt.Sprintf("is not what was sealed as entry %d of block %d", position, r.block)}
	}
	return nil
}

// verifyUnsealed looks through the transfers that wait for their seal. One of a time of
// which everything was sealed has been put in later.
func verifyUnsealed(ctx context.Context, q db.Q, whole time.Time) (n int64, f *Finding, err error) {
	err = streamUnsealed(ctx, q, func(id string, at time.Time) bool {
		n++
		if seal.Late(at, whole) {
			f = &Finding{Table: "ledger_transfer", ID: id, Problem: fmt.Sprintf("is not sealed, and says that it was made at %s; all of that time were sealed at %s",
				at.In(db.Manila).Format(time.DateTime), whole.In(db.Manila).Format(time.DateTime))}
		}
		return f == nil
	})
	return n, f, err
}

// verifyCheckpoints holds the checkpoints to each other and to the keys that are kept here:
// whether those are the city's own is for Sealing.VerifyKey, and for whoever has a copy.
func verifyCheckpoints(ctx context.Context, q db.Q) ([]seal.Checkpoint, *Finding, error) {
	kept, err := selectKeptCheckpoints(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	keys, err := selectKeptKeys(ctx, q)
	if err != nil || len(kept)+len(keys) == 0 {
		return nil, nil, err
	}
	if len(keys) == 0 {
		return nil, &Finding{Table: "ledger_signing_key", Problem: "there are checkpoints, but no key"}, nil
	}
	var p seal.Published
	for i, k := range keys {
		if k.id != k.ID() || k.number != int64(i)+1 || (k.Former == "") != (i == 0) || i > 0 && k.Former != keys[i-1].ID() {
			return nil, &Finding{Table: "ledger_signing_key", ID: k.id, Problem: "is not the key that its row says"}, nil
		}
		p.Keys = append(p.Keys, k.Key)
	}
	for _, k := range kept {
		p.Checkpoints = append(p.Checkpoints, k.Signed)
	}
	list, err := p.Check(ed25519.PublicKey(keys[0].Public))
	var f *Finding
	if errors.As(err, &f) {
		return nil, f, nil
	}
	if err != nil {
		return nil, nil, err
	}
	for i, k := range kept {
		if c := list[i]; k.number != c.Number || k.day != c.Day || c.Number != int64(i)+1 {
			return nil, &Finding{Table: "ledger_checkpoint", ID: strconv.FormatInt(k.number, 10), Problem: "its number and day are not those that were signed"}, nil
		}
	}
	return list, nil, nil
}

// VerifyKey proves that the key which signs is this city's: its private half opens with
// the keys of this program's settings, which are not in the database.
func (s *Sealing) VerifyKey(ctx context.Context, q db.Q) (*Finding, error) {
	keys, err := selectKeptKeys(ctx, q)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	id := keys[len(keys)-1].id
	k, err := s.lastKey(ctx, q)
	switch {
	case errs.KindOf(err) == errs.Unavailable || ctx.Err() != nil:
		return nil, err
	case err != nil:
		return &Finding{Table: "ledger_signing_key", ID: id, Problem: err.Error()}, nil
	case k.private == nil:
		return &Finding{Table: "ledger_signing_key", ID: id, Problem: "has lost its private half"}, nil
	}
	return nil, nil //nolint:nilnil // nothing found is the good answer
}
