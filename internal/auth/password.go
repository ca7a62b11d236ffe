package auth

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"ekolek/internal/errs"
	"ekolek/internal/people"
)

// Length of a new password in characters: the minimum of the reference, and a maximum
// that keeps hashing cheap and lets a sentence in. What a sign-in may send is bounded
// in bytes, so that old passwords of any sort still fit.
const (
	minPassword      = 12
	maxPassword      = 128
	maxPasswordBytes = 1024
)

// minOwn is how many characters of a password must be neither common words, nor the
// person's own names, nor figures and signs around them.
const minOwn = 4

//go:embed data/common.txt
var commonText string

// CheckPassword says what is wrong with a new password, as an error of its form field.
// own are words that belong to the person: username, names, e-mail. There are no rules
// about kinds of characters (NIST SP 800-63B, 3.1.1.2): length, and not being what an
// attacker tries first.
func CheckPassword(field, password string, own ...string) error {
	var f errs.Fields
	checkPassword(&f, field, password, own...)
	return f.Err()
}

// checkPassword is CheckPassword within a form that has more fields.
func checkPassword(f *errs.Fields, field, password string, own ...string) {
	switch n := utf8.RuneCountInString(password); {
	case n < minPassword:
		f.Add(field, "error.auth.password_short", "Min", minPassword)
		return
	case n > maxPassword:
		f.Add(field, "error.auth.password_long", "Max", maxPassword)
		return
	}
	folded := unmask(people.Fold(password))
	rest := without(folded, commonWords())
	switch {
	case fewLetters(folded), isRow(folded), ownCharacters(rest) < minOwn:
		f.Add(field, "error.auth.password_common")
	case ownCharacters(without(rest, ownWords(own))) < minOwn:
		f.Add(field, "error.auth.password_personal")
	}
}

// unmask reads the signs that stand for letters: P@ssw0rd is password.
var unmaskSigns = strings.NewReplacer("@", "a", "4", "a", "3", "e", "1", "i", "!", "i", "0", "o", "$", "s", "5", "s", "7", "t")

func unmask(s string) string {
	// Figures and signs at the ends are a year or a flourish, not letters.
	core := strings.TrimFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
	if core == "" {
		return s
	}
	at := strings.Index(s, core)
	return s[:at] + unmaskSigns.Replace(core) + s[at+len(core):]
}

// fewLetters finds aaaaaaaaaaaa, abababababab and figures only.
func fewLetters(s string) bool {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen) < 5 || !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsDigit(r) })
}

// isRow finds abcdefghijkl: characters that mostly follow each other.
func isRow(s string) bool {
	runes := []rune(s)
	steps := 0
	for i := 1; i < len(runes); i++ {
		if d := runes[i] - runes[i-1]; d == 1 || d == -1 || d == 0 {
			steps++
		}
	}
	return steps*4 >= (len(runes)-1)*3
}

// without takes words out, the longest first.
func without(s string, words []string) string {
	for _, w := range words {
		s = strings.ReplaceAll(s, w, " ")
	}
	return s
}

// ownCharacters counts the letters and figures, without the figures and signs at the ends.
func ownCharacters(s string) int {
	n := 0
	for _, r := range strings.TrimFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

func commonWords() []string {
	var words []string
	for line := range strings.Lines(commonText) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			words = append(words, line)
		}
	}
	return longestFirst(words)
}

// ownWords cuts names into words; those of one or two letters say nothing.
func ownWords(own []string) []string {
	var words []string
	for _, o := range own {
		for _, w := range strings.FieldsFunc(unmask(people.Fold(o)), func(r rune) bool { return !unicode.IsLetter(r) }) {
			if utf8.RuneCountInString(w) > 2 {
				words = append(words, w)
			}
		}
	}
	return longestFirst(words)
}

func longestFirst(words []string) []string {
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
	return words
}
