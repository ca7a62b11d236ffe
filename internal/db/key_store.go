package db

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// SealedTable is a table of which columns are sealed.
type SealedTable struct {
	Key     string  // its primary key
	Columns []Place // all of this table
	Always  bool    // Secret's, not Column's
	Hashed  []HashedColumn
}

// HashedColumn is the look-up hash of a sealed column.
type HashedColumn struct {
	Place   Place
	Hash    string // its column
	Purpose string
}

func (t SealedTable) name() string { return t.Columns[0].table() }

func (p Place) table() string  { table, _, _ := strings.Cut(string(p), "."); return table }
func (p Place) column() string { _, column, _ := strings.Cut(string(p), "."); return column }

// The sealed columns of this package.
const (
	canaryPlace Place = "db_key.canary"
	secretPlace Place = "db_secret.value"
)

// Sealed lists this package's sealed columns. The canaries are not among them: each is
// of its own key.
func Sealed() []SealedTable {
	return []SealedTable{{Key: "name", Columns: []Place{secretPlace}, Always: true}}
}

// canary is what every key seals once.
const canary = "ekolek"

// hashSecret is the name of the look-up hashes' key in db_secret.
const hashSecret = "hash"

// KeyError says that a key is missing with which something in the database is sealed.
type KeyError struct {
	ID       string // of the key
	Variable string // the setting that it came from; empty: not known
}

func (e *KeyError) Error() string {
	if e.Variable == "" {
		return fmt.Sprintf("neither FIELD_ENCRYPTION_KEY nor DJANGO_SECRET_KEY is the one this database was sealed with (key %s): "+
			"set the right one again, or add it to FIELD_ENCRYPTION_KEY_FALLBACKS or DJANGO_SECRET_KEY_FALLBACKS (docs/keys.md)", e.ID)
	}
	return fmt.Sprintf("%s is not the one this database was sealed with (key %s): set that one again, or add it to %s_FALLBACKS (docs/keys.md)",
		e.Variable, e.ID, e.Variable)
}

// Key is a key that has sealed something in the database.
type Key struct {
	ID        string
	Variable  string
	CurrentAt time.Time // when a program last began to use it
	RetiredAt *time.Time
	canary    string
}

// SealingKeys lists the keys that have sealed something here, the last current one first.
func SealingKeys(ctx context.Context, q Q) ([]Key, error) {
	return Collect(ctx, q, func(r Row) (Key, error) {
		var k Key
		err := r.Scan(&k.ID, &k.Variable, &k.canary, Into(&k.CurrentAt), IntoNull(&k.RetiredAt))
		return k, err
	}, `SELECT id, variable, canary, current_at, retired_at FROM db_key ORDER BY current_at DESC, id LIMIT 1000`)
}

// KeepsKeys says that the schema has come so far that a Vault can be attached.
func (d *DB) KeepsKeys(ctx context.Context) (bool, error) { return d.hasTable(ctx, "db_secret") }

// Attach binds the vault to a migrated database, before anything uses it: it sees that no
// key is missing, takes the key of the look-up hashes that lies there, or makes one, and
// notes which key seals from now on. Error: a *KeyError.
func (v *Vault) Attach(ctx context.Context, d *DB, tables []SealedTable, now time.Time) error {
	if err := v.hasKeys(ctx, d, tables, now); err != nil {
		return err
	}
	if err := v.takeHashKey(ctx, d, tables, now); err != nil {
		return err
	}
	return v.note(ctx, d, now)
}

// hasKeys asks for every key that is not retired.
func (v *Vault) hasKeys(ctx context.Context, d *DB, tables []SealedTable, now time.Time) error {
	keys, err := SealingKeys(ctx, d)
	if err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	if len(keys) == 0 {
		return v.findKeys(ctx, d, tables, now)
	}
	for _, k := range keys {
		if k.RetiredAt != nil {
			continue
		}
		if text, err := v.open(canaryPlace, k.canary); err != nil || text != canary {
			return &KeyError{k.ID, k.Variable}
		}
	}
	return nil
}

// findKeys notes the keys of a database that was sealed before it kept a list of them.
func (v *Vault) findKeys(ctx context.Context, d *DB, tables []SealedTable, now time.Time) error {
	counts, err := CountSealed(ctx, d, tables)
	if err != nil {
		return err
	}
	for _, c := range counts {
		if c.KeyID == "" {
			continue
		}
		s, ok := v.ring[c.KeyID]
		if !ok {
			return &KeyError{ID: c.KeyID}
		}
		if err := d.InTx(ctx, func(ctx context.Context, tx *Tx) error { return noteKey(ctx, tx, s, now.Add(-time.Second), nil) }); err != nil {
			return fmt.Errorf("note key %s: %w", s.id, err)
		}
	}
	return nil
}

// takeHashKey reads the key of the look-up hashes, and keeps one when there is none yet.
func (v *Vault) takeHashKey(ctx context.Context, d *DB, tables []SealedTable, now time.Time) error {
	var text string
	read := func(q Q) error {
		return q.QueryRowContext(ctx, `SELECT value FROM db_secret WHERE name = $1`, hashSecret).Scan(v.Secret(secretPlace, &text))
	}
	err := read(d)
	if IsNoRows(err) {
		var key []byte
		if key, err = v.firstHashKey(ctx, d, tables); err != nil {
			return err
		}
		sealed := v.SealSecret(secretPlace, base64.RawStdEncoding.EncodeToString(key))
		if err = d.InTx(ctx, func(ctx context.Context, tx *Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO db_secret (name, value, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
				hashSecret, sealed, At(now))
			return err
		}); err == nil {
			err = read(d) // perhaps another program's, which came first
		}
	}
	if err != nil {
		return fmt.Errorf("read the key of the look-up hashes: %w", err)
	}
	key, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || len(key) != 32 {
		return fmt.Errorf("the key of the look-up hashes is damaged")
	}
	v.hashKey = key
	return nil
}

// firstHashKey is a new key for a new database. One that has look-up hashes already goes
// on with the key they were made with, which came of DJANGO_SECRET_KEY, or a former one.
func (v *Vault) firstHashKey(ctx context.Context, q Q, tables []SealedTable) ([]byte, error) {
	used := false
	for _, t := range tables {
		for _, h := range t.Hashed {
			key, found, err := v.hashKeyOf(ctx, q, t, h)
			if err != nil || key != nil {
				return key, err
			}
			used = used || found
		}
	}
	if used {
		return nil, &KeyError{ID: "of the look-up hashes", Variable: secretVariable}
	}
	for _, t := range tables {
		var one int
		err := q.QueryRowContext(ctx, `SELECT 1 FROM `+t.name()+` WHERE `+t.Columns[0].column()+` <> '' LIMIT 1`).Scan(&one)
		if err == nil {
			return v.hashKey, nil // no address yet, but perhaps recovery codes
		}
		if !IsNoRows(err) {
			return nil, fmt.Errorf("look for the key of the look-up hashes: %w", err)
		}
	}
	key := make([]byte, 32)
	_, err := rand.Read(key)
	return key, err
}

// hashKeyOf finds the key of a column's hashes. found tells whether there are any; a few
// are looked at, because one of an odd import may be of no value.
func (v *Vault) hashKeyOf(ctx context.Context, q Q, t SealedTable, h HashedColumn) (key []byte, found bool, err error) {
	type pair struct{ text, hash string }
	pairs, err := Collect(ctx, q, func(r Row) (p pair, err error) {
		return p, r.Scan(v.Column(h.Place, &p.text), &p.hash)
	}, `SELECT `+h.Place.column()+`, `+h.Hash+` FROM `+t.name()+` WHERE `+h.Hash+` IS NOT NULL AND `+h.Place.column()+` <> '' LIMIT 20`)
	if err != nil {
		return nil, false, fmt.Errorf("look for the key of the look-up hashes: %w", err)
	}
	for _, p := range pairs {
		for _, former := range v.former {
			if hashWith(former, h.Purpose, p.text) == p.hash {
				return former, true, nil
			}
		}
	}
	return nil, len(pairs) > 0, nil
}

// note says which key seals from now on. That of DJANGO_SECRET_KEY is noted too, so that
// it is known since when a former one is; nothing needs it while another one seals.
func (v *Vault) note(ctx context.Context, d *DB, now time.Time) error {
	keys, err := SealingKeys(ctx, d)
	if err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	newest := map[string]string{} // by variable
	retired := map[string]bool{}
	for _, k := range keys {
		if newest[k.Variable] == "" {
			newest[k.Variable] = k.ID
		}
		retired[k.ID] = k.RetiredAt != nil
	}
	last := ""
	if len(keys) > 0 {
		last = keys[0].ID
	}
	return d.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		if v.secret != v.current && newest[secretVariable] != v.secret.id {
			if err := noteKey(ctx, tx, v.secret, now.Add(-time.Millisecond), &now); err != nil {
				return fmt.Errorf("note key: %w", err)
			}
		}
		if last == v.current.id && !retired[last] {
			return nil
		}
		return noteKey(ctx, tx, v.current, now, nil)
	})
}

// noteKey keeps a key on the list. One that something may need stays so.
func noteKey(ctx context.Context, tx *Tx, s *seal, at time.Time, retired *time.Time) error {
	sealed, err := s.close(canaryPlace, canary)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO db_key (id, variable, canary, current_at, retired_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET current_at = excluded.current_at,
			retired_at = CASE WHEN excluded.retired_at IS NULL THEN NULL ELSE db_key.retired_at END`,
		s.id, s.variable, sealed, At(at), AtNull(retired))
	return err
}

// SealedCount is how many values of a column are under one key.
type SealedCount struct {
	Place  Place
	KeyID  string // empty: readable
	Bound  bool   // to the column; false also for what is readable
	Always bool   // is sealed in development too
	Values int
}

// SealState is what is to be said of values under one key.
type SealState string

// The states.
const (
	SealPresent SealState = "as it should be"
	SealStale   SealState = "to be sealed anew"
	SealMissing SealState = "the key is missing"
)

// StateOf judges a count of this vault's database.
func (v *Vault) StateOf(n SealedCount) SealState {
	switch {
	case n.KeyID == "" && v.readable && !n.Always, n.KeyID == v.current.id && n.Bound && (n.Always || !v.readable):
		return SealPresent
	case n.KeyID != "" && v.ring[n.KeyID] == nil:
		return SealMissing
	default:
		return SealStale
	}
}

// CountSealed counts the values of sealed columns by their key. It reads every row.
func CountSealed(ctx context.Context, q Q, tables []SealedTable) ([]SealedCount, error) {
	var out []SealedCount
	for _, t := range tables {
		for _, p := range t.Columns {
			c := p.column()
			counts, err := Collect(ctx, q, func(r Row) (SealedCount, error) {
				n := SealedCount{Place: p, Always: t.Always}
				var mark string
				err := r.Scan(&mark, &n.Values)
				n.KeyID, _ = keyIDOf(mark)
				n.Bound = strings.HasPrefix(mark, boundMark)
				return n, err
			}, `SELECT CASE WHEN `+c+` LIKE 'p:%' THEN 'p:' ELSE substr(`+c+`, 1, `+fmt.Sprint(markLen)+`) END AS mark, count(*)
				FROM `+p.table()+` WHERE `+c+` <> '' GROUP BY 1 ORDER BY 1`)
			if err != nil {
				return nil, fmt.Errorf("count keys of %s: %w", p, err)
			}
			out = append(out, counts...)
		}
	}
	return out, nil
}
