package seal

import (
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Key is the public half of a key that signs checkpoints. The first one signs for itself,
// each other one is signed for by the one before, so that whoever has an old one can follow.
type Key struct {
	Public      []byte    `json:"public"`
	Since       time.Time `json:"since"`
	Former      string    `json:"former,omitempty"` // the id of the key before; empty: the first
	Endorsement []byte    `json:"endorsement"`      // that key's signature over Text; of the first: its own
}

// ID is the key's name: sixteen hexadecimal digits.
func (k Key) ID() string { return KeyID(k.Public) }

// KeyID is the name of a public key.
func KeyID(public ed25519.PublicKey) string {
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:8])
}

// Text is what the former key signs.
func (k Key) Text() string {
	return fmt.Sprintf("ekolek ledger key 1\nkey: %s\npublic: %s\nsince: %s\nformer: %s\n",
		k.ID(), base64.StdEncoding.EncodeToString(k.Public), k.Since.UTC().Format(stamp), k.Former)
}

// ring are keys by their ids.
type ring struct {
	known   map[string]ed25519.PublicKey
	trusted map[string]bool // the anchor, and what follows from it by endorsements
}

func newRing(keys []Key, anchor ed25519.PublicKey) (ring, error) {
	if len(anchor) != ed25519.PublicKeySize {
		return ring{}, errors.New("the given key is not a public key of Ed25519")
	}
	r := ring{map[string]ed25519.PublicKey{KeyID(anchor): anchor}, map[string]bool{KeyID(anchor): true}}
	for _, k := range keys {
		if len(k.Public) != ed25519.PublicKeySize {
			return r, k.wrong("is not a public key of Ed25519")
		}
		if other, there := r.known[k.ID()]; there && !other.Equal(ed25519.PublicKey(k.Public)) {
			return r, k.wrong("has the name of another key")
		}
		r.known[k.ID()] = k.Public
		former := ed25519.PublicKey(k.Public)
		if k.Former != "" {
			former = r.known[k.Former]
		}
		if former == nil { // of a list that begins later
			continue
		}
		if !ed25519.Verify(former, []byte(k.Text()), k.Endorsement) {
			return r, k.wrong("was not signed for by key %s", cmp.Or(k.Former, k.ID()))
		}
		if r.trusted[k.Former] {
			r.trusted[k.ID()] = true
		}
	}
	return r, nil
}

func (k Key) wrong(problem string, args ...any) *Finding {
	return &Finding{"ledger_signing_key", k.ID(), fmt.Sprintf(problem, args...)}
}

// EncodePublicKey is a public key as a file that other programs read, too (openssl).
func EncodePublicKey(public ed25519.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("encode public key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

// ParsePublicKey reads such a file, or the key's 32 bytes in base64.
func ParsePublicKey(text []byte) (ed25519.PublicKey, error) {
	bad := errors.New("this is not a public key of Ed25519, neither as PEM nor in base64")
	if block, _ := pem.Decode(text); block != nil {
		key, err := x509.ParsePKIXPublicKey(block.Bytes)
		public, ok := key.(ed25519.PublicKey)
		if err != nil || !ok {
			return nil, bad
		}
		return public, nil
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(raw) != ed25519.PublicKeySize {
		return nil, bad
	}
	return raw, nil
}
