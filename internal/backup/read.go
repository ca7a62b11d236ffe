package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"ekolek/internal/db"
)

// Contents is what an archive was found to hold, when all of it was read and every sum
// was right.
type Contents struct {
	Manifest  Manifest
	Sealed    bool
	Size      int64  // of the archive
	Files     []File // uploads in it
	Bytes     int64  // of those
	Elsewhere []File // uploads that are only listed
}

// sink takes what an archive holds; a nil part is read and thrown away.
type sink struct {
	manifest func(Manifest) error // before anything else
	database func(m Manifest, r io.Reader) error
	upload   func(f File, r io.Reader) error // without its sum
}

// limits of what is read into memory.
const (
	maxManifest = 4 << 20
	maxList     = 1 << 30
)

// read goes through a whole archive and compares every sum. The sink has the parts
// before the end was seen: it must not act on them before read returns without an error.
func read(ctx context.Context, file string, key age.Identity, to sink) (_ Contents, err error) {
	f, err := os.Open(file)
	if err != nil {
		return Contents{}, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	info, err := f.Stat()
	if err != nil {
		return Contents{}, err
	}
	var c Contents
	c.Size = info.Size()
	clear, sealed, err := unseal(reading{ctx, f}, key)
	if err != nil {
		return Contents{}, err
	}
	c.Sealed = sealed
	packed, err := zstd.NewReader(clear, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(64<<20))
	if err != nil {
		return Contents{}, err
	}
	defer packed.Close()
	r := reader{ctx: ctx, tar: tar.NewReader(packed), sink: to, c: &c}
	if err := r.all(); err != nil {
		return Contents{}, err
	}
	// What follows the tar's end: the rest of the padding, the checksum of the
	// compression, and the seal's last part, which says that nothing was cut off.
	if _, err := io.Copy(io.Discard, packed); err != nil {
		return Contents{}, damaged(err)
	}
	if n, err := io.Copy(io.Discard, clear); err != nil || n > 0 {
		return Contents{}, damaged(err)
	}
	return c, nil
}

// damaged is what a broken stream means; what the operating system says stays as it is.
func damaged(err error) error {
	var system *fs.PathError
	if errors.As(err, &system) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var known *Problem
	if errors.As(err, &known) {
		return err
	}
	return problem(Damaged, "the backup is damaged or cut short").because(err)
}

type reader struct {
	ctx  context.Context
	tar  *tar.Reader
	sink sink
	c    *Contents
}

// all reads the entries in the order in which they were written.
func (r *reader) all() error {
	if err := r.readManifest(); err != nil {
		return err
	}
	if err := r.readDatabase(); err != nil {
		return err
	}
	for {
		h, err := r.tar.Next()
		if err != nil {
			return damaged(noEOF(err))
		}
		if h.Name == filesName {
			break
		}
		if err := r.readUpload(h); err != nil {
			return err
		}
	}
	if err := r.readList(); err != nil {
		return err
	}
	if _, err := r.tar.Next(); !errors.Is(err, io.EOF) {
		return damaged(errors.New("something follows the list of uploads"))
	}
	return nil
}

// noEOF makes the end of an archive before its last entry an error.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (r *reader) readManifest() error {
	h, err := r.tar.Next()
	if err != nil {
		return damaged(noEOF(err))
	}
	if h.Name != manifestName || h.Size > maxManifest {
		return problem(NotOurs, "this is no backup of E-KOLEK: it does not begin with %s", manifestName)
	}
	m := &r.c.Manifest
	if err := json.NewDecoder(r.tar).Decode(m); err != nil {
		return damaged(err)
	}
	if m.Format > format {
		return problem(Newer, "the backup was made by a newer program (%s): use that one", m.Program)
	}
	if (m.Engine != string(db.SQLite) || m.Database.Name != sqliteName) && (m.Engine != string(db.Postgres) || m.Database.Name != postgresName) {
		return problem(NotOurs, "this is no backup of E-KOLEK: its database is of no known kind")
	}
	if r.sink.manifest != nil {
		return r.sink.manifest(*m)
	}
	return nil
}

func (r *reader) readDatabase() error {
	h, err := r.tar.Next()
	if err != nil {
		return damaged(noEOF(err))
	}
	want := r.c.Manifest.Database
	if h.Name != want.Name {
		return damaged(errors.New("it holds " + h.Name + " where the database should be"))
	}
	use := r.sink.database
	got, err := r.part(h, func(in io.Reader) error {
		if use == nil {
			return nil
		}
		return use(r.c.Manifest, in)
	})
	if err == nil && got != want {
		err = damaged(errors.New("the database is not what was written"))
	}
	return err
}

// readUpload reads one upload. Its sum is compared when the list comes.
func (r *reader) readUpload(h *tar.Header) error {
	name, local := strings.CutPrefix(h.Name, filesFolder)
	object := false
	if !local {
		name, object = strings.CutPrefix(h.Name, objectFolder)
	}
	if !local && !object || h.Typeflag != tar.TypeReg || !fs.ValidPath(name) || name == "." {
		return damaged(errors.New("it holds an entry that does not belong there"))
	}
	where := Where("")
	if object {
		where = InArchive
	}
	got, err := r.part(h, func(in io.Reader) error {
		if r.sink.upload == nil {
			return nil
		}
		return r.sink.upload(File{Name: name, Size: h.Size, Where: where}, in)
	})
	got.Name, got.Where = name, where
	r.c.Files = append(r.c.Files, got)
	return err
}

// part reads one entry to its end, through use, and sums it up.
func (r *reader) part(h *tar.Header, use func(io.Reader) error) (File, error) {
	sum := sha256.New()
	var size counter
	in := &stream{r: io.TeeReader(reading{r.ctx, r.tar}, io.MultiWriter(sum, &size))}
	err := use(in)
	if in.err != nil {
		return File{}, damaged(in.err) // the sink failed because the archive did
	}
	if err != nil {
		return File{}, err
	}
	if _, err := io.Copy(io.Discard, in); err != nil {
		return File{}, damaged(err)
	}
	return File{Name: h.Name, Size: int64(size), SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}

// stream remembers that reading failed.
type stream struct {
	r   io.Reader
	err error
}

func (s *stream) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// readList compares the uploads with the list that was written after them.
func (r *reader) readList() error {
	var list []File
	if err := json.NewDecoder(io.LimitReader(r.tar, maxList)).Decode(&list); err != nil {
		return damaged(err)
	}
	var inside []File
	for _, f := range list {
		if f.Where == Elsewhere {
			r.c.Elsewhere = append(r.c.Elsewhere, f)
			continue
		}
		inside = append(inside, f)
		r.c.Bytes += f.Size
	}
	if len(inside) != len(r.c.Files) {
		return damaged(errors.New("an upload is missing"))
	}
	for i, f := range inside {
		if f != r.c.Files[i] {
			return damaged(errors.New("the upload " + f.Name + " is not what was written"))
		}
	}
	return nil
}
