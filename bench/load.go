package main

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// A measurement ends at whichever comes first.
const (
	loadTime  = 4 * time.Second
	loadCount = 40_000
)

// load lets n clients do act again and again, and tells how often a second it was done.
// The first error ends it.
func load(clients int, act func(client, turn int) error) (perSecond float64, err error) {
	var (
		count  atomic.Int64
		failed atomic.Pointer[error]
		all    sync.WaitGroup
	)
	started := time.Now()
	for client := range clients {
		all.Go(func() {
			for turn := 0; failed.Load() == nil && time.Since(started) < loadTime && count.Load() < loadCount; turn++ {
				if err := act(client, turn); err != nil {
					failed.CompareAndSwap(nil, &err)
					return
				}
				count.Add(1)
			}
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return float64(count.Load()) / time.Since(started).Seconds(), nil
}

// newClient keeps a connection for each of n users at once and follows no redirect.
func newClient(n int) *http.Client {
	return &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: n, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       30 * time.Second,
	}
}

func unexpected(r *http.Response, body []byte) error {
	return fmt.Errorf("%s %s: %s\n%.500s", r.Request.Method, r.Request.URL.Path, r.Status, body)
}
