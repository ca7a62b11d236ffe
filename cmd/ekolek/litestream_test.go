package main_test

import (
	"bytes"
	"cmp"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

// Litestream, with the configuration that we ship, follows a city in which 16 weigh.
// Then both are killed and the database is lost. What comes back is a city whose books
// balance, and what is missing was answered in the last moments: that is measured.
//
// It runs where EKOLEK_TEST_LITESTREAM names the program (version 0.5), for
// EKOLEK_TEST_LITESTREAM_SECONDS, else 10.
func TestLitestreamBringsTheCityBack(t *testing.T) {
	litestream := os.Getenv("EKOLEK_TEST_LITESTREAM")
	if litestream == "" {
		t.Skip("EKOLEK_TEST_LITESTREAM names no litestream")
	}
	seconds, _ := strconv.Atoi(os.Getenv("EKOLEK_TEST_LITESTREAM_SECONDS")) // not a number: 10
	file := testkit.SQLiteFile(t)
	d := newDrill(t, db.Options{Path: file}, "sqlite://"+file)
	config, err := filepath.Abs("../../deploy/litestream/litestream.yml")
	if err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "EKOLEK_DATABASE="+file, "EKOLEK_REPLICA="+filepath.Join(t.TempDir(), "replica"))

	served, base := d.start()
	follow := exec.Command(litestream, "replicate", "-config", config)
	var said bytes.Buffer
	follow.Env, follow.Stdout, follow.Stderr = env, &said, &said
	if err := follow.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = follow.Process.Kill() }) // it is dead already, unless the test gave up

	var mu sync.Mutex
	answered := map[string]time.Time{}
	end := time.Now().Add(time.Duration(cmp.Or(seconds, 10)) * time.Second)
	var weighers sync.WaitGroup
	for _, page := range d.pages {
		weighers.Go(func() {
			for time.Now().Before(end) {
				key := db.NewID().String()
				if !d.weigh(base, page, key) {
					return
				}
				mu.Lock()
				answered[key] = time.Now()
				mu.Unlock()
			}
		})
	}
	weighers.Wait()
	killed := time.Now()
	if err := follow.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = follow.Wait() // it was killed
	d.kill(served)
	wal, _ := os.Stat(file + "-wal") // nil when there is none
	d.destroy()

	restore := exec.Command(litestream, "restore", "-config", config, file)
	restore.Env = env
	if out, err := restore.CombinedOutput(); err != nil {
		t.Fatalf("restore: %v\n%s\nreplicate said:\n%.3000s", err, out, said.String())
	}
	books := d.books()
	opened := openDB(t, db.Options{Path: file})
	if wrong, err := opened.Integrity(t.Context()); err != nil || wrong != "" {
		t.Errorf("the restored file: %q, %v", wrong, err)
	}
	keys, err := db.Collect(t.Context(), opened, func(r db.Row) (key string, err error) { return key, r.Scan(&key) }, `SELECT request_key FROM collection_weigh_in`)
	if err != nil {
		t.Fatal(err)
	}
	back := map[string]bool{}
	for _, key := range keys {
		back[key] = true
	}
	lost, oldest := 0, time.Duration(0)
	for key, at := range answered {
		if !back[key] {
			lost++
			oldest = max(oldest, killed.Sub(at))
		}
	}
	if oldest > 5*time.Second {
		t.Errorf("a weigh-in is lost that was answered %v before the end", oldest)
	}
	if errors.Is(err, os.ErrNotExist) || wal == nil {
		t.Log("there was no log at the end")
	} else {
		t.Logf("the log had %d KB at the end", wal.Size()>>10)
	}
	t.Logf("%d answered, %d are back, %d are lost, the oldest of them answered %v before the end\n%s", len(answered), len(back), lost, oldest.Round(time.Millisecond), books)
}
