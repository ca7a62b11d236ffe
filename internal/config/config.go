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
	EncryptionKey  Secret   // seals personal data; empty: kept readable
	AllowedHosts   []string // names, ".name" for all below it; "*" alone in development
	SiteURL        string   // without a slash at the end
	City           string
	Port           int
	DataDir        string
	LogDir         string         // empty: standard error only
	TrustedProxies []netip.Prefix // whose X-Forwarded-* headers count

	CORSOrigins []string // "*" alone in development
	CSRFOrigins []string

	Database  Database
	CacheURL  Secret // redis://…; empty: this process's own memory
	BrokerURL Secret // kept for its name: the queue is in the database

	Email       Email
	SMS         SMS
	OTP         OTP
	Tokens      Tokens
	GoogleDrive GoogleDrive

	Warnings []string // what was accepted but should be changed

	rows []Row
}

// Database says where the data is: in PostgreSQL, or else in a SQLite file.
type Database struct {
	URL  Secret // postgres://…; empty: SQLite
	Path string // of the SQLite file
}

// Email is how mail leaves.
type Email struct {
	Backend     string
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
}

// SMS is how text messages leave.
type SMS struct {
	Enabled  bool
	URL      string
	Token    Secret
	Timeout  time.Duration
	Provider int // the gateway's route: 0, 1, or 2 for all Philippine networks
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

// GoogleDrive keeps uploads when it is enabled.
type GoogleDrive struct {
	Enabled      bool
	RefreshToken Secret
	ClientID     string
	ClientSecret Secret
	Credentials  Secret // a service account, JSON
	FolderID     string
}

// Row is one setting as `ekolek config` shows it: secrets masked.
type Row struct {
	Name, Value, Source string
}

// Describe lists every setting, its value and where that came from, in the order of
// the documentation. Secrets are masked.
func (c Config) Describe() []Row { return c.rows }
