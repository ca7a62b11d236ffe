package auth

import (
	"context"
	"fmt"
	"time"

	"ekolek/internal/audit"
	"ekolek/internal/db"
)

// Door is a kind of credential that a route looks at. A route names its door in its
// table; whoever knocks is counted before the handler runs, and what succeeds is taken
// back. Behind the door the account, the code or the phone has a count of its own, which
// is narrower: the door is for whoever guesses at many of them.
type Door string

// The doors.
const (
	PasswordDoor     Door = "password"     // residents', staff's, the phone apps'
	CodeDoor         Door = "code"         // a sign-in's second step, a new number or address
	SecondDoor       Door = "second"       // staff's app and recovery codes
	CardDoor         Door = "card"         // cards, typed codes, family codes
	TokenDoor        Door = "token"        // refresh tokens
	BiometricDoor    Door = "biometric"    // a phone's key
	ResetDoor        Door = "reset"        // a forgotten password
	RegistrationDoor Door = "registration" // its codes, and whether a number is taken
	SetupDoor        Door = "setup"        // the first super administrator's token
)

// doorSpan is the time within which a door counts.
const doorSpan = 15 * time.Minute

// doorLimits are how many tries may fail within doorSpan from one network, and from one
// remembered browser in a network that has used up its own. Behind one address may stand
// a barangay, or all who use one mobile carrier.
var doorLimits = map[Door]int{
	PasswordDoor: 60, CodeDoor: 60, SecondDoor: 30, CardDoor: 60, TokenDoor: 120, BiometricDoor: 60, ResetDoor: 60, RegistrationDoor: 120, SetupDoor: 10,
}

// Doors lists them all.
func Doors() []Door {
	return []Door{PasswordDoor, CodeDoor, SecondDoor, CardDoor, TokenDoor, BiometricDoor, ResetDoor, RegistrationDoor, SetupDoor}
}

// DoorLimit is how many tries at a door may fail within fifteen minutes from one network.
func DoorLimit(d Door) int { return doorLimits[d] }

// Knock is a try at a door that was let through and has not ended yet.
type Knock struct {
	auth *Service
	key  string
}

// Knock counts a try at a door from a network, before anything is looked at. In a network
// that has failed too often only remembered browsers go on: device is the secret of one,
// and has a count of its own. Error: ErrLocked, which tells how long. When nothing can be
// counted nobody comes in.
func (s *Service) Knock(ctx context.Context, d Door, ip, device string) (*Knock, error) {
	network := NetworkOf(ip)
	k := &Knock{auth: s, key: s.lockKey("door", string(d)+"|"+network)}
	l := limit{most: doorLimits[d], within: doorSpan}
	now := s.now()
	var t tally
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if t, err = countUp(ctx, tx, k.key, l, now); err != nil || !l.over(t) || device == "" {
			return err
		}
		known, err := browserKnown(ctx, tx, hashToken(device), now)
		if err != nil || !known {
			return err
		}
		k.key = s.lockKey("door-device", string(d)+"|"+hashToken(device))
		t, err = countUp(ctx, tx, k.key, l, now)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count at the %s door: %w", d, err)
	}
	if l.over(t) {
		return nil, lockedError(t.until.Sub(now))
	}
	return k, nil
}

// Opened takes the try back: it was no guess.
func (k *Knock) Opened(ctx context.Context) error {
	return k.auth.db.InTx(context.WithoutCancel(ctx), func(ctx context.Context, tx *db.Tx) error {
		_, err := countDown(ctx, tx, k.key)
		return err
	})
}

// Failed leaves the try counted. alarm says that with this one there are too many in the
// whole city: super administrators have been told.
func (k *Knock) Failed(ctx context.Context, actor audit.Actor) (alarm bool, err error) {
	return k.auth.countCity(context.WithoutCancel(ctx), actor)
}
