package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"ekolek/internal/web/static"
)

type collectstaticCmd struct {
	To      string `help:"Folder to write into; a web server shows it as /static/." default:"staticfiles" type:"path" placeholder:"DIR"`
	DryRun  bool   `help:"Write nothing; tell what would be written." xor:"only"`
	Check   bool   `help:"Write nothing; exit with 1 when the folder is not what this program has." xor:"only"`
	NoInput bool   `name:"noinput" aliases:"no-input" help:"Accepted: nothing is ever asked."`
}

// Run writes the files of the pages for a web server that is to serve them itself. It is
// never needed: the program has them inside and serves them compressed.
func (s collectstaticCmd) Run(c console) error {
	folder := filepath.Join(s.To, static.Base()[len(static.Prefix):])
	switch {
	case s.Check:
		return s.check(c)
	case s.DryRun:
		changes, err := static.Compare(s.To)
		n := 0
		for _, change := range changes {
			if change.Why != static.Foreign {
				fmt.Fprintf(c.out, "would write %s (%s)\n", change.Path, change.Why)
				n++
			}
		}
		if err == nil {
			fmt.Fprintf(c.out, "%d files would be written to %s; nothing was. `ekolek serve` needs none of them: it has them inside.\n", n, folder)
		}
		return err
	default:
		written, err := static.Collect(s.To)
		fmt.Fprintf(c.out, "%d files written to %s\n", len(written), folder)
		return err
	}
}

func (s collectstaticCmd) check(c console) error {
	changes, err := static.Compare(s.To)
	if err != nil {
		return err
	}
	for _, change := range changes {
		fmt.Fprintf(c.out, "%s: %s\n", change.Why, change.Path)
	}
	if len(changes) > 0 {
		return finding{errors.New(s.To + " is not what this program has: run `ekolek collectstatic --to " + s.To + "`, and remove what is foreign")}
	}
	fmt.Fprintf(c.out, "ok: %s is what this program has\n", s.To)
	return nil
}
