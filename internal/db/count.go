package db

import (
	"context"
	"sync/atomic"
)

type countKey struct{}

// CountQueries returns a context under which every statement adds one to the counter.
// A list page is tested with it: its number of statements does not grow with its rows.
func CountQueries(ctx context.Context) (context.Context, *atomic.Int64) {
	n := new(atomic.Int64)
	return context.WithValue(ctx, countKey{}, n), n
}

func count(ctx context.Context) {
	if n, ok := ctx.Value(countKey{}).(*atomic.Int64); ok {
		n.Add(1)
	}
}
