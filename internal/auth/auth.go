package auth

import (
	"cmp"
	"context"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/jobs"
	"ekolek/internal/notify"
	"ekolek/internal/people"
)

// Config says how long sign-ins last. The zero value has the defaults.
type Config struct {
	StaffIdle    time.Duration // without a request; default 30 minutes
	StaffMax     time.Duration // in all; default 12 hours
	ResidentIdle time.Duration // without a request; default 14 days
	ResidentMax  time.Duration // in all; default 30 days

	SecretKey   string        // signs the phone apps' tokens, as the reference did
	FormerKeys  []string      // former secret keys: a token that one of them signed counts until it ends
	Production  bool          // super administrators need a second factor
	Issuer      string        // what authenticator apps write over their codes; default "E-KOLEK"
	CodeLife    time.Duration // of a one-time code; default 5 minutes
	CodeTries   int           // wrong ones before it ends; default 3
	CodeAgain   time.Duration // between two sends; default 1 minute
	AccessLife  time.Duration // of a phone app's access token; default 1 hour
	RefreshLife time.Duration // of its refresh token; default 30 days
}

func (c Config) withDefaults() Config {
	if c.StaffIdle == 0 {
		c.StaffIdle = 30 * time.Minute
	}
	if c.StaffMax == 0 {
		c.StaffMax = 12 * time.Hour
	}
	if c.ResidentIdle == 0 {
		c.ResidentIdle = 14 * 24 * time.Hour
	}
	if c.ResidentMax == 0 {
		c.ResidentMax = 30 * 24 * time.Hour
	}
	c.Issuer = cmp.Or(c.Issuer, "E-KOLEK")
	c.CodeLife = cmp.Or(c.CodeLife, 5*time.Minute)
	c.CodeTries = cmp.Or(c.CodeTries, 3)
	c.CodeAgain = cmp.Or(c.CodeAgain, time.Minute)
	c.AccessLife = cmp.Or(c.AccessLife, time.Hour)
	c.RefreshLife = cmp.Or(c.RefreshLife, 30*24*time.Hour)
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
	notify *notify.Service
	people *people.Service
	cfg    Config
	now    func() time.Time
	hasher *hasher
	gate   *gate
	even   even
	queue  *jobs.Queue // nil: of a command that signs nobody in
}

// New makes the service. vault keys the names under which failed sign-ins are counted.
func New(d *db.DB, vault *db.Vault, n *notify.Service, p *people.Service, cfg Config, now func() time.Time) *Service {
	return &Service{db: d, vault: vault, notify: n, people: p, cfg: cfg.withDefaults(), now: now, hasher: newHasher(), gate: newGate()}
}

// Work gives the queue what is done later: codes for forgotten passwords, and telling
// the owner of an account that was locked. The queue must not have started.
func (s *Service) Work(q *jobs.Queue) {
	s.queue = q
	jobs.Register(q, s.sendReset)
	jobs.Register(q, s.tellLocked)
}

// later enqueues a job of Work.
func (s *Service) later(ctx context.Context, tx *db.Tx, args jobs.Args) error {
	if s.queue == nil {
		return nil
	}
	return s.queue.Enqueue(ctx, tx, args)
}
