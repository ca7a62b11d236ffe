package people

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold makes the form of a name in which it is searched and compared: lower case,
// without accents (Peña → pena), single spaces. Databases differ in what they fold;
// Go does not.
func Fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		if unicode.Is(unicode.Mn, r) || unicode.IsControl(r) && !unicode.IsSpace(r) {
			continue
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// storable says whether a database takes a text: PostgreSQL refuses broken UTF-8 and
// NUL. Nobody has such a name or code, so who types one finds nobody.
func storable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// foldUsername is the form in which usernames are unique: only the case is ignored,
// since peña and pena may be two people.
func foldUsername(s string) string { return strings.ToLower(norm.NFC.String(strings.TrimSpace(s))) }

// exactUsernameKey is the username_key of an imported account whose username another
// one has in other letter case. No folded username starts with "=".
func exactUsernameKey(username string) string { return "=" + username }
