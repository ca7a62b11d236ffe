package db_test

import (
	"path/filepath"
	"strings"
	"testing"

	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

// Asking an empty database what it lacks leaves it empty.
func TestMigrationStatusOfAnEmptyDatabaseChangesNothing(t *testing.T) {
	for engine, open := range map[string]func(t *testing.T) db.Options{
		"sqlite":   func(t *testing.T) db.Options { return db.Options{Path: filepath.Join(t.TempDir(), "empty.sqlite3")} },
		"postgres": func(t *testing.T) db.Options { return db.Options{URL: testkit.EmptyPostgresURL(t)} },
	} {
		t.Run(engine, func(t *testing.T) {
			d, err := db.Open(t.Context(), open(t))
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			for range 2 {
				s, err := d.MigrationStatus(t.Context())
				if err != nil || s.Ready() || s.Current != 0 || len(s.Applied) != 0 || len(s.Pending) == 0 || s.Pending[0] != "0001_db.sql" {
					t.Errorf("status %+v, %v", s, err)
				}
			}
			if _, err := d.QueryContext(t.Context(), `SELECT version_id FROM db_migration`); err == nil || !strings.Contains(err.Error(), "db_migration") {
				t.Errorf("goose's table was made: %v", err)
			}
			applied, err := d.Migrate(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			s, err := d.MigrationStatus(t.Context())
			if err != nil || !s.Ready() || len(s.Pending) != 0 || strings.Join(s.Applied, " ") != strings.Join(applied, " ") {
				t.Errorf("status %+v, %v; applied %v", s, err, applied)
			}
		})
	}
}
