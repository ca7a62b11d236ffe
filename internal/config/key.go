package config

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// developmentKey takes the secret key that development made for itself, and makes it
// the first time. Production never comes here.
func (l *loader) developmentKey() {
	file := filepath.Join(l.c.DataDir, "secret_key")
	key, err := readOrMakeKey(file)
	if err != nil {
		l.problem("DATA_DIR", "cannot keep the development key: "+err.Error(), "Name a folder that this user may write, or set DJANGO_SECRET_KEY.")
		return
	}
	l.c.SecretKey = Secret(key)
	l.shown["DJANGO_SECRET_KEY"] = found{key, file}
}

func readOrMakeKey(file string) (string, error) {
	data, err := os.ReadFile(file)
	if err == nil {
		return strings.TrimSpace(string(data)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", err
	}
	// Two programs may start at once: the file appears whole, and the first one wins.
	draft := fmt.Sprintf("%s.%d", file, os.Getpid())
	if err := os.WriteFile(draft, []byte(rand.Text()+rand.Text()+"\n"), 0o600); err != nil {
		return "", err
	}
	defer os.Remove(draft)
	if err := os.Link(draft, file); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	data, err = os.ReadFile(file)
	return strings.TrimSpace(string(data)), err
}
