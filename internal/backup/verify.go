package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"filippo.io/age"

	"ekolek/internal/db"
)

// Verified is what a trial restore proved.
type Verified struct {
	Contents Contents
	Migrated []string // files that this program's version added
	Took     time.Duration
}

// Verify restores an archive into a scratch database that is removed afterwards, and
// checks everything that can be checked. A Problem says what is wrong with it.
func Verify(ctx context.Context, o Options, file string) (Verified, error) {
	key, err := identityOf(o.Key)
	if err != nil {
		return Verified{}, err
	}
	return verify(ctx, o, file, key)
}

// VerifyMade is Verify for an archive that this run has made. It also opens one that is
// sealed to somebody else.
func VerifyMade(ctx context.Context, o Options, made Made) (Verified, error) {
	return verify(ctx, o, made.File, made.opener)
}

func verify(ctx context.Context, o Options, file string, key age.Identity) (v Verified, err error) {
	began := o.Now()
	work, err := newWork(o.WorkDir)
	if err != nil {
		return Verified{}, err
	}
	defer func() { err = errors.Join(err, work.close()) }()
	copied := work.path("restored")
	if v.Contents, err = read(ctx, file, key, sink{manifest: roomFor(work), database: writeTo(copied)}); err != nil {
		return Verified{}, err
	}
	m := v.Contents.Manifest
	if m.Engine == string(db.SQLite) {
		v.Migrated, err = trySQLite(ctx, o, copied, m)
	} else {
		v.Migrated, err = tryPostgres(ctx, o, copied, m)
	}
	v.Took = o.Now().Sub(began)
	return v, err
}

// roomFor refuses before it writes what the disk cannot take.
func roomFor(work *workFolder) func(Manifest) error {
	return func(m Manifest) error { return needRoom(work.dir, m.Database.Size+m.Database.Size/10+spare) }
}

// writeTo writes the database into a new file.
func writeTo(file string) func(Manifest, io.Reader) error {
	return func(_ Manifest, r io.Reader) error {
		f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = io.Copy(f, r)
		return errors.Join(err, f.Close())
	}
}

func trySQLite(ctx context.Context, o Options, file string, m Manifest) (_ []string, err error) {
	d, err := db.Open(ctx, db.Options{Path: file, MaxConns: 1})
	if err != nil {
		return nil, problem(BadBooks, "the restored database cannot be opened").because(err)
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return checkRestored(ctx, o, d, m)
}

// tryPostgres restores into a database of its own beside the city's, or on the server
// that is set for trials.
func tryPostgres(ctx context.Context, o Options, file string, m Manifest) (_ []string, err error) {
	address := o.TestURL
	if address == "" {
		address = o.Database.URL
	}
	if address == "" {
		return nil, problem(OtherKind, "the backup is of PostgreSQL, and no PostgreSQL server is set to try it on")
	}
	server := db.ServerOf(address)
	scratch, err := newScratch(ctx, server, "trial", o.Now())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Drop(context.WithoutCancel(ctx), scratch)) }()
	return loadAndCheck(ctx, o, server.URL(scratch), file, m)
}

// loadAndCheck fills an empty PostgreSQL database and checks it.
func loadAndCheck(ctx context.Context, o Options, address, file string, m Manifest) (_ []string, err error) {
	if err := loadPostgres(ctx, address, file, m); err != nil {
		return nil, err
	}
	d, err := db.Open(ctx, db.Options{URL: patient(address), MaxConns: 4})
	if err != nil {
		return nil, fmt.Errorf("open the restored database: %w", err)
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return checkRestored(ctx, o, d, m)
}

// patient is a URL whose statements take as long as they need: counting a nation's
// transfers takes longer than a page may.
func patient(address string) string {
	if strings.Contains(address, "?") {
		return address + "&statement_timeout=0"
	}
	return address + "?statement_timeout=0"
}

// scratchStamp ends the names of databases that are made for a while.
const scratchStamp = "20060102150405"

// newScratch makes an empty database, and drops those that killed programs left: they
// are an hour old, and nobody is connected to them.
func newScratch(ctx context.Context, server db.Server, purpose string, now time.Time) (string, error) {
	name, err := server.Name()
	if err != nil {
		return "", err
	}
	prefix := cut(name, 40) + "_" + purpose + "_"
	old, err := server.Names(ctx, prefix)
	if err != nil {
		return "", err
	}
	for _, leftover := range old {
		made, err := time.Parse(scratchStamp, leftover[len(prefix):])
		if err != nil || now.Sub(made) < time.Hour {
			continue
		}
		if err := server.Drop(ctx, leftover); err != nil && !db.IsBusy(err) && !db.IsDenied(err) {
			return "", err
		}
	}
	scratch := prefix + now.UTC().Format(scratchStamp)
	err = server.Create(ctx, scratch)
	if db.IsDenied(err) {
		return "", problem(Denied, "the database user may not make a database for the restored copy: ALTER ROLE … CREATEDB, or set BACKUP_TEST_URL").because(err)
	}
	return scratch, err
}

// cut shortens a name: PostgreSQL takes 63 bytes.
func cut(name string, most int) string {
	if len(name) > most {
		return name[:most]
	}
	return name
}
