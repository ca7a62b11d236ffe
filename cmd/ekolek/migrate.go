package main

import (
	"context"
	"errors"
	"fmt"

	"ekolek/internal/app"
)

type migrateCmd struct {
	Check bool `help:"Change nothing; exit with 1 when migrations are waiting."`
}

// Run applies the migrations that are waiting and loads the city's barangays.
func (m migrateCmd) Run(ctx context.Context, c console) error {
	return c.withApp(ctx, func(a *app.App) error { return m.migrate(ctx, c, a) })
}

func (m migrateCmd) migrate(ctx context.Context, c console, a *app.App) error {
	if m.Check {
		err := a.CheckSchema(ctx)
		var behind *app.SchemaError
		if errors.As(err, &behind) {
			return finding{err}
		}
		if err == nil {
			fmt.Fprintln(c.out, "nothing to migrate")
		}
		return err
	}
	applied, err := a.Migrate(ctx)
	for _, name := range applied {
		fmt.Fprintln(c.out, "applied", name)
	}
	if err == nil && len(applied) == 0 {
		fmt.Fprintln(c.out, "nothing to migrate")
	}
	return err
}
