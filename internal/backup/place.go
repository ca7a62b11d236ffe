package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ekolek/internal/db"
)

// place is where a database is restored to.
type place interface {
	name() string
	hasData(ctx context.Context) (bool, error)
	workDir(o Options) string
	aside() string
	// prepare restores beside what is there, and checks it.
	prepare(ctx context.Context, o Options, copied string, out *Restored) (switching, error)
}

// switching puts the new database in the old one's place, or throws it away.
type switching struct {
	now     func(ctx context.Context) error
	abandon func() // does nothing after now
}

func placeOf(o Options, stamp string) place {
	if engineOf(o.Database) == db.Postgres {
		return &postgresPlace{server: db.ServerOf(o.Database.URL), url: o.Database.URL, stamp: stamp}
	}
	return &sqlitePlace{file: o.Database.Path, old: freeAside(o.Database.Path + ".before-restore-" + stamp)}
}

// freeAside is a name that no other restore of the same second has taken.
func freeAside(name string) string {
	for n := 2; ; n++ {
		if there, err := isThere(name); err != nil || !there {
			return name
		}
		name = fmt.Sprintf("%s-%d", strings.TrimSuffix(name, fmt.Sprintf("-%d", n-1)), n)
	}
}

type sqlitePlace struct {
	file string
	old  string // what the old one is called afterwards
}

func (p *sqlitePlace) name() string { return p.file }

// workDir is the database's own folder: a rename does not cross disks.
func (p *sqlitePlace) workDir(Options) string { return filepath.Dir(p.file) }

func (p *sqlitePlace) aside() string { return p.old }

// hasData is true for every file with something in it: a damaged one is kept, too.
func (p *sqlitePlace) hasData(context.Context) (bool, error) {
	info, err := os.Stat(p.file)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && info.Size() > 0, err
}

func (p *sqlitePlace) prepare(ctx context.Context, o Options, copied string, out *Restored) (switching, error) {
	if out.HasData && errors.Is(db.Rest(ctx, p.file), db.ErrInUse) { // another error is that of a damaged file
		return switching{}, p.inUse()
	}
	var err error
	if out.Migrated, err = trySQLite(ctx, o, copied, out.Contents.Manifest); err != nil {
		return switching{}, err
	}
	if err := syncFile(copied); err != nil {
		return switching{}, err
	}
	return switching{
		now:     func(ctx context.Context) error { return p.swap(ctx, copied, out.HasData) },
		abandon: func() {},
	}, nil
}

// swap gives the new file the old one's name. At each moment the name leads to one of
// them, whole: the old file gets a second name first, and the rename replaces the other.
func (p *sqlitePlace) swap(ctx context.Context, copied string, hasData bool) error {
	if hasData {
		if err := p.rest(ctx); err != nil {
			return err
		}
		if err := os.Link(p.file, p.aside()); err != nil {
			return fmt.Errorf("put the old database aside: %w", err)
		}
	}
	if err := os.Rename(copied, p.file); err != nil {
		return err
	}
	return syncDir(filepath.Dir(p.file))
}

// rest folds the old database's log into its file, so that the new one does not find it.
// A file that is no database any more is put aside with its log.
func (p *sqlitePlace) rest(ctx context.Context) error {
	err := db.Rest(ctx, p.file)
	if errors.Is(err, db.ErrInUse) {
		return p.inUse()
	}
	if err == nil {
		return nil
	}
	for _, tail := range []string{"-wal", "-shm"} {
		if err := os.Rename(p.file+tail, p.aside()+tail); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("put the old database's log aside: %w", err)
		}
	}
	return nil
}

func (p *sqlitePlace) inUse() error {
	return problem(InUse, "%s is open in another program: stop E-KOLEK first", p.file)
}

type postgresPlace struct {
	server db.Server
	url    string
	stamp  string
	absent bool // the server has no such database
}

func (p *postgresPlace) name() string {
	name, err := p.server.Name()
	if err != nil {
		return "the database"
	}
	return name
}

func (p *postgresPlace) workDir(o Options) string { return o.WorkDir }

func (p *postgresPlace) aside() string { return cut(p.name(), 30) + "_before_restore_" + p.stamp }

func (p *postgresPlace) hasData(ctx context.Context) (_ bool, err error) {
	d, err := db.Open(ctx, db.Options{URL: p.url, MaxConns: 1})
	if db.IsNoDatabase(err) {
		p.absent = true
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	names, err := db.Tables(ctx, d, db.Postgres)
	return len(names) > 0, err
}

// prepare restores into an empty database directly, in one transaction, and else into
// one beside it.
func (p *postgresPlace) prepare(ctx context.Context, o Options, copied string, out *Restored) (_ switching, err error) {
	nothing := func(context.Context) error { return nil }
	if !out.HasData && !p.absent {
		out.Migrated, err = loadAndCheck(ctx, o, p.url, copied, out.Contents.Manifest)
		return switching{nothing, func() {}}, err
	}
	if !p.absent {
		if err := p.left(ctx); err != nil {
			return switching{}, err
		}
	}
	next, err := newScratch(ctx, p.server, "restoring", o.Now())
	if err != nil {
		return switching{}, err
	}
	drop := func() { _ = p.server.Drop(context.WithoutCancel(ctx), next) } // the next restore drops what is left
	if out.Migrated, err = loadAndCheck(ctx, o, p.server.URL(next), copied, out.Contents.Manifest); err != nil {
		drop()
		return switching{}, err
	}
	return switching{now: func(ctx context.Context) error {
		if p.absent {
			err = p.server.Rename(ctx, next, p.name())
		} else {
			err = p.server.Swap(ctx, p.name(), p.aside(), next)
		}
		if db.IsBusy(err) {
			err = p.inUse()
		}
		return err
	}, abandon: drop}, nil
}

// left waits until nobody is connected to the database any more. A server notices the
// end of a program a moment later.
func (p *postgresPlace) left(ctx context.Context) error {
	for deadline := time.Now().Add(2 * time.Second); ; {
		n, err := p.server.Connected(ctx, p.name())
		if err != nil || n == 0 {
			return err
		}
		if time.Now().After(deadline) {
			return p.inUse()
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (p *postgresPlace) inUse() error {
	return problem(InUse, "somebody is connected to %s: stop E-KOLEK first", p.name())
}
