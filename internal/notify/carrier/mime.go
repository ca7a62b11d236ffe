package carrier

import (
	"bytes"
	"fmt"
	"net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"
)

// senderOf reads DEFAULT_FROM_EMAIL. A bare address gets the product's name.
func senderOf(from string) (mail.Address, error) {
	a, err := mail.ParseAddress(from)
	if err != nil {
		return mail.Address{}, fmt.Errorf("sender of mail: %w", err)
	}
	if a.Name == "" {
		a.Name = "E-KOLEK"
	}
	return *a, nil
}

// recipientOf is the address of a letter, alone: no name, no second address.
func recipientOf(l Letter) (string, *Failure) {
	a, err := mail.ParseAddress(l.To)
	if err != nil || a.Address != l.To || strings.ContainsAny(l.To, "\r\n<>") {
		return "", &Failure{Outcome: Permanent, Words: "this is not an e-mail address", cause: err}
	}
	return a.Address, nil
}

// messageID is the same for every try of a letter.
func messageID(l Letter, from mail.Address) string {
	return l.ID.String() + "@" + domainOf(from)
}

func domainOf(a mail.Address) string { return a.Address[strings.LastIndexByte(a.Address, '@')+1:] }

// headersOf are the headers beside the usual ones.
func headersOf(l Letter) map[string]string {
	h := map[string]string{"Auto-Submitted": "auto-generated"}
	if l.Stop != "" {
		h["List-Unsubscribe"], h["List-Unsubscribe-Post"] = "<"+l.Stop+">", "List-Unsubscribe=One-Click"
	}
	return h
}

// oneLine keeps a subject from adding headers.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// render writes a letter as RFC 5322 has it.
func render(l Letter, from mail.Address) ([]byte, *Failure) {
	to, failed := recipientOf(l)
	if failed != nil {
		return nil, failed
	}
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(&from)
	if err := m.To(to); err != nil {
		return nil, &Failure{Outcome: Permanent, Words: "this is not an e-mail address", cause: err}
	}
	m.Subject(oneLine(l.Subject))
	m.SetDate()
	m.SetMessageIDWithValue(messageID(l, from))
	for name, value := range headersOf(l) {
		m.SetGenHeader(gomail.Header(name), value)
	}
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	m.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		return nil, &Failure{Outcome: Permanent, Words: "the mail cannot be written", cause: err}
	}
	return b.Bytes(), nil
}
