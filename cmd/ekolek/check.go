package main

import (
	"context"
	"errors"
	"fmt"

	"ekolek/internal/app"
)

type checkCmd struct{}

// Run finds what would keep `serve` from starting.
func (checkCmd) Run(ctx context.Context, c console) error {
	cfg, err := c.config()
	if err != nil {
		return finding{err}
	}
	a, err := app.New(ctx, cfg, c.err)
	if err != nil {
		return err
	}
	err = a.CheckSchema(ctx)
	var behind *app.SchemaError
	if errors.As(err, &behind) {
		err = finding{err}
	}
	if err == nil {
		fmt.Fprintln(c.out, "ok: configuration and database are fit to serve")
	}
	return errors.Join(err, a.Close())
}
