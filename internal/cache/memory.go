package cache

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/maypok86/otter/v2"
)

// memoryBytes is how much Memory keeps before it forgets what is least used.
const memoryBytes = 32 << 20

type memory struct{ entries *otter.Cache[string, entry] }

type entry struct {
	value   []byte
	ttl     time.Duration
	prolong bool      // a write starts the time anew
	until   time.Time // of a counter
}

// Memory keeps everything in this process.
func Memory() (Cache, error) {
	m, err := newMemory()
	if err != nil {
		return nil, err // not a nil of type *memory
	}
	return m, nil
}

func newMemory() (*memory, error) {
	entries, err := otter.New(&otter.Options[string, entry]{
		MaximumWeight:    memoryBytes,
		Weigher:          func(key string, e entry) uint32 { return uint32(min(len(key)+len(e.value)+64, memoryBytes)) },
		ExpiryCalculator: expiry{},
	})
	if err != nil {
		return nil, fmt.Errorf("open memory cache: %w", err)
	}
	return &memory{entries}, nil
}

func (m *memory) Get(_ context.Context, key string) ([]byte, bool, error) {
	e, found := m.entries.GetIfPresent(key)
	return e.value, found, nil
}

func (m *memory) Set(_ context.Context, key string, value []byte, ttl time.Duration) error {
	m.entries.Set(key, entry{value: append([]byte(nil), value...), ttl: ttl, prolong: true})
	return nil
}

func (m *memory) Add(_ context.Context, key string, n int64, ttl time.Duration) (int64, error) {
	var count int64
	var err error
	m.entries.Compute(key, func(old entry, found bool) (entry, otter.ComputeOp) {
		if found {
			if count, err = strconv.ParseInt(string(old.value), 10, 64); err != nil {
				err = fmt.Errorf("cache: %q is not a counter", key)
				return old, otter.CancelOp
			}
		}
		count += n
		until := old.until
		if !found {
			until = time.Now().Add(ttl)
		}
		return entry{value: strconv.AppendInt(nil, count, 10), ttl: ttl, until: until}, otter.WriteOp
	})
	return count, err
}

// counted is a counter as this process knows it; 0 when it knows none.
func (m *memory) counted(key string) int64 {
	e, _ := m.entries.GetIfPresent(key)
	n, err := strconv.ParseInt(string(e.value), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// follow notes what a counter came to elsewhere, where it goes on for left, and tells the
// count. n was added to what this process knew as before; if that is not in the count,
// it was lost there, and what is known here goes on until its own time ends.
func (m *memory) follow(key string, before, n, elsewhere int64, left time.Duration) (count int64) {
	m.entries.Compute(key, func(old entry, found bool) (entry, otter.ComputeOp) {
		count = elsewhere
		known, until := elsewhere, time.Now().Add(left)
		own, err := strconv.ParseInt(string(old.value), 10, 64)
		switch found = found && err == nil; {
		case found && elsewhere < before+n && time.Until(old.until) > atItsEnd:
			count = own + n
			known, until = count, old.until
		case found && elsewhere >= before+n:
			known = max(own, elsewhere) // another call's answer may have overtaken this one's
		}
		return entry{value: strconv.AppendInt(nil, known, 10), ttl: max(time.Until(until), time.Millisecond), prolong: true, until: until}, otter.WriteOp
	})
	return count
}

// atItsEnd is when a counter that begins anew elsewhere has simply ended there: clocks
// differ, and an answer takes time.
const atItsEnd = 2 * callTimeout

func (m *memory) Delete(_ context.Context, key string) error {
	m.entries.Invalidate(key)
	return nil
}

func (m *memory) Close() error {
	m.entries.StopAllGoroutines()
	return nil
}

// expiry gives each entry its own time.
type expiry struct{}

func (expiry) ExpireAfterCreate(e otter.Entry[string, entry]) time.Duration { return e.Value.ttl }

func (expiry) ExpireAfterUpdate(e otter.Entry[string, entry], _ entry) time.Duration {
	if e.Value.prolong {
		return e.Value.ttl
	}
	return e.ExpiresAfter()
}

func (expiry) ExpireAfterRead(e otter.Entry[string, entry]) time.Duration { return e.ExpiresAfter() }
