package main

import (
	"context"
	"errors"
	"fmt"

	"ekolek/internal/app"
	"ekolek/internal/ledger"
	"ekolek/internal/rewards"
)

type ledgerCmd struct {
	Verify ledgerVerifyCmd `cmd:"" help:"Recompute every balance, hold and stock from its journal."`
}

type ledgerVerifyCmd struct{}

// Run prints ok and what it counted, or names the first row that does not fit.
func (v ledgerVerifyCmd) Run(ctx context.Context, c console) error {
	return c.withApp(ctx, func(a *app.App) error {
		if err := a.CheckSchema(ctx); err != nil {
			return err
		}
		return v.verify(ctx, c, a)
	})
}

func (ledgerVerifyCmd) verify(ctx context.Context, c console, a *app.App) error {
	books, err := ledger.Verify(ctx, a.DB)
	if err != nil {
		return err
	}
	if !books.OK() {
		return finding{errors.New(books.String())}
	}
	fmt.Fprintln(c.out, books)
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
