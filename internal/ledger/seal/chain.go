package seal

import (
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// Finding is a row that does not fit.
type Finding struct {
	Table   string
	ID      string
	Problem string
}

// Error names the row and what is wrong with it.
func (f *Finding) Error() string { return fmt.Sprintf("%s %s: %s", f.Table, f.ID, f.Problem) }

// Chain walks through blocks from the first to the last, and holds them to their entries,
// to each other and to the checkpoints. Each step gives the first thing that does not fit.
type Chain struct {
	redeemed uuid.UUID // the account of redemptions
	last     Block
	head     Hash
	total    Block     // sums of all blocks before the present one
	whole    time.Time // when nothing was left unsealed last

	block  Block // the present one, as it is told
	stored Hash  // and the hash that is told of it
	sum    Block // what its entries make of it
	leaves []Hash

	checkpoints []Checkpoint // still to come
	fresh       []Hash       // blocks since the last checkpoint
}

// NewChain is the beginning of the chain. redeemed is the account of redemptions.
func NewChain(redeemed uuid.UUID, checkpoints []Checkpoint) *Chain {
	return &Chain{redeemed: redeemed, checkpoints: checkpoints}
}

// Entries is how many there were.
func (c *Chain) Entries() int64 { return c.total.Count }

// Blocks is how many there were.
func (c *Chain) Blocks() int64 { return c.last.Number }

// Late is how many entries were sealed late.
func (c *Chain) Late() int64 { return c.total.Late }

// Issued is what all entries brought.
func (c *Chain) Issued() int64 { return c.total.Issued }

// Spent is what they took.
func (c *Chain) Spent() int64 { return c.total.Redeemed }

// Whole is when nothing was left unsealed last.
func (c *Chain) Whole() time.Time { return c.whole }

// Begin takes the next block; stored is the hash that is told of it.
func (c *Chain) Begin(b Block, stored Hash) *Finding {
	if f := c.checkpoint(); f != nil { // those from before the first block: End takes all others
		return f
	}
	c.block, c.stored, c.sum, c.leaves = b, stored, Block{}, c.leaves[:0]
	switch {
	case b.Number != c.last.Number+1:
		return c.wrong("comes after block %d", c.last.Number)
	case b.Previous != c.head:
		return c.wrong("is not chained to the block before it")
	case b.First != c.total.Count+1:
		return c.wrong("begins with entry %d, expected %d", b.First, c.total.Count+1)
	case b.Hash() != stored:
		return c.wrong("is not what its hash was made of")
	}
	return nil
}

// Leaf takes the next entry of the block. leaf is its sealed hash.
func (c *Chain) Leaf(e *Entry, leaf Hash) {
	c.sum.Add(e, c.redeemed, c.whole)
	c.leaves = append(c.leaves, leaf)
}

// End says that the block has no more entries.
func (c *Chain) End() *Finding {
	b := &c.block
	switch {
	case c.sum.Count != b.Count:
		return c.wrong("has %d entries, %d were sealed", c.sum.Count, b.Count)
	case Root(c.leaves) != b.Root:
		return c.wrong("its entries do not make up its root: some were exchanged, or sealed anew")
	case c.sum.Issued != b.Issued || c.sum.Redeemed != b.Redeemed || c.sum.Late != b.Late:
		return c.wrong("has other sums than its entries make up")
	}
	c.total.Count += b.Count
	c.total.Issued += b.Issued
	c.total.Redeemed += b.Redeemed
	c.total.Late += b.Late
	c.last, c.head = *b, c.stored
	c.fresh = append(c.fresh, c.stored)
	if b.Whole && b.SealedAt.After(c.whole) {
		c.whole = b.SealedAt
	}
	return c.checkpoint()
}

// checkpoint holds the chain to the checkpoints that say they stand here.
func (c *Chain) checkpoint() *Finding {
	for len(c.checkpoints) > 0 && c.checkpoints[0].Blocks <= c.last.Number {
		p := c.checkpoints[0]
		c.checkpoints = c.checkpoints[1:]
		if p.Blocks != c.last.Number || p.NewBlocks != int64(len(c.fresh)) || p.Root != Root(c.fresh) || p.Head != c.head {
			return p.wrong("signed other blocks than stand here")
		}
		if p.Entries != c.total.Count || p.Issued != c.total.Issued || p.Redeemed != c.total.Redeemed || p.Late != c.total.Late {
			return p.wrong("signed other sums than the blocks make up")
		}
		c.fresh = c.fresh[:0]
		if p.Made.After(c.whole) {
			c.whole = p.Made
		}
	}
	return nil
}

// Close says that there are no more blocks.
func (c *Chain) Close() *Finding {
	if f := c.checkpoint(); f != nil { // those from before the first block
		return f
	}
	if len(c.checkpoints) > 0 {
		p := c.checkpoints[0]
		return p.wrong("signed %d blocks, there are %d", p.Blocks, c.last.Number)
	}
	return nil
}

func (c *Chain) wrong(problem string, args ...any) *Finding {
	return &Finding{"ledger_block", strconv.FormatInt(c.block.Number, 10), fmt.Sprintf(problem, args...)}
}

func (c *Checkpoint) wrong(problem string, args ...any) *Finding {
	return &Finding{"ledger_checkpoint", c.Day, fmt.Sprintf(problem, args...)}
}
