package auth

import (
	"context"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"ekolek/internal/errs"
)

// Cost of argon2id: the OWASP minimum, 19 MiB and two passes, about 25 ms.
const (
	argonMemory = 19 * 1024 // KiB
	argonTime   = 2
	argonLanes  = 1
	saltLen     = 16
	keyLen      = 32
)

// Bounds on what a stored hash may make the server compute.
const (
	maxArgonMemory = 256 * 1024 // KiB
	maxArgonTime   = 16
	maxIterations  = 10_000_000 // PBKDF2; Django 5.2 writes 1,000,000
)

// hasher computes password hashes, no more at once than there are processors: each
// takes its memory and its time, and a flood of sign-ins must not take it all.
type hasher struct {
	slots chan struct{}
	dummy string // what is verified when nobody has the name that was typed
}

func newHasher() *hasher {
	return &hasher{
		slots: make(chan struct{}, runtime.GOMAXPROCS(0)),
		dummy: encodeArgon(make([]byte, saltLen), make([]byte, keyLen)), // no password has this hash
	}
}

// hash makes an argon2id hash in PHC form. It runs outside of transactions.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	salt := make([]byte, saltLen)
	_, _ = rand.Read(salt) // crypto/rand never fails: it ends the program instead
	return encodeArgon(salt, argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonLanes, keyLen)), nil
}

// verify compares a password with a stored hash. upgrade says that the hash is of an
// older kind and wants to be replaced while the password is at hand. An empty stored
// hash is nobody's: it costs the same work and never fits.
func (h *hasher) verify(ctx context.Context, stored, password string) (ok, upgrade bool, err error) {
	if stored == "" {
		stored = h.dummy
	}
	if err := h.enter(ctx); err != nil {
		return false, false, err
	}
	defer h.leave()
	switch {
	case strings.HasPrefix(stored, "$argon2id$"):
		return verifyArgon(stored, password)
	case strings.HasPrefix(stored, "pbkdf2_sha256$"):
		return verifyDjango(stored, password)
	}
	return false, false, nil // Django's "!" and kinds that its default settings never wrote
}

// hashWait is how long a password waits to be hashed. Somebody who waits longer would
// rather be told.
const hashWait = 2 * time.Second

// ErrBusy says that too many passwords wait to be looked at.
var ErrBusy = errs.New(errs.Unavailable, "BUSY", "error.auth.busy").After(5 * time.Second)

func (h *hasher) enter(ctx context.Context) error {
	wait := time.NewTimer(hashWait)
	defer wait.Stop()
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-wait.C:
		return ErrBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *hasher) leave() { <-h.slots }

func encodeArgon(salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		argonMemory, argonTime, argonLanes, b64.EncodeToString(salt), b64.EncodeToString(key))
}

var errDamagedHash = errors.New("stored password hash is damaged")

func verifyArgon(stored, password string) (ok, upgrade bool, err error) {
	parts := strings.Split(stored, "$") // "", argon2id, v=19, m=,t=,p=, salt, key
	if len(parts) != 6 || parts[2] != "v="+strconv.Itoa(argon2.Version) {
		return false, false, errDamagedHash
	}
	var memory, passes uint32
	var lanes uint8
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes); err != nil {
		return false, false, errDamagedHash
	}
	salt, errSalt := base64.RawStdEncoding.DecodeString(parts[4])
	key, errKey := base64.RawStdEncoding.DecodeString(parts[5])
	if errSalt != nil || errKey != nil || len(key) < 16 || lanes == 0 || passes == 0 || memory > maxArgonMemory || passes > maxArgonTime {
		return false, false, errDamagedHash
	}
	got := argon2.IDKey([]byte(password), salt, passes, memory, lanes, uint32(len(key)))
	weak := memory < argonMemory || passes < argonTime
	return subtle.ConstantTimeCompare(got, key) == 1, weak, nil
}

// verifyDjango checks pbkdf2_sha256$<iterations>$<salt>$<base64>, as django.contrib.auth
// writes it. The salt is text, not base64.
func verifyDjango(stored, password string) (ok, upgrade bool, err error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 4 {
		return false, false, errDamagedHash
	}
	iterations, errN := strconv.Atoi(parts[1])
	key, errKey := base64.StdEncoding.DecodeString(parts[3])
	if errN != nil || errKey != nil || iterations < 1 || iterations > maxIterations || len(key) != sha256.Size {
		return false, false, errDamagedHash
	}
	got, err := pbkdf2.Key(sha256.New, password, []byte(parts[2]), iterations, len(key))
	if err != nil {
		return false, false, fmt.Errorf("verify Django password: %w", err)
	}
	return subtle.ConstantTimeCompare(got, key) == 1, true, nil
}
