package check

import (
	"fmt"
	"maps"
	"math"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"

	"ekolek/internal/config"
)

// keys are the checks of what must stay secret.
func keys() []Check {
	return []Check{
		{ID: "EK.E009", Class: Error, Django: "security.W009", Title: "Keys are long, random, and each its own.",
			Mend: "Make a new one with `ekolek gen-secret`, and never use one twice.", judge: strongKeys},
		{ID: "EK.E025", Class: Error, Warns: true, Django: "security.W025", Title: "Former keys are as strong, and are given up in time.",
			Mend: "Take a key out of …_FALLBACKS when `ekolek keys` says that nothing needs it: docs/keys.md.", judge: formerKeys},
		{ID: "EK.E030", Class: Error, Deploy: true, Django: "async.E001", Title: "Nothing in the environment makes the program less strict.",
			Mend: "Remove the variable from the service's environment.", judge: environment},
		{ID: "EK.E062", Class: Error, Title: "Secrets are in nobody else's reach.",
			Mend: "chmod 600 the file and give it to the service's user; take a committed one out of the repository's history, and change it.", judge: exposed},
		{ID: "EK.E064", Class: Error, Deploy: true, Later: true, Warns: true, Title: "The keys that sign cards are sealed and fresh.",
			Mend: "Set FIELD_ENCRYPTION_KEY; a new key is made by itself when the next card is signed.", judge: cardKeys},
	}
}

// keyNames are the settings that hold keys of ours, which nobody remembers or types.
var keyNames = []string{"DJANGO_SECRET_KEY", "FIELD_ENCRYPTION_KEY", "BACKUP_ENCRYPTION_KEY"}

func strongKeys(f *Facts, v *verdict) {
	told := false
	for _, p := range f.Problems {
		if slices.Contains(keyNames, p.Name) {
			v.fail("%s %s", p.Name, p.What)
			told = true
		}
	}
	if told || f.Config.Debug {
		return
	}
	if what := weakKey(string(f.Config.SecretKey), secretBits); what != "" {
		v.fail("DJANGO_SECRET_KEY %s", what)
	}
	if key := string(f.Config.EncryptionKey); key != "" && weakKey(key, sealBits) != "" {
		v.fail("FIELD_ENCRYPTION_KEY %s", weakKey(key, sealBits))
	}
	for _, pair := range twice(f.Config) {
		v.fail("%s and %s are the same", pair[0], pair[1])
	}
}

// oldKey is how long a former key may go on being accepted: three times the life of the
// longest token, in which every phone and every row has come to the new one.
const oldKey = 90 * 24 * time.Hour

func formerKeys(f *Facts, v *verdict) {
	for name, list := range map[string][]config.Secret{"DJANGO_SECRET_KEY_FALLBACKS": f.Config.FormerSecrets, "FIELD_ENCRYPTION_KEY_FALLBACKS": f.Config.FormerKeys} {
		bits := sealBits
		if name == "DJANGO_SECRET_KEY_FALLBACKS" {
			bits = secretBits
		}
		for i, key := range list {
			if what := weakKey(string(key), bits); what != "" {
				v.fail("%s, number %d, %s", name, i+1, what)
			}
		}
		variable := strings.TrimSuffix(name, "_FALLBACKS")
		for _, k := range f.Keys {
			if len(list) > 0 && k.Variable == variable && k.RetiredAt != nil && f.Now.Sub(*k.RetiredAt) > oldKey {
				v.warn("%s still has a key that was given up more than %d days ago", name, int(oldKey.Hours()/24))
			}
		}
	}
}

// The bits that keys have to hold: what signs everything, and what seals columns. 32 hex
// digits are enough for the second.
const (
	secretBits = 256
	sealBits   = 128
)

// weakKey says what is wrong with a key; "" when nothing is. What it holds is counted by
// the kinds of characters in it, as nobody can count randomness; that it does not repeat
// itself is looked at.
func weakKey(key string, bits int) string {
	distinct, parts := map[rune]bool{}, map[string]bool{}
	for i, r := range key {
		distinct[r] = true
		if i+3 <= len(key) {
			parts[key[i:i+3]] = true
		}
	}
	switch {
	case float64(len(key))*math.Log2(alphabet(key)) < float64(bits):
		return fmt.Sprintf("holds less than %d bits", bits)
	case len(distinct) < 10 || len(parts)*4 < (len(key)-2)*3:
		return "repeats itself"
	}
	return ""
}

// alphabet is how many characters a key is drawn from.
func alphabet(key string) float64 {
	switch {
	case strings.Trim(key, "0123456789") == "":
		return 10
	case strings.Trim(key, "0123456789abcdefABCDEF") == "":
		return 16
	}
	n := 0.0
	for _, class := range []struct {
		is   func(rune) bool
		many float64
	}{{unicode.IsLower, 26}, {unicode.IsUpper, 26}, {unicode.IsDigit, 10}, {func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }, 10}} {
		if strings.ContainsFunc(key, class.is) {
			n += class.many
		}
	}
	return max(n, 2)
}

// secrets are every secret setting that has a value, by the path of its field.
func secrets(c config.Config) map[string]string {
	out := map[string]string{}
	var walk func(v reflect.Value, path string)
	walk = func(v reflect.Value, path string) {
		switch {
		case v.Type() == reflect.TypeFor[config.Secret]():
			if secret := bareSecret(v.String()); secret != "" {
				out[path] = secret
			}
		case v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[config.Secret]():
			for i := range v.Len() {
				walk(v.Index(i), fmt.Sprintf("%s[%d]", path, i))
			}
		case v.Kind() == reflect.Struct:
			for i := range v.NumField() {
				if field := v.Type().Field(i); field.IsExported() {
					walk(v.Field(i), strings.TrimPrefix(path+"."+field.Name, "."))
				}
			}
		}
	}
	walk(reflect.ValueOf(c), "")
	return out
}

// bareSecret is what is secret of a setting: of an address, the password.
func bareSecret(text string) string {
	if u, err := url.Parse(text); err == nil && u.Scheme != "" && u.Host+u.Path != "" {
		password, _ := u.User.Password()
		return password
	}
	return text
}

// shared are secrets that may be the same as another: they are one thing by two names.
var shared = map[string]bool{"Email.SendGridKey": true, "CacheURL": true, "BrokerURL": true}

// twice are pairs of secrets with the same value.
func twice(c config.Config) [][2]string {
	var out [][2]string
	first, all := map[string]string{}, secrets(c)
	for _, path := range slices.Sorted(maps.Keys(all)) {
		if shared[path] {
			continue
		}
		if other, ok := first[all[path]]; ok {
			out = append(out, [2]string{other, path})
		}
		first[all[path]] = path
	}
	return out
}

// laxer are settings of Go's runtime that make it accept what it refuses
// (https://go.dev/doc/godebug), with the value that does.
var laxer = map[string]string{
	"tls10server": "1", "tls3des": "1", "tlsrsakex": "1", "tlsmaxrsasize": "", "tlssha1": "1", "tlsunsafeekm": "1", "tlsmlkem": "0", "x509sha1": "1", "x509usepolicies": "0",
	"x509negativeserial": "1", "x509rsacrt": "0", "rsa1024min": "0", "zipinsecurepath": "1", "tarinsecurepath": "1", "multipartmaxheaders": "", "multipartmaxparts": "",
	"httplaxcontentlength": "1", "httpservecontentkeepheaders": "1", "urlstrictcolons": "0", "execerrdot": "0", "randseednop": "0", "http2debug": "2",
}

func environment(f *Facts, v *verdict) {
	for _, e := range f.Environ {
		name, value, _ := strings.Cut(e, "=")
		switch {
		case strings.HasPrefix(name, "EKOLEK_UNSAFE_") && value != "":
			v.fail("%s is set", name)
		case name == "SSLKEYLOGFILE" && value != "":
			v.fail("%s is set: it is where keys of connections are written", name)
		case name == "GODEBUG":
			for part := range strings.SplitSeq(value, ",") {
				key, set, _ := strings.Cut(part, "=")
				if lax, known := laxer[key]; known && (lax == "" || lax == set) {
					v.fail("GODEBUG has %s", part)
				}
			}
		}
	}
}

// shortestSecret is what a secret must have to be looked for in what is printed.
const shortestSecret = 8

func exposed(f *Facts, v *verdict) {
	for path, secret := range secrets(f.Config) {
		for _, row := range f.Config.Describe() {
			if len(secret) >= shortestSecret && strings.Contains(row.Value, secret) {
				v.fail("`ekolek config` prints %s in %s", path, row.Name)
			}
		}
	}
	for _, s := range f.Secrets {
		if s.Mode&0o007 != 0 {
			v.fail("%s is open to everybody on this machine (%04o)", s.Path, s.Mode)
		}
		if s.Committed {
			v.fail("%s is committed", s.Path)
		}
	}
}

func cardKeys(f *Facts, v *verdict) {
	if !f.need(v, "People", f.People != nil) {
		return
	}
	if f.People.KeyReadable {
		v.fail("a key that signs cards lies readable in the database, so whoever reads a backup can print cards")
	}
	if made := f.People.CardKeyMade; made != nil && f.Now.Sub(*made) > signing {
		v.warn("the key that signs cards is older than a year")
	}
}
