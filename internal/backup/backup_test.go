package backup_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/backup"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

const passphrase = "a passphrase for tests, as long as it has to be"

// city is a database with people and points, a folder of uploads, and the options with
// which both are backed up.
type city struct {
	*testkit.World
	o         backup.Options
	residents []people.Resident
}

func eachCity(t *testing.T, f func(t *testing.T, c *city)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		file := testkit.SQLiteFile(t)
		f(t, newCity(t, db.Options{Path: file}))
	})
	t.Run("postgres", func(t *testing.T) { f(t, newCity(t, db.Options{URL: testkit.PostgresURL(t), MaxConns: 24})) })
}

func newCity(t *testing.T, o db.Options) *city {
	t.Helper()
	d, err := db.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() }) // a test may have closed it
	c := &city{World: testkit.NewWorld(t, d)}
	for range 3 {
		r := c.Resident(t, c.Barangays[0])
		c.Give(t, r, 12050)
		c.residents = append(c.residents, r)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "uploads", "terms", "2026.pdf"), bytes.Repeat([]byte("%PDF "), 5000))
	write(t, filepath.Join(dir, "uploads", "proof.jpg"), []byte("a picture"))
	write(t, filepath.Join(dir, "uploads", ".draft"), []byte("not yet whole"))
	write(t, filepath.Join(dir, "uploads", "tmp", "draft"), []byte("not yet whole"))
	c.o = options(dir, o)
	return c
}

func options(dir string, o db.Options) backup.Options {
	return backup.Options{Database: o, Uploads: backup.Folder(filepath.Join(dir, "uploads")), Dir: filepath.Join(dir, "backups"), WorkDir: dir,
		Program: "test", Keys: map[string]string{"DJANGO_SECRET_KEY": "0123"}, Now: time.Now}
}

func write(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (c *city) backUp(t *testing.T) backup.Made {
	t.Helper()
	made, err := backup.Make(t.Context(), c.o, c.DB, backup.What{})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// elsewhere are the options of another machine: no database yet, no uploads.
func (c *city) elsewhere(t *testing.T) backup.Options {
	t.Helper()
	dir := t.TempDir()
	o := options(dir, db.Options{Path: filepath.Join(dir, "data", "ekolek.sqlite3")})
	o.Key = c.o.Key
	if c.DB.Engine() == db.Postgres {
		o.Database = db.Options{URL: testkit.EmptyPostgresURL(t)}
	}
	return o
}

// posted are the points that a database holds, by the source of each transfer.
func posted(t *testing.T, o db.Options) map[uuid.UUID]ledger.Points {
	t.Helper()
	d, err := db.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	report, err := ledger.Verify(t.Context(), d)
	if err != nil || !report.OK() {
		t.Fatalf("the books: %v, %v", report, err)
	}
	type row struct {
		id uuid.UUID
		p  ledger.Points
	}
	rows, err := db.Collect(t.Context(), d, func(r db.Row) (x row, err error) { return x, r.Scan(&x.id, &x.p) }, `SELECT source_id, points FROM ledger_transfer`)
	if err != nil {
		t.Fatal(err)
	}
	out := map[uuid.UUID]ledger.Points{}
	for _, r := range rows {
		out[r.id] = r.p
	}
	return out
}

func wantCode(t *testing.T, err error, code backup.Code) {
	t.Helper()
	var p *backup.Problem
	if !errors.As(err, &p) || p.Code != code {
		t.Errorf("error %v, want a problem %q", err, code)
	}
}

// nothingLeft proves that no work folder and no draft lies about.
func nothingLeft(t *testing.T, o backup.Options) {
	t.Helper()
	dirs := []string{o.WorkDir, o.Dir}
	if o.Database.Path != "" {
		dirs = append(dirs, filepath.Dir(o.Database.Path))
	}
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), ".") {
				t.Errorf("%s was left in %s", e.Name(), dir)
			}
		}
	}
}

func TestWhatWasBackedUpComesBack(t *testing.T) {
	t.Parallel()
	eachCity(t, func(t *testing.T, c *city) {
		for name, key := range map[string]string{"readable": "", "sealed": passphrase} {
			t.Run(name, func(t *testing.T) {
				c.o.Key = key
				made := c.backUp(t)
				if made.Sealed != (key != "") || made.Manifest.Tables["people_resident"] != 3 || made.Manifest.Ledger.Balances != 3*12050 || made.Uploads != 2 {
					t.Errorf("made %+v", made)
				}
				if v, err := backup.Verify(t.Context(), c.o, made.File); err != nil || v.Contents.Manifest.Schema != db.LatestSchema() {
					t.Errorf("verify: %+v, %v", v, err)
				}
				o := c.elsewhere(t)
				looked, err := backup.Restore(t.Context(), o, made.File, backup.How{})
				if err != nil || looked.HasData || looked.Contents.Size != made.Size || !slices.Equal(looked.OtherKeys, []string(nil)) {
					t.Errorf("looking: %+v, %v", looked, err)
				}
				o.Keys = map[string]string{"DJANGO_SECRET_KEY": "4567"}
				o.Former = map[string][]string{"DJANGO_SECRET_KEY": {"89ab", "0123"}}
				if looked, err := backup.Restore(t.Context(), o, made.File, backup.How{}); err != nil || len(looked.OtherKeys) != 0 {
					t.Errorf("with its key among the former ones: %v, %v", looked.OtherKeys, err)
				}
				o.Former = nil
				done, err := backup.Restore(t.Context(), o, made.File, backup.How{Apply: true})
				if err != nil || done.Uploads.Written != 2 || !slices.Equal(done.OtherKeys, []string{"DJANGO_SECRET_KEY"}) {
					t.Fatalf("restore: %+v, %v", done, err)
				}
				if got, want := posted(t, o.Database), posted(t, c.o.Database); len(got) != 3 || len(got) != len(want) {
					t.Errorf("%d transfers came back of %d", len(got), len(want))
				}
				if got, err := os.ReadFile(filepath.Join(o.WorkDir, "uploads", "terms", "2026.pdf")); err != nil || len(got) != 25000 {
					t.Errorf("the upload came back with %d bytes, %v", len(got), err)
				}
				nothingLeft(t, o)
				nothingLeft(t, c.o)
			})
		}
	})
}

// A backup is taken while 16 weigh. It holds everything that was acknowledged before it
// began, nothing twice, and books that balance.
func TestBackupUnderSixteenWriters(t *testing.T) {
	t.Parallel()
	eachCity(t, func(t *testing.T, c *city) {
		var mu sync.Mutex
		acknowledged := map[uuid.UUID]bool{}
		var n atomic.Int64
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var writers sync.WaitGroup
		for i := range 16 {
			r := c.residents[i%len(c.residents)]
			writers.Go(func() {
				for ctx.Err() == nil {
					source := db.NewID()
					err := c.DB.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
						_, err := ledger.Post(ctx, tx, ledger.Posting{Kind: ledger.KindWeighIn, Source: source, Account: r.ID, Points: 100, Actor: audit.Command("test"), At: time.Now()})
						return err
					})
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					acknowledged[source] = true
					mu.Unlock()
					n.Add(1)
				}
			})
		}
		for n.Load() < 200 && !t.Failed() {
			time.Sleep(time.Millisecond)
		}
		mu.Lock()
		before := make([]uuid.UUID, 0, len(acknowledged))
		for id := range acknowledged {
			before = append(before, id)
		}
		mu.Unlock()
		made := c.backUp(t)
		during := n.Load()
		stop()
		writers.Wait()
		o := c.elsewhere(t)
		if _, err := backup.Restore(t.Context(), o, made.File, backup.How{Apply: true}); err != nil {
			t.Fatal(err)
		}
		restored := posted(t, o.Database)
		for _, id := range before {
			if restored[id] != 100 {
				t.Fatalf("%s was acknowledged before the backup began and is not in it", id)
			}
		}
		if during <= int64(len(before)) {
			t.Errorf("nobody weighed while the backup was made: %d before, %d after", len(before), during)
		}
		t.Logf("%d before it began, %d when it ended, %d restored", len(before), during, len(restored))
	})
}

// Whatever happens to an archive is told, and nothing is changed by it.
func TestDamageIsToldAndChangesNothing(t *testing.T) {
	t.Parallel()
	eachCity(t, func(t *testing.T, c *city) {
		o := c.elsewhere(t)
		for name, key := range map[string]string{"readable": "", "sealed": passphrase} {
			c.o.Key, o.Key = key, key
			whole, err := os.ReadFile(c.backUp(t).File)
			if err != nil {
				t.Fatal(err)
			}
			damages := map[string][]byte{"a longer end": append(slices.Clone(whole), "more"...)}
			for _, part := range []int{0, 1, 10, 50, 90, 99} {
				damages["cut at "+string(rune('0'+part/10))+string(rune('0'+part%10))+" %"] = whole[:len(whole)*part/100]
				flipped := slices.Clone(whole)
				flipped[(len(whole)-1)*part/100] ^= 0x10
				damages["a bit at "+string(rune('0'+part/10))+string(rune('0'+part%10))+" %"] = flipped
			}
			damages["the last byte missing"] = whole[:len(whole)-1]
			for damage, data := range damages {
				t.Run(name+", "+damage, func(t *testing.T) {
					file := filepath.Join(t.TempDir(), "backup")
					write(t, file, data)
					_, err := backup.Restore(t.Context(), o, file, backup.How{Apply: true})
					var p *backup.Problem
					if !errors.As(err, &p) || p.Code != backup.Damaged && p.Code != backup.NotOurs && p.Code != backup.WrongKey {
						t.Errorf("restored with %v", err)
					}
					untouched(t, o)
					if _, err := backup.Verify(t.Context(), o, file); !errors.As(err, &p) {
						t.Errorf("verified with %v", err)
					}
				})
			}
		}
	})
}

// untouched proves that a restore that refused changed nothing.
func untouched(t *testing.T, o backup.Options) {
	t.Helper()
	if o.Database.URL == "" {
		if _, err := os.Stat(o.Database.Path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("there is a database: %v", err)
		}
	} else {
		d, err := db.Open(t.Context(), o.Database)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if names, err := db.Tables(t.Context(), d, db.Postgres); err != nil || len(names) != 0 {
			t.Errorf("there are tables: %v, %v", names, err)
		}
	}
	if _, err := os.Stat(filepath.Join(o.WorkDir, "uploads")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there are uploads: %v", err)
	}
	nothingLeft(t, o)
}

func TestKeys(t *testing.T) {
	t.Parallel()
	c := newCity(t, db.Options{Path: testkit.SQLiteFile(t)})
	c.o.Key = passphrase
	sealed := c.backUp(t).File
	for name, k := range map[string]struct {
		key  string
		code backup.Code
	}{
		"none":         {"", backup.NeedsKey},
		"another":      {strings.ToUpper(passphrase), backup.WrongKey},
		"an identity":  {"AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX", backup.WrongKey},
		"no identity":  {"AGE-SECRET-KEY-1nonsense", backup.BadKey},
		"only to seal": {"age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj", backup.NeedsKey},
	} {
		t.Run(name, func(t *testing.T) {
			o := c.elsewhere(t)
			o.Key = k.key
			_, err := backup.Restore(t.Context(), o, sealed, backup.How{Apply: true})
			wantCode(t, err, k.code)
			untouched(t, o)
		})
	}
	for name, key := range map[string]string{"a short passphrase": "short", "no recipient": "age1nonsense", "no identity": "AGE-SECRET-KEY-1nonsense"} {
		t.Run(name, func(t *testing.T) {
			o := c.o
			o.Key = key
			_, err := backup.Make(t.Context(), o, c.DB, backup.What{})
			wantCode(t, err, backup.BadKey)
			nothingLeft(t, o)
		})
	}
}
