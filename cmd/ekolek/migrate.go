package main

import (
	"context"
	"errors"
	"fmt"

	"ekolek/internal/app"
)

type migrateCmd struct {
	Check   bool   `help:"Change nothing; exit with 1 when migrations are waiting." xor:"only"`
	Plan    bool   `help:"Change nothing; list what is waiting, in order." xor:"only"`
	GrantTo string `help:"PostgreSQL: afterwards let this role, which owns nothing, do the program's work; DATABASE_URL is the owner's then." placeholder:"ROLE" xor:"only"`
	NoInput bool   `name:"noinput" aliases:"no-input" help:"Accepted: nothing is ever asked."`
}

// Run applies the migrations that are waiting and loads the city's barangays.
func (m migrateCmd) Run(ctx context.Context, c console) error {
	return c.withApp(ctx, func(a *app.App) error {
		switch {
		case m.Check:
			return m.check(ctx, c, a)
		case m.Plan:
			return m.plan(ctx, c, a)
		default:
			return m.migrate(ctx, c, a)
		}
	})
}

func (migrateCmd) check(ctx context.Context, c console, a *app.App) error {
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

// plan tells what migrate would do. A database that is ahead of this program is a finding.
func (migrateCmd) plan(ctx context.Context, c console, a *app.App) error {
	status, err := a.DB.MigrationStatus(ctx)
	if err != nil {
		return err
	}
	for _, name := range status.Pending {
		fmt.Fprintln(c.out, "would apply", name)
	}
	switch {
	case status.Current > status.Latest:
		return finding{&app.SchemaError{Status: status}}
	case len(status.Pending) == 0:
		fmt.Fprintln(c.out, "nothing to migrate")
	default:
		fmt.Fprintf(c.out, "version %d would become %d; nothing was changed\n", status.Current, status.Latest)
	}
	return nil
}

func (m migrateCmd) migrate(ctx context.Context, c console, a *app.App) error {
	applied, err := a.Migrate(ctx)
	for _, name := range applied {
		fmt.Fprintln(c.out, "applied", name)
	}
	if err == nil && len(applied) == 0 {
		fmt.Fprintln(c.out, "nothing to migrate")
	}
	if err == nil && m.GrantTo != "" {
		if err = a.DB.Grant(ctx, m.GrantTo); err == nil {
			fmt.Fprintln(c.out, "granted to", m.GrantTo)
		}
	}
	return err
}

type showmigrationsCmd struct{}

// Run lists every migration of this program, and marks those that the database has.
func (showmigrationsCmd) Run(ctx context.Context, c console) error {
	return c.withApp(ctx, func(a *app.App) error {
		status, err := a.DB.MigrationStatus(ctx)
		for _, name := range status.Applied {
			fmt.Fprintln(c.out, "[X]", name)
		}
		for _, name := range status.Pending {
			fmt.Fprintln(c.out, "[ ]", name)
		}
		return err
	})
}
