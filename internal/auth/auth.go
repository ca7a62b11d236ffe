package auth

import (
	"time"

	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/people"
)

// Config says how long sign-ins last. The zero value has the defaults.
type Config struct {
	StaffIdle    time.Duration // without a request; default 30 minutes
	StaffMax     time.Duration // in all; default 12 hours
	ResidentIdle time.Duration // without a request; default 30 days, no other end
}

func (c Config) withDefaults() Config {
	if c.StaffIdle == 0 {
		c.StaffIdle = 30 * time.Minute
	}
	if c.StaffMax == 0 {
		c.StaffMax = 12 * time.Hour
	}
	if c.ResidentIdle == 0 {
		c.ResidentIdle = 30 * 24 * time.Hour
	}
	return c
}

// Refusals that callers compare with errors.Is.
var (
	ErrBadCredentials = errs.New(errs.Unauthenticated, "BAD_CREDENTIALS", "error.auth.bad_credentials")
	ErrLocked         = errs.New(errs.TooMany, "LOCKED", "error.auth.locked")
	ErrNoSession      = errs.New(errs.Unauthenticated, "NO_SESSION", "error.auth.no_session")
	ErrPending        = errs.New(errs.Forbidden, "ACCOUNT_PENDING", "error.auth.pending")
	ErrRejected       = errs.New(errs.Forbidden, "ACCOUNT_REJECTED", "error.auth.rejected_plain")
	ErrSuspended      = errs.New(errs.Forbidden, "ACCOUNT_SUSPENDED", "error.auth.suspended")
	ErrStaffNotFound  = errs.New(errs.NotFound, "STAFF_NOT_FOUND", "error.auth.staff_not_found")
	ErrSetupClosed    = errs.New(errs.Forbidden, "SETUP_CLOSED", "error.auth.setup_closed")
)

// Service keeps passwords, sessions and staff.
type Service struct {
	db     *db.DB
	vault  *db.Vault
	people *people.Service
	cfg    Config
	now    func() time.Time
	hasher *hasher
	gate   *gate
}

// New makes the service. vault keys the names under which failed sign-ins are counted.
func New(d *db.DB, vault *db.Vault, p *people.Service, cfg Config, now func() time.Time) *Service {
	return &Service{db: d, vault: vault, people: p, cfg: cfg.withDefaults(), now: now, hasher: newHasher(), gate: newGate()}
}
