package backup

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"

	"filippo.io/age"
)

// Marks of an age identity and an age recipient, as `age-keygen` prints them.
const (
	identityMark  = "AGE-SECRET-KEY-"
	recipientMark = "age1"
)

// workFactor is the cost of a passphrase: 2^14 takes 16 MB and some 50 ms. A key of ours
// is long and random, so nobody guesses it; age's own default would take 256 MB.
const workFactor = 14

// shortestKey is how long a passphrase must be.
const shortestKey = 32

// seal encrypts what is written under a key: to the holders of age recipients, or under
// an age identity, or under a passphrase. opener reads this archive again in this run,
// also where the key can only seal; it is forgotten with the run.
func seal(w io.Writer, key string) (_ io.WriteCloser, opener age.Identity, err error) {
	bad := problem(BadKey, "BACKUP_ENCRYPTION_KEY cannot be used")
	switch {
	case strings.HasPrefix(key, recipientMark):
		recipients, err := age.ParseRecipients(strings.NewReader(key))
		if err != nil {
			return nil, nil, bad.because(errors.New("it is not an age recipient"))
		}
		own, err := age.GenerateX25519Identity()
		if err != nil {
			return nil, nil, err
		}
		sealed, err := age.Encrypt(w, append(recipients, own.Recipient())...)
		return sealed, own, err
	case strings.HasPrefix(strings.ToUpper(key), identityMark):
		own, err := age.ParseX25519Identity(key)
		if err != nil {
			return nil, nil, bad.because(errors.New("it is not an age identity"))
		}
		sealed, err := age.Encrypt(w, own.Recipient())
		return sealed, own, err
	case len(key) < shortestKey:
		return nil, nil, bad.because(errors.New("it is shorter than 32 characters"))
	}
	recipient, err := age.NewScryptRecipient(key)
	if err != nil {
		return nil, nil, bad.because(err)
	}
	recipient.SetWorkFactor(workFactor)
	own, err := age.NewScryptIdentity(key)
	if err != nil {
		return nil, nil, bad.because(err)
	}
	sealed, err := age.Encrypt(w, recipient)
	return sealed, own, err
}

// identityOf is what opens archives with a key; nil for a key that only seals.
func identityOf(key string) (age.Identity, error) {
	switch {
	case key == "" || strings.HasPrefix(key, recipientMark):
		return nil, nil //nolint:nilnil // no key is an answer
	case strings.HasPrefix(strings.ToUpper(key), identityMark):
		own, err := age.ParseX25519Identity(strings.TrimSpace(key))
		if err != nil {
			return nil, problem(BadKey, "the age identity cannot be read")
		}
		return own, nil
	}
	own, err := age.NewScryptIdentity(key)
	if err != nil {
		return nil, problem(BadKey, "the passphrase cannot be used").because(err)
	}
	return own, nil
}

// The first bytes of what an archive may be.
var (
	ageMark  = []byte("age-encryption.org/")
	zstdMark = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

// unseal reads an archive through its seal, if it has one.
func unseal(r io.Reader, key age.Identity) (_ io.Reader, sealed bool, err error) {
	in := bufio.NewReaderSize(r, 1<<16)
	head, err := in.Peek(len(ageMark))
	switch {
	case bytes.HasPrefix(head, zstdMark):
		return in, false, nil
	case len(head) < len(ageMark) && err != nil && !errors.Is(err, io.EOF):
		return nil, false, err
	case !bytes.Equal(head, ageMark):
		return nil, false, problem(NotOurs, "this is no backup of E-KOLEK, or its beginning is damaged")
	case key == nil:
		return nil, true, problem(NeedsKey, "the backup is sealed: set BACKUP_ENCRYPTION_KEY, or name a file with --key-file")
	}
	out, err := age.Decrypt(in, key)
	var noMatch *age.NoIdentityMatchError
	if errors.As(err, &noMatch) {
		return nil, true, problem(WrongKey, "the key does not open this backup")
	}
	if err != nil {
		return nil, true, problem(Damaged, "the backup is damaged or cut short").because(err)
	}
	return out, true, nil
}
