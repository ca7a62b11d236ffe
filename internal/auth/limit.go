package auth

import (
	"context"
	"time"

	"ekolek/internal/db"
)

// limit is how often something may happen within a span of time. Every credential is
// guarded by some, and all count in the same way: before anything is looked at, in one
// statement of a transaction that commits, so that of any number of guesses at the same
// time, on any number of nodes, no more than the limit are judged. What succeeds is taken
// back. A limit ends by itself: nobody is locked out for good by somebody else's guesses.
type limit struct {
	most   int
	within time.Duration // from the first on, or with lock from the newest on
	lock   bool          // reaching it starts the time anew, and until then it stands
}

// The limits on credentials. docs/sign-in.md says what each is for.
var (
	accountLimit = limit{most: maxFailures, within: lockFor, lock: true} // of an account, a remembered browser
	networkLimit = limit{most: maxFailures, within: lockFor, lock: true} // accounts that failed from a network
	cardLimit    = limit{most: cardsRead, within: cardsWithin}
	resetLimit   = limit{most: resetsAnHour, within: time.Hour}
)

// codeLimit is on wrong codes for an address and purpose.
func (s *Service) codeLimit() limit { return limit{most: s.cfg.CodeTries, within: forgetTries} }

// tally is how often something has happened, and when that is forgotten.
type tally struct {
	n     int
	until time.Time
}

// over says that this time was one too many.
func (l limit) over(t tally) bool { return t.n > l.most }

// countAct counts an act of a network, whether it succeeds or not. refused tells how long
// to wait when there were too many. A command has no network.
func (s *Service) countAct(ctx context.Context, tx *db.Tx, act, ip string, l limit, refusal refusalIn) (refused, err error) {
	network := NetworkOf(ip)
	if network == "" {
		return nil, nil
	}
	now := s.now()
	t, err := countUp(ctx, tx, s.lockKey("act", act+"|"+network), l, now)
	if err != nil || !l.over(t) {
		return nil, err
	}
	return refusal(t.until.Sub(now)), nil
}

// refusalIn is a refusal that tells how long it stands.
type refusalIn func(wait time.Duration) error
