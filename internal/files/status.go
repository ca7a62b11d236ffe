package files

import (
	"context"
	"errors"
	"fmt"

	"ekolek/internal/files/blob"
)

// Status is where files are and whether more fit.
type Status struct {
	Storage   string // where new files go
	Sums      []Sum
	Strays    int     // objects that wait for their removal
	Free      float64 // share of the disk
	FreeBytes uint64
}

// Status tells it. It asks no remote storage.
func (s *Service) Status(ctx context.Context) (Status, error) {
	st := Status{Storage: s.current}
	var err error
	if st.Sums, err = sums(ctx, s.db); err != nil {
		return Status{}, fmt.Errorf("status of files: %w", err)
	}
	if st.Strays, err = countStrays(ctx, s.db); err != nil {
		return Status{}, fmt.Errorf("status of files: %w", err)
	}
	if st.Free, st.FreeBytes, err = s.free(s.dir); err != nil {
		return Status{}, fmt.Errorf("status of files: %w", err)
	}
	return st, nil
}

// Verified is the outcome of reading every file.
type Verified struct {
	Files int
	Bytes int64
	Wrong []Wrong
}

// Wrong is a file that could not be read whole.
type Wrong struct {
	File File
	Why  error
}

// Verify reads every file from its storage, past the cache, and compares its bytes with
// its hash. tell is called for each wrong one as it is found.
func (s *Service) Verify(ctx context.Context, tell func(Wrong)) (Verified, error) {
	var v Verified
	err := s.Each(ctx, func(f File) error {
		v.Files++
		v.Bytes += f.Size
		if err := s.check(ctx, f); err != nil {
			w := Wrong{f, err}
			v.Wrong = append(v.Wrong, w)
			tell(w)
		}
		return ctx.Err()
	})
	return v, err
}

// check reads a file from its storage.
func (s *Service) check(ctx context.Context, f File) error {
	store, err := s.store(f.Storage)
	if err != nil {
		return err
	}
	return compare(ctx, store, f)
}

// compare reads an object to its end.
func compare(ctx context.Context, store blob.Store, f File) error {
	r, err := store.Get(ctx, f.Key)
	if err != nil {
		return err
	}
	size, sum, err := hashOnce(r)
	if err = errors.Join(err, r.Close()); err != nil {
		return err
	}
	if size != f.Size || sum != f.SHA256 {
		return errAltered
	}
	return nil
}
