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
		case !set && s.required && !(s.unless != "" && l.isSet(s.unless)):
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
	if l.c.EncryptionKey == "" {
		l.warn("FIELD_ENCRYPTION_KEY is not set: phones, e-mail addresses, birth dates and addresses are kept readable in the database.")
	} else if l.c.EncryptionKey == l.c.SecretKey {
		l.problem("FIELD_ENCRYPTION_KEY", "is the same as DJANGO_SECRET_KEY", "Make a second one.")
	}
	if len(l.c.TrustedProxies) == 0 {
		l.warn("TRUSTED_PROXIES is empty: behind a proxy that ends HTTPS, name it here, or every page redirects to itself.")
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
	if c.Email.TLS && c.Email.SSL {
		l.problem("EMAIL_USE_SSL", "and EMAIL_USE_TLS are both True", "Port 587 wants EMAIL_USE_TLS, port 465 wants EMAIL_USE_SSL.")
	}
	if strings.HasSuffix(c.Email.Backend, "ResendBackend") && c.Email.ResendKey == "" {
		l.problem("RESEND_API_KEY", "is required with this EMAIL_BACKEND", "Set it, or choose another EMAIL_BACKEND.")
	}
	drive := c.GoogleDrive
	if drive.Enabled && drive.FolderID == "" {
		l.problem("GOOGLE_DRIVE_FOLDER_ID", "is required with USE_GOOGLE_DRIVE", "Set it to the folder's id, or USE_GOOGLE_DRIVE to False.")
	}
	if drive.Enabled && drive.Credentials == "" && (drive.RefreshToken == "" || drive.ClientID == "" || drive.ClientSecret == "") {
		l.problem("GOOGLE_DRIVE_OAUTH_REFRESH_TOKEN", "and its client are required with USE_GOOGLE_DRIVE", "Set the three GOOGLE_DRIVE_OAUTH_ settings, or GOOGLE_DRIVE_CREDENTIALS_JSON.")
	}
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
	for _, word := range []string{"django-insecure-", "change-me", "changeme", "change_me", "your-", "your_", "example", "placeholder", "password", "12345678", "qwerty"} {
		if strings.Contains(lower, word) {
			return "is an example or a default"
		}
	}
	return ""
}
