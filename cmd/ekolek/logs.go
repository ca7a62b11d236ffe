package main

import (
	"errors"
	"fmt"
	"strings"

	"ekolek/internal/app"
)

type logsCmd struct {
	Verify logsVerifyCmd `cmd:"" help:"Follow the chain of the security log and name every line that was changed, removed, inserted or moved."`
}

type logsVerifyCmd struct {
	Files []string `arg:"" optional:"" help:"Files to look through, the oldest first. Default: all of LOG_DIR, which must be whole."`
}

// Run prints ok and what it read, or each line that does not fit.
func (v logsVerifyCmd) Run(c console) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	seen, err := app.VerifyLogs(cfg, v.Files)
	if err != nil {
		return err
	}
	if !seen.OK() {
		var b strings.Builder
		fmt.Fprintf(&b, "the security log does not fit together: %d findings in %d lines", len(seen.Findings)+seen.More, seen.Lines)
		for _, f := range seen.Findings {
			fmt.Fprintf(&b, "\n  %s", f)
		}
		if seen.More > 0 {
			fmt.Fprintf(&b, "\n  and %d more", seen.More)
		}
		return finding{errors.New(b.String())}
	}
	fmt.Fprintf(c.out, "ok: %d lines in %d files, number %d to %d, end %.16s; remains of killed writes: %d\n",
		seen.Lines, seen.Files, seen.First.Seq, seen.Last.Seq, seen.Last.Hash, seen.Torn)
	return nil
}
