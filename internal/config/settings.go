package config

import "time"

// setting is one variable. The table below is the only place that names it.
type setting struct {
	name     string
	group    string // heading in the documentation; empty: that of the setting before
	value    string // default
	required bool   // in production
	unless   string // … except when this other one is set
	mask     func(string) string
	minimum  int    // shortest secret that production accepts; 0: not a secret of ours
	example  string // shown in .env.example instead of the default; production refuses it
	help     string
	set      func(string) error // parses into the Config; its errors never repeat the value
}

// settings is the table, bound to the Config that it fills.
func (c *Config) settings() []setting {
	return []setting{
		{group: "Core", name: "DJANGO_DEBUG", value: "False", set: boolean(&c.Debug),
			help: "True for development: all hosts, no HTTPS, detailed errors. False for production."},
		{name: "DJANGO_SECRET_KEY", required: true, mask: hide, minimum: 50, example: "change-me-to-50-or-more-random-characters", set: secret(&c.SecretKey),
			help: "Signs and keys everything. At least 50 random characters: `openssl rand -base64 48`. Development makes its own and keeps it in DATA_DIR."},
		{name: "FIELD_ENCRYPTION_KEY", mask: hide, minimum: 32, example: "change-me-to-another-32-or-more-random-characters", set: secret(&c.EncryptionKey),
			help: "Seals phones, e-mail addresses, birth dates and addresses in the database. Not the secret key. Lost key, lost data."},
		{name: "ALLOWED_HOSTS", required: true, example: "ekolek.example.gov.ph", set: list(&c.AllowedHosts),
			help: "Names under which the site answers, separated by commas; no `*`. Development answers to all."},
		{name: "SITE_URL", value: "http://localhost:8000", required: true, example: "https://ekolek.example.gov.ph", set: site(&c.SiteURL),
			help: "Address of the site as people type it, https in production. Links in messages begin with it."},
		{name: "CITY_NAME", value: "San Pedro City", set: text(&c.City), help: "Name of the city on pages and papers."},
		{name: "PORT", value: "8000", set: number(&c.Port, 0, 65535), help: "Port to listen on, when `--addr` does not say it."},
		{name: "DATA_DIR", value: "./var", set: text(&c.DataDir), help: "Folder of the SQLite file, the development key and uploads."},
		{name: "LOG_DIR", value: "logs", set: folder(&c.LogDir),
			help: "Folder of `django.log` (everything) and `security.log` (sign-ins, refusals, locks), besides standard error; `-` for none."},
		{name: "TRUSTED_PROXIES", set: prefixes(&c.TrustedProxies),
			help: "Addresses or networks of the proxies in front, separated by commas. Only their X-Forwarded-For and X-Forwarded-Proto count."},
		{name: "RAILWAY_PUBLIC_DOMAIN", set: keep, help: "Set by Railway; joins ALLOWED_HOSTS, CORS_ALLOWED_ORIGINS and CSRF_TRUSTED_ORIGINS."},

		{group: "Database", name: "DATABASE_URL", mask: hidePassword, set: database(&c.Database),
			help: "`postgres://user:password@host:5432/name`, or `sqlite:///absolute/path`. Wins over the five DB_ settings. With none of them, development keeps SQLite in DATA_DIR."},
		{name: "DB_NAME", value: "cenro_db", required: true, unless: "DATABASE_URL", set: keep, help: "Name of the PostgreSQL database."},
		{name: "DB_USER", value: "postgres", required: true, unless: "DATABASE_URL", set: keep, help: "Its user."},
		{name: "DB_PASSWORD", required: true, unless: "DATABASE_URL", mask: hide, minimum: 12, example: "change-me", set: keep, help: "That user's password, at least 12 characters."},
		{name: "DB_HOST", value: "localhost", required: true, unless: "DATABASE_URL", set: keep, help: "Its host, or the folder of its socket."},
		{name: "DB_PORT", value: "5432", required: true, unless: "DATABASE_URL", set: number(new(int), 1, 65535), help: "Its port."},

		{group: "Cross-site requests", name: "CORS_ALLOWED_ORIGINS", set: origins(&c.CORSOrigins),
			help: "Origins whose scripts may call the apps' interface, separated by commas. Development allows all."},
		{name: "CSRF_TRUSTED_ORIGINS", required: true, example: "https://ekolek.example.gov.ph", set: origins(&c.CSRFOrigins),
			help: "Origins whose forms are accepted, https in production, separated by commas."},

		{group: "Mail", name: "EMAIL_HOST_USER", required: true, example: "cenro@example.gov.ph", set: text(&c.Email.User), help: "User at the mail server."},
		{name: "EMAIL_HOST_PASSWORD", required: true, mask: hide, minimum: 8, example: "change-me", set: secret(&c.Email.Password), help: "Password at the mail server; with Gmail an app password."},
		{name: "EMAIL_BACKEND", value: "django.core.mail.backends.smtp.EmailBackend", set: text(&c.Email.Backend),
			help: "How mail leaves: a name that ends in `smtp.EmailBackend`, `SendGridBackend`, `ResendBackend` or `console.EmailBackend`."},
		{name: "EMAIL_HOST", value: "smtp.gmail.com", set: text(&c.Email.Host), help: "Mail server."},
		{name: "EMAIL_PORT", value: "587", set: number(&c.Email.Port, 1, 65535), help: "Its port."},
		{name: "EMAIL_USE_TLS", value: "True", set: boolean(&c.Email.TLS), help: "STARTTLS, as on port 587."},
		{name: "EMAIL_USE_SSL", value: "False", set: boolean(&c.Email.SSL), help: "TLS from the first byte, as on port 465. Not both."},
		{name: "EMAIL_TIMEOUT", value: "30", set: span(&c.Email.Timeout, time.Second), help: "Seconds to wait for it."},
		{name: "DEFAULT_FROM_EMAIL", set: text(&c.Email.From), help: "Sender of mail; EMAIL_HOST_USER when empty."},
		{name: "SENDGRID_API_KEY", mask: hide, minimum: 16, example: "change-me", set: secret(&c.Email.SendGridKey), help: "For SendGrid; EMAIL_HOST_PASSWORD when empty."},
		{name: "RESEND_API_KEY", mask: hide, minimum: 16, example: "change-me", set: secret(&c.Email.ResendKey), help: "For Resend."},

		{group: "Text messages and one-time passwords", name: "SMS_API_TOKEN", required: true, mask: hide, minimum: 8, example: "change-me", set: secret(&c.SMS.Token), help: "Token of the iProg SMS gateway."},
		{name: "SMS_ENABLED", value: "True", set: boolean(&c.SMS.Enabled), help: "False sends no text message at all."},
		{name: "SMS_API_URL", value: "https://www.iprogsms.com/api/v1/sms_messages", set: site(&c.SMS.URL), help: "Address of the gateway."},
		{name: "SMS_API_TIMEOUT", value: "10", set: span(&c.SMS.Timeout, time.Second), help: "Seconds to wait for it."},
		{name: "SMS_PROVIDER", value: "2", set: number(&c.SMS.Provider, 0, 2), help: "The gateway's route: 0, 1, or 2 for all Philippine networks."},
		{name: "OTP_EXPIRY_MINUTES", value: "5", set: span(&c.OTP.Expiry, time.Minute), help: "Minutes that a one-time password is good for."},
		{name: "OTP_MAX_ATTEMPTS", value: "3", set: number(&c.OTP.MaxAttempts, 1, 100), help: "Wrong tries before it ends."},
		{name: "OTP_RESEND_COOLDOWN_SECONDS", value: "60", set: span(&c.OTP.ResendCooldown, time.Second), help: "Seconds between two of them."},

		{group: "Phone apps", name: "JWT_ACCESS_TOKEN_LIFETIME_HOURS", value: "1", set: span(&c.Tokens.Access, time.Hour), help: "Hours that an access token is good for."},
		{name: "JWT_REFRESH_TOKEN_LIFETIME_DAYS", value: "30", set: span(&c.Tokens.Refresh, 24*time.Hour), help: "Days that a refresh token is good for."},

		{group: "Uploads", name: "USE_GOOGLE_DRIVE", value: "False", set: boolean(&c.GoogleDrive.Enabled), help: "True keeps uploads in Google Drive, not in DATA_DIR."},
		{name: "GOOGLE_DRIVE_FOLDER_ID", set: text(&c.GoogleDrive.FolderID), help: "The folder; required with Google Drive."},
		{name: "GOOGLE_DRIVE_OAUTH_CLIENT_ID", set: text(&c.GoogleDrive.ClientID), help: "Access by OAuth, the preferred way."},
		{name: "GOOGLE_DRIVE_OAUTH_CLIENT_SECRET", mask: hide, minimum: 16, example: "change-me", set: secret(&c.GoogleDrive.ClientSecret), help: "Its secret."},
		{name: "GOOGLE_DRIVE_OAUTH_REFRESH_TOKEN", mask: hide, minimum: 16, example: "change-me", set: secret(&c.GoogleDrive.RefreshToken), help: "Its token."},
		{name: "GOOGLE_DRIVE_CREDENTIALS_JSON", mask: hide, minimum: 16, example: "change-me", set: secret(&c.GoogleDrive.Credentials), help: "Or a service account, as JSON."},

		{group: "Cache and queue", name: "CACHE_BACKEND", value: "LocMemCache", set: cacheBackend(),
			help: "`LocMemCache`: this process's memory. `RedisCache`: the server at CACHE_LOCATION, for several processes. A Django path that ends so will do."},
		{name: "CACHE_LOCATION", mask: hidePassword, set: keep, help: "Address of the Redis server, `redis://…`; empty for memory. Setting it is enough."},
		{name: "REDIS_URL", mask: hidePassword, set: redis(), help: "Redis for the cache, when neither CACHE_BACKEND nor CACHE_LOCATION says otherwise."},
		{name: "CELERY_BROKER_URL", value: "redis://localhost:6379/0", mask: hidePassword, set: secret(&c.BrokerURL),
			help: "Accepted and not used: the queue is in the database, so there is no broker to run."},
	}
}

// A deprecated variable is accepted with one warning.
type deprecated struct {
	name     string
	instead  string // what to write
	takesFor string // the setting that its value stands in for; empty: ignored
}

var deprecatedNames = []deprecated{
	{name: "IPROG_API_TOKEN", instead: "use SMS_API_TOKEN", takesFor: "SMS_API_TOKEN"},
	{name: "JWT_SECRET_KEY", instead: "DJANGO_SECRET_KEY signs the tokens"},
	{name: "REDIS_HOST", instead: "use REDIS_URL"},
	{name: "REDIS_PORT", instead: "use REDIS_URL"},
	{name: "CELERY_TIMEZONE", instead: "the time zone is Asia/Manila"},
	{name: "JWT_ALGORITHM", instead: "the algorithm is fixed"},
	{name: "JWT_ACCESS_TOKEN_LIFETIME", instead: "use JWT_ACCESS_TOKEN_LIFETIME_HOURS"},
	{name: "JWT_REFRESH_TOKEN_LIFETIME", instead: "use JWT_REFRESH_TOKEN_LIFETIME_DAYS"},
	{name: "JWT_ADMIN_REFRESH_TOKEN_LIFETIME", instead: "use JWT_REFRESH_TOKEN_LIFETIME_DAYS"},
	{name: "MAX_CONCURRENT_SESSIONS_PER_USER", instead: "sessions are listed and ended, not counted"},
	{name: "MAX_CONCURRENT_SESSIONS_PER_ADMIN", instead: "sessions are listed and ended, not counted"},
	{name: "GOOGLE_DRIVE_CREDENTIALS_FILE", instead: "use GOOGLE_DRIVE_CREDENTIALS_JSON_FILE"},
	{name: "GOOGLE_DRIVE_OAUTH_CREDENTIALS_FILE", instead: "use GOOGLE_DRIVE_OAUTH_CLIENT_ID and GOOGLE_DRIVE_OAUTH_CLIENT_SECRET"},
	{name: "GOOGLE_DRIVE_TOKEN_FILE", instead: "use GOOGLE_DRIVE_OAUTH_REFRESH_TOKEN_FILE"},
}
