package people

import (
	"strings"
	"unicode/utf8"
)

// MaskPhone hides a number but for its last three digits: ********567. It is written as
// people dial it, so that a number abroad is seen by its length alone.
func MaskPhone(phone string) string {
	if local, ok := strings.CutPrefix(phone, "+63"); ok {
		phone = "0" + local
	}
	shown := 3
	if len(phone) <= shown {
		shown = min(1, len(phone))
	}
	return strings.Repeat("*", len(phone)-shown) + phone[len(phone)-shown:]
}

// MaskEmail hides the name of an e-mail address but for its first letters:
// mar***@example.com.
func MaskEmail(email string) string {
	name, domain, ok := strings.Cut(email, "@")
	if !ok || strings.Contains(domain, "@") {
		return email
	}
	shown := 3
	switch n := utf8.RuneCountInString(name); {
	case n <= 1:
		shown = n
	case n <= 6:
		shown = 2
	}
	return string([]rune(name)[:shown]) + "***@" + domain
}
