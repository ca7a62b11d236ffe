package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
)

// What says what a backup is to hold, and where it goes.
type What struct {
	To      string // a folder, or a file that is not there yet; empty: Options.Dir
	NoFiles bool   // leave the uploads out
	NoTest  bool   // do not restore it for trial (only where a Service makes it)
	Objects bool   // take uploads along that lie elsewhere, too, not only their names and sums
}

// Made is a backup that is whole and on the disk.
type Made struct {
	File      string
	Size      int64
	SHA256    string
	Sealed    bool
	Manifest  Manifest
	Uploads   int   // how many are in it
	Bytes     int64 // of those
	Elsewhere int   // how many more are only listed
	Took      time.Duration

	opener age.Identity // reads it again in this run
}

// Make copies the database and the uploads into one archive, while the program works.
// Nothing has the archive's name before it is whole. The database is copied first, so
// every upload that it names is there. A Problem is for a person to mend.
func Make(ctx context.Context, o Options, d *db.DB, what What) (_ Made, err error) {
	began := o.Now()
	at := began.UTC().Truncate(time.Second)
	to, err := target(what.To, o, at)
	if err != nil {
		return Made{}, err
	}
	if err := sweep(filepath.Dir(to)); err != nil {
		return Made{}, err
	}
	work, err := newWork(o.WorkDir)
	if err != nil {
		return Made{}, err
	}
	defer func() { err = errors.Join(err, work.close()) }()
	size, err := d.Size(ctx)
	if err != nil {
		return Made{}, fmt.Errorf("measure the database: %w", err)
	}
	if err := needRoom(work.dir, size+size/10+spare); err != nil {
		return Made{}, err
	}
	m := Manifest{Format: format, MadeAt: at, Program: o.Program, Engine: string(d.Engine()), Keys: o.Keys, Files: kept(o.Uploads, what)}
	copied, err := copyDatabase(ctx, o, d, work, &m)
	if err != nil {
		return Made{}, err
	}
	made, err := pack(ctx, o, to, work, copied, m, what.Objects)
	if err == nil {
		made.Took = o.Now().Sub(began)
	}
	return made, err
}

// spare is what must stay free on a disk, whatever is measured.
const spare = 16 << 20

// target is the archive's name.
func target(to string, o Options, at time.Time) (string, error) {
	to = absolute(to)
	if to == "" {
		to = absolute(o.Dir)
		if err := os.MkdirAll(to, 0o700); err != nil {
			return "", fmt.Errorf("make the folder of backups: %w", err)
		}
	}
	info, err := os.Stat(to)
	switch {
	case err == nil && info.IsDir():
		return freeName(to, o, at)
	case err == nil:
		return "", problem(Exists, "%s is there already", to)
	case !errors.Is(err, os.ErrNotExist):
		return "", err
	}
	return to, nil
}

// absolute is a path that another working folder does not change; "" stays.
func absolute(file string) string {
	if file == "" {
		return ""
	}
	if at, err := filepath.Abs(file); err == nil {
		return at
	}
	return filepath.Clean(file)
}

// freeName makes a name of the moment, which two backups may share.
func freeName(dir string, o Options, at time.Time) (string, error) {
	tail := ".tar.zst"
	if o.Key != "" {
		tail += ".age"
	}
	for n := 1; ; n++ {
		to := filepath.Join(dir, "ekolek-"+at.Format("20060102T150405Z")+tail)
		if n > 1 {
			to = filepath.Join(dir, fmt.Sprintf("ekolek-%s-%d%s", at.Format("20060102T150405Z"), n, tail))
		}
		there, err := isThere(to)
		if err != nil || !there {
			return to, err
		}
	}
}

// kept says how the uploads go along.
func kept(u Uploads, what What) Kept {
	if u == nil || what.NoFiles {
		return Absent
	}
	return Whole
}

// copyDatabase makes a consistent copy in the work folder and fills the manifest in.
func copyDatabase(ctx context.Context, o Options, d *db.DB, work *workFolder, m *Manifest) (file string, err error) {
	status, err := d.MigrationStatus(ctx)
	if err != nil {
		return "", err
	}
	m.Schema = status.Current
	if d.Engine() == db.Postgres {
		m.Database.Name = postgresName
		err = dumpPostgres(ctx, o, d, work.path(postgresName), m)
	} else {
		m.Database.Name = sqliteName
		err = copySQLite(ctx, d, work.path(sqliteName), m)
	}
	if err != nil {
		return "", err
	}
	file = work.path(m.Database.Name)
	m.Database.Size, m.Database.SHA256, err = sumFile(ctx, file)
	return file, err
}

// copySQLite copies the file and counts what the copy holds.
func copySQLite(ctx context.Context, d *db.DB, file string, m *Manifest) (err error) {
	if err := d.CopyTo(ctx, file); err != nil {
		return err
	}
	copied, err := db.Open(ctx, db.Options{Path: file, MaxConns: 1})
	if err != nil {
		return fmt.Errorf("open the copy: %w", err)
	}
	defer func() { err = errors.Join(err, copied.Close()) }()
	return m.count(ctx, copied, db.SQLite)
}

// count notes what the database holds at the moment that q reads.
func (m *Manifest) count(ctx context.Context, q db.Q, engine db.Engine) (err error) {
	if m.Tables, err = db.CountRows(ctx, q, engine); err != nil {
		return err
	}
	books, err := ledger.Verify(ctx, q)
	m.Ledger = booksOf(books)
	return err
}

// pack writes the archive. Damage to the books is told, not refused: what is damaged has
// to be kept, too.
func pack(ctx context.Context, o Options, to string, work *workFolder, copied string, m Manifest, objects bool) (_ Made, err error) {
	uploads, err := uploadsSize(ctx, o.Uploads, m.Files)
	if err != nil {
		return Made{}, err
	}
	if err := needRoom(filepath.Dir(to), m.Database.Size+uploads+spare); err != nil {
		return Made{}, err
	}
	d, err := newDraft(to, o.Key, work.dir, m.MadeAt)
	if err != nil {
		return Made{}, fmt.Errorf("begin %s: %w", to, err)
	}
	list, err := d.fill(ctx, o, copied, m, objects)
	if err != nil {
		d.drop()
		return Made{}, err
	}
	if err := d.finish(); err != nil {
		return Made{}, fmt.Errorf("finish %s: %w", to, err)
	}
	made := Made{File: to, Size: d.size, SHA256: hex.EncodeToString(d.sum.Sum(nil)), Sealed: d.sealed != nil, Manifest: m, opener: d.opener}
	made.Uploads, made.Bytes, made.Elsewhere = count(list)
	return made, nil
}

// fill writes every entry.
func (d *draft) fill(ctx context.Context, o Options, copied string, m Manifest, objects bool) ([]File, error) {
	if err := d.addJSON(ctx, manifestName, m); err != nil {
		return nil, err
	}
	database, err := os.Open(copied)
	if err != nil {
		return nil, err
	}
	defer database.Close() //nolint:errcheck // it was only read
	written, err := d.add(ctx, m.Database.Name, m.Database.Size, database)
	if err != nil {
		return nil, err
	}
	if written != m.Database {
		return nil, errors.New("the copy of the database changed while it was packed")
	}
	return d.addUploads(ctx, o, m.Files, objects)
}

// count counts the uploads in an archive, their bytes, and those that are elsewhere.
func count(list []File) (n int, bytes int64, elsewhere int) {
	for _, f := range list {
		if f.Where == Elsewhere {
			elsewhere++
			continue
		}
		n++
		bytes += f.Size
	}
	return n, bytes, elsewhere
}

// uploadsSize is how much room the uploads take in an archive.
func uploadsSize(ctx context.Context, u Uploads, k Kept) (int64, error) {
	if k != Whole {
		return 0, nil
	}
	var sum int64
	err := u.Each(ctx, func(_ string, size int64) error {
		sum += size
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("measure the uploads: %w", err)
	}
	return sum, nil
}

// sumFile is the size and the SHA-256 of a file.
func sumFile(ctx context.Context, file string) (int64, string, error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, "", err
	}
	defer f.Close() //nolint:errcheck // it was only read
	sum := sha256.New()
	n, err := io.Copy(sum, reading{ctx, f})
	return n, hex.EncodeToString(sum.Sum(nil)), err
}
