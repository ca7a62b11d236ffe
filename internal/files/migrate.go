package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"ekolek/internal/db"
	"ekolek/internal/files/blob"
)

// inARow is after how many failures one after the other a migration stops: the storage is
// away, and the rest would fail too.
const inARow = 5

// Migration says where files go.
type Migration struct {
	To        string // local, s3, drive
	Apply     bool   // else it is only told what would move
	DeleteOld bool   // old objects are removed, an hour after their file has moved
}

// Migrated is the outcome of a migration.
type Migrated struct {
	Files  int // moved, or to be moved
	Bytes  int64
	Failed int // stay where they are
}

// Migrate moves every file that lies in another storage: its bytes are copied, read back
// and compared, and then its row is switched. It may be stopped at any moment and begun
// again: until the switch a file is read from where it was. tell is called for each file,
// with what kept it where it is.
func (s *Service) Migrate(ctx context.Context, m Migration, tell func(File, error)) (Migrated, error) {
	var done Migrated
	if _, err := s.store(m.To); err != nil {
		return done, err
	}
	failed := 0 // in a row
	for after := (db.Cursor{}); ; {
		batch, err := filesElsewhere(ctx, s.db, m.To, after, db.DefaultLimit)
		if err != nil {
			return done, fmt.Errorf("migrate files: %w", err)
		}
		for _, f := range batch {
			after = db.Cursor{At: f.CreatedAt, ID: f.ID}
			err := ctx.Err()
			if err == nil && m.Apply {
				err = s.move(ctx, f, m)
			}
			tell(f, err)
			if err == nil {
				done.Files, done.Bytes, failed = done.Files+1, done.Bytes+f.Size, 0
				continue
			}
			done.Failed++
			if failed++; failed == inARow || ctx.Err() != nil {
				return done, fmt.Errorf("migrate files: stopped after %d failures in a row, the last: %w", failed, err)
			}
		}
		if len(batch) < db.DefaultLimit {
			return done, nil
		}
	}
}

// errElsewhere says that a row was moved or deleted by somebody else meanwhile. The copy
// is a stray and goes.
var errElsewhere = errors.New("it was moved or deleted meanwhile")

func (s *Service) move(ctx context.Context, f File, m Migration) (err error) {
	content, err := s.Open(ctx, f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	copied := f
	copied.Storage = m.To
	if err := s.write(ctx, &copied, content); err != nil {
		return err
	}
	store, err := s.store(m.To)
	if err != nil {
		return err
	}
	if err := compare(ctx, store, copied); err != nil {
		return fmt.Errorf("read the copy back: %w", err)
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		taken, err := takeStray(ctx, tx, stray{copied.Storage, copied.Key})
		if err != nil {
			return err
		}
		switched, err := switchFile(ctx, tx, f, copied.Storage, copied.Key)
		if err == nil && !(taken && switched) {
			err = errElsewhere
		}
		if err == nil && m.DeleteOld {
			err = insertStray(ctx, tx, stray{f.Storage, f.Key}, s.now())
		}
		return err
	})
}

// Try puts a small object into a storage, reads it back, compares it and deletes it. tell
// is called for each step; the first error ends it, and is a *blob.Failure where the
// storage said what is wrong.
func (s *Service) Try(ctx context.Context, storage string, tell func(step string, err error)) error {
	store, err := s.store(storage)
	if err != nil {
		return err
	}
	content := []byte("E-KOLEK asks whether files can be kept here. This object is deleted at once.\n")
	f := File{Kind: "test", Type: "text/plain", Size: int64(len(content)), Storage: storage}
	_, f.SHA256, err = hash(bytes.NewReader(content))
	if err != nil {
		return err
	}
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"choose a name", func() (err error) { f.Key, err = store.NewKey(ctx); return err }},
		{"put", func() error {
			return store.Put(ctx, f.Key, blob.About{Type: f.Type, Size: f.Size, SHA256: f.SHA256}, bytes.NewReader(content))
		}},
		{"get and compare", func() error { return compare(ctx, store, f) }},
		{"delete", func() error { return store.Delete(ctx, f.Key) }},
		{"get after delete", func() error {
			if err := compare(ctx, store, f); !blob.IsMissing(err) {
				return errors.Join(errors.New("the object is still there"), err)
			}
			return nil
		}},
	} {
		err := step.do()
		tell(step.name, err)
		if err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}
