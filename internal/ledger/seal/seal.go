// Package seal is what makes a journal that was changed tell so. It holds the arithmetic
// and the checks and nothing else: no database, no settings, no clock. An auditor who has
// exported files and a public key needs this package alone, and can read all of it.
//
// Every transfer becomes an [Entry], a line of fixed binary form. Entries are sealed in
// blocks: a [Block] has the root of a Merkle tree over its entries and the hash of the
// block before, so nothing in the middle changes without changing the end. A [Checkpoint]
// is the end of the chain at the end of a day, in words, and the city signs it. Whoever
// keeps yesterday's checkpoint, on paper or as a file, can prove a later rewriting.
//
// Amounts are hundredths of a point.
package seal

import (
	"crypto/sha256"
	"database/sql/driver"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// What is hashed begins with what it is, so that one thing is never taken for another.
const (
	leafPrefix  = 0x00
	nodePrefix  = 0x01
	blockPrefix = 0x02
	notePrefix  = 0x03
	version     = 1 // of the binary forms below
)

// Hash is a SHA-256.
type Hash [sha256.Size]byte

// String is the hash in hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Short is the beginning of the hash in a form that two people can compare by reading it
// aloud: 1f3c-90ab-77e2-04d1-5e6a. These 80 bits are too many to find another journal by
// trying that has them, too.
func (h Hash) Short() string {
	s := h.String()
	return strings.Join([]string{s[0:4], s[4:8], s[8:12], s[12:16], s[16:20]}, "-")
}

// MarshalText is String.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads what String wrote.
func (h *Hash) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	if err != nil || len(raw) != len(h) {
		return fmt.Errorf("%.70q is not a hash", text)
	}
	*h = Hash(raw)
	return nil
}

// Value writes the bytes into a database.
func (h Hash) Value() (driver.Value, error) { return h[:], nil }

// Scan reads what Value wrote.
func (h *Hash) Scan(src any) error {
	raw, ok := src.([]byte)
	if !ok || len(raw) != len(h) {
		return fmt.Errorf("a %T of another length is not a hash", src)
	}
	*h = Hash(raw)
	return nil
}

// Entry is a transfer as it is sealed. It names accounts and causes by their ids and
// nobody by name: who acted and why stand in it only as [NoteOf].
type Entry struct {
	ID           uuid.UUID
	Debit        uuid.UUID // the account that the points left
	Credit       uuid.UUID // the account that they reached
	Points       int64
	Kind         string
	Source       uuid.UUID // what caused it
	Reverses     uuid.UUID // uuid.Nil: nothing
	Account      uuid.UUID // the resident's side
	Version      int64     // counts the account's transfers
	BalanceAfter int64
	At           time.Time
	Day          string // Manila
	Note         Hash
}

// Change is what the entry did to the resident's balance.
func (e *Entry) Change() int64 {
	if e.Credit == e.Account {
		return e.Points
	}
	return -e.Points
}

// City is the side of the entry that is not the resident's.
func (e *Entry) City() uuid.UUID {
	if e.Credit == e.Account {
		return e.Debit
	}
	return e.Credit
}

// entrySize is the length of an entry's binary form: prefix and version, six ids, four
// numbers, two short texts, the note.
const entrySize = 2 + 6*16 + 4*8 + 2*16 + sha256.Size

// Leaf is the hash of the entry's binary form, whose fields all have their place and their
// length. It is made of whatever stands there, sense or not: to judge that is for others.
func (e *Entry) Leaf() Hash {
	b := make([]byte, 0, entrySize)
	b = append(b, leafPrefix, version)
	for _, id := range []*uuid.UUID{&e.ID, &e.Debit, &e.Credit, &e.Source, &e.Reverses, &e.Account} {
		b = append(b, id[:]...)
	}
	b = number(b, e.Points)
	b = number(b, e.Version)
	b = number(b, e.BalanceAfter)
	b = number(b, e.At.UnixMicro())
	b = short(b, e.Kind)
	b = short(b, e.Day)
	b = append(b, e.Note[:]...)
	return sha256.Sum256(b)
}

// number appends eight bytes, the most significant first, two's complement.
func number(b []byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(n)) //nolint:gosec // the same bits
}

// short appends a text in sixteen bytes: its length, itself, zeros. What is longer than
// anything that we write is hashed.
func short(b []byte, text string) []byte {
	var field [16]byte
	if len(text) < len(field) {
		field[0] = byte(len(text))
		copy(field[1:], text)
	} else {
		sum := sha256.Sum256([]byte(text))
		field[0] = 0xff
		copy(field[1:], sum[:])
	}
	return append(b, field[:]...)
}

// Salt hides what a note says from whoever does not know it.
type Salt [16]byte

// Value writes the bytes into a database.
func (s Salt) Value() (driver.Value, error) { return s[:], nil }

// Scan reads what Value wrote.
func (s *Salt) Scan(src any) error {
	raw, ok := src.([]byte)
	if !ok || len(raw) != len(s) {
		return fmt.Errorf("a %T of another length is not a salt", src)
	}
	*s = Salt(raw)
	return nil
}

// NoteOf binds who acted and why to an entry without telling: without the salt nobody can
// even guess and compare, and once the salt is gone the note says nothing for ever.
func NoteOf(salt Salt, actor uuid.UUID, reason string) Hash {
	b := make([]byte, 0, 64+len(reason))
	b = append(b, notePrefix)
	b = append(b, salt[:]...)
	b = append(b, actor[:]...)
	b = append(b, reason...)
	return sha256.Sum256(b)
}

// Block is a run of entries, sealed together.
type Block struct {
	Number   int64     // 1, 2, 3, …
	First    int64     // the number of its first entry; entries count 1, 2, 3, … through all blocks
	Count    int64     // of entries, at least one
	Issued   int64     // points that its entries brought to residents from other than the account of redemptions
	Redeemed int64     // points that went to that account, less those that came back
	Late     int64     // of its entries, those that should have been in an earlier block, see Late
	Whole    bool      // when it was made, nothing else was left to be sealed
	SealedAt time.Time // when the entries were looked for
	Root     Hash      // over the entries' leaves
	Previous Hash      // of the block before; zeros for the first
}

// Hash binds all of the block, and through Previous all blocks before it.
func (b *Block) Hash() Hash {
	raw := make([]byte, 0, 2+7*8+1+2*sha256.Size)
	raw = append(raw, blockPrefix, version)
	for _, n := range []int64{b.Number, b.First, b.Count, b.Issued, b.Redeemed, b.Late, b.SealedAt.UnixMicro()} {
		raw = number(raw, n)
	}
	whole := byte(0)
	if b.Whole {
		whole = 1
	}
	raw = append(raw, whole)
	raw = append(raw, b.Root[:]...)
	raw = append(raw, b.Previous[:]...)
	return sha256.Sum256(raw)
}

// Add counts an entry into the block's sums. whole is when everything there was had been
// sealed last, as an earlier block or checkpoint says; zero: never.
func (b *Block) Add(e *Entry, redeemed uuid.UUID, whole time.Time) {
	b.Count++
	if e.City() == redeemed {
		b.Redeemed -= e.Change()
	} else {
		b.Issued += e.Change()
	}
	if Late(e.At, whole) {
		b.Late++
	}
}

// Patience is how long after its moment an entry may become visible: longer than any
// transaction may take, and than the clocks of two nodes may differ.
const Patience = 2 * time.Minute

// Late says that an entry of a moment should have been in an earlier block: at whole, that
// much later, everything there was had been sealed. So it was not there then, whatever it
// says of itself: a clock was wrong, or somebody has put it in behind the others' backs.
func Late(at, whole time.Time) bool { return !whole.IsZero() && at.Before(whole.Add(-Patience)) }
