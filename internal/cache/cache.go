// Package cache keeps values for a short while, and counters for limits. It is never
// the only place of anything: losing it costs time, not data. One node keeps it in
// memory; several nodes share a Redis.
package cache

import (
	"context"
	"time"
)

// Cache is the seam to memory or Redis, safe for use by many goroutines.
type Cache interface {
	// Get reads a value; found is false when there is none or its time is over.
	Get(ctx context.Context, key string) (value []byte, found bool, err error)
	// Set keeps a value for ttl, which is > 0.
	Set(ctx context.Context, key string, value []byte, ttl time.Duration) error
	// Add counts n up and tells the new count. The time runs from the first Add on; the
	// later ones do not prolong it. Get reads a counter as its digits.
	Add(ctx context.Context, key string, n int64, ttl time.Duration) (int64, error)
	// Delete forgets a value or a counter; one that is not there is no error.
	Delete(ctx context.Context, key string) error
	// Close ends the connections and goroutines.
	Close() error
}

// Open gives memory for "", and for a redis://, rediss:// or unix:// address a Redis with
// this process's memory behind it: whatever becomes of the server, calls do not fail.
func Open(url string) (Cache, error) {
	if url == "" {
		return Memory()
	}
	return newSteady(url)
}
