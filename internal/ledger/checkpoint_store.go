package ledger

import (
	"context"
	"encoding/base64"
	"math"

	"ekolek/internal/db"
	"ekolek/internal/ledger/seal"
)

func insertCheckpoint(ctx context.Context, tx *db.Tx, c seal.Checkpoint, s seal.Signed) error {
	n, err := db.Exec(ctx, tx, `INSERT INTO ledger_checkpoint (number, day, text, signature) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		c.Number, c.Day, s.Text, s.Signature)
	if err == nil && n == 0 {
		err = errCheckpointTaken
	}
	return err
}

func scanSigned(row db.Row) (s seal.Signed, err error) {
	err = row.Scan(&s.Text, &s.Signature)
	return s, err
}

func selectCheckpoint(ctx context.Context, q db.Q, number int64) (seal.Signed, error) {
	return scanSigned(q.QueryRowContext(ctx, `SELECT text, signature FROM ledger_checkpoint WHERE number = $1`, number))
}

// selectCheckpoints reads those before a number, 0: all, the newest first.
func selectCheckpoints(ctx context.Context, q db.Q, before int64, limit int) ([]seal.Signed, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	return db.Collect(ctx, q, scanSigned, `SELECT text, signature FROM ledger_checkpoint WHERE number < $1 ORDER BY number DESC LIMIT $2`, before, limit)
}

const keyColumns = `number, public_key, coalesce(former_id, ''), endorsement, since`

func selectKeys(ctx context.Context, q db.Q) ([]seal.Key, error) {
	return db.Collect(ctx, q, func(row db.Row) (k seal.Key, err error) {
		var number int64
		err = row.Scan(&number, &k.Public, &k.Former, &k.Endorsement, db.Into(&k.Since))
		return k, err
	}, `SELECT `+keyColumns+` FROM ledger_signing_key ORDER BY number`)
}

// selectLastKey gives the newest key, and its private half as it was written: base64.
func selectLastKey(ctx context.Context, q db.Q, vault *db.Vault) (k signingKey, private string, err error) {
	err = q.QueryRowContext(ctx, `SELECT `+keyColumns+`, private_key FROM ledger_signing_key ORDER BY number DESC LIMIT 1`).
		Scan(&k.number, &k.Public, &k.Former, &k.Endorsement, db.Into(&k.Since), vault.Secret(privatePlace, &private))
	if db.IsNoRows(err) {
		err = nil
	}
	return k, private, err
}

func insertKey(ctx context.Context, tx *db.Tx, vault *db.Vault, k signingKey) error {
	n, err := db.Exec(ctx, tx, `INSERT INTO ledger_signing_key (id, number, public_key, private_key, former_id, endorsement, since)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		k.ID(), k.number, k.Public, vault.SealSecret(privatePlace, base64.StdEncoding.EncodeToString(k.private.Seed())),
		nullText(k.Former), k.Endorsement, db.At(k.Since))
	if err == nil && n == 0 {
		err = errCheckpointTaken
	}
	return err
}

func nullText(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func destroyKeysBefore(ctx context.Context, tx *db.Tx, number int64) error {
	_, err := tx.ExecContext(ctx, `UPDATE ledger_signing_key SET private_key = '' WHERE number < $1 AND private_key <> ''`, number)
	return err
}

// keptCheckpoint is a checkpoint's row as it stands.
type keptCheckpoint struct {
	seal.Signed
	number int64
	day    string
}

func selectKeptCheckpoints(ctx context.Context, q db.Q) ([]keptCheckpoint, error) {
	return db.Collect(ctx, q, func(row db.Row) (k keptCheckpoint, err error) {
		err = row.Scan(&k.number, &k.day, &k.Text, &k.Signature)
		return k, err
	}, `SELECT number, day, text, signature FROM ledger_checkpoint ORDER BY number`)
}

// keptKey is a key's row as it stands.
type keptKey struct {
	signingKey
	id string
}

func selectKeptKeys(ctx context.Context, q db.Q) ([]keptKey, error) {
	return db.Collect(ctx, q, func(row db.Row) (k keptKey, err error) {
		err = row.Scan(&k.number, &k.Public, &k.Former, &k.Endorsement, db.Into(&k.Since), &k.id)
		return k, err
	}, `SELECT `+keyColumns+`, id FROM ledger_signing_key ORDER BY number`)
}
