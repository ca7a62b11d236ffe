package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"ekolek/internal/app"
	"ekolek/internal/db"
)

type keysCmd struct {
	Status keysStatusCmd `cmd:"" help:"Tell how many values of each column are under which key."`
	Rotate keysRotateCmd `cmd:"" help:"Seal everything with the present key that is readable or under a former one. The running server does the same by itself, more slowly."`
}

type keysStatusCmd struct{}

// Run counts. Exit code 1 says that something is not under the present key.
func (keysStatusCmd) Run(ctx context.Context, c console) error {
	return c.withSchema(ctx, func(a *app.App) error {
		stale, err := showKeys(ctx, c, a)
		if err == nil && stale > 0 {
			err = finding{fmt.Errorf("%d values are not under the present key yet: the server is at it, or run `ekolek keys rotate --apply`", stale)}
		}
		return err
	})
}

type keysRotateCmd struct {
	Apply bool `help:"Do it; without this, only tell what would be done."`
}

// Run seals to the end, beside a running server.
func (k keysRotateCmd) Run(ctx context.Context, c console) error {
	return c.withSchema(ctx, func(a *app.App) error {
		if !k.Apply {
			stale, err := showKeys(ctx, c, a)
			if err == nil {
				fmt.Fprintf(c.out, "%d values would be sealed anew. Nothing was changed; --apply does it.\n", stale)
			}
			return err
		}
		s, err := a.SealAll(ctx)
		switch {
		case err != nil:
			return err
		case s.DoneAt == nil:
			return finding{errors.New("another program began to use a newer key: give this one the same settings")}
		case s.Damaged > 0:
			return finding{fmt.Errorf("%d values do not open and stay as they are; all others are under the present key", s.Damaged)}
		}
		fmt.Fprintf(c.out, "done: %d values were sealed anew; all are under key %s\n", s.Total, a.Vault.KeyID())
		return nil
	})
}

// showKeys prints keys and counts, and tells how many values are to be sealed anew. The
// keys themselves are never shown.
func showKeys(ctx context.Context, c console, a *app.App) (stale int, err error) {
	keys, err := db.SealingKeys(ctx, a.DB)
	if err != nil {
		return 0, err
	}
	counts, err := db.CountSealed(ctx, a.DB, app.SealedTables())
	if err != nil {
		return 0, err
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KEY\tFROM\tIN USE SINCE\tSTATE")
	for _, k := range keys {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", k.ID, k.Variable, k.CurrentAt.In(db.Manila).Format(time.DateTime), stateOf(a, k))
	}
	fmt.Fprintln(w, "\t\t\t\nCOLUMN\tKEY\tVALUES\tSTATE")
	for _, n := range counts {
		state := a.Vault.StateOf(n)
		if state != db.SealPresent {
			stale += n.Values
		}
		key := n.KeyID
		if key == "" {
			key = "readable"
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", n.Place, key, n.Values, state)
	}
	return stale, w.Flush()
}

func stateOf(a *app.App, k db.Key) string {
	switch {
	case k.ID == a.Vault.KeyID():
		return "seals"
	case k.RetiredAt != nil:
		return "nothing is sealed with it"
	default:
		return "still needed"
	}
}

// withSchema is withApp for a command that needs the present schema.
func (c console) withSchema(ctx context.Context, f func(*app.App) error) error {
	return c.withApp(ctx, func(a *app.App) error {
		if err := a.CheckSchema(ctx); err != nil {
			return err
		}
		return f(a)
	})
}
