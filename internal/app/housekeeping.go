package app

import (
	"context"
	"time"

	"ekolek/internal/db"
)

// keepHouse gives the queue what has to happen without anybody asking for it.
func (a *App) keepHouse() {
	a.Queue.Every("auth.purge", time.Hour, func(ctx context.Context, _ time.Time) error { return a.Auth.Purge(ctx) })
	a.Queue.Every("db.forget_keys", time.Hour, a.forgetKeys)
	a.Queue.Every("db.seal", time.Minute, a.sealAnew)
	a.Queue.Every("notify.expire", time.Minute, func(ctx context.Context, _ time.Time) error { return a.Notify.Expire(ctx) })
	a.Queue.Every("notify.campaigns", 5*time.Minute, func(ctx context.Context, _ time.Time) error { return a.Notify.ResumeCampaigns(ctx) })
	a.Queue.Every("notify.purge", time.Hour, func(ctx context.Context, _ time.Time) error { return a.Notify.Purge(ctx) })
	a.Queue.Every("people.purge", time.Hour, func(ctx context.Context, _ time.Time) error { return a.People.Purge(ctx) })
	a.Queue.Every("files.sweep", time.Hour, func(ctx context.Context, _ time.Time) error { return a.Files.Sweep(ctx) })
	a.Queue.Every("rewards.expire", time.Minute, func(ctx context.Context, _ time.Time) error { return a.Rewards.Expire(ctx) })
	a.Queue.Every("schedule.remind", 15*time.Minute, func(ctx context.Context, _ time.Time) error { return a.Schedule.Remind(ctx) })
	a.Queue.Every("schedule.reminded", 24*time.Hour, a.closeReminders)
	a.verifyNightly()
	a.checkDaily()
}

// closeReminders ends the evening: whoever was not reminded by now will not be.
func (a *App) closeReminders(ctx context.Context, _ time.Time) error {
	dropped, err := a.Schedule.CloseReminders(ctx)
	if dropped > 0 {
		a.Log.WarnContext(ctx, "families were not reminded of today's trucks", "families", dropped)
	}
	return err
}

// forgetKeys drops request keys that nobody will repeat any more.
func (a *App) forgetKeys(ctx context.Context, _ time.Time) error {
	return a.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := db.ForgetKeys(ctx, tx, a.now())
		return err
	})
}
