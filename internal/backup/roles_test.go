package backup_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"ekolek/internal/backup"
	"ekolek/internal/db"
	"ekolek/internal/testkit"
	"ekolek/internal/testkit/pgserver"
)

// With the roles and the rules of access that are shipped, the program makes its backup
// and restores it for trial: as the owner of its tables, and as one who owns nothing.
func TestWithTheRolesThatAreShipped(t *testing.T) {
	t.Parallel()
	bin, ok := pgserver.Find()
	if !ok || testing.Short() {
		t.Skip("no PostgreSQL here, or no time")
	}
	ctx := t.Context()
	shipped := func(file string) string {
		data, err := os.ReadFile(filepath.Join("..", "..", "deploy", "postgres", file))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	server, err := pgserver.New(ctx, bin, pgserver.Options{Password: "of the administrator", Files: map[string]string{"pg_hba.conf": shipped("pg_hba.conf")},
		Settings: []string{"fsync=off"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Remove(); err != nil {
			t.Error(err)
		}
	})
	if err := server.Script(ctx, "postgres", shipped("roles.sql"), "ekolek_password='secret'", "replicator_password='secret'"); err != nil {
		t.Fatal(err)
	}
	if err := server.Script(ctx, "postgres", "CREATE DATABASE strict; REVOKE CONNECT ON DATABASE strict FROM PUBLIC; GRANT CONNECT ON DATABASE strict TO ekolek"); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ database, owner, password string }{
		"owner":     {"ekolek", "ekolek", "secret"},
		"not owner": {"strict", pgserver.Admin, "of%20the%20administrator"},
	} {
		t.Run(name, func(t *testing.T) {
			owner, err := db.Open(t.Context(), db.Options{URL: server.URL(c.database, c.owner, c.password), MaxConns: 2})
			if err != nil {
				t.Fatal(err)
			}
			defer owner.Close()
			if _, err := owner.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			if c.owner != "ekolek" {
				if err := owner.Grant(t.Context(), "ekolek"); err != nil {
					t.Fatal(err)
				}
			}
			o := db.Options{URL: server.URL(c.database, "ekolek", "secret"), MaxConns: 4}
			d, err := db.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			s := backup.New(d, testkit.NewEmptyWorld(t, d).Queue, options(t.TempDir(), o), backup.Plan{Hour: 2, Keep: time.Hour}, nil)
			defer s.Close()
			if _, tried, err := s.Command(t.Context(), backup.What{}, true); err != nil || tried == nil {
				t.Errorf("tried %v, %v", tried, err)
			}
		})
	}
}
