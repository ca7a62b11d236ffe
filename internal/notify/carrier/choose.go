package carrier

import (
	"net/mail"

	"ekolek/internal/config"
)

// Gateways are those that take text messages, in the order in which they are asked.
func Gateways(c config.SMS) []Carrier[Text] {
	var all []Carrier[Text]
	if c.Token != "" {
		all = append(all, newIProg(c))
	}
	if c.SemaphoreKey != "" {
		all = append(all, newSemaphore(c))
	}
	return all
}

// Mailers are the ways for mail, in the order in which they are tried. files stands in
// for the backend that only writes them.
func Mailers(c config.Email, files *Folder) ([]Carrier[Letter], error) {
	from, err := senderOf(c.From)
	if err != nil && (c.Backend != config.MailFile || c.Fallback != "") {
		return nil, err
	}
	all := []Carrier[Letter]{mailer(c, c.Backend, from, files)}
	if c.Fallback != "" {
		all = append(all, mailer(c, c.Fallback, from, files))
	}
	return all, nil
}

func mailer(c config.Email, b config.MailBackend, from mail.Address, files *Folder) Carrier[Letter] {
	switch b {
	case config.SendGrid:
		return newSendGrid(c, from)
	case config.Resend:
		return newResend(c, from)
	case config.Gmail:
		return newGmail(c, from)
	case config.MailFile:
		return files.Letters()
	case config.SMTP:
	}
	return newMailServer(c, from)
}
