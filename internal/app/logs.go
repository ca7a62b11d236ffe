package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"ekolek/internal/config"
	"ekolek/internal/db"
	"ekolek/internal/telemetry"
)

// openLogs opens the log as the configuration says: readable in development, JSON in
// production, and the two files of LOG_DIR.
func openLogs(cfg config.Config, w io.Writer) (*telemetry.Logs, error) {
	never := func(n int64) int64 {
		if n == 0 {
			return -1
		}
		return n
	}
	return telemetry.Open(telemetry.Options{
		Debug: cfg.Debug, Console: w, Dir: cfg.LogDir, Node: cfg.Node,
		Keys: sealSecrets(cfg), Secrets: append(cfg.Secrets(), string(cfg.SecretKey), string(cfg.EncryptionKey)),
		MaxSize: never(int64(cfg.Logs.RotateMB) << 20), MaxAge: time.Duration(never(int64(cfg.Logs.RotateDays) * int64(24*time.Hour))),
		Keep: cfg.Logs.Keep, KeepSecurity: cfg.Logs.KeepSecurity,
	})
}

// sealSecrets are what security.log is sealed with, the present one first.
func sealSecrets(cfg config.Config) []string {
	return append([]string{string(cfg.SecretKey)}, plain(cfg.FormerSecrets)...)
}

// VerifyLogs follows the chain of the security log through files, or through all of
// LOG_DIR when none are named. It needs no database.
func VerifyLogs(cfg config.Config, files []string) (telemetry.Verified, error) {
	whole := len(files) == 0
	if whole {
		if cfg.LogDir == "" {
			return telemetry.Verified{}, errors.New("LOG_DIR is -, so there are no files; name some")
		}
		files = telemetry.SecurityFiles(cfg.LogDir)
		if len(files) == 0 {
			return telemetry.Verified{}, fmt.Errorf("no %s in %s", telemetry.SecurityFile, cfg.LogDir)
		}
	}
	return telemetry.Verify(files, sealSecrets(cfg), whole)
}

// ReopenLogs lets go of the log files after somebody has renamed them.
func (a *App) ReopenLogs() {
	if err := a.logs.Reopen(); err != nil {
		a.Log.Error("reopen logs", "error", err)
		return
	}
	a.Log.Info("logs reopened")
}

// anchorEvery is how often the security log's last line is noted in the database, so
// that whoever cuts the end off a file while the program is down is found out.
const anchorEvery = 10 * time.Second

func (a *App) anchorName() string {
	node := a.cfg.Node
	if node == "" {
		node, _ = os.Hostname() // a machine without a name is the only one
	}
	return "telemetry.head." + node
}

// recallAnchor tells the log where its chain ended.
func (a *App) recallAnchor(ctx context.Context) error {
	if a.cfg.LogDir == "" {
		return nil
	}
	value, err := db.Value(ctx, a.DB, a.anchorName())
	if err != nil || value == "" {
		return err
	}
	var head telemetry.Head
	if err := json.Unmarshal([]byte(value), &head); err != nil {
		return fmt.Errorf("head of the security log: %w", err)
	}
	a.logs.Remember(head)
	return nil
}

// keepAnchor notes it until ctx ends, and then once more.
func (a *App) keepAnchor(ctx context.Context) {
	if a.cfg.LogDir == "" {
		return
	}
	ticker := time.NewTicker(anchorEvery)
	defer ticker.Stop()
	var noted telemetry.Head
	for ended := false; !ended; {
		select {
		case <-ctx.Done():
			ended = true
		case <-ticker.C:
		}
		head := a.logs.SecurityHead()
		if head == noted {
			continue
		}
		if err := a.noteAnchor(context.WithoutCancel(ctx), head); err != nil {
			a.Log.WarnContext(ctx, "note the end of the security log", "error", err)
			continue
		}
		noted = head
	}
}

func (a *App) noteAnchor(ctx context.Context, head telemetry.Head) error {
	value, err := json.Marshal(head)
	if err != nil {
		return err
	}
	return a.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return db.SetValue(ctx, tx, a.anchorName(), string(value), a.now())
	})
}
