package telemetry

import (
	"context"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
)

// Event names what happened, the same way for ever: alarms are built on it. Acts of the
// audit trail are events under the name of their action ("weigh_in.void").
type Event string

// The events that are not acts of the audit trail.
const (
	SignedIn      Event = "auth.sign_in"            // with the way: password, code, card, …
	SignInPending Event = "auth.sign_in_pending"    // the password was right, the code is still to come
	SignInFailed  Event = "auth.sign_in_failed"     // with the reason
	NotSignedIn   Event = "access.unauthenticated"  // asked for what needs a sign-in
	Refused       Event = "access.refused"          // signed in, and not permitted
	CrossOrigin   Event = "access.cross_origin"     // another site's page sent a form here
	HostRefused   Event = "access.host"             // a name that is not ours
	LimitHit      Event = "limit.hit"               // too many, too often
	TooLarge      Event = "input.too_large"         // a body or header beyond its limit
	Malformed     Event = "input.malformed"         // a body that no page or app of ours sends
	CityFailures  Event = "auth.city_failures"      // sign-ins fail all over the city
	PolicyBroken  Event = "browser.policy"          // a browser stopped something on a page of ours
	Suspicious    Event = "input.suspicious"        // text that looks like an injection, with a score
	Panicked      Event = "error.panic"             // caught; the transaction was rolled back
	LogBegun      Event = "log.begun"               // a chain's first line
	LogRecovered  Event = "log.recovered"           // lines were lost while the file could not be written
	LogPruned     Event = "log.pruned"              // old files were removed
	LogShort      Event = "log.short"               // the file ends before a line that is known to have been written
	Privileged    Event = "access.security_log_off" // a staff act was held back because nobody could have recorded it
)

// Events lists them.
func Events() []Event {
	return []Event{SignedIn, SignInPending, SignInFailed, NotSignedIn, Refused, CrossOrigin, HostRefused, LimitHit, TooLarge, Malformed, CityFailures, PolicyBroken,
		Suspicious, Panicked, LogBegun, LogRecovered, LogPruned, LogShort, Privileged}
}

// Emit writes a security event: to security.log too, and counted. Attributes hold ids,
// numbers and fixed words, never what a person typed.
func Emit(ctx context.Context, log *slog.Logger, level slog.Level, e Event, attrs ...slog.Attr) {
	log.LogAttrs(ctx, level, string(e), append(attrs, Security(e)...)...)
}

// Security are the attributes that make any line a security event.
func Security(e Event) []slog.Attr {
	return []slog.Attr{slog.String("event", string(e)), slog.Bool("security", true)}
}

// counts is what the metrics show of the log.
type counts struct {
	debug, info, warn, errors atomic.Int64 // dropped
	unsealed                  atomic.Int64 // security lines that the file did not take

	mu     sync.Mutex
	events map[Event]int64
	points map[Event]int64 // hundredths, of the events that move some
}

func newCounts() *counts { return &counts{events: map[Event]int64{}, points: map[Event]int64{}} }

func (c *counts) drop(level slog.Level) { c.of(level).Add(1) }

func (c *counts) dropped(level slog.Level) int64 { return c.of(level).Load() }

func (c *counts) of(level slog.Level) *atomic.Int64 {
	switch {
	case level >= slog.LevelError:
		return &c.errors
	case level >= slog.LevelWarn:
		return &c.warn
	case level >= slog.LevelInfo:
		return &c.info
	default:
		return &c.debug
	}
}

// maxEvents bounds the map: an event's name comes from the program, never from outside,
// and there are some dozens.
const maxEvents = 500

func (c *counts) event(e Event, points int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.events[e]; !known && len(c.events) >= maxEvents {
		e = "other"
	}
	e = Event(strings.Clone(string(e)))
	c.events[e]++
	if points != 0 {
		c.points[e] += points
	}
}

func (c *counts) eventsNow() map[Event]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.events)
}
