package db

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrationTable is goose's: what was applied, and when.
const migrationTable = "db_migration"

// Status is where a schema stands.
type Status struct {
	Current int64    // version of the database
	Latest  int64    // version that this program needs
	Applied []string // files that the database has, in order
	Pending []string // files not yet applied, in the order in which Migrate would
}

// Ready says that the program and the database fit.
func (s Status) Ready() bool { return s.Current == s.Latest }

// LatestSchema is the version that this program needs.
func LatestSchema() int64 {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil || len(names) == 0 {
		panic("db: no migrations are embedded")
	}
	number, _, _ := strings.Cut(path.Base(slices.Max(names)), "_")
	version, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		panic("db: a migration without a number: " + slices.Max(names))
	}
	return version
}

// Migrate brings the schema to this program's version and tells which files it applied.
// A lock keeps several programs from migrating at once: one applies, the others wait
// and find nothing to do.
func (d *DB) Migrate(ctx context.Context) ([]string, error) {
	return d.MigrateTo(ctx, LatestSchema())
}

// MigrateTo stops at a version: a database as an older program left it.
func (d *DB) MigrateTo(ctx context.Context, version int64) ([]string, error) {
	if d.engine == SQLite {
		release, err := d.lockMigrations(ctx)
		if err != nil {
			return nil, fmt.Errorf("lock migrations: %w", err)
		}
		defer release()
	}
	on := d.write
	if d.engine == Postgres {
		on = d.migrator()
		defer on.Close() //nolint:errcheck // what it did is committed
	}
	p, err := d.provider(on)
	if err != nil {
		return nil, err
	}
	results, err := p.UpTo(ctx, version)
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	var applied []string
	for _, r := range results {
		applied = append(applied, path.Base(r.Source.Path))
	}
	return applied, nil
}

// MigrationStatus compares the database with this program. It changes nothing: goose
// makes its table when it is asked for versions, so an empty database is not asked.
func (d *DB) MigrationStatus(ctx context.Context) (Status, error) {
	p, err := d.provider(d.write)
	if err != nil {
		return Status{}, err
	}
	migrated, err := d.hasTable(ctx, migrationTable)
	if err != nil {
		return Status{}, fmt.Errorf("migration status: %w", err)
	}
	var s Status
	if migrated {
		if s.Current, err = p.GetDBVersion(ctx); err != nil {
			return Status{}, fmt.Errorf("migration status: %w", err)
		}
	}
	for _, src := range p.ListSources() {
		s.Latest = src.Version
		if src.Version > s.Current {
			s.Pending = append(s.Pending, path.Base(src.Path))
		} else {
			s.Applied = append(s.Applied, path.Base(src.Path))
		}
	}
	return s, nil
}

// hasTable tells whether the database has a table where statements look for it.
func (d *DB) hasTable(ctx context.Context, name string) (bool, error) {
	query := `SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = $1`
	if d.engine == Postgres {
		query = `SELECT COUNT(*) FROM pg_catalog.pg_class WHERE oid = to_regclass($1)`
	}
	var n int
	err := d.read.QueryRowContext(ctx, query, name).Scan(&n)
	return n > 0, err
}

func (d *DB) provider(on *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	dialect, opts := goose.DialectSQLite3, []goose.ProviderOption{goose.WithTableName(migrationTable)}
	if d.engine == Postgres {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120))
		if err != nil {
			return nil, err
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(dialect, on, dialectFS{files, d.engine}, opts...)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return p, nil
}

// dialectFS shows one engine's view of the migration files: x.sql for both,
// x.sqlite.sql and x.postgres.sql for one, and on SQLite the names of the types
// that it lacks replaced.
type dialectFS struct {
	fs.FS
	engine Engine
}

var sqliteTypes = regexp.MustCompile(`\b(TIMESTAMPTZ|UUID)\b`)

func (d dialectFS) Open(name string) (fs.File, error) {
	if name == "." || path.Ext(name) != ".sql" {
		return d.FS.Open(name)
	}
	data, err := d.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return &memFile{Reader: bytes.NewReader(data), name: path.Base(name), size: int64(len(data))}, nil
}

func (d dialectFS) ReadFile(name string) ([]byte, error) {
	for _, suffix := range []string{".sql", "." + string(d.engine) + ".sql"} {
		data, err := fs.ReadFile(d.FS, strings.TrimSuffix(name, ".sql")+suffix)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil || d.engine == Postgres {
			return data, err
		}
		return sqliteTypes.ReplaceAllFunc(data, func(t []byte) []byte {
			if string(t) == "UUID" {
				return []byte("TEXT")
			}
			return []byte("TIMESTAMP")
		}), nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func (d dialectFS) Glob(pattern string) ([]string, error) {
	if pattern != "*.sql" { // goose also looks for *.go
		return nil, nil
	}
	all, err := fs.Glob(d.FS, "*.sql")
	if err != nil {
		return nil, err
	}
	var out []string
	for _, name := range all {
		base := strings.TrimSuffix(name, ".sql")
		switch path.Ext(base) {
		case "":
			out = append(out, name)
		case "." + string(d.engine):
			out = append(out, strings.TrimSuffix(base, path.Ext(base))+".sql")
		}
	}
	return out, nil
}

type memFile struct {
	*bytes.Reader
	name string
	size int64
}

func (f *memFile) Stat() (fs.FileInfo, error) { return memInfo{f.name, f.size}, nil }
func (f *memFile) Close() error               { return nil }

type memInfo struct {
	name string
	size int64
}

func (i memInfo) Name() string       { return i.name }
func (i memInfo) Size() int64        { return i.size }
func (i memInfo) Mode() fs.FileMode  { return 0o444 }
func (i memInfo) ModTime() time.Time { return time.Time{} }
func (i memInfo) IsDir() bool        { return false }
func (i memInfo) Sys() any           { return nil }

// Migrations shows the migration files, for tests that name a schema by its content.
func Migrations() fs.FS { return migrations }
