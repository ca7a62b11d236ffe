package cache

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gomodule/redigo/redis"
)

// steady is a shared cache with this process's own memory behind it. While the server is
// away, slow or emptied, values come from memory and counters go on from where this
// process saw them last: each node counts for itself then, and nobody's limit begins
// anew. What must be exact on all nodes is counted in the database instead.
type steady struct {
	shared *shared
	own    *memory
	fuse   fuse
}

func newSteady(url string) (Cache, error) {
	s, err := newShared(url, nil)
	if err != nil {
		return nil, err
	}
	own, err := newMemory()
	return &steady{shared: s, own: own}, err
}

// Get reads what all nodes share, else what this one has.
func (s *steady) Get(ctx context.Context, key string) ([]byte, bool, error) {
	if s.fuse.closed() {
		value, found, err := s.shared.Get(ctx, key)
		if !s.fuse.blows(ctx, err) {
			return value, found, err
		}
	}
	return s.own.Get(ctx, key)
}

// Set keeps a value here and, if it can, for all.
func (s *steady) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if err := s.own.Set(ctx, key, value, ttl); err != nil {
		return err
	}
	if s.fuse.closed() {
		if err := s.shared.Set(ctx, key, value, ttl); !s.fuse.blows(ctx, err) {
			return err
		}
	}
	return nil
}

// Add counts for all nodes, else for this one.
func (s *steady) Add(ctx context.Context, key string, n int64, ttl time.Duration) (int64, error) {
	if s.fuse.closed() {
		before := s.own.counted(key)
		count, left, err := s.shared.add(ctx, key, n, ttl)
		if err == nil {
			s.fuse.blows(ctx, nil)
			return s.own.follow(key, before, n, count, left), nil
		}
		if !s.fuse.blows(ctx, err) {
			return 0, err
		}
	}
	return s.own.Add(ctx, key, n, ttl)
}

// Delete forgets here and for all. That others could not be told is an error.
func (s *steady) Delete(ctx context.Context, key string) error {
	return errors.Join(s.own.Delete(ctx, key), s.shared.Delete(ctx, key))
}

// Close ends both.
func (s *steady) Close() error { return errors.Join(s.shared.Close(), s.own.Close()) }

// fuse keeps a server that does not answer from costing every request its waiting time:
// after two failures in a row it is left alone for a second, and then tried by one call.
type fuse struct {
	mu     sync.Mutex
	failed int
	until  time.Time
}

const (
	fuseFailures = 2
	fuseRest     = time.Second
)

// closed says whether to try the server.
func (f *fuse) closed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failed < fuseFailures {
		return true
	}
	if time.Now().Before(f.until) {
		return false
	}
	f.until = time.Now().Add(fuseRest) // the others wait for what this one finds
	return true
}

// blows notes how a call went, and says whether memory has to serve instead. What the
// server itself refuses is an answer, and so is a caller who left.
func (f *fuse) blows(ctx context.Context, err error) bool {
	var refused redis.Error
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case err == nil || errors.As(err, &refused) && !loading(refused):
		f.failed = 0
		return false
	case ctx.Err() != nil:
		return false
	}
	f.failed = min(f.failed+1, fuseFailures)
	f.until = time.Now().Add(fuseRest)
	return true
}

// loading are refusals of a server that is there and cannot serve: it reads its file, has
// no memory left, is a replica, or knows us no longer.
func loading(e redis.Error) bool {
	for _, word := range []string{"LOADING", "OOM", "READONLY", "MASTERDOWN", "MISCONF", "NOAUTH", "WRONGPASS", "NOPERM", "CLUSTERDOWN", "BUSY"} {
		if len(e) >= len(word) && string(e[:len(word)]) == word {
			return true
		}
	}
	return false
}
