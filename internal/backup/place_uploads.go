package backup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"filippo.io/age"
)

// uploadsPlace is where the uploads of an archive go.
type uploadsPlace struct {
	uploads Uploads
	work    *workFolder
	aside   string // folder for those that are there with other bytes
	placed  Placed
}

// placeUploads writes the uploads of an archive. One that is there with other bytes is
// put aside first; one that the archive does not know stays.
func placeUploads(ctx context.Context, o Options, file string, key age.Identity, work *workFolder, stamp string) (Placed, error) {
	p := uploadsPlace{uploads: o.Uploads, work: work, aside: filepath.Join(o.WorkDir, "uploads-before-restore-"+stamp)}
	objects := filepath.Join(o.WorkDir, "objects-from-backup-"+stamp)
	_, err := read(ctx, file, key, sink{upload: func(f File, r io.Reader) error {
		if f.Where == InArchive {
			p.placed.Objects = objects
			return Folder(objects).Put(ctx, f.Name, r, f.Size)
		}
		return p.put(ctx, f.Name, f.Size, r)
	}})
	if err != nil {
		return p.placed, fmt.Errorf("restore uploads: %w", err)
	}
	return p.placed, nil
}

// put writes one upload, unless the same bytes are there.
func (p *uploadsPlace) put(ctx context.Context, name string, size int64, r io.Reader) error {
	// The bytes wait in a file until it is known whether they are wanted.
	spool, err := os.Create(p.work.path("upload"))
	if err != nil {
		return err
	}
	defer spool.Close() //nolint:errcheck // it is thrown away
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(spool, sum), r); err != nil {
		return err
	}
	there, old, err := p.sumOf(ctx, name)
	if err != nil {
		return err
	}
	if there && bytes.Equal(old, sum.Sum(nil)) {
		p.placed.Same++
		return nil
	}
	if there {
		if err := p.putAside(ctx, name); err != nil {
			return fmt.Errorf("put %s aside: %w", name, err)
		}
	}
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return err
	}
	p.placed.Written++
	return p.uploads.Put(ctx, name, spool, size)
}

// sumOf is the SHA-256 of what is there under a name.
func (p *uploadsPlace) sumOf(ctx context.Context, name string) (there bool, sum []byte, err error) {
	r, err := p.uploads.Open(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil, nil
	}
	if err != nil {
		return false, nil, err
	}
	defer r.Close() //nolint:errcheck // it was only read
	h := sha256.New()
	_, err = io.Copy(h, reading{ctx, r})
	return true, h.Sum(nil), err
}

func (p *uploadsPlace) putAside(ctx context.Context, name string) error {
	r, err := p.uploads.Open(ctx, name)
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // it was only read
	p.placed.Aside = p.aside
	return Folder(p.aside).Put(ctx, name, r, 0)
}
