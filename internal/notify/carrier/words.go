package carrier

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxWords is the most that is kept of what a carrier says, in characters.
const maxWords = 200

// blot stands where something was taken out.
const blot = "…"

var (
	addresses = regexp.MustCompile(`[\w.!#$%&'*+/=?^{|}~-]+@[\w-]+(\.[\w-]+)*`)
	numbers   = regexp.MustCompile(`\+?\d[\d ()-]{6,}\d`)
	keys      = regexp.MustCompile(`\b[A-Za-z0-9_.-]{32,}\b`)
	links     = regexp.MustCompile(`https?://\S+`)
)

// tidy makes what a carrier said fit to be kept and read: one line, short, and without
// secrets, addresses, phone numbers and anything that looks like a key.
func tidy(words string, secrets ...string) string {
	words = strings.ToValidUTF8(words, "")
	for _, secret := range secrets {
		if secret != "" {
			words = strings.ReplaceAll(words, secret, blot)
		}
	}
	for _, private := range []*regexp.Regexp{links, addresses, numbers, keys} {
		words = private.ReplaceAllString(words, blot)
	}
	return short(words, maxWords)
}

// label makes a carrier's own number for a message fit to be kept; without the recipient,
// whom some mail servers repeat in it.
func label(id string, recipient ...string) string {
	for _, r := range recipient {
		id = strings.ReplaceAll(id, r, blot)
	}
	return short(strings.ToValidUTF8(id, ""), 100)
}

// short brings a text on one line of at most so many characters.
func short(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most-1]) + blot
	}
	return s
}
