package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ekolek/internal/backup"
)

type restoreCmd struct {
	File    string `arg:"" help:"The backup." type:"existingfile"`
	Apply   bool   `help:"Do it. Without, nothing is changed."`
	Replace bool   `help:"Put aside the database that is there."`
	NoFiles bool   `help:"Leave the uploads alone."`
	KeyFile string `help:"File with the passphrase or the age identity. Default: BACKUP_ENCRYPTION_KEY." type:"existingfile" placeholder:"FILE"`
}

// Run reads all of a backup, and tells what would happen or, with --apply, does it.
func (r restoreCmd) Run(ctx context.Context, c console) error {
	o, err := c.backupOptions(r.KeyFile)
	if err != nil {
		return err
	}
	out, err := backup.Restore(ctx, o, r.File, backup.How{Apply: r.Apply, Replace: r.Replace, NoFiles: r.NoFiles})
	if out.Contents.Manifest.Format > 0 {
		r.tell(c, out)
	}
	if err != nil {
		return problems(err)
	}
	if !r.Apply {
		r.foretell(c, out)
		return nil
	}
	for _, name := range out.Migrated {
		fmt.Fprintln(c.out, "applied", name)
	}
	if out.Aside != "" {
		fmt.Fprintf(c.out, "the old database is %s\n", out.Aside)
	}
	if p := out.Uploads; p.Written+p.Same > 0 {
		fmt.Fprintf(c.out, "%d uploads written, %d were there\n", p.Written, p.Same)
		if p.Aside != "" {
			fmt.Fprintf(c.out, "those that were there with other bytes are in %s\n", p.Aside)
		}
	}
	if out.Uploads.Objects != "" {
		fmt.Fprintf(c.out, "uploads of other storages are in %s, by storage and key: put back those that are lost there\n", out.Uploads.Objects)
	}
	fmt.Fprintf(c.out, "ok: restored into %s; the points add up\n", out.Into)
	return nil
}

// tell says what the backup is.
func (r restoreCmd) tell(c console, out backup.Restored) {
	m := out.Contents.Manifest
	fmt.Fprintf(c.out, "%s is whole: made %s by version %s\n  %s\n", r.File, m.MadeAt.Format(time.RFC3339), m.Program, holds(m, len(out.Contents.Files), out.Contents.Bytes, len(out.Contents.Elsewhere)))
	if wrong := m.Ledger.Wrong; wrong != "" {
		fmt.Fprintf(c.out, "warning: the points did not add up when it was made: %s\n", wrong)
	}
	if len(out.OtherKeys) > 0 {
		fmt.Fprintf(c.out, "warning: it was made with another %s. With this one, people cannot be found by their phone, or sealed data cannot be read: set the old one.\n", strings.Join(out.OtherKeys, " and "))
	}
}

// foretell says what --apply would do.
func (r restoreCmd) foretell(c console, out backup.Restored) {
	into := "an empty database"
	flags := "--apply"
	if out.HasData {
		into, flags = "in place of the one there, which is put aside as "+out.Aside, "--apply --replace"
	}
	fmt.Fprintf(c.out, "would restore it into %s: %s\n", out.Into, into)
	if out.Older {
		fmt.Fprintln(c.out, "would migrate it to this program's version")
	}
	if out.Contents.Manifest.Files == backup.Whole && !r.NoFiles {
		fmt.Fprintf(c.out, "would write %d uploads that are not there yet\n", len(out.Contents.Files))
	}
	fmt.Fprintf(c.out, "nothing was changed: say %s\n", flags)
}
