package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"ekolek/internal/app"
	"ekolek/internal/files"
)

type filesCmd struct {
	Status  filesStatusCmd  `cmd:"" help:"Tell where uploads are, how many, and whether more fit."`
	Verify  filesVerifyCmd  `cmd:"" help:"Read every upload from where it is kept and compare it with its hash."`
	Import  filesImportCmd  `cmd:"" help:"Bring the media folder of the former system over, so that its addresses go on working."`
	Migrate filesMigrateCmd `cmd:"" help:"Move uploads to another storage. Stopped at any moment, it can be begun again."`
}

// withFiles is withApp for commands that need the tables of files.
func (c console) withFiles(ctx context.Context, f func(*app.App) error) error {
	return c.withApp(ctx, func(a *app.App) error {
		if err := a.CheckSchema(ctx); err != nil {
			return err
		}
		return f(a)
	})
}

type filesStatusCmd struct{}

// Run prints a line for each storage and kind.
func (filesStatusCmd) Run(ctx context.Context, c console) error {
	return c.withFiles(ctx, func(a *app.App) error {
		st, err := a.Files.Status(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "STORAGE\tKIND\tFILES\tBYTES")
		for _, s := range st.Sums {
			fmt.Fprintf(w, "%s\t%s\t%d\t%d\n", s.Storage, s.Kind, s.Files, s.Bytes)
		}
		if err := w.Flush(); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "new files go to %s; %d objects wait for removal; %.0f %% of the disk (%d MB) is free\n", st.Storage, st.Strays, st.Free*100, st.FreeBytes>>20)
		return nil
	})
}

type filesVerifyCmd struct{}

// Run names every file that is not what it was.
func (filesVerifyCmd) Run(ctx context.Context, c console) error {
	return c.withFiles(ctx, func(a *app.App) error {
		v, err := a.Files.Verify(ctx, func(w files.Wrong) {
			fmt.Fprintf(c.err, "%s (%s, %s in %s): %v\n", w.File.ID, w.File.Kind, w.File.Key, w.File.Storage, w.Why)
		})
		if err != nil {
			return err
		}
		if n := len(v.Wrong); n > 0 {
			return finding{fmt.Errorf("%d of %d files are missing or altered", n, v.Files)}
		}
		fmt.Fprintf(c.out, "ok: %d files, %d bytes\n", v.Files, v.Bytes)
		return nil
	})
}

type filesMigrateCmd struct {
	To        string `required:"" enum:"local,s3,drive" help:"Where to: local, s3 or drive. Its settings must be there; FILE_STORAGE need not name it."`
	Apply     bool   `help:"Do it. Without this, it is only told what would move."`
	DeleteOld bool   `help:"Also remove the old objects, an hour after their files have moved. Without this they stay where they are."`
}

// Run moves what lies elsewhere, and says of each file that stayed why it did.
func (m filesMigrateCmd) Run(ctx context.Context, c console) error {
	return c.withFiles(ctx, func(a *app.App) error {
		done, err := a.Files.Migrate(ctx, files.Migration{To: m.To, Apply: m.Apply, DeleteOld: m.DeleteOld}, func(f files.File, err error) {
			if err != nil {
				fmt.Fprintf(c.err, "%s (%s in %s) stays: %v\n", f.ID, f.Key, f.Storage, err)
			}
		})
		if !m.Apply && err == nil {
			fmt.Fprintf(c.out, "%d files, %d bytes would move to %s; say --apply to move them\n", done.Files, done.Bytes, m.To)
			return nil
		}
		if err == nil || done.Files > 0 {
			fmt.Fprintf(c.out, "%d files, %d bytes moved to %s\n", done.Files, done.Bytes, m.To)
		}
		if err == nil && done.Failed > 0 {
			err = finding{fmt.Errorf("%d files stay where they were", done.Failed)}
		}
		if err == nil && a.Files.Storage() != m.To {
			fmt.Fprintf(c.out, "new files still go to %s: set FILE_STORAGE=%s and start the site again\n", a.Files.Storage(), m.To)
		}
		return err
	})
}

type filesImportCmd struct {
	Dir   string `arg:"" help:"The folder: it holds reward_images and terms_documents."`
	Apply bool   `help:"Do it. Without this, it is only told what would be brought over."`
}

// Run says of each file that is left why it is.
func (i filesImportCmd) Run(ctx context.Context, c console) error {
	return c.withFiles(ctx, func(a *app.App) error {
		done, err := a.Files.Import(ctx, i.Dir, i.Apply, func(path string, err error) {
			if err != nil {
				fmt.Fprintf(c.err, "%s is left: %s\n", path, explain(err))
			}
		})
		if err != nil {
			return err
		}
		act := "brought over"
		if !i.Apply {
			act = "would be brought over; say --apply to do it"
		}
		fmt.Fprintf(c.out, "%d files are here already, %d are left, %d %s\n", done.Here, done.Left, done.Files, act)
		return c.takePictures(ctx, a, i.Apply)
	})
}
