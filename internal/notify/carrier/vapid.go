package carrier

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// VAPIDKey is what push services know this city by (RFC 8292). Browsers subscribe to
// messages of one key: with another one, all of them must be asked again.
type VAPIDKey struct {
	private *ecdsa.PrivateKey
	public  string
}

// ParseVAPIDKey reads a private key as push libraries write it: 32 bytes, base64url. Its
// error does not repeat it.
func ParseVAPIDKey(text string) (VAPIDKey, error) {
	raw, err := fromBase64(strings.TrimSpace(text))
	if err != nil || len(raw) != 32 {
		return VAPIDKey{}, errors.New("is not 32 bytes in base64url")
	}
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
	if err != nil {
		return VAPIDKey{}, errors.New("is no key of the curve P-256")
	}
	public, err := private.PublicKey.Bytes()
	if err != nil {
		return VAPIDKey{}, errors.New("is no key of the curve P-256")
	}
	return VAPIDKey{private: private, public: base64.RawURLEncoding.EncodeToString(public)}, nil
}

// NewVAPIDKey makes a private key, as ParseVAPIDKey reads it.
func NewVAPIDKey() (string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", err
	}
	raw, err := key.Bytes()
	return base64.RawURLEncoding.EncodeToString(raw), err
}

// KeptVAPIDKey reads the key in a file, and makes it the first time. Of two programs that
// start at once, both take the key of the first.
func KeptVAPIDKey(file string) (VAPIDKey, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		if err = makeVAPIDKey(file); err == nil || errors.Is(err, fs.ErrExist) {
			text, err = os.ReadFile(file)
		}
	}
	if err != nil {
		return VAPIDKey{}, err
	}
	key, err := ParseVAPIDKey(string(text))
	if err != nil {
		return VAPIDKey{}, fmt.Errorf("%s %w", file, err)
	}
	return key, nil
}

// makeVAPIDKey lets the file appear whole, or not at all when there is one.
func makeVAPIDKey(file string) error {
	key, err := NewVAPIDKey()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	draft := file + "." + rand.Text()
	f, err := os.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(draft)
	_, err = f.WriteString(key + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Link(draft, file)
}

// Public is the public key as browsers take it.
func (k VAPIDKey) Public() string { return k.public }

// tokenLife is how long a signature is good for; a push service refuses more than a day.
const tokenLife = 12 * time.Hour

// authorize is the header that tells a push service who we are.
func (k VAPIDKey) authorize(endpoint, subject string, now time.Time) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", err
	}
	claims, err := json.Marshal(struct {
		Audience string `json:"aud"`
		Expires  int64  `json:"exp"`
		Subject  string `json:"sub"`
	}{u.Scheme + "://" + u.Host, now.Add(tokenLife).Unix(), subject})
	if err != nil {
		return "", err
	}
	signed := base64.RawURLEncoding.EncodeToString([]byte(`{"typ":"JWT","alg":"ES256"}`)) + "." + base64.RawURLEncoding.EncodeToString(claims)
	hash := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, k.private, hash[:])
	if err != nil {
		return "", err
	}
	var signature [64]byte
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return "vapid t=" + signed + "." + base64.RawURLEncoding.EncodeToString(signature[:]) + ", k=" + k.public, nil
}
