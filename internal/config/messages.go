package config

import (
	"net"
	"net/mail"
	"net/url"
	"slices"
)

// mailsBy says whether mail leaves this way, first or second.
func (c *Config) mailsBy(b MailBackend) bool {
	return slices.Contains([]MailBackend{c.Email.Backend, c.Email.Fallback}, b)
}

// mailNeedsPassword: a mail server on this machine may know us without one.
func (c *Config) mailNeedsPassword() bool { return c.mailsBy(SMTP) && !loopback(c.Email.Host) }

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// checkMail: whatever EMAIL_BACKEND chooses has what it needs.
func (l *loader) checkMail() {
	e := l.c.Email
	for _, need := range []struct {
		backend MailBackend
		name    string
		there   bool
	}{
		{SendGrid, "SENDGRID_API_KEY", e.SendGridKey != ""},
		{Resend, "RESEND_API_KEY", e.ResendKey != ""},
		{Gmail, "GMAIL_OAUTH_CLIENT_ID", e.Gmail.ClientID != ""},
		{Gmail, "GMAIL_OAUTH_CLIENT_SECRET", e.Gmail.ClientSecret != ""},
		{Gmail, "GMAIL_OAUTH_REFRESH_TOKEN", e.Gmail.RefreshToken != ""},
	} {
		if l.c.mailsBy(need.backend) && !need.there {
			l.problem(need.name, "is required with EMAIL_BACKEND "+string(need.backend), "Set it, or choose another EMAIL_BACKEND.")
		}
	}
	if _, err := mail.ParseAddress(e.From); err != nil && (e.From != "" || !l.c.mailNeedsPassword()) { // else EMAIL_HOST_USER is named already
		l.problem("DEFAULT_FROM_EMAIL", "is required: EMAIL_HOST_USER is not an e-mail address", "Set it to the address that mail comes from.")
	}
	if l.c.mailsBy(SMTP) {
		l.checkMailPort()
	}
	if e.Backend == MailFile {
		l.warn("EMAIL_BACKEND sends no mail: it is only written to DATA_DIR/outbox.")
	}
}

// checkMailPort: no password and no mail travels readable, and a port is spoken to the
// way it expects. The wrong pair hangs until the timeout instead of telling.
func (l *loader) checkMailPort() {
	e := l.c.Email
	switch {
	case !e.TLS && !e.SSL && !loopback(e.Host):
		l.problem("EMAIL_USE_TLS", "and EMAIL_USE_SSL are both False, so the password would travel readable", "Port 587 wants EMAIL_USE_TLS, port 465 wants EMAIL_USE_SSL.")
	case e.Port == 465 && e.TLS && !e.SSL:
		l.problem("EMAIL_USE_SSL", "must be True with EMAIL_PORT 465, and EMAIL_USE_TLS False", "Or use port 587 with EMAIL_USE_TLS.")
	case (e.Port == 587 || e.Port == 25) && e.SSL && !e.TLS:
		l.problem("EMAIL_USE_TLS", "must be True with this EMAIL_PORT, and EMAIL_USE_SSL False", "Or use port 465 with EMAIL_USE_SSL.")
	}
}

// checkTexts: the gateway is reached safely, and the caps leave room for a message.
func (l *loader) checkTexts() {
	s := l.c.SMS
	if !s.Enabled {
		l.warn("SMS_ENABLED is False: no text message is sent, so nobody gets a code by phone.")
		return
	}
	if u, err := url.Parse(s.URL); err == nil && u.Scheme != "https" && !loopback(u.Hostname()) && s.Token != "" {
		l.problem("SMS_API_URL", "must begin with https:// in production", "The token and the codes travel there.")
	}
	for _, limit := range []struct {
		name  string
		pesos int
	}{{"SMS_DAILY_CAP_PESOS", s.CityCap}, {"SMS_DAILY_CAP_PER_NUMBER_PESOS", s.NumberCap}} {
		if limit.pesos > 0 && limit.pesos*100 < s.Cost {
			l.problem(limit.name, "is less than one message costs", "Raise it, or correct SMS_COST_CENTAVOS.")
		}
	}
}
