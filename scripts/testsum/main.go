// Command testsum runs `go test` and counts. It prints a line per package, the output
// of what failed, and at the very end how many tests passed, failed and were skipped.
//
//	testsum PACKAGES…
//
// Packages in which concurrency matters run with the race detector when the machine
// has a C compiler; the browser tests run last and alone, so that nothing else
// competes for the processor while they wait for a page.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// raced are the packages that share memory between goroutines on purpose.
var raced = []string{
	"ekolek/internal/auth", "ekolek/internal/cache", "ekolek/internal/collection", "ekolek/internal/db",
	"ekolek/internal/jobs", "ekolek/internal/ledger", "ekolek/internal/notify", "ekolek/internal/notify/carrier", "ekolek/internal/rewards",
}

// browsers are the packages that drive a real browser.
var browsers = []string{"ekolek/e2e", "ekolek/internal/console", "ekolek/internal/web"}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	packages, err := list(ctx, os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(2)
	}
	var total tally
	for _, step := range plan(packages) {
		total.add(step.run(ctx))
	}
	fmt.Println()
	fmt.Println(total)
	if total.failed > 0 || total.passed == 0 {
		os.Exit(1)
	}
}

func list(ctx context.Context, patterns []string) ([]string, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"list"}, patterns...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	return strings.Fields(string(out)), nil
}

// step is one call of go test.
type step struct {
	flags    []string
	packages []string
}

func plan(packages []string) []step {
	race, plain, browser := step{flags: []string{"-race"}}, step{}, step{flags: []string{"-p=1"}}
	if !canRace() {
		fmt.Println("testsum: no C compiler or cgo here, so the race detector is off")
		race.flags = nil
	}
	for _, p := range packages {
		switch {
		case slices.Contains(raced, p):
			race.packages = append(race.packages, p)
		case slices.Contains(browsers, p):
			browser.packages = append(browser.packages, p)
		default:
			plain.packages = append(plain.packages, p)
		}
	}
	steps := []step{plain, race, browser}
	return slices.DeleteFunc(steps, func(s step) bool { return len(s.packages) == 0 })
}

func canRace() bool {
	compiler, err := exec.Command("go", "env", "CC").Output()
	if err != nil || os.Getenv("CGO_ENABLED") == "0" {
		return false
	}
	words := strings.Fields(string(compiler))
	if len(words) == 0 {
		return false
	}
	_, err = exec.LookPath(words[0])
	return err == nil
}

func (s step) run(ctx context.Context) tally {
	args := append([]string{"test", "-json", "-timeout=15m"}, s.flags...)
	cmd := exec.CommandContext(ctx, "go", append(args, s.packages...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return broken(err)
	}
	if err := cmd.Start(); err != nil {
		return broken(err)
	}
	t := count(out, os.Stdout)
	if err := cmd.Wait(); err != nil && t.failed == 0 {
		t.add(broken(err))
	}
	return t
}

// broken counts a go test that could not do its work as one failure.
func broken(err error) tally {
	fmt.Println("testsum: go test:", err)
	return tally{failed: 1}
}
