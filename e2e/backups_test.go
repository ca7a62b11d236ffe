package e2e

import (
	"context"
	"testing"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/backup"
	"ekolek/internal/db"
)

// A super administrator has a backup made, and sees how it went beside those that failed.
func TestOfficeWatchesBackups(t *testing.T) {
	for _, d := range []device{devices[0], devices[2]} {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			c := startCity(t, true) // where a super administrator needs no second step
			if _, err := c.app.Auth.CreateStaff(t.Context(), command(), auth.NewStaff{Username: "luz", FullName: "Luz Arceo", Role: auth.SuperAdmin, Password: firstPassword}); err != nil {
				t.Fatal(err)
			}
			p := c.person("backups", d)
			p.open("/console/login/")
			p.signIn("luz", firstPassword)
			p.open("/console/backups/")
			p.shot("none")
			p.press(`main form button`)
			p.shot("asked")
			c.awaits("a backup that was restored for trial", func() string {
				page, err := c.app.Backup.List(t.Context(), "")
				if err != nil {
					t.Fatal(err)
				}
				if len(page.Rows) == 1 && page.Rows[0].Test == backup.Passed {
					return page.Rows[0].File
				}
				return ""
			})
			c.ran("failed", "disk_short", "")
			c.ran("made", "", "damaged")
			p.open("/console/backups/")
			p.shot("list")
			p.find(`main table`)
		})
	}
}

// ran adds a backup of a night before.
func (c *city) ran(state, problem, testProblem string) {
	c.t.Helper()
	test := ""
	if testProblem != "" {
		test = "failed"
	}
	at := db.At(time.Now().Add(-30 * time.Hour))
	err := c.app.DB.InTx(c.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO backup_run (id, cause, node, state, started_at, beat_at, ended_at, problem, file, size, test, test_problem)
			VALUES ($1, 'night', 'ekolek1', $2, $3, $4, $5, $6, '/srv/backups/ekolek-20261126T180000Z.tar.zst', 52000000, $7, $8)`,
			db.NewID(), state, at, at, at, problem, test, testProblem)
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
}
