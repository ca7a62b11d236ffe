package auth

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
)

// Failed sign-ins: five of one account lock it, and five accounts that fail from one
// address lock the address, each for half an hour. An address counts accounts, not
// attempts: a family, or all of city hall, stands behind one address, and one person
// who mistypes must not lock out the rest; whoever guesses through many accounts is
// stopped all the same, and who guesses at one is stopped by the account's own count.
//
// A browser that a resident had remembered is beyond both: whoever guesses elsewhere
// cannot lock the owner out. It has a count of its own.
const (
	maxFailures = 5
	lockFor     = 30 * time.Minute
)

// attempt is a sign-in on its way: it counts as failed until it has succeeded.
type attempt struct {
	surface Surface
	typed   string // the name, for the history
	way     Way    // empty: a step of an attempt that the history has already
	account string // lock key
	address string // lock key; empty: no address (a command)
	device  string // lock key of a remembered browser, which counts instead of the two
}

func (s *Service) attemptOf(surface Surface, username, ip string) attempt {
	a := attempt{surface: surface, typed: username, way: WayPassword, account: s.lockKey(string(surface), foldUsername(username))}
	if network := NetworkOf(ip); network != "" {
		a.address = s.lockKey("address", network)
	}
	return a
}

func (s *Service) lockKey(kind, name string) string { return s.vault.Hash("lock", kind+"|"+name) }

// begin counts the attempt as a failure before any password is looked at, so that
// parallel guesses cannot slip past the limit. ErrLocked says that it may not go on;
// last says that failing now locks the account. Names that nobody has are counted alike.
func (s *Service) begin(ctx context.Context, actor audit.Actor, a attempt, subject uuid.UUID) (last bool, err error) {
	now := s.now()
	var until time.Time
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if last, until, err = a.count(ctx, tx, now); err != nil || until.IsZero() || a.way == "" {
			return err
		}
		return s.recordLogin(ctx, tx, actor, Login{Surface: a.surface, Subject: subject, Typed: a.typed, Reason: Locked, Way: a.way})
	})
	if err != nil {
		return false, fmt.Errorf("count sign-in: %w", err)
	}
	if !until.IsZero() {
		return false, lockedError(until.Sub(now))
	}
	return last, nil
}

// count is zero in until while the attempt may go on.
func (a attempt) count(ctx context.Context, tx *db.Tx, now time.Time) (last bool, until time.Time, err error) {
	if a.device != "" {
		t, err := countUp(ctx, tx, a.device, accountLimit, now)
		if err != nil || accountLimit.over(t) {
			return false, t.until, err
		}
		return false, time.Time{}, nil
	}
	// A locked address does not go on to lock other people's accounts.
	t, err := countOf(ctx, tx, a.address, now)
	if err != nil || t.n >= networkLimit.most {
		return false, t.until, err
	}
	if t, err = countUp(ctx, tx, a.account, accountLimit, now); err != nil || accountLimit.over(t) {
		return false, t.until, err
	}
	last = t.n == accountLimit.most
	if t.n > 1 || a.address == "" {
		return last, time.Time{}, nil
	}
	if t, err = countUp(ctx, tx, a.address, networkLimit, now); err != nil || networkLimit.over(t) {
		return false, t.until, err
	}
	return last, time.Time{}, nil
}

// forgive takes back what begin counted, when no password was looked at after all.
func (s *Service) forgive(ctx context.Context, a attempt) error {
	return s.db.InTx(context.WithoutCancel(ctx), func(ctx context.Context, tx *db.Tx) error {
		if a.device != "" {
			_, err := countDown(ctx, tx, a.device)
			return err
		}
		left, err := countDown(ctx, tx, a.account)
		if err == nil && left == 0 && a.address != "" {
			_, err = countDown(ctx, tx, a.address)
		}
		return err
	})
}

// lockedError tells how many minutes are left, rounded up.
func lockedError(left time.Duration) error {
	e := *ErrLocked.After(left)
	e.Text.Args = map[string]any{"Count": int((left + time.Minute - 1) / time.Minute)}
	return &e
}

// succeed takes the attempt's count back: the account starts anew, and the address no
// longer counts it. A remembered browser clears its own count only: its owner coming in
// must not give whoever guesses elsewhere five more tries.
func succeed(ctx context.Context, tx *db.Tx, a attempt) error {
	if a.device != "" {
		return clearCount(ctx, tx, a.device)
	}
	if err := clearCount(ctx, tx, a.account); err != nil {
		return err
	}
	if a.address == "" {
		return nil
	}
	_, err := countDown(ctx, tx, a.address)
	return err
}

// gateWait is how long a sign-in stands in line behind others from its address.
const gateWait = 10 * time.Second

// gate lets one sign-in of an address through at a time. So the sign-ins of a busy
// address are never refused because others from it are still being checked, and a
// flood from one address does not keep the hasher from everybody else.
type gate struct {
	mu    sync.Mutex
	doors map[string]*door
}

type door struct {
	waiting int
	open    chan struct{} // holds one token while nobody is inside
}

func newGate() *gate { return &gate{doors: map[string]*door{}} }

// enter waits its turn and gives the function that leaves. ErrBusy when the line is long.
func (g *gate) enter(ctx context.Context, name string) (leave func(), err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, gateWait, ErrBusy)
	defer cancel()
	g.mu.Lock()
	d := g.doors[name]
	if d == nil {
		d = &door{open: make(chan struct{}, 1)}
		d.open <- struct{}{}
		g.doors[name] = d
	}
	d.waiting++
	g.mu.Unlock()
	select {
	case <-d.open:
		return func() { d.open <- struct{}{}; g.forget(name, d) }, nil
	case <-ctx.Done():
		g.forget(name, d)
		return nil, context.Cause(ctx)
	}
}

func (g *gate) forget(name string, d *door) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if d.waiting--; d.waiting == 0 {
		delete(g.doors, name)
	}
}
