// Package testkit gives tests a real database on both engines, and builders and
// fakes for the seams to the outside. Nothing but tests imports it.
package testkit

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver for making and dropping databases

	"ekolek/internal/db"
)

// PostgresEnv names the variable with the URL of a PostgreSQL server where tests may
// make and drop databases. `make test` starts such a server and sets it.
const PostgresEnv = "EKOLEK_TEST_POSTGRES"

// EachDB runs a test once on each engine, every time on a new migrated database.
func EachDB(t *testing.T, f func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, DB(t)) })
	t.Run("postgres", func(t *testing.T) { f(t, Postgres(t)) })
}

// DB gives a new migrated SQLite database, closed with the test.
func DB(t testing.TB) *db.DB {
	t.Helper()
	return openForTest(t, db.Options{Path: SQLiteFile(t)})
}

// SQLiteFile gives the path of a new migrated SQLite database.
func SQLiteFile(t testing.TB) string {
	t.Helper()
	template, err := sqliteTemplate()
	if err != nil {
		t.Fatalf("make the SQLite template: %v", err)
	}
	file := filepath.Join(t.TempDir(), "ekolek.sqlite3")
	if err := os.WriteFile(file, template, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Postgres gives a new migrated PostgreSQL database, dropped with the test. Without a
// server the test is skipped; `make test` sees to it that there is one.
func Postgres(t testing.TB) *db.DB {
	t.Helper()
	return openForTest(t, db.Options{URL: PostgresURL(t), MaxConns: 8})
}

// PostgresURL gives the URL of a new migrated PostgreSQL database.
func PostgresURL(t testing.TB) string {
	t.Helper()
	template := postgresTemplateOrSkip(t)
	return createPostgres(t, template)
}

// EmptyPostgresURL gives the URL of a new PostgreSQL database without any table.
func EmptyPostgresURL(t testing.TB) string {
	t.Helper()
	serverOrSkip(t)
	return createPostgres(t, "template0")
}

func openForTest(t testing.TB, o db.Options) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), o)
	if err != nil {
		t.Fatalf("open test database: %v", err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close test database: %v", err)
		}
	})
	return d
}

var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "ekolek-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "template.sqlite3")
	d, err := db.Open(context.Background(), db.Options{Path: file})
	if err != nil {
		return nil, err
	}
	if _, err := d.Migrate(context.Background()); err != nil {
		return nil, err
	}
	if err := d.Close(); err != nil { // folds the write-ahead log into the file
		return nil, err
	}
	return os.ReadFile(file)
})

func serverOrSkip(t testing.TB) string {
	t.Helper()
	server := os.Getenv(PostgresEnv)
	if server == "" {
		t.Skipf("no PostgreSQL: %s is not set; `make test` starts a server", PostgresEnv)
	}
	return server
}

func postgresTemplateOrSkip(t testing.TB) string {
	t.Helper()
	serverOrSkip(t)
	name, err := postgresTemplate()
	if err != nil {
		t.Fatalf("make the PostgreSQL template: %v", err)
	}
	return name
}

// postgresTemplate migrates one database per version of the migrations; test
// databases are copies of it.
var postgresTemplate = sync.OnceValues(func() (string, error) {
	ctx := context.Background()
	sum, err := migrationsHash()
	if err != nil {
		return "", err
	}
	name := "ekolek_template_" + sum
	server, err := sql.Open("pgx", os.Getenv(PostgresEnv))
	if err != nil {
		return "", err
	}
	defer server.Close()
	conn, err := server.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	// Packages are tested at the same time: the first one makes the template.
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock(7340001)"); err != nil {
		return "", err
	}
	var there bool
	if err := conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate)", name).Scan(&there); err != nil || there {
		return name, err
	}
	if _, err := conn.ExecContext(ctx, "DROP DATABASE IF EXISTS "+name); err != nil {
		return "", err
	}
	if _, err := conn.ExecContext(ctx, "CREATE DATABASE "+name+" TEMPLATE template0"); err != nil {
		return "", err
	}
	d, err := db.Open(ctx, db.Options{URL: withDatabase(os.Getenv(PostgresEnv), name), MaxConns: 2})
	if err != nil {
		return "", err
	}
	if _, err := d.Migrate(ctx); err != nil {
		return "", err
	}
	if err := d.Close(); err != nil {
		return "", err
	}
	_, err = conn.ExecContext(ctx, "ALTER DATABASE "+name+" IS_TEMPLATE true")
	return name, err
})

// migrationsHash names the schema by its own files, found beside this source.
func migrationsHash() (string, error) {
	h := sha256.New()
	err := fs.WalkDir(db.Migrations(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(db.Migrations(), name)
		fmt.Fprintf(h, "%s\x00%d\x00", name, len(data))
		h.Write(data)
		return err
	})
	return hex.EncodeToString(h.Sum(nil)[:6]), err
}

func createPostgres(t testing.TB, template string) string {
	t.Helper()
	server, err := sql.Open("pgx", os.Getenv(PostgresEnv))
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	name := "ekolek_test_" + strings.ToLower(rand.Text()[:16])
	if _, err := server.Exec("CREATE DATABASE " + name + " TEMPLATE " + template); err != nil {
		t.Fatalf("create test database: %v", err)
	}
	t.Cleanup(func() {
		server, err := sql.Open("pgx", os.Getenv(PostgresEnv))
		if err != nil {
			t.Error(err)
			return
		}
		defer server.Close()
		if _, err := server.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("drop test database: %v", err)
		}
	})
	return withDatabase(os.Getenv(PostgresEnv), name)
}

func withDatabase(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server
	}
	u.Path = "/" + name
	return u.String()
}
