// Command testenv runs a command with what the tests need around it: a throw-away
// PostgreSQL server (EKOLEK_TEST_POSTGRES) and a Chromium (EKOLEK_TEST_CHROMIUM).
// What is absent is installed from Debian's packages. The server listens on 127.0.0.1
// only, keeps its files in a temporary folder, and is stopped with the command,
// whatever the command's end.
//
//	testenv COMMAND [ARG…]
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"ekolek/internal/testkit/pgserver"
)

// The variables that the tests read. A server that is already running may be named; then
// none is started. durableEnv, when set, makes the server as durable as a city's.
const (
	postgresEnv = "EKOLEK_TEST_POSTGRES"
	chromiumEnv = "EKOLEK_TEST_CHROMIUM"
	durableEnv  = "EKOLEK_TEST_DURABLE"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: testenv COMMAND [ARG…]")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() > 0 {
		os.Exit(exit.ExitCode()) // the command has said why
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testenv:", err)
		os.Exit(2)
	}
}

func run(ctx context.Context, command []string) error {
	chromium, err := need(ctx, "chromium", findChromium)
	if err != nil {
		return err
	}
	env := append(os.Environ(), chromiumEnv+"="+chromium)
	if os.Getenv(postgresEnv) == "" {
		bin, err := need(ctx, "postgresql", pgserver.Find)
		if err != nil {
			return err
		}
		server, err := startPostgres(ctx, bin)
		if err != nil {
			return fmt.Errorf("start PostgreSQL: %w", err)
		}
		defer remove(server)
		env = append(env, postgresEnv+"="+server.URL("postgres", pgserver.Admin, ""))
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = env
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 20 * time.Second
	return cmd.Run()
}
