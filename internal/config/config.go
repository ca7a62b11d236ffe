// Package config reads what the environment says, once, and checks it. Every variable
// stands in one table (settings.go), which also makes .env.example and the page
// docs/configuration.md. Nothing here is global: a Config is a value that is passed on.
package config

import (
	"net/netip"
	"time"
)

// Config is everything that can be set from outside. Load fills it.
type Config struct {
	Debug          bool // development: all hosts, no HTTPS, detailed errors
	SecretKey      Secret
	EncryptionKey  Secret   // seals personal data; empty: SecretKey does, in production
	FormerSecrets  []Secret // former SecretKeys: what they signed and sealed still counts
	FormerKeys     []Secret // former EncryptionKeys: what they sealed still opens
	AllowedHosts   []string // names, ".name" for all below it; "*" alone in development
	SiteURL        string   // without a slash at the end
	City           string
	Port           int
	DataDir        string
	LogDir         string // empty: standard output only
	Logs           Logs
	Node           string // this machine's name in logs; empty: its host name
	Metrics        Metrics
	Traces         Traces
	TrustedProxies []netip.Prefix // whose X-Forwarded-* headers count
	CheckSilenced  string         // warnings of `ekolek check` that somebody has looked at
	Nodes          int            // processes that serve the city together
	Drain          time.Duration  // between "not ready" and the end of listening

	CORSOrigins []string // "*" alone in development
	CSRFOrigins []string

	Database  Database
	CacheURL  Secret // redis://…; empty: this process's own memory
	BrokerURL Secret // kept for its name: the queue is in the database

	Email       Email
	SMS         SMS
	OTP         OTP
	Tokens      Tokens
	Referral    Referral
	Rewards     Rewards
	TwoPersons  TwoPersons
	Forms       Forms
	LegacyUntil string  // the last Manila day of old cards; empty: no end
	Storage     Storage // where new uploads go
	S3          S3
	GoogleDrive GoogleDrive
	Backup      Backup

	ReminderHour int // of the evening before a truck comes, in Manila

	Push        Push
	MessageDays int // how long it is known whom and what a message told

	Warnings []string // what was accepted but should be changed

	rows    []Row
	secrets func() []string // a function, because fmt would show a field
}

// Logs say when the log files are turned over and how many are kept. A zero turns off.
type Logs struct {
	RotateMB, RotateDays int
	Keep, KeepSecurity   int
}

// Metrics says where measurements may be read; with neither, nowhere.
type Metrics struct {
	Addr  string // an address of their own, "127.0.0.1:9090"
	Token Secret // or on the site's own address, for whoever brings this
}

// Traces says where spans are sent to; an empty Endpoint sends none.
type Traces struct {
	Endpoint string // of a collector that speaks OTLP over HTTP
	Headers  Secret // "name=value,…" for it
	Service  string
}

// Push says how push services know this city.
type Push struct {
	Key     Secret // 32 bytes in base64url; empty: kept in DATA_DIR
	Subject string // mailto: or https:; empty: the sender of mail
}

// Database says where the data is: in PostgreSQL, or else in a SQLite file.
type Database struct {
	URL      Secret // postgres://…; empty: SQLite
	Path     string // of the SQLite file
	MaxConns int    // 0: as many as suit this machine

	ReplicaURL Secret        // a standby for reads that may be a little behind; empty: none
	ReplicaLag time.Duration // how far behind it may be
}

// Email is how mail leaves.
type Email struct {
	Backend     MailBackend
	Fallback    MailBackend // when the first one does not take a mail; empty: none
	Host        string
	Port        int
	TLS         bool // STARTTLS
	SSL         bool // TLS from the first byte
	User        string
	Password    Secret
	Timeout     time.Duration
	From        string
	SendGridKey Secret
	ResendKey   Secret
	Gmail       GoogleOAuth
}

// MailBackend is a way out for mail.
type MailBackend string

// The ways out for mail.
const (
	SMTP     MailBackend = "smtp"
	SendGrid MailBackend = "sendgrid"
	Resend   MailBackend = "resend"
	Gmail    MailBackend = "gmail"
	MailFile MailBackend = "file" // DATA_DIR/outbox and standard output: nothing leaves
)

// GoogleOAuth lets the program act for a Google account.
type GoogleOAuth struct {
	ClientID     string
	ClientSecret Secret
	RefreshToken Secret
}

// SMS is how text messages leave.
type SMS struct {
	Enabled  bool
	URL      string
	Token    Secret
	Timeout  time.Duration
	Provider int    // the gateway's route: 0, 1, or 2 for all Philippine networks
	Sender   string // name that people see; empty: the gateway's own

	SemaphoreKey    Secret // the second gateway; empty: none
	SemaphoreSender string

	Abroad    bool // other numbers than Philippine mobile ones may be sent to
	Cost      int  // centavos for one message
	CityCap   int  // pesos a day for everybody together; 0: none
	NumberCap int  // pesos a day for one number; 0: none
}

// OTP limits one-time passwords.
type OTP struct {
	Expiry         time.Duration
	MaxAttempts    int
	ResendCooldown time.Duration
}

// Tokens are the lives of the phone apps' tokens.
type Tokens struct {
	Access  time.Duration
	Refresh time.Duration
}

// Referral is what the city pays when somebody is approved whom a resident brought, in
// points; 0 pays nothing.
type Referral struct {
	New      int // to the newcomer
	Referrer int
}

// Rewards is how points are turned into goods.
type Rewards struct {
	ReservationDays int
	ReservationsMax int // of one resident, open at once
	ProofAbove      int // points
}

// Forms is what official forms say about who issues them.
type Forms struct {
	Entity string // empty: the city's name
	Fund   string // fund cluster; empty is left for a pen
}

// TwoPersons says from where on one member of staff is not enough; 0 is never.
type TwoPersons struct {
	Points int
	Stock  int // units
}

// Storage is a place for uploads.
type Storage string

// The places for uploads.
const (
	LocalStorage Storage = "local" // below DataDir
	S3Storage    Storage = "s3"
	DriveStorage Storage = "drive"
)

// S3 is an S3-compatible store. One without a bucket is not there.
type S3 struct {
	Endpoint string // https://…; empty: Amazon's
	Bucket   string
	Region   string
	KeyID    string
	Secret   Secret
}

// GoogleDrive is a folder of Google Drive. One without an id is not there.
type GoogleDrive struct {
	Enabled      bool // USE_GOOGLE_DRIVE: the same as Storage drive
	RefreshToken Secret
	ClientID     string
	ClientSecret Secret
	Credentials  Secret // a service account, JSON
	FolderID     string
}

// Backup is how copies of everything are made.
type Backup struct {
	Dir      string // where they are kept
	Hour     int    // of the day in Manila; -1: not by itself
	KeepDays int
	Key      Secret // seals them: a passphrase, an age identity or an age recipient
	TestURL  Secret // PostgreSQL server for the trial restore; empty: the database's own
}

// Row is one setting as `ekolek config` shows it: secrets masked.
type Row struct {
	Name, Value, Source string
}

// Describe lists every setting, its value and where that came from, in the order of
// the documentation. Secrets are masked.
func (c Config) Describe() []Row { return c.rows }
