package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"ekolek/internal/app"
)

type serveCmd struct {
	Addr string `help:"Address to listen on. Default: every address of this machine, at PORT." placeholder:"HOST:PORT"`
}

// Run serves until it is interrupted.
func (s serveCmd) Run(ctx context.Context, c console) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	a, err := app.New(ctx, cfg, c.err)
	if err != nil {
		return err
	}
	return errors.Join(s.serve(ctx, c, a, cmp.Or(s.Addr, fmt.Sprintf(":%d", cfg.Port))), a.Close())
}

func (s serveCmd) serve(ctx context.Context, c console, a *app.App, addr string) error {
	if err := a.Start(ctx, addr); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "E-KOLEK answers on http://%s\n", a.Addr())
	return a.Wait(ctx)
}
