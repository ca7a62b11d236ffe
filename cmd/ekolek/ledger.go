package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ekolek/internal/app"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/rewards"
)

type ledgerCmd struct {
	Verify     ledgerVerifyCmd     `cmd:"" help:"Hold the journal to its seals, and recompute every balance, hold and stock from its journal."`
	Seal       ledgerSealCmd       `cmd:"" help:"Seal what waits for its seal. The running server does the same by itself."`
	Checkpoint ledgerCheckpointCmd `cmd:"" help:"Sign the end of the day that ended last. The running server does the same after each midnight."`
}

type ledgerVerifyCmd struct{}

// Run prints ok and what it counted, or names the first row that does not fit.
func (v ledgerVerifyCmd) Run(ctx context.Context, c console) error {
	return c.withSchema(ctx, func(a *app.App) error { return v.verify(ctx, c, a) })
}

func (ledgerVerifyCmd) verify(ctx context.Context, c console, a *app.App) error {
	books, err := ledger.Verify(ctx, a.DB)
	if err == nil && books.OK() {
		books.Finding, err = a.Sealing.VerifyKey(ctx)
	}
	if err != nil {
		return err
	}
	if !books.OK() {
		return finding{errors.New(books.String())}
	}
	fmt.Fprintln(c.out, books)
	fmt.Fprintf(c.out, "ok: %s\n", books.Seals)
	stock, err := rewards.VerifyStock(ctx, a.DB)
	if err != nil {
		return err
	}
	if !stock.OK() {
		return finding{errors.New(stock.Wrong)}
	}
	fmt.Fprintf(c.out, "ok: %d rewards, %d stock moves\n", stock.Items, stock.Moves)
	return nil
}

type ledgerSealCmd struct {
	Apply bool `help:"Do it; without this, only tell how far the seals have come."`
}

// Run looks through the whole journal.
func (s ledgerSealCmd) Run(ctx context.Context, c console) error {
	return c.withSchema(ctx, func(a *app.App) error {
		if !s.Apply {
			return showSeals(ctx, c, a)
		}
		done, err := a.Sealing.Sweep(ctx)
		if err == nil {
			fmt.Fprintf(c.out, "sealed %d transfers in %d blocks\n", done.Entries, done.Blocks)
		}
		return err
	})
}

type ledgerCheckpointCmd struct {
	Apply bool `help:"Do it; without this, only tell how far the seals have come."`
}

// Run signs, if that day is not signed yet.
func (k ledgerCheckpointCmd) Run(ctx context.Context, c console) error {
	return c.withSchema(ctx, func(a *app.App) error {
		if !k.Apply {
			return showSeals(ctx, c, a)
		}
		p, made, err := a.Sealing.Checkpoint(ctx)
		if err != nil {
			return err
		}
		if !made {
			fmt.Fprintf(c.out, "%s is signed already:\n", p.Day)
		}
		fmt.Fprint(c.out, p.Text())
		return nil
	})
}

// showSeals tells how far the seals have come. Nothing is changed.
func showSeals(ctx context.Context, c console, a *app.App) error {
	s, err := ledger.StateOfSeals(ctx, a.DB, time.Now())
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%d transfers are sealed\n", s.Entries)
	if !s.Waiting.IsZero() {
		fmt.Fprintf(c.out, "the oldest that is not was made at %s\n", s.Waiting.In(db.Manila).Format(time.DateTime))
	}
	if s.Checkpoint.Number > 0 {
		fmt.Fprintf(c.out, "checkpoint %d of %s is the last one\n", s.Checkpoint.Number, s.Checkpoint.Day)
	}
	fmt.Fprintln(c.out, "Nothing was changed; --apply does it.")
	return nil
}
