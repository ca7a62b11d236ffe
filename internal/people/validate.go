package people

import (
	"net/mail"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// Limits of the reference's columns, in characters.
const (
	maxPersonName = 50
	maxName       = 100
	maxEmail      = 255
	maxAddress    = 255
	maxReason     = 500
	maxAge        = 120 // years
)

// usernamePattern is for new usernames; old ones stay valid as they are.
var usernamePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@+-]{2,99}$`)

// phonePattern is a Philippine mobile number without its punctuation.
var phonePattern = regexp.MustCompile(`^(?:\+?63|0)?(9[0-9]{9})$`)

var phonePunctuation = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", ".", "")

// CanonicalPhone reads a Philippine mobile number however it was typed (0917…,
// 63917…, +63 917 …) and gives +639XXXXXXXXX. ok is false for anything else.
func CanonicalPhone(s string) (phone string, ok bool) {
	m := phonePattern.FindStringSubmatch(phonePunctuation.Replace(strings.TrimSpace(s)))
	if m == nil {
		return "", false
	}
	return "+63" + m[1], true
}

// LocalPhone writes a canonical number as people read it: 0917 123 4567. Anything else
// stays as it is.
func LocalPhone(phone string) string {
	if !strings.HasPrefix(phone, "+639") || len(phone) != len("+639171234567") {
		return phone
	}
	return "0" + phone[3:6] + " " + phone[6:9] + " " + phone[9:]
}

// CanonicalEmail reads an e-mail address and gives it in lower case: nobody in the
// city has two addresses that differ by letter case only.
func CanonicalEmail(s string) (email string, ok bool) {
	s = strings.TrimSpace(s)
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || utf8.RuneCountInString(s) > maxEmail {
		return "", false
	}
	_, domain, _ := strings.Cut(s[strings.LastIndexByte(s, '@'):], "@")
	if !strings.Contains(strings.Trim(domain, "."), ".") {
		return "", false
	}
	return strings.ToLower(s), true
}

// Reorders says that a character only turns the direction of those around it (Unicode's
// embeddings, overrides and isolates): a name that holds one reads differently from what
// it is. Letters that are written from the right need none.
func Reorders(r rune) bool { return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' }

// unprintable is what no name, address or reason holds.
func unprintable(r rune) bool { return unicode.IsControl(r) || Reorders(r) }

// cleanText trims, makes single spaces, composes letters and their accents (NFC), and
// checks the length and that every letter can be printed.
func cleanText(f *errs.Fields, field, s string, required bool, limit int) string {
	s = norm.NFC.String(strings.Join(strings.Fields(s), " "))
	switch {
	case s == "" && required:
		f.Add(field, "form.required")
	case !utf8.ValidString(s), strings.ContainsFunc(s, unprintable):
		f.Add(field, "error.people.unprintable")
	case utf8.RuneCountInString(s) > limit:
		f.Add(field, "form.too_long", "Limit", limit)
	}
	return s
}

func cleanPersonName(f *errs.Fields, field, s string) string {
	s = cleanText(f, field, s, true, maxPersonName)
	if s != "" && !strings.ContainsFunc(s, unicode.IsLetter) {
		f.Add(field, "error.people.name_without_letters")
	}
	return s
}

// cleanUsername checks a new username; old is the one it replaces, which stays valid.
func cleanUsername(f *errs.Fields, s, old string) string {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		f.Add("username", "form.required")
	case s != old && !usernamePattern.MatchString(s):
		f.Add("username", "error.people.username_invalid")
		return ""
	}
	return s
}

func cleanPhone(f *errs.Fields, s string, required bool) string {
	if strings.TrimSpace(s) == "" {
		if required {
			f.Add("phone", "form.required")
		}
		return ""
	}
	phone, ok := CanonicalPhone(s)
	if !ok {
		f.Add("phone", "error.people.phone_invalid")
	}
	return phone
}

func cleanEmail(f *errs.Fields, s string) string {
	if strings.TrimSpace(s) == "" {
		return ""
	}
	email, ok := CanonicalEmail(s)
	if !ok {
		f.Add("email", "error.people.email_invalid")
	}
	return email
}

// cleanBirthDate wants a day between maxAge years ago and today, in Manila.
func cleanBirthDate(f *errs.Fields, s string, now time.Time) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	day, err := time.Parse(time.DateOnly, s)
	today := db.Day(now)
	oldest := now.In(db.Manila).AddDate(-maxAge, 0, 0).Format(time.DateOnly)
	switch {
	case err != nil:
		f.Add("birth_date", "error.people.birth_date_invalid")
	case day.Format(time.DateOnly) > today:
		f.Add("birth_date", "error.people.birth_date_future")
	case day.Format(time.DateOnly) < oldest:
		f.Add("birth_date", "error.people.birth_date_too_old", "Years", maxAge)
	}
	return s
}

func cleanGender(f *errs.Fields, s string) string {
	switch s {
	case "", "male", "female", "other":
	default:
		f.Add("gender", "form.choose")
	}
	return s
}

// cleanReason is the reason that a refusal needs, for the record and for the person.
func cleanReason(reason string) (string, error) {
	var f errs.Fields
	reason = cleanText(&f, "reason", reason, true, maxReason)
	return reason, f.Err()
}
