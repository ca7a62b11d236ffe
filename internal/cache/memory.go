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
	prolong bool // a write starts the time anew
}

// Memory keeps everything in this process.
func Memory() (Cache, error) {
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
		return entry{value: strconv.AppendInt(nil, count, 10), ttl: ttl}, otter.WriteOp
	})
	return count, err
}

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
