package console_test

import (
	"log/slog"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"ekolek/internal/backup"
	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

// backups are those of the office; none is made, since its queue stands still.
func (o *office) backups() *backup.Service {
	o.t.Helper()
	dir := o.t.TempDir()
	s := backup.New(o.DB, o.Queue, backup.Options{Uploads: backup.Folder(filepath.Join(dir, "media")), Dir: filepath.Join(dir, "backups"), WorkDir: dir,
		Log: slog.New(slog.DiscardHandler), Now: o.Clock.Now}, backup.Plan{Hour: 2, Keep: 30 * 24 * time.Hour}, nil)
	o.t.Cleanup(func() { must(o.t, s.Close()) })
	return s
}

func (o *office) ran(id, state, problem, test, testProblem string, ago time.Duration) {
	o.t.Helper()
	at := db.At(o.Clock.Now().Add(-ago))
	o.change(`INSERT INTO backup_run (id, cause, node, state, started_at, beat_at, ended_at, problem, file, size, sealed, test, test_problem)
		VALUES ($1, 'night', 'server1', $2, $3, $4, $5, $6, '/var/backups/ekolek.tar.zst', 5300000, TRUE, $7, $8)`, id, state, at, at, at, problem, test, testProblem)
}

func TestBackupsAreWatched(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		for _, who := range []string{"manager", "content", "analyst"} {
			o.as(who).Get("/console/backups/").Is(http.StatusForbidden)
		}
		b := o.as("admin")
		b.Get("/console/backups/").Is(http.StatusOK).Has(".empty", "No backup yet").Has(".facts", "Every day at 2:00").Has("form button", "Back up now")
		o.ran(db.NewID().String(), "made", "", "passed", "", 50*time.Hour)
		o.ran(db.NewID().String(), "made", "", "failed", "damaged", 26*time.Hour)
		o.ran(db.NewID().String(), "failed", "disk_short", "", "", 2*time.Hour)
		b.Get("/console/backups/").Is(http.StatusOK).Has(".dtable", "Restored, points add up").Has(".dtable", "Could not be restored").
			Has(".dtable", "not what was written").Has(".dtable", "not enough room").Has(".dtable", "5.1 MB").Has(".dtable", "ekolek.tar.zst")
		b.Get("/console/backups/?after=nonsense").Is(http.StatusUnprocessableEntity)

		b.Post("/console/backups/").LeadsTo("/console/backups/")
		b.Get("/console/backups/").Has("[role=status]", "is being made")
		var n int
		must(t, d.QueryRowContext(t.Context(), "SELECT count(*) FROM river_job WHERE kind = 'backup.make'").Scan(&n))
		if n != 1 {
			t.Errorf("%d jobs were made", n)
		}
		b.Get("/console/audit/?action=backup.make").Has(".dtable", "Asked for a backup")
		o.ran(db.NewID().String(), "running", "", "", "", 0)
		b.Get("/console/backups/").Has(".notice", "being made just now").Lacks("main", "Back up now")
		b.Post("/console/backups/").Is(http.StatusConflict)
	})
}
