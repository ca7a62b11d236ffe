package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// resealBatch is how many rows one transaction seals anew: everybody else who writes
// waits no longer than for these.
const resealBatch = 100

// resealAgain is when values that stood all under the current key are looked at again:
// a program that still had the former key may have written since.
const resealAgain = 24 * time.Hour

// sealingValue is the name of Sealing in db_value.
const sealingValue = "db.sealing"

// Sealing is how far the work has come that seals everything with the current key.
type Sealing struct {
	Key      string     `json:"key"`      // that is meant
	Table    int        `json:"table"`    // the pass is in
	After    string     `json:"after"`    // the last row it has seen there
	Tried    int        `json:"tried"`    // values that this pass found to seal anew
	Damaged  int        `json:"damaged"`  // values that it could not open
	DoneAt   *time.Time `json:"done_at"`  // when a whole pass found nothing more to do
	Total    int        `json:"total"`    // values sealed anew since Key is meant
	Readable int        `json:"readable"` // of Total, those that lay readable
}

// SealingState reads how far the work has come; the zero value before it first began.
func SealingState(ctx context.Context, q Q) (Sealing, error) {
	text, err := Value(ctx, q, sealingValue)
	if err != nil || text == "" {
		return Sealing{}, err
	}
	var s Sealing
	return s, json.Unmarshal([]byte(text), &s)
}

// SealAnew brings values that are readable, under a former key, or not bound to their
// column under the current key, a few rows at a time beside all other work. It goes on
// where the last call stopped, and stops when a whole pass has found nothing more to do
// or span is over; 0 stops it only at the end. A value that is written meanwhile stays as
// it was written, so several may do this at once. Programs that have a newer key current
// keep it from doing anything.
func (v *Vault) SealAnew(ctx context.Context, d *DB, tables []SealedTable, now func() time.Time, span time.Duration) (Sealing, error) {
	s, err := SealingState(ctx, d)
	if err != nil {
		return s, fmt.Errorf("read state of sealing: %w", err)
	}
	keys, err := SealingKeys(ctx, d)
	if err != nil {
		return s, fmt.Errorf("read keys: %w", err)
	}
	if len(keys) == 0 || keys[0].ID != v.KeyID() {
		return s, nil
	}
	switch {
	case s.Key != v.meant():
		s = Sealing{Key: v.meant()}
	case s.DoneAt != nil && span > 0 && now().Before(s.DoneAt.Add(resealAgain)):
		return s, nil
	case s.DoneAt != nil:
		s = Sealing{Key: s.Key, Total: s.Total, Readable: s.Readable}
	}
	started := time.Now()
	for s.DoneAt == nil && err == nil {
		err = v.sealStep(ctx, d, tables, &s, now())
		if span > 0 && time.Since(started) >= span {
			break
		}
	}
	kept := d.InTx(context.WithoutCancel(ctx), func(ctx context.Context, tx *Tx) error {
		text, err := json.Marshal(s)
		if err != nil {
			return err
		}
		return SetValue(ctx, tx, sealingValue, string(text), now())
	})
	return s, errors.Join(err, kept)
}

// meant tells what SealAnew is to reach: the key, and whether columns are readable.
func (v *Vault) meant() string {
	if v.readable {
		return v.KeyID() + " readable"
	}
	return v.KeyID()
}

// sealStep does one batch, and at the end of a pass decides whether another one is due.
func (v *Vault) sealStep(ctx context.Context, d *DB, tables []SealedTable, s *Sealing, now time.Time) error {
	if s.Table < len(tables) {
		return v.sealBatch(ctx, d, tables[s.Table], s)
	}
	if s.Tried > 0 {
		s.Table, s.After, s.Tried, s.Damaged = 0, "", 0, 0
		return nil
	}
	s.DoneAt = &now
	if s.Damaged > 0 {
		return nil // their keys may still be wanted
	}
	return d.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE db_key SET retired_at = $1 WHERE id <> $2 AND retired_at IS NULL`, At(now), v.KeyID())
		return err
	})
}

// staleRow is a row with values that are to be sealed anew.
type staleRow struct {
	key    string
	stored []string
}

func (v *Vault) sealBatch(ctx context.Context, d *DB, t SealedTable, s *Sealing) error {
	rows, err := v.staleRows(ctx, d, t, s.After)
	if err != nil {
		return fmt.Errorf("seal %s anew: %w", t.name(), err)
	}
	var batch Sealing
	err = d.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		batch = Sealing{}
		for _, row := range rows {
			for i, p := range t.Columns {
				if err := v.sealValue(ctx, tx, t, p, row.key, row.stored[i], &batch); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("seal %s anew: %w", t.name(), err)
	}
	s.Tried, s.Total, s.Readable, s.Damaged = s.Tried+batch.Tried, s.Total+batch.Total, s.Readable+batch.Readable, s.Damaged+batch.Damaged
	if len(rows) < resealBatch {
		s.Table, s.After = s.Table+1, ""
		return nil
	}
	s.After = rows[len(rows)-1].key
	return nil
}

// sealValue seals one value anew, if it is still the one that was read.
func (v *Vault) sealValue(ctx context.Context, tx *Tx, t SealedTable, p Place, key, stored string, count *Sealing) error {
	if stored == "" || strings.HasPrefix(stored, v.mark(t)) {
		return nil
	}
	text, err := v.open(p, stored)
	if err != nil {
		count.Damaged++ // stays as it is, and is counted: nobody else's values wait for it
		return nil
	}
	n, err := Exec(ctx, tx, `UPDATE `+t.name()+` SET `+p.column()+` = $1 WHERE `+t.Key+` = $2 AND `+p.column()+` = $3`,
		&Column{v, p, &text, v.readable && !t.Always}, key, stored)
	count.Tried++
	count.Total += int(n)
	if strings.HasPrefix(stored, plainMark) {
		count.Readable += int(n)
	}
	return err
}

// mark begins every value of a table that is as it should be.
func (v *Vault) mark(t SealedTable) string {
	if v.readable && !t.Always {
		return plainMark
	}
	return v.current.mark()
}

// staleRows finds the next rows behind a key.
func (v *Vault) staleRows(ctx context.Context, q Q, t SealedTable, after string) ([]staleRow, error) {
	var w Where
	columns := make([]string, len(t.Columns))
	stale := make([]string, len(t.Columns))
	for i, p := range t.Columns {
		columns[i] = p.column()
		stale[i] = columns[i] + ` <> '' AND ` + columns[i] + ` NOT LIKE ` + w.Bind("?", v.mark(t)+"%")
	}
	condition := `(` + strings.Join(stale, ` OR `) + `)`
	if after != "" {
		condition += ` AND ` + t.Key + ` > ` + w.Bind("?", after)
	}
	return Collect(ctx, q, func(r Row) (staleRow, error) {
		row := staleRow{stored: make([]string, len(t.Columns))}
		dest := []any{&row.key}
		for i := range row.stored {
			dest = append(dest, &row.stored[i])
		}
		return row, r.Scan(dest...)
	}, `SELECT `+t.Key+`, `+strings.Join(columns, `, `)+` FROM `+t.name()+` WHERE `+condition+` ORDER BY `+t.Key+` LIMIT `+fmt.Sprint(resealBatch), w.Args()...)
}

// Scrub rewrites a SQLite file, so that nothing is left in it of what was deleted or
// replaced. Whoever writes waits for it. On PostgreSQL vacuuming does that by itself.
func (d *DB) Scrub(ctx context.Context) error {
	if d.engine != SQLite {
		return nil
	}
	for _, statement := range []string{`VACUUM`, `PRAGMA wal_checkpoint(TRUNCATE)`} {
		if _, err := d.write.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("scrub: %w", err)
		}
	}
	return nil
}
