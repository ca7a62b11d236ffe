package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ekolek/internal/notify/carrier"
)

// secrets are the settings that nobody else gives out: the city makes them itself.
var secrets = []string{"DJANGO_SECRET_KEY", "FIELD_ENCRYPTION_KEY", "BACKUP_ENCRYPTION_KEY", "METRICS_TOKEN", "DB_PASSWORD"}

// vapidKey is made only when it is asked for: one node keeps its own.
const vapidKey = "VAPID_PRIVATE_KEY"

type genSecretCmd struct {
	Names []string `arg:"" optional:"" help:"Settings to make values for. Default: one value without a name."`
	Env   bool     `help:"Print NAME=value lines as .env wants them, for all secrets when no setting is named."`
	To    string   `help:"Write a file for each into this folder instead, as NAME_FILE wants them. A file that is there is kept." type:"path" placeholder:"DIR"`
}

// Run prints new secrets, or writes them where nothing is yet. It reads no configuration,
// so it works before there is one.
func (g genSecretCmd) Run(c console) error {
	names, err := g.names()
	if err != nil {
		return err
	}
	switch {
	case g.To != "":
		return g.write(c, names)
	case g.Env:
		for _, name := range names {
			fmt.Fprintf(c.out, "%s=%s\n", name, newSecretFor(name))
		}
	default:
		if len(g.Names) == 0 {
			names = []string{""}
		}
		for _, name := range names {
			fmt.Fprintln(c.out, newSecretFor(name))
		}
	}
	return nil
}

// names are those asked for; a name that is no secret of ours is a mistake worth telling.
func (g genSecretCmd) names() ([]string, error) {
	if len(g.Names) == 0 {
		return secrets, nil
	}
	for _, name := range g.Names {
		if !slices.Contains(secrets, name) && name != vapidKey {
			return nil, fmt.Errorf("%s is no secret that you make yourself; these are: %s, %s", name, strings.Join(secrets, ", "), vapidKey)
		}
	}
	return g.Names, nil
}

func (g genSecretCmd) write(c console, names []string) error {
	if err := os.MkdirAll(g.To, 0o700); err != nil {
		return err
	}
	for _, name := range names {
		file := filepath.Join(g.To, strings.ToLower(name))
		switch err := writeNew(file, newSecretFor(name)+"\n"); {
		case errors.Is(err, fs.ErrExist):
			fmt.Fprintln(c.out, "kept", file)
		case err != nil:
			return err
		default:
			fmt.Fprintln(c.out, "made", file)
		}
	}
	return nil
}

// writeNew writes a file that only its owner reads, and never over another one.
func writeNew(file, text string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// newSecretFor is a secret of a setting's own shape.
func newSecretFor(name string) string {
	if name != vapidKey {
		return newSecret()
	}
	key, err := carrier.NewVAPIDKey()
	if err != nil {
		panic("make a key: " + err.Error()) // crypto/rand does not fail
	}
	return key
}

// newSecret is 384 random bits as 64 characters, none of which a shell, .env, systemd or
// an address reads as anything else.
func newSecret() string {
	var b [48]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails: it ends the program instead
	text := base64.RawURLEncoding.EncodeToString(b[:])
	if text[0] == '-' { // an option, to a command line
		return newSecret()
	}
	return text
}
