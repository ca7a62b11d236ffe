package files_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/config"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/files"
	"ekolek/internal/testkit"
)

// office is a files service of a test.
type office struct {
	*files.Service
	t     *testing.T
	db    *db.DB
	dir   string
	clock *testkit.Clock
	actor audit.Actor
}

func newOffice(t *testing.T, d *db.DB) *office {
	t.Helper()
	return newOfficeAt(t, d, config.Config{DataDir: t.TempDir(), Storage: config.LocalStorage})
}

func newOfficeAt(t *testing.T, d *db.DB, c config.Config) *office {
	t.Helper()
	o := &office{t: t, db: d, dir: c.DataDir, clock: testkit.NewClock(), actor: audit.Actor{Kind: audit.Staff, ID: db.NewID()}}
	s, err := files.Open(d, c, o.clock.Now)
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	o.Service = s
	o.SetFree(0.5)
	return o
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (o *office) put(name string, content []byte) (files.File, error) {
	return o.Put(o.t.Context(), o.actor, files.Upload{Kind: files.TermsPaper, Name: name, Content: bytes.NewReader(content)})
}

func (o *office) keep(f files.File) error {
	return o.db.InTx(o.t.Context(), func(ctx context.Context, tx *db.Tx) error { return o.Keep(ctx, tx, f) })
}

// kept puts a file and keeps it.
func (o *office) kept(name string, content []byte) files.File {
	o.t.Helper()
	f, err := o.put(name, content)
	must(o.t, err)
	must(o.t, o.keep(f))
	return f
}

func (o *office) read(f files.File) ([]byte, error) {
	c, err := o.Open(o.t.Context(), f)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(c)
	return data, errors.Join(err, c.Close())
}

// objects are the files in the storage's folder.
func (o *office) objects() []string {
	o.t.Helper()
	found, err := filepath.Glob(filepath.Join(o.dir, "media", "??", "*"))
	must(o.t, err)
	return found
}

func TestAFileComesBackAsItWas(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		f := o.kept("Mga Tuntunin ñ v1.0.PDF", pdf)
		got, err := o.ByID(t.Context(), f.ID)
		must(t, err)
		if got.Path() != "/media/"+f.ID.String()+"/mga-tuntunin-v1-0.pdf" || got.Name != "Mga Tuntunin ñ v1.0.pdf" || got.Type != files.PDF || got.CreatedBy != o.actor.ID {
			t.Errorf("%+v at %s", got, got.Path())
		}
		data, err := o.read(got)
		if err != nil || !bytes.Equal(data, pdf) {
			t.Errorf("%d bytes, %v", len(data), err)
		}
		if v, err := o.Verify(t.Context(), func(files.Wrong) {}); err != nil || v.Files != 1 || len(v.Wrong) > 0 {
			t.Errorf("verify: %+v, %v", v, err)
		}
		st, err := o.Status(t.Context())
		if err != nil || st.Strays != 0 || len(st.Sums) != 1 || st.Sums[0].Bytes != int64(len(pdf)) {
			t.Errorf("status: %+v, %v", st, err)
		}
		if _, err := o.ByID(t.Context(), uuid.New()); !errors.Is(err, files.ErrNotFound) {
			t.Errorf("an unknown file: %v", err)
		}
	})
}

// A page of many pictures asks once; what is deleted or was never there has no address.
func TestPathsOfManyFiles(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		a, b, gone := o.kept("a.pdf", pdf), o.kept("b.pdf", pdf), o.kept("gone.pdf", pdf)
		must(t, d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error { return o.Delete(ctx, tx, gone.ID) }))
		ctx, n := db.CountQueries(t.Context())
		paths, err := o.Paths(ctx, a.ID, b.ID, gone.ID, uuid.New())
		must(t, err)
		if len(paths) != 2 || paths[a.ID] != a.Path() || paths[b.ID] != b.Path() || n.Load() != 1 {
			t.Errorf("%v, in %d statements", paths, n.Load())
		}
		if paths, err := o.Paths(t.Context()); err != nil || len(paths) != 0 {
			t.Errorf("of none: %v, %v", paths, err)
		}
	})
}

// An object that nobody keeps goes after an hour; a file that is deleted follows it; a
// file that is kept stays, and cannot be kept after its object has begun to leave.
func TestStraysAreSwept(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		kept := o.kept("kept.pdf", pdf)
		left, err := o.put("left.pdf", pdf)
		must(t, err)
		must(t, o.Sweep(t.Context()))
		if n := len(o.objects()); n != 2 {
			t.Fatalf("%d objects after an early sweep", n)
		}
		o.clock.Advance(61 * time.Minute)
		must(t, o.Sweep(t.Context()))
		if n := len(o.objects()); n != 1 {
			t.Errorf("%d objects after the sweep", n)
		}
		if err := o.keep(left); !errors.Is(err, files.ErrStorage) {
			t.Errorf("kept too late: %v", err)
		}
		if data, err := o.read(kept); err != nil || !bytes.Equal(data, pdf) {
			t.Errorf("the kept file: %v", err)
		}
		remove := func(ctx context.Context, tx *db.Tx) error { return o.Delete(ctx, tx, kept.ID) }
		must(t, d.InTx(t.Context(), remove))
		if err := d.InTx(t.Context(), remove); !errors.Is(err, files.ErrNotFound) {
			t.Errorf("deleted twice: %v", err)
		}
		o.clock.Advance(61 * time.Minute)
		must(t, o.Sweep(t.Context()))
		if n := len(o.objects()); n != 0 {
			t.Errorf("%d objects after the delete", n)
		}
	})
}

// F-37: bytes that are not those that were stored are never given out.
func TestAlteredBytesAreNeverGivenOut(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	for name, alter := range map[string]func(file string, data []byte) error{
		"flipped": func(file string, data []byte) error { data[len(data)/2] ^= 1; return os.WriteFile(file, data, 0o600) },
		"cut":     func(file string, data []byte) error { return os.WriteFile(file, data[:len(data)-1], 0o600) },
		"longer":  func(file string, data []byte) error { return os.WriteFile(file, append(data, '\n'), 0o600) },
		"emptied": func(file string, _ []byte) error { return os.WriteFile(file, nil, 0o600) },
		"gone":    func(file string, _ []byte) error { return os.Remove(file) },
		"exchanged": func(file string, data []byte) error {
			return os.WriteFile(file, bytes.Repeat([]byte("x"), len(data)), 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := o.kept("paper.pdf", pdf)
			must(t, alter(filepath.Join(o.dir, "media", f.Key), bytes.Clone(pdf)))
			if data, err := o.read(f); !errors.Is(err, files.ErrDamaged) || len(data) > 0 {
				t.Errorf("%d bytes were given out, %v", len(data), err)
			}
			found := ""
			_, err := o.Verify(t.Context(), func(w files.Wrong) { found += w.File.ID.String() })
			if err != nil || !strings.Contains(found, f.ID.String()) {
				t.Errorf("verify found %q, %v", found, err)
			}
		})
	}
}

// H-17: a day's quota for each person, and no upload onto a disk that is nearly full.
func TestRoom(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		o.SetFree(0.09)
		if _, err := o.put("full.pdf", pdf); !errors.Is(err, files.ErrFull) || len(o.objects()) > 0 {
			t.Errorf("a full disk: %v, objects %v", err, o.objects())
		}
		o.SetFree(0.11)
		large := append(bytes.Repeat([]byte("%PDF-1.7\n"), 1<<20), "%%EOF"...)
		for range 22 {
			o.kept("large.pdf", large)
		}
		if _, err := o.put("more.pdf", large); fieldKey(err) != "error.files.quota" {
			t.Errorf("more than the quota: %v", err)
		}
		o.actor.ID = db.NewID()
		o.kept("another.pdf", large)
		o.actor.ID = db.NewID()
		o.clock.Advance(24 * time.Hour)
		o.kept("tomorrow.pdf", large)
	})
}

// fieldKey is the sentence that a refusal says about the file.
func fieldKey(err error) string {
	if e, ok := errs.As(err); ok {
		return e.Fields["file"].Key
	}
	return ""
}
