package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
)

// draft is an archive under way. It has a hidden name until it is whole and on the disk,
// so that a program that is killed leaves nothing that looks like a backup.
type draft struct {
	to     string // its name when it is whole
	file   *os.File
	sum    hash.Hash // of the file's bytes
	size   int64
	sealed io.WriteCloser // nil: readable
	opener age.Identity
	packed *zstd.Encoder
	tar    *tar.Writer
	at     time.Time
	work   string // folder for what has to be written twice
}

// draftName is a file that is not yet a backup.
func draftName(to string) string {
	return filepath.Join(filepath.Dir(to), "."+filepath.Base(to)+".part")
}

func newDraft(to, key, work string, at time.Time) (_ *draft, err error) {
	file, err := os.OpenFile(draftName(to), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	d := &draft{to: to, file: file, sum: sha256.New(), at: at, work: work}
	defer func() {
		if err != nil {
			d.drop()
		}
	}()
	if err := hold(file); err != nil {
		return nil, err
	}
	var out io.Writer = d
	if key != "" {
		if d.sealed, d.opener, err = seal(d, key); err != nil {
			return nil, err
		}
		out = d.sealed
	}
	// One thread and a small window: a backup shares the machine with those who weigh.
	d.packed, err = zstd.NewWriter(out, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, err
	}
	d.tar = tar.NewWriter(d.packed)
	return d, nil
}

// Write takes the archive's bytes.
func (d *draft) Write(p []byte) (int, error) {
	n, err := d.file.Write(p)
	d.sum.Write(p[:n])
	d.size += int64(n)
	return n, err
}

// add writes one entry from r, which must give exactly size bytes, and tells its sum.
func (d *draft) add(ctx context.Context, name string, size int64, r io.Reader) (File, error) {
	err := d.tar.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: d.at, Typeflag: tar.TypeReg, Format: tar.FormatPAX})
	if err != nil {
		return File{}, fmt.Errorf("write %s: %w", name, err)
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(d.tar, sum), reading{ctx, io.LimitReader(r, size)})
	if err == nil && n < size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return File{}, fmt.Errorf("write %s: %w", name, err)
	}
	return File{Name: name, Size: size, SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}

// addJSON writes a value as an entry.
func (d *draft) addJSON(ctx context.Context, name string, v any) error {
	r, w := io.Pipe()
	defer r.Close() //nolint:errcheck // lets the writer end when the reader failed
	// The size stands before the bytes, so they are made twice: a list of uploads may be long.
	var size counter
	if err := encode(&size, v); err != nil {
		return err
	}
	go func() { w.CloseWithError(encode(w, v)) }()
	_, err := d.add(ctx, name, int64(size), r)
	return err
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(v)
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// addUploads writes the uploads, and then the list of them. Of those in other storages it
// writes the bytes only when asked to.
func (d *draft) addUploads(ctx context.Context, o Options, kept Kept, objects bool) ([]File, error) {
	list := []File{}
	if kept == Absent {
		return list, d.addJSON(ctx, filesName, list)
	}
	err := o.Uploads.Each(ctx, func(name string, _ int64) error {
		f, err := d.addUpload(ctx, o.Uploads, filesFolder, name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed since it was listed
		}
		f.Name = name
		list = append(list, f)
		return err
	})
	if err == nil && o.Remote != nil {
		err = o.Remote.Each(ctx, func(f File) error {
			var err error
			if f.Where = Elsewhere; objects {
				f, err = d.addObject(ctx, o.Remote, f)
			}
			list = append(list, f)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("back uploads up: %w", err)
	}
	return list, d.addJSON(ctx, filesName, list)
}

// addObject writes an upload of another storage; one that is lost there is only listed.
func (d *draft) addObject(ctx context.Context, r Remote, f File) (File, error) {
	added, err := d.addUpload(ctx, r, objectFolder, f.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	added.Name, added.Where = f.Name, InArchive
	return added, err
}

func (d *draft) addUpload(ctx context.Context, from interface {
	Open(ctx context.Context, name string) (io.ReadCloser, error)
}, below, name string) (File, error) {
	r, err := from.Open(ctx, name)
	if err != nil {
		return File{}, err
	}
	defer r.Close() //nolint:errcheck // it was only read
	info, ok := r.(interface{ Stat() (fs.FileInfo, error) })
	if !ok {
		return d.addUnsized(ctx, below+name, r)
	}
	stat, err := info.Stat()
	if err != nil {
		return File{}, err
	}
	return d.add(ctx, below+name, stat.Size(), r)
}

// addUnsized writes an upload whose size is only known when it has been read.
func (d *draft) addUnsized(ctx context.Context, name string, r io.Reader) (File, error) {
	spool, err := os.CreateTemp(d.work, "upload-")
	if err != nil {
		return File{}, err
	}
	defer func() {
		_ = spool.Close() // it is thrown away
		_ = os.Remove(spool.Name())
	}()
	size, err := io.Copy(spool, reading{ctx, r})
	if err != nil {
		return File{}, err
	}
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return File{}, err
	}
	return d.add(ctx, name, size, spool)
}

// finish makes the archive durable and gives it its name.
func (d *draft) finish() error {
	err := d.tar.Close()
	if err == nil {
		err = d.packed.Close()
	}
	if err == nil && d.sealed != nil {
		err = d.sealed.Close()
	}
	if err == nil {
		err = d.file.Sync()
	}
	if err == nil {
		err = d.name()
	}
	d.drop()
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(d.to))
}

// name gives the whole archive its name. A link refuses where a rename would replace
// somebody's file; disks without links get the rename.
func (d *draft) name() error {
	err := os.Link(draftName(d.to), d.to)
	if err == nil {
		return nil
	}
	there, lookErr := isThere(d.to)
	if lookErr != nil {
		return lookErr
	}
	if there {
		return problem(Exists, "%s is there already", d.to)
	}
	return os.Rename(draftName(d.to), d.to)
}

// drop removes what has no name yet.
func (d *draft) drop() {
	if d.packed != nil {
		_ = d.packed.Close() // ends its goroutines; what it writes goes nowhere
	}
	_ = d.file.Close() // it was synced, or is thrown away
	_ = os.Remove(draftName(d.to))
}

// reading ends with its context.
type reading struct {
	ctx context.Context
	r   io.Reader
}

func (r reading) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
