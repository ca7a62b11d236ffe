package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"ekolek/internal/app"
	"ekolek/internal/backup"
)

type backupCmd struct {
	Make   backupMakeCmd   `cmd:"" default:"withargs" help:"Copy the database and the uploads into one file, while the program runs."`
	Verify backupVerifyCmd `cmd:"" help:"Restore a backup into a scratch database, and check all of it."`
}

type backupMakeCmd struct {
	To      string `help:"A folder, or a file that is not there yet. Default: BACKUP_DIR." placeholder:"DIR|FILE"`
	NoFiles bool   `help:"Leave the uploads out."`
	Objects bool   `help:"Take uploads along that lie in S3 or Google Drive, not only their names and sums."`
	Test    bool   `help:"Restore it for trial afterwards, as every night."`
}

// Run makes a backup and tells what it holds.
func (b backupMakeCmd) Run(ctx context.Context, c console) error {
	return c.withApp(ctx, func(a *app.App) error {
		if err := a.CheckSchema(ctx); err != nil {
			return err
		}
		return problems(b.make(ctx, c, a))
	})
}

func (b backupMakeCmd) make(ctx context.Context, c console, a *app.App) error {
	made, tried, err := a.Backup.Command(ctx, backup.What{To: b.To, NoFiles: b.NoFiles, Objects: b.Objects}, b.Test)
	if made.File == "" {
		return err
	}
	fmt.Fprintf(c.out, "made %s\n  %s\n  %s, %s, in %s\n", made.File, holds(made.Manifest, made.Uploads, made.Bytes, made.Elsewhere), amount(made.Size), sealedText(made.Sealed), took(made.Took))
	if wrong := made.Manifest.Ledger.Wrong; wrong != "" {
		return errors.Join(finding{errors.New("the backup is whole, but the points in the database do not add up: " + wrong)}, err)
	}
	if tried != nil {
		fmt.Fprintf(c.out, "ok: restored for trial and checked in %s\n", took(tried.Took))
	}
	return err
}

type backupVerifyCmd struct {
	File    string `arg:"" help:"The backup." type:"existingfile"`
	KeyFile string `help:"File with the passphrase or the age identity. Default: BACKUP_ENCRYPTION_KEY." type:"existingfile" placeholder:"FILE"`
}

// Run restores a backup for trial and tells what was found.
func (v backupVerifyCmd) Run(ctx context.Context, c console) error {
	o, err := c.backupOptions(v.KeyFile)
	if err != nil {
		return err
	}
	tried, err := backup.Verify(ctx, o, v.File)
	if err != nil {
		return problems(err)
	}
	m := tried.Contents.Manifest
	fmt.Fprintf(c.out, "ok: made %s by version %s\n  %s\n  restored for trial and checked in %s\n",
		m.MadeAt.Format(time.RFC3339), m.Program, holds(m, len(tried.Contents.Files), tried.Contents.Bytes, len(tried.Contents.Elsewhere)), took(tried.Took))
	return nil
}

// backupOptions reads the configuration and opens nothing: what is to be restored may be
// all that is left.
func (c console) backupOptions(keyFile string) (backup.Options, error) {
	cfg, err := c.config()
	if err != nil {
		return backup.Options{}, err
	}
	o := app.BackupOptions(cfg, slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if keyFile == "" {
		return o, nil
	}
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return o, err
	}
	o.Key = keyIn(string(key))
	return o, nil
}

// keyIn is the key in a file as age-keygen writes it: lines with # are remarks.
func keyIn(text string) string {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return line
		}
	}
	return ""
}

// problems makes what a person should mend a finding.
func problems(err error) error {
	var p *backup.Problem
	if errors.As(err, &p) {
		return finding{err}
	}
	return err
}

func holds(m backup.Manifest, uploads int, bytes int64, elsewhere int) string {
	l := m.Ledger
	text := fmt.Sprintf("%s at version %d: %d residents, %d accounts, %d transfers, %s points in balances", m.Engine, m.Schema, m.Tables["people_resident"], l.Accounts, l.Transfers, l.Balances)
	if m.Files == backup.Absent {
		return text + "; no uploads"
	}
	text = fmt.Sprintf("%s; %d uploads, %s", text, uploads, amount(bytes))
	if elsewhere > 0 {
		text += fmt.Sprintf("; names and sums of %d more, which lie elsewhere", elsewhere)
	}
	return text
}

func sealedText(sealed bool) string {
	if sealed {
		return "sealed"
	}
	return "readable: BACKUP_ENCRYPTION_KEY is not set"
}

// amount writes a number of bytes.
func amount(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	default:
		return fmt.Sprintf("%.1f KB", float64(n)/(1<<10))
	}
}

func took(d time.Duration) string { return d.Round(10 * time.Millisecond).String() }
