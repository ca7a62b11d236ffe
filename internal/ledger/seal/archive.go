package seal

import (
	"bufio"
	"crypto/ed25519"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// The files of an archive.
const (
	EntriesFile     = "entries.csv"
	BlocksFile      = "blocks.csv"
	CheckpointsFile = "checkpoints.json"
)

// EntryColumns are those of EntriesFile, one line an entry, in the order of the blocks.
// NamedColumns follow when the archive is to tell who acted and why.
var (
	EntryColumns = []string{"number", "id", "debit", "credit", "points_hundredths", "kind", "source", "reverses", "account", "version", "balance_after", "at", "day", "note", "leaf"}
	NamedColumns = []string{"salt", "actor", "reason"}
)

// EntryRecord is an entry as a line; number is its place in the whole chain.
func EntryRecord(number int64, e *Entry, leaf Hash) []string {
	reverses := ""
	if e.Reverses != uuid.Nil {
		reverses = e.Reverses.String()
	}
	return []string{decimal(number), e.ID.String(), e.Debit.String(), e.Credit.String(), decimal(e.Points), e.Kind, e.Source.String(), reverses,
		e.Account.String(), decimal(e.Version), decimal(e.BalanceAfter), e.At.UTC().Format(stamp), e.Day, e.Note.String(), leaf.String()}
}

// parseEntry reads such a line.
func parseEntry(line []string) (number int64, e Entry, leaf Hash, err error) {
	var p parser
	number = p.number(line[0])
	e = Entry{ID: p.id(line[1]), Debit: p.id(line[2]), Credit: p.id(line[3]), Points: p.number(line[4]), Kind: line[5], Source: p.id(line[6]),
		Account: p.id(line[8]), Version: p.number(line[9]), BalanceAfter: p.number(line[10]), At: p.time(line[11]), Day: line[12], Note: p.hash(line[13])}
	if line[7] != "" {
		e.Reverses = p.id(line[7])
	}
	return number, e, p.hash(line[14]), p.err
}

// BlockColumns are those of BlocksFile, one line a block.
var BlockColumns = []string{"number", "first", "entries", "issued_hundredths", "redeemed_hundredths", "late", "whole", "sealed_at", "root", "previous", "hash"}

// BlockRecord is a block as a line.
func BlockRecord(b *Block, hash Hash) []string {
	return []string{decimal(b.Number), decimal(b.First), decimal(b.Count), decimal(b.Issued), decimal(b.Redeemed), decimal(b.Late), strconv.FormatBool(b.Whole),
		b.SealedAt.UTC().Format(stamp), b.Root.String(), b.Previous.String(), hash.String()}
}

func parseBlock(line []string) (b Block, hash Hash, err error) {
	var p parser
	b = Block{Number: p.number(line[0]), First: p.number(line[1]), Count: p.number(line[2]), Issued: p.number(line[3]), Redeemed: p.number(line[4]),
		Late: p.number(line[5]), Whole: line[6] == "true", SealedAt: p.time(line[7]), Root: p.hash(line[8]), Previous: p.hash(line[9])}
	return b, p.hash(line[10]), p.err
}

// Summary is what an archive proves.
type Summary struct {
	Entries, Blocks, Late int64
	Issued, Redeemed      int64
	Whole                 time.Time  // when nothing was left unsealed last
	Checkpoint            Checkpoint // the last one; its Number is 0 when there is none
}

// String is the line for people.
func (s Summary) String() string {
	line := fmt.Sprintf("%d entries in %d blocks, %d sealed late; ", s.Entries, s.Blocks, s.Late)
	if s.Checkpoint.Number == 0 {
		return line + "nothing of it is signed yet"
	}
	line += fmt.Sprintf("signed up to %s, checkpoint %d, fingerprint %s", s.Checkpoint.Day, s.Checkpoint.Number, s.Checkpoint.Head.Short())
	if n := s.Entries - s.Checkpoint.Entries; n > 0 {
		line += fmt.Sprintf("; the last %d entries are chained, not signed yet", n)
	}
	return line
}

// ReadArchive proves the files of an archive by a public key, and by checkpoints that the
// reader kept, if they did (nil: none). redeemed is the account of redemptions. visit
// gets every entry, twice, in order: as it is read for the first time, and proven.
func ReadArchive(files fs.FS, anchor ed25519.PublicKey, kept *Published, redeemed uuid.UUID, visit func(e *Entry, proven bool) *Finding) (Summary, error) {
	published, err := readPublished(files)
	if err != nil {
		return Summary{}, err
	}
	checkpoints, err := published.Check(anchor)
	if err != nil {
		return Summary{}, err
	}
	if len(checkpoints) > 0 && checkpoints[0].Number != 1 {
		return Summary{}, checkpoints[0].wrong("is the first of the archive, but number %d", checkpoints[0].Number)
	}
	if kept != nil {
		if err := published.Same(*kept); err != nil {
			return Summary{}, err
		}
	}
	if err := eachEntry(files, func(_ int64, e *Entry, _ Hash) *Finding { return visit(e, false) }); err != nil {
		return Summary{}, err
	}
	chain := NewChain(redeemed, checkpoints)
	if err := walk(files, chain, visit); err != nil {
		return Summary{}, err
	}
	s := Summary{Entries: chain.Entries(), Blocks: chain.Blocks(), Late: chain.Late(), Issued: chain.Issued(), Redeemed: chain.Spent(), Whole: chain.Whole()}
	if n := len(checkpoints); n > 0 {
		s.Checkpoint = checkpoints[n-1]
	}
	return s, nil
}

func readPublished(files fs.FS) (p Published, err error) {
	data, err := fs.ReadFile(files, CheckpointsFile)
	if err != nil {
		return p, err
	}
	if err := json.Unmarshal(data, &p); err != nil {
		return p, fmt.Errorf("%s: %w", CheckpointsFile, err)
	}
	return p, nil
}

// walk leads the chain through the blocks and entries of the files.
func walk(files fs.FS, chain *Chain, visit func(*Entry, bool) *Finding) error {
	blocks, err := openTable(files, BlocksFile, BlockColumns)
	if err != nil {
		return err
	}
	defer blocks.Close()
	left := int64(0) // entries that the present block still wants
	begin := func() (bool, error) {
		line, err := blocks.next()
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		b, hash, err := parseBlock(line)
		if err != nil {
			return false, fmt.Errorf("%s: block %s: %w", BlocksFile, line[0], err)
		}
		if f := chain.Begin(b, hash); f != nil {
			return false, f
		}
		if b.Count < 1 {
			return false, chain.wrong("has no entries")
		}
		left = b.Count
		return true, nil
	}
	err = eachEntry(files, func(number int64, e *Entry, leaf Hash) *Finding {
		if left == 0 {
			if more, err := begin(); err != nil {
				return asFinding(err)
			} else if !more {
				return &Finding{"entry", decimal(number), "is in no block"}
			}
		}
		switch want := chain.block.First + chain.block.Count - left; {
		case number != want:
			return &Finding{"entry", decimal(number), fmt.Sprintf("stands where entry %d is expected", want)}
		case e.Leaf() != leaf:
			return &Finding{"ledger_transfer", e.ID.String(), fmt.Sprintf("is not what was sealed as entry %d", number)}
		}
		if f := visit(e, true); f != nil {
			return f
		}
		chain.Leaf(e, leaf)
		if left--; left == 0 {
			return chain.End()
		}
		return nil
	})
	if err != nil {
		return err
	}
	if left > 0 {
		return chain.wrong("wants %d entries more than there are", left)
	}
	if more, err := begin(); err != nil {
		return err
	} else if more {
		return chain.wrong("wants %d entries more than there are", left)
	}
	if f := chain.Close(); f != nil {
		return f
	}
	return nil
}

// eachEntry reads the entries. With the named columns it also proves that those who acted,
// and the reasons, are the sealed ones.
func eachEntry(files fs.FS, use func(number int64, e *Entry, leaf Hash) *Finding) error {
	table, err := openTable(files, EntriesFile, EntryColumns, NamedColumns...)
	if err != nil {
		return err
	}
	defer table.Close()
	for {
		line, err := table.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		number, e, leaf, err := parseEntry(line)
		if err != nil {
			return fmt.Errorf("%s: entry %s: %w", EntriesFile, line[0], err)
		}
		if named := line[len(EntryColumns):]; len(named) > 0 {
			note, err := parseNote(named)
			if err != nil {
				return fmt.Errorf("%s: entry %s: %w", EntriesFile, line[0], err)
			}
			if note != e.Note {
				return &Finding{"ledger_transfer", e.ID.String(), "names another actor or reason than was sealed"}
			}
		}
		if f := use(number, &e, leaf); f != nil {
			return f
		}
	}
}

// NamedRecord is what NamedColumns hold.
func NamedRecord(salt Salt, actor uuid.UUID, reason string) []string {
	return []string{hex.EncodeToString(salt[:]), actor.String(), reason}
}

func parseNote(named []string) (Hash, error) {
	var p parser
	salt, err := hex.DecodeString(named[0])
	if err != nil || len(salt) != len(Salt{}) {
		return Hash{}, fmt.Errorf("%q is not a salt", named[0])
	}
	return NoteOf(Salt(salt), p.id(named[1]), named[2]), p.err
}

// table is a CSV file with known columns.
type table struct {
	file fs.File
	csv  *csv.Reader
	name string
}

func openTable(files fs.FS, name string, columns []string, more ...string) (*table, error) {
	file, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	t := &table{file, csv.NewReader(bufio.NewReaderSize(file, 1<<16)), name}
	t.csv.ReuseRecord = true
	head, err := t.csv.Read()
	if err == nil && !slices.Equal(head, columns) && !slices.Equal(head, append(slices.Clone(columns), more...)) {
		err = errors.New("has other columns than an archive of the ledger")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), file.Close())
	}
	return t, nil
}

func (t *table) next() ([]string, error) {
	line, err := t.csv.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%s: %w", t.name, err)
	}
	return line, err
}

// Close closes the file, which was only read.
func (t *table) Close() { _ = t.file.Close() }

func asFinding(err error) *Finding {
	var f *Finding
	if !errors.As(err, &f) {
		f = &Finding{"archive", "", err.Error()}
	}
	return f
}

// parser reads fields and keeps the first error.
type parser struct{ err error }

func (p *parser) number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	p.keep(err)
	return n
}

func (p *parser) id(s string) uuid.UUID {
	id, err := uuid.Parse(s)
	p.keep(err)
	return id
}

func (p *parser) time(s string) time.Time {
	t, err := time.Parse(stamp, s)
	p.keep(err)
	return t
}

func (p *parser) hash(s string) (h Hash) {
	p.keep(h.UnmarshalText([]byte(s)))
	return h
}

func (p *parser) keep(err error) {
	if p.err == nil {
		p.err = err
	}
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
