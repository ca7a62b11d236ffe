package ledger

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger/seal"
)

// Export writes the sealed journal as files that seal.ReadArchive and CheckArchive read
// without this database. Nobody is named in them unless named says so: then they tell who
// acted, and the reasons. create opens each file.
func Export(ctx context.Context, q db.Q, named bool, create func(name string) (io.WriteCloser, error)) error {
	err := db.Unhurried(ctx, q, func(q db.Q) error {
		// The checkpoints first: what they signed is there, whatever is sealed meanwhile.
		published, err := Publish(ctx, q, 0, math.MaxInt32)
		if err != nil {
			return err
		}
		data, err := json.MarshalIndent(published, "", "\t")
		if err != nil {
			return err
		}
		if err := writeFile(create, seal.CheckpointsFile, func(w *bufio.Writer) error { _, err := w.Write(append(data, '\n')); return err }); err != nil {
			return err
		}
		last, err := selectLastBlock(ctx, q)
		if err != nil {
			return err
		}
		if err := writeFile(create, seal.BlocksFile, func(w *bufio.Writer) error { return exportBlocks(ctx, q, last.Number, w) }); err != nil {
			return err
		}
		return writeFile(create, seal.EntriesFile, func(w *bufio.Writer) error { return exportEntries(ctx, q, last.Number, named, w) })
	})
	if err != nil {
		return fmt.Errorf("export ledger: %w", err)
	}
	return nil
}

func writeFile(create func(string) (io.WriteCloser, error), name string, write func(*bufio.Writer) error) error {
	file, err := create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(file, 1<<16)
	err = write(w)
	return errors.Join(err, w.Flush(), file.Close())
}

func exportBlocks(ctx context.Context, q db.Q, last int64, to io.Writer) error {
	w := csv.NewWriter(to)
	err := w.Write(seal.BlockColumns)
	for from := int64(1); err == nil && from <= last; from += blockPage {
		var blocks []blockRow
		if blocks, err = selectBlocks(ctx, q, from, blockPage); err != nil {
			break
		}
		for _, b := range blocks {
			if b.Number <= last {
				err = errors.Join(err, w.Write(seal.BlockRecord(&b.Block, b.hash)))
			}
		}
	}
	w.Flush()
	return errors.Join(err, w.Error())
}

func exportEntries(ctx context.Context, q db.Q, last int64, named bool, to io.Writer) error {
	w := csv.NewWriter(to)
	columns := seal.EntryColumns
	if named {
		columns = append(columns[:len(columns):len(columns)], seal.NamedColumns...)
	}
	err := w.Write(columns)
	number := int64(0)
	for from := int64(1); err == nil && from <= last; from += blockPage {
		var lost error
		err = streamSeals(ctx, q, from, min(from+blockPage-1, last), func(r *sealRow) bool {
			if !r.thereToo || r.unsound != nil {
				lost = fmt.Errorf("transfer %s, sealed in block %d, cannot be read: run ekolek ledger verify", r.transfer, r.block)
				return false
			}
			number++
			r.entry.Note = seal.NoteOf(r.salt, r.actor, r.reason)
			line := seal.EntryRecord(number, &r.entry, r.leaf)
			if named {
				line = append(line, seal.NamedRecord(r.salt, r.actor, r.reason)...)
			}
			lost = w.Write(line)
			return lost == nil
		})
		err = errors.Join(err, lost)
	}
	w.Flush()
	return errors.Join(err, w.Error())
}

// CheckArchive proves an archive without a database: its seals and signatures by a public
// key, and by checkpoints that the reader kept (nil: none); and then that every entry
// follows the rules and every balance follows from the entries.
func CheckArchive(files fs.FS, anchor ed25519.PublicKey, kept *seal.Published) (seal.Summary, error) {
	r := replay{accounts: map[uuid.UUID]*replayed{}, originals: map[uuid.UUID]*seal.Entry{}}
	s, err := seal.ReadArchive(files, anchor, kept, Redeemed, func(e *seal.Entry, proven bool) *Finding {
		if !proven {
			if e.Reverses != uuid.Nil {
				r.originals[e.Reverses] = nil
			}
			return nil
		}
		return r.entry(e)
	})
	if err != nil {
		return s, err
	}
	if f := r.end(s.Whole); f != nil {
		return s, f
	}
	return s, nil
}

// replay plays a journal again from its beginning.
type replay struct {
	accounts  map[uuid.UUID]*replayed
	originals map[uuid.UUID]*seal.Entry // those that are reversed, once they were seen
}

// replayed is an account under way. Entries are sealed in the order in which they became
// visible, which for one account may differ a little from that of its versions.
type replayed struct {
	version, balance int64
	ahead            map[int64]*seal.Entry
}

func (r *replay) entry(e *seal.Entry) *Finding {
	if f := r.rules(e); f != nil {
		return f
	}
	if _, wanted := r.originals[e.ID]; wanted {
		kept := *e
		r.originals[e.ID] = &kept
	}
	a := r.accounts[e.Account]
	if a == nil {
		a = &replayed{}
		r.accounts[e.Account] = a
	}
	if e.Version != a.version+1 {
		if a.ahead == nil {
			a.ahead = map[int64]*seal.Entry{}
		}
		if _, twice := a.ahead[e.Version]; twice || e.Version <= a.version {
			return wrongEntry(e, "is number %d of account %s, as another entry is", e.Version, e.Account)
		}
		kept := *e
		a.ahead[e.Version] = &kept
		return nil
	}
	for e != nil {
		a.version, a.balance = e.Version, a.balance+e.Change()
		if e.BalanceAfter != a.balance || a.balance < 0 {
			return wrongEntry(e, "balance after is %s, expected %s", Points(e.BalanceAfter), Points(a.balance))
		}
		next := a.ahead[a.version+1]
		delete(a.ahead, a.version+1)
		e = next
	}
	return nil
}

// rules are those that one entry follows by itself.
func (r *replay) rules(e *seal.Entry) *Finding {
	city, known := cityAccount(Kind(e.Kind))
	switch {
	case e.Points <= 0:
		return wrongEntry(e, "moves %s points", Points(e.Points))
	case e.Debit == e.Credit || e.Debit != e.Account && e.Credit != e.Account:
		return wrongEntry(e, "does not have account %s on one side", e.Account)
	case e.Day != db.Day(e.At):
		return wrongEntry(e, "day is %s, made on %s", e.Day, db.Day(e.At))
	case Kind(e.Kind) == KindReversal:
		o := r.originals[e.Reverses]
		if o == nil || o.Kind == string(KindReversal) || o.Points != e.Points || o.Debit != e.Credit || o.Credit != e.Debit || e.Source != e.Reverses {
			return wrongEntry(e, "is not the opposite of an entry before it")
		}
	case !known:
		return wrongEntry(e, "is of unknown kind %q", e.Kind)
	case e.City() != city || e.Reverses != uuid.Nil:
		return wrongEntry(e, "is a %s with account %s", e.Kind, e.City())
	case Kind(e.Kind) != KindAdjustment && (e.Change() < 0) != (Kind(e.Kind) == KindRedemption):
		return wrongEntry(e, "is a %s of %s points", e.Kind, Points(e.Change()))
	}
	return nil
}

// end says that there are no more entries. A gap is an entry that was not sealed yet when
// the archive was written, if what follows it is as young; whole is when nothing was left.
func (r *replay) end(whole time.Time) *Finding {
	for account, a := range r.accounts {
		for _, e := range a.ahead {
			if seal.Late(e.At, whole) {
				return wrongEntry(e, "is number %d of account %s, number %d is missing", e.Version, account, a.version+1)
			}
		}
	}
	return nil
}

func wrongEntry(e *seal.Entry, problem string, args ...any) *Finding {
	return &Finding{Table: "ledger_transfer", ID: e.ID.String(), Problem: fmt.Sprintf(problem, args...)}
}
