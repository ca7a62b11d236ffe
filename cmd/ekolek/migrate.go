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
	cfg, err := c.config()
	if err != nil {
		return err
	}
	a, err := app.New(ctx, cfg, c.err)
	if err != nil {
		return err
	}
	return errors.Join(m.migrate(ctx, c, a), a.Close())
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
