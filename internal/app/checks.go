package app

import (
	"context"
	"time"

	"ekolek/internal/check"
	"ekolek/internal/console"
	"ekolek/internal/db"
	"ekolek/internal/jobs"
)

// checkArgs is one check of this set-up by the running program.
type checkArgs struct{}

// Kind names the work.
func (checkArgs) Kind() string { return "check.run" }

// Timeout is long enough for a slow machine: every page is opened.
func (checkArgs) Timeout() time.Duration { return 5 * time.Minute }

// checkDaily judges the running program four times a day, in production.
func (a *App) checkDaily() {
	if a.cfg.Debug {
		return
	}
	jobs.Register(a.Queue, func(ctx context.Context, _ checkArgs) error { return a.checkSelf(ctx) })
	a.Queue.Every("check.daily", 6*time.Hour, func(ctx context.Context, _ time.Time) error {
		return a.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return a.Queue.Enqueue(ctx, tx, checkArgs{}) })
	})
}

// checkSelf judges everything and keeps the outcome for the console.
func (a *App) checkSelf(ctx context.Context) error {
	r := check.Judge(check.Look(ctx, a.Parts(check.Deploy)), check.Deploy)
	for _, f := range r.Findings {
		if f.Class == check.Error {
			a.Log.ErrorContext(ctx, "not fit for production", "id", f.ID, "what", f.What)
		}
	}
	return a.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return check.Keep(ctx, tx, r) })
}

// lastChecks is the outcome as the console shows it.
func (a *App) lastChecks(ctx context.Context) (console.Checks, error) {
	r, err := check.Last(ctx, a.DB)
	if err != nil {
		return console.Checks{}, err
	}
	out := console.Checks{When: r.At, Hash: r.Hash, Checked: r.Checked, Unjudged: len(r.NotJudged) + len(r.Failed)}
	for _, f := range r.Findings {
		out.Rows = append(out.Rows, console.CheckRow{ID: f.ID, Class: string(f.Class), What: f.What, Mend: f.Mend})
	}
	for _, s := range r.Silenced {
		out.Rows = append(out.Rows, console.CheckRow{ID: s.ID, Class: string(check.Warning), What: s.What, Silenced: s.Reason, Until: s.Until})
	}
	return out, nil
}
