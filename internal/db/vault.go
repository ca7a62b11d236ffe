package db

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Vault seals columns that hold personal data, and makes the keyed hashes by which
// they are found again.
type Vault struct {
	aead    cipher.AEAD // nil: columns are stored readable, behind the marker "p:"
	keyID   string
	hashKey []byte
}

// Markers in front of a stored value.
const (
	plainMark  = "p:"
	sealedMark = "s:" // s:<key id>:<base64 of nonce and sealed text>
)

// NewVault derives its keys. secret keys the look-up hashes; encryption seals the
// columns (AES-256-GCM) and may be empty: then columns stay readable.
func NewVault(secret, encryption string) (*Vault, error) {
	if secret == "" {
		return nil, errors.New("vault: no secret")
	}
	hashKey, err := hkdf.Key(sha256.New, []byte(secret), nil, "ekolek/column-hash/1", 32)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	v := &Vault{hashKey: hashKey}
	if encryption == "" {
		return v, nil
	}
	key, err := hkdf.Key(sha256.New, []byte(encryption), nil, "ekolek/column-seal/1", 32)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	if v.aead, err = cipher.NewGCM(block); err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	id := sha256.Sum256(key)
	v.keyID = hex.EncodeToString(id[:4])
	return v, nil
}

// Hash is the keyed hash of a canonical value, hex; purpose keeps a phone's hash from
// equalling an e-mail's.
func (v *Vault) Hash(purpose, canonical string) string {
	m := hmac.New(sha256.New, v.hashKey)
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

// Column binds a string to the vault: pass it as an argument and it is sealed, scan
// into it and it is opened.
func (v *Vault) Column(s *string) *Column { return &Column{v, s} }

// Seal is Column for a value that is only written.
func (v *Vault) Seal(s string) *Column { return &Column{v, &s} }

// Column is a sealed column's value on its way to or from the database.
type Column struct {
	v *Vault
	s *string
}

// Value seals.
func (c *Column) Value() (driver.Value, error) {
	if *c.s == "" {
		return "", nil
	}
	if c.v.aead == nil {
		return plainMark + *c.s, nil
	}
	nonce := make([]byte, c.v.aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	sealed := c.v.aead.Seal(nonce, nonce, []byte(*c.s), []byte(c.v.keyID))
	return sealedMark + c.v.keyID + ":" + base64.RawStdEncoding.EncodeToString(sealed), nil
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
		return fmt.Errorf("open sealed column: unexpected %T", src)
	}
	switch {
	case stored == "":
		*c.s = ""
		return nil
	case strings.HasPrefix(stored, plainMark):
		*c.s = stored[len(plainMark):]
		return nil
	case strings.HasPrefix(stored, sealedMark):
		return c.open(stored[len(sealedMark):])
	}
	return errors.New("open sealed column: unknown marker")
}

func (c *Column) open(stored string) error {
	keyID, text, ok := strings.Cut(stored, ":")
	if !ok || c.v.aead == nil || keyID != c.v.keyID {
		return fmt.Errorf("open sealed column: no key %q; is FIELD_ENCRYPTION_KEY set?", keyID)
	}
	sealed, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || len(sealed) < c.v.aead.NonceSize() {
		return errors.New("open sealed column: damaged")
	}
	n := c.v.aead.NonceSize()
	plain, err := c.v.aead.Open(nil, sealed[:n], sealed[n:], []byte(keyID))
	if err != nil {
		return errors.New("open sealed column: damaged or wrong key")
	}
	*c.s = string(plain)
	return nil
}
