package db_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

// A table to seal in, as another package would have it.
var sealedTables = append(db.Sealed(), db.SealedTable{Key: "name", Columns: []db.Place{"db_kept.value"}})

// eachKept is testkit.EachDB with that table.
func eachKept(t *testing.T, f func(*testing.T, *db.DB)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		if _, err := d.Writer().ExecContext(t.Context(), `CREATE TABLE db_kept (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)`); err != nil {
			t.Fatal(err)
		}
		f(t, d)
	})
}

func vaultOf(t testing.TB, k db.Keys) *db.Vault {
	t.Helper()
	v, err := k.Vault()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func attached(t testing.TB, d *db.DB, k db.Keys, at time.Time) *db.Vault {
	t.Helper()
	v := vaultOf(t, k)
	if err := v.Attach(t.Context(), d, sealedTables, at); err != nil {
		t.Fatal(err)
	}
	return v
}

func put(t testing.TB, d *db.DB, v *db.Vault, name, text string) {
	t.Helper()
	err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO db_kept (name, value) VALUES ($1, $2)
			ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, v.Seal("db_kept.value", text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func get(t testing.TB, d *db.DB, v *db.Vault, name string) (string, error) {
	t.Helper()
	var text string
	err := d.QueryRowContext(t.Context(), `SELECT value FROM db_kept WHERE name = $1`, name).Scan(v.Column("db_kept.value", &text))
	return text, err
}

func rawValue(t testing.TB, d *db.DB, name string) string {
	t.Helper()
	var text string
	if err := d.QueryRowContext(t.Context(), `SELECT value FROM db_kept WHERE name = $1`, name).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

// Whoever may write to the database cannot have one column's text shown in another.
func TestSealedTextOpensOnlyInItsColumn(t *testing.T) {
	v := vaultOf(t, db.Keys{Secret: "secret", Encryption: "key"})
	stored, err := v.Seal("people_resident.phone", "+639171234567").Value()
	if err != nil {
		t.Fatal(err)
	}
	var text string
	if err := v.Column("people_resident.phone", &text).Scan(stored); err != nil || text != "+639171234567" {
		t.Errorf("opened %q, %v", text, err)
	}
	if err := v.Column("people_resident.email", &text).Scan(stored); err == nil {
		t.Error("it opened in another column")
	}
	altered := strings.Replace(stored.(string), "b:", "s:", 1)
	if err := v.Column("people_resident.phone", &text).Scan(altered); err == nil {
		t.Error("it opened as one that is bound to no column")
	}
}

// What an earlier version sealed, bound to no column, still opens.
func TestWhatAnEarlierVersionSealedOpens(t *testing.T) {
	const phone, factor = "s:1135abab:xFk0DBN+VbjrDviFNf+XmKNm2l0qCsU0kVWbw0NbWzJkLZf56/D7hOw", "s:c29fbfef:TbWpnfa9SqM5MzeKEftK1fkUsveosJn4oW4rkSiWg7CguH0MmWVI/Vb9gFg"
	const hash = "5cab9b4b80f4290e11f5f1e7137cf7b906f69d1109c812f65bb6fb7fa47549c7"
	for name, k := range map[string]db.Keys{
		"the same keys": {Secret: "secret", Encryption: "a key of the city"},
		"former ones":   {Secret: "new", SecretFallbacks: []string{"secret"}, Encryption: "new", EncryptionFallbacks: []string{"a key of the city"}},
	} {
		v := vaultOf(t, k)
		var text, key string
		if err := v.Column("people_resident.phone", &text).Scan(phone); err != nil || text != "+639171234567" {
			t.Errorf("%s: %q, %v", name, text, err)
		}
		if err := v.Secret("auth_second_factor.key", &key).Scan(factor); err != nil || key != "JBSWY3DPEHPK3PXP" {
			t.Errorf("%s: %q, %v", name, key, err)
		}
	}
	if got := vaultOf(t, db.Keys{Secret: "secret"}).Hash("phone", "+639171234567"); got != hash {
		t.Errorf("another hash: %s", got)
	}
}

func TestProductionSealsAlwaysAndDevelopmentWhenAsked(t *testing.T) {
	for name, c := range map[string]struct {
		keys   db.Keys
		column bool
	}{
		"production, no key":  {db.Keys{Secret: "secret"}, true},
		"production":          {db.Keys{Secret: "secret", Encryption: "key"}, true},
		"development, no key": {db.Keys{Secret: "secret", Readable: true}, false},
		"development":         {db.Keys{Secret: "secret", Encryption: "key", Readable: true}, true},
	} {
		v := vaultOf(t, c.keys)
		column, _ := v.Seal("a.b", "text").Value()
		secret, _ := v.SealSecret("a.b", "text").Value()
		if sealed := column != "p:text"; sealed != c.column || secret == "p:text" {
			t.Errorf("%s: stored %q, and of a secret %q", name, column, secret)
		}
	}
}

// A database tells at the start when the key is missing that it was sealed with, and
// which variable it was.
func TestAttachTellsOfAMissingKey(t *testing.T) {
	eachKept(t, func(t *testing.T, d *db.DB) {
		put(t, d, attached(t, d, db.Keys{Secret: "secret", Encryption: "one"}, now), "kept", "text")
		for name, c := range map[string]struct {
			keys db.Keys
			says string
		}{
			"another key":               {db.Keys{Secret: "secret", Encryption: "two"}, "FIELD_ENCRYPTION_KEY is not the one this database was sealed with"},
			"none":                      {db.Keys{Secret: "secret"}, "FIELD_ENCRYPTION_KEY is not the one"},
			"none, development":         {db.Keys{Secret: "secret", Readable: true}, "FIELD_ENCRYPTION_KEY is not the one"},
			"another one as a fallback": {db.Keys{Secret: "secret", Encryption: "two", EncryptionFallbacks: []string{"three"}}, "FIELD_ENCRYPTION_KEY is not the one"},
		} {
			err := vaultOf(t, c.keys).Attach(t.Context(), d, sealedTables, now)
			var missing *db.KeyError
			if !errors.As(err, &missing) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v", name, err)
			}
		}
		v := attached(t, d, db.Keys{Secret: "another secret", Encryption: "two", EncryptionFallbacks: []string{"one"}}, now.Add(time.Minute))
		if text, err := get(t, d, v, "kept"); err != nil || text != "text" {
			t.Errorf("with the former key as a fallback: %q, %v", text, err)
		}
	})
	t.Run("of a derived key", func(t *testing.T) {
		d := testkit.DB(t)
		if err := vaultOf(t, db.Keys{Secret: "secret"}).Attach(t.Context(), d, db.Sealed(), now); err != nil {
			t.Fatal(err)
		}
		err := vaultOf(t, db.Keys{Secret: "another"}).Attach(t.Context(), d, db.Sealed(), now)
		if err == nil || !strings.Contains(err.Error(), "DJANGO_SECRET_KEY is not the one") {
			t.Error(err)
		}
	})
}

// A database that was sealed before it kept a list of its keys.
func TestAttachFindsTheKeysOfAnEarlierDatabase(t *testing.T) {
	eachKept(t, func(t *testing.T, d *db.DB) {
		put(t, d, vaultOf(t, db.Keys{Secret: "secret", Encryption: "one"}), "kept", "text")
		err := vaultOf(t, db.Keys{Secret: "secret", Encryption: "two"}).Attach(t.Context(), d, sealedTables, now)
		if !errors.As(err, new(*db.KeyError)) {
			t.Fatalf("another key: %v", err)
		}
		v := attached(t, d, db.Keys{Secret: "secret", Encryption: "two", EncryptionFallbacks: []string{"one"}}, now)
		if before := vaultOf(t, db.Keys{Secret: "secret"}); v.Hash("phone", "x") != before.Hash("phone", "x") {
			t.Error("its look-up hashes are made with another key now")
		}
		keys, err := db.SealingKeys(t.Context(), d)
		if err != nil || len(keys) != 3 || keys[0].ID != v.KeyID() || keys[2].ID != vaultOf(t, db.Keys{Secret: "secret", Encryption: "one"}).KeyID() || keys[2].RetiredAt != nil {
			t.Errorf("keys %+v, %v", keys, err)
		}
	})
}

// No secret keys the look-up hashes of a new database: they stay when all secrets change.
func TestLookUpHashesOutliveEverySecret(t *testing.T) {
	eachKept(t, func(t *testing.T, d *db.DB) {
		keys := []db.Keys{
			{Secret: "a"},
			{Secret: "b", SecretFallbacks: []string{"a"}},
			{Secret: "b", SecretFallbacks: []string{"a"}, Encryption: "one"},
			{Secret: "c", Encryption: "two", EncryptionFallbacks: []string{"one"}},
			{Secret: "d", Encryption: "three", EncryptionFallbacks: []string{"two"}},
		}
		var hash string
		for i, k := range keys {
			at := now.Add(time.Duration(i) * time.Minute)
			v := attached(t, d, k, at)
			switch {
			case hash == "":
				hash = v.Hash("phone", "+639171234567")
			case v.Hash("phone", "+639171234567") != hash:
				t.Errorf("step %d: another hash", i)
			}
			if hash == vaultOf(t, k).Hash("phone", "+639171234567") {
				t.Error("the hash comes from the secret")
			}
			if s, err := v.SealAnew(t.Context(), d, sealedTables, func() time.Time { return at }, 0); err != nil || s.DoneAt == nil {
				t.Fatalf("step %d: %+v, %v", i, s, err)
			}
		}
	})
}

// Readable, under a former key, and of an earlier version: one pass brings all under the
// present key, in slices, and then the former keys are needed no more.
func TestSealAnew(t *testing.T) {
	eachKept(t, func(t *testing.T, d *db.DB) {
		readable := attached(t, d, db.Keys{Secret: "secret", Readable: true}, now)
		for i := range 250 {
			put(t, d, readable, "readable "+db.Day(now.AddDate(0, 0, i)), "text")
		}
		put(t, d, readable, "empty", "")
		put(t, d, attached(t, d, db.Keys{Secret: "secret", Encryption: "one"}, now.Add(time.Minute)), "former", "text")
		v := attached(t, d, db.Keys{Secret: "other", SecretFallbacks: []string{"secret"}, Encryption: "two", EncryptionFallbacks: []string{"one"}}, now.Add(2*time.Minute))
		clock := func() time.Time { return now.Add(3 * time.Minute) }
		calls := 0
		for s := (db.Sealing{}); s.DoneAt == nil; calls++ {
			var err error
			if s, err = v.SealAnew(t.Context(), d, sealedTables, clock, time.Nanosecond); err != nil {
				t.Fatal(err)
			}
		}
		if calls < 6 {
			t.Errorf("a slice of the work did everything in %d calls", calls)
		}
		counts, err := db.CountSealed(t.Context(), d, sealedTables)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range counts {
			if v.StateOf(n) != db.SealPresent {
				t.Errorf("%+v: %s", n, v.StateOf(n))
			}
		}
		alone := attached(t, d, db.Keys{Secret: "other", Encryption: "two"}, now.Add(4*time.Minute))
		for _, name := range []string{"former", "readable " + db.Day(now)} {
			if text, err := get(t, d, alone, name); err != nil || text != "text" || !strings.HasPrefix(rawValue(t, d, name), "b:"+v.KeyID()) {
				t.Errorf("%s: %q, %v, stored %q", name, text, err, rawValue(t, d, name))
			}
		}
	})
}
