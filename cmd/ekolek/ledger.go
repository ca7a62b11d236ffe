package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"ekolek/internal/app"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/rewards"
)

type ledgerCmd struct {
	Verify      ledgerVerifyCmd      `cmd:"" help:"Hold the journal to its seals, and recompute every balance, hold and stock from its journal."`
	Seal        ledgerSealCmd        `cmd:"" help:"Seal what waits for its seal. The running server does the same by itself."`
	Checkpoint  ledgerCheckpointCmd  `cmd:"" help:"Sign the end of the day that ended last. The running server does the same after each midnight."`
	PublicKey   ledgerPublicKeyCmd   `cmd:"" help:"Print the public key that checks the signatures."`
	Export      ledgerExportCmd      `cmd:"" help:"Write the sealed journal as files for an auditor. Nobody is named in them."`
	CheckExport ledgerCheckExportCmd `cmd:"" help:"Prove such files with a public key. Needs neither database nor settings."`
	Prove       ledgerProveCmd       `cmd:"" help:"Write one resident's entries with the proof that they stand in the sealed journal."`
	CheckProof  ledgerCheckProofCmd  `cmd:"" help:"Prove such a file with a public key. Needs neither database nor settings."`
}

type ledgerVerifyCmd struct {
	PublicKey string `help:"File with a public key from a source of your own: the checkpoints must be signed by it, or by a key that it vouches for." type:"existingfile"`
	Published string `help:"Checkpoints that you kept, as /ledger/checkpoints.json gives them: they must be those in the books." type:"existingfile"`
}

// Run prints ok and what it counted, or names the first row that does not fit.
func (v ledgerVerifyCmd) Run(ctx context.Context, c console) error {
	return c.withSchema(ctx, func(a *app.App) error { return v.verify(ctx, c, a) })
}

func (v ledgerVerifyCmd) verify(ctx context.Context, c console, a *app.App) error {
	books, err := ledger.Verify(ctx, a.DB)
	if err == nil && books.OK() {
		books.Finding, err = a.Sealing.VerifyKey(ctx, a.DB)
	}
	if err != nil {
		return err
	}
	if !books.OK() {
		return finding{errors.New(books.String())}
	}
	if err := v.outside(ctx, a); err != nil {
		return err
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

// outside holds the checkpoints to what the person brought, who need not trust this program's
// secrets.
func (v ledgerVerifyCmd) outside(ctx context.Context, a *app.App) error {
	if v.PublicKey == "" && v.Published == "" {
		return nil
	}
	published, err := ledger.Publish(ctx, a.DB, 0, math.MaxInt32)
	if err != nil {
		return err
	}
	if v.PublicKey != "" {
		key, err := readPublicKey(v.PublicKey)
		if err != nil {
			return err
		}
		if _, err := published.Check(key); err != nil {
			return asFinding(err)
		}
	}
	kept, err := readKept(v.Published)
	if err != nil || kept == nil {
		return err
	}
	return asFinding(published.Same(*kept))
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
