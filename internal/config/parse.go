package config

import (
	"crypto/ecdh"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
)

// The functions here make setters for the table: each parses one kind of value into
// its place. Their errors say what is wanted and never repeat what was given.

// keep takes any text; the loader looks it up again by its name.
func keep(string) error { return nil }

func text(to *string) func(string) error {
	return func(v string) error { *to = v; return nil }
}

func secret(to *Secret) func(string) error {
	return func(v string) error { *to = Secret(v); return nil }
}

func secrets(to *[]Secret) func(string) error {
	return func(v string) error {
		for _, item := range items(v) {
			*to = append(*to, Secret(item))
		}
		return nil
	}
}

// boolean reads the forms that python-decouple knew.
func boolean(to *bool) func(string) error {
	return func(v string) error {
		switch strings.ToLower(v) {
		case "1", "true", "yes", "on", "t", "y":
			*to = true
		case "0", "false", "no", "off", "f", "n":
			*to = false
		default:
			return errors.New("must be True or False")
		}
		return nil
	}
}

func number(to *int, least, most int) func(string) error {
	return func(v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < least || n > most {
			return fmt.Errorf("must be a whole number from %d to %d", least, most)
		}
		*to = n
		return nil
	}
}

// hour reads an hour of the day, or "-" for none, which is -1.
func hour(to *int) func(string) error {
	return func(v string) error {
		if v == "-" {
			*to = -1
			return nil
		}
		if number(to, 0, 23)(v) != nil {
			return errors.New("must be an hour from 0 to 23, or - for none")
		}
		return nil
	}
}

// postgresURL reads the address of a PostgreSQL server.
func postgresURL(to *Secret) func(string) error {
	return func(v string) error {
		if !strings.HasPrefix(v, "postgres://") && !strings.HasPrefix(v, "postgresql://") {
			return errors.New("must be postgres://user:password@host:5432/name")
		}
		*to = Secret(v)
		return nil
	}
}

// span reads a number of units: minutes, days.
func span(to *time.Duration, unit time.Duration) func(string) error {
	return func(v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > 100_000 {
			return errors.New("must be a whole number from 1 to 100000")
		}
		*to = time.Duration(n) * unit
		return nil
	}
}

// civilDay reads a day such as 2027-12-31; empty is none.
func civilDay(to *string) func(string) error {
	return func(v string) error {
		if _, err := time.Parse(time.DateOnly, v); v != "" && err != nil {
			return errors.New("must be a day such as 2027-12-31")
		}
		*to = v
		return nil
	}
}

// folder reads a path, or "-" for none.
func folder(to *string) func(string) error {
	return func(v string) error {
		if v != "-" {
			*to = v
		}
		return nil
	}
}

func list(to *[]string) func(string) error {
	return func(v string) error { *to = items(v); return nil }
}

func items(v string) []string {
	var out []string
	for item := range strings.SplitSeq(v, ",") {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}

// site reads an address and drops the slash at its end.
func site(to *string) func(string) error {
	return func(v string) error {
		u, err := url.Parse(v)
		if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return errors.New("must be an address such as https://ekolek.example.gov.ph")
		}
		*to = strings.TrimRight(v, "/")
		return nil
	}
}

// vapid reads a private key of the curve P-256 as push libraries write it.
func vapid(to *Secret) func(string) error {
	return func(v string) error {
		raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(v, "="))
		if err == nil {
			_, err = ecdh.P256().NewPrivateKey(raw)
		}
		if err != nil {
			return errors.New("must be 32 bytes in base64url, as `ekolek gen-secret VAPID_PRIVATE_KEY` prints them")
		}
		*to = Secret(v)
		return nil
	}
}

// subject reads where somebody of the city is found: a mail address or a page.
func subject(to *string) func(string) error {
	return func(v string) error {
		u, err := url.Parse(v)
		if err != nil || (u.Scheme != "mailto" || !strings.Contains(u.Opaque, "@")) && (u.Scheme != "https" || u.Host == "") {
			return errors.New("must be mailto:cenro@example.gov.ph or an https address")
		}
		*to = v
		return nil
	}
}

// origins reads addresses that end with the host or its port.
func origins(to *[]string) func(string) error {
	return func(v string) error {
		for _, o := range items(v) {
			u, err := url.Parse(o)
			if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || strings.Contains(u.Host, "*") || u.Scheme+"://"+u.Host != o {
				return errors.New("must be origins such as https://ekolek.example.gov.ph, without a path or *, separated by commas")
			}
		}
		*to = items(v)
		return nil
	}
}

// prefixes reads addresses and networks: 10.0.0.7, 10.0.0.0/8.
func prefixes(to *[]netip.Prefix) func(string) error {
	return func(v string) error {
		var out []netip.Prefix
		for _, item := range items(v) {
			p, err := netip.ParsePrefix(item)
			if err != nil {
				addr, err := netip.ParseAddr(item)
				if err != nil {
					return errors.New("must be addresses or networks such as 10.0.0.0/8, separated by commas")
				}
				p = netip.PrefixFrom(addr, addr.BitLen())
			}
			out = append(out, p.Masked())
		}
		*to = out
		return nil
	}
}

// database reads the address of a PostgreSQL database or the path of a SQLite file.
func database(to *Database) func(string) error {
	return func(v string) error {
		wrong := errors.New("must be postgres://user:password@host:5432/name or sqlite:///absolute/path")
		u, err := url.Parse(v)
		if err != nil {
			return wrong
		}
		switch u.Scheme {
		case "postgres", "postgresql":
			to.URL = Secret(v)
			return nil
		case "sqlite":
			file := path.Clean(u.Path) // four slashes, as other programs want them, become three
			if u.Host != "" || file == "/" || file == "." {
				return wrong
			}
			to.Path = file
			return nil
		}
		return wrong
	}
}

// redis checks the address of a Redis server.
func redis() func(string) error {
	return func(v string) error {
		u, err := url.Parse(v)
		tcp := err == nil && (u.Scheme == "redis" || u.Scheme == "rediss") && u.Hostname() != ""
		socket := err == nil && u.Scheme == "unix" && u.Host == "" && u.Path != ""
		if !tcp && !socket {
			return errors.New("must be an address such as redis://localhost:6379/0")
		}
		return nil
	}
}

func cacheBackend() func(string) error {
	return func(v string) error {
		if cacheKind(v) == "" {
			return errors.New("must be LocMemCache or RedisCache")
		}
		return nil
	}
}

// cacheKind is the last name of a Django path, when it is one of the two.
func cacheKind(v string) string {
	for _, kind := range []string{"LocMemCache", "RedisCache"} {
		if strings.HasSuffix(v, kind) {
			return kind
		}
	}
	return ""
}

// mailBackend reads our names, and the Django paths that the former system knew.
func mailBackend(to *MailBackend) func(string) error {
	return func(v string) error {
		v = strings.ToLower(v)
		for _, known := range []struct {
			part    string
			backend MailBackend
		}{
			{"sendgrid", SendGrid}, {"resend", Resend}, {"gmail", Gmail}, {"smtp", SMTP},
			{"console", MailFile}, {"file", MailFile}, {"dummy", MailFile}, {"locmem", MailFile},
		} {
			if strings.Contains(v, known.part) {
				*to = known.backend
				return nil
			}
		}
		return errors.New("must be smtp, sendgrid, resend, gmail or file")
	}
}

// sender reads an e-mail address, with or without a name.
func sender(to *string) func(string) error {
	return func(v string) error {
		if _, err := mail.ParseAddress(v); err != nil {
			return errors.New("must be an e-mail address, or a name and an <address>")
		}
		*to = v
		return nil
	}
}

func listenAddr(to *string) func(string) error {
	return func(v string) error {
		if _, _, err := net.SplitHostPort(v); err != nil {
			return errors.New("must be host:port")
		}
		*to = v
		return nil
	}
}
