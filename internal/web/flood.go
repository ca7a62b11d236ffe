package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/cache"
	"ekolek/internal/errs"
	"ekolek/internal/web/static"
)

// A network may ask so often within a span. It is generous: a barangay hall, or all who
// use one mobile carrier, stands behind one address. It keeps one address from taking the
// server from all the others, and is no guard of secrets; those have doors.
const (
	floodMost     = 600
	floodSpan     = 10 * time.Second
	floodNetworks = 100_000 // that this node counts by itself

	sharedPatience = 200 * time.Millisecond // for the cache that nodes share
	sharedRest     = 10 * time.Second       // without it, once it was away
)

var errFlood = errs.New(errs.TooMany, "TOO_MANY_REQUESTS", "web.problem.too_many")

// flood counts requests of networks in the cache that the nodes share, and by itself
// while that is away: a limit is never a reason to be down.
type flood struct {
	shared cache.Cache

	mu     sync.Mutex
	absent time.Time // until then shared is not asked
	span   int64     // that own counts
	own    map[string]int64
}

// refuse counts a request. The error tells when to come again.
func (f *flood) refuse(ctx context.Context, network string, now time.Time) error {
	span := now.UnixMilli() / floodSpan.Milliseconds()
	if f.count(ctx, network, span, now) <= floodMost {
		return nil
	}
	return errFlood.After(time.UnixMilli((span + 1) * floodSpan.Milliseconds()).Sub(now))
}

func (f *flood) count(ctx context.Context, network string, span int64, now time.Time) int64 {
	if !f.resting(now) {
		ctx, cancel := context.WithTimeout(ctx, sharedPatience)
		defer cancel()
		n, err := f.shared.Add(ctx, "flood:"+network+":"+strconv.FormatInt(span, 10), 1, 2*floodSpan)
		if err == nil {
			return n
		}
		f.rest(now.Add(sharedRest))
	}
	return f.countHere(network, span)
}

func (f *flood) countHere(network string, span int64) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if span != f.span {
		f.span, f.own = span, map[string]int64{}
	}
	if len(f.own) >= floodNetworks && f.own[network] == 0 {
		return 0 // more than we remember: nobody is refused because nobody counts
	}
	f.own[network]++
	return f.own[network]
}

func (f *flood) resting(now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return now.Before(f.absent)
}

func (f *flood) rest(until time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.absent = until
}

// flooded refuses a network that asks too often. Files are cheap, watchers must never be
// refused, and this machine itself is whoever runs it, or a proxy that is not trusted, for
// whom all clients would share one count.
func (s *Server) flooded(r *http.Request, q *request) error {
	if s.flood == nil || forMachines[r.URL.Path] || strings.HasPrefix(r.URL.Path, static.Prefix) || !q.ip.IsValid() || q.ip.IsLoopback() {
		return nil
	}
	return s.flood.refuse(r.Context(), auth.NetworkOf(q.ip.String()), s.now())
}
