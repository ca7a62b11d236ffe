package seal

import (
	"crypto/ed25519"
	"fmt"
	"strconv"

	"github.com/google/uuid"
)

// statementTitle begins every statement, so that another form can be told from this one.
const statementTitle = "ekolek ledger statement 1"

// Statement is one resident's entries with what proves that they stand in the sealed
// journal, and nothing of anybody else's: of their neighbours only hashes.
type Statement struct {
	Title   string        `json:"title"`
	Account uuid.UUID     `json:"account"`
	Entries []ProvenEntry `json:"entries"` // in the order of their versions
	Blocks  []ProvenBlock `json:"blocks"`  // in which they stand, in ascending order
	Published
}

// ProvenEntry is an entry with its way to the root of its block.
type ProvenEntry struct {
	Entry
	Block    int64
	Position int64 // in the block
	Path     []Hash
}

// ProvenBlock is a block with its way to the root of its checkpoint.
type ProvenBlock struct {
	Block
	Checkpoint int64 // its number; 0: not signed yet
	Position   int64 // among the checkpoint's new blocks
	Path       []Hash
}

// NewStatement is an empty one.
func NewStatement(account uuid.UUID, p Published) Statement {
	return Statement{Title: statementTitle, Account: account, Published: p}
}

// Proof is what a statement proves.
type Proof struct {
	Entries  int   // of the resident, without a gap
	Unsigned int   // of them, in blocks that no checkpoint covers yet
	Balance  int64 // after the last one
	Until    Checkpoint
}

// Check proves a statement by a public key.
func (s Statement) Check(anchor ed25519.PublicKey) (p Proof, err error) {
	if s.Title != statementTitle {
		return p, fmt.Errorf("%.40q is not a statement that this program knows", s.Title)
	}
	checkpoints, err := s.Published.Check(anchor)
	if err != nil {
		return p, err
	}
	signed := map[int64]Checkpoint{}
	for _, c := range checkpoints {
		signed[c.Number], p.Until = c, c
	}
	blocks := map[int64]ProvenBlock{}
	for _, b := range s.Blocks {
		if f := b.proven(signed); f != nil {
			return p, f
		}
		blocks[b.Number] = b
	}
	for i := range s.Entries {
		e := &s.Entries[i]
		b, ok := blocks[e.Block]
		if !ok {
			return p, e.wrong("names block %d, which is not in the statement", e.Block)
		}
		root, ok := Climb(e.Leaf(), e.Position, b.Count, e.Path)
		p.Balance += e.Change()
		switch {
		case !ok || root != b.Root:
			return p, e.wrong("does not stand in block %d", e.Block)
		case e.Account != s.Account || e.Debit != s.Account && e.Credit != s.Account:
			return p, e.wrong("is not of account %s", s.Account)
		case e.Version != int64(i)+1:
			return p, e.wrong("is number %d of the account, expected %d", e.Version, i+1)
		case e.BalanceAfter != p.Balance:
			return p, e.wrong("says that %d hundredths were left, expected %d", e.BalanceAfter, p.Balance)
		}
		if b.Checkpoint == 0 {
			p.Unsigned++
		}
	}
	p.Entries = len(s.Entries)
	return p, nil
}

// proven leads a block to its checkpoint.
func (b *ProvenBlock) proven(signed map[int64]Checkpoint) *Finding {
	if b.Checkpoint == 0 {
		return nil
	}
	c, ok := signed[b.Checkpoint]
	if !ok {
		return b.wrong("names checkpoint %d, which is not in the statement", b.Checkpoint)
	}
	root, ok := Climb(b.Hash(), b.Position, c.NewBlocks, b.Path)
	if !ok || root != c.Root || b.Number != c.Blocks-c.NewBlocks+1+b.Position {
		return b.wrong("is not under checkpoint %d of %s", c.Number, c.Day)
	}
	return nil
}

func (e *ProvenEntry) wrong(problem string, args ...any) *Finding {
	return &Finding{"ledger_transfer", e.ID.String(), fmt.Sprintf(problem, args...)}
}

func (b *ProvenBlock) wrong(problem string, args ...any) *Finding {
	return &Finding{"ledger_block", strconv.FormatInt(b.Number, 10), fmt.Sprintf(problem, args...)}
}
