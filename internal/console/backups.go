package console

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"ekolek/internal/backup"
	"ekolek/internal/web"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type backupsView struct {
	web.Page
	backup.Status
	Rows []backup.Run
	Next string
}

// GET /console/backups/?after=
func (c *Console) backups(w http.ResponseWriter, r *http.Request) error {
	status, err := c.backup.Status(r.Context())
	if err != nil {
		return err
	}
	page, err := c.backup.List(r.Context(), r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	v := backupsView{Page: web.NewPage(r, "console.backups.title"), Status: status, Rows: page.Rows, Next: page.Next}
	return web.Render(w, r, http.StatusOK, backupsTempl(v))
}

// POST /console/backups/ has one made now.
func (c *Console) backUp(w http.ResponseWriter, r *http.Request) error {
	if err := c.backup.Ask(r.Context(), web.ActorOf(r)); err != nil {
		return err
	}
	web.Flash(w, r, ui.Done, "console.backups.asked")
	web.Redirect(w, r, "/console/backups/")
	return nil
}

// backupHour is the hour of the nightly one, as a clock shows it.
func backupHour(hour int) string { return fmt.Sprintf("%d:00", hour) }

// backupName is the file without its folder.
func backupName(r backup.Run) string {
	if r.File == "" {
		return ""
	}
	return filepath.Base(r.File)
}

func backupCause(ctx context.Context, c backup.Cause) string {
	switch c {
	case backup.Night:
		return i18n.T(ctx, "console.backups.cause.night")
	case backup.Person:
		return i18n.T(ctx, "console.backups.cause.person")
	default:
		return i18n.T(ctx, "console.backups.cause.command")
	}
}

// backupState is a run's state with its colour and sign.
func backupState(ctx context.Context, r backup.Run) (tone, icon, text string) {
	switch {
	case r.State == backup.Running:
		return "sea", "cog", i18n.T(ctx, "console.backups.state.running")
	case r.State == backup.Broken:
		return "clay", "triangle-alert", i18n.T(ctx, "console.backups.state.failed")
	case r.RemovedAt != nil:
		return "", "ban", i18n.T(ctx, "console.backups.state.removed")
	default:
		return "leaf", "check", i18n.T(ctx, "console.backups.state.made")
	}
}

// backupTest is what the trial restore of a run said.
func backupTest(ctx context.Context, r backup.Run) (tone, icon, text string) {
	switch r.Test {
	case backup.Passed:
		return "leaf", "check", i18n.T(ctx, "console.backups.test.passed")
	case backup.Failed:
		return "clay", "triangle-alert", i18n.T(ctx, "console.backups.test.failed")
	default:
		return "", "clock", i18n.T(ctx, "console.backups.test.none")
	}
}

// backupProblem says what went wrong and what to do; "" when nothing did.
func backupProblem(ctx context.Context, code backup.Code) string {
	switch code {
	case "":
		return ""
	case backup.DiskShort:
		return i18n.T(ctx, "console.backups.problem.disk_short")
	case backup.NoTool:
		return i18n.T(ctx, "console.backups.problem.no_tool")
	case backup.ToolFailed:
		return i18n.T(ctx, "console.backups.problem.tool_failed")
	case backup.Denied:
		return i18n.T(ctx, "console.backups.problem.denied")
	case backup.BadKey, backup.NeedsKey, backup.WrongKey:
		return i18n.T(ctx, "console.backups.problem.key")
	case backup.BadBooks:
		return i18n.T(ctx, "console.backups.problem.bad_books")
	case backup.Damaged, backup.NotOurs, backup.NotSame:
		return i18n.T(ctx, "console.backups.problem.damaged")
	case backup.Stopped:
		return i18n.T(ctx, "console.backups.problem.stopped")
	default:
		return i18n.T(ctx, "console.backups.problem.other")
	}
}

// backupTook is a duration as short as most are.
func backupTook(ctx context.Context, d time.Duration) string {
	if d < time.Minute {
		return i18n.T(ctx, "console.backups.seconds", "Count", int(d.Seconds())+1)
	}
	return i18n.Duration(ctx, d)
}

// backupSize writes a file's size.
func backupSize(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	default:
		return fmt.Sprintf("%.0f KB", float64(n)/(1<<10))
	}
}
