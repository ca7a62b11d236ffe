package files

import (
	"context"
	"errors"
	"io"

	"ekolek/internal/files/blob"
)

// Content is a file's bytes, known to be whole, from their beginning.
type Content interface {
	io.ReadSeekCloser
}

// Open reads a file: its bytes are compared with their hash before the first one is given
// out. ErrDamaged when they are gone or altered, ErrStorage when the storage does not
// answer; neither is ever kept in the cache.
func (s *Service) Open(ctx context.Context, f File) (Content, error) {
	if f.Storage == blob.LocalName {
		return s.openLocal(ctx, f)
	}
	if c, ok := s.cache.open(f); ok {
		return c, nil
	}
	c, err := s.fetch(ctx, f)
	if errors.Is(err, ErrStorage) && ctx.Err() == nil {
		c, err = s.fetch(ctx, f) // a line that broke half way is often whole the next time
	}
	return c, err
}

// fetch reads a remote file into the cache.
func (s *Service) fetch(ctx context.Context, f File) (Content, error) {
	r, err := s.get(ctx, f)
	if err != nil {
		return nil, err
	}
	c, err := s.cache.fill(f, r)
	if err = errors.Join(err, r.Close()); err != nil {
		if errors.Is(err, errAltered) {
			return nil, lost(f, err)
		}
		return nil, stored("get", f, err)
	}
	return c, nil
}

func (s *Service) get(ctx context.Context, f File) (io.ReadCloser, error) {
	store, err := s.store(f.Storage)
	if err != nil {
		return nil, err
	}
	r, err := store.Get(ctx, f.Key)
	if blob.IsMissing(err) {
		return nil, lost(f, err)
	}
	return r, stored("get", f, err)
}

func (s *Service) openLocal(ctx context.Context, f File) (Content, error) {
	r, err := s.get(ctx, f)
	if err != nil {
		return nil, err
	}
	c := r.(Content) // blob.Local opens files
	if err := whole(c, f); err != nil {
		return nil, errors.Join(lost(f, err), c.Close())
	}
	return c, nil
}

// whole compares content with what the row says, and goes back to its beginning.
func whole(content io.ReadSeeker, f File) error {
	size, sum, err := hash(content)
	if err != nil {
		return err
	}
	if size != f.Size || sum != f.SHA256 {
		return errAltered
	}
	_, err = content.Seek(0, io.SeekStart)
	return err
}
