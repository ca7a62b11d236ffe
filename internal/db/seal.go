package db

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Markers in front of a stored value.
const (
	plainMark  = "p:"
	sealedMark = "s:" // s:<key id>:<base64 of nonce and sealed text>: what the first versions wrote
	boundMark  = "b:" // the same, bound to its column
)

// markLen is the length of what stands before the sealed text: marker, key id, colon.
const markLen = len(boundMark) + keyIDLen + 1

const keyIDLen = 8

// seal is AES-256-GCM under one key, with a random nonce of 96 bits. A key may seal 2³²
// values (NIST SP 800-38D, 8.3): a city of a million writes that in some centuries.
type seal struct {
	aead     cipher.AEAD
	id       string
	variable string // the setting that it comes from
}

func newSeal(secret, purpose, variable string) (*seal, error) {
	key, err := derive(secret, purpose)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	sum := sha256.Sum256(key)
	return &seal{aead, hex.EncodeToString(sum[:])[:keyIDLen], variable}, nil
}

// mark begins every value that this key seals.
func (s *seal) mark() string { return boundMark + s.id + ":" }

func (s *seal) close(p Place, plain string) (string, error) {
	nonce := make([]byte, s.aead.NonceSize(), s.aead.NonceSize()+len(plain)+s.aead.Overhead())
	if _, err := rand.Read(nonce); err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	sealed := s.aead.Seal(nonce, nonce, []byte(plain), s.bound(p))
	return s.mark() + base64.RawStdEncoding.EncodeToString(sealed), nil
}

// bound is what a sealed text depends on besides the key: its place.
func (s *seal) bound(p Place) []byte { return []byte(s.id + "\x00" + string(p)) }

func (s *seal) open(p Place, stored string) (string, error) {
	sealed, err := base64.RawStdEncoding.DecodeString(stored[markLen:])
	n := s.aead.NonceSize()
	if err != nil || len(sealed) < n {
		return "", errors.New("damaged")
	}
	with := s.bound(p)
	if strings.HasPrefix(stored, sealedMark) {
		with = []byte(s.id)
	}
	plain, err := s.aead.Open(nil, sealed[:n], sealed[n:], with)
	if err != nil {
		return "", errors.New("damaged, of another column, or wrong key")
	}
	return string(plain), nil
}

// keyIDOf reads which key sealed a stored value.
func keyIDOf(stored string) (string, bool) {
	if len(stored) < markLen || stored[markLen-1] != ':' || !(strings.HasPrefix(stored, sealedMark) || strings.HasPrefix(stored, boundMark)) {
		return "", false
	}
	return stored[len(boundMark) : markLen-1], true
}
