package files_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/config"
	"ekolek/internal/db"
	"ekolek/internal/files"
	"ekolek/internal/testkit"
)

// The test program runs itself again as one that is going to be killed.
const (
	childEnv    = "EKOLEK_FILES_CHILD" // what it does: upload, migrate
	databaseEnv = "EKOLEK_FILES_DATABASE"
	dirEnv      = "EKOLEK_FILES_DIR"
	bucketEnv   = "EKOLEK_FILES_BUCKET" // address of an S3 server
)

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) == "" {
		os.Exit(m.Run())
	}
	if err := child(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func storageOf(dir, endpoint string) config.Config {
	return config.Config{DataDir: dir, Storage: config.LocalStorage,
		S3: config.S3{Endpoint: endpoint, Bucket: "uploads", Region: "us-east-1", KeyID: "AKIAEKOLEK", Secret: "a secret of the test"}}
}

func child(ctx context.Context) error {
	o := db.Options{Path: os.Getenv(databaseEnv), MaxConns: 4}
	if strings.Contains(o.Path, "://") {
		o.URL, o.Path = o.Path, ""
	}
	d, err := db.Open(ctx, o)
	if err != nil {
		return err
	}
	s, err := files.Open(d, storageOf(os.Getenv(dirEnv), os.Getenv(bucketEnv)), time.Now)
	if err != nil {
		return err
	}
	if os.Getenv(childEnv) == "migrate" {
		_, err := s.Migrate(ctx, files.Migration{To: "s3", Apply: true, DeleteOld: true}, func(f files.File, err error) { fmt.Println(f.ID, err) })
		return err
	}
	for { // until it is killed
		if err := upload(ctx, d, s); err != nil {
			return err
		}
	}
}

// upload keeps a file of some hundred kilobytes, and only then says its id.
func upload(ctx context.Context, d *db.DB, s *files.Service) error {
	noise := make([]byte, 100_000+mathrand.IntN(400_000))
	_, _ = rand.Read(noise) // never fails
	content := bytes.Join([][]byte{[]byte("%PDF-1.7\n"), noise, []byte("%%EOF\n")}, nil)
	f, err := s.Put(ctx, audit.Command("test"), files.Upload{Kind: files.TermsPaper, Name: "x.pdf", Content: bytes.NewReader(content)})
	if err != nil {
		return err
	}
	if err := d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return s.Keep(ctx, tx, f) }); err != nil {
		return err
	}
	_, err = fmt.Println(f.ID)
	return err
}

// victim is a program that does something until it is killed.
type victim struct {
	*office
	database, endpoint string
	said               map[uuid.UUID]bool
}

// run starts the program and kills it when it has said so many lines and then a moment
// more. done is true when it had finished by itself.
func (v *victim) run(what string, lines int) (done bool) {
	v.t.Helper()
	self, err := os.Executable()
	must(v.t, err)
	c := exec.Command(self)
	c.Env = append(os.Environ(), childEnv+"="+what, databaseEnv+"="+v.database, dirEnv+"="+v.dir, bucketEnv+"="+v.endpoint)
	var complaints bytes.Buffer
	c.Stderr = &complaints
	out, err := c.StdoutPipe()
	must(v.t, err)
	must(v.t, c.Start())
	killed := false
	scanner := bufio.NewScanner(out)
	for n := 1; scanner.Scan(); n++ {
		id, err := uuid.Parse(strings.Fields(scanner.Text())[0])
		must(v.t, err)
		v.said[id] = true
		if n == lines { // somewhere in the middle of the next one
			killed = true
			time.AfterFunc(mathrand.N(15*time.Millisecond), func() { _ = c.Process.Kill() })
		}
	}
	err = c.Wait()
	if err == nil {
		return true
	}
	if !killed {
		v.t.Fatalf("%s: %v: %s", what, err, complaints.String())
	}
	return false
}

// whole checks that every row's object is whole and every id that was said has its row.
func (v *victim) whole() (rows int) {
	v.t.Helper()
	found, err := v.Verify(v.t.Context(), func(w files.Wrong) { v.t.Errorf("%s in %s: %v", w.File.ID, w.File.Storage, w.Why) })
	must(v.t, err)
	for id := range v.said {
		if _, err := v.ByID(v.t.Context(), id); err != nil {
			v.t.Errorf("%s was said to be kept: %v", id, err)
		}
	}
	return found.Files
}

// F-08: the program is killed while it uploads, and while it moves files to a bucket, again
// and again. No row ever points at an object that is not there or not whole; what was
// half written, or never kept, is swept; a move goes on where it was stopped.
func TestKilled(t *testing.T) {
	for engine, open := range map[string]func(t *testing.T) (string, *db.DB){
		"sqlite": func(t *testing.T) (string, *db.DB) {
			file := testkit.SQLiteFile(t)
			return file, openDB(t, db.Options{Path: file})
		},
		"postgres": func(t *testing.T) (string, *db.DB) {
			address := testkit.PostgresURL(t)
			return address, openDB(t, db.Options{URL: address, MaxConns: 4})
		},
	} {
		t.Run(engine, func(t *testing.T) {
			if testing.Short() {
				t.Skip("kills a program many times")
			}
			database, d := open(t)
			b := newBucket(t)
			v := &victim{database: database, endpoint: b.Endpoint, said: map[uuid.UUID]bool{}}
			v.office = newOfficeAt(t, d, storageOf(t.TempDir(), b.Endpoint))
			for range 12 {
				v.run("upload", 1+mathrand.IntN(3))
				v.whole()
			}
			rows := v.whole()
			for kills := 0; ; kills++ {
				if v.run("migrate", 1+mathrand.IntN(3)) {
					if kills < 3 {
						t.Errorf("the move was killed only %d times", kills)
					}
					break
				}
				if now := v.whole(); now != rows {
					t.Fatalf("%d rows, %d before", now, rows)
				}
			}
			v.sweepAll()
			if rows != v.whole() || b.objects(t) != rows || len(v.objects()) > 0 {
				t.Errorf("%d rows; %d objects in the bucket, %d on the disk", rows, b.objects(t), len(v.objects()))
			}
			if left, err := filepath.Glob(filepath.Join(v.dir, "media", "tmp", "*")); err != nil || len(left) > 0 {
				t.Errorf("half-written files are left: %v, %v", left, err)
			}
		})
	}
}

func openDB(t *testing.T, o db.Options) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), o)
	must(t, err)
	t.Cleanup(func() { must(t, d.Close()) })
	return d
}

// sweepAll is what happens in the hours after.
func (v *victim) sweepAll() {
	v.t.Helper()
	v.clock.Advance(time.Since(v.clock.Now()) + 2*time.Hour) // the program that was killed lived by the real clock
	for {
		must(v.t, v.Sweep(v.t.Context()))
		st, err := v.Status(v.t.Context())
		must(v.t, err)
		if st.Strays == 0 {
			return
		}
	}
}
