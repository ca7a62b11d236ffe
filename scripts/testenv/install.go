package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// need finds a program, and installs Debian's package of it when it is not there.
func need(ctx context.Context, debianPackage string, find func() (string, bool)) (string, error) {
	if at, ok := find(); ok {
		return at, nil
	}
	fmt.Fprintf(os.Stderr, "testenv: installing Debian's package %s\n", debianPackage)
	if err := install(ctx, debianPackage); err != nil {
		return "", fmt.Errorf("install %s, which the tests need: %w", debianPackage, err)
	}
	at, ok := find()
	if !ok {
		return "", fmt.Errorf("the package %s is installed, but its program is not to be found", debianPackage)
	}
	return at, nil
}

func install(ctx context.Context, debianPackage string) error {
	aptGet, err := exec.LookPath("apt-get")
	if err != nil {
		return errors.New("there is no apt-get here; please install it by hand")
	}
	for _, args := range [][]string{
		{"update", "-q"},
		{"install", "-q", "-y", "--no-install-recommends", debianPackage},
	} {
		command := append([]string{"env", "DEBIAN_FRONTEND=noninteractive", aptGet}, args...)
		if os.Getuid() != 0 {
			command = append([]string{"sudo", "-n"}, command...)
		}
		cmd := exec.CommandContext(ctx, command[0], command[1:]...)
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("apt-get %s: %w", args[0], err)
		}
	}
	return nil
}

func findChromium() (string, bool) {
	for _, name := range []string{os.Getenv(chromiumEnv), "chromium", "chromium-browser", "google-chrome"} {
		if at, err := exec.LookPath(name); name != "" && err == nil {
			return at, true
		}
	}
	return "", false
}
