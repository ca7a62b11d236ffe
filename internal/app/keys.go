package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/config"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/notify"
	"ekolek/internal/people"
)

// keysOf is what the configuration says about sealing. Production always seals.
func keysOf(cfg config.Config) db.Keys {
	return db.Keys{
		Secret: string(cfg.SecretKey), SecretFallbacks: plain(cfg.FormerSecrets),
		Encryption: string(cfg.EncryptionKey), EncryptionFallbacks: plain(cfg.FormerKeys),
		Readable: cfg.Debug,
	}
}

func plain(secrets []config.Secret) []string {
	out := make([]string, len(secrets))
	for i, s := range secrets {
		out[i] = string(s)
	}
	return out
}

// SealedTables are all tables of which columns are sealed.
func SealedTables() []db.SealedTable {
	return slices.Concat(db.Sealed(), ledger.SealedColumns(), people.Sealed(), auth.Sealed(), notify.Sealed())
}

// attachVault binds the vault to the database, once that has been migrated so far. Error:
// a *db.KeyError, when the database was sealed with a key that is not configured.
func (a *App) attachVault(ctx context.Context) error {
	ready, err := a.DB.KeepsKeys(ctx)
	if err != nil || !ready {
		return err
	}
	if err := a.Vault.Attach(ctx, a.DB, SealedTables(), a.now()); err != nil {
		return fmt.Errorf("open sealed data: %w", err)
	}
	return nil
}

// sealSpan is how long the job works at a time; its next slot goes on.
const sealSpan = 8 * time.Second

// sealAnew is the job that brings what is readable, or under a former key, under the
// present one.
func (a *App) sealAnew(ctx context.Context, _ time.Time) error {
	before, err := db.SealingState(ctx, a.DB)
	if err != nil {
		return err
	}
	s, err := a.Vault.SealAnew(ctx, a.DB, SealedTables(), a.now, sealSpan)
	if err != nil {
		return err
	}
	switch {
	case s.Damaged > 0 && s.DoneAt != nil && before.DoneAt == nil:
		a.Log.WarnContext(ctx, "some sealed values do not open", "values", s.Damaged, "see", "ekolek keys status")
	case s.DoneAt != nil && s.Total > before.Total:
		a.Log.InfoContext(ctx, "everything is sealed with the present key", "key", s.Key, "values", s.Total)
	}
	return nil
}

// SealAll does the job's work to the end. On SQLite nothing stays in the file then of
// what was replaced.
func (a *App) SealAll(ctx context.Context) (db.Sealing, error) {
	s, err := a.Vault.SealAnew(ctx, a.DB, SealedTables(), a.now, 0)
	if err == nil && s.Readable > 0 {
		err = a.DB.Scrub(ctx)
	}
	return s, err
}
