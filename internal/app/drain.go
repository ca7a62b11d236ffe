package app

import (
	"net/http"
	"sync/atomic"
	"time"
)

// drain is the time between the wish to stop and the end of listening. While it lasts
// everything is answered as ever, but /readyz says no, and each answer asks its client to
// close the connection: so a load balancer sends its next requests elsewhere, and none
// of them meets a closed door.
type drain struct{ on atomic.Bool }

// begin says that the end is near and gives the others time to see it.
func (d *drain) begin(wait time.Duration) {
	d.on.Store(true)
	time.Sleep(wait)
}

// around asks clients to close their connections while draining. An idle connection is
// not cut off before the end: a request might be on its way over it.
func (d *drain) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d.on.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
