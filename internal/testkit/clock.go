package testkit

import (
	"sync"
	"time"
)

// Start is when every Clock starts: a Tuesday afternoon in Manila, with a fraction
// that neither engine rounds.
var Start = time.Date(2026, 11, 24, 7, 55, 0, 123456000, time.UTC)

// Clock is a clock that stands still until a test moves it. Pass its Now to New of a
// service.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock gives a clock at Start.
func NewClock() *Clock { return &Clock{now: Start} }

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
