package backup_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/testkit"
	"ekolek/internal/testkit/pgserver"
)

// A PostgreSQL with the configuration that we ship is destroyed, and comes back from its
// base backup and its archive as it was between two weigh-ins.
func TestRecoveryToAMoment(t *testing.T) {
	t.Parallel()
	bin, ok := pgserver.Find()
	if !ok || testing.Short() {
		t.Skip("no PostgreSQL here, or no time")
	}
	ctx, archive := t.Context(), t.TempDir()
	for dir, mode := range map[string]os.FileMode{archive: 0o777, filepath.Dir(archive): 0o755} { // it is another user's server
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
	}
	shipped := func(file string) string {
		data, err := os.ReadFile(filepath.Join("..", "..", "deploy", "postgres", file))
		if err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(string(data), "/srv/archive", archive)
	}
	primary, err := pgserver.New(ctx, bin, pgserver.Options{Files: map[string]string{
		"postgresql.conf": "include = 'archive.conf'\ninclude_if_exists = 'recover.conf'\n",
		"archive.conf":    shipped("archive.conf"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = primary.Remove() }) // it is destroyed already, unless the test gave up
	d, err := db.Open(ctx, db.Options{URL: primary.URL("postgres", pgserver.Admin, ""), MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	w := testkit.NewWorld(t, d)
	r := w.Resident(t, w.Barangays[0])
	w.Give(t, r, 100)
	base, err := primary.Base(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := base.Remove(); err != nil {
			t.Error(err)
		}
	})
	w.Give(t, r, 200)
	var moment string
	if err := d.QueryRowContext(ctx, `SELECT CAST(clock_timestamp() AS TEXT)`).Scan(&moment); err != nil {
		t.Fatal(err)
	}
	w.Give(t, r, 400)
	archived(t, d, archive)
	_ = d.Close() // the server is killed next
	if err := primary.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := primary.Remove(); err != nil {
		t.Fatal(err)
	}

	began := time.Now()
	recover := regexp.MustCompile(`recovery_target_time = .*`).ReplaceAllString(shipped("recover.conf"), "recovery_target_time = '"+moment+"'")
	if err := base.Recover(ctx, map[string]string{"recover.conf": recover, "recovery.signal": ""}); err != nil {
		t.Fatalf("%v\n%s", err, base.Log())
	}
	o := db.Options{URL: base.URL("postgres", pgserver.Admin, ""), MaxConns: 4}
	back, err := db.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	wait(t, "the end of the recovery", func() (done bool) {
		err := back.QueryRowContext(ctx, `SELECT NOT pg_is_in_recovery()`).Scan(&done)
		return err == nil && done
	})
	var points int64
	if err := back.QueryRowContext(ctx, `SELECT posted FROM ledger_balance WHERE account_id = $1`, r.ID).Scan(&points); err != nil || points != 300 {
		t.Errorf("the resident has %d, %v; at that moment it was 300\n%s", points, err, base.Log())
	}
	if got := posted(t, o); len(got) != 2 {
		t.Errorf("%d transfers came back", len(got))
	}
	t.Logf("recovered to %s in %v", moment, time.Since(began).Round(time.Millisecond))
}

// archived has the log's segment archived, and waits for it.
func archived(t *testing.T, d *db.DB, archive string) {
	t.Helper()
	var segment string
	if err := d.QueryRowContext(t.Context(), `SELECT pg_walfile_name(pg_switch_wal())`).Scan(&segment); err != nil {
		t.Fatal(err)
	}
	wait(t, "the archive", func() bool {
		_, err := os.Stat(filepath.Join(archive, segment))
		return err == nil
	})
}

// wait waits for a condition.
func wait(t *testing.T, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !f(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
