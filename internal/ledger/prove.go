package ledger

import (
	"context"
	"fmt"
	"math"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger/seal"
)

// Prove gives one account's sealed entries with what proves them to whoever has the public
// key: checked by seal.Statement.Check, without this database. What waits for its seal is
// not among them. ErrNoAccount.
func Prove(ctx context.Context, q db.Q, account uuid.UUID) (s seal.Statement, err error) {
	if _, err := selectBalance(ctx, q, account); err != nil {
		return s, fmt.Errorf("prove account %s: %w", account, err)
	}
	published, err := Publish(ctx, q, 0, math.MaxInt32)
	if err == nil {
		s = seal.NewStatement(account, published)
		err = prove(ctx, q, &s)
	}
	if err != nil {
		return s, fmt.Errorf("prove account %s: %w", account, err)
	}
	return s, nil
}

func prove(ctx context.Context, q db.Q, s *seal.Statement) (err error) {
	if s.Entries, err = selectProven(ctx, q, s.Account); err != nil || len(s.Entries) == 0 {
		return err
	}
	for i, e := range s.Entries {
		if e.Version != int64(i)+1 { // the one before is not sealed yet
			s.Entries = s.Entries[:i]
			break
		}
	}
	leaves := map[int64][]seal.Hash{} // of the blocks in which the entries stand
	first := int64(math.MaxInt64)
	for i := range s.Entries {
		e := &s.Entries[i]
		if leaves[e.Block] == nil {
			if leaves[e.Block], err = selectLeaves(ctx, q, e.Block); err != nil {
				return err
			}
			first = min(first, e.Block)
		}
		e.Path = seal.Path(leaves[e.Block], int(e.Position))
	}
	return proveBlocks(ctx, q, s, leaves, first)
}

// proveBlocks leads the blocks to their checkpoints, and keeps only the checkpoints from
// the first one that is needed.
func proveBlocks(ctx context.Context, q db.Q, s *seal.Statement, wanted map[int64][]seal.Hash, first int64) error {
	from := len(s.Checkpoints)
	covered := int64(0) // blocks under the checkpoints
	for i, signed := range s.Checkpoints {
		c, err := seal.ParseCheckpoint(signed.Text)
		if err != nil {
			return err
		}
		covered = c.Blocks
		if c.Blocks < first {
			continue
		}
		from = min(from, i)
		blocks, err := selectBlocks(ctx, q, c.Blocks-c.NewBlocks+1, int(c.NewBlocks))
		if err != nil {
			return err
		}
		hashes := make([]seal.Hash, len(blocks))
		for j, b := range blocks {
			hashes[j] = b.hash
		}
		for j, b := range blocks {
			if wanted[b.Number] != nil {
				s.Blocks = append(s.Blocks, seal.ProvenBlock{Block: b.Block, Checkpoint: c.Number, Position: int64(j), Path: seal.Path(hashes, j)})
			}
		}
	}
	s.Checkpoints = s.Checkpoints[from:]
	for {
		blocks, err := selectBlocks(ctx, q, covered+1, blockPage)
		if err != nil || len(blocks) == 0 {
			return err
		}
		for _, b := range blocks {
			if covered = b.Number; wanted[b.Number] != nil {
				s.Blocks = append(s.Blocks, seal.ProvenBlock{Block: b.Block})
			}
		}
	}
}
