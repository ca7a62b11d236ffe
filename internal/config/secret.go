package config

import (
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
)

// Secret is a value that does not show itself: not in logs, errors, JSON or %v. Only
// the conversion string(s) gives it away, at the place that needs it.
type Secret string

const hidden = "[hidden]"

// String hides the value and tells only whether there is one.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// Format hides the value from every verb, %#v and %x too.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) } // fmt keeps its own errors

// LogValue hides the value from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides the value from JSON and its like.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// hide is the mask of a whole value.
func hide(v string) string { return Secret(v).String() }

// hidePassword is the mask of an address: the password and the query are left out.
func hidePassword(v string) string {
	u, err := url.Parse(v)
	if err != nil || u.Scheme == "" {
		return hide(v)
	}
	if u.RawQuery != "" {
		u.RawQuery = "…"
	}
	if _, ok := u.User.Password(); ok {
		u.User = url.User(u.User.Username() + ":" + hidden)
	}
	plain, err := url.PathUnescape(u.String())
	if err != nil {
		return hide(v)
	}
	return plain
}

// Secrets are the values, and the passwords in addresses, that nothing may show: the
// log takes them out wherever they turn up.
func (c Config) Secrets() []string {
	if c.secrets == nil {
		return nil
	}
	return c.secrets()
}

// secretsIn are the parts of a masked setting's value that are secret.
func secretsIn(v string) []string {
	u, err := url.Parse(v)
	if err != nil || !strings.Contains(v, "://") {
		return append(strings.Split(v, ","), v) // several keys may stand in one setting
	}
	password, ok := u.User.Password()
	if !ok {
		return nil
	}
	return []string{password, url.QueryEscape(password), url.PathEscape(password)}
}
