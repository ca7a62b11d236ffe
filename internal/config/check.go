package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// checkProduction collects everything that production cannot start with.
func (l *loader) checkProduction(table []setting) {
	for _, s := range table {
		value, set := l.found[s.name].value, l.isSet(s.name)
		switch {
		case !set && s.required && !(s.unless != "" && l.isSet(s.unless)) && (s.when == nil || s.when()):
			l.problem(s.name, "is required in production", s.mend())
		case !set:
		case s.example != "" && value == s.example:
			l.problem(s.name, "still has the value of .env.example", s.mend())
		case s.minimum > 0:
			if what := weakness(value, s.minimum); what != "" {
				l.problem(s.name, what, s.mend())
			}
		}
	}
	l.checkAddresses()
	l.checkMail()
	l.checkTexts()
	l.checkNodes()
	l.checkBucket()
	l.checkKeys()
	l.checkBackup()
	if len(l.c.TrustedProxies) == 0 {
		l.warn("TRUSTED_PROXIES is empty: behind a proxy that ends HTTPS, name it here, or every page is refused.")
	}
}

func (s setting) mend() string {
	if s.unless != "" {
		return s.help + " Or set " + s.unless + " instead."
	}
	return s.help
}

// checkAddresses: production is reached by its names and over HTTPS only.
func (l *loader) checkAddresses() {
	c := l.c
	if slices.Contains(c.AllowedHosts, "*") {
		l.problem("ALLOWED_HOSTS", "allows every host", "List the site's names instead of *.")
	}
	if l.isSet("SITE_URL") && !strings.HasPrefix(c.SiteURL, "https://") {
		l.problem("SITE_URL", "must begin with https:// in production", "Sign-in cookies travel over HTTPS only.")
	}
	for _, o := range c.CSRFOrigins {
		if !strings.HasPrefix(o, "https://") {
			l.problem("CSRF_TRUSTED_ORIGINS", fmt.Sprintf("must be https in production, not %q", o), "Write https:// and the host.")
		}
	}
	if u, err := url.Parse(string(c.Database.URL)); err == nil && l.isSet("DATABASE_URL") {
		if password, ok := u.User.Password(); ok {
			if what := weakness(password, 12); what != "" {
				l.problem("DATABASE_URL", "has a password that "+what, "Give the database user a strong one.")
			}
		}
	}
}

// checkRelations: settings that make no sense together, in either mode.
func (l *loader) checkRelations() {
	c := l.c
	l.checkReplica()
	if c.Email.TLS && c.Email.SSL {
		l.problem("EMAIL_USE_SSL", "and EMAIL_USE_TLS are both True", "Port 587 wants EMAIL_USE_TLS, port 465 wants EMAIL_USE_SSL.")
	}
	if c.Email.Fallback != "" && c.Email.Fallback == c.Email.Backend {
		l.problem("EMAIL_FALLBACK_BACKEND", "is the same as EMAIL_BACKEND", "Name another one, or leave it empty.")
	}
	l.checkStorage()
}

// weakness says what is wrong with a secret; "" when nothing is. The rules are those
// of Django's security check W009, with a length for each secret.
func weakness(v string, minimum int) string {
	if len(v) < minimum {
		return fmt.Sprintf("is shorter than %d characters", minimum)
	}
	distinct := map[rune]bool{}
	for _, r := range v {
		distinct[r] = true
	}
	if len(distinct) < 5 {
		return "has fewer than 5 different characters"
	}
	lower := strings.ToLower(v)
	for _, word := range []string{"django-insecure-", "change-me", "changeme", "change_me", "your-", "your_", "example", "placeholder", "password", "passw0rd", "p@ssw0rd", "12345678", "qwerty", "letmein", "iloveyou", "admin123", "welcome1", "ekolek123", "cenro123"} {
		if strings.Contains(lower, word) {
			return "is an example or a default"
		}
	}
	return ""
}
