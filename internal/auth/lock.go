package auth

import (
	"context"
	"fmt"
	"sync"
	"time"

	"ekolek/internal/db"
)

// Failed sign-ins: five of one account lock it, and five accounts that fail from one
// address lock the address, each for half an hour. An address counts accounts, not
// attempts: a family, or all of city hall, stands behind one address, and one person
// who mistypes must not lock out the rest; whoever guesses through many accounts is
// stopped all the same, and who guesses at one is stopped by the account's own count.
const (
	maxFailures = 5
	lockFor     = 30 * time.Minute
)

// attempt is a sign-in on its way: it counts as failed until it has succeeded.
type attempt struct {
	account string // lock key
	address string // lock key; empty: no address (a command)
}

func (s *Service) attemptOf(surface Surface, username, ip string) attempt {
	a := attempt{account: s.lockKey(string(surface), foldUsername(username))}
	if ip != "" {
		a.address = s.lockKey("address", ip)
	}
	return a
}

func (s *Service) lockKey(kind, name string) string { return s.vault.Hash("lock", kind+"|"+name) }

// begin counts the attempt as a failure before any password is looked at, so that
// parallel guesses cannot slip past the limit. ErrLocked says that it may not go on;
// last says that failing now locks the account. Names that nobody has are counted alike.
func (s *Service) begin(ctx context.Context, a attempt) (last bool, err error) {
	now := s.now()
	var until time.Time
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		// A locked address does not go on to lock other people's accounts.
		if until, err = lockedUntil(ctx, tx, a.address, now); err != nil || !until.IsZero() {
			return err
		}
		var failures int
		if failures, until, err = countFailure(ctx, tx, a.account, now); err != nil || failures > maxFailures {
			return err
		}
		last, until = failures == maxFailures, time.Time{}
		if failures > 1 || a.address == "" {
			return nil
		}
		var accounts int
		if accounts, until, err = countFailure(ctx, tx, a.address, now); err == nil && accounts <= maxFailures {
			until = time.Time{}
		}
		return err
	})
	if err != nil {
		return false, fmt.Errorf("count sign-in: %w", err)
	}
	if !until.IsZero() {
		return false, lockedError(until.Sub(now))
	}
	return last, nil
}

// lockedError tells how many minutes are left, rounded up.
func lockedError(left time.Duration) error {
	e := *ErrLocked.After(left)
	e.Text.Args = map[string]any{"Count": int((left + time.Minute - 1) / time.Minute)}
	return &e
}

// succeed takes the attempt's count back: the account starts anew, and the address no
// longer counts it.
func succeed(ctx context.Context, tx *db.Tx, a attempt) error {
	if err := clearFailures(ctx, tx, a.account); err != nil {
		return err
	}
	if a.address == "" {
		return nil
	}
	return uncountFailure(ctx, tx, a.address)
}

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

// enter waits its turn and gives the function that leaves.
func (g *gate) enter(ctx context.Context, name string) (leave func(), err error) {
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
		return nil, ctx.Err()
	}
}

func (g *gate) forget(name string, d *door) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if d.waiting--; d.waiting == 0 {
		delete(g.doors, name)
	}
}
