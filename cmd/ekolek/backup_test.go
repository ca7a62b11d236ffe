package main_test

import (
	"context"
	"crypto/rand"
	"errors"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

// drill is a city that is going to be destroyed and brought back by its backups.
type drill struct {
	*scales
	o db.Options
}

func eachDrill(t *testing.T, f func(t *testing.T, d *drill)) {
	if testing.Short() {
		t.Skip("destroys and restores")
	}
	t.Run("sqlite", func(t *testing.T) {
		file := testkit.SQLiteFile(t)
		f(t, newDrill(t, db.Options{Path: file}, "sqlite://"+file))
	})
	t.Run("postgres", func(t *testing.T) {
		address := testkit.PostgresURL(t)
		f(t, newDrill(t, db.Options{URL: address, MaxConns: 4}, address))
	})
}

func newDrill(t *testing.T, o db.Options, address string) *drill {
	t.Helper()
	opened := openDB(t, o)
	d := &drill{newScales(t, opened, address), o}
	if err := opened.Close(); err != nil {
		t.Fatal(err)
	}
	d.program.env = append(d.program.env, "BACKUP_ENCRYPTION_KEY=a passphrase for the drill, long enough", "PATH="+os.Getenv("PATH"))
	picture := make([]byte, 4<<20)
	if _, err := rand.Read(picture); err != nil {
		t.Fatal(err)
	}
	file := d.media()
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, picture, 0o600)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.dropLeftovers)
	return d
}

func (d *drill) media() string { return filepath.Join(d.program.dir, "var", "media", "ab", "abcd") }

// dropLeftovers drops the databases that kills and restores left on the server.
func (d *drill) dropLeftovers() {
	if d.o.URL == "" {
		return
	}
	ctx, server := context.Background(), db.ServerOf(d.o.URL) // the test's context has ended
	name, err := server.Name()
	if err != nil {
		d.t.Fatal(err)
	}
	for _, part := range []string{"_restoring_", "_trial_"} {
		names, err := server.Names(ctx, name+part)
		if err != nil {
			d.t.Error(err)
		}
		for _, n := range names {
			if err := server.Drop(ctx, n); err != nil && !db.IsBusy(err) {
				d.t.Error(err)
			}
		}
	}
	aside, err := server.Names(ctx, name[:min(30, len(name))]+"_before_restore_")
	if err != nil {
		d.t.Error(err)
	}
	for _, n := range aside {
		if err := server.Drop(ctx, n); err != nil {
			d.t.Error(err)
		}
	}
}

// destroy takes the database and the uploads away, as a broken disk does.
func (d *drill) destroy() {
	d.t.Helper()
	if err := os.RemoveAll(filepath.Dir(filepath.Dir(d.media()))); err != nil {
		d.t.Fatal(err)
	}
	if d.o.URL == "" {
		for _, tail := range []string{"", "-wal", "-shm"} {
			if err := os.Remove(d.o.Path + tail); err != nil && !errors.Is(err, os.ErrNotExist) {
				d.t.Fatal(err)
			}
		}
		return
	}
	d.idle()
	server := db.ServerOf(d.o.URL)
	name, err := server.Name()
	if err = errors.Join(err, server.Drop(d.t.Context(), name)); err != nil {
		d.t.Fatal(err)
	}
}

// idle waits until a killed program's connections have ended.
func (d *drill) idle() {
	d.t.Helper()
	if d.o.URL == "" {
		return
	}
	server := db.ServerOf(d.o.URL)
	name, err := server.Name()
	if err != nil {
		d.t.Fatal(err)
	}
	d.until("the killed program's connections to end", func() bool {
		n, err := server.Connected(d.t.Context(), name)
		return err == nil && n == 0
	})
}

// until waits for a condition.
func (d *drill) until(what string, f func() bool) {
	d.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !f(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			d.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// books is the line with which the points are told.
func (d *drill) books() string {
	d.t.Helper()
	return d.program.want(0, "ok: ", "ledger", "verify").out
}

// backUp makes a backup and gives its file.
func (d *drill) backUp() string {
	d.t.Helper()
	out := d.program.want(0, "made ", "backup").out
	file, _, _ := strings.Cut(strings.TrimPrefix(out, "made "), "\n")
	return file
}

// Serve, weigh, back up, destroy, restore, serve, sign in: the same balances.
func TestRestoreDrill(t *testing.T) {
	eachDrill(t, func(t *testing.T, d *drill) {
		picture, err := os.ReadFile(d.media())
		if err != nil {
			t.Fatal(err)
		}
		served, base := d.start()
		var stop sync.WaitGroup
		quit := make(chan struct{})
		for _, page := range d.pages {
			stop.Go(func() {
				for d.weigh(base, page, db.NewID().String()) {
					select {
					case <-quit:
						return
					default:
					}
				}
			})
		}
		d.until("weigh-ins", func() bool { return d.answered.Load() > 100 })
		d.mu.Lock()
		var before []string
		for key, receipt := range d.weighIns {
			if receipt != "" {
				before = append(before, key)
			}
		}
		d.mu.Unlock()
		during := d.backUp()
		close(quit)
		stop.Wait()
		d.client.CloseIdleConnections()
		quiet := d.books()
		after := d.backUp()
		d.kill(served)
		d.destroy()

		d.program.want(0, "nothing was changed: say --apply", "restore", during)
		d.program.want(0, "ok: restored", "restore", during, "--apply")
		d.books()
		d.holds(before)
		d.program.want(1, "is not empty", "restore", after, "--apply")
		d.program.want(0, "ok: restored", "restore", after, "--apply", "--replace")
		if got := d.books(); got != quiet {
			t.Errorf("the books were\n%sand came back as\n%s", quiet, got)
		}
		if back, err := os.ReadFile(d.media()); err != nil || !slices.Equal(back, picture) {
			t.Errorf("the upload came back with %d bytes of %d, %v", len(back), len(picture), err)
		}
		d.cookie = nil
		served, base = d.start() // signs in
		if !d.weigh(base, d.pages[0], db.NewID().String()) {
			t.Error("the restored city does not weigh")
		}
		d.kill(served)
		d.client.CloseIdleConnections()
	})
}

// holds proves that weigh-ins are in the database.
func (d *drill) holds(keys []string) {
	d.t.Helper()
	opened, err := db.Open(d.t.Context(), d.o)
	if err != nil {
		d.t.Fatal(err)
	}
	defer opened.Close()
	found, err := db.Collect(d.t.Context(), opened, func(r db.Row) (key string, err error) { return key, r.Scan(&key) }, `SELECT request_key FROM collection_weigh_in`)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, key := range keys {
		if !slices.Contains(found, key) {
			d.t.Fatalf("%s was answered before the backup began, and is not in it", key)
		}
	}
	d.t.Logf("%d weigh-ins were answered before the backup began, %d are in it", len(keys), len(found))
}

// Whenever a backup is killed, what has the name of a backup is one.
func TestKilledDuringBackup(t *testing.T) {
	eachDrill(t, func(t *testing.T, d *drill) {
		began := time.Now()
		d.backUp()
		whole := time.Since(began)
		dir := filepath.Join(d.program.dir, "var", "backups")
		for range 12 {
			d.killed(mathrand.N(whole), "backup", "--to", dir)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		drafts := 0
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), ".") {
				drafts++
				continue
			}
			d.program.want(0, "ok: made", "backup", "verify", filepath.Join(dir, e.Name()))
		}
		d.endLease()
		d.program.want(0, "ok: restored for trial", "backup", "--test")
		left, err := filepath.Glob(filepath.Join(dir, ".*.part"))
		work, err2 := filepath.Glob(filepath.Join(d.program.dir, "var", ".backup-work-*"))
		if err != nil || err2 != nil || len(left)+len(work) != 0 {
			t.Errorf("left behind: %v, %v", left, work)
		}
		t.Logf("12 kills within %v: %d files are whole, %d drafts were left and removed", whole, len(entries)-drafts, drafts)
	})
}

// endLease lets a minute pass for the lease of a backup that was killed.
func (d *drill) endLease() {
	d.t.Helper()
	opened, err := db.Open(d.t.Context(), d.o)
	if err != nil {
		d.t.Fatal(err)
	}
	_, err = opened.Writer().Exec(`UPDATE backup_run SET beat_at = $1 WHERE state = 'running'`, db.At(time.Now().Add(-time.Hour)))
	if err := errors.Join(err, opened.Close()); err != nil {
		d.t.Fatal(err)
	}
}

// killed runs a command and kills it, with all that it started, after a while.
func (d *drill) killed(after time.Duration, args ...string) {
	d.t.Helper()
	if slices.Equal(args[:1], []string{"backup"}) {
		d.endLease()
	}
	c := d.program.command(args...)
	if err := c.Start(); err != nil {
		d.t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = c.Process.Kill() }) // it may be done
	defer timer.Stop()
	var exit *exec.ExitError
	if err := c.Wait(); err != nil && !errors.As(err, &exit) {
		d.t.Fatal(err)
	}
}

// Whenever a restore is killed, the database is the old one or the new one, whole.
func TestKilledDuringRestore(t *testing.T) {
	eachDrill(t, func(t *testing.T, d *drill) {
		type state struct{ file, books string }
		here := state{d.backUp(), d.books()}
		served, base := d.start()
		for range 5 {
			if !d.weigh(base, d.pages[0], db.NewID().String()) {
				t.Fatal("no weigh-in")
			}
		}
		d.kill(served)
		d.client.CloseIdleConnections()
		there := state{d.backUp(), d.books()}
		here, there = there, here
		replace := []string{"restore", "--apply", "--replace", "--no-files"}
		d.idle()
		began := time.Now()
		d.program.want(0, "ok: restored", append(replace, there.file)...)
		here, there = there, here
		whole, done := time.Since(began), 0
		for range 12 {
			d.idle()
			d.killed(mathrand.N(whole*5/4), append(replace, there.file)...)
			switch got := d.books(); got {
			case there.books:
				done++
				here, there = there, here
			case here.books:
			default:
				t.Errorf("after a kill the books are neither the old nor the new ones:\n%s", got)
			}
		}
		t.Logf("12 kills within %v: %d times it was done already", whole, done)
	})
}
