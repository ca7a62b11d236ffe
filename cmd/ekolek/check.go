package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"ekolek/internal/app"
	"ekolek/internal/check"
	"ekolek/internal/config"
)

type checkCmd struct {
	Deploy  bool `help:"Judge the whole set-up for production; needs a few seconds."`
	Offline bool `help:"Ask nobody outside of this set-up: neither DNS nor the text message gateway."`
	JSON    bool `name:"json" help:"Print the outcome as JSON."`
}

// Run looks at this set-up and tells what is to be mended. Exit code 0: nothing; 1:
// something, warnings included; 2: something could not be checked.
func (k checkCmd) Run(ctx context.Context, c console) error {
	scope := check.Basic
	if k.Deploy {
		scope = check.Deploy
	}
	parts, closeParts, err := k.parts(ctx, c, scope)
	if err != nil {
		return err
	}
	defer closeParts() //nolint:errcheck // nothing was written
	parts.Environ = c.environ
	if k.Offline {
		parts.Resolver, parts.Client = nil, nil
	}
	r := check.Judge(check.Look(ctx, parts), scope)
	if err := k.print(c.out, r); err != nil {
		return err
	}
	switch r.Code() {
	case 0:
		return nil
	case 1:
		return finding{fmt.Errorf("check: %d findings", len(r.Findings))}
	default:
		return fmt.Errorf("check: %d checks failed", len(r.Failed))
	}
}

// parts puts the program together as far as it goes: what keeps it from starting is what
// the checks are to tell.
func (k checkCmd) parts(ctx context.Context, c console, scope check.Scope) (check.Parts, func() error, error) {
	nothing := func() error { return nil }
	cfg, err := c.config()
	var problems config.Problems
	if errors.As(err, &problems) {
		return app.Unopened(cfg, problems, nil), nothing, nil
	}
	if err != nil {
		return check.Parts{}, nothing, err
	}
	a, err := app.New(ctx, cfg, io.Discard)
	if errors.Is(err, app.ErrDatabase) {
		return app.Unopened(cfg, nil, err), nothing, nil
	}
	if err != nil {
		return check.Parts{}, nothing, err
	}
	return a.Parts(scope), a.Close, nil
}

func (k checkCmd) print(w io.Writer, r check.Result) error {
	if !k.JSON {
		return r.Print(w)
	}
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(r)
}
