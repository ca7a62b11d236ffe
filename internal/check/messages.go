package check

import (
	"net/mail"
	"net/url"
	"slices"
	"strings"

	"ekolek/internal/config"
)

// messages are the checks of mail and text messages.
func messages() []Check {
	return []Check{
		{ID: "EK.E032", Class: Error, Deploy: true, Django: "mail.E001", Title: "Mail and text messages really leave.",
			Mend: "Choose smtp, sendgrid, resend or gmail as EMAIL_BACKEND, and the gateway's own address as SMS_API_URL.", judge: leaving},
		{ID: "EK.W036", Class: Warning, Django: "mail.W001", Title: "Mail has a sender whom people can answer.",
			Mend: "Set DEFAULT_FROM_EMAIL to an address of the city's.", judge: sender},
		{ID: "EK.E056", Class: Error, Deploy: true, Warns: true, Title: "Text messages cannot cost more than the city wants.",
			Mend: "Set SMS_DAILY_CAP_PESOS and SMS_DAILY_CAP_PER_NUMBER_PESOS, and SMS_ALLOW_FOREIGN to False.", judge: costs},
		{ID: "EK.W072", Class: Warning, Deploy: true, Title: "All nodes send push messages under one key.",
			Mend: "Set VAPID_PRIVATE_KEY to the same value on all nodes: what DATA_DIR/vapid.key of the first one holds.", judge: pushKey},
	}
}

func leaving(f *Facts, v *verdict) {
	c := f.Config
	if c.Debug {
		v.fail("development writes messages to files")
		return
	}
	if c.Email.Backend == config.MailFile || c.Email.Fallback == config.MailFile {
		v.fail("mail is written to files")
	}
	if u, err := url.Parse(c.SMS.URL); err == nil && c.SMS.Enabled && c.SMS.Token != "" && nextDoor(u.Hostname()) {
		v.warn("text messages go to this machine: %s", u.Hostname()) // a modem of the office, or a leftover of trying
	}
}

// nobodys are names that belong to nobody (RFC 2606).
var nobodys = []string{"example.com", "example.org", "example.net", "localhost"}

func sender(f *Facts, v *verdict) {
	if f.Config.Debug || len(f.Problems) > 0 {
		return
	}
	domain := senderDomain(f.Config)
	if domain == "" {
		v.fail("mail has no sender")
		return
	}
	last := domain[strings.LastIndexByte(domain, '.')+1:]
	if slices.Contains(nobodys, domain) || slices.Contains([]string{"test", "invalid", "example", "localhost", "local"}, last) {
		v.fail("mail comes from %s, which is nobody's", domain)
	}
}

// senderDomain is what stands behind the @ of whom mail comes from; "" without one.
func senderDomain(c config.Config) string {
	from, err := mail.ParseAddress(c.Email.From)
	if err != nil {
		return ""
	}
	return strings.ToLower(from.Address[strings.LastIndexByte(from.Address, '@')+1:])
}

func pushKey(f *Facts, v *verdict) {
	if f.Config.Nodes > 1 && f.Config.Push.Key == "" {
		v.fail("NODE_COUNT is %d and every node keeps a key of its own in DATA_DIR", f.Config.Nodes)
	}
}

func costs(f *Facts, v *verdict) {
	s := f.Config.SMS
	if !s.Enabled {
		v.warn("SMS_ENABLED is False: nobody gets a code by phone")
		return
	}
	if s.CityCap == 0 {
		v.fail("SMS_DAILY_CAP_PESOS is 0: there is no limit on what text messages cost in a day")
	}
	if s.NumberCap == 0 {
		v.fail("SMS_DAILY_CAP_PER_NUMBER_PESOS is 0: there is no limit on one number")
	}
	if s.Abroad {
		v.fail("SMS_ALLOW_FOREIGN is True: numbers that cost many times as much are sent to")
	}
}
