package blob

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"time"
)

// LocalName is the storage on this machine's disk.
const LocalName = "local"

// tempFolder holds files that are being written. What is older than tempLife was left by
// a program that died: an upload ends long before.
const (
	tempFolder = "tmp"
	tempLife   = 15 * time.Minute
)

// Local keeps objects as files below one folder. Nothing outside of the folder can be
// reached through it, whatever a key says and whatever links lie in it.
type Local struct {
	root *os.Root
	now  func() time.Time
}

// OpenLocal opens the folder and makes it when it is not there.
func OpenLocal(dir string, now func() time.Time) (*Local, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open folder of uploads: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open folder of uploads: %w", err)
	}
	l := &Local{root: root, now: now}
	if err := l.folder(tempFolder); err != nil {
		return nil, errors.Join(fmt.Errorf("open folder of uploads: %w", err), root.Close())
	}
	return l, nil
}

// Close lets the folder go.
func (l *Local) Close() error { return l.root.Close() }

// Name is local.
func (*Local) Name() string { return LocalName }

// NewKey makes a random name.
func (*Local) NewKey(context.Context) (string, error) { return randomKey(), nil }

// Put writes a temporary file, has the disk confirm it, and gives it its name: after a
// power cut the whole file is there, or none.
func (l *Local) Put(ctx context.Context, key string, _ About, content io.ReadSeeker) error {
	return local("write", key, l.write(ctx, key, content))
}

func (l *Local) write(ctx context.Context, key string, content io.ReadSeeker) (err error) {
	if _, err := content.Seek(0, io.SeekStart); err != nil {
		return err
	}
	temp := path.Join(tempFolder, rand.Text())
	f, err := l.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.remove(temp))
		}
	}()
	_, err = io.Copy(f, ending{ctx, content})
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := l.folder(path.Dir(key)); err != nil {
		return err
	}
	if err := l.root.Rename(temp, key); err != nil {
		return err
	}
	return l.sync(path.Dir(key))
}

// folder makes a folder that outlives a power cut.
func (l *Local) folder(name string) error {
	switch err := l.root.Mkdir(name, 0o700); {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil:
		return err
	}
	return l.sync(path.Dir(name))
}

func (l *Local) sync(folder string) error {
	d, err := l.root.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Get opens the file; it can be sought in.
func (l *Local) Get(_ context.Context, key string) (io.ReadCloser, error) {
	f, err := l.root.Open(key)
	if err != nil {
		return nil, local("read", key, err)
	}
	return f, nil
}

// Delete removes the file.
func (l *Local) Delete(_ context.Context, key string) error {
	return local("delete", key, l.remove(key))
}

func (l *Local) remove(name string) error {
	if err := l.root.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Draft opens a temporary file for something that is being received. It is gone when it
// is closed, and swept when this program dies first.
func (l *Local) Draft() (*Draft, error) {
	name := path.Join(tempFolder, rand.Text())
	f, err := l.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, local("write", tempFolder, err)
	}
	return &Draft{f, func() error { return l.remove(name) }}, nil
}

// Draft is a temporary file.
type Draft struct {
	*os.File
	remove func() error
}

// Close removes it.
func (d *Draft) Close() error { return errors.Join(d.File.Close(), d.remove()) }

// Sweep removes what programs that died left half written, and tells how many.
func (l *Local) Sweep() (int, error) {
	entries, err := fs.ReadDir(l.root.FS(), tempFolder)
	if err != nil {
		return 0, local("list", tempFolder, err)
	}
	n := 0
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || l.now().Sub(info.ModTime()) < tempLife {
			continue // gone meanwhile, or still being written
		}
		if err := l.remove(path.Join(tempFolder, e.Name())); err != nil {
			return n, local("delete", tempFolder, err)
		}
		n++
	}
	return n, nil
}

// local puts what the operating system said into words; the folder's own path is left out.
func local(act, key string, err error) error {
	if err == nil {
		return nil
	}
	why := err
	var at *fs.PathError
	if errors.As(err, &at) {
		why = at.Err
	}
	f := &Failure{Outcome: Refused, Words: fmt.Sprintf("cannot %s %s: %v", act, key, why), cause: err}
	if errors.Is(err, fs.ErrNotExist) {
		f.Outcome = Missing
	}
	return f
}

// ending is a reader that fails when its context has ended.
type ending struct {
	ctx context.Context
	r   io.Reader
}

func (e ending) Read(p []byte) (int, error) {
	if err := e.ctx.Err(); err != nil {
		return 0, err
	}
	return e.r.Read(p)
}
