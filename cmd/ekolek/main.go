// Command ekolek is the whole product: the site, the console, the queue's worker and
// the commands that look after them. Exit codes: 0 done, 1 something was found that
// a person should mend, 2 the command could not do its work.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"ekolek/internal/app"
	"ekolek/internal/config"
	"ekolek/internal/errs"
	"ekolek/internal/web/i18n"
)

// cli is every command; each stands in a file of its own.
type cli struct {
	Serve            serveCmd            `cmd:"" help:"Serve the site and run the queue."`
	Runserver        runserverCmd        `cmd:"" help:"Serve for development, on 127.0.0.1:8000."`
	Migrate          migrateCmd          `cmd:"" help:"Bring the database to this program's version."`
	Showmigrations   showmigrationsCmd   `cmd:"" help:"List the migrations, and which of them the database has."`
	Check            checkCmd            `cmd:"" help:"Tell whether configuration and database are fit to serve."`
	Import           importCmd           `cmd:"" help:"Bring data over from another system."`
	Ledger           ledgerCmd           `cmd:"" help:"Look after the points."`
	Backup           backupCmd           `cmd:"" help:"Make a backup, or check one."`
	Restore          restoreCmd          `cmd:"" help:"Put a backup's database and uploads in place."`
	Logs             logsCmd             `cmd:"" help:"Look after the logs."`
	TestSend         testSendCmd         `cmd:"" help:"Send one mail or text message at once, and tell what the provider says."`
	TestStorage      testStorageCmd      `cmd:"" help:"Put a file into a storage of uploads, read it back and delete it, and tell what the storage says."`
	Files            filesCmd            `cmd:"" help:"Look after uploads."`
	Createsuperadmin createsuperadminCmd `cmd:"" help:"Make a super administrator."`
	Demo             demoCmd             `cmd:"" help:"Serve a city that is made up, to look around. Development only."`
	EndSignIns       endSignInsCmd       `cmd:"" help:"Sign everybody out everywhere."`
	Keys             keysCmd             `cmd:"" help:"Look after the keys that seal personal data."`
	Config           configCmd           `cmd:"" help:"Print every setting, its value and its source; secrets masked."`
	Smoke            smokeCmd            `cmd:"" help:"Look at a running site from outside: is it reached safely, does it answer and refuse as it should."`
	Healthcheck      healthcheckCmd      `cmd:"" help:"Ask the program on this machine whether it takes work; for containers."`
	GenSecret        genSecretCmd        `cmd:"" help:"Make values for the secrets that a city makes itself."`
	Collectstatic    collectstaticCmd    `cmd:"" help:"Write the files of the pages for another web server to serve."`
	Version          versionCmd          `cmd:"" help:"Tell which program this is, and what is in it."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl+C ends at once
	os.Exit(run(ctx, os.Args[1:], console{os.Environ(), os.Stdin, os.Stdout, os.Stderr}))
}

// console is the world around a command.
type console struct {
	environ []string
	in      io.Reader
	out     io.Writer
	err     io.Writer
}

// finding is an outcome to be mended: exit code 1, not 2.
type finding struct{ error }

func run(ctx context.Context, args []string, c console) int {
	var commands cli
	parser, err := kong.New(&commands,
		kong.Name("ekolek"),
		kong.Description("Recycling incentives of a city environment office. Settings come from the environment and .env: see `ekolek config`."),
		kong.Writers(c.out, c.err),
		kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(c),
	)
	if err != nil {
		return report(c, err)
	}
	command, err := parser.Parse(args)
	if err != nil {
		if instead := hint(args); instead != "" {
			err = fmt.Errorf("there is no such command here: %s", instead)
		}
		return report(c, err)
	}
	return report(c, command.Run())
}

// report prints an error and gives its exit code.
func report(c console, err error) int {
	if err == nil {
		return 0
	}
	fmt.Fprintf(c.err, "ekolek: %s\n", explain(err))
	if errors.As(err, new(finding)) {
		return 1
	}
	return 2
}

// explain gives a refusal in words, and any other error as it is.
func explain(err error) string {
	refusal, ok := errs.As(err)
	if !ok {
		return err.Error()
	}
	ctx := i18n.With(context.Background(), i18n.English)
	lines := []string{i18n.Say(ctx, refusal.Text)}
	for _, field := range slices.Sorted(maps.Keys(refusal.Fields)) {
		lines = append(lines, "  "+field+": "+i18n.Say(ctx, refusal.Fields[field]))
	}
	return strings.Join(lines, "\n")
}

// withApp opens the parts for one command and closes them after it.
func (c console) withApp(ctx context.Context, f func(*app.App) error) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	a, err := app.New(ctx, cfg, c.err)
	if err != nil {
		return err
	}
	return errors.Join(f(a), a.Close())
}

// config reads the configuration and prints its warnings.
func (c console) config() (config.Config, error) {
	cfg, err := config.Load(c.environ, ".env")
	for _, w := range cfg.Warnings {
		fmt.Fprintf(c.err, "warning: %s\n", w)
	}
	return cfg, err
}
