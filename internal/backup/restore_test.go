package backup_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"ekolek/internal/backup"
	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

// Sealed to a recipient, the city's machine can only write; it still proves that night
// that what it wrote can be restored. The owner of the identity opens it later.
func TestSealedToSomebodyElse(t *testing.T) {
	t.Parallel()
	c := newCity(t, db.Options{Path: testkit.SQLiteFile(t)})
	owner, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	c.o.Key = owner.Recipient().String()
	made := c.backUp(t)
	if _, err := backup.VerifyMade(t.Context(), c.o, made); err != nil {
		t.Errorf("the run that made it: %v", err)
	}
	_, err = backup.Verify(t.Context(), c.o, made.File)
	wantCode(t, err, backup.NeedsKey)
	c.o.Key = owner.String()
	if _, err := backup.Verify(t.Context(), c.o, made.File); err != nil {
		t.Errorf("its owner: %v", err)
	}
}

func TestADatabaseWithDataIsPutAside(t *testing.T) {
	t.Parallel()
	eachCity(t, func(t *testing.T, c *city) {
		made := c.backUp(t)
		c.Give(t, c.residents[0], 500)
		if err := os.WriteFile(filepath.Join(c.o.WorkDir, "uploads", "proof.jpg"), []byte("another picture"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := backup.Restore(t.Context(), c.o, made.File, backup.How{Apply: true})
		wantCode(t, err, backup.HasData)
		_, err = backup.Restore(t.Context(), c.o, made.File, backup.How{Apply: true, Replace: true})
		wantCode(t, err, backup.InUse)
		if got := posted(t, c.o.Database); len(got) != 4 {
			t.Errorf("a refused restore left %d transfers", len(got))
		}
		if err := c.DB.Close(); err != nil {
			t.Fatal(err)
		}
		done, err := backup.Restore(t.Context(), c.o, made.File, backup.How{Apply: true, Replace: true})
		if err != nil || done.Uploads.Same != 1 || done.Uploads.Written != 1 {
			t.Fatalf("restore: %+v, %v", done, err)
		}
		if got := posted(t, c.o.Database); len(got) != 3 {
			t.Errorf("%d transfers are back", len(got))
		}
		aside := db.Options{Path: done.Aside}
		if c.DB.Engine() == db.Postgres {
			server := db.ServerOf(c.o.Database.URL)
			aside = db.Options{URL: server.URL(done.Aside)}
			t.Cleanup(func() {
				if err := server.Drop(context.Background(), done.Aside); err != nil {
					t.Error(err)
				}
			})
		}
		if got := posted(t, aside); len(got) != 4 {
			t.Errorf("%d transfers were put aside", len(got))
		}
		if got, err := os.ReadFile(filepath.Join(done.Uploads.Aside, "proof.jpg")); string(got) != "another picture" {
			t.Errorf("put aside: %q, %v", got, err)
		}
		nothingLeft(t, c.o)
	})
}

// A file that is no database any more is the very reason for a restore.
func TestADamagedDatabaseIsPutAside(t *testing.T) {
	t.Parallel()
	c := newCity(t, db.Options{Path: testkit.SQLiteFile(t)})
	made := c.backUp(t)
	if err := c.DB.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, c.o.Database.Path, []byte(strings.Repeat("rot", 5000)))
	done, err := backup.Restore(t.Context(), c.o, made.File, backup.How{Apply: true, Replace: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := posted(t, c.o.Database); len(got) != 3 {
		t.Errorf("%d transfers are back", len(got))
	}
	if got, err := os.ReadFile(done.Aside); err != nil || !strings.HasPrefix(string(got), "rotrot") {
		t.Errorf("put aside: %.10q, %v", got, err)
	}
}

func TestAnOlderBackupIsMigratedAndANewerOneRefused(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, o backup.Options) {
		d, err := db.Open(t.Context(), o.Database)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		before := db.LatestSchema() - 1
		if _, err := d.MigrateTo(t.Context(), before); err != nil {
			t.Fatal(err)
		}
		made, err := backup.Make(t.Context(), o, d, backup.What{NoFiles: true})
		if err != nil {
			t.Fatal(err)
		}
		v, err := backup.Verify(t.Context(), o, made.File)
		if err != nil || len(v.Migrated) != 1 || v.Contents.Manifest.Schema >= db.LatestSchema() {
			t.Errorf("an older one: %+v, %v", v, err)
		}
		if _, err := d.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Writer().Exec(`INSERT INTO db_migration (version_id, is_applied) VALUES (9999, true)`); err != nil {
			t.Fatal(err)
		}
		if made, err = backup.Make(t.Context(), o, d, backup.What{NoFiles: true}); err != nil {
			t.Fatal(err)
		}
		_, err = backup.Verify(t.Context(), o, made.File)
		wantCode(t, err, backup.Newer)
		_, err = backup.Restore(t.Context(), o, made.File, backup.How{})
		wantCode(t, err, backup.Newer)
	})
}

// eachEmpty runs a test on an empty database of each engine.
func eachEmpty(t *testing.T, f func(t *testing.T, o backup.Options)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		dir := t.TempDir()
		f(t, options(dir, db.Options{Path: filepath.Join(dir, "ekolek.sqlite3")}))
	})
	t.Run("postgres", func(t *testing.T) { f(t, options(t.TempDir(), db.Options{URL: testkit.EmptyPostgresURL(t)})) })
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	c := newCity(t, db.Options{Path: testkit.SQLiteFile(t)})
	made := c.backUp(t)
	t.Run("a name that is taken", func(t *testing.T) {
		_, err := backup.Make(t.Context(), c.o, c.DB, backup.What{To: made.File})
		wantCode(t, err, backup.Exists)
	})
	t.Run("SQLite into PostgreSQL", func(t *testing.T) {
		o := options(t.TempDir(), db.Options{URL: testkit.EmptyPostgresURL(t)})
		_, err := backup.Restore(t.Context(), o, made.File, backup.How{Apply: true})
		wantCode(t, err, backup.OtherKind)
		untouched(t, o)
	})
	t.Run("two in one second", func(t *testing.T) {
		o := c.o
		o.Now = func() time.Time { return made.Manifest.MadeAt }
		again, err := backup.Make(t.Context(), o, c.DB, backup.What{})
		if err != nil || again.File == made.File {
			t.Errorf("%s, %v", again.File, err)
		}
	})
	t.Run("not a backup", func(t *testing.T) {
		_, err := backup.Verify(t.Context(), c.o, c.o.Database.Path)
		wantCode(t, err, backup.NotOurs)
	})
}

func TestWithoutUploads(t *testing.T) {
	t.Parallel()
	c := newCity(t, db.Options{Path: testkit.SQLiteFile(t)})
	made, err := backup.Make(t.Context(), c.o, c.DB, backup.What{NoFiles: true})
	if err != nil || made.Manifest.Files != backup.Absent || made.Uploads != 0 {
		t.Fatalf("made %+v, %v", made, err)
	}
	o := c.elsewhere(t)
	done, err := backup.Restore(t.Context(), o, made.File, backup.How{Apply: true})
	if err != nil || done.Uploads != (backup.Placed{}) {
		t.Errorf("restored %+v, %v", done, err)
	}
}
