package config

import "time"

// setting is one variable. The table below is the only place that names it.
type setting struct {
	name     string
	group    string      // heading in the documentation; empty: that of the setting before
	value    string      // default
	required bool        // in production
	unless   string      // … except when this other one is set
	when     func() bool // … only then; nil: always
	with     string      // … in words
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
			help: "Seals phones, e-mail addresses, birth dates and addresses in the database: 32 or more random characters, not the secret key. Production without it seals with a key derived from DJANGO_SECRET_KEY. Lost key, lost data (docs/keys.md)."},
		{name: "DJANGO_SECRET_KEY_FALLBACKS", mask: hide, set: secrets(&c.FormerSecrets),
			help: "Former secret keys, separated by commas, the last one first: what they signed or sealed still counts. Take them out as docs/keys.md says."},
		{name: "FIELD_ENCRYPTION_KEY_FALLBACKS", mask: hide, set: secrets(&c.FormerKeys),
			help: "Former field encryption keys, separated by commas: what they sealed still opens, until everything is sealed with the new one (`ekolek keys status`)."},
		{name: "ALLOWED_HOSTS", required: true, example: "ekolek.example.gov.ph", set: list(&c.AllowedHosts),
			help: "Names under which the site answers, separated by commas; no `*`. Development answers to all."},
		{name: "SITE_URL", value: "http://localhost:8000", required: true, example: "https://ekolek.example.gov.ph", set: site(&c.SiteURL),
			help: "Address of the site as people type it, https in production. Links in messages begin with it."},
		{name: "CITY_NAME", value: "San Pedro City", set: text(&c.City), help: "Name of the city on pages and papers."},
		{name: "PORT", value: "8000", set: number(&c.Port, 0, 65535), help: "Port to listen on, when `--addr` does not say it."},
		{name: "DATA_DIR", value: "./var", set: text(&c.DataDir), help: "Folder of the SQLite file, the development key and uploads."},
		{name: "LOG_DIR", value: "logs", set: folder(&c.LogDir),
			help: "Folder of `app.log` (everything) and `security.log` (sign-ins, refusals, points, staff acts; sealed), besides standard output; `-` for none."},
		{name: "LOG_ROTATE_MB", value: "20", set: number(&c.Logs.RotateMB, 0, 10_000), help: "Megabytes after which a log file is turned over; 0 for never."},
		{name: "LOG_ROTATE_DAYS", value: "7", set: number(&c.Logs.RotateDays, 0, 366), help: "Days after which it is; 0 for never."},
		{name: "LOG_KEEP", value: "20", set: number(&c.Logs.Keep, 1, 10_000), help: "How many turned-over `app.log` files are kept."},
		{name: "LOG_KEEP_SECURITY", value: "200", set: number(&c.Logs.KeepSecurity, 1, 100_000), help: "How many of `security.log`."},
		{name: "NODE_NAME", set: text(&c.Node), help: "Name of this machine in logs; its host name when empty."},
		{name: "METRICS_ADDR", set: listenAddr(&c.Metrics.Addr), help: "Address of its own for `/metrics`, such as `127.0.0.1:9090`. No sign-in there: a private one."},
		{name: "METRICS_TOKEN", mask: hide, minimum: 16, example: "change-me", set: secret(&c.Metrics.Token),
			help: "Shows `/metrics` on the site's own address to whoever sends it as a bearer token. With neither, there is no such page."},
		{name: "OTEL_EXPORTER_OTLP_ENDPOINT", set: site(&c.Traces.Endpoint), help: "Collector for traces, OTLP over HTTP, such as `http://localhost:4318`; empty for none."},
		{name: "OTEL_EXPORTER_OTLP_HEADERS", mask: hide, set: secret(&c.Traces.Headers), help: "Headers for it, `name=value`, separated by commas."},
		{name: "OTEL_SERVICE_NAME", value: "ekolek", set: text(&c.Traces.Service), help: "Name of this program in traces."},
		{name: "TRUSTED_PROXIES", set: prefixes(&c.TrustedProxies),
			help: "Addresses or networks of the proxies in front, separated by commas. Only their X-Forwarded-For and X-Forwarded-Proto count."},
		{name: "RAILWAY_PUBLIC_DOMAIN", set: keep, help: "Set by Railway: the site's name there. It joins ALLOWED_HOSTS, CORS_ALLOWED_ORIGINS and CSRF_TRUSTED_ORIGINS, and makes SITE_URL when that is not set."},
		{name: "RENDER_EXTERNAL_HOSTNAME", set: keep, help: "The same, set by Render."},
		{name: "CHECK_SILENCED", set: text(&c.CheckSilenced),
			help: "Warnings of `ekolek check` that stay for now: `EK.W047 until 2026-12-31: the city's own backup`, separated by semicolons. They are printed every time; errors cannot be silenced (docs/checks.md)."},

		{group: "Database", name: "DATABASE_URL", mask: hidePassword, set: database(&c.Database),
			help: "`postgres://user:password@host:5432/name`, or `sqlite:///absolute/path`. Several servers, `host1:5432,host2:5432`: whichever takes writes. Wins over the five DB_ settings. With none of them, development keeps SQLite in DATA_DIR."},
		{name: "DB_NAME", value: "cenro_db", required: true, unless: "DATABASE_URL", set: keep, help: "Name of the PostgreSQL database."},
		{name: "DB_USER", value: "postgres", required: true, unless: "DATABASE_URL", set: keep, help: "Its user."},
		{name: "DB_PASSWORD", required: true, unless: "DATABASE_URL", mask: hide, minimum: 12, example: "change-me", set: keep, help: "That user's password, at least 12 characters."},
		{name: "DB_HOST", value: "localhost", required: true, unless: "DATABASE_URL", set: keep, help: "Its host, or the folder of its socket. Several hosts, separated by commas: whichever takes writes."},
		{name: "DB_PORT", value: "5432", required: true, unless: "DATABASE_URL", set: number(new(int), 1, 65535), help: "Its port."},

		{name: "DB_MAX_CONNS", value: "0", set: number(&c.Database.MaxConns, 0, 10_000),
			help: "Most connections of one process to the database; 0 for four per processor. All processes together stay below the server's `max_connections`."},
		{name: "DATABASE_REPLICA_URL", mask: hidePassword, set: replica(&c.Database.ReplicaURL),
			help: "Address of a PostgreSQL hot standby, for public pages and reports. Nobody's own changes are read there, and nothing that decides a write (docs/cluster.md)."},
		{name: "REPLICA_MAX_LAG_SECONDS", value: "10", set: span(&c.Database.ReplicaLag, time.Second),
			help: "Seconds that the standby may be behind. Further behind, or away, it is not read."},

		{group: "Several nodes", name: "NODE_COUNT", value: "1", set: number(&c.Nodes, 1, 1000),
			help: "Processes that serve this city together, on one machine or many. More than one needs PostgreSQL, and should share a Redis."},
		{name: "DRAIN_SECONDS", value: "5", set: c.drain(),
			help: "Seconds between saying \"not ready\" at `/readyz` and the end of listening, when the program is asked to stop: longer than the load balancer takes to notice. Development does not wait."},

		{group: "Cross-site requests", name: "CORS_ALLOWED_ORIGINS", set: origins(&c.CORSOrigins),
			help: "Origins whose scripts may call the apps' interface, separated by commas. Development allows all."},
		{name: "CSRF_TRUSTED_ORIGINS", required: true, example: "https://ekolek.example.gov.ph", set: origins(&c.CSRFOrigins),
			help: "Origins whose forms are accepted, https in production, separated by commas."},

		{group: "Mail", name: "EMAIL_HOST_USER", required: true, when: c.mailNeedsPassword, with: "SMTP", example: "cenro@example.gov.ph", set: text(&c.Email.User),
			help: "User at the mail server."},
		{name: "EMAIL_HOST_PASSWORD", required: true, when: c.mailNeedsPassword, with: "SMTP", mask: hide, minimum: 8, example: "change-me", set: secret(&c.Email.Password),
			help: "Password at the mail server; with Gmail an app password."},
		{name: "EMAIL_BACKEND", value: "django.core.mail.backends.smtp.EmailBackend", set: mailBackend(&c.Email.Backend),
			help: "How mail leaves: `smtp`, `sendgrid`, `resend`, `gmail`, or `file` (nothing leaves). The Django paths of the former system will do. Development always writes files."},
		{name: "EMAIL_FALLBACK_BACKEND", set: mailBackend(&c.Email.Fallback), help: "A second way, for when the first one does not take a mail."},
		{name: "EMAIL_HOST", value: "smtp.gmail.com", set: text(&c.Email.Host), help: "Mail server."},
		{name: "EMAIL_PORT", value: "587", set: number(&c.Email.Port, 1, 65535), help: "Its port."},
		{name: "EMAIL_USE_TLS", value: "True", set: boolean(&c.Email.TLS), help: "STARTTLS, as on port 587."},
		{name: "EMAIL_USE_SSL", value: "False", set: boolean(&c.Email.SSL), help: "TLS from the first byte, as on port 465. Not both."},
		{name: "EMAIL_TIMEOUT", value: "30", set: span(&c.Email.Timeout, time.Second), help: "Seconds to wait for it; more than 18, or 9 with a second way, count as that."},
		{name: "DEFAULT_FROM_EMAIL", set: sender(&c.Email.From), help: "Sender of mail, `cenro@…` or `E-KOLEK <cenro@…>`; EMAIL_HOST_USER when empty."},
		{name: "SENDGRID_API_KEY", mask: hide, minimum: 16, example: "change-me", set: secret(&c.Email.SendGridKey), help: "For SendGrid; EMAIL_HOST_PASSWORD when empty."},
		{name: "RESEND_API_KEY", mask: hide, minimum: 16, example: "change-me", set: secret(&c.Email.ResendKey), help: "For Resend."},
		{name: "GMAIL_OAUTH_CLIENT_ID", set: text(&c.Email.Gmail.ClientID), help: "For `gmail`, which sends through Google's interface where the host blocks mail ports."},
		{name: "GMAIL_OAUTH_CLIENT_SECRET", mask: hide, minimum: 16, example: "change-me", set: secret(&c.Email.Gmail.ClientSecret), help: "Its secret."},
		{name: "GMAIL_OAUTH_REFRESH_TOKEN", mask: hide, minimum: 16, example: "change-me", set: secret(&c.Email.Gmail.RefreshToken), help: "Its token, with the scope `gmail.send`."},

		{group: "Text messages and one-time passwords", name: "SMS_API_TOKEN", required: true, unless: "SEMAPHORE_API_KEY", when: func() bool { return c.SMS.Enabled }, mask: hide, minimum: 8, example: "change-me", set: secret(&c.SMS.Token),
			help: "Token of the iProg SMS gateway."},
		{name: "SMS_ENABLED", value: "True", set: boolean(&c.SMS.Enabled), help: "False sends no text message at all."},
		{name: "SMS_API_URL", value: "https://www.iprogsms.com/api/v1/sms_messages", set: site(&c.SMS.URL), help: "Address of the gateway, https in production."},
		{name: "SMS_API_TIMEOUT", value: "10", set: span(&c.SMS.Timeout, time.Second), help: "Seconds to wait for it; more than 18, or 9 with a second gateway, count as that."},
		{name: "SMS_PROVIDER", value: "2", set: number(&c.SMS.Provider, 0, 2), help: "The gateway's route: 0, 1, or 2 for all Philippine networks."},
		{name: "SMS_SENDER_NAME", value: "Ka Prets", set: text(&c.SMS.Sender), help: "Name that people see as the sender, as registered with the gateway."},
		{name: "SEMAPHORE_API_KEY", mask: hide, minimum: 16, example: "change-me", set: secret(&c.SMS.SemaphoreKey), help: "Key of the Semaphore gateway, for when iProg does not take a message."},
		{name: "SEMAPHORE_SENDER_NAME", set: text(&c.SMS.SemaphoreSender), help: "Sender name registered there; their own when empty."},
		{name: "SMS_ALLOW_FOREIGN", value: "False", set: boolean(&c.SMS.Abroad), help: "True also sends to numbers that do not begin with +639."},
		{name: "SMS_COST_CENTAVOS", value: "100", set: number(&c.SMS.Cost, 0, 100_000), help: "What one text message costs, in centavos."},
		{name: "SMS_DAILY_CAP_PESOS", value: "1000", set: number(&c.SMS.CityCap, 0, 10_000_000), help: "Most that text messages may cost in a day; 0 for no limit, which production refuses."},
		{name: "SMS_DAILY_CAP_PER_NUMBER_PESOS", value: "20", set: number(&c.SMS.NumberCap, 0, 10_000_000), help: "The same for one number."},
		{name: "MESSAGE_RETENTION_DAYS", value: "365", set: number(&c.MessageDays, 1, 36_500), help: "Days until the outbox forgets whom a message was for and what it said."},
		{name: "OTP_EXPIRY_MINUTES", value: "5", set: span(&c.OTP.Expiry, time.Minute), help: "Minutes that a one-time password is good for."},
		{name: "OTP_MAX_ATTEMPTS", value: "3", set: number(&c.OTP.MaxAttempts, 1, 100), help: "Wrong tries before it ends."},
		{name: "OTP_RESEND_COOLDOWN_SECONDS", value: "60", set: span(&c.OTP.ResendCooldown, time.Second), help: "Seconds between two of them."},

		{group: "Push messages", name: "VAPID_PRIVATE_KEY", mask: hide, example: "change-me", set: vapid(&c.Push.Key),
			help: "Key by which push services know this city: 32 bytes in base64url, as `ekolek gen-secret VAPID_PRIVATE_KEY` prints. Empty: made once and kept in DATA_DIR/vapid.key; several nodes need the setting. With another one every browser has to subscribe again (docs/keys.md)."},
		{name: "VAPID_SUBJECT", set: subject(&c.Push.Subject), help: "Where a push service finds us: `mailto:cenro@…` or an https address. The sender of mail when empty."},

		{group: "Phone apps", name: "JWT_ACCESS_TOKEN_LIFETIME_HOURS", value: "1", set: span(&c.Tokens.Access, time.Hour), help: "Hours that an access token is good for."},
		{name: "JWT_REFRESH_TOKEN_LIFETIME_DAYS", value: "30", set: span(&c.Tokens.Refresh, 24*time.Hour), help: "Days that a refresh token is good for."},

		{group: "Registration", name: "REFERRAL_POINTS_NEW", value: "10", set: number(&c.Referral.New, 0, 100_000),
			help: "Points for a newcomer who named a resident's referral code, paid once at the approval; 0 for none."},
		{name: "REFERRAL_POINTS_REFERRER", value: "10", set: number(&c.Referral.Referrer, 0, 100_000), help: "Points for that resident, at the same moment; 0 for none."},

		{group: "Schedule", name: "REMINDER_HOUR", value: "18", set: number(&c.ReminderHour, 5, 21),
			help: "Hour of the evening before, in Manila, at which families are reminded of the truck that have chosen no other."},

		{group: "Rewards", name: "RESERVATION_DAYS", value: "3", set: number(&c.Rewards.ReservationDays, 1, 60),
			help: "Days that a reservation holds points and stock, before both go back."},
		{name: "RESERVATIONS_MAX", value: "5", set: number(&c.Rewards.ReservationsMax, 1, 100), help: "Reservations that one resident may have open at once."},
		{name: "REDEEM_PROOF_ABOVE", value: "500", set: number(&c.Rewards.ProofAbove, 0, 1_000_000),
			help: "Points above which what is handed out at once needs a second proof from the resident, a live code or a PIN; 0 asks always. An old card and a search always need it."},
		{name: "SECOND_PERSON_POINTS", value: "1000", set: number(&c.TwoPersons.Points, 0, 1_000_000),
			help: "Points from which a correction, a void or a return waits for a second member of staff; 0 for never."},
		{name: "SECOND_PERSON_STOCK", value: "100", set: number(&c.TwoPersons.Stock, 0, 1_000_000),
			help: "Units from which a stock adjustment waits for one; 0 for never."},
		{name: "ENTITY_NAME", example: "City Government of San Pedro", set: text(&c.Forms.Entity), help: "Entity name on stock cards and requisition slips; the city's name when empty."},
		{name: "FUND_CLUSTER", example: "General Fund", set: text(&c.Forms.Fund), help: "Fund cluster on them; empty leaves the place for a pen."},
		{name: "LEGACY_QR_UNTIL", set: civilDay(&c.LegacyUntil), help: "Last day, such as 2027-12-31, on which cards of the former system are still scanned; empty for no end."},

		{group: "Uploads", name: "FILE_STORAGE", set: storage(&c.Storage),
			help: "Where uploads are kept: `local` (below DATA_DIR; when nothing is said), `s3`, or `drive`. Files that are elsewhere are still found there; `ekolek files migrate` moves them (docs/files.md)."},
		{name: "AWS_STORAGE_BUCKET_NAME", required: true, when: func() bool { return c.Storage == S3Storage }, with: "FILE_STORAGE `s3`", set: text(&c.S3.Bucket), help: "The bucket, private, for uploads alone."},
		{name: "AWS_S3_ENDPOINT_URL", set: site(&c.S3.Endpoint), help: "Address of an S3-compatible store that is not Amazon's, https in production. The bucket comes after it as the first part of the path."},
		{name: "AWS_S3_REGION_NAME", value: "us-east-1", set: text(&c.S3.Region), help: "The bucket's region; stores that know none take the default."},
		{name: "AWS_ACCESS_KEY_ID", required: true, when: func() bool { return c.Storage == S3Storage }, with: "FILE_STORAGE `s3`", set: text(&c.S3.KeyID), help: "Key that may read, write and delete objects of that bucket."},
		{name: "AWS_SECRET_ACCESS_KEY", required: true, when: func() bool { return c.Storage == S3Storage }, with: "FILE_STORAGE `s3`", mask: hide, minimum: 8, example: "change-me", set: secret(&c.S3.Secret), help: "Its secret."},
		{name: "USE_GOOGLE_DRIVE", value: "False", set: boolean(&c.GoogleDrive.Enabled), help: "True is FILE_STORAGE `drive`: uploads are kept in Google Drive."},
		{name: "GOOGLE_DRIVE_FOLDER_ID", set: text(&c.GoogleDrive.FolderID), help: "The folder; required with Google Drive. A service account needs one of a shared drive."},
		{name: "GOOGLE_DRIVE_OAUTH_CLIENT_ID", set: text(&c.GoogleDrive.ClientID), help: "Access by OAuth, the preferred way."},
		{name: "GOOGLE_DRIVE_OAUTH_CLIENT_SECRET", mask: hide, minimum: 16, example: "change-me", set: secret(&c.GoogleDrive.ClientSecret), help: "Its secret."},
		{name: "GOOGLE_DRIVE_OAUTH_REFRESH_TOKEN", mask: hide, minimum: 16, example: "change-me", set: secret(&c.GoogleDrive.RefreshToken), help: "Its token, with the scope `drive.file`."},
		{name: "GOOGLE_DRIVE_CREDENTIALS_JSON", mask: hide, minimum: 16, example: "change-me", set: secret(&c.GoogleDrive.Credentials), help: "Or a service account, as JSON."},

		{group: "Backups", name: "BACKUP_DIR", set: text(&c.Backup.Dir), help: "Folder of the nightly backups, best on another disk; DATA_DIR/backups when empty."},
		{name: "BACKUP_HOUR", value: "2", set: hour(&c.Backup.Hour), help: "Hour of the day in Manila, 0 to 23, at which a backup is made and restored for trial; `-` for none. Development makes none by itself."},
		{name: "BACKUP_KEEP_DAYS", value: "30", set: number(&c.Backup.KeepDays, 1, 36_500), help: "Days until a backup is removed. One that no newer backup, restored for trial, can stand in for stays."},
		{name: "BACKUP_ENCRYPTION_KEY", mask: hide, minimum: 32, example: "change-me-to-32-or-more-random-characters-of-its-own", set: secret(&c.Backup.Key),
			help: "Seals backups: 32 or more random characters, or an age recipient (`age1…`), whose owner alone can open them. Keep it elsewhere: lost key, lost backups."},
		{name: "BACKUP_TEST_URL", mask: hidePassword, set: postgresURL(&c.Backup.TestURL),
			help: "`postgres://user:password@host:5432/name` of a server where the trial restore may make and drop a database; that of DATABASE_URL when empty."},

		{group: "Cache and queue", name: "CACHE_BACKEND", value: "LocMemCache", set: cacheBackend(),
			help: "`LocMemCache`: this process's memory. `RedisCache`: the server at CACHE_LOCATION, for several processes. A Django path that ends so will do."},
		{name: "CACHE_LOCATION", mask: hidePassword, set: keep, help: "Address of the Redis server, `redis://…`, `rediss://…` or `unix:///path`; empty for memory. Setting it is enough."},
		{name: "REDIS_URL", mask: hidePassword, set: redis(), help: "Redis for the cache, when neither CACHE_BACKEND nor CACHE_LOCATION says otherwise."},
		{name: "CELERY_BROKER_URL", value: "redis://localhost:6379/0", mask: hidePassword, set: secret(&c.BrokerURL),
			help: "Accepted with a warning and not used: the queue is in the database, so there is no broker and no Celery worker to run (docs/jobs.md)."},
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
