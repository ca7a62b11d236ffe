package main

import (
	"context"
	"fmt"

	"ekolek/internal/app"
	"ekolek/internal/audit"
)

type endSignInsCmd struct {
	Apply bool `help:"Do it; without this, only tell what would be ended."`
}

// Run signs everybody out, beside a running server.
func (e endSignInsCmd) Run(ctx context.Context, c console) error {
	return c.withSchema(ctx, func(a *app.App) error {
		if e.Apply {
			n, err := a.Auth.EndAllSignIns(ctx, audit.Command("end-sign-ins"))
			if err == nil {
				fmt.Fprintf(c.out, "Ended %d sessions and %d phone apps, and forgot %d browsers.\n", n.Sessions, n.Apps, n.Browsers)
			}
			return err
		}
		n, err := a.Auth.AllSignIns(ctx)
		if err == nil {
			fmt.Fprintf(c.out, "%d sessions and %d phone apps would be ended, and %d browsers forgotten. Nothing was changed; --apply does it.\n", n.Sessions, n.Apps, n.Browsers)
		}
		return err
	})
}
