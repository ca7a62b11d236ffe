package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"ekolek/internal/app"
	"ekolek/internal/auth"
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
	if !cfg.Debug {
		c.out, c.err = c.err, c.out // standard output is the log's, every line of it JSON
	}
	a, err := app.New(ctx, cfg, c.err)
	if err != nil {
		return err
	}
	defer reopenOnHangup(a)()
	return errors.Join(s.serve(ctx, c, a), a.Close())
}

// reopenOnHangup lets whoever renamed the log files have new ones made: logrotate's
// SIGHUP. The function that it gives ends that.
func reopenOnHangup(a *app.App) (end func()) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	go func() {
		for range hangup {
			a.ReopenLogs()
		}
	}()
	return func() {
		signal.Stop(hangup)
		close(hangup)
	}
}

func (s serveCmd) serve(ctx context.Context, c console, a *app.App) error {
	if err := a.Fit(ctx); err != nil {
		return err
	}
	if err := a.Start(ctx, cmp.Or(s.Addr, a.DefaultAddr())); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "E-KOLEK answers on %s\n", a.URL())
	a.ShowMessages(c.out)
	if err := offerSetup(ctx, c, a); err != nil {
		return err
	}
	return c.supervised(ctx, a)
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
