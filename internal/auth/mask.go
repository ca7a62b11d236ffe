package auth

import "strings"

// MaskPhone shows the last three figures of a phone number, so that its owner knows it
// and nobody else learns it.
func MaskPhone(phone string) string {
	if len(phone) <= 3 {
		return phone
	}
	return strings.Repeat("•", 3) + " " + phone[len(phone)-3:]
}

// MaskEmail shows the first letters of an address and its domain.
func MaskEmail(email string) string {
	name, domain, ok := strings.Cut(email, "@")
	if !ok || name == "" {
		return ""
	}
	runes := []rune(name)
	shown := 3
	switch {
	case len(runes) <= 2:
		shown = 1
	case len(runes) <= 6:
		shown = 2
	}
	return string(runes[:shown]) + "•••@" + domain
}
