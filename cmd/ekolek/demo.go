package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ekolek/internal/app"
	"ekolek/internal/config"
)

type demoCmd struct {
	Addr  string `help:"Address to listen on. Default: every address of this machine, at PORT." placeholder:"HOST:PORT"`
	Reset bool   `help:"Start over: what was done in the demo is lost."`
}

// Run serves the demo city from a database of its own, DATA_DIR/demo.sqlite3, whatever
// other database is configured. It is made the first time and kept afterwards.
func (m demoCmd) Run(ctx context.Context, c console) error {
	cfg, err := c.demoConfig()
	if err != nil {
		return err
	}
	if m.Reset {
		if err := removeSQLite(cfg.Database.Path); err != nil {
			return err
		}
	}
	a, err := m.prepare(ctx, c, cfg)
	if err != nil {
		return err
	}
	return errors.Join(m.serve(ctx, c, a), a.Close())
}

func (m demoCmd) serve(ctx context.Context, c console, a *app.App) error {
	if err := a.Start(ctx, cmp.Or(m.Addr, a.DefaultAddr())); err != nil {
		return err
	}
	fmt.Fprint(c.out, demoWelcome(a.URL()))
	a.ShowMessages(c.out)
	return a.Wait(ctx)
}

// demoConfig is development, with a database and a cache that are the demo's alone.
func (c console) demoConfig() (config.Config, error) {
	asked, _ := config.Load(c.environ, ".env") // its problems are production's
	for _, row := range asked.Describe() {
		if row.Name == "DJANGO_DEBUG" && row.Source != "default" && !asked.Debug {
			return config.Config{}, errors.New("the demo has accounts with a known password, so it does not run with DJANGO_DEBUG=False")
		}
	}
	c.environ = append(c.environ[:len(c.environ):len(c.environ)], "DJANGO_DEBUG=True")
	cfg, err := c.config()
	cfg.Database = config.Database{Path: filepath.Join(cfg.DataDir, "demo.sqlite3")}
	cfg.CacheURL = ""
	return cfg, err
}

// prepare opens the demo, whole. What an interrupted first start left is thrown away.
func (m demoCmd) prepare(ctx context.Context, c console, cfg config.Config) (*app.App, error) {
	quiet := cfg // eleven weeks of acts in a few seconds are no news
	quiet.LogDir = ""
	whole := false
	err := withQuiet(ctx, quiet, func(a *app.App) (err error) {
		whole, err = a.DemoLoaded(ctx)
		return err
	})
	if err == nil && !whole {
		fmt.Fprintln(c.out, "Making the demo city, a few seconds …")
		if err = removeSQLite(cfg.Database.Path); err == nil {
			err = withQuiet(ctx, quiet, func(a *app.App) error { return a.LoadDemo(ctx) })
		}
	}
	if err != nil {
		return nil, err
	}
	return app.New(ctx, cfg, c.err)
}

// withQuiet opens the demo, migrated, for one piece of work that nobody needs to read of.
func withQuiet(ctx context.Context, cfg config.Config, work func(*app.App) error) error {
	a, err := app.New(ctx, cfg, io.Discard)
	if err != nil {
		return err
	}
	if _, err = a.Migrate(ctx); err == nil {
		err = work(a)
	}
	return errors.Join(err, a.Close())
}

// removeSQLite removes a database's file with its log and index of the log.
func removeSQLite(path string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func demoWelcome(url string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nE-KOLEK demo: %s   (stop: Ctrl+C, start over: --reset)\n\nEvery password is %s\n\nThe office signs in at %s/console/login/\n", url, app.DemoPassword, url)
	for _, s := range app.DemoOffice() {
		fmt.Fprintf(&b, "  %-16s %-24s %s\n", s.Username, s.Role, strings.Join(s.Barangays, ", "))
	}
	fmt.Fprintf(&b, "\nResidents sign in at %s/login/\n", url)
	for _, r := range app.DemoResidents() {
		fmt.Fprintf(&b, "  %-16s %s\n", r.Username, r.About)
	}
	fmt.Fprintf(&b, "\nCodes and other messages arrive at %s/dev/outbox\n\n", url)
	return b.String()
}
