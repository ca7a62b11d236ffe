package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"ekolek/internal/app"
	"ekolek/internal/auth"
)

type serveCmd struct {
	Addr string `help:"Address to listen on. Default: every address of this machine, at PORT." placeholder:"HOST:PORT"`
}

// Run serves until it is interrupted.
func (s serveCmd) Run(ctx context.Context, c console) error {
	return c.withApp(ctx, func(a *app.App) error { return s.serve(ctx, c, a) })
}

func (s serveCmd) serve(ctx context.Context, c console, a *app.App) error {
	if err := a.Start(ctx, cmp.Or(s.Addr, a.DefaultAddr())); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "E-KOLEK answers on %s\n", a.URL())
	if err := offerSetup(ctx, c, a); err != nil {
		return err
	}
	return a.Wait(ctx)
}

// offerSetup prints the token that opens /admin/setup/, while there is no staff. It is
// printed, not logged: whoever reads the log later must not find it.
func offerSetup(ctx context.Context, c console, a *app.App) error {
	token, err := a.Auth.SetupToken(context.WithoutCancel(ctx)) // an interrupt is for Wait to see
	if errors.Is(err, auth.ErrSetupClosed) {
		return nil
	}
	if err == nil {
		fmt.Fprintf(c.out, "There is no staff yet. Make the first super administrator at /admin/setup/ with this token, good until the next start:\n  %s\n", token)
	}
	return err
}
