package auth

import (
	"time"

	"ekolek/internal/errs"
	"ekolek/internal/notify"
)

// codeMessage says a code. Both ways name what it is for, so that nobody can be talked into
// reading out a code for something else, and neither has a link, so that nobody gets used
// to tapping one.
func codeMessage(c codeOf, code string, life time.Duration, until time.Time) notify.Message {
	m := notify.Message{Kind: "code." + string(c.purpose), To: c.to, Code: code, Urgent: true, Until: until}
	w := codeWords(c.purpose)
	if c.channel == notify.SMS {
		text := errs.T(w.sms, "Life", life)
		m.SMS = &text
		return m
	}
	m.Mail = &notify.Letter{Subject: errs.T(w.subject), Lines: []errs.Text{
		errs.T(w.mail), errs.T("auth.code.mail.life", "Life", life), errs.T("auth.code.mail.not_you"),
	}}
	return m
}

// wordsOf a purpose are catalogue keys.
type wordsOf struct{ sms, subject, mail string }

func codeWords(p Purpose) wordsOf {
	switch p {
	case ForRegistration:
		return wordsOf{"auth.code.registration.sms", "auth.code.registration.subject", "auth.code.registration.mail"}
	case ForReset:
		return wordsOf{"auth.code.reset.sms", "auth.code.reset.subject", "auth.code.reset.mail"}
	case ForNewPhone:
		return wordsOf{"auth.code.new_phone.sms", "auth.code.new_phone.subject", "auth.code.new_phone.mail"}
	case ForNewEmail:
		return wordsOf{"auth.code.new_email.sms", "auth.code.new_email.subject", "auth.code.new_email.mail"}
	default:
		return wordsOf{"auth.code.sign_in.sms", "auth.code.sign_in.subject", "auth.code.sign_in.mail"}
	}
}
