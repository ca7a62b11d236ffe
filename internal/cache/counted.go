package cache

import (
	"context"
	"sync/atomic"
)

// Counts are how often a cache knew what it was asked.
type Counts struct{ Hits, Misses, Errors atomic.Int64 }

// Counted counts what Get finds.
func Counted(c Cache, counts *Counts) Cache { return counted{c, counts} }

type counted struct {
	Cache
	counts *Counts
}

func (c counted) Get(ctx context.Context, key string) ([]byte, bool, error) {
	value, found, err := c.Cache.Get(ctx, key)
	switch {
	case err != nil:
		c.counts.Errors.Add(1)
	case found:
		c.counts.Hits.Add(1)
	default:
		c.counts.Misses.Add(1)
	}
	return value, found, err
}
