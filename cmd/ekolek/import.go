package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ekolek/internal/app"
	"ekolek/internal/audit"
	"ekolek/internal/djangodb"
)

type importCmd struct {
	Django importDjangoCmd `cmd:"" help:"Bring over a city from the Django E-KOLEK."`
}

type importDjangoCmd struct {
	Dump        string `help:"A plain pg_dump file, as it is or packed by gzip." type:"existingfile" xor:"source" required:"" placeholder:"FILE"`
	DatabaseURL string `help:"The old database itself: postgres://user:password@host:5432/name. Nothing is written to it." xor:"source" required:"" placeholder:"URL"`
	Apply       bool   `help:"Write. Without it, only tell what would be written."`
}

// Run prints the report. What it found odd about the old data is for people to read,
// and no reason for another exit code than 0.
func (i importDjangoCmd) Run(ctx context.Context, c console) error {
	return c.withApp(ctx, func(a *app.App) error {
		if err := a.CheckSchema(ctx); err != nil {
			return err
		}
		source, err := i.open(ctx)
		if err != nil {
			return err
		}
		report, err := djangodb.Import(ctx, djangodb.Deps{DB: a.DB, Vault: a.Vault, Notify: a.Notify, Now: time.Now}, source, djangodb.Options{Apply: i.Apply})
		if err := errors.Join(report.Print(c.out), err, source.Close()); err != nil {
			return err
		}
		return c.takePictures(ctx, a, i.Apply)
	})
}

// takePictures gives rewards the pictures that they had in the former system. The folder of
// pictures may come before the database or after it, so both commands end with this.
func (c console) takePictures(ctx context.Context, a *app.App, apply bool) error {
	found, err := a.Rewards.TakePictures(ctx, audit.Command("import pictures"), apply)
	if err != nil {
		return err
	}
	for _, i := range found.Missing {
		fmt.Fprintf(c.err, "the reward %s has no picture yet: %s is not here, or is none (ekolek files import)\n", i.Name, i.Picture)
	}
	if n := found.Taken + len(found.Missing); n > 0 {
		act := "given their picture"
		if !apply {
			act = "would be given their picture"
		}
		fmt.Fprintf(c.out, "%d of %d rewards are %s\n", found.Taken, n, act)
	}
	return nil
}

func (i importDjangoCmd) open(ctx context.Context) (djangodb.Source, error) {
	if i.Dump != "" {
		return djangodb.OpenDump(i.Dump)
	}
	return djangodb.OpenPostgres(ctx, i.DatabaseURL)
}
