package db

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Keys are what a Vault is made of. docs/keys.md tells which of them does what.
type Keys struct {
	Secret              string   // DJANGO_SECRET_KEY
	SecretFallbacks     []string // former ones: they open what they sealed, and seal no more
	Encryption          string   // FIELD_ENCRYPTION_KEY; empty: a key of Secret seals
	EncryptionFallbacks []string
	Readable            bool // without Encryption, columns stay readable: development
}

// Vault seals columns that hold personal data, and makes the keyed hashes by which
// they are found again.
type Vault struct {
	ring     map[string]*seal // by key id: all that opens
	current  *seal            // what seals
	secret   *seal            // of DJANGO_SECRET_KEY; current, without FIELD_ENCRYPTION_KEY
	readable bool             // columns are stored readable, behind the marker "p:"
	hashKey  []byte
	former   [][]byte // hash keys that a database of before Attach may have been keyed with
}

// NewVault is the Vault of one secret and one encryption key; without the latter,
// columns stay readable.
func NewVault(secret, encryption string) (*Vault, error) {
	return Keys{Secret: secret, Encryption: encryption, Readable: true}.Vault()
}

// Vault derives a key for each purpose. Until Attach, look-up hashes are keyed by Secret.
func (k Keys) Vault() (*Vault, error) {
	if k.Secret == "" {
		return nil, errors.New("vault: no secret")
	}
	v := &Vault{ring: map[string]*seal{}, readable: k.Readable && k.Encryption == ""}
	for i, secret := range append([]string{k.Secret}, k.SecretFallbacks...) {
		s, err := v.add(secret, secretPurpose, secretVariable)
		if err != nil {
			return nil, err
		}
		hash, err := derive(secret, hashPurpose)
		if err != nil {
			return nil, err
		}
		if v.former = append(v.former, hash); i == 0 {
			v.secret, v.current, v.hashKey = s, s, hash
		}
	}
	if k.Encryption != "" {
		var err error
		if v.current, err = v.add(k.Encryption, columnPurpose, encryptionVariable); err != nil {
			return nil, err
		}
	}
	for _, former := range k.EncryptionFallbacks {
		if _, err := v.add(former, columnPurpose, encryptionVariable); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func (v *Vault) add(secret, purpose, variable string) (*seal, error) {
	s, err := newSeal(secret, purpose, variable)
	if err == nil {
		v.ring[s.id] = s
	}
	return s, err
}

// The purposes that keep keys of one secret apart.
const (
	hashPurpose   = "ekolek/column-hash/1"
	secretPurpose = "ekolek/secret-seal/1"
	columnPurpose = "ekolek/column-seal/1"
)

// The settings that keys come from.
const (
	secretVariable     = "DJANGO_SECRET_KEY"
	encryptionVariable = "FIELD_ENCRYPTION_KEY"
)

func derive(secret, purpose string) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, purpose, 32)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	return key, nil
}

// KeyID names the key that seals: eight hexadecimal digits, which tell nothing of it.
func (v *Vault) KeyID() string { return v.current.id }

// Readable says that columns are stored readable: development without a key.
func (v *Vault) Readable() bool { return v.readable }

// Hash is the keyed hash of a canonical value, hex; purpose keeps a phone's hash from
// equalling an e-mail's.
func (v *Vault) Hash(purpose, canonical string) string {
	return hashWith(v.hashKey, purpose, canonical)
}

func hashWith(key []byte, purpose, canonical string) string {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(purpose))
	m.Write([]byte{0})
	m.Write([]byte(canonical))
	return hex.EncodeToString(m.Sum(nil))
}

// HashNull is Hash for a column that is null when there is no value.
func (v *Vault) HashNull(purpose, canonical string) any {
	if canonical == "" {
		return nil
	}
	return v.Hash(purpose, canonical)
}

// Key is a key for another purpose, made of the hash key: it stays when secrets rotate.
func (v *Vault) Key(purpose string) []byte {
	m := hmac.New(sha256.New, v.hashKey)
	m.Write([]byte("key\x00" + purpose))
	return m.Sum(nil)
}

// Place is a column that a Vault seals: "people_resident.phone". What was sealed for one
// place does not open in another.
type Place string

// Column binds a string to the vault: pass it as an argument and it is sealed, scan
// into it and it is opened.
func (v *Vault) Column(p Place, s *string) *Column { return &Column{v, p, s, v.readable} }

// Seal is Column for a value that is only written.
func (v *Vault) Seal(p Place, s string) *Column { return v.Column(p, &s) }

// Secret is Column for what must never lie readable in the database, whatever is
// configured: a code on its way out, a second factor's key.
func (v *Vault) Secret(p Place, s *string) *Column { return &Column{v, p, s, false} }

// SealSecret is Secret for a value that is only written.
func (v *Vault) SealSecret(p Place, s string) *Column { return v.Secret(p, &s) }

// Column is a sealed column's value on its way to or from the database.
type Column struct {
	vault    *Vault
	place    Place
	s        *string
	readable bool
}

// Value seals.
func (c *Column) Value() (driver.Value, error) {
	switch {
	case *c.s == "":
		return "", nil
	case c.readable:
		return plainMark + *c.s, nil
	}
	return c.vault.current.close(c.place, *c.s)
}

// Scan opens.
func (c *Column) Scan(src any) error {
	var stored string
	switch x := src.(type) {
	case nil:
	case string:
		stored = x
	case []byte:
		stored = string(x)
	default:
		return fmt.Errorf("open %s: unexpected %T", c.place, src)
	}
	text, err := c.vault.open(c.place, stored)
	if err != nil {
		return fmt.Errorf("open %s: %w", c.place, err)
	}
	*c.s = text
	return nil
}

func (v *Vault) open(p Place, stored string) (string, error) {
	if plain, ok := strings.CutPrefix(stored, plainMark); ok || stored == "" {
		return plain, nil
	}
	id, ok := keyIDOf(stored)
	if !ok {
		return "", errors.New("unknown marker")
	}
	s, ok := v.ring[id]
	if !ok {
		return "", fmt.Errorf("no key %q; is FIELD_ENCRYPTION_KEY set, and DJANGO_SECRET_KEY the same?", id)
	}
	return s.open(p, stored)
}
