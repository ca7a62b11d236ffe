package people

import (
	"net/mail"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

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

// cleanText trims, makes single spaces, and checks the length and that every letter
// can be printed.
func cleanText(f *errs.Fields, field, s string, required bool, limit int) string {
	s = strings.Join(strings.Fields(s), " ")
	switch {
	case s == "" && required:
		f.Add(field, "form.required")
	case !utf8.ValidString(s), strings.ContainsFunc(s, unicode.IsControl):
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
