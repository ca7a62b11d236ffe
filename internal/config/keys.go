package config

import (
	"fmt"
	"slices"
)

// The shortest keys that production accepts.
const (
	shortestSecret = 50
	shortestKey    = 32
)

// checkKeys: each key is strong, a former one too, because what it signed still counts;
// and no key does two things.
func (l *loader) checkKeys() {
	c := l.c
	if c.EncryptionKey == "" {
		l.warn("FIELD_ENCRYPTION_KEY is not set: personal data is sealed with a key derived from DJANGO_SECRET_KEY. " +
			"Give it a key of its own, with what `ekolek gen-secret --env FIELD_ENCRYPTION_KEY` prints, kept as safely as the backups; then restart. See docs/keys.md.")
	}
	if c.EncryptionKey != "" && (c.EncryptionKey == c.SecretKey || slices.Contains(c.FormerSecrets, c.EncryptionKey)) {
		l.problem("FIELD_ENCRYPTION_KEY", "is the same as DJANGO_SECRET_KEY", "Make a second one.")
	}
	l.checkFormer("DJANGO_SECRET_KEY", c.SecretKey, c.FormerSecrets, shortestSecret)
	l.checkFormer("FIELD_ENCRYPTION_KEY", c.EncryptionKey, c.FormerKeys, shortestKey)
}

func (l *loader) checkFormer(name string, current Secret, former []Secret, shortest int) {
	for i, key := range former {
		what := weakness(string(key), shortest)
		switch {
		case what != "":
			what = fmt.Sprintf("has a key, number %d, that %s", i+1, what)
		case key == current:
			what = "has the present " + name + " in it"
		case slices.Contains(former[:i], key):
			what = fmt.Sprintf("has key number %d twice", i+1)
		default:
			continue
		}
		l.problem(name+"_FALLBACKS", what, "Take it out: what it signed or sealed no longer counts then (docs/keys.md).")
	}
}
