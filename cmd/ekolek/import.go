package main

import (
	"context"
	"errors"
	"time"

	"ekolek/internal/app"
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
		return errors.Join(report.Print(c.out), err, source.Close())
	})
}

func (i importDjangoCmd) open(ctx context.Context) (djangodb.Source, error) {
	if i.Dump != "" {
		return djangodb.OpenDump(i.Dump)
	}
	return djangodb.OpenPostgres(ctx, i.DatabaseURL)
}
