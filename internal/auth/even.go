package auth

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// An unknown name costs one argon2id, like an account of ours. A hash that an import
// brought takes several times as long until its owner's first sign-in, and would tell
// that there is an account. So while there are such hashes every refusal takes as long as
// the slowest of the last ones did: it waits, it does not compute.

// even remembers how long old hashes take.
type even struct {
	mu      sync.Mutex
	asked   time.Time
	usual   time.Duration // on an idle machine; 0: there are no old hashes
	last    [evenLast]time.Duration
	next    int // in last
	measure sync.Once
	each    time.Duration // a thousand rounds of PBKDF2 on this machine
}

const (
	evenFor    = 10 * time.Minute // then the database is asked again
	evenLast   = 16               // a busy machine is slower, and not for ever
	evenMargin = 5                // a fifth longer than measured
	evenRounds = 20_000
)

// took notes how long an old hash took to compare.
func (e *even) took(d time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last[e.next] = d
	e.next = (e.next + 1) % evenLast
}

// least is how long a refusal takes at least.
func (e *even) least() time.Duration {
	if e.usual == 0 {
		return 0
	}
	return max(e.usual, slices.Max(e.last[:])) * (evenMargin + 1) / evenMargin
}

// evenOut waits until a refusal has taken as long as any.
func (s *Service) evenOut(ctx context.Context, started time.Time) error {
	least, err := s.leastRefusal(ctx)
	if err != nil {
		return err
	}
	left := least - time.Since(started)
	if left <= 0 {
		return nil
	}
	wait := time.NewTimer(left)
	defer wait.Stop()
	select {
	case <-wait.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Service) leastRefusal(ctx context.Context) (time.Duration, error) {
	e := &s.even
	e.mu.Lock()
	defer e.mu.Unlock()
	if time.Since(e.asked) < evenFor {
		return e.least(), nil
	}
	hash, err := oldHash(ctx, s.db)
	if err != nil {
		return 0, fmt.Errorf("look for old hashes: %w", err)
	}
	e.asked, e.usual = time.Now(), 0
	if n := djangoRounds(hash); n > 0 {
		e.measure.Do(func() { e.each = thousandRounds() })
		e.usual = e.each * time.Duration(n/1000)
	}
	return e.least(), nil
}

// djangoRounds reads how often a hash of the former system was iterated; 0 for none.
func djangoRounds(hash string) int {
	parts := strings.Split(hash, "$")
	if len(parts) != 4 {
		return 0
	}
	n, err := strconv.Atoi(parts[1])
	if err != nil {
		return 0
	}
	return min(n, maxIterations)
}

// thousandRounds measures this machine: the best of three, since others are at work too.
func thousandRounds() time.Duration {
	best := time.Hour
	for range 3 {
		started := time.Now()
		_, _ = pbkdf2.Key(sha256.New, "measured", []byte("salt"), evenRounds, sha256.Size) // its error is of lengths, which are right
		best = min(best, time.Since(started))
	}
	return best / (evenRounds / 1000)
}
