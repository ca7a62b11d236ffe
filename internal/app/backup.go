package app

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"path/filepath"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/backup"
	"ekolek/internal/config"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/files"
	"ekolek/internal/files/blob"
	"ekolek/internal/notify"
	"ekolek/internal/rewards"
)

// BackupOptions is what the configuration says about backups. A restore needs no more:
// the database that it brings back cannot be opened before.
func BackupOptions(cfg config.Config, log *slog.Logger) backup.Options {
	return backup.Options{
		Database: db.Options{URL: string(cfg.Database.URL), Path: cfg.Database.Path, Log: log},
		Uploads:  backup.Folder(filepath.Join(cfg.DataDir, files.MediaFolder)),
		Dir:      cfg.Backup.Dir,
		WorkDir:  cfg.DataDir,
		Key:      string(cfg.Backup.Key),
		TestURL:  string(cfg.Backup.TestURL),
		Program:  programVersion(),
		Keys:     map[string]string{"DJANGO_SECRET_KEY": fingerprint(cfg.SecretKey), "FIELD_ENCRYPTION_KEY": fingerprint(cfg.EncryptionKey)},
		Former:   map[string][]string{"DJANGO_SECRET_KEY": fingerprintsOf(cfg.FormerSecrets), "FIELD_ENCRYPTION_KEY": fingerprintsOf(cfg.FormerKeys)},
		Verify:   verifyStock,
		Log:      log,
		Now:      time.Now,
	}
}

// BackupOptions is the same for an opened App.
func (a *App) BackupOptions() backup.Options {
	o := BackupOptions(a.cfg, a.Log)
	o.Now, o.Remote = a.now, &remoteUploads{files: a.Files}
	return o
}

// openBackup gives the queue the nightly backup.
func (a *App) openBackup() {
	plan := backup.Plan{Hour: a.cfg.Backup.Hour, Keep: time.Duration(a.cfg.Backup.KeepDays) * 24 * time.Hour}
	a.Backup = backup.New(a.DB, a.Queue, a.BackupOptions(), plan, a.tellOfBackup)
	a.close = append(a.close, a.Backup)
}

// tellOfBackup tells the super administrators of a backup that failed: a notice, and a
// mail, since nobody looks at a console that worked yesterday.
func (a *App) tellOfBackup(ctx context.Context, tx *db.Tx, f backup.Failure) error {
	staff, err := a.Auth.StaffWith(ctx, tx, auth.ManageBackups)
	if err != nil {
		return fmt.Errorf("find who looks after backups: %w", err)
	}
	notice, subject, what := errs.T("backup.failed.notice"), errs.T("backup.failed.subject"), errs.T("backup.failed.mail", "At", f.At)
	if f.Restore {
		notice, subject, what = errs.T("backup.not_restored.notice"), errs.T("backup.not_restored.subject"), errs.T("backup.not_restored.mail", "At", f.At)
	}
	for _, st := range staff {
		_, err := a.Notify.Add(ctx, tx, notify.Message{
			Kind:   "backup.failed",
			To:     notify.Recipient{Audience: notify.Staff, ID: st.ID, Name: st.FullName, Email: st.Email, Language: st.Language},
			Notice: &notify.Notice{Type: "backup", Text: notice, Link: "/console/backups/"},
			Mail:   &notify.Letter{Subject: subject, Lines: []errs.Text{what, errs.T("backup.failed.then")}, Link: "/console/backups/", Button: errs.T("backup.failed.button")},
		})
		if err != nil {
			return fmt.Errorf("tell %s of a backup: %w", st.ID, err)
		}
	}
	return nil
}

// remoteUploads are the uploads that lie in S3 or Google Drive.
type remoteUploads struct {
	files *files.Service
	at    files.File // the one that Each is at
}

// Each names them by storage and key.
func (u *remoteUploads) Each(ctx context.Context, f func(backup.File) error) error {
	return u.files.Each(ctx, func(x files.File) error {
		if x.Storage == blob.LocalName {
			return nil
		}
		u.at = x
		return f(backup.File{Name: remoteName(x), Size: x.Size, SHA256: x.SHA256})
	})
}

func remoteName(f files.File) string { return f.Storage + "/" + f.Key }

// Open fetches the one that Each is at, and compares its bytes.
func (u *remoteUploads) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if name != remoteName(u.at) {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	content, err := u.files.Open(ctx, u.at)
	if errors.Is(err, files.ErrDamaged) {
		err = fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return content, err
}

// fingerprint tells two keys apart and nothing about them; "" for no key.
func fingerprint(key config.Secret) string {
	if key == "" {
		return ""
	}
	sum, err := hkdf.Key(sha256.New, []byte(key), nil, "ekolek/backup-fingerprint/1", 8)
	if err != nil {
		return "" // it only refuses to make too many bytes, which eight are not
	}
	return hex.EncodeToString(sum)
}

func fingerprintsOf(keys []config.Secret) []string {
	var out []string
	for _, key := range keys {
		out = append(out, fingerprint(key))
	}
	return out
}

// verifyStock recomputes the rewards' stock in a restored database.
func verifyStock(ctx context.Context, d *db.DB) error {
	stock, err := rewards.VerifyStock(ctx, d)
	if err == nil && !stock.OK() {
		err = errors.New(stock.Wrong)
	}
	return err
}
