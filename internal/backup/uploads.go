package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// Uploads are the files that people handed in and this machine keeps. Names are
// relative, with slashes, as fs.ValidPath has it.
type Uploads interface {
	// Each calls f for every file, in the order of their names.
	Each(ctx context.Context, f func(name string, size int64) error) error
	// Open reads one. The error is fs.ErrNotExist when it is gone.
	Open(ctx context.Context, name string) (io.ReadCloser, error)
	// Put writes one that is not there, or replaces it, whole or not at all.
	Put(ctx context.Context, name string, r io.Reader, size int64) error
}

// Remote are the uploads in other storages, which do not break with this machine.
type Remote interface {
	// Each calls f for every file, named by storage and key: "s3/ab/abcd".
	Each(ctx context.Context, f func(File) error) error
	// Open reads one. The error is fs.ErrNotExist when it is not what it was.
	Open(ctx context.Context, name string) (io.ReadCloser, error)
}

// Folder keeps uploads in a folder of this machine, which need not exist yet.
func Folder(dir string) Uploads { return folder{dir} }

type folder struct{ dir string }

// draftsFolder is where package files/blob writes what is not yet whole.
const draftsFolder = "tmp"

// Each walks the folder. Hidden files and the folder of drafts are of somebody who writes
// just now.
func (f folder) Each(ctx context.Context, use func(string, int64) error) error {
	return filepath.WalkDir(f.dir, func(at string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // the folder, or a file that was removed meanwhile
		}
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if hidden := at != f.dir && e.Name()[0] == '.'; e.IsDir() && (hidden || at == filepath.Join(f.dir, draftsFolder)) {
			return fs.SkipDir
		} else if hidden {
			return nil
		}
		if !e.Type().IsRegular() {
			return nil
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		name, err := filepath.Rel(f.dir, at)
		if err != nil {
			return err
		}
		return use(filepath.ToSlash(name), info.Size())
	})
}

// Open opens a file below the folder, and none that a link leads to elsewhere.
func (f folder) Open(_ context.Context, name string) (io.ReadCloser, error) {
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close() //nolint:errcheck // nothing was written
	return root.Open(filepath.FromSlash(name))
}

// Put writes beside the file and renames.
func (f folder) Put(_ context.Context, name string, r io.Reader, _ int64) error {
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // every file was closed with its error
	if err := root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return err
	}
	draft := path.Join(path.Dir(name), ".restore-"+path.Base(name))
	to, err := root.OpenFile(draft, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, r)
	if err = errors.Join(err, to.Sync(), to.Close()); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", name, err), root.Remove(draft))
	}
	return root.Rename(draft, name)
}
